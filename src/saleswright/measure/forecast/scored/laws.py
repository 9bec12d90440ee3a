"""How good was a whole distribution? Scored as samples, or as a law: places x and the chance to be at or below each.

A law is a pair of columns (x, cdf), both of which never fall; between places the cdf is a straight line. Two equal places
with two values are a jump: a chance to be there exactly. Below the first place the cdf is 0, so a first value above 0 is a
jump as well; above the last place it is 1. More dimensions before the last are laws beside each other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from saleswright.measure.flow.columns import Floats

FACTOR = 2.0
"""Pinball loss here has the factor 2 of otexts.com/fpp3/distaccuracy.html, so its mean over all levels is the CRPS."""


def pinball(forecast: Any, actual: Any, level: float) -> Floats:
    """What did a quantile cost? 2 (actual - q) level where the actual lies above, 2 (q - actual) (1 - level) below.

    In the unit of the actual, one per row; the factor is FACTOR. ValueError unless 0 < level < 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"a level is between 0 and 1, not {level}")
    over = np.asarray(actual, np.float64) - np.asarray(forecast, np.float64)
    return np.asarray(FACTOR * np.maximum(level * over, (level - 1) * over))


def crps_samples(samples: Any, actual: Any) -> Floats:
    """The CRPS of the samples' own law: E|X - y| - E|X - X'| / 2, in the actual's unit. samples: (..., draws).

    Gneiting and Raftery 2007, doi 10.1198/016214506000001437. Of m draws of a law this is on average 1/m of E|X - X'| / 2
    above the law's own score; what has few draws pays for that, as its reader does.
    """
    x = np.sort(np.asarray(samples, np.float64), axis=-1)
    m = x.shape[-1]
    if not m:
        raise ValueError("no samples")
    apart = (x * (2 * np.arange(1, m + 1) - m - 1)).sum(axis=-1) / (m * m)
    return np.asarray(np.abs(x - np.asarray(actual, np.float64)[..., None]).mean(axis=-1) - apart)


def crps_law(x: Any, cdf: Any, actual: Any) -> Floats:
    """The CRPS of a law, exactly: the integral of (cdf - [place >= actual])^2, in the actual's unit. x, cdf: (..., places)."""
    x, cdf = _law(x, cdf)
    y = np.asarray(actual, np.float64)
    at = y[..., None]
    left, right, low, high = x[..., :-1], x[..., 1:], cdf[..., :-1], cdf[..., 1:]
    wide = right - left
    part = np.divide(at - left, wide, out=np.zeros(np.broadcast_shapes(at.shape, wide.shape)), where=wide > 0)
    part = np.clip(part, 0.0, 1.0)
    cut = low + part * (high - low)
    # Whoever stands left of the actual is charged its cdf, who stands right of it what is missing to 1.
    below = wide * part * (low * low + low * cut + cut * cut)
    a, b = 1 - cut, 1 - high
    above = wide * (1 - part) * (a * a + a * b + b * b)
    outside = np.maximum(x[..., 0] - y, 0.0) + np.maximum(y - x[..., -1], 0.0)
    return np.asarray((below + above).sum(axis=-1) / 3 + outside)


def below(x: Any, cdf: Any, actual: Any) -> tuple[Floats, Floats]:
    """(chance to be below the actual, chance to be at or below it), per law; they differ where the law jumps there."""
    x, cdf = _law(x, cdf)
    y = np.asarray(actual, np.float64)
    shape = np.broadcast_shapes(x.shape[:-1], y.shape)
    places, chances = (np.broadcast_to(one, (*shape, x.shape[-1])).reshape(-1, x.shape[-1]) for one in (x, cdf))
    wanted = np.broadcast_to(y, shape).reshape(-1)
    found = [_at(*one) for one in zip(places, chances, wanted.tolist(), strict=True)]
    low, high = np.array(found, np.float64).reshape(-1, 2).T
    return low.reshape(shape), high.reshape(shape)


def quantile(x: Any, cdf: Any, level: float) -> Floats:
    """The lowest place that is reached with the chance `level`, per law. ValueError unless 0 < level < 1."""
    if not 0 < level < 1:
        raise ValueError(f"a level is between 0 and 1, not {level}")
    x, cdf = _law(x, cdf)
    width = x.shape[-1]
    found = [_reached(*one, level) for one in zip(x.reshape(-1, width), cdf.reshape(-1, width), strict=True)]
    return np.array(found, np.float64).reshape(x.shape[:-1])


