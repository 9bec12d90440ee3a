"""What is asked or planned for some days? One line of it, the days on which it is the one that holds, its part of a period."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from types import ModuleType
from typing import TYPE_CHECKING, Any

from saleswright.history.compiled import compiled
from saleswright.history.snapshot import Snapshot
from saleswright.lib.period import ALL_TIME, Period
from saleswright.measure.metrics.dimensions import Dimension, period_of, scope_value

if TYPE_CHECKING:
    import ibis.expr.types as ir

Span = tuple[date, date]


@dataclass(frozen=True)
class Line:
    """One quota or line of a plan: whose, for which days it is the one that holds, and how much (None without a rate).

    `members` are what it can be split by: of a quota the owner, team, region, manager and role; of a plan its name.
    """

    members: dict[str, str]
    of_team: bool
    span: Span
    minor: int | None
    holds: tuple[Span, ...] = field(default=())

    def inside(self, start: date, end: date) -> int:
        """What is asked of it on the days from `start` up to `end`, in minor units."""
        return sum(self._until(min(b, end)) - self._until(max(a, start)) for a, b in self._cut(start, end))

    def touches(self, start: date, end: date) -> bool:
        """Does it hold on a day of that stretch?"""
        return bool(self._cut(start, end))

    def _cut(self, start: date, end: date) -> list[Span]:
        return [(a, b) for a, b in self.holds if a < end and start < b]

    def _until(self, day: date) -> int:
        """What is asked up to a day, cut down to the minor unit: whatever is cut off comes with a later day."""
        size = abs(self.minor or 0) * (day - self.span[0]).days // (self.span[1] - self.span[0]).days
        return -size if (self.minor or 0) < 0 else size


def rows(at: Snapshot, period: Period, key: Sequence[str], build: Callable[[Any], ir.Table]) -> list[tuple[Any, ...]]:
    """The rows of an expression of `quota_query` about a period, under the snapshot's clocks and policy.

    `key` says the question whole: one text is compiled for it. `build` gets the module and makes the expression.
    """

    def make() -> ir.Table:
        return build(_query())

    text = compiled(at.workspace.state / "cache", {"lines": [*key], "custom": at.meta.get("custom", [])}, make)
    values = {
        **at.clocks(),
        "cur": at.currency,
        "base": at.workspace.currency,
        "p_start": period.start,
        "p_end": period.end,
    }
    if "$scope" in text:
        values["scope"] = scope_value(at)
    named = set(re.findall(r"\$(\w+)", text))
    return at.reader.rows(text, {name: value for name, value in values.items() if name in named})


def leading(at: Snapshot, people: Collection[str]) -> set[str]:
    """Those of these people who lead others of them: what they are asked or call says again what the others do."""
    pairs = rows(at, ALL_TIME, ["leads"], lambda q: q.who_leads(at.schema))
    return {manager for person, manager in pairs if person in people and manager in people}


def _query() -> ModuleType:
    from saleswright.measure.metrics import quota_query

    return quota_query


def last_day(starts: date, ends: date | None) -> date:
    """The day after a line's last; without one, that of a month."""
    if ends is not None and ends > starts:
        return ends
    first = date(starts.year + starts.month // 12, starts.month % 12 + 1, 1)
    return first if starts.day == 1 else min(first + timedelta(days=starts.day - 1), first + timedelta(days=31))


def without(span: Span, taken: Sequence[Span]) -> tuple[Span, ...]:
    """The days of a stretch that no shorter line has taken."""
    left = [span]
    for start, end in taken:
        left = [(max(a, x), min(b, y)) for a, b in left for x, y in ((a, start), (end, b)) if max(a, x) < min(b, y)]
    return tuple(left)


def shorter_first(mine: Sequence[Line]) -> list[Line]:
    """The lines of one person or name with the days each holds: of two for the same day the shorter does."""
    kept: list[Line] = []
    taken: list[Span] = []
    for span in sorted({one.span for one in mine}, key=lambda s: (s[1] - s[0], s[0])):
        holds = without(span, taken)
        kept += [replace(one, holds=holds) for one in mine if one.span == span and holds]
        taken.append(span)
    return kept


def stretches(at: Snapshot, grain: Dimension | None, one: Line, whole: Span) -> Iterable[tuple[str, Span]]:
    """The periods of the split in which a line holds; the whole period where time does not split it."""
    if grain is None or grain.grain is None:
        yield "", whole
        return
    day, end = max(whole[0], one.span[0]), min(whole[1], one.span[1])
    while day < end:
        period = period_of(grain.grain, day, at.workspace.calendar)
        span = max(period.start, whole[0]), min(period.end, whole[1])
        if one.touches(*span):
            yield str(period), span
        day = period.end


def gap(found: Sequence[Line], period: Period) -> Period | None:
    """The first stretch of the period on which no line holds."""
    day = period.start
    for start, end in sorted(span for one in found for span in one.holds):
        if start > day:
            return Period.between(day, min(start, period.end))
        day = max(day, end)
    return Period.between(day, period.end) if day < period.end else None
