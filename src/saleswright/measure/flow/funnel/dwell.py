"""How long do deals stay in a stage? The distribution of visits, those that are not over counted as at least so long.

The middle of ended visits alone leans low, for slow deals are the ones still there. So the share still there after so many
days is that of Kaplan and Meier (1958): at each day the visits that ended, of those that had lasted so long. P25 to P90 are
the first day by which so many had left; their 80 % range is that of the curve (Greenwood's variance, on the log-log scale
as in Brookmeyer and Crowley 1982). Null where so many have not left yet.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from math import inf

import numpy as np

from saleswright.measure.flow.columns import Bools, Floats, Ints

QUANTILES = (0.25, 0.5, 0.75, 0.9)
BUCKETS = (0, 4, 8, 15, 31, 61, 91, 181, inf)
"""Ends of the histogram's bars, in days: within 3 days, a week, two weeks, a month, two, three, half a year, longer."""

FEWEST = 10
_Z = 1.2815515594600038
"""80 % of a normal curve lie within so many standard deviations."""


@dataclass(frozen=True)
class Dwell:
    """Visits of one stage. n: all; there: those not over. stay: share still there after each day of `days`."""

    n: int
    there: int
    days: Ints
    stay: Floats
    low: Floats
    high: Floats
    bars: tuple[int, ...]

    def quantile(self, share: float) -> tuple[int | None, int | None, int | None]:
        """The day by which that share had left, and its 80 % range; None for what is not reached."""
        rest = 1 - share + 1e-12
        value, low, high = (_first(self.days, curve <= rest) for curve in (self.stay, self.low, self.high))
        return value, low, high


def dwell(days: Ints, over: Bools) -> Dwell:
    """The distribution of visits that lasted `days`, `over` where they ended."""
    at, place = np.unique(days, return_inverse=True)
    ended = np.bincount(place, weights=over, minlength=at.size)
    seen = np.bincount(place, minlength=at.size)
    at_risk = seen[::-1].cumsum()[::-1].astype(np.float64)
    stay = np.cumprod(1 - np.divide(ended, at_risk, out=np.zeros_like(at_risk), where=at_risk > 0))
    rest = at_risk - ended
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(np.where(rest > 0, ended / (at_risk * rest), 0.0))
        log = np.log(stay)
        spread = _Z * np.sqrt(greenwood) / np.abs(log)
        inside = (stay > 0) & (stay < 1)
        low = np.where(inside, stay ** np.exp(spread), stay)
        high = np.where(inside, stay ** np.exp(-spread), stay)
    edges = np.array([*BUCKETS[:-1], 1 << 40])
    bars = np.histogram(days[over], edges)[0]
    return Dwell(int(days.size), int((~over).sum()), at, stay, low, high, tuple(int(n) for n in bars))


def _first(days: Ints, reached: Bools) -> int | None:
    place = int(np.argmax(reached)) if reached.any() else -1
    return int(days[place]) if place >= 0 else None


def bucket_words() -> list[str]:
    """The bars' names."""
    names = []
    for low, high in itertools.pairwise(BUCKETS):
        names.append(f"{low} days or more" if high == inf else f"{low} to {int(high) - 1} days")
    return names
