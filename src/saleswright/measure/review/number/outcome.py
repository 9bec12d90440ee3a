"""What may come in until the period ends? Ten thousand ends of the period, each with its own odds, pace and amounts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleswright.measure.flow.columns import Floats, Ints
from saleswright.measure.review.number.deals import Bools, Deals, Window
from saleswright.measure.review.number.odds import Odds, chances, odds, to_come
from saleswright.measure.review.number.pace import Past, lean, pace
from saleswright.measure.review.number.size import size

WORLDS, ENDS = 250, 40
ONE_BY_ONE = 128
ONE_BY_ONE_NEW = 20
FEWEST_PAID = 5


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


def outcome(
    deals: Deals, window: Window, pasts: list[Past], seed: int, never: Bools | None = None, of: Odds | None = None
) -> Outcome:
    """What may come in from tomorrow until the window ends, as the deals were known on its day.

    pasts: earlier windows that were over by then. never: deals of the columns that will not be won. of: the odds as of the
    window's day, where they are counted already.
    """
    rng = np.random.default_rng(seed)
    known = deals.on(window.day)
    of = of or odds(known, window.day)
    table = of.draws(WORLDS, rng)
    factor = lean([one for one in pasts if one.window.end <= window.day + 1], WORLDS, rng)
    paid = amounts(known, of.since)
    typical = np.array([one.mean for one in paid])
    held = known.open
    mine = known.only(held)
    worth = np.where(np.isnan(mine.amount), typical[mine.group], mine.amount)
    found, kind = chances(table, mine, window)
    bends = size(known, of.since)
    bent = bends.draws(WORLDS, rng) * factor[:, None]
    kinds, kind = np.unique(kind * bent.shape[1] + bends.classes(mine), return_inverse=True)
    stays = np.log1p(-np.clip(found, 0, 1 - 1e-9))
    p = -np.expm1(stays[:, kinds // bent.shape[1]] * bent[:, kinds % bent.shape[1]])
    if never is not None:
        worth = np.where(never[held], 0.0, worth)
    totals, mean_p = _open_deals(p, kind, worth, rng)
    rate, share = pace(known, window.day, of.since, window.ahead).draws(WORLDS, rng)
    # How past guesses missed was seen on deals that were open, and is no news of those still to be created.
    wins = rate[:, None] * share * to_come(table, window)
    new, mean_new = _new_deals(wins, paid, rng)
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
    hit = dice < p[:, None, kind[big]].astype(np.float32)
    totals = (hit.reshape(WORLDS * ENDS, big.size).astype(np.float64) @ worth[big]).reshape(WORLDS, ENDS)
    if rest.size:
        added = np.bincount(kind[rest], weights=worth[rest], minlength=p.shape[1])
        squares = np.bincount(kind[rest], weights=worth[rest] ** 2, minlength=p.shape[1])
        totals += _sums(p @ added, (p * (1 - p)) @ squares, rng)
    return totals, mean_p


def _sums(middle: Floats, variance: Floats, rng: np.random.Generator) -> Floats:
    """Sums of many amounts, (worlds, ends): a gamma of this mean and variance leans as such sums do, never below zero."""
    some = (middle > 0) & (variance > 0)
    shape = np.divide(middle**2, variance, out=np.ones_like(middle), where=some)
    scale = np.divide(variance, middle, out=np.zeros_like(middle), where=some)
    drawn = rng.gamma(shape[:, None], scale[:, None], (WORLDS, ENDS))
    return np.where(some[:, None], drawn, middle[:, None])


@dataclass(frozen=True, slots=True)
class Paid:
    """What a won deal of a segment brings: the amounts seen, their mean, how unsure that is, and how far to spread them."""

    seen: Floats
    mean: float
    unsure: float
    wide: float

    @property
    def squares(self) -> float:
        """The mean square of an amount, spread out."""
        return float((self.seen**2).mean()) * float(np.exp(self.wide**2))

    def draws(self, worlds: Ints, scale: Floats, rng: np.random.Generator) -> Floats:
        """One amount for each place; worlds: which world it is in, scale: how much a deal brings there."""
        picked = self.seen[rng.integers(0, self.seen.size, worlds.size)]
        noise = np.exp(self.wide * rng.standard_normal(worlds.size) - self.wide**2 / 2)
        return np.asarray(picked * noise * scale[worlds])


def amounts(known: Deals, since: int) -> list[Paid]:
    """What won deals of each segment bring; a segment with fewer than 5 of them takes all.

    The mean of few uneven amounts is unsure: its logarithm by s2/n + s4/2(n-1), s2 the variance of the logarithms (Cox,
    in Zhou and Gao 1997). The amounts seen are spread out, the more so the fewer: the largest deal is still to come.
    """
    won = known.won & (known.exit >= since) & ~np.isnan(known.amount) & (known.amount > 0)
    every, group = known.amount[won], known.group[won]
    made = []
    for one in range(known.groups):
        own = every[group == one]
        own = own if own.size >= FEWEST_PAID else every
        if own.size < 2:
            made.append(Paid(own if own.size else np.zeros(1), float(own.sum()), 1.0, 0.0))
            continue
        n = own.size
        # The mean of what the variance may truly be, not its estimate: of few amounts the largest are mostly not seen.
        s2 = float(np.log(own).var(ddof=1)) * (n - 1) / max(n - 3, 1)
        unsure = float(np.sqrt(s2 / n + s2**2 / (2 * (n - 1))))
        made.append(Paid(own, float(own.mean()), min(unsure, 1.0), min(1.0, 0.9 * float(np.sqrt(s2)) * n**-0.2)))
    return made


def _new_deals(wins: Floats, paid: list[Paid], rng: np.random.Generator) -> tuple[Floats, float]:
    """(ends of what is still to be created, its mean). wins: how many are expected, (worlds, segments)."""
    totals = np.zeros((WORLDS, ENDS))
    mean = 0.0
    for group, one in enumerate(paid):
        expected = wins[:, group]
        scale = np.exp(one.unsure * rng.standard_normal(WORLDS) - one.unsure**2 / 2)
        mean += float(expected.mean()) * one.mean
        if expected.mean() > ONE_BY_ONE_NEW:
            totals += _sums(expected * one.mean * scale, expected * one.squares * scale**2, rng)
            continue
        n = rng.poisson(expected[:, None], (WORLDS, ENDS)).ravel()
        place = np.repeat(np.arange(n.size), n)
        drawn = one.draws(place // ENDS, scale, rng)
        totals += np.bincount(place, weights=drawn, minlength=n.size).reshape(WORLDS, ENDS)
    return totals, mean
