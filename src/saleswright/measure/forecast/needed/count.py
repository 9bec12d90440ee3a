"""The number needed: the law of what comes in anyhow, past sales and past conversions, asked the other way round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np

from saleswright.measure.flow.columns import Floats, Ints
from saleswright.measure.forecast.scored import laws
from saleswright.measure.metrics.words import plural

WORLDS, ENDS = 200, 500
FEWEST_SALES = 5
ONE_BY_ONE = 256
"""Wins counted one after the other; where more are needed the sum is long enough for its normal limit."""
LEVEL = 0.80


@dataclass(frozen=True, slots=True)
class Step:
    """Of `tries` of one kind so many `hits` became the next: of qualified deals wins, of leads qualified deals.

    name: the plural of what is tried. Only those count that had as many days as are left now, or more than these are needed.
    """

    name: str
    hits: int
    tries: int


@dataclass(frozen=True, slots=True)
class Number:
    """How many of one kind are needed. n: with it the target is reached with the wanted chance, all that is unsure counted.

    low, high: the number if sales and conversions are truly as good, or as bad, as they may likely be (80 %). by_hand: missing
    on average / average sale / conversions, not rounded, which reaches the target about every second time. None with a reason.
    """

    name: str
    n: int | None
    low: int | None
    high: int | None
    by_hand: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Needed:
    """missing: what is lacking on average, in minor units, 0 where nothing is. chance: of the target with nothing more.

    wanted: the chance it shall have. numbers: wins first, then each step's.
    """

    target: float
    wanted: float
    chance: float
    missing: float
    numbers: tuple[Number, ...]


def needed(
    target: float, x: Any, cdf: Any, sales: Any, steps: Sequence[Step], seed: int, wanted: float = LEVEL
) -> Needed:
    """How many further wins, and of each step, give `target` the chance `wanted`?

    x, cdf: the law of what comes in without them, in minor units (`scored.laws`). sales: amounts of past wins, above 0.
    steps: from the win backwards. What sales and conversions truly are is drawn WORLDS times: sales by the bootstrap
    (Efron 1979), conversions from Beta(hits + 1/2, misses + 1/2); in each world ENDS ends. ValueError where `wanted` is not
    between 0 and 1, a sale is not above 0, or more hit than were tried.
    """
    seen = np.asarray(sales, np.float64)
    if not 0 < wanted < 1 or not (seen > 0).all() or any(not 0 <= one.hits <= one.tries for one in steps):
        raise ValueError("a chance lies between 0 and 1, a sale brings something, and no more hit than were tried")
    chance = 1.0 - float(laws.below(x, cdf, target)[0])
    missing = max(0.0, target - float(laws.mean(x, cdf)))
    names = ("wins", *(one.name for one in steps))
    if chance >= wanted:
        return Needed(target, wanted, chance, missing, tuple(Number(name, 0, 0, 0, 0.0) for name in names))
    if seen.size < FEWEST_SALES:
        why = f"{plural(seen.size, 'sale')}: {FEWEST_SALES} are the least to tell what a win brings"
        return Needed(
            target, wanted, chance, missing, tuple(Number(name, None, None, None, None, why) for name in names)
        )
    rng = np.random.default_rng(seed)
    gap = np.maximum(target - _drawn(x, cdf, rng), 0.0)
    count = _wins(gap, seen, rng)
    by_hand = missing / float(seen.mean())
    found, why = [_number("wins", count, wanted, by_hand)], ""
    for step in steps:
        if not why and not step.hits:
            why = f"none of {step.tries} {step.name} came further, so no number of them is known to be enough"
        if why:
            found.append(Number(step.name, None, None, None, None, why))
            continue
        rate = rng.beta(step.hits + 0.5, step.tries - step.hits + 0.5, WORLDS)[:, None]
        some = np.maximum(count, 1)
        count = np.where(count > 0, some + rng.negative_binomial(some, np.broadcast_to(rate, count.shape)), 0)
        by_hand = by_hand * step.tries / step.hits
        found.append(_number(step.name, count, wanted, by_hand))
    return Needed(target, wanted, chance, missing, tuple(found))


def _drawn(x: Any, cdf: Any, rng: np.random.Generator) -> Floats:
    """What comes in anyhow, (WORLDS, ENDS), evenly over its law in each world, so that only order is by chance."""
    places, upto = np.asarray(x, np.float64), np.asarray(cdf, np.float64)
    at = (np.arange(ENDS) + rng.random((WORLDS, ENDS))) / ENDS
    at = rng.permuted(at, axis=1)
    # A first value above 0 and a last below 1 are jumps.
    full_x, full = np.concatenate([places[:1], places, places[-1:]]), np.concatenate([[0.0], upto, [1.0]])
    after = np.clip(np.searchsorted(full, at, side="left"), 1, full.size - 1)
    wide = full[after] - full[after - 1]
    part = np.divide(at - full[after - 1], wide, out=np.zeros_like(at), where=wide > 0)
    return np.asarray(full_x[after - 1] + part * (full_x[after] - full_x[after - 1]))


def _wins(gap: Floats, seen: Floats, rng: np.random.Generator) -> Ints:
    """After how many wins is each gap closed? (WORLDS, ENDS). Each world has its own sales, drawn from those seen."""
    own = seen[rng.integers(0, seen.size, (WORLDS, seen.size))]
    mean, variance = own.mean(axis=1), own.var(axis=1)
    found = np.zeros(gap.shape, np.int64)
    for world in range(WORLDS):
        far = gap[world]
        if far.max() / mean[world] > ONE_BY_ONE / 2:
            found[world] = _many(far, mean[world], variance[world], rng)
            continue
        left = far.copy()
        while (left > 0).any():
            open_ = np.flatnonzero(left > 0)
            block = max(8, int(1.2 * left.max() / mean[world]) + 1)
            sums = np.cumsum(own[world][rng.integers(0, seen.size, (open_.size, block))], axis=1)
            reached = (sums < left[open_, None]).sum(axis=1)
            found[world, open_] += np.minimum(reached + 1, block)
            left[open_] -= sums[:, -1]
    return found


def _many(gap: Floats, mean: float, variance: float, rng: np.random.Generator) -> Ints:
    """The renewal limit: N is about gap / mean + (1 + variance / mean^2) / 2, and its variance gap x variance / mean^3."""
    middle = gap / mean + np.where(gap > 0, (1 + variance / mean**2) / 2, 0.0)
    n = np.ceil(middle - 0.5 + np.sqrt(np.maximum(gap, 0) * variance / mean**3) * rng.standard_normal(gap.size))
    return np.asarray(np.where(gap > 0, np.maximum(n, 1), 0), np.int64)


def _number(name: str, count: Ints, wanted: float, by_hand: float) -> Number:
    n = _enough(count.ravel(), wanted)
    each = np.sort(np.apply_along_axis(_enough, 1, count, wanted))
    beyond = int((1 - LEVEL) / 2 * each.size)
    return Number(name, n, min(n, int(each[beyond])), max(n, int(each[-1 - beyond])), by_hand)


def _enough(count: Ints, wanted: float) -> int:
    """The least number that so many ends do not exceed."""
    at = min(count.size - 1, ceil(wanted * count.size) - 1)
    return int(np.partition(count, at)[at])
