"""What does each column set, judged by its name and by its values? Names propose, values must agree."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import duckdb

from saleswright.data.mapping.dates import DIGITS
from saleswright.data.mapping.headers import Known, plain, synonyms
from saleswright.data.mapping.periods import Period, is_total, period
from saleswright.data.mapping.rule import SIGN
from saleswright.data.mapping.said import said
from saleswright.data.mapping.signs import shared, sign_code
from saleswright.data.read.evidence import FileEvidence
from saleswright.data.read.sql import clean, ident
from saleswright.data.read.values import ColumnEvidence, Columns
from saleswright.history.schema import Entity
from saleswright.lib.issue import Issue
from saleswright.lib.money import EXPONENTS

_NUMBERS = ("money", "int", "number", "share")
_NOTHING = ("-", "–", "—", "--", "n/a", "n.a.", "na", "#n/a", "none", "null", "nil", "tbd", "tba", "?", "unknown", "(blank)",
            "not set", "k.a.", "left", "leaver", "vacant", "open")  # fmt: skip
_SEVERAL = ("account", "primary_contact", "contact", "deal")


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """What one column was taken for: the fields it sets (none: kept in raw only), why, and what its values are."""

    header: str
    fields: tuple[str, ...]
    said: str
    seen: ColumnEvidence


@dataclass
class Reading:
    """One file while its columns are read: where it lies, what it is, what was found wrong or assumed."""

    con: duckdb.DuckDBPyConnection
    table: str
    columns: Columns
    evidence: FileEvidence
    entity: Entity
    currency: str
    coded: bool
    issues: list[Issue]

    def warn(self, what: str, why: str, try_: str, code: str, level: str = "warning") -> None:
        self.issues.append(Issue(self.evidence.name, what, why, try_, level=level, code=code))  # type: ignore[arg-type]

    def values(self, header: str, limit: int = 200) -> list[tuple[str, int]]:
        """The column's values with their rows, the most frequent first."""
        query = f"SELECT {clean(ident(header))} AS v, count(*) AS n FROM {ident(self.table)} GROUP BY v"
        found = self.con.execute(f"FROM ({query}) WHERE v IS NOT NULL ORDER BY n DESC, v LIMIT {limit}").fetchall()
        return [(str(v), int(n)) for v, n in found]


def column_bodies(
    con: duckdb.DuckDBPyConnection,
    table: str,
    columns: Columns,
    entity: Entity,
    matched: dict[str, Known],
    also: dict[str, list[str]],
    currency: str,
    evidence: FileEvidence,
    elsewhere: set[str] | None = None,
) -> tuple[dict[str, Any], list[Issue], tuple[ColumnGuess, ...]]:
    """(what to write under columns:, issues, guesses) for every header; `also` names further fields of a header, and
    `elsewhere` are headers that another line of the mapping names."""
    coded = any(known.field == "currency" for known in matched.values())
    reading = Reading(con, table, columns, evidence, entity, currency, coded, [])
    bodies: dict[str, Any] = {}
    guesses: list[ColumnGuess] = []
    rules = synonyms()["entities"].get(entity.name, {}).get("special", {})
    special = {plain(name): given for name, given in rules.items()}
    for header in evidence.header:
        seen = columns.by_name[header]
        known = matched.get(header)
        if known is None and plain(header) in special:
            bodies[header] = special[plain(header)]
            fields = tuple(r["field"] for r in bodies[header])
            guesses.append(ColumnGuess(header, fields, "by the start of its ids", seen))
        elif known is None and header in (elsewhere or ()):
            continue
        elif known is None:
            bodies[header] = None
            guesses.append(ColumnGuess(header, (), _kept(seen), seen))
        else:
            bodies[header], guess = _used(reading, header, seen, known, also.get(header, []))
            guesses.append(guess)
    return bodies, reading.issues, tuple(guesses)


def _kept(seen: ColumnEvidence) -> str:
    if seen.kind == "empty":
        return "no values"
    return f"not known to us; kept, never dropped; {seen.filled / seen.rows:.0%} filled" if seen.rows else seen.evidence


