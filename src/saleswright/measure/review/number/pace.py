"""How many deals will still come, and how unlike each other are periods? Both from how earlier guesses did."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleswright.measure.flow.columns import Floats
from saleswright.measure.review.number.deals import Deals, Window
from saleswright.measure.review.number.odds import Odds, chances, odds

HALF_LIFE = 180.0
SHORTEST, LONGEST = 14, 92
# What is believed before anything is seen: how far stretches of new deals, and periods, stray from what was expected, and
# how far a period's end as a whole may lie from it.
PACE_STRAYS, PERIOD_STRAYS, PERIOD_LEANS = 0.3, 0.2, 0.5
_GRID = np.linspace(0.0, 3.0, 61)


@dataclass(frozen=True, slots=True)
class Misses:
    """How earlier guesses missed: what was expected, the variance that chance alone gives it, and what came."""

    expected: Floats
    variance: Floats
    came: Floats

    def draws(self, leans: float, strays: float, times: int, rng: np.random.Generator) -> Floats:
        """Relative misses as the next guess may have them: `times` draws of lean + stray.

        came / expected - 1 ~ Normal(lean, variance / expected2 + stray2), with priors lean ~ Normal(0, leans2) and stray ~
        half-normal(strays). The posterior of stray is taken on a grid, that of lean follows from it exactly.
        """
        seen = self.expected > 0.5
        x = self.came[seen] / self.expected[seen] - 1
        chance = self.variance[seen] / self.expected[seen] ** 2
        grid = strays * _GRID
        spread = chance + grid[:, None] ** 2
        log = -0.5 * (np.log(spread) + x**2 / spread).sum(axis=1) - 0.5 * _GRID**2
        if leans:
            sure = (1 / spread).sum(axis=1) + 1 / leans**2
            middle = (x / spread).sum(axis=1) / sure
            log += 0.5 * sure * middle**2 - 0.5 * np.log(sure)
        weight = np.exp(log - log.max())
        at = np.searchsorted(np.cumsum(weight / weight.sum()), rng.random(times)).clip(max=grid.size - 1)
        stray = grid[at] * rng.standard_normal(times)
        return np.asarray(middle[at] + rng.standard_normal(times) / np.sqrt(sure[at]) + stray if leans else stray)


@dataclass(frozen=True, slots=True)
class Pace:
    """New deals per day, how many deals that stands on, how such a pace missed before, and each segment's weight in it."""

    rate: float
    behind: float
    misses: Misses
    mix: Floats

    def draws(self, times: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """(rate per day of each draw, share of each segment in it)."""
        strays = self.misses.draws(0.0, PACE_STRAYS, times, rng)
        # A gamma keeps a rate above zero however far it strays.
        apart = 1 / self.behind + float((strays**2).mean())
        rate = self.rate * rng.gamma(1 / apart, apart, times)
        parts = rng.standard_gamma(self.mix + 1 / self.mix.size, (times, self.mix.size))
        return rate, parts / parts.sum(axis=1, keepdims=True)


def pace(deals: Deals, day: int, since: int, ahead: int) -> Pace:
    """The pace of new deals, the last half year weighing most; it may stray as it did over stretches as long as this."""
    length = max(day + 1 - since, 1)
    came = (deals.entry >= since) & (deals.entry <= day)
    daily = np.bincount(deals.entry[came] - since, minlength=length).astype(np.float64)
    weights = 0.5 ** (np.arange(length - 1, -1, -1) / HALF_LIFE)
    weighed = daily * weights
    rate = float(weighed.sum() / weights.sum())
    behind = max(float(weighed.sum()) ** 2 / max(float((weighed * weights).sum()), 1e-9), 1.0)
    size = int(np.clip(ahead, SHORTEST, LONGEST))
    told, found, chance = [], [], []
    for end in range(length, 2 * size - 1, -size):
        before, of = daily[: end - size], weights[length - (end - size) :]
        one = size * float((before * of).sum() / of.sum())
        told.append(one)
        # Chance in what came, and in what the guess stood on.
        chance.append(one + size**2 * float((before * of**2).sum()) / float(of.sum()) ** 2)
        found.append(float(daily[end - size : end].sum()))
    mix = np.bincount(deals.group[came], weights=weights[deals.entry[came] - since], minlength=deals.groups)
    misses = Misses(np.array(told), np.array(chance), np.array(found))
    return Pace(max(rate, 0.5 / length), behind, misses, np.asarray(mix, np.float64))


@dataclass(frozen=True, slots=True)
class Past:
    """What the table expected of the deals open at a past day, its variance, and how many of them were won in time."""

    window: Window
    expected: float
    variance: float
    won: int
    odds: Odds


def past(deals: Deals, window: Window) -> Past | None:
    """The table as of a past day against what came of the deals that were open then. None below 10 wins before."""
    known = deals.on(window.day)
    of = odds(known, window.day) if known.closed else None
    if of is None or of.wins < 10:
        return None
    held = known.only(known.open)
    if not held.entry.size:
        return None
    found, kind = chances(of.table, held, window)
    p = found[kind]
    expected = float(p.sum())
    was_open = (deals.entry <= window.day) & (deals.exit > window.day)
    won = was_open & deals.won & (deals.exit >= window.start) & (deals.exit < window.end)
    return Past(window, expected, float((p * (1 - p)).sum()) + expected**2 / of.wins, int(won.sum()), of)


def lean(pasts: list[Past], times: int, rng: np.random.Generator) -> Floats:
    """Factors on the chance of every deal that is open, one for each draw: what past periods at the same point teach.

    Rushes at the end of a quarter lean one way every time; good and bad quarters stray.
    """
    misses = Misses(
        np.array([one.expected for one in pasts]),
        np.array([one.variance for one in pasts]),
        np.array([float(one.won) for one in pasts]),
    )
    return np.asarray(np.maximum(1 + misses.draws(PERIOD_LEANS, PERIOD_STRAYS, times, rng), 0.05))
