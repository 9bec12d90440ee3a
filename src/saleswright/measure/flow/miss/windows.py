"""Which stretches of time feed a period? The period itself, those before it in which its deals came in, and the ones to
compare with.

The earliest day on which the record tells a decision is where it begins: of deals that came in before, those that were
decided before it are missing, so such a stretch is never taken for whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.lib.fiscal import FiscalCalendar
from saleswright.lib.issue import USAGE, Issue, Stop
from saleswright.lib.period import Period, parse_period
from saleswright.measure.flow.book import LOST, OPEN, WON, Book
from saleswright.measure.flow.columns import EPOCH, NO_DAY, Ints
from saleswright.measure.flow.miss.factors import Tally, count

LAGS = {"week": 26, "month": 18, "quarter": 6, "year": 2}
"""How many periods back deals are told apart by when they came in; half a year to a year and a half."""

TRAILING = {"week": range(1, 14), "month": range(3, 13, 3), "quarter": range(1, 5), "year": range(1, 3)}
"""Which periods before make the baseline: a year of them; of months those in the same place of their quarter, for the last
month of a quarter closes more than the first."""

LOOK_BACK = timedelta(days=180)
"""What should lie before the first period of a baseline, so that the deals that feed it are known."""

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """A period up to today, and the stretches before it in which its deals came in: (start, end) days since 1970, lag 0
    first; what came in before all of them stands in a last lag of its own."""

    period: Period
    spans: tuple[tuple[int, int], ...]

    @property
    def lags(self) -> int:
        return len(self.spans) + 1


def asked(at: Snapshot, text: str) -> Period:
    """The period to explain: the last whole quarter where none is named. Stop (usage) for an open one, or one to come."""
    period = parse_period(text or "last quarter", at.day, at.workspace.calendar)
    if not period.bounded:
        why = "a plan is for a stretch of time with a first and a last day"
        raise Stop(Issue("period", f"'{period.label}' has no end", why, "--period 'last quarter'"), exit_code=USAGE)
    if period.start > at.day:
        raise Stop(
            Issue("period", f"{period.label} has not begun", "nothing was won in it yet", "--period 'this quarter'"),
            exit_code=USAGE,
        )
    return period


def so_far(period: Period, days: int) -> Period:
    """The first days of a period, whole where it has no more."""
    if period.days <= days:
        return period
    return Period.between(period.start, period.start + timedelta(days=days), f"{period.label} to date")


def elapsed(at: Snapshot, period: Period) -> int:
    """How many of its days are over."""
    return min(period.days, (at.day - period.start).days + 1)


def begins(book: Book) -> date | None:
    """The day of the first decision on record."""
    closed = book.days["closed"][((book.fate == WON) | (book.fate == LOST)) & (book.days["closed"] != NO_DAY)]
    return EPOCH + timedelta(days=int(closed.min())) if len(closed) else None


def year_ago(period: Period, calendar: FiscalCalendar) -> Period:
    """The same period of the year before."""
    steps = {"day": 364, "week": 52, "month": 12, "quarter": 4, "year": 1}.get(period.grain)
    if steps:
        return period.shift(-steps, calendar)

    def earlier(day: date) -> date:
        return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)

    return Period.between(earlier(period.start), earlier(period.end))


def trailing(period: Period, first: date | None, calendar: FiscalCalendar) -> list[Period]:
    """The periods of a baseline, the latest first: as many of a year before as the record tells, else the one before."""
    if first is None:
        return []
    backs = TRAILING.get(period.grain, range(1, 1 + max(1, min(12, 365 // period.days))))
    found = [period.shift(-back, calendar) for back in backs]
    if found[0].start < first:
        found = [period.previous(calendar)]
    told = [one for one in found if one.start >= first]
    deep = [one for one in told if one.start - LOOK_BACK >= first]
    return deep or told[:1]


def lags(oldest: Period, first: date | None, calendar: FiscalCalendar) -> int:
    """How many periods, the period itself among them, deals are told apart by, so that each is whole in the record."""
    most = LAGS.get(oldest.grain, max(2, min(18, 540 // oldest.days)))
    found = 1
    while first is not None and found < most and oldest.shift(-found, calendar).start >= first:
        found += 1
    return found


def window(period: Period, days: int, many: int, calendar: FiscalCalendar) -> Window:
    """The first days of a period with so many stretches that feed it."""
    own = so_far(period, days)
    spans = [(own.start, own.end)]
    for back in range(1, many):
        earlier = period.shift(-back, calendar)
        spans.append((earlier.start, earlier.end))
    return Window(own, tuple(((start - EPOCH).days, (end - EPOCH).days) for start, end in spans))


def tally(book: Book, member: Ints, members: int, within: Window) -> Tally:
    """The deals that fed a window: those that came in then or in the stretches before, and older ones still open at its
    start, with what was decided in it."""
    came, closed = book.days["qualified"], book.days["closed"]
    start, end = within.spans[0]
    decided = ((book.fate == WON) | (book.fate == LOST)) & (closed >= start) & (closed < end)
    starts = np.array([first for first, _ in within.spans[::-1]])
    place = np.searchsorted(starts, came, side="right") - 1
    lag = np.where((place >= 0) & (came < end), len(starts) - 1 - place, -1)
    was_open = (came < starts[0]) & ((book.fate == OPEN) | ((closed != NO_DAY) & (closed >= start)))
    # Decided before it came in, as a record may say: with the older ones, so that no win is without its deal.
    lag = np.where((lag < 0) & (was_open | decided), len(starts), lag)
    return count(member, members, lag, within.lags, decided, decided & (book.fate == WON), book.amount)