def _used(
    reading: Reading, header: str, seen: ColumnEvidence, known: Known, also: list[str]
) -> tuple[Any, ColumnGuess]:
    rule, doubt = rule_of(reading, known, seen, header)
    if doubt:
        reading.warn(
            f"{header}: by its name it is {known.field}, but {doubt}",
            "so it is kept and not used",
            f"write {known.field} after it in the mapping if that is right",
            "values_disagree",
        )
        return None, ColumnGuess(header, (), doubt, seen)
    fields = (*also, known.field)
    if len(fields) > 1:
        rule = {"fields": list(fields)} | {k: v for k, v in rule.items() if k != "field"}
    if known.field == "ends" and seen.last:
        # Sources write a day far off where there is no end.
        rule["values"] = {seen.last: ""}
    words = said(reading.con, reading.table, reading.entity, fields, header, seen)
    if known.field == "starts":
        return _ends(reading, header, rule) if "values" in rule else (
            known.field if list(rule) == ["field"] else rule
        ), ColumnGuess(header, fields, words, seen)
    return known.field if list(rule) == ["field"] else rule, ColumnGuess(header, fields, words, seen)


def rule_of(reading: Reading, known: Known, seen: ColumnEvidence, header: str) -> tuple[dict[str, Any], str]:
    """(the rule's text, doubt): doubt tells why the values cannot be what the name says."""
    name = known.field
    rule: dict[str, Any] = {"field": name} | ({"and": [known.joined]} if known.joined else {})
    if name in ("id", "currency") or seen.kind == "empty":
        return rule, ""
    kind = "date" if name == "close" else reading.entity[name].type
    if seen.unreadable and kind in ("date", "moment", *_NUMBERS):
        nothing = [v for v, _ in reading.values(header, 5_000) if v.casefold() in _NOTHING]
        if nothing:
            rule["values"] = dict.fromkeys(nothing, "")
            what = f"{header}: {', '.join(nothing)} read as empty"
            said = "take a word out of its values: in the mapping to have such rows given back"
            reading.issues.append(Issue(reading.evidence.name, what, try_=said, level="note", code="read_as_empty"))
    if name == "starts" and seen.kind == "text":
        days = _periods(reading, header)
        if days:
            return rule | {"values": {v: p.starts.isoformat() for v, p in days.items()}}, ""
    if kind in ("date", "moment"):
        return _date(rule, seen, reading.columns)
    if kind in _NUMBERS:
        if seen.kind != "number":
            return rule, f"its values are not numbers ({seen.evidence})"
        if kind == "money" and _thousands(seen, reading, header):
            rule["decimal"] = ","
        elif seen.format != reading.columns.decimal and not seen.evidence.startswith("whole"):
            rule["decimal"] = seen.format
        if kind == "share" and (seen.percent or seen.over_one):
            rule["percent"] = True
        if kind == "money" and known.currency:
            rule["currency"] = known.currency
        elif kind == "money" and seen.currencies and not reading.coded:
            _sign(rule, seen, reading, header)
    if kind == "bool" and seen.kind not in ("bool", "number"):
        return rule, f"its values are not true or false ({seen.evidence})"
    if name in _SEVERAL and seen.kind != "number" and _several(reading, header):
        rule["first"] = ";"
    return rule, ""


def _periods(reading: Reading, header: str) -> dict[str, Period]:
    """The months or quarters that the values of a column name in words, when all of them do."""
    values = [v for v, _ in reading.values(header, 500) if not is_total(v)]
    found = {v: p for v in values if (p := period(v))}
    return found if values and len(found) >= len(values) * 0.95 else {}


def _ends(reading: Reading, header: str, rule: dict[str, Any]) -> Any:
    """The rule of a period's first day, with the day after it where the period is no month."""
    days = _periods(reading, header) if "values" in rule and reading.columns.by_name[header].kind == "text" else {}
    if not days or "ends" not in reading.entity.by_name or all(p.months == 1 for p in days.values()):
        return rule
    return [rule, {"field": "ends", "values": {v: p.ends.isoformat() for v, p in days.items()}}]


