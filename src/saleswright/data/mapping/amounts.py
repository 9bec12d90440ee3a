"""What is the amount: the whole contract, a year of it, or a month? Never added across meanings, and in its own currency."""

from __future__ import annotations

from typing import Any

import duckdb

from saleswright.data.mapping.headers import Known, candidates, plain, synonyms
from saleswright.data.mapping.proposal import Facts, Guess, column_of, name_of, sets
from saleswright.data.mapping.questions import ANSWERS, Option, Question
from saleswright.data.read import forms
from saleswright.data.read.sql import clean, ident
from saleswright.history.schema import Entity
from saleswright.lib.issue import Issue

CODE = "amount_meaning"
_WORDS = {
    "TCV": "Total value of the contract (TCV)",
    "ACV": "Value of one year (ACV)",
    "ARR": "Recurring per year (ARR)",
    "monthly": "Recurring per month",
}
_OTHER = (
    "converted",
    "konvertiert",
    "converti",
    "convertido",
    "convertito",
    "geconverteerd",
    "companycurrency",
    "homecurrency",
    "incompanycurrency",
    "corporatecurrency",
    "basecurrency",
)


def pair_currency(start: Guess, matched: dict[str, Known], entity: Entity) -> dict[str, Known]:
    """The same matches with the currency column that belongs to the amount, never one of another amount."""
    headers, seen = start.evidence.header, start.seen.by_name
    amount = next((h for h, k in matched.items() if k.field in ("amount", "price", "monthly")), "")
    words = [plain(w) for w in (*synonyms()["common"]["currency"], "iso", "code")]
    owners: dict[str, str] = {}
    named = [h for h, k in candidates(entity, headers).items() if k.field == "currency"]
    for header in headers:
        # "Amount Currency", "Currency of Value", "Montant Devise": the rest of the name is another column's.
        bare = plain(header)
        if not any(word in bare for word in words):
            continue
        for other in headers:
            rest = bare.replace(plain(other), "", 1).removesuffix("of") if other != header else ""
            if rest in words and plain(other) in bare and len(plain(other)) > len(plain(owners.get(header, ""))):
                owners[header] = other
    named += [h for h in owners if h not in named and seen[h].kind == "currency"]
    if not amount or not named:
        return matched
    own = [h for h in named if owners.get(h) == amount]
    general = [] if is_converted(amount) else [h for h in named if h not in owners]
    current = [h for h, k in matched.items() if k.field == "currency"]
    best = own[:1] or [h for h in current if h in general] or general[:1]
    kept = {h: k for h, k in matched.items() if k.field != "currency"}
    return kept | {h: Known("currency", 0, True) for h in best}


def is_converted(header: str) -> bool:
    """Is the amount of this column in the company's currency instead of the deal's own?"""
    return any(word in plain(header) for word in _OTHER)


def meaning_of(header: str) -> str:
    """TCV, ACV, ARR, monthly or empty, by the name of the column."""
    bare = plain(header)
    names = [(plain(n), str(m)) for m, given in synonyms()["meanings"].items() for n in given]
    fitting = [(len(n), m) for n, m in names if bare == n or (bare.endswith(n) and len(n) > 3)]
    if fitting:
        # The longest: an annual contract value is a contract value, too.
        meaning = max(fitting)[1]
        return "monthly" if meaning == "MRR" else meaning
    words = {plain(w) for w in header.replace("(", " ").replace(")", " ").replace("_", " ").split()}
    for meaning in ("TCV", "ACV", "ARR", "MRR"):
        if meaning.casefold() in words:
            return "monthly" if meaning == "MRR" else meaning
    return ""


