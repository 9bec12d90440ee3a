"""Is each key of a metric's text of the right kind, and does its unit fit? Asked before anything is made of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from saleswright.history.schema import Entity
from saleswright.kernel.definition import Definition
from saleswright.lib.issue import Issue, unknown
from saleswright.measure.metrics.keys import KEYS

KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "string": ((str,), "text"),
    "array": ((list, tuple), "a list"),
    "object": ((dict, Mapping), "a mapping"),
    "boolean": ((bool,), "true or false"),
    "number": ((int, float), "a number"),
    "integer": ((int,), "a whole number"),
}
# What a figure's unit may be.
UNITS = ("count", "share", "money", "days", "hours", "money_per_day", "number")


def well_formed(definition: Definition) -> Iterator[Issue]:
    """Every key whose value is of another kind than it takes; what they would be made of cannot be read."""
    for key, value in definition.body.items():
        if key not in KEYS or value is None:
            continue
        types, words = KINDS[KEYS[key][0]]
        wrong = not isinstance(value, types) or (isinstance(value, bool) and bool not in types)
        if wrong:
            example = {"a list": f"{key}: [{value}]", "text": f"{key}: '{value}'"}.get(words, KEYS[key][1])
            yield Issue(definition.where(key), f"{key} is {words}, not {_kind(value)}", "so it cannot be read", example)
        elif words == "a list" and key != "exclude" and not all(isinstance(one, str) for one in value):
            yield Issue(definition.where(key), f"{key} is a list of texts", "so it cannot be read", KEYS[key][1])
    yield from _exclusions(definition)


def _exclusions(definition: Definition) -> Iterator[Issue]:
    given = definition.body.get("exclude")
    for index, one in enumerate(given if isinstance(given, (list, tuple)) else ()):
        where = definition.where(f"exclude.{index}")
        if not isinstance(one, Mapping) or not isinstance(one.get("when"), Mapping) or not one.get("because"):
            what = "what is left out says why and when"
            yield Issue(where, what, "so nobody would know", "{because: a test record, when: {name: {has: test}}}")
            continue
        for key in one:
            if key not in ("because", "when"):
                yield unknown("key", str(key), ("because", "when"), where=definition.where(f"exclude.{index}.{key}"))


def unit_fits(definition: Definition, entity: Entity, made: str) -> Iterator[Issue]:
    """A unit that the shape or the field cannot have. `made`: the unit they give by themselves."""
    unit, shape = definition.body.get("unit"), str(definition.body.get("shape", ""))
    if not unit:
        return
    where = definition.where("unit")
    if unit not in UNITS:
        yield unknown("unit", str(unit), UNITS, where=where)
        return
    if unit == made or definition.body.get("python") or definition.body.get("awaits"):
        return
    field = str(definition.body.get("sum") or "")
    added = bool(field) and not (shape == "ratio" and definition.body.get("numerator"))
    free = shape == "quotient" or (added and made == "number" and unit in ("days", "hours", "share", "number", "count"))
    if free:
        return
    of = f"the field {field} is {_of(entity, field)}" if added else f"{_article(shape)} of rows is {_told(made)}"
    yield Issue(where, f"{definition.name} is no {unit}: {of}", "so the figure would be told wrongly", f"unit: {made}")


def _of(entity: Entity, field: str) -> str:
    known = entity.by_name.get(field)
    return {"money": "money", "int": "a number", "number": "a number", "share": "a share"}.get(
        known.type if known else "", "a number"
    )


def _told(unit: str) -> str:
    return {"count": "a count", "share": "a share", "days": "told in days", "hours": "told in hours"}.get(unit, unit)


def _article(shape: str) -> str:
    return f"a {shape}" if shape else "it"


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "yes or no"
    if isinstance(value, str):
        return "text"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, (list, tuple)):
        return "a list"
    return "a mapping" if isinstance(value, Mapping) else "a date"


__all__ = ["UNITS", "unit_fits", "well_formed"]
