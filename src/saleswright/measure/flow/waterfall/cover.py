"""Is this coverage enough? What is open at its odds of being won before the period ends, against what is to go.

Odds are those of the life table by age and segment. What neither is expected of today's open deals has still to be created
and closed. A mean of many deals, no promise: one deal is won whole or not at all. Formulas 4.2, 7.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.flow import book as books
from saleswright.measure.flow.columns import NO_DAY, Floats, days
from saleswright.measure.flow.life.odds import Odds
from saleswright.measure.flow.waterfall.standing import Standing
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.words import plural

ENOUGH = 30
"""Decided deals from which odds are told, as for the likely range."""

NEARLY = 0.9
"""The share of what is to go from which what is expected is nearly enough."""


@dataclass(frozen=True, slots=True)
class Share:
    """One part of what is open: its amount, the share of it that is won in the period on average, and that in money."""

    name: str
    label: str
    open: Money
    expected: Money
    n: int

    @property
    def odds(self) -> float | None:
        """The share, by amount; None of nothing."""
        return self.expected.minor / self.open.minor if self.open.minor else None


@dataclass(frozen=True)
class Cover:
    """What is expected of what is open, part by part, against what is to go. missing: why it cannot be told.

    needed: how many times what is to go must be open and due, None where nothing is. still: what has yet to be created
    and closed, None without a target. short: what is expected less than what is to go.
    """

    parts: tuple[Share, ...] = ()
    to_go: Money | None = None
    needed: float | None = None
    expected: Money | None = None
    missing: str = ""
    no_target: str = ""
    n: int = 0

    @property
    def still(self) -> Money | None:
        """What is to go and not expected of today's open deals."""
        if self.to_go is None or self.expected is None:
            return None
        return Money(max(0, self.to_go.minor - self.expected.minor), self.to_go.currency)

    @property
    def of_due(self) -> Share | None:
        """The part that coverage counts."""
        return next((part for part in self.parts if part.name == "due"), None)

    @property
    def enough(self) -> str:
        """yes: what is due brings it; with others: only with what is past due or due later; nearly; no; empty: not known."""
        due = self.of_due
        if self.to_go is None or self.expected is None or due is None:
            return ""
        if due.expected.minor >= self.to_go.minor:
            return "yes"
        if self.expected.minor >= self.to_go.minor:
            return "with others"
        return "nearly" if self.expected.minor >= NEARLY * self.to_go.minor else "no"


@dataclass(frozen=True)
class Chances:
    """The open deals asked about, in the order of the book, and the chance of each to be won in the period."""

    book: books.Book
    within: Floats
    decided: int

    @property
    def told(self) -> bool:
        """Are there deals enough to tell odds from?"""
        return self.decided >= ENOUGH


def chances(at: Snapshot, period: Period, where: Pairs, odds: Odds) -> Chances:
    """The odds of each open deal in the period, counted from all deals this actor sees, of those the filters leave."""
    book = odds.book
    chosen: Any = book.fate == books.OPEN
    if where:
        chosen = chosen & np.isin(book.id.astype(str), books.read(at, (), where).id.astype(str))
    ahead = max(0, days(period.end) - days(at.day) - 1)
    before = max(0, days(period.start) - days(at.day) - 1)
    within = odds.within(ahead, chosen)
    if before:
        within = within - odds.within(before, chosen)
    decided = int(np.isin(book.fate, (books.WON, books.LOST)).sum())
    return Chances(book.only(chosen), within, decided)


def cover(at: Snapshot, period: Period, found: Chances, standing: Standing) -> Cover:
    """What the open deals bring before the period ends, on average."""
    if not found.told:
        short = ENOUGH - found.decided
        why = f"{plural(found.decided, 'decided deal')}; {short} more are needed, or an export with the closed deals"
        return Cover(missing=why, n=found.decided)
    if period.end <= at.day:
        return Cover(missing=f"{period.label} is over", n=found.decided)
    book, due = found.book, found.book.days["expected_close"]
    undated = due == NO_DAY
    past = ~undated & (due < days(at.day))
    inside = ~undated & ~past & (due >= days(period.start)) & (due < days(period.end))
    parts = []
    for name, label, mine in (
        ("due", f"Open, due in {period.label}, at their odds", inside),
        ("past_due", "Past due, at their odds", past),
        ("later", "Due later or without a date, at their odds", ~inside & ~past),
    ):
        amounts, odds = book.amount[mine], found.within[mine]
        expected = round(float(np.nansum(amounts.astype(np.float64) * odds)))
        parts.append(
            Share(name, label, Money(int(amounts.sum()), at.currency), Money(expected, at.currency), int(mine.sum()))
        )
    _ties(parts[0], standing.open)
    first = parts[0]
    needed = first.open.minor / first.expected.minor if first.expected.minor > 0 else None
    expected_all = Money(sum(part.expected.minor for part in parts), at.currency)
    left = standing.to_go.value if isinstance(standing.to_go.value, Money) else None
    return Cover(tuple(parts), left, needed, expected_all, "", standing.to_go.reason, found.decided)


def _ties(part: Share, told: Figure) -> None:
    """What is open and due is the metric's own figure. Raises AssertionError when it is not."""
    if isinstance(told.value, Money) and told.value != part.open:
        raise AssertionError(f"open and due is {told.value}, the book says {part.open}")
