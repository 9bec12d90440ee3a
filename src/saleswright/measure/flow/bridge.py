"""What happened between two days? Each deal's way from the opening to the closing figure, line by line, to the cent.

Formulas 3.2: for every deal the lines sum to (amount x member) at the end less (amount x member) at the start, in whole
minor units. Two scopes: a window (open qualified deals due in a period; past due stands outside, as everywhere) and
rolling (all open qualified deals, whatever their date). The opening is what was said on that day, so what is learned
later about days before it stands on a line of its own, Late clean-up, and never edits the opening.

A deal may stand on several lines: pulled in, then increased, then won. So the counts are events, not deals.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from saleswright.measure.flow.columns import NO_DAY

Days = np.ndarray[Any, np.dtype[np.int64]]
Cents = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

STANDINGS = {"open": 1, "won": 2, "lost": 3, "disqualified": 4}
OPEN, WON, LOST = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bridge. window, rolling: is it shown in that scope even when nothing happened on it?"""

    name: str
    label: str
    tone: Literal["won", "lost", "good", "bad", "plain"]
    window: bool = False
    rolling: bool = False


LINES = (
    Line("late", "Late clean-up", "plain"),
    Line("new", "New", "good", True, True),
    Line("reopened", "Re-opened", "good"),
    Line("pulled_in", "Pulled in", "good", True),
    Line("pushed_in", "Pushed in", "plain"),
    Line("redated", "Re-dated", "good", True),
    Line("transferred_in", "Transferred in", "plain"),
    Line("increased", "Increased", "good", True, True),
    Line("decreased", "Decreased", "bad", True, True),
    Line("pushed_out", "Pushed out", "bad", True),
    Line("pulled_out", "Pulled out early", "bad"),
    Line("undated", "Close date taken out", "bad"),
    Line("past_due", "Past due", "bad", True),
    Line("transferred_out", "Transferred out", "plain"),
    Line("removed", "Removed", "bad"),
    Line("lost", "Lost", "lost", True, True),
    Line("won", "Won", "won", True, True),
    Line("other", "Other", "plain"),
    Line("fx", "Exchange rate", "plain"),
)
"""Every line, in reading order."""


