"""What kind of sale is each deal? New-business figures leave renewals out, so a file has to say which they are."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Literal

import duckdb

from saleswright.data.mapping.headers import plain, synonyms
from saleswright.data.mapping.proposal import Facts, Guess, column_of, name_of, values_of
from saleswright.data.mapping.questions import Option, Question
from saleswright.data.mapping.typed import Typed, typed
from saleswright.data.read.sql import text
from saleswright.lib.issue import Issue

CODE = "deal_type"
_HIGH, _GAP, _FAR = 0.9, 0.1, 0.25
_ENOUGH = 8  # decided deals; below that a rate proves nothing
_BEFORE = 0.7
_YEAR = (270, 460)  # days between a win and its renewal


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for a group of deals being renewals."""

    rows: int
    decided: int
    rate: float | None
    rest: float | None
    before: float | None

    @property
    def wins_high(self) -> bool:
        """Is nine in ten the rate, as far as so few deals can tell, and far from that of the others?"""
        if self.decided < _ENOUGH or self.rate is None:
            return False
        far = self.rest is None or self.rest < self.rate - (_GAP if self.rate > _HIGH else _FAR)
        return far and _at_most(self.rate, self.decided) > _HIGH

    @property
    def won_before(self) -> bool:
        return self.before is not None and self.before >= _BEFORE

    @property
    def words(self) -> str:
        """The evidence in words."""
        parts = []
        if self.rate is not None and self.decided:
            parts.append(
                f"{self.rate:.0%} of the {self.decided:,} decided ones were won"
                + (f" ({self.rest:.0%} of the others)" if self.rest is not None else "")
            )
        if self.before is not None:
            parts.append(f"the account had won about a year before in {self.before:.0%}")
        return "; ".join(parts)


def _at_most(rate: float, n: int) -> float:
    """The highest rate that chance would still let look like this one, at 95 % (Wilson)."""
    z = 1.96
    middle = rate + z * z / (2 * n)
    return (middle + z * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))) / (1 + z * z / n)


def settle_kind(
    con: duckdb.DuckDBPyConnection, start: Guess, body: dict[str, Any], known: Facts
) -> tuple[list[Issue], Question | None, dict[str, str]]:
    """Give the body what tells renewals from new business: (issues, a question when it is not sure, words by column)."""
    issues: list[Issue] = []
    said: dict[str, str] = {}
    where = name_of(start.evidence)
    column, name = column_of(body, "type"), column_of(body, "name")
    renewals = _by_values(con, start, body, column) if column in start.evidence.header else []
    rows = typed(con, start, body, known)
    if renewals:
        if rows:
            signs = _signs(con, rows, "coalesce(type, '') ILIKE '%renew%'")
            rate = f"{signs.rate:.0%} won" if signs.rate is not None else "none decided"
            said[column] = f"{signs.rows:,} renewals, {rate}; new-business figures leave them out"
        return issues, None, said
    words = _words_in(con, rows) if rows and name else []
    if not words or rows is None:
        if column:
            said[column] = "none is a renewal by its name"
        return issues, None, said
    group = " OR ".join(f"regexp_matches(name, {text(_whole(w))}, 'i')" for w in words)
    signs = _signs(con, rows, f"coalesce({group}, false)")
    shown = f"{signs.rows:,} names contain {' or '.join(words)}"
    answer = known.answers.get(CODE, "")
    if answer not in ("renewal", "new"):
        answer = ""
    strong = signs.wins_high or signs.won_before
    if answer == "new":
        said[name] = f"{shown}; taken for new business, as answered"
        return issues, None, said
    _rule(body, name, words)
    said[name] = f"{shown}: {signs.words}" if signs.words else shown
    if strong or answer or signs.rows < 3:
        sure = f" ({signs.words or 'as answered'})" if strong or answer else ""
        what = f"{name}: {shown}, so {'it is a renewal' if signs.rows == 1 else 'these are renewals'}{sure}"
        why, try_ = "new-business figures leave them out", "take the line with says: Renewal out if that is wrong"
        level: Literal["note", "warning"] = "note" if sure else "warning"
        return [*issues, Issue(where, what, why, try_, level, "renewals_told")], None, said
    return issues, _question(con, rows, where, name, words, signs, group), said


def _by_values(con: duckdb.DuckDBPyConnection, start: Guess, body: dict[str, Any], column: str) -> list[str]:
    """The values of the type column that mean a renewal; words of other languages are given one name."""
    kinds = {kind: [plain(w) for w in names] for kind, names in synonyms()["kinds"].items()}
    renamed: dict[str, str] = {}
    renewals = []
    for value, _ in values_of(con, start.table, column):
        bare = plain(value)
        if any(w in bare for w in kinds["Renewal"]) and not re.search(r"\bnon|\bnot?\b", value, re.I):
            renewals.append(value)
            if "renew" not in value.casefold():
                renamed[value] = "Renewal"
        elif value in ("newbusiness", "existingbusiness"):
            renamed[value] = {"newbusiness": "New Business", "existingbusiness": "Existing Business"}[value]
    if renamed:
        given = body["columns"][column]
        rule = dict(given) if isinstance(given, dict) else {"field": given}
        rule["values"] = {**rule.get("values", {}), **renamed}
        body["columns"][column] = rule
    return renewals


