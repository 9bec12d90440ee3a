"""How many deals will still come, and how unlike each other are periods? Both from how earlier guesses did."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleswright.measure.flow.lifetable import Floats
from saleswright.measure.review.number.deals import Deals, Window
from saleswright.measure.review.number.odds import Odds, chances, odds

HALF_LIFE = 180.0
SHORTEST, LONGEST = 14, 92
# Before anything is seen: how far a stretch strays from the one before, and how many stretches that belief is worth.
PACE_STRAYS, PACE_WORTH = 0.2, 3.0
PERIOD_STRAYS, PERIOD_WORTH = 0.1, 4.0
PERIOD_LEANS = 0.2


@dataclass(frozen=True, slots=True)
class Pace:
    """New deals per day, how far that may be off (relative variance), and the weighted count of each segment."""

    rate: float
    strays: float
    mix: Floats

    def draws(self, times: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """(rate per day of each draw, share of each segment in it)."""
        rate = self.rate * rng.gamma(1 / self.strays, self.strays, times)
        parts = rng.standard_gamma(self.mix + 1 / self.mix.size, (times, self.mix.size))
        return rate, parts / parts.sum(axis=1, keepdims=True)


def pace(deals: Deals, day: int, since: int, ahead: int) -> Pace:
    """The pace of new deals, the last half year weighing most; it strays as it strayed over stretches as long as this."""
    length = max(day + 1 - since, 1)
    came = (deals.entry >= since) & (deals.entry <= day)
    daily = np.bincount(deals.entry[came] - since, minlength=length).astype(np.float64)
    weights = 0.5 ** (np.arange(length - 1, -1, -1) / HALF_LIFE)
    rate = float((daily * weights).sum() / weights.sum())
    behind = max(float((daily * weights).sum()) ** 2 / max(float((daily * weights**2).sum()), 1e-9), 1.0)
    size = int(np.clip(ahead, SHORTEST, LONGEST))
    told, came_then = [], []
    for end in range(length, 2 * size - 1, -size):
        before = daily[: end - size]
        weighed = weights[length - before.size :]
        told.append(size * float((before * weighed).sum() / weighed.sum()))
        came_then.append(float(daily[end - size : end].sum()))
    expected, actual = np.array(told), np.array(came_then)
    apart = _dispersion(expected, expected, actual, PACE_STRAYS, PACE_WORTH)
    mix = np.bincount(deals.group[came], weights=weights[deals.entry[came] - since], minlength=deals.groups)
    return Pace(max(rate, 0.5 / length), apart + 1 / behind, np.asarray(mix, np.float64))


@dataclass(frozen=True, slots=True)
class Lean:
    """How much more, or less, was won of what was open than the table said, and how unlike each other periods are."""

    by: float
    unsure: float
    strays: float

    def draws(self, times: int, rng: np.random.Generator) -> Floats:
        """Factors on the chance of every deal, the same for all deals of a draw."""
        sd = np.sqrt(self.unsure + self.strays)
        return np.asarray(np.maximum(1 + self.by + sd * rng.standard_normal(times), 0.05))


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


def lean(pasts: list[Past]) -> Lean:
    """What past periods at the same point teach: end-of-quarter rushes lean one way, good and bad quarters stray."""
    seen = [one for one in pasts if one.expected > 0.5]
    expected = np.array([one.expected for one in seen])
    variance = np.array([one.variance for one in seen])
    won = np.array([float(one.won) for one in seen])
    whole = (won.sum() + 5) / (expected.sum() + 5)
    strays = _dispersion(whole * expected, whole * variance, won, PERIOD_STRAYS, PERIOD_WORTH)
    weight = 1 / (variance / expected**2 + strays) if seen else np.zeros(0)
    sure = float(weight.sum()) + 1 / PERIOD_LEANS**2
    by = float((weight * (won / expected - 1)).sum()) / sure if seen else 0.0
    return Lean(by, 1 / sure, strays)


def _dispersion(expected: Floats, variance: Floats, actual: Floats, prior: float, worth: float) -> float:
    """Relative variance beyond chance (method of moments), drawn towards the prior that is worth so many stretches."""
    if not expected.size or expected.sum() <= 0:
        return prior**2
    over = float(((actual - expected) ** 2 - variance).sum() / (expected**2).sum())
    return (expected.size * max(over, 0.0) + worth * prior**2) / (expected.size + worth)
