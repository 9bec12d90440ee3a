"""What does each column set, judged by its name and by its values? Names propose, values must agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from saleswright.data.mapping.headers import Known, plain, synonyms
from saleswright.data.read.evidence import FileEvidence
from saleswright.data.read.forms import CURRENCY_SIGNS
from saleswright.data.read.values import ColumnEvidence, Columns
from saleswright.history.schema import Entity
from saleswright.lib.issue import Issue
from saleswright.lib.money import EXPONENTS

_NUMBERS = ("money", "int", "number", "share")


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """What one column was taken for: the fields it sets (none: kept in raw only), why, and what its values are."""

    header: str
    fields: tuple[str, ...]
    said: str
    seen: ColumnEvidence


def column_bodies(
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
    bodies: dict[str, Any] = {}
    issues: list[Issue] = []
    guesses: list[ColumnGuess] = []
    table = synonyms()["entities"].get(entity.name, {})
    special = {plain(name): rules for name, rules in table.get("special", {}).items()}
    beside = table.get("beside", {})
    sides = {plain(name) for name in beside.get("columns", ())}
    unused: list[str] = []
    coded = any(known.field == "currency" for known in matched.values())
    for header in evidence.header:
        seen = columns.by_name[header]
        known = matched.get(header)
        if known is None and plain(header) in special:
            bodies[header] = special[plain(header)]
            guesses.append(
                ColumnGuess(header, tuple(r["field"] for r in bodies[header]), "by the start of its ids", seen)
            )
            continue
        if known is None and plain(header) in sides and seen.kind == "number":
            label = header.replace("_", " ").strip().title()
            bodies[header] = {"field": beside["field"], "with": {beside["name"]: label}}
            guesses.append(ColumnGuess(header, (beside["field"],), f"one record for each column: {label}", seen))
            continue
        if known is None and header in (elsewhere or ()):
            continue
        if known is None:
            bodies[header] = None
            unused.append(header)
            guesses.append(ColumnGuess(header, (), seen.evidence, seen))
            continue
        rule, doubt = _rule(entity, known.field, seen, columns, currency, evidence, header, issues, coded)
        if doubt:
            bodies[header] = None
            issues.append(
                Issue(
                    evidence.path.name,
                    f"{header}: by its name it is {known.field}, but {doubt}",
                    "so it is kept and not used",
                    f"write {known.field} after it in the mapping if that is right",
                    level="warning",
                    code="values_disagree",
                )
            )
            guesses.append(ColumnGuess(header, (), doubt, seen))
            continue
        fields = (*also.get(header, ()), known.field)
        if len(fields) > 1:
            rule = {"fields": list(fields)} | {k: v for k, v in rule.items() if k != "field"}
        if known.field == "ends" and seen.last:
            # Sources write a day far off where there is no end.
            rule["values"] = {seen.last: ""}
        bodies[header] = known.field if list(rule) == ["field"] else rule
        guesses.append(ColumnGuess(header, fields, seen.evidence, seen))
    if unused:
        what = f"kept in raw and not used: {', '.join(unused)}"
        issues.append(Issue(evidence.path.name, what, level="note", code="unused_columns"))
    return bodies, issues, tuple(guesses)


def _rule(
    entity: Entity,
    name: str,
    seen: ColumnEvidence,
    columns: Columns,
    currency: str,
    evidence: FileEvidence,
    header: str,
    issues: list[Issue],
    coded: bool,
) -> tuple[dict[str, Any], str]:
    """(the rule's text, doubt): doubt tells why the values cannot be what the name says."""
    rule: dict[str, Any] = {"field": name}
    if name in ("id", "currency") or seen.kind == "empty":
        return rule, ""
    kind = "date" if name == "close" else entity[name].type
    if kind in ("date", "moment"):
        return _date(rule, seen, columns)
    if kind in _NUMBERS:
        if seen.kind != "number":
            return rule, f"its values are not numbers ({seen.evidence})"
        if seen.format != columns.decimal and not seen.evidence.startswith("whole"):
            rule["decimal"] = seen.format
        if kind == "share" and (seen.percent or seen.over_one):
            rule["percent"] = True
        if kind == "money" and seen.signed and not coded:
            _sign(rule, seen, currency, evidence, header, issues)
    if kind == "bool" and seen.kind not in ("bool", "number"):
        return rule, f"its values are not true or false ({seen.evidence})"
    return rule, ""


def _date(rule: dict[str, Any], seen: ColumnEvidence, columns: Columns) -> tuple[dict[str, Any], str]:
    if seen.kind in ("date", "moment"):
        if seen.format != columns.dates:
            rule["dates"] = seen.format
        return rule, ""
    if seen.kind == "number" and seen.samples and all(v.isdigit() and len(v) in (10, 13) for v in seen.samples):
        rule["dates"] = "epoch" if len(seen.samples[0]) == 10 else "epoch_ms"
        return rule, ""
    return rule, f"its values are not dates ({seen.evidence})"


def _sign(
    rule: dict[str, Any], seen: ColumnEvidence, currency: str, evidence: FileEvidence, header: str, issues: list[Issue]
) -> None:
    """One sign or code on every amount names the column's currency; a sign of several countries is assumed aloud."""
    codes = {CURRENCY_SIGNS.get(sign, sign) for sign in seen.currencies}
    known = codes & EXPONENTS.keys()
    where = evidence.path.name
    if len(codes) == 1 and known:
        rule["currency"] = known.pop()
    elif len(codes) == 1:
        what = f"{header}: '{seen.currencies[0]}' is the sign of several currencies; read as {currency}"
        issues.append(Issue(where, what, try_=f"write currency: after {header}", level="warning", code="sign_assumed"))
    else:
        what = f"{header}: amounts in several currencies: {', '.join(seen.currencies)}"
        why = "only a currency column can tell them apart"
        issues.append(
            Issue(where, what, why, "export the currency as its own column", level="warning", code="mixed_signs")
        )