def settle_amount(
    con: duckdb.DuckDBPyConnection, start: Guess, body: dict[str, Any], known: Facts
) -> tuple[list[Issue], Question | None, dict[str, str]]:
    """Give the body of a list of deals what its amount means: (issues, a question where columns rival, words)."""
    amount = column_of(body, "amount")
    where = name_of(start.evidence)
    if not amount or sets(body, "amount_meaning"):
        return [], None, {}
    entity = known.entities["deal"]
    rivals = {
        h: meaning_of(h)
        for h, k in candidates(entity, start.evidence.header).items()
        if k.field == "amount" and _rival(start, h) and not is_converted(h)
    }
    rivals.setdefault(amount, meaning_of(amount))
    same = _same(con, start, amount, rivals)
    by_meaning: dict[str, str] = {}
    for header, meaning in rivals.items():
        if header not in same and (header == amount or meaning):
            by_meaning.setdefault(meaning, header)
    answer = known.answers.get(CODE, "")
    if answer not in ANSWERS[CODE] and plain(answer) not in map(plain, by_meaning.values()):
        answer = ""
    told = meaning_of(amount) or next((rivals[h] for h in same if rivals[h]), "")
    if answer:
        chosen = _chosen(answer, by_meaning, amount)
        meaning = rivals.get(chosen, "") or (answer if answer in _WORDS else "")
        _take(start, body, amount, chosen, meaning)
        words = {chosen: f"{_WORDS.get(meaning, 'the amount')}, as answered"}
        if chosen != amount:
            words[amount] = f"kept in raw: {chosen} is the amount, as answered"
        return [], None, words
    if len(by_meaning) > 1:
        if told:
            _take(start, body, amount, amount, told)
        return [], _question(con, start, where, amount, by_meaning), {}
    if told:
        _take(start, body, amount, amount, told)
        by = f"it equals {same[0]}" if same and not meaning_of(amount) else "its name says so"
        return [], None, {amount: f"{_WORDS[told]}: {by}"}
    what = f"{amount}: nothing tells whether it is the value of the contract, a year or a month"
    issue = Issue(
        where,
        what,
        "it is taken as it stands and compared only with itself",
        "write amount_meaning: TCV, ACV, ARR or monthly under defaults",
        level="note",
        code="amount_assumed",
    )
    return [issue], None, {}


def _rival(start: Guess, header: str) -> bool:
    seen = start.seen.by_name[header]
    return seen.kind == "number" and seen.filled >= seen.rows * 0.1 and seen.distinct > 1


def _number(start: Guess, header: str) -> str:
    return forms.decimal_sql(f"({clean(ident(header))})", start.seen.by_name[header].format or start.seen.decimal)


def _same(con: duckdb.DuckDBPyConnection, start: Guess, amount: str, rivals: dict[str, str]) -> list[str]:
    """The columns that hold the same numbers as the amount, in nearly every row that has both."""
    found = []
    for header in rivals:
        if header == amount or start.seen.by_name[amount].kind != "number":
            continue
        a, b = _number(start, amount), _number(start, header)
        both, equal = con.execute(
            f"SELECT count(*), count(*) FILTER (WHERE {a} = {b}) FROM {ident(start.table)}"
            f" WHERE {a} IS NOT NULL AND {b} IS NOT NULL"
        ).fetchall()[0]
        if both and equal >= both * 0.97:
            found.append(header)
    return found


def _chosen(answer: str, by_meaning: dict[str, str], amount: str) -> str:
    return by_meaning.get(answer) or next((h for h in by_meaning.values() if plain(h) == plain(answer)), amount)


def _take(start: Guess, body: dict[str, Any], old: str, new: str, meaning: str) -> None:
    if new != old:
        given = body["columns"][old]
        body["columns"][old] = None
        rule = (
            {k: v for k, v in given.items() if k in ("field", "currency", "unit")}
            if isinstance(given, dict)
            else {"field": "amount"}
        )
        seen = start.seen.by_name[new]
        if seen.format != start.seen.decimal and not seen.evidence.startswith("whole"):
            rule["decimal"] = seen.format
        body["columns"][new] = rule
    if meaning:
        body.setdefault("defaults", {})["amount_meaning"] = meaning


def _question(
    con: duckdb.DuckDBPyConnection, start: Guess, where: str, amount: str, by_meaning: dict[str, str]
) -> Question:
    options = []
    for meaning, header in by_meaning.items():
        total = con.execute(f"SELECT sum({_number(start, header)}) FROM {ident(start.table)}").fetchall()[0][0]
        label = _WORDS.get(meaning, "As it stands")
        effect = f"Every amount is {header}: {float(total or 0):,.0f} over all rows; the others stay in raw."
        options.append(Option(meaning or header, f"{header}: {label}", effect))
    taken = next(o.value for o in options if by_meaning.get(o.value) == amount or o.value == amount)
    return Question(
        CODE,
        where,
        amount,
        "Which of these is the amount of a deal?",
        f"{' and '.join(by_meaning.values())} mean different things and are never added to each other.",
        tuple(options),
        taken,
        weight=100.0,
    )
