"""How is credit shared here, and since when? One dated definition of kind `attribution`.

kind: attribution
name: attribution
from: 2026-01-01
weights: {first: 40, middle: 20, last: 40}
look_back_days: 180
statuses: [Responded, Attended]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.definition import Definition, schema_properties
from saleswright.lib.issue import Issue, Stop, unknown

KIND = "attribution"
KEYS: dict[str, tuple[str, str]] = {
    "bookings": ("string", "the metric that is shared out: a sum of money over deals"),
    "weights": ("object", "position: percent for the first touch, for all in the middle together, and for the last"),
    "look_back_days": ("integer", "only touches at most so many days before the win; every earlier one when left out"),
    "untouched": (
        "string",
        "apart: deals without a touch have their own line; own: they go to what the deal itself says",
    ),
    "statuses": ("array", "only touches of these statuses, such as Responded; every one when left out"),
}
PLACES = ("first", "middle", "last")
UNTOUCHED = ("apart", "own")
_FURTHEST = 36_500


@dataclass(frozen=True, slots=True)
class Rule:
    """The definition, checked. weights: percent for the first, the middle and the last touch; they sum to 100."""

    definition: Definition
    bookings: str = "won_value"
    weights: tuple[int, int, int] = (40, 20, 40)
    look_back_days: int | None = None
    untouched: str = "apart"
    statuses: tuple[str, ...] = ()

    @property
    def in_words(self) -> str:
        """What a reader must know to read the figures."""
        first, middle, last = self.weights
        said = [f"Position: {first} % first touch, {last} % last, {middle} % between them"]
        if self.look_back_days is not None:
            said.append(f"touches of the {self.look_back_days} days before the win")
        if self.statuses:
            said.append(f"only touches that are {' or '.join(self.statuses)}")
        return "; ".join(said) + "."


def read_rule(definition: Definition) -> tuple[Rule | None, list[Issue]]:
    """The checked definition, or every issue of its text at once."""
    body = definition.body
    issues = [unknown("key", str(key), KEYS, where=definition.where(str(key))) for key in body if key not in KEYS]
    weights = body.get("weights", {"first": 40, "middle": 20, "last": 40})
    whole = (
        isinstance(weights, Mapping)
        and set(weights) <= set(PLACES)
        and all(type(part) is int and part >= 0 for part in weights.values())
    )
    if not whole or sum(weights.values()) != 100:
        issues.append(
            Issue(
                definition.where("weights"),
                f"weights are whole percents of {', '.join(PLACES)} that sum to 100, not {weights}",
                "so the shares of a deal would not sum to the deal",
                "weights: {first: 40, middle: 20, last: 40}",
            )
        )
    days = body.get("look_back_days")
    if days is not None and (type(days) is not int or not 0 <= days <= _FURTHEST):
        where = definition.where("look_back_days")
        issues.append(
            Issue(where, f"'{days}' is not a number of days", "so no touch can be told", "look_back_days: 180")
        )
    untouched = body.get("untouched", "apart")
    if untouched not in UNTOUCHED:
        issues.append(unknown("setting", str(untouched), UNTOUCHED, where=definition.where("untouched")))
    statuses = body.get("statuses", [])
    if not isinstance(statuses, list) or not all(isinstance(one, str) and one for one in statuses):
        where = definition.where("statuses")
        issues.append(Issue(where, f"'{statuses}' is no list of words", "so no touch can be told", "[Responded]"))
    if issues:
        return None, issues
    percents = (weights.get("first", 0), weights.get("middle", 0), weights.get("last", 0))
    bookings = str(body.get("bookings", "won_value"))
    return Rule(definition, bookings, percents, days, untouched, tuple(statuses)), []


def rule_in_force(at: Snapshot) -> Rule:
    """The definition in force on the as-of day. Stop with every issue of one that cannot be used."""
    found = [d for d in at.workspace.all(KIND, at.day) if d.name == KIND]
    strangers = [d for d in at.workspace.all(KIND, at.day) if d.name != KIND]
    issues = [unknown("attribution", d.name, (KIND,), where=d.where("name")) for d in strangers]
    # A file that ends with `to:` and replaced ours leaves no other: then it is as shipped.
    rule, problems = read_rule(found[-1] if found else Definition(KIND, KIND, {}))
    if rule is None or issues:
        raise Stop(*issues, *problems)
    return rule


def json_schema() -> dict[str, Any]:
    """The JSON Schema of this definition's YAML, generated from KEYS, for editors and checks."""
    properties = schema_properties(KIND, KEYS)
    percent = {"type": "integer", "minimum": 0, "maximum": 100}
    properties["name"] = {"const": KIND}
    properties["weights"] |= {"properties": dict.fromkeys(PLACES, percent), "additionalProperties": False}
    properties["untouched"]["enum"] = list(UNTOUCHED)
    properties["statuses"]["items"] = {"type": "string", "minLength": 1}
    properties["look_back_days"] |= {"minimum": 0, "maximum": _FURTHEST}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "How bookings are credited to touches",
        "type": "object",
        "properties": properties,
        "required": ["kind", "name"],
        "additionalProperties": False,
    }
