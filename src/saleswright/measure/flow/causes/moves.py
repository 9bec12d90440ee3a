"""Whose close dates move, how often, by how much and on how much money? Pushes and pulls by owner, with the rate.

Counts are those of the metrics `pushes` and `pulls` by owner, so they add up to them. Days are the sum over moves; the
amount is what the moved deals were worth at each move, a deal pushed twice counting twice. Rate = moves / deals of that
owner that were open on any day of the period.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.lib.period import Period
from saleswright.measure.flow.book import OPEN, Book
from saleswright.measure.flow.book import read as read_book
from saleswright.measure.flow.causes.noise import FEWEST
from saleswright.measure.flow.columns import NO_DAY, Bools
from saleswright.measure.flow.columns import days as day_of
from saleswright.measure.flow.rows import Rows, read
from saleswright.measure.metrics.apart import Pairs


@dataclass(frozen=True)
class Mover:
    """One owner: how often dates went later and earlier, by how many days in all, on how much money, of how many deals."""

    owner: str
    pushes: int
    push_days: int
    pushed: int
    pulls: int
    pull_days: int
    pulled: int
    open: int
    push_deals: int

    @property
    def rate(self) -> float | None:
        """Pushes for each open deal; None without one."""
        return self.pushes / self.open if self.open else None

    @property
    def thin(self) -> bool:
        return self.open < FEWEST


@dataclass(frozen=True)
class Moved:
    """Every owner, who moved the most money later first; and the rows behind it."""

    owners: tuple[Mover, ...]
    pushes: Rows
    pulls: Rows
    period: Period
    where: Pairs = ()

    @property
    def open(self) -> int:
        return sum(one.open for one in self.owners)

    @property
    def rate(self) -> float | None:
        return len(self.pushes) / self.open if self.open else None


def open_in(book: Book, period: Period, today: int) -> Bools:
    """Which deals were open on any day of the period?"""
    begin, end = day_of(period.start), min(day_of(period.end), today + 1)
    since = book.days["qualified"]
    until = np.where((book.fate == OPEN) | (book.days["closed"] == NO_DAY), today + 1, book.days["closed"])
    return np.asarray((since < end) & (until >= begin) & (since != NO_DAY))


def moved(at: Snapshot, period: Period, where: Pairs = ()) -> Moved:
    """Pushes and pulls of the period by owner."""
    span, today = str(period), day_of(at.day)
    pushes = read(at, "pushes", ("owner",), span, where, ("deal", "days"), of="amount")
    pulls = read(at, "pulls", ("owner",), span, where, ("deal", "days"), of="amount")
    book = read_book(at, ("owner",), where)
    opened = Counter(str(one) for one in book.groups["owner"][open_in(book, period, today)])
    names = sorted({*map(str, pushes.groups["owner"]), *map(str, pulls.groups["owner"]), *opened})
    found = []
    for name in names:
        later, earlier = pushes.groups["owner"] == name, pulls.groups["owner"] == name
        found.append(
            Mover(
                name,
                int(later.sum()),
                int(pushes.fields["days"][later].sum()),
                int(pushes.value[later].sum()),
                int(earlier.sum()),
                int(pulls.fields["days"][earlier].sum()),
                int(pulls.value[earlier].sum()),
                opened.get(name, 0),
                len({str(one) for one in pushes.fields["deal"][later]}),
            )
        )
    # By the money moved, which is a fact. Whose rate differs by more than chance is the coaching list's to say.
    order = sorted(found, key=lambda one: (-one.pushed, one.owner))
    return Moved(tuple(order), pushes, pulls, period, tuple(where))