def _words_in(con: duckdb.DuckDBPyConnection, rows: Typed) -> list[str]:
    """The words for a renewal that names of deals contain."""
    words = sorted({w for w in synonyms()["kinds"]["Renewal"] if w not in ("renew", "renewed")})
    if not rows.has("name"):
        return []
    # Most names hold none of them, and a word by itself is looked for much more slowly than its letters.
    letters = ", ".join(f"bool_or(contains(lower(name), {text(w.casefold())}))" for w in words)
    held = con.execute(f"SELECT {letters} FROM ({rows.query})").fetchall()[0]
    words = [word for word, there in zip(words, held, strict=True) if there]
    if not words:
        return []
    counts = ", ".join(f"count(*) FILTER (WHERE regexp_matches(name, {text(_whole(w))}, 'i'))" for w in words)
    found = con.execute(f"SELECT {counts} FROM ({rows.query})").fetchall()[0]
    return [word for word, n in zip(words, found, strict=True) if n]


def _whole(word: str) -> str:
    return rf"(^|[^\p{{L}}]){re.escape(word)}([^\p{{L}}]|$)"


def _rule(body: dict[str, Any], name: str, words: list[str]) -> None:
    given = body["columns"][name]
    rest = given if isinstance(given, list) else [given]
    body["columns"][name] = [{"field": "type", "only": [f"*{word}*" for word in words], "says": "Renewal"}, *rest]


def _signs(con: duckdb.DuckDBPyConnection, rows: Typed, group: str) -> Signs:
    base = f"SELECT *, ({group}) AS g, {rows.standing} AS st FROM ({rows.query})"
    over = "st IN ('won', 'lost')"
    n, decided, rate, rest = con.execute(
        f"SELECT count(*) FILTER (WHERE g), count(*) FILTER (WHERE g AND {over}),"
        f" avg(CASE WHEN st = 'won' THEN 1.0 ELSE 0.0 END) FILTER (WHERE g AND {over}),"
        f" avg(CASE WHEN st = 'won' THEN 1.0 ELSE 0.0 END) FILTER (WHERE NOT g AND {over}) FROM ({base})"
    ).fetchall()[0]
    before = None
    day = next((f for f in ("closed", "close", "expected_close") if f in rows.sets), "")
    if day and rows.has("account") and n:
        first, last = _YEAR
        share = con.execute(
            f"WITH b AS (SELECT line, account, {day} AS day, g, st FROM ({base}))"
            f" SELECT avg(CASE WHEN EXISTS (SELECT 1 FROM b e WHERE e.account = b.account AND e.st = 'won' AND e.line <> b.line"
            f" AND date_diff('day', e.day, b.day) BETWEEN {first} AND {last}) THEN 1.0 ELSE 0.0 END) FROM b"
            " WHERE g AND account IS NOT NULL AND day IS NOT NULL"
            # Nobody can have won a year before the file begins.
            f" AND date_diff('day', (SELECT min(day) FROM b WHERE st = 'won'), day) >= {first}"
        ).fetchall()[0][0]
        before = float(share) if share is not None else None
    return Signs(int(n), int(decided), rate, rest, before)


def _question(
    con: duckdb.DuckDBPyConnection, rows: Typed, where: str, name: str, words: list[str], signs: Signs, group: str
) -> Question:
    base = f"SELECT ({group}) AS g, {rows.standing} AS st FROM ({rows.query})"
    won = "avg(CASE WHEN st = 'won' THEN 1.0 ELSE 0.0 END)"
    whole, rest = con.execute(
        f"SELECT {won}, {won} FILTER (WHERE NOT coalesce(g, false)) FROM ({base}) WHERE st IN ('won', 'lost')"
    ).fetchall()[0]
    every = f"{whole:.0%}" if whole is not None else "empty"
    others = f"{rest:.0%}" if rest is not None else "empty"
    return Question(
        CODE,
        where,
        name,
        f"Are the {signs.rows:,} deals with {' or '.join(words)} in their name renewals?",
        f"No column says so, and the rest is not clear: {signs.words or 'none of them is decided'}.",
        (
            Option("renewal", "Yes, renewals", f"New-business figures leave them out: win rate {others}."),
            Option("new", "No, like all others", f"They count as new business: win rate {every}."),
        ),
        "renewal",
        weight=signs.rows / 10,
    )
