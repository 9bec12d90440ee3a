"""What became of the deals that came in? Cohorts by the day of qualification, any stretch of days, any member of a split."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.flow.book import OPEN, WON, Book
from saleswright.measure.flow.columns import EPOCH, Ints
from saleswright.measure.metrics.words import plural


@dataclass(frozen=True, slots=True)
class Counts:
    """How many deals came in, and of them: won with an amount, won without one, won without a rate, still open; and the
    won amounts in minor units."""

    deals: int
    won: int
    unknown: int
    unpriced: int
    open: int
    amount: int


@dataclass(frozen=True, slots=True)
class Cohort:
    """What became of the deals that came in: new deals x rate x size is `value`, which is exact and can still grow.

    unknown: won deals without an amount, in neither rate nor size. mature: three in four wins took less than its age.
    """

    deals: int
    won: int
    unknown: int
    open: int
    value: Figure
    rate: Figure
    size: Figure
    mature: bool


class Came:
    """The deals of a book by the day they came, by member and as a whole, as running counts."""

    def __init__(self, book: Book, by: str = "") -> None:
        self._lines: dict[str | None, tuple[Ints, list[Ints]]] = {None: _line(book, np.arange(len(book)))}
        if by:
            names, codes = np.unique(book.groups[by].astype(str), return_inverse=True)
            order = np.argsort(codes, kind="stable")
            ends = np.searchsorted(codes[order], np.arange(names.size + 1))
            for place, name in enumerate(names.tolist()):
                self._lines[name] = _line(book, order[ends[place] : ends[place + 1]])

    @property
    def members(self) -> list[str]:
        """The members of the split."""
        return [name for name in self._lines if name is not None]

    def of(self, member: str | None, period: Period) -> Counts:
        """The deals of a member (None: all) that came in a period."""
        if member not in self._lines:
            return Counts(0, 0, 0, 0, 0, 0)
        days, running = self._lines[member]
        low, high = (0, days.size) if period.grain == "all" else np.searchsorted(
            days, [(period.start - EPOCH).days, (period.end - EPOCH).days]
        )  # fmt: skip
        return Counts(int(high - low), *(int(run[high] - run[low]) for run in running))


def _line(book: Book, places: Ints) -> tuple[Ints, list[Ints]]:
    """The days on which deals came, in order, and running counts of what became of them."""
    days = book.days["qualified"][places]
    order = places[np.argsort(days, kind="stable")]
    won = book.fate[order] == WON
    unknown, unpriced = book.unknown[order], book.unpriced[order]
    columns = (
        won & ~unknown,
        won & unknown & ~unpriced,
        won & unpriced,
        book.fate[order] == OPEN,
        np.where(won & ~unknown, book.amount[order], 0),
    )
    return np.sort(days), [np.concatenate([[0], np.cumsum(column)]).astype(np.int64) for column in columns]


def cohort(at: Snapshot, of: Counts, period: Period, ripe: int | None) -> Cohort:
    """The figures of a cohort. ripe: after how many days three in four wins were in; None where too few tell."""
    none = "" if of.deals else "no deals were qualified in the period"
    label, n = "New value, cohort-exact", of.deals
    reason = f"no exchange rate to {at.currency} for {plural(of.unpriced, 'won deal')}" if of.unpriced else none
    worth = None if reason else Money(of.amount, at.currency)
    value = Figure("cohort_value", worth, "money", label, n, reason=reason)
    sides = (of.won, n) if n else None
    rate = Figure("cohort_win_rate", of.won / n if n else None, "share", "Won by now", n, of=sides, reason=none)
    mean = Money(round(Fraction(of.amount, of.won)), at.currency) if of.won and not of.unpriced else None
    why = "" if mean is not None else reason or "nobody was won yet"
    size = Figure("cohort_deal_size", mean, "money", "Deal size of the cohort", of.won, reason=why)
    last = min(period.end - timedelta(days=1), at.day)
    mature = ripe is not None and last <= at.day - timedelta(days=ripe)
    return Cohort(n, of.won, of.unknown, of.open, value, rate, size, mature or not of.open)
