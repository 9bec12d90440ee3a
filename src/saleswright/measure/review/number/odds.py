"""What are the odds of an open deal, by its age and segment, and how sure is that?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from saleswright.measure.flow.columns import Floats, Ints
from saleswright.measure.flow.lifetable import KAPPAS, Counts, LifeTable, drawn, kappas, shrunk
from saleswright.measure.review.number.deals import Deals, Window

LEAST_BUCKETS, MOST_BUCKETS = 6, 24
LATE = 0.975
# One age says little of another, so however alike they look, what all ages share is worth no more deals than this.
MOST_OF_OTHER_AGES = 10.0


@dataclass(frozen=True, slots=True)
class Odds:
    """The life table as of a day: counts by segment, the flat table all ages share, and how much each parent is worth.

    wins: how many won deals stand behind it. stale_age: the age that 97.5 % of wins had not passed.
    """

    counts: Counts
    flat: LifeTable
    worth: tuple[Floats, Floats]
    since: int
    wins: int
    stale_age: int

    @property
    def table(self) -> LifeTable:
        """The table by segment, each drawn towards all of them, and all towards one chance for every age."""
        whole = self.counts.over()
        every = shrunk(whole, self.flat, likeliest(self.worth[0]))
        return every if self.counts.won.shape[0] == 1 else shrunk(self.counts, every, likeliest(self.worth[1]))

    def draws(self, times: int, rng: np.random.Generator) -> LifeTable:
        """Tables as they may truly be, (times, segments, buckets): first the flat one, then all ages, then segments."""
        whole = self.counts.over()
        won, lost, n = (float(one.sum()) for one in (whole.won, whole.lost, whole.at_risk))
        level = rng.standard_gamma([won + 0.5, lost + 0.5, max(n - won - lost, 0.0) + 0.5], (times, 3))
        level = level / level.sum(axis=1, keepdims=True)
        size = self.counts.won.shape[1]
        win, lose = (np.repeat(level[:, one, None, None], size, axis=2) for one in (0, 1))
        first, second = (rng.choice(KAPPAS, times, p=worth)[:, None, None] for worth in self.worth)
        every = drawn(whole, replace(self.flat, win=win, lose=lose), first, rng)
        return every if self.counts.won.shape[0] == 1 else drawn(self.counts, every, second, rng)


def likeliest(worth: Floats) -> float:
    """The likeliest worth of a parent."""
    return KAPPAS[int(np.argmax(worth))]


def odds(deals: Deals, day: int) -> Odds:
    """Count the deals as known on a day. Buckets are as narrow as the closed deals can fill."""
    since = deals.observed_from(day)
    ages = (deals.exit - deals.entry)[deals.won & (deals.exit >= since)]
    decided = deals.closed
    late = int(np.partition(ages, int(LATE * (ages.size - 1)))[int(LATE * (ages.size - 1))]) if ages.size else 180
    buckets = int(np.clip(1.5 * np.sqrt(decided), LEAST_BUCKETS, MOST_BUCKETS))
    width = max(1.0, float(np.ceil((late + 1) / buckets)))
    counts = deals.counts(day, since, width).pooled()
    whole = counts.over()
    n = max(float(whole.at_risk.sum()), 1.0)
    flat = LifeTable(width, whole.won.sum(axis=1, keepdims=True) / n, whole.lost.sum(axis=1, keepdims=True) / n, True)
    first = np.where(np.array(KAPPAS) <= MOST_OF_OTHER_AGES, kappas(whole, flat) + 1e-12, 0.0)
    first = first / first.sum()
    second = kappas(counts, shrunk(whole, flat, likeliest(first))) if deals.groups > 1 else first
    return Odds(counts, flat, (first, second), since, int(ages.size), late)


def chances(table: LifeTable, deals: Deals, window: Window) -> tuple[Floats, Ints]:
    """Won inside the window, for open deals as old as these: (..., kinds), and which kind each deal is.

    table: (..., segments, buckets). Deals of one segment and age are one kind.
    """
    age = window.day + 1 - deals.entry
    span = int(age.max()) + 1 if age.size else 1
    kinds, kind = np.unique(deals.group * span + age, return_inverse=True)
    found = np.zeros((*table.win.shape[:-2], kinds.size))
    for group in range(deals.groups):
        mine = np.flatnonzero(kinds // span == group)
        if mine.size:
            one = table.of(group)
            ages = kinds[mine] % span
            found[..., mine] = one.within(ages, window.ahead)
            if window.after:
                found[..., mine] -= one.within(ages, window.after)
    return found, kind


def to_come(table: LifeTable, window: Window) -> Floats:
    """Of one deal created on each day until the window ends: how many are won inside it? (..., segments)."""
    left = np.arange(window.ahead, 0, -1)
    wait = np.arange(window.after, 0, -1)
    found = []
    for group in range(table.win.shape[-2]):
        one = table.of(group)
        found.append(one.within(0, left).sum(axis=-1) - one.within(0, wait).sum(axis=-1))
    return np.stack(found, axis=-1)
