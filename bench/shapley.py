"""How long does sharing out a miss over a million segments take? Against the logarithmic mean of the same arrays, and 2 s."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bench.line import SEED, Line, alternate, median, seconds, spread
from saleswright.measure.flow.miss.shapley import lmdi, shapley

LIMIT = 2.0
FACTORS = 4


def shapley_1m(small: bool, place: Path) -> Line:
    """Flow x average sale x conversion x timing, plan and actual, of a million segments."""
    del place
    segments = 10_000 if small else 1_000_000
    rng = np.random.default_rng(SEED)
    plan, actual = (list(rng.lognormal(0.0, 0.5, (FACTORS, segments))) for _ in range(2))
    # A segment without wins is normal; the logarithmic mean cannot say anything of it.
    actual[2][:: max(2, segments // 100)] = 0.0

    ours, baseline = alternate(
        lambda: seconds(lambda: shapley(plan, actual)),
        lambda: seconds(lambda: lmdi(plan, actual)),
        runs=3 if small else 7,
    )
    found, change = shapley(plan, actual), np.prod(actual, axis=0) - np.prod(plan, axis=0)
    residual = float(np.abs(found.sum(axis=0) - change).max() / np.abs(change).max())
    undefined = int(np.isnan(lmdi(plan, actual)[0]).sum())
    note = (
        f"{segments:,} segments x {FACTORS} factors: {spread('ours', ours)}; {spread('LMDI', baseline)}, which cannot say "
        f"anything of {undefined:,} segments; largest residual {residual:.1e} of the largest change"
    )
    met = median(ours) <= LIMIT and residual <= 1e-9
    target = f"within {LIMIT:.0f} s, residual at most 1e-9"
    return Line("shapley_1m", median(ours), median(baseline), target, met, "s", len(ours), note)
