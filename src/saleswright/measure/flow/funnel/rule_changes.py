"""When did the business change what it counts as qualified? Dated definitions that decide it, for the marks on a trend.

A number of today stands under the rules of today, whatever the month; but what people entered, they entered under the rules
of their day. So every month in which a definition began or ended is marked: a metric's own text, a rule of what is left
out, the map of stages, the mapping of a file that brings the qualified date.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.definition import Definition
from saleswright.kernel.report import Point
from saleswright.measure.metrics.conditions import fields_of
from saleswright.measure.metrics.leave_out import KIND, UNSEEN

COUNTED = ("new_deals", "new_deals_value", "open_pipeline", "open_deals", "win_rate", "win_rate_by_qualified")
_NEVER = (date(1, 1, 1), date(9999, 12, 31))


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A definition that began or ended on a day, in words."""

    day: date
    words: str


def rule_changes(at: Snapshot) -> list[RuleChange]:
    """Every dated change of what decides `qualified`, as far as the as-of day, in order."""
    found = [
        RuleChange(day, f"{what} {word}")
        for definition, what in _deciding(at)
        for day, word in ((definition.start, "from here on"), (definition.end, "until here"))
        if day not in _NEVER and day <= at.day
    ]
    return sorted(set(found), key=lambda one: (one.day, one.words))


def _deciding(at: Snapshot) -> Iterator[tuple[Definition, str]]:
    for definition in at.workspace.all("metric"):
        if not definition.shipped and definition.name in COUNTED:
            yield definition, f"the workspace's own {definition.name}"
    for definition in at.workspace.all(KIND):
        named = definition.body.get("metrics") or ()
        when = definition.body.get("when")
        if (named and not set(map(str, named)) & set(COUNTED)) or not isinstance(when, dict):
            continue
        seen = all(at.policy.field_allowed("deal", field) for field in fields_of(when))
        yield definition, f"left out: {definition.body.get('because', definition.name)}" if seen else UNSEEN
    for definition in at.workspace.all("stages"):
        yield definition, f"stage map {definition.name}"
    for definition in at.workspace.all("mapping"):
        columns = definition.body.get("columns")
        if isinstance(columns, dict) and any("qualified" in str(target) for target in columns.values()):
            yield definition, f"mapping {definition.name}"


def marked(points: tuple[Point, ...], changes: list[RuleChange]) -> tuple[Point, ...]:
    """The same points, each with what changed between its first day and the next one's."""
    told = []
    for place, point in enumerate(points):
        end = next((other.start for other in points[place + 1 :] if other.start), date.max)
        words = [one.words for one in changes if point.start and point.start <= one.day < end]
        told.append(replace(point, mark="; ".join(words)) if words else point)
    return tuple(told)
