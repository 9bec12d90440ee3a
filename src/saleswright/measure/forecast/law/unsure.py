"""How much does it matter that chances and amounts are estimates? Two numbers for the law, from draws and from past wins.

Parameters that are off move all deals together, as a bad quarter does. So what is not known of the chances is taken as a second
common shock, on the normal scale, and joins the first: exactly the same means, one number, no more work. The number is chosen so
that the expected bookings vary as they do over the draws, whoever the errors belong to (company, segment, stage).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Any

import numpy as np

from saleswright.measure.flow.columns import Floats
from saleswright.measure.forecast.law.normal import below, density, probit

_LARGEST = 1.0
_Z = np.arange(-40, 41) * 0.2
_GRID = 0.05

_PRIOR_WINS, _PRIOR_SPREAD, _FURTHEST = 10.0, 0.35, log(10.0)


def unsure(amount: Any, chance: Any, draws: Any, ratio_error: float = 0.0) -> float:
    """How far off may all chances be together? As a standard deviation on the normal scale, for `bookings(sure=...)`.

    draws: chances as they may truly be, (times, deals). ratio_error: the standard error of the log of the mean ratio, which
    moves all amounts together and is counted in.
    """
    value, p, many = (np.asarray(one, np.float64) for one in (amount, chance, draws))
    mean = float(value @ p)
    if mean <= 0 or many.shape[0] < 2:
        return 0.0
    wanted = float((many @ value).var(ddof=1)) + (ratio_error * mean) ** 2
    theta = probit(p)
    # Deals of like chance move alike, so a fine grid of chances stands for all.
    place = np.rint(theta / _GRID).astype(np.int64)
    points, where = np.unique(place, return_inverse=True)
    held, at = np.asarray(np.bincount(where.ravel(), value), np.float64), np.asarray(points * _GRID, np.float64)
    low, high = 0.0, _LARGEST
    if _variance(held, at, high) <= wanted:
        return high
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _variance(held, at, middle) < wanted else (low, middle)
    return (low + high) / 2


def _variance(value: Floats, theta: Floats, sure: float) -> float:
    """The variance of the expected sum, when all chances are off by one normal error."""
    r = sure * sure / (1 + sure * sure)
    given = value @ below((theta[:, None] + sqrt(r) * _Z) / sqrt(1 - r))
    weight = density(_Z) / density(_Z).sum()
    return float(weight @ (given - weight @ given) ** 2)


@dataclass(frozen=True)
class Ratio:
    """What wins are booked at, over their amount while they were open. mean: on average, low to high its 80 % range.

    spread: how much it varies from win to win, as the standard deviation of its log. error: that of the log of the mean. n:
    how many wins told of it.
    """

    mean: float
    spread: float
    error: float
    low: float
    high: float
    n: int


def ratio(booked: Any, said: Any) -> Ratio:
    """What became of the amounts of won deals, from what was booked and what was said while they were open?

    The mean is the ratio of the sums, which is what moves a total, drawn towards 1 as ten wins at 1 would; its error is that of a
    ratio estimate. A ratio beyond ten to one either way counts as ten: such an amount stood in until somebody knew better.
    Deals without both amounts are left out.
    """
    won, open_ = np.asarray(booked, np.float64), np.asarray(said, np.float64)
    kept = np.isfinite(won) & np.isfinite(open_) & (won > 0) & (open_ > 0)
    won, open_ = won[kept], open_[kept]
    logs = np.clip(np.log(won) - np.log(open_), -_FURTHEST, _FURTHEST)
    value = open_ * np.exp(logs)
    n = int(won.size)
    more = _PRIOR_WINS * (float(open_.mean()) if n else 1.0)
    mean = float((value.sum() + more) / (open_.sum() + more))
    around = logs - logs.mean() if n else logs
    variance = float((around @ around + _PRIOR_WINS * _PRIOR_SPREAD**2) / (n + _PRIOR_WINS))
    share = np.concatenate([open_, np.full(int(_PRIOR_WINS), more / _PRIOR_WINS)])
    share = share / share.sum()
    # Large deals tell more of the sum, and few of them tell less than many small ones.
    error = sqrt((exp(variance) - 1) * float(share @ share))
    return Ratio(mean, sqrt(variance), error, mean * exp(-1.2816 * error), mean * exp(1.2816 * error), n)
