"""What could anyone have known of earlier periods on a day? Bookings by period and by month, from what had become of deals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from saleswright.lib.fiscal import FiscalCalendar
from saleswright.lib.period import Period, period_index
from saleswright.measure.flow.columns import EPOCH, Floats, Ints, days
from saleswright.measure.flow.lifetable import LOST, WON
from saleswright.measure.forecast.plain.growth import Fact

if TYPE_CHECKING:
    from saleswright.measure.forecast.backtest.origins import Origin
    from saleswright.measure.forecast.outlook.past import Past

TIMING = 24
"""Months after coming in beyond which a win tells nothing of the timing."""


@dataclass(frozen=True)
class Before:
    """Earlier periods as known on the day of an origin: whole ones from the first that the record has whole.

    periods: oldest first, the asked one left out. totals: minor units won in each.
    """

    origin: Origin
    past: Past
    periods: tuple[Period, ...]
    totals: Floats

    @property
    def won(self) -> float:
        """Won in the asked period by the end of the origin's day."""
        return float(between(self.past, self.origin.first, self.origin.on))

    def by_then(self) -> Floats:
        """Won in each earlier period by the same day of it."""
        ends = [min(days(_then(one, self.origin.week)), days(one.end) - 1) for one in self.periods]
        pairs = zip(self.periods, ends, strict=True)
        return np.array([between(self.past, days(one.start), last) for one, last in pairs], np.float64)

    def passed(self) -> tuple[Floats, Floats]:
        """(days passed, days left) of each earlier period on the same day of it."""
        gone = np.array([(_then(one, self.origin.week) - one.start).days + 1 for one in self.periods], np.float64)
        whole = np.array([one.days for one in self.periods], np.float64)
        return gone, whole - gone


def before(past: Past, origin: Origin, grain: str, calendar: FiscalCalendar) -> Before:
    """The earlier periods of an origin. Where nothing was won yet there are none."""
    found = whole_periods(past, origin.period.start, grain, calendar)
    totals = [between(past, days(one.start), days(one.end) - 1) for one in found]
    return Before(origin, past, found, np.array(totals, np.float64))


def whole_periods(past: Past, until: date, grain: str, calendar: FiscalCalendar) -> tuple[Period, ...]:
    """The periods that ended by `until`, from the first that began after something was won."""
    ended = past.ended[past.fate == WON]
    if not ended.size:
        return ()
    first = EPOCH + timedelta(days=int(ended.min()))
    start = calendar.containing(grain, first).end  # type: ignore[arg-type]
    index = period_index(calendar, grain, start, until) if start < until else []  # type: ignore[arg-type]
    return tuple(one for one in index if one.end <= until)


def between(past: Past, first: int, last: int) -> int:
    """Minor units won from one day to another, both included."""
    return int(past.booked[past.booked_from(first, last)].sum())


def by_member(past: Past, by: str, first: int, last: int) -> dict[str, int]:
    """The same by the members of a dimension; "" where nobody told."""
    mine = past.booked_from(first, last)
    names = (*past.names[by], "")
    # A place of -1 is the last name.
    sums = np.zeros(len(names), np.int64)
    np.add.at(sums, past.groups[by][mine], past.booked[mine])
    return dict(zip(names, sums.tolist(), strict=True))


def months(past: Past, day: date, calendar: FiscalCalendar, members: Ints | None = None, count: int = 1) -> Fact:
    """The four factors of the months that are over by the end of `day`: (months), or (members, months) with places of each deal."""
    index = whole_periods(past, day + timedelta(days=1), "month", calendar)
    edges = np.array([*(days(one.start) for one in index), days(index[-1].end) if index else 0], np.int64)
    own = np.zeros(past.came.size, np.int64) if members is None else members

    def told(on: Ints, chosen: Ints, weight: Ints | None = None) -> Floats:
        place = np.searchsorted(edges, on, side="right") - 1
        good = chosen & (place >= 0) & (place < len(index)) & (own >= 0)
        table = np.zeros((count, len(index)))
        np.add.at(table, (own[good], place[good]), 1.0 if weight is None else weight[good])
        return table

    won, lost = past.fate == WON, past.fate == LOST
    everyone = np.ones(past.came.size, bool)
    found = (
        told(past.came, everyone),
        told(past.ended, won),
        told(past.ended, lost),
        told(past.ended, won, past.booked),
        told(past.ended, won, past.ended - past.came),
    )
    return Fact(*(one[0] if members is None else one for one in found))


def timing(past: Past) -> Floats | None:
    """Of the wins the share that closed 0, 1, 2 ... months after coming in; None where nothing was won."""
    won = past.fate == WON
    late = np.clip((past.ended[won] - past.came[won]) * 12 / 365.25, 0, TIMING - 1).astype(np.int64)
    return np.bincount(late).astype(np.float64) if late.size else None


def ahead(origin: Origin, calendar: FiscalCalendar) -> Floats:
    """Of each month after the last whole one, the share of its days that is still to come in the asked period."""
    start = origin.day + timedelta(days=1)
    found = []
    for month in period_index(calendar, "month", start, origin.period.end):
        mine = (min(month.end, origin.period.end) - max(start, month.start, origin.period.start)).days
        found.append(max(mine, 0) / month.days)
    return np.array(found)


def _then(period: Period, week: int) -> date:
    """The same day of another period."""
    return period.start + timedelta(days=7 * week - 1)