def mean(x: Any, cdf: Any) -> Floats:
    """The mean of each law, exactly: the last place less the area below the cdf."""
    x, cdf = _law(x, cdf)
    wide = x[..., 1:] - x[..., :-1]
    return np.asarray(x[..., -1] - (wide * (cdf[..., 1:] + cdf[..., :-1]) / 2).sum(axis=-1))


def steps(values: Any, chances: Any = None) -> tuple[Floats, Floats]:
    """The law (x, cdf) of single values with these chances, alike where none are given; chances are made to sum to 1."""
    values = np.asarray(values, np.float64)
    chances = np.ones(values.shape) if chances is None else np.asarray(chances, np.float64)
    if values.ndim != 1 or values.shape != chances.shape or not values.size or (chances < 0).any() or not chances.sum():
        raise ValueError("a law needs values, and for each a chance of at least 0")
    order = np.argsort(values, kind="stable")
    upto = np.cumsum(chances[order]) / chances.sum()
    upto[-1] = 1.0
    return with_jumps(values[order], np.append(0.0, upto[:-1]), upto)


def with_jumps(places: Any, left: Any, right: Any) -> tuple[Floats, Floats]:
    """The law (x, cdf) of a curve told by the chance to be below each place (left) and at or below it (right)."""
    x, left, right = (np.asarray(one, np.float64) for one in (places, left, right))
    return np.repeat(x, 2), np.column_stack([left, right]).ravel()


def pit(low: Any, high: Any, weight: Any = None, bins: int = 10) -> Floats:
    """Where in their laws did the actuals fall? The share of each of `bins` equal parts of 0..1; even, where laws were right.

    low, high: from `below`. An actual in a jump is spread over the jump, so that nothing is drawn (Czado, Gneiting and Held
    2009, doi 10.1111/j.1541-0420.2009.01191.x). A hump in the middle: ranges too wide; two horns: too narrow.
    """
    low, high = np.asarray(low, np.float64).ravel(), np.asarray(high, np.float64).ravel()
    if not low.size:
        raise ValueError("no forecast to look at")
    w = np.ones(low.shape) if weight is None else np.asarray(weight, np.float64).ravel()
    edges = np.linspace(0.0, 1.0, bins + 1)[:, None]
    jump = high - low
    part = np.divide(edges - low, jump, out=np.where(edges > low, 1.0, 0.0), where=jump > 0)
    part[-1] = 1.0
    return np.asarray((np.diff(np.clip(part, 0.0, 1.0), axis=0) * w).sum(axis=1) / w.sum())


def _law(x: Any, cdf: Any) -> tuple[Floats, Floats]:
    x, cdf = np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(cdf, np.float64))
    if x.shape[-1] < 1:
        raise ValueError("a law has at least one place")
    if (np.diff(x, axis=-1) < 0).any() or (np.diff(cdf, axis=-1) < 0).any():
        raise ValueError("the places of a law and its chances never fall")
    if (cdf < 0).any() or (cdf > 1).any() or np.isnan(x).any():
        raise ValueError("a chance lies between 0 and 1, and a place is a number")
    return x, cdf


def _at(x: Floats, cdf: Floats, y: float) -> tuple[float, float]:
    first, after = int(np.searchsorted(x, y, side="left")), int(np.searchsorted(x, y, side="right"))
    if first < after:
        # The last place holds all that is left.
        return float(cdf[first]) if first else 0.0, 1.0 if after == x.size else float(cdf[after - 1])
    if first in (0, x.size):
        return (0.0, 0.0) if first == 0 else (1.0, 1.0)
    found = float(np.interp(y, x[first - 1 : first + 1], cdf[first - 1 : first + 1]))
    return found, found


def _reached(x: Floats, cdf: Floats, level: float) -> float:
    place = int(np.searchsorted(cdf, level, side="left"))
    if place == 0 or place == x.size:
        return float(x[min(place, x.size - 1)])
    low, high = float(cdf[place - 1]), float(cdf[place])
    return float(x[place - 1] + (x[place] - x[place - 1]) * (level - low) / (high - low))
