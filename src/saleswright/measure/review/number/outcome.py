"""What may come in until the period ends? Ten thousand ends of the period, each with its own odds, pace and amounts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleswright.measure.flow.lifetable import Floats, Ints
from saleswright.measure.review.number.deals import Bools, Deals, Window
from saleswright.measure.review.number.odds import Odds, chances, odds, to_come
from saleswright.measure.review.number.pace import Past, lean, pace

WORLDS, ENDS = 400, 25
ONE_BY_ONE = 192
COUNTED_OUT = 40
AMOUNTS_KEPT = 400


@dataclass(frozen=True, slots=True)
class Outcome:
    """What may still come in, beyond what is won. totals: sorted ends, in minor units.

    by_deal: the mean of each open deal, in the order of the columns; to_come: the mean of deals still to be created.
    """

    totals: Floats
    by_deal: Floats
    chance_of: Floats
    to_come: float
    new_wins: float
    odds: Odds

    @property
    def mean(self) -> float:
        return float(self.by_deal.sum()) + self.to_come

    @property
    def range(self) -> tuple[float, float, float]:
        """Low, middle, high: 8 ends in 10 lie from low to high, both included.

        P10, P50 and P90, unless a tenth of the ends and more are one and the same (such as: nothing more is won). Then none
        lie below it, and the high end comes down until 8 in 10 are left.
        """
        n = self.totals.size
        low = self.totals[n // 10]
        below = int(np.searchsorted(self.totals, low, side="left"))
        high = self.totals[min(n - 1, below + (n * 8) // 10)]
        return float(low), float(self.totals[n // 2]), float(high)

    def reached(self, more: float) -> float:
        """The chance that at least so much more comes in."""
        return 1 - float(np.searchsorted(self.totals, more, side="left")) / self.totals.size


def outcome(deals: Deals, window: Window, pasts: list[Past], seed: int, never: Bools | None = None) -> Outcome:
    """What may come in from tomorrow until the window ends, as the deals were known on its day.

    pasts: earlier windows that were over by then. never: deals of the columns that will not be won.
    """
    rng = np.random.default_rng(seed)
    known = deals.on(window.day)
    of = odds(known, window.day)
    table = of.draws(WORLDS, rng)
    factor = lean([one for one in pasts if one.window.end <= window.day + 1]).draws(WORLDS, rng)
    typical, lists = amounts(known, of.since, rng)
    held = known.open
    mine = known.only(held)
    worth = np.where(np.isnan(mine.amount), typical[mine.group], mine.amount)
    found, kind = chances(table, mine, window)
    p = -np.expm1(np.log1p(-np.minimum(np.maximum(found, 0), 1 - 1e-9)) * factor[:, None])
    if never is not None:
        worth = np.where(never[held], 0.0, worth)
    totals, mean_p = _open_deals(p, kind, worth, rng)
    rate, share = pace(known, window.day, of.since, window.ahead).draws(WORLDS, rng)
    wins = (rate * factor)[:, None] * share * to_come(table, window)
    new, mean_new = _new_deals(wins, lists, rng)
    totals = np.sort((totals + new).ravel())
    by_deal = np.zeros(known.entry.size)
    chance_of = np.zeros(known.entry.size)
    by_deal[held], chance_of[held] = mean_p[kind] * worth, mean_p[kind]
    return Outcome(totals, by_deal, chance_of, mean_new, float(wins.sum(axis=1).mean()), of)


def _open_deals(p: Floats, kind: Ints, worth: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """(ends of what is open, mean chance of each kind). The deals that matter most one by one, the rest as a sum."""
    mean_p = p.mean(axis=0)
    each = mean_p[kind]
    spread = worth**2 * each * (1 - each)
    if worth.size > ONE_BY_ONE:
        order = np.argpartition(-spread, ONE_BY_ONE)
        big, rest = order[:ONE_BY_ONE], order[ONE_BY_ONE:]
    else:
        big, rest = np.arange(worth.size), np.arange(0)
    dice = rng.random((WORLDS, ENDS, big.size), dtype=np.float32)
    hit = dice < p[:, None, kind[big]]
    totals = hit.reshape(WORLDS * ENDS, big.size).astype(np.float64) @ worth[big]
    totals = totals.reshape(WORLDS, ENDS)
    if rest.size:
        added = np.bincount(kind[rest], weights=worth[rest], minlength=p.shape[1])
        squares = np.bincount(kind[rest], weights=worth[rest] ** 2, minlength=p.shape[1])
        middle, variance = p @ added, (p * (1 - p)) @ squares
        totals += middle[:, None] + np.sqrt(variance)[:, None] * rng.standard_normal((WORLDS, ENDS))
    return totals, mean_p


def amounts(known: Deals, since: int, rng: np.random.Generator) -> tuple[Floats, list[Floats]]:
    """(the mean won amount of each segment, a list of won amounts for each world and segment).

    The lists are drawn again from the wins of the two years (a bootstrap: how sure is one of what a deal is worth?) and
    spread out, the more so the fewer they are: the largest deal is still to come. Below 5 wins a segment takes all.
    """
    won = known.won & (known.exit >= since) & ~np.isnan(known.amount) & (known.amount > 0)
    every, group = known.amount[won], known.group[won]
    if not every.size:
        every, group = np.zeros(1), np.zeros(1, np.int64)
    typical, lists = np.zeros(known.groups), []
    for one in range(known.groups):
        own = every[group == one]
        own = own if own.size >= 5 else every
        typical[one] = own.mean()
        again = rng.integers(0, own.size, (WORLDS, min(own.size, AMOUNTS_KEPT)))
        values = own[again]
        if own.size > 1 and own.min() > 0:
            wide = min(1.0, 0.9 * float(np.log(own).std(ddof=1)) * own.size**-0.2)
            values = values * np.exp(wide * rng.standard_normal(values.shape) - wide**2 / 2)
        lists.append(values)
    return typical, lists


def _new_deals(wins: Floats, lists: list[Floats], rng: np.random.Generator) -> tuple[Floats, float]:
    """(ends of what is still to be created, its mean). wins: how many are expected, (worlds, segments)."""
    totals = np.zeros((WORLDS, ENDS))
    mean = 0.0
    for group, values in enumerate(lists):
        middle, variance = values.mean(axis=1), values.var(axis=1)
        mean += float((wins[:, group] * middle).mean())
        n = rng.poisson(wins[:, group, None], (WORLDS, ENDS))
        many = n > COUNTED_OUT
        if many.any():
            m = np.nonzero(many)[0]
            total, var = n[many] * middle[m], np.maximum(n[many] * variance[m], 1e-9)
            totals[many] += rng.gamma(np.maximum(total, 1e-9) ** 2 / var, var / np.maximum(total, 1e-9))
        few = np.where(many, 0, n).ravel()
        place = np.repeat(np.arange(few.size), few)
        drawn = values[place // ENDS, rng.integers(0, values.shape[1], place.size)]
        totals += np.bincount(place, weights=drawn, minlength=few.size).reshape(WORLDS, ENDS)
    return totals, mean
