"""Which months were won as no others? The win rate of each month against the others, at the month's own mix."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from saleswright.history.checks import wobbles
from saleswright.history.snapshot import Snapshot
from saleswright.lib.period import Period, parse_period
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import sums
from saleswright.measure.metrics.dimensions import allowed, dimensions

SIGMAS = 3.0
LEAST = 30
BACK = 731


@dataclass(frozen=True, slots=True)
class Month:
    """A month out of the ordinary: won of decided, and what the other months would have given."""

    period: Period
    won: int
    decided: int
    expected: float
    low: float
    high: float


def months(at: Snapshot) -> tuple[Month, ...]:
    """The whole months of the last two years whose win rate chance does not explain, oldest first."""
    calendar = at.workspace.calendar
    this = calendar.containing("month", at.day)
    start = calendar.containing("month", this.start - timedelta(days=BACK)).end
    last = this.start - timedelta(days=1)
    if start > last:
        return ()
    known = dimensions(at.schema)
    mix = [name for name in ("segment", "type") if name in known and allowed(at, known[name])]
    asked = ask(at, "win_rate", ("month", *mix), f"{start}..{last}")
    groups: dict[str, dict[str, tuple[int, int]]] = {}
    for key, one in sums(at, asked).items():
        held = groups.setdefault(key[0], {})
        before = held.get("/".join(key[1:]), (0, 0))
        held["/".join(key[1:])] = (before[0] + one.num, before[1] + one.n)
    found = []
    for one in wobbles(groups, SIGMAS, LEAST):
        if one.out:
            period = parse_period(one.label, at.day, calendar)
            found.append(Month(period, one.hits, one.of, one.expected, one.low, one.high))
    return tuple(sorted(found, key=_start))


def _start(month: Month) -> date:
    return month.period.start
