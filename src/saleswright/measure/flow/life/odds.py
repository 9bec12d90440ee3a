"""What are the odds of an open deal, by its age and group? The life table, drawn towards the whole where deals are few.

The whole is as counted, its oldest ages in one bucket; each group is drawn towards it by as many deals as the differences
between groups ask for (20 where they tell nothing). A deal older than 97.5 % of wins were is stale; where nobody
older was ever won, its chance is 0. Formulas 4.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.measure.flow import book as books
from saleswright.measure.flow.book import Book
from saleswright.measure.flow.columns import EPOCH, Floats, Ints
from saleswright.measure.flow.life.lives import Lives, Reading
from saleswright.measure.flow.lifetable import (
    FEWEST,
    KAPPA,
    WON,
    Counts,
    LifeTable,
    drawn,
    fitted_kappa,
    life_table,
    shrunk,
)
from saleswright.measure.metrics.apart import Pairs

# How wide a bucket is, and the steps in which its table is shown.
WIDTHS, LEAST_BUCKETS = ((30.0, 30.0), (10.0, 30.0), (5.0, 15.0), (1.0, 3.0)), 6
MONTH = 30.0
DRAWS = 400


@dataclass(frozen=True)
class Odds:
    """The tables of a question. recorded: all lives as they stand; lives: those the tables are counted from, where stale
    deals may be lost. counts: weighted, by member of `by`; the last bucket stands for all older ages. kappa: what the whole
    is worth to a member, in deals.
    """

    at: Snapshot
    by: str
    where: Pairs
    recorded: Lives
    lives: Lives
    counts: Counts
    kappa: float

    @property
    def stale_after(self) -> int | None:
        """The age in days beyond which a deal is stale: 97.5 % of wins were won by it. None where nobody was won."""
        return self.recorded.stale_after

    @property
    def stale(self) -> int:
        """How many open deals are stale, each by its own member's wins where these are enough?"""
        return int(self.recorded.n[self.recorded.stale].sum())

    def never_after(self, member: str = "") -> int:
        """The age beyond which the chance is 0: older than 97.5 % of wins were, and than any win; -1 where there is none."""
        if not member:
            won = self.recorded.fate == WON
            return int(self.recorded.last[won].max(initial=-1))
        return int(self.recorded.ends[self._place(member)])

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
        last = self.lives.last[self.lives.fate == WON].max(initial=0)
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
        every = self.whole_draws(times, seed)
        return drawn(self.counts, every, self.kappa, np.random.default_rng((seed, 1))) if self.by else every

    def whole_draws(self, times: int = DRAWS, seed: int = 0) -> LifeTable:
        """Tables of all deals as they may truly be. Each age starts with one deal's worth of all older ones, for where
        nobody was won yet, somebody may be."""
        rng = np.random.default_rng((seed, 0))
        counts = self.counts.over()
        n = np.maximum(_from_here(counts.at_risk), 1e-9)
        shape = (times, *n.shape)
        win, lose = (np.broadcast_to(_from_here(one) / n, shape) for one in (counts.won, counts.lost))
        return drawn(counts, LifeTable(counts.width, win, lose, counts.endless), 1.0, rng)

    def ages(self, chosen: Any = None) -> Ints:
        """The age in days of each deal of the book, as if all were still open."""
        book = self.book if chosen is None else self.book.only(chosen)
        return np.asarray((self.at.day - EPOCH).days - book.days["qualified"], np.int64)

    def _chances(self, days: Any, chosen: Any) -> Floats:
        book = self.book if chosen is None else self.book.only(chosen)
        age = self.ages(chosen)
        open_ = (book.fate == books.OPEN) & (age >= 0)
        found = np.full(len(book), np.nan)
        found[open_] = 0.0
        group = self._groups(book)
        ends = np.append(self.recorded.ends, self.never_after())[group]
        young = open_ & (age <= ends)
        ahead = None if days is None else np.broadcast_to(np.asarray(days, np.float64), (len(book),))
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


def _from_here(of: Floats) -> Floats:
    """The sum over each age and all older ones."""
    return np.asarray(np.cumsum(of[..., ::-1], axis=-1)[..., ::-1])


def odds(at: Snapshot, by: str = "segment", where: Pairs = (), stale_lost: bool = False) -> Odds:
    """Count the deals as they stood and were known, by age and member of a dimension.

    stale_lost: as if each stale deal had been lost at its last activity, or when it went stale where nobody tells of one.
    Stop (usage) for an unknown dimension or filter, (not allowed) where a date is hidden from the actor.
    """
    reading = Reading(at, (by,) if by else (), where)
    recorded = reading.lives()
    return _odds(reading, recorded, reading.stale_lost(recorded) if stale_lost else recorded)


def both(at: Snapshot, by: str, where: Pairs = ()) -> tuple[Odds, Odds]:
    """As recorded, and with stale deals as lost: the same lives, read once."""
    reading = Reading(at, (by,) if by else (), where)
    recorded = reading.lives()
    return _odds(reading, recorded, recorded), _odds(reading, recorded, reading.stale_lost(recorded))


def _odds(reading: Reading, recorded: Lives, lives: Lives) -> Odds:
    counts = counted(lives, width(recorded.stale_after)[0])
    kappa = fitted_kappa(counts, life_table(counts.over())) if len(lives.members) > 1 else KAPPA
    by = reading.splits[0].name if reading.splits else ""
    return Odds(reading.at, by, reading.where, recorded, lives, counts, kappa)


def counted(lives: Lives, wide: float) -> Counts:
    """Weighted, and pooled from the oldest age that ten deals (each counting as one) reached."""
    plain = lives.counts(wide, weighted=False).entering.sum(axis=0)
    reached = np.flatnonzero(plain >= FEWEST)
    return lives.counts(wide).pooled_from(int(reached[-1]) if reached.size else 0)


def width(stale_after: int | None) -> tuple[float, float]:
    """(days in a bucket, days in a row of the table): 30, less where so few of them would hold nearly all wins."""
    if stale_after is None:
        return WIDTHS[0]
    return next((one for one in WIDTHS if stale_after >= LEAST_BUCKETS * one[0]), WIDTHS[-1])
