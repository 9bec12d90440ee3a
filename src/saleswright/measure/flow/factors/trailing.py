"""Over which days are deal size, win rate and cycle told? A window that trails the period, wide enough to say something.

max(6 months, twice the median cycle) up to the period's end; where fewer than 30 deals were decided in it 12, then 24
months. The whole falls back to all time, as the metric `new_value` does; a member of a split is drawn towards the whole.
Each metric is asked once, by day, and its facts are added over any window: the same facts, so the same figures.
Formulas 2.2.1 and 2.2.5.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import accumulate

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.reference import Pairs, Reference
from saleswright.kernel.report import Figure
from saleswright.lib.period import ALL_TIME, Period
from saleswright.measure.metrics.asked import Asked, ask, suits
from saleswright.measure.metrics.combine import ENOUGH
from saleswright.measure.metrics.compute import reference, sums
from saleswright.measure.metrics.dimensions import Dimension
from saleswright.measure.metrics.figures import Sums, finish, quantile

HALF_YEAR, YEAR, TWO_YEARS = 183, 365, 730
ALL = Period(ALL_TIME.start, ALL_TIME.end, "all time", "all")
_ADDED = ("n", "num", "total", "squares", "unconverted", "by_created")


class Line:
    """One member's facts day by day, of which any stretch is a difference of running sums."""

    def __init__(self, by_day: Mapping[int, Sums], undated: Sums | None = None) -> None:
        self._days = sorted(by_day)
        held = [by_day[day] for day in self._days]
        self._running = {name: [0, *accumulate(getattr(one, name) for one in held)] for name in _ADDED}
        spans = [(d, v, n) for d, one in zip(self._days, held, strict=True) for v, n in sorted(one.spans.items())]
        self._span_days, self._span_values, self._span_counts = np.array(spans, np.int64).reshape(-1, 3).T
        self._left = [(day, one.left_out) for day, one in zip(self._days, held, strict=True) if one.left_out]
        self._undated = undated

    def within(self, period: Period) -> Sums:
        """The facts of the period's days; all time holds what has no day as well."""
        start, end = period.start.toordinal(), period.end.toordinal()
        low, high = bisect_left(self._days, start), bisect_left(self._days, end)
        found = Sums(**{name: run[high] - run[low] for name, run in self._running.items()})
        if self._span_days.size:
            first, last = np.searchsorted(self._span_days, [start, end])
            values, places = np.unique(self._span_values[first:last], return_inverse=True)
            counts = np.bincount(places, weights=self._span_counts[first:last]).astype(np.int64)
            found.spans = Counter(dict(zip(values.tolist(), counts.tolist(), strict=True)))
        for day, left in self._left:
            if start <= day < end:
                found.left_out.update(left)
        if self._undated is not None:
            # Who has no day is left out of every period, and is counted as such in each.
            found += self._undated if period.grain == "all" else Sums(left_out=self._undated.left_out)
        return found


@dataclass(frozen=True)
class Facts:
    """One metric by member of the split and by day, with what writes the reference of any window."""

    at: Snapshot
    asked: Asked
    reference: Reference
    by: str
    whole: Line
    members: Mapping[str, Line]
    middles: dict[str | None, float | None] = field(default_factory=dict)

    def line(self, member: str | None) -> Line:
        """A member's facts; None for the whole."""
        return self.whole if member is None else self.members.get(member, _NOTHING)

    def middle(self, member: str | None) -> float | None:
        """The middle of all a member's spans, whatever their day; None without any."""
        if member not in self.middles:
            spans = self.sums(member, ALL).spans
            self.middles[member] = float(quantile(spans, 0.5)) if spans else None
        return self.middles[member]

    def sums(self, member: str | None, period: Period) -> Sums:
        """The facts of a member (None: all) in a period."""
        return self.line(member).within(period)

    def figure(self, member: str | None, period: Period) -> Figure:
        """The metric's own figure for that member and those days: its division, interval, reason and reference."""
        pairs: Pairs = () if member is None else ((self.by, member),)
        ref = replace(self.reference, period=str(period)).only(pairs)
        return finish(self.asked.metric, self.sums(member, period), self.at.currency, str(ref))


_NOTHING = Line({})


def read(at: Snapshot, name: str, by: Dimension | None, where: Pairs) -> Facts:
    """A metric's facts by day, and by member where there is a split. Stop as `ask` does."""
    asked = ask(at, name, (), "all", where)
    splits = (suits(at, asked.metric, by.name, "by"),) if by else ()
    day = suits(at, asked.metric, "day", "by")
    lines: dict[str, dict[int, Sums]] = {}
    whole: dict[int, Sums] = {}
    for key, one in sums(at, replace(asked, by=(*splits, day))).items():
        when = date.fromisoformat(key[-1]).toordinal() if key[-1] else 0
        _add(whole, when, one)
        if by:
            _add(lines.setdefault(key[0], {}), when, one)
    members = {member: _line(held) for member, held in lines.items()}
    return Facts(at, asked, reference(at, asked), by.name if by else "", _line(whole), members)


def _add(held: dict[int, Sums], day: int, one: Sums) -> None:
    if day not in held:
        held[day] = Sums()
    held[day] += one


def _line(held: dict[int, Sums]) -> Line:
    undated = held.pop(0, None)
    return Line(held, undated)


@dataclass(frozen=True, slots=True)
class Window:
    """The days that deal size, win rate and cycle are told over, and how many deals were decided in them.

    enough: it holds the 30 decided deals that a rate of its own needs, or is the whole, which has nothing to be drawn to.
    """

    period: Period
    decided: int
    enough: bool

    @property
    def label(self) -> str:
        return self.period.label


def window(rates: Facts, cycles: Facts, member: str | None, period: Period, today: date) -> Window:
    """The trailing window of a period for a member, or for the whole (None). The whole's is that of `new_value`."""
    if period.grain == "all":
        decided = rates.sums(member, period).n
        return Window(ALL, decided, member is None or decided >= ENOUGH)
    end = min(period.end, today + timedelta(days=1))
    first = max(HALF_YEAR, int(2 * (cycles.middle(member) or 0)))
    for days in (first, YEAR, TWO_YEARS):
        found = _ending(end, days)
        decided = rates.sums(member, found).n
        if decided >= ENOUGH and days >= first:
            return Window(found, decided, True)
    if member is None:
        return Window(ALL, rates.sums(None, ALL).n, True)
    found = _ending(end, max(first, TWO_YEARS))
    return Window(found, rates.sums(member, found).n, False)


def _ending(end: date, days: int) -> Period:
    return Period(end - timedelta(days=days), end, f"{days} days to {end - timedelta(days=1)}", "range")