@dataclass(frozen=True)
class State:
    """The deals on one day, as columns. Days count from 1970-01-01; values are minor units, 0 where there is no amount.

    held: the record has the deal. counted: qualified new business that no rule leaves out.
    """

    held: Flags
    standing: Days
    counted: Flags
    due: Days
    value: Cents

    def only(self, chosen: Any) -> State:
        """Some of the deals, by a mask or by places."""
        return State(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    @property
    def open(self) -> Flags:
        """Open qualified new business."""
        flags: Flags = self.held & self.counted & (self.standing == OPEN)
        return flags


@dataclass(frozen=True)
class Deals:
    """The same deals at both dates. `said`: the first day as it was known then. `past`: that day as known now.

    now_at_past_rate: the later amount at the first day's rate. booked: a decided amount at the rate of its closing day.
    won_counts, lost_counts: is its decision one that won value and lost deals count? qualified_past: was it qualified
    then? told_past: was more told of it by then than dates of its own? elsewhere_*: the record has the deal on that day, out
    of the actor's sight. unpriced: a rate is missing on one of the days. unowned: outside the filters then because the record
    does not tell whose it was.
    """

    id: np.ndarray[Any, Any]
    said: State
    past: State
    now: State
    closed: Days
    qualified: Days
    qualified_past: Flags
    told_past: Flags
    now_at_past_rate: Cents
    booked: Cents
    won_counts: Flags
    lost_counts: Flags
    elsewhere_past: Flags
    elsewhere_now: Flags
    unpriced: Flags
    unowned: Flags = field(default_factory=lambda: np.zeros(0, bool))

    def only(self, chosen: Any) -> Deals:
        """Some of the deals, by a mask or by places."""
        columns: dict[str, Any] = {}
        for name in self.__dataclass_fields__:
            column = getattr(self, name)
            columns[name] = (
                column.only(chosen) if isinstance(column, State) else column[chosen] if len(column) else column
            )
        return Deals(**columns)


@dataclass(frozen=True, slots=True)
class Window:
    """From the end of the day `since` to the end of the day `day`; start and end of the period, or None for rolling.

    origin: the first day of a row of windows of which this is one; None where it stands alone.
    """

    since: int
    day: int
    start: int | None = None
    end: int | None = None
    origin: int | None = None

    @property
    def first(self) -> int:
        """The day up to which what is entered later was late: of a row of windows the first, or `since`."""
        return self.since if self.origin is None else self.origin

    @property
    def rolling(self) -> bool:
        return self.start is None

    @property
    def lowest(self) -> int:
        """The first day that a member can be due at the end; before every day where any will do."""
        return NO_DAY if self.start is None else max(self.start, self.day)

    @property
    def highest(self) -> int:
        """The day after the last that a member can be due."""
        return -NO_DAY if self.end is None else self.end

    def holds(self, state: State, day: int) -> Flags:
        """Which of these deals are members on that day? Due in the period and not past due."""
        if self.start is None or self.end is None:
            return state.open
        flags: Flags = state.open & (state.due >= max(day, self.start)) & (state.due < self.end)
        return flags


@dataclass(frozen=True)
class Moves:
    """What each deal did on each line. amounts sum, line by line and deal by deal, to closing less opening; so do deals.

    events: did it happen to that deal? An exchange rate is no event of a deal. known: the opening as it is known now.
    still, still_deals: what did not change and stands at both ends; those deals are in no column.
    """

    ids: np.ndarray[Any, Any]
    amounts: dict[str, Cents]
    deals: dict[str, Days]
    events: dict[str, Flags]
    start: Cents
    end: Cents
    members_start: Flags
    members_end: Flags
    known: Cents
    members_known: Flags
    still: int = 0
    still_deals: int = 0

    def amount(self, line: str) -> int:
        """The line's amount in minor units."""
        return exact(self.amounts[line])

    def count(self, line: str) -> int:
        """How often did it happen?"""
        return int(self.events[line].sum())

    @property
    def opening(self) -> int:
        """The level at the start, in minor units."""
        return exact(self.start) + self.still

    @property
    def closing(self) -> int:
        """The level at the end, in minor units."""
        return exact(self.end) + self.still

    @property
    def opening_deals(self) -> int:
        """How many deals are the level at the start?"""
        return int(self.members_start.sum()) + self.still_deals

    @property
    def closing_deals(self) -> int:
        """How many deals are the level at the end?"""
        return int(self.members_end.sum()) + self.still_deals

    @property
    def moving(self) -> int:
        """How many deals stand on a line, the exchange rate's apart?"""
        return int(np.any([self.events[line.name] for line in LINES], axis=0).sum())

    @property
    def happened(self) -> int:
        """Events on all lines together."""
        return sum(self.count(line.name) for line in LINES)


def exact(values: Cents) -> int:
    """The sum in whole numbers, whatever its size."""
    if not len(values):
        return 0
    if int(np.abs(values).max()) * len(values) < 2**62:
        return int(values.sum())
    return sum(values.tolist())


def bridge(deals: Deals, window: Window) -> Moves:
    """The lines of every deal between two days. Raises AssertionError should a deal's lines not sum to what it changed."""
    made = _Lines(deals, window)
    made.late()
    made.enter()
    made.change()
    made.leave()
    return made.finish()


class _Lines:
    """The lines while they are being made: each step puts deals on a line and takes them off the rest."""

    def __init__(self, deals: Deals, window: Window) -> None:
        d = self.d = deals
        self.w = window
        size = len(d.id)
        self.amounts = {line.name: np.zeros(size, np.int64) for line in LINES}
        self.deals = {line.name: np.zeros(size, np.int64) for line in LINES}
        self.events = {line.name: np.zeros(size, bool) for line in LINES}
        decided = d.now.held & ((d.now.standing == WON) | (d.now.standing == LOST))
        # Decided on a day before the first one, and entered after it.
        self.before = decided & (d.closed != NO_DAY) & (d.closed <= window.first)
        self.m_said = window.holds(d.said, window.since)
        self.in_past = d.past.open & ~self.before
        self.m_past = window.holds(d.past, window.since) & ~self.before
        self.m_now = window.holds(d.now, window.day)
        # One entered some days after it was signed is won on the day it is entered.
        heard_of = (d.closed > window.first) & ~(d.past.held & (d.past.standing == WON))
        won_days = (d.closed != NO_DAY) & ((d.closed > window.since) | heard_of) & (d.closed <= window.day)
        self.won = d.now.held & (d.now.standing == WON) & won_days & d.won_counts
        self.lost = d.now.held & (d.now.standing == LOST) & ~self.before & d.lost_counts
        # Qualified before the first day, but nobody knew: its coming is late, not new.
        unheard = ~d.elsewhere_past & (~d.said.held | ~d.qualified_past | ~d.told_past)
        self.late_comer = unheard & d.now.counted & (d.qualified != NO_DAY) & (d.qualified <= window.first)
        self.entry = np.zeros(size, np.int64)
        self.inside = self.m_past.copy()

    def put(self, line: str, where: Flags, amount: Cents, deals: int, event: bool = True) -> None:
        self.amounts[line] += np.where(where, amount, 0)
        self.deals[line] += np.where(where, deals, 0)
        if event:
            self.events[line] |= where

    def late(self) -> None:
        """From what was said of the first day to what is known of it now."""
        d = self.d
        moved = self.m_past.astype(np.int64) - self.m_said.astype(np.int64)
        change = np.where(self.m_past, d.past.value, 0) - np.where(self.m_said, d.said.value, 0)
        self.amounts["late"] += change
        self.deals["late"] += moved
        self.events["late"] |= (change != 0) | (moved != 0)

    def enter(self) -> None:
        """Who came in, by which door. Deals that were open outside the window keep the amount they came with."""
        d, w = self.d, self.w
        decided = d.past.held & (d.past.standing > OPEN)
        outside_before = self.in_past & d.told_past
        # A deal first heard of in a later export reaches back by its own dates alone: nobody could have counted it.
        fresh = (~d.past.held | ~d.qualified_past | ~d.told_past) & ~decided & ~outside_before
        came = ~self.m_past & (self.m_now | self.won | (self.lost & fresh & d.now.counted & ~d.elsewhere_past))
        outside = came & outside_before
        own = np.where(self.won | self.lost, d.booked, d.now.value)
        if not w.rolling:
            start = w.start or 0
            past_due = outside & (d.past.due != NO_DAY) & (d.past.due < w.since)
            sooner = outside & ~past_due & (d.past.due != NO_DAY) & (d.past.due < start)
            self.put("redated", past_due, d.past.value, 1)
            self.put("pushed_in", sooner, d.past.value, 1)
            self.put("pulled_in", outside & ~past_due & ~sooner, d.past.value, 1)
        rest = came & ~outside
        again = rest & decided & ~(self.won & (d.past.standing == WON))
        self.put("reopened", again, own, 1)
        rest = rest & ~again
        moved = rest & ~d.past.held & d.elsewhere_past
        self.put("transferred_in", moved, own, 1)
        rest = rest & ~moved
        late = rest & self.late_comer
        self.put("late", late, own, 1)
        rest = rest & ~late
        self.put("new", rest & fresh, own, 1)
        self.put("other", rest & ~fresh, own, 1)
        self.entry = np.where(outside, d.past.value, own)
        self.came, self.outside = came, outside

    def change(self) -> None:
        """Who is worth more or less than at the start, at the start's rate; what the rate did stands apart."""
        d = self.d
        stays = self.m_past & (self.m_now | self.won)
        base = np.where(self.m_past, d.past.value, self.entry)
        held = stays | (self.came & self.outside & (self.m_now | self.won))
        at_end = np.where(self.won | self.lost, d.booked, d.now.value)
        moved = np.where(held, d.now_at_past_rate - base, 0)
        # Without a rate there is nothing to compare at one rate: the whole difference is the rate's.
        moved = np.where(d.unpriced, 0, moved)
        self.put("increased", moved > 0, moved, 0)
        self.put("decreased", moved < 0, moved, 0)
        rate = np.where(held, at_end - base - moved, 0)
        self.put("fx", rate != 0, rate, 0, event=False)
        self.worth = np.where(self.m_past & ~held, d.past.value, at_end)

    def leave(self) -> None:
        """Who went out, by which door."""
        d, w = self.d, self.w
        self.put("won", self.won, -self.worth, -1)
        lost = self.lost & (self.m_past | self.came)
        self.put("lost", lost, -self.worth, -1)
        rest = self.m_past & ~self.m_now & ~self.won & ~lost
        gone = -d.past.value
        away = rest & ~d.now.held & d.elsewhere_now
        self.put("transferred_out", away, gone, -1)
        rest = rest & ~away
        if not w.rolling:
            still = rest & d.now.open
            undated = still & (d.now.due == NO_DAY)
            past_due = still & ~undated & (d.now.due < w.day)
            sooner = still & ~undated & ~past_due & (d.now.due < (w.start or 0))
            self.put("undated", undated, gone, -1)
            self.put("past_due", past_due, gone, -1)
            self.put("pulled_out", sooner, gone, -1)
            self.put("pushed_out", still & ~undated & ~past_due & ~sooner, gone, -1)
            rest = rest & ~still
        # Won, but on a day that has not come or is not known: no period has it yet.
        odd = rest & d.now.held & (((d.now.standing == WON) & d.won_counts) | (d.now.standing == 0))
        self.put("other", odd, gone, -1)
        self.put("removed", rest & ~odd, gone, -1)

    def finish(self) -> Moves:
        d = self.d
        start, end = np.where(self.m_said, d.said.value, 0), np.where(self.m_now, d.now.value, 0)
        total, deals = np.zeros(len(d.id), np.int64), np.zeros(len(d.id), np.int64)
        for line in LINES:
            total += self.amounts[line.name]
            deals += self.deals[line.name]
        off = (total != end - start) | (deals != self.m_now.astype(np.int64) - self.m_said.astype(np.int64))
        if np.any(off):
            raise AssertionError(f"the lines of {d.id[np.nonzero(off)[0][0]]} do not sum to what it changed")
        known = np.where(self.m_past, d.past.value, 0)
        ends = (start, end, self.m_said, self.m_now, known, self.m_past)
        return Moves(d.id, self.amounts, self.deals, self.events, *ends)
