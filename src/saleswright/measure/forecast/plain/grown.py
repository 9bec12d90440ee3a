"""How does a factor grow on? The published growth method, month by month: seasonal, or month over month, or a flat mean.

Formulas 4.1. A factor is an amount a month (new deals, revenue) or a ratio (average sale, time to close, conversion), of which
both sides are given, so that growth is always a ratio of sums: months in which nothing happened break nothing.

* seasonal, from 24 months on: x(t+h) = x(t+h-12) (1 + g), g = last `window` months / the same months a year ago - 1;
* else, from 6 months on: x(t+h) = x(t) (1 + g)^(0.9 h), g = last `window` months / the `window` months one month earlier - 1,
  which is the mean monthly growth (of a series that grows evenly, exactly), held within 20 % a month;
* else the mean of all months.

Conversion grows on the logit scale: (1 + g) is the growth of its odds.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np

from saleswright.measure.flow.columns import Floats

WINDOWS = (3, 6, 12)
DAMPED = 0.9
LIMIT = 0.20
YEAR = 12
SEASONAL_FROM, MONTHLY_FROM = 24, 6


@dataclass(frozen=True, slots=True)
class Path:
    """What a factor will be in each month ahead; nan where it cannot be told. way: which step of the chain it came to."""

    values: Floats
    way: str


def grown(
    above: Any, below: Any = None, *, ahead: int, window: int, seasonal: bool = False, odds: bool = False
) -> Path:
    """The factor in the `ahead` months after the last one. above, below: a month each, oldest first; below: None for amounts.

    odds: the factor is above / (above + below), such as won and lost, and its odds grow. ValueError where the columns do not
    match, a value is no number, or the window is none of 3, 6, 12.
    """
    a = np.asarray(above, np.float64)
    b = np.ones(a.shape) if below is None else np.asarray(below, np.float64)
    if a.ndim != 1 or a.shape != b.shape or not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError(f"{a.shape} and {b.shape} months")
    if window not in WINDOWS or ahead < 1:
        raise ValueError(f"a window is one of {WINDOWS}, not {window}; at least one month is ahead, not {ahead}")
    if seasonal and a.size >= SEASONAL_FROM:
        return Path(_seasonal(a, b, ahead, window, odds), "seasonal")
    if a.size >= MONTHLY_FROM:
        return Path(_monthly(a, b, ahead, min(window, a.size - 1), odds), "month over month")
    level = _level(a.sum(), b.sum(), odds)
    return Path(np.full(ahead, _back(level, odds)), "mean of all months" if a.size else "no months")


def _monthly(a: Floats, b: Floats, ahead: int, window: int, odds: bool) -> Floats:
    now = _level(a[-window:].sum(), b[-window:].sum(), odds)
    before = _level(a[-window - 1 : -1].sum(), b[-window - 1 : -1].sum(), odds)
    step = float(np.clip(_growth(now, before), log(1 - LIMIT), log(1 + LIMIT)))
    return _back(_last(a, b, odds) + step * DAMPED * np.arange(1, ahead + 1), odds)


def _seasonal(a: Floats, b: Floats, ahead: int, window: int, odds: bool) -> Floats:
    now = _level(a[-window:].sum(), b[-window:].sum(), odds)
    ago = slice(a.size - YEAR - window, a.size - YEAR)
    before = _level(a[ago].sum(), b[ago].sum(), odds)
    step = float(np.clip(_growth(now, before), YEAR * log(1 - LIMIT), YEAR * log(1 + LIMIT)))
    whole = _level(a[-YEAR:].sum(), b[-YEAR:].sum(), odds)
    year = [_level(*pair, odds) for pair in zip(a[-YEAR:], b[-YEAR:], strict=True)]
    # A month of a ratio in which nothing happened is as the year was.
    levels = [whole if np.isnan(one) else one for one in year]
    for _ in range(ahead):
        levels.append(levels[-YEAR] + step)
    return _back(np.array(levels[YEAR:]), odds)


def _last(a: Floats, b: Floats, odds: bool) -> float:
    """The level of the last month that has one: of a ratio, in which there was anything to divide by."""
    there = np.flatnonzero((a + b if odds else b) > 0)
    return _level(a[there[-1]], b[there[-1]], odds) if there.size else float("nan")


def _level(above: float, below: float, odds: bool) -> float:
    """The logarithm of the ratio, or of the odds; minus infinity of nothing, nan where there is nothing to divide by.

    Odds of none won or none lost are those of half a deal more on either side (Haldane 1956), for a logit needs both.
    """
    if odds and above + below > 0 and not (above > 0 and below > 0):
        above, below = above + 0.5, below + 0.5
    if below <= 0 or above < 0:
        return float("nan")
    return log(above / below) if above > 0 else -np.inf


def _growth(now: float, before: float) -> float:
    """Of nothing, or to something out of nothing, no growth is known, and it is taken for none."""
    if not np.isfinite(before):
        return 0.0
    return now - before if not np.isnan(now) else 0.0


def _back(level: Any, odds: bool) -> Floats:
    level = np.asarray(level, np.float64)
    return np.asarray(1 / (1 + np.exp(-level)) if odds else np.exp(level))
