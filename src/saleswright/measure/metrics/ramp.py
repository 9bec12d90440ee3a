"""Since when is a rep at full speed? The first day at work, the months of ramp, and the days that were worked.

    kind: ramp
    name: default
    from: 2026-01-01
    months: 9

The latest one in force on the as-of day holds, so a figure of last year is judged by last year's rule.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.definition import schema_properties
from saleswright.lib.period import ALL_TIME, Period
from saleswright.lib.zone import local_date
from saleswright.measure.metrics.quota_lines import rows
from saleswright.measure.metrics.words import plural

KIND = "ramp"
MONTHS = 6
WHY = "half a year: about two sales cycles of a quarter, so that the first deals of one's own can have closed"
LONGEST = 60
KEYS: dict[str, tuple[str, str]] = {
    "months": ("integer", f"months after the first day at work; {MONTHS} when not said")
}


@dataclass(frozen=True, slots=True)
class Ramp:
    """How many months a new rep ramps, and the words that say where that number comes from."""

    months: int
    words: str

    def ramped_on(self, began: date | None) -> date:
        """The first day at full speed. Of whom no first day is known: always."""
        if began is None:
            return date.min
        years, month = divmod(began.month - 1 + self.months, 12)
        first = date(began.year + years, month + 1, 1)
        return min(first + timedelta(days=began.day - 1), _next_month(first))


@dataclass(slots=True)
class Work:
    """When somebody began, and the stretches they were not active in."""

    began: date | None = None
    away: list[tuple[date, date]] = field(default_factory=list)

    def days_in(self, period: Period) -> int:
        """On how many days of the period was this person at work?"""
        start = max(period.start, self.began or period.start)
        gone = sum(max(0, (min(b, period.end) - max(a, start)).days) for a, b in self.away)
        return max(0, (period.end - start).days) - gone


def ramp_in_force(at: Snapshot) -> Ramp:
    """The months of ramp that hold on the as-of day: the workspace's, or six with the reason."""
    for definition in reversed(at.workspace.all(KIND, at.day)):
        months = definition.body.get("months")
        if type(months) is int and 0 <= months <= LONGEST:
            return Ramp(months, f"A new rep ramps for {plural(months, 'month')} ({definition.where('months')}).")
    return Ramp(MONTHS, f"A new rep ramps for {plural(MONTHS, 'month')} by default ({WHY}); kind: ramp sets another.")


def working(at: Snapshot, people: Collection[str]) -> dict[str, Work]:
    """When these people began (the first day at work; where nobody told, the day their user was made) and were away."""
    wanted, zone = set(people), at.workspace.zone
    found: dict[str, Work] = {}
    if not at.policy.field_allowed("person", "hired") or not at.policy.field_allowed("person", "active"):
        return found
    for person, hired, created, active, starts, ends in rows(at, ALL_TIME, [KIND], lambda q: q.working_days(at.schema)):
        if person not in wanted:
            continue
        work = found.setdefault(person, Work())
        work.began = hired or work.began or created
        if active is False:
            last = date.max if ends.year == date.max.year else local_date(ends, zone)
            work.away.append((local_date(starts, zone), last))
    return found


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the setting's YAML."""
    properties = schema_properties(KIND, KEYS)
    properties["months"] |= {"minimum": 0, "maximum": LONGEST}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "How long a new rep ramps",
        "type": "object",
        "properties": properties,
        "required": ["kind", "name", "months"],
        "additionalProperties": False,
    }


def _next_month(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)
