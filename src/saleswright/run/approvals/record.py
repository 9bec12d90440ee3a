"""Which record is meant, and what may its field be? A typed name and typed values, read by the schema."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from saleswright.history.schema import Field
from saleswright.history.snapshot import Snapshot
from saleswright.lib.issue import Issue, Stop, unknown
from saleswright.lib.money import Money
from saleswright.run.approvals.current import NOW, scoped

Number = TypeVar("Number", int, float)
LARGEST = 2**63 - 1
MANY = 40
"""A text field with at most so many values is a list to choose from."""
YES = {"yes": True, "true": True, "no": False, "false": False}


@dataclass(frozen=True, slots=True)
class Found:
    """One record: its id and what it is called."""

    id: str
    name: str


def find(at: Snapshot, entity: str, typed: str) -> tuple[Found | None, list[Issue]]:
    """The record of that id, source id, or name where only one is called so; under the actor's own eyes."""
    sql = f'SELECT id FROM "{entity}" WHERE {NOW} AND (id = $typed OR ends_with(id, $key))'
    rows = scoped(at, sql, entity, {"typed": typed, "key": f"_{typed}"})
    ids = sorted({row[0] for row in rows if typed in (row[0], key(row[0]))})
    named = names(at, entity)
    if not ids:
        ids = _called(at, entity, typed)
    if len(ids) == 1:
        return Found(ids[0], called(at, entity, ids[0]) if named else key(ids[0])), []
    if ids:
        told = ", ".join(key(one) for one in ids[:8])
        what = f"{len(ids)} records are called '{typed}'"
        return None, [Issue("record", what, "so it is not clear which", f"one of {told}")]
    near = [row[0] for row in _some(at, entity)] if named else []
    return None, [unknown(entity, typed, near, where="record")]


def key(id_: str) -> str:
    """The record's own id in its source."""
    return id_.split("_", 2)[-1]


def names(at: Snapshot, entity: str) -> bool:
    """Do records of this table have a name that this actor may see?"""
    return "name" in at.schema[entity].by_name and at.policy.field_allowed(entity, "name")


def called(at: Snapshot, entity: str, id_: str) -> str:
    """What a record is called now; its source id where it has no name."""
    from saleswright.run.approvals.current import values

    found = values(at, entity, {"name": {id_}}).get((id_, "name"))
    return str(found) if found else key(id_)


def _called(at: Snapshot, entity: str, typed: str) -> list[str]:
    if not names(at, entity):
        return []
    if at.schema[entity]["name"].personal:
        inside = (
            "SELECT id FROM personal WHERE entity = $entity AND field = 'name' AND lower(value) = lower($typed) AND "
            "valid_to > $as_of AND known_to > $known"
        )
        sql = f'SELECT id FROM "{entity}" WHERE {NOW} AND id IN ({inside})'
        return sorted(row[0] for row in scoped(at, sql, entity, {"typed": typed, "entity": entity}))
    sql = f'SELECT id FROM "{entity}" WHERE {NOW} AND lower(name) = lower($typed)'
    return sorted(row[0] for row in scoped(at, sql, entity, {"typed": typed}))


def _some(at: Snapshot, entity: str) -> list[tuple[Any, ...]]:
    if at.schema[entity]["name"].personal:
        return []
    return scoped(
        at, f'SELECT DISTINCT name FROM "{entity}" WHERE {NOW} AND name IS NOT NULL', entity, {}, " LIMIT 5000"
    )


def choices(at: Snapshot, entity: str, field: Field) -> list[str]:
    """The values that a text field has in the record now, where they are few enough to choose from; else none."""
    if field.type != "text" or not field.dimension:
        return []
    sql = f'SELECT DISTINCT "{field.name}" FROM "{entity}" WHERE {NOW} AND "{field.name}" IS NOT NULL'
    found = sorted(row[0] for row in scoped(at, sql, entity, {}, f" LIMIT {MANY + 1}"))
    return found if len(found) <= MANY else []


def read(
    at: Snapshot, entity: str, pairs: Sequence[tuple[str, str]], currency: str, fresh: bool
) -> tuple[dict[str, Any], list[Issue]]:
    """The new value of each field, as its type says; all issues at once. fresh: a value that the record has not yet is meant."""
    kind = at.schema[entity]
    shown = [f.name for f in kind.fields if at.policy.field_allowed(entity, f.name)]
    values: dict[str, Any] = {}
    issues: list[Issue] = []
    for name, text in pairs:
        if name not in shown:
            issues.append(unknown("field", name, shown, where="change"))
        elif name in values:
            issues.append(Issue(name, "two values for one field", "so it is not clear which is meant", "name it once"))
        else:
            try:
                values[name] = _value(at, entity, kind[name], text.strip(), currency, fresh)
            except Stop as stop:
                issues += stop.issues
    return values, issues


def _value(at: Snapshot, entity: str, field: Field, text: str, currency: str, fresh: bool) -> Any:
    if not text:
        if field.required:
            raise Stop(Issue(field.name, "it cannot be empty", field.meaning, f"{field.name}=VALUE"))
        return None
    if field.type == "money":
        amount, _, code = text.rpartition(" ")
        money = Money.parse(amount or text, code if amount else currency, field.name)
        if abs(money.minor) > LARGEST:
            raise Stop(Issue(field.name, f"'{text}' is more than can be kept", field.meaning, "such as 1500.00 EUR"))
        return money
    if field.ref:
        found, issues = find(at, field.ref, text)
        if found is None:
            raise Stop(*(Issue(field.name, one.what, one.why, one.try_, code=one.code) for one in issues))
        return found.id
    try:
        if field.type == "date":
            return date.fromisoformat(text)
        if field.type == "moment":
            return _zoned(datetime.fromisoformat(text))
        if field.type == "int":
            return _kept(int(text))
        if field.type == "number":
            return _kept(float(text))
        if field.type == "share":
            return _kept(float(text[:-1]) / 100 if text.endswith("%") else float(text))
        if field.type == "bool":
            return YES[text.lower()]
    except (ValueError, KeyError):
        raise Stop(Issue(field.name, f"'{text}' is not {SAID[field.type]}", field.meaning, HOW[field.type])) from None
    known = [] if fresh else choices(at, entity, field)
    if known and text not in known:
        issue = unknown(f"value of {field.name}", text, known, where=field.name)
        raise Stop(
            Issue(issue.where, issue.what, issue.why, f"{issue.try_}; --new-value where it is meant", code=issue.code)
        )
    return text


def _kept(number: Number) -> Number:
    """A number that a table can hold. ValueError for what is none, such as nan, and for what is too large."""
    if not math.isfinite(number) or abs(number) > LARGEST:
        raise ValueError
    return number


def _zoned(moment: datetime) -> datetime:
    """The same clock time is another instant elsewhere: ValueError without a zone."""
    if moment.tzinfo is None:
        raise ValueError
    return moment


SAID = {
    "date": "a date", "moment": "a moment with its zone", "int": "a whole number", "number": "a number", "share": "a share",
    "bool": "yes or no",
}  # fmt: skip
HOW = {
    "date": "such as 2026-12-15", "moment": "such as 2026-12-15T10:00:00Z", "int": "such as 12", "number": "such as 1.5",
    "share": "such as 40%", "bool": "yes or no",
}  # fmt: skip
