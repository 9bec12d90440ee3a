"""How sure is a share that was seen in so many cases? Wilson's range for whole columns, and for shares of parts of cases."""

from __future__ import annotations

from math import comb, floor
from typing import Any

import numpy as np

from saleswright.measure.flow.columns import Floats, Ints

LEVEL = 0.80


def wilson(share: Any, n: Any, level: float = LEVEL) -> tuple[Floats, Floats]:
    """(low, high) of the true share, given the mean of n independent values between 0 and 1; nan where n is 0.

    Wilson 1927, JASA 22:209. A value between 0 and 1 wobbles no more than a yes or no with the same mean, so for means of
    such values the range is wide enough, and it never has no width. ValueError where a share is outside 0..1.
    """
    from statistics import NormalDist

    share, n = np.broadcast_arrays(np.asarray(share, np.float64), np.asarray(n, np.float64))
    seen = n > 0
    if ((share[seen] < 0) | (share[seen] > 1)).any():
        raise ValueError("a share lies between 0 and 1")
    z = NormalDist().inv_cdf((1 + level) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = z * z / n
        middle = share + spread / 2
        half = z * np.sqrt((share * (1 - share) + spread / 4) / n)
        low = np.where(share == 0, 0.0, np.maximum((middle - half) / (1 + spread), 0.0))
        high = np.where(share == 1, 1.0, np.minimum((middle + half) / (1 + spread), 1.0))
    return np.where(seen, low, np.nan), np.where(seen, high, np.nan)


def at_most(held: float, n: int, chance: float) -> float:
    """The chance that of n independent cases at most `held` come true, each with `chance`. Between whole numbers a line."""
    k = floor(held)
    whole = sum(_exactly(i, n, chance) for i in range(min(k, n) + 1))
    return min(1.0, whole + (held - k) * _exactly(k + 1, n, chance))


def _exactly(k: int, n: int, chance: float) -> float:
    return comb(n, k) * chance**k * (1 - chance) ** (n - k) if 0 <= k <= n else 0.0


def once_each(case: Ints) -> Floats:
    """Weights that make all rows of one case count as one case: 1 / how many rows it has."""
    _, place, rows = np.unique(np.asarray(case), return_inverse=True, return_counts=True)
    return np.asarray(1.0 / rows[place], np.float64)
