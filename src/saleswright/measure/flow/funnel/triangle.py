"""What will a young cohort come to? Chain ladder: cohorts that are older tell how much is still to come at each age.

`c[i, k]` is how many of cohort i were won by the end of age k. The factor of age k is what all cohorts that have age k + 1
had then, over what the same ones had at age k; a young cohort is carried on by the factors of the ages it has not reached.
Where nothing is won yet a factor has nothing to multiply, so the first win comes by the older cohorts' share of their deals.
The 80 % range comes of draws: each factor as its counts leave it uncertain (Gamma), what comes next by a Poisson that
is as much wider as the older cohorts' own steps were, which is Mack's variance in proportion to what stands (Mack 1993;
England and Verrall 2002). Never more than the cohort has left to win.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saleswright.measure.flow.columns import Floats, Ints

DRAWS = 2000
FEWEST = 3
"""An age counts while so many cohorts have reached it."""


@dataclass(frozen=True)
class Completed:
    """By cohort: what it has, what it will have come to, the 80 % range of that, and whether it is that old already.

    factors[k] leads from age k to k + 1.
    """

    factors: Floats
    so_far: Floats
    point: Floats
    low: Floats
    high: Floats
    mature: NDArray[np.bool_]


def factors(c: Floats, reached: Ints) -> Floats:
    """The development factors, (ages - 1,): 1 where nothing stands to be carried on. reached: each cohort's last age."""
    found = []
    for k in range(c.shape[1] - 1):
        old = reached > k
        before, after = c[old, k].sum(), c[old, k + 1].sum()
        found.append(after / before if before > 0 else 1.0)
    return np.array(found)


def complete(c: Floats, size: Ints, gone: Ints, reached: Ints, seed: int = 0) -> Completed:
    """Carry every cohort on to the last age. c: (cohorts, ages), cumulative; size: its deals; gone: lost for good so far."""
    ages = c.shape[1]
    found = factors(c, reached)
    rng = np.random.default_rng(seed)
    steps = []
    for k in range(ages - 1):
        old = reached > k
        grown = float((c[old, k + 1] - c[old, k]).sum())
        had = float(c[old, k].sum())
        steps.append((grown, had, float(size[old].sum()), _spread(c[old, k], c[old, k + 1], grown, had)))
    so_far = c[np.arange(len(c)), reached]
    point, low, high = so_far.copy(), so_far.copy(), so_far.copy()
    for i, age in enumerate(reached.tolist()):
        if age >= ages - 1:
            continue
        room = float(size[i] - gone[i])
        mean, drawn = float(so_far[i]), np.full(DRAWS, float(so_far[i]))
        for grown, had, deals, spread in steps[age:]:
            mean = mean * (1 + grown / had) if mean > 0 and had > 0 else mean + size[i] * grown / max(deals, 1.0)
            pace = rng.gamma((grown + 0.5) / spread, spread, DRAWS)
            by_won = drawn * pace / had if had > 0 else np.zeros(DRAWS)
            rate = np.where((drawn > 0) & (had > 0), by_won, size[i] * pace / max(deals, 1.0))
            if spread > 1:
                rate = rng.gamma(np.maximum(rate, 1e-12) / (spread - 1), spread - 1)
            drawn = np.minimum(drawn + rng.poisson(rate), room)
        point[i] = min(mean, room)
        low[i], high[i] = np.quantile(drawn, (0.1, 0.9), method="inverted_cdf")
    return Completed(found, so_far, point, low, high, reached >= ages - 1)


def _spread(before: Floats, after: Floats, grown: float, had: float) -> float:
    """How many times as much the steps of one age vary as Poisson counts would; at least 1."""
    if had <= 0 or grown <= 0 or before.size < FEWEST:
        return 1.0
    some = before > 0
    due = before[some] * grown / had
    return max(1.0, float(((after[some] - before[some] - due) ** 2 / due).sum() / max(1, some.sum() - 1)))
