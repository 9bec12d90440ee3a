"""Are large deals won less? How far the chance of a win bends with a deal's size, beside others of its segment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleswright.measure.flow.columns import Floats, Ints
from saleswright.measure.review.number.deals import Deals

BENDS = 0.3
FEWEST = 5
LOST_LACK = 0.2
# Sizes are told in five classes, so many standard deviations from the middle of the segment.
CUTS = np.array([-1.2, -0.4, 0.4, 1.2])


@dataclass(frozen=True, slots=True)
class Size:
    """The chance of a win goes with amount ** slope inside a segment; `unsure` is the slope's standard error.

    middle: the mean logarithm of an amount by segment. spread: the standard deviation round it. share, at: of the decided
    deals, how many stand in each class of size, and the mean distance from the middle there.
    """

    slope: float
    unsure: float
    middle: Floats
    spread: float
    share: Floats
    at: Floats

    def classes(self, deals: Deals) -> Ints:
        """The class of each deal; who has no amount stands in the middle."""
        z = np.log(deals.amount) - self.middle[deals.group]
        return np.where(np.isnan(z), 2, np.searchsorted(CUTS * self.spread, z))

    def draws(self, times: int, rng: np.random.Generator) -> Floats:
        """Factors on the chance, (times, classes); over all decided deals their mean is 1."""
        slope = self.slope + self.unsure * rng.standard_normal(times)
        bent = np.exp(slope[:, None] * self.at)
        return np.asarray(bent / (bent @ self.share)[:, None])


def size(known: Deals, since: int) -> Size:
    """The slope from how much smaller won deals are than decided ones, drawn towards none.

    Where the chance goes with exp(slope x z), the mean of z moves by slope x variance from the decided to the won. No slope
    where amounts are taken away from what was lost, for then the amount would tell the end.
    """
    decided = ~known.open & (known.exit >= since)
    has = known.amount > 0
    group, won = known.group[decided & has], known.won[decided & has]
    log = np.log(known.amount[decided & has])
    counted = np.maximum(np.bincount(group, minlength=known.groups), 1)
    middle = np.bincount(group, weights=log, minlength=known.groups) / counted
    whole = float(log.mean()) if log.size else 0.0
    middle = np.where(np.bincount(group, minlength=known.groups) > 0, middle, whole)
    z = log - middle[group]
    spread = float(z.std()) if z.size > 1 else 0.0
    all_won, all_lost = decided & known.won, decided & ~known.won
    lacking = all_lost.any() and all_won.any() and has[all_lost].mean() < has[all_won].mean() - LOST_LACK
    if min(won.sum(), (~won).sum()) < FEWEST or lacking or spread < 1e-6:
        return Size(0.0, 0.0, middle, max(spread, 1e-6), np.full(5, 0.2), np.zeros(5))
    found = float(z[won].mean()) / spread**2
    variance = (1 / won.sum() - 1 / won.size) / spread**2
    sure = 1 / variance + 1 / BENDS**2
    of = np.searchsorted(CUTS * spread, z)
    share = np.bincount(of, minlength=5) / of.size
    at = np.bincount(of, weights=z, minlength=5) / np.maximum(np.bincount(of, minlength=5), 1)
    return Size(found / variance / sure, float(1 / np.sqrt(sure)), middle, spread, share, at)
