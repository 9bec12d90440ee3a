"""What are the odds of an open deal, by its age and group? The life table, drawn towards the whole where deals are few.

The whole is as counted, its oldest ages in one bucket; each group is drawn towards it by as many deals as the differences
between groups ask for (20 where they tell nothing). A deal older than 97.5 % of wins were is stale, and its chance is 0.
Formulas 4.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.measure.flow import book as books
from saleswright.measure.flow.book import Book
from saleswright.measure.flow.bridge_rows import EPOCH
from saleswright.measure.flow.life.lives import Lives, Reading
from saleswright.measure.flow.lifetable import (
    FEWEST,
    KAPPA,
    Counts,
    Floats,
    Ints,
    LifeTable,
    drawn,
    fitted_kappa,
    life_table,
    shrunk,
)
from saleswright.measure.metrics.apart import Pairs

WIDTHS, LEAST_BUCKETS = (30.0, 7.0, 1.0), 6
MONTH = 30.0
DRAWS = 400


@dataclass(frozen=True)
class Odds:
    """The tables of a question. lives: what they are counted from. counts: weighted, by member of `by`; the last bucket
    stands for all older ages. stale_after: days, None where nobody was won. kappa: what the whole is worth to a member.
    """

    at: Snapshot
    by: str
    where: Pairs
    lives: Lives
    counts: Counts
    stale_after: int | None
    stale: int
    kappa: float

    @property
    def members(self) -> tuple[str, ...]:
        """The members of the split, as stored; "" alone where there is none."""
        return self.lives.members

    @cached_property
    def whole(self) -> LifeTable:
        """The table of all deals, (1, buckets)."""
        return life_table(self.counts.over())

    @cached_property
    def each(self) -> LifeTable:
        """The tables of all members, (members, buckets), drawn towards the whole."""
        return shrunk(self.counts, self.whole, self.kappa) if self.by else self.whole

    @cached_property
    def book(self) -> Book:
        """The deals, in the order of the chances."""
        return books.read(self.at, (self.by,) if self.by else (), self.where)

    def table(self, member: str = "") -> LifeTable:
        """The table of a member, (buckets); of all deals when none is named. KeyError for a member that has no deals."""
        if not member:
            return self.whole.of(0)
        return self.each.of(self._place(member))

    def n(self, member: str = "") -> int:
        """How many deals stand behind a table."""
        lives = self.lives
        return lives.deals if not member else int(lives.n[lives.group == self._place(member)].sum())

    def effective(self, member: str = "") -> float:
        """For how many deals of today they count."""
        counts = self.counts
        out = (counts.won + counts.lost + counts.left).sum(axis=1)
        return float(out.sum()) if not member else float(out[self._place(member)])

    def timing(self, member: str = "") -> Floats:
        """Of all that is ever won, the share won in each 30 days of age (tau); not a number where nobody is."""
        table = self.table(member)
        last = self.lives.last[self.lives.fate == 1].max(initial=0)
        edges = np.arange(int(last // MONTH) + 2) * MONTH
        reached = np.append(table.within(0, edges)[..., :-1], table.ever(0))
        with np.errstate(invalid="ignore"):
            return np.asarray(np.diff(reached) / reached[-1])

    def ever(self, chosen: Any = None) -> Floats:
        """The chance that each open deal of the book is won at all; not a number for a decided one."""
        return self._chances(None, chosen)

    def within(self, days: int | Floats, chosen: Any = None) -> Floats:
        """The chance that each open deal of the book is won in the `days` from now (one number, or one for each)."""
        return self._chances(days, chosen)

    def draws(self, times: int = DRAWS, seed: int = 0) -> LifeTable:
        """Tables as they may truly be, (times, members, buckets); the whole alone, (times, 1, buckets), without a split."""
        rng = np.random.default_rng(seed)
        every = self.whole_draws(times, rng)
        return drawn(self.counts, every, self.kappa, rng) if self.by else every

    def whole_draws(self, times: int, rng: np.random.Generator) -> LifeTable:
        """Tables of all deals as they may truly be. A deal's worth of the table itself keeps empty buckets silent."""
        win, lose = (np.broadcast_to(one, (times, *one.shape)) for one in (self.whole.win, self.whole.lose))
        return drawn(self.counts.over(), LifeTable(self.whole.width, win, lose, self.whole.endless), 1.0, rng)

    def ages(self, chosen: Any = None) -> Ints:
        """The age in days of each deal of the book, as if all were still open."""
        book = self.book if chosen is None else self.book.only(chosen)
        return np.asarray((self.at.day - EPOCH).days - book.days["qualified"], np.int64)

    def _chances(self, days: Any, chosen: Any) -> Floats:
        book = self.book if chosen is None else self.book.only(chosen)
        age = self.ages(chosen)
        open_ = (book.fate == books.OPEN) & (age >= 0)
        found = np.full(len(book), np.nan)
        young = open_ & (age <= (self.stale_after if self.stale_after is not None else -1))
        found[open_] = 0.0
        ahead = None if days is None else np.broadcast_to(np.asarray(days, np.float64), (len(book),))
        group = self._groups(book)
        for one in np.unique(group[young]):
            mine = young & (group == one)
            table = self.each.of(int(one)) if one >= 0 else self.whole.of(0)
            found[mine] = table.ever(age[mine]) if ahead is None else table.within(age[mine], ahead[mine])
        return found

    def _groups(self, book: Book) -> Ints:
        if not self.by:
            return np.zeros(len(book), np.int64)
        members = np.array(self.members, str)
        names = book.groups[self.by].astype(str)
        place = np.searchsorted(members, names)
        there = members[np.minimum(place, members.size - 1)] == names
        return np.where(there, place, -1)

    def _place(self, member: str) -> int:
        if member not in self.members:
            raise KeyError(member)
        return self.members.index(member)


def odds(at: Snapshot, by: str = "segment", where: Pairs = (), stale_lost: bool = False) -> Odds:
    """Count the deals as they stood and were known, by age and member of a dimension.

    stale_lost: as if each stale deal had been lost at its last activity, or when it went stale where nobody tells of one.
    Stop (usage) for an unknown dimension or filter, (not allowed) where a date is hidden from the actor.
    """
    reading = Reading(at, (by,) if by else (), where)
    lives = reading.lives()
    limit, stale = lives.stale_after, reading.stale(lives)
    if stale_lost:
        lives = reading.stale_lost(lives)
    counts = counted(lives, width(limit))
    kappa = fitted_kappa(counts, life_table(counts.over())) if len(lives.members) > 1 else KAPPA
    return Odds(at, reading.splits[0].name if by else "", where, lives, counts, limit, stale, kappa)


def counted(lives: Lives, wide: float) -> Counts:
    """Weighted, and pooled from the oldest age that ten deals (each counting as one) reached."""
    return pooled(lives.counts(wide), lives.counts(wide, weighted=False))


def pooled(counts: Counts, plain: Counts) -> Counts:
    """Pooled where the plain counts say so."""
    reached = np.flatnonzero(plain.entering.sum(axis=0) >= FEWEST)
    return counts.pooled_from(int(reached[-1]) if reached.size else 0)


def width(stale_after: int | None) -> float:
    """How wide is a bucket? 30 days, less where so few of them would hold nearly all wins."""
    if stale_after is None:
        return WIDTHS[0]
    return next((one for one in WIDTHS if stale_after >= LEAST_BUCKETS * one), WIDTHS[-1])
