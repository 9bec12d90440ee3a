"""How much better than the best plain forecast, and how sure is that? The ratio of two mean scores, periods drawn again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from saleswright.lib.ratio import mean_interval
from saleswright.measure.flow.columns import Bools, Floats, Ints
from saleswright.measure.forecast.scored.bands import LEVEL
from saleswright.measure.metrics.words import plural

TIMES = 2000
FEWEST = 6
"""Periods below which no range of the ratio is given; why so many: `verdict.FEWEST`."""


@dataclass(frozen=True, slots=True)
class Against:
    """The ratio of our mean score to a baseline's on the periods both spoke of: below 1 ours is better.

    name: the baseline, "" and None where none could speak. low, high: where the ratio likely lies (80 %), None with a reason.
    ratios: of each baseline that spoke; silent: how many periods each of the others spoke of.
    """

    name: str
    ratio: float | None
    low: float | None
    high: float | None
    periods: int
    ratios: dict[str, float]
    silent: dict[str, int]
    reason: str = ""


def against_best(
    ours: Any, baselines: Mapping[str, Any], period: Ints, seed: int, block: int = 1, times: int = TIMES
) -> Against:
    """Our score over that of the hardest baseline to beat. Scores (CRPS, pinball ...) per origin; nan: it could not speak.

    Origins of one period are averaged first. Each baseline is compared where it spoke, and must have spoken of half of the
    periods. Whole periods are drawn again with replacement, `block` neighbours at a time where outcomes hang together over
    periods (Kunsch 1989), and in each draw the best baseline is chosen anew: so having chosen it is paid for. The range is
    widened for few periods as Student's t is.
    ValueError where a score of ours is no number or columns do not match.
    """
    mine, names = np.asarray(ours, np.float64), tuple(baselines)
    columns = [np.asarray(baselines[name], np.float64) for name in names]
    period = np.asarray(period)
    if mine.ndim != 1 or any(one.shape != mine.shape for one in (period, *columns)):
        raise ValueError(f"{mine.shape} scores, {period.shape} periods, baselines {[one.shape for one in columns]}")
    theirs = np.array(columns).reshape(len(names), mine.size)
    if not np.isfinite(mine).all() or block < 1:
        raise ValueError("a score is a number, and a block at least one period")
    kinds, place = np.unique(period, return_inverse=True)
    own, other, spoke = _by_period(mine, theirs, place, kinds.size)
    often = spoke.sum(axis=1)
    heard = np.flatnonzero((often * 2 >= kinds.size) & (often > 0))
    silent = {name: int(n) for i, (name, n) in enumerate(zip(names, often, strict=True)) if i not in heard}
    if not heard.size:
        return Against("", None, None, None, 0, {}, silent, "no baseline could speak of half of the periods")
    own, other, spoke = own[heard], other[heard], spoke[heard]
    found = _ratios(own, other, np.ones((1, kinds.size)))[0]
    if np.isnan(found).all():
        return Against("", None, None, None, 0, {}, silent, "nothing was missed by anyone")
    best = int(np.nanargmax(found))
    ratios = {names[i]: float(one) for i, one in zip(heard, found, strict=True)}
    said = names[heard[best]], float(found[best])
    periods = int(spoke[best].sum())
    if periods < FEWEST or not np.isfinite(said[1]):
        few = f"{plural(periods, 'period')}: {FEWEST} are the least for a range"
        ratio, reason = (said[1], few) if np.isfinite(said[1]) else (None, "nothing to divide by: it missed nothing")
        return Against(said[0], ratio, None, None, periods, ratios, silent, reason)
    drawn = _ratios(own, other, _counts(kinds.size, min(block, kinds.size), times, np.random.default_rng(seed)))
    beyond = (1 - _widened(periods)) / 2
    worst = np.fmax.reduce(drawn, axis=1)
    # A draw of nothing but periods of which no baseline spoke says nothing.
    low, high = np.quantile(worst[~np.isnan(worst)], [beyond, 1 - beyond], method="inverted_cdf")
    # Of many baselines about as good, the best of each draw may always be worse for us than the one that was best.
    return Against(*said, min(float(low), said[1]), float(high), periods, ratios, silent)


def _widened(periods: int) -> float:
    """The share of draws that the range spans: bare quantiles of draws are too near each other where periods are few.

    Hesterberg 2015, doi 10.1080/00031305.2015.1089789: what Student's t of n - 1 spans, times sqrt(n / (n - 1)).
    """
    from statistics import NormalDist

    n = float(periods)
    # Of n values with a variance of n, half the range of their mean is t itself.
    band = mean_interval(periods, 0.0, n * (n - 1), LEVEL)
    t = band[1] if band else 0.0
    return 2 * NormalDist().cdf(t * (n / (n - 1)) ** 0.5) - 1


def _by_period(mine: Floats, theirs: Floats, place: Ints, periods: int) -> tuple[Floats, Floats, Bools]:
    """(ours, theirs, spoke), each (baselines, periods): means over the origins of a period at which the baseline spoke."""
    there = np.isfinite(theirs)
    n, own, other = (
        np.array([np.bincount(place, row, periods) for row in rows]).reshape(theirs.shape[0], periods)
        for rows in (there.astype(float), np.where(there, mine, 0.0), np.where(there, theirs, 0.0))
    )
    spoke = n > 0
    size = np.where(spoke, n, 1.0)
    return own / size, other / size, spoke


def _ratios(own: Floats, other: Floats, count: Floats) -> Floats:
    """(draws, baselines): sums over the periods drawn; infinite where a baseline missed nothing, nan where it never spoke."""
    above, below = count @ own.T, count @ other.T
    return np.asarray(np.divide(above, below, out=np.where(above > 0, np.inf, np.nan), where=below > 0))


def _counts(periods: int, block: int, times: int, rng: np.random.Generator) -> Floats:
    """How often each period is in each draw, (draws, periods): blocks of neighbours, the last followed by the first."""
    blocks = -(-periods // block)
    start = rng.integers(0, periods, (times, blocks))
    drawn = ((start[:, :, None] + np.arange(block)) % periods).reshape(times, -1)[:, :periods]
    at = (np.arange(times)[:, None] * periods + drawn).ravel()
    return np.bincount(at, minlength=times * periods).reshape(times, periods).astype(np.float64)