def _thousands(seen: ColumnEvidence, reading: Reading, header: str) -> bool:
    """Are all amounts like 1.234? No currency but a few has three decimals, so the point parts thousands."""
    if not (seen.undecided and seen.format == "." and "1.234" in seen.evidence):
        return False
    coded = [h for h, other in reading.columns.by_name.items() if other.kind == "currency"]
    codes = {v.upper() for h in coded for v, _ in reading.values(h)} or {reading.currency}
    if any(EXPONENTS.get(code, 3) > 2 for code in codes):
        return False
    if any(v.lstrip("-+( ").startswith("0") for v, _ in reading.values(header, 1_000)):
        return False
    reading.warn(
        f"{header}: {seen.samples[0]} is read as thousands after all",
        f"no amount in {' or '.join(sorted(codes)[:3])} has three decimals",
        f'if that is wrong write decimal: "." after {header} in the mapping',
        "decimal_assumed",
    )
    return True


def _date(rule: dict[str, Any], seen: ColumnEvidence, columns: Columns) -> tuple[dict[str, Any], str]:
    if seen.kind in ("date", "moment"):
        if seen.format != columns.dates:
            rule["dates"] = seen.format
        return rule, ""
    digits = {len(v) for v in seen.samples if v.isdigit()}
    if seen.kind == "number" and len(digits) == 1 and all(v.isdigit() for v in seen.samples):
        order = {10: "epoch", 13: "epoch_ms", 8: DIGITS}.get(digits.pop(), "")
        if order and (order != DIGITS or all("1900" <= v[:4] < "2200" and v[4:6] <= "12" for v in seen.samples)):
            rule["dates"] = order
            return rule, ""
    return rule, f"its values are not dates ({seen.evidence})"


def _several(reading: Reading, header: str) -> bool:
    """Do some values name several records, joined by a semicolon?"""
    value = clean(ident(header))
    # A program joins without a space; a semicolon in a sentence has one behind it, and &amp; is a single sign.
    joined = rf"(regexp_matches({value}, '[^;\s];[^;\s]') AND NOT regexp_matches({value}, '&#?\w+;'))"
    both = f"count(*) FILTER (WHERE {joined}), count(*) FILTER (WHERE {value} IS NOT NULL)"
    rows, filled = reading.con.execute(f"SELECT {both} FROM {ident(reading.table)}").fetchall()[0]
    if rows:
        what = f"{header}: {rows:,} of {filled:,} rows name several, joined by ';'"
        reading.warn(what, "the first one counts, the others are kept in raw", "", "several_named", "note")
    return bool(rows)


def _sign(rule: dict[str, Any], seen: ColumnEvidence, reading: Reading, header: str) -> None:
    """Signs or codes on the amounts name their currency; a sign of several countries is assumed aloud."""
    codes = {sign: sign_code(sign, reading.currency) for sign in seen.currencies}
    unknown = [sign for sign, code in codes.items() if code not in EXPONENTS]
    several = [sign for sign in codes if shared(sign)]
    if several and not unknown:
        means = ", ".join(f"{sign} as {codes[sign]}" for sign in several)
        what = f"{header}: '{several[0]}' is the sign of several currencies; read {means}"
        reading.warn(what, "", f"write currency: after {header}", "sign_assumed")
    found = set(codes.values()) - {""}
    if unknown and not (found & EXPONENTS.keys()):
        return
    if len(found) == 1 and seen.signed:
        rule["currency"] = found.pop()
        return
    rule["currency"] = SIGN
    if len(found) > 1 or not seen.signed:
        rest = "" if seen.signed else f"; amounts without one are {reading.currency}"
        what = f"{header}: each amount's own sign or code tells its currency: {', '.join(sorted(found))}{rest}"
        reading.warn(what, "", "", "signs_differ", "note")


def with_said(guesses: tuple[ColumnGuess, ...], told: dict[str, str]) -> tuple[ColumnGuess, ...]:
    """The guesses with further words about some of them."""
    return tuple(replace(g, said="; ".join(filter(None, (g.said, told.get(g.header, ""))))) for g in guesses)


__all__ = ["ColumnGuess", "Columns", "column_bodies", "with_said"]
