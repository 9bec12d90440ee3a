"""How far off was one number? Errors over what came in, the lean to one side, and the error beside a naive one.

A weight, where it is given, says how much a row counts (`bands.once_each` makes all weeks of a period count as one period).
A figure that cannot be told is None: there is nothing to divide by.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from saleswright.measure.flow.columns import Floats


def wape(forecast: Any, actual: Any, weight: Any = None) -> float | None:
    """How much was missed for each unit that came in? Sum of |actual - forecast| / sum of |actual|; None over nothing.

    Formulas 4.5. Rows with forecasts too high and too low do not cancel. ValueError where the columns do not match.
    """
    f, a, w = _columns(forecast, actual, weight)
    return _over(float((w * np.abs(a - f)).sum()), float((w * np.abs(a)).sum()))


def bias(forecast: Any, actual: Any, weight: Any = None) -> float | None:
    """To which side did it lean? Sum of (forecast - actual) / sum of |actual|: above 0 too much was forecast; None over 0."""
    f, a, w = _columns(forecast, actual, weight)
    return _over(float((w * (f - a)).sum()), float((w * np.abs(a)).sum()))


def accuracy_of_total(forecast: Any, actual: Any) -> float | None:
    """1 - |total forecast - total actual| / |total actual|. Errors cancel in it, so it never stands alone. None over nothing."""
    f, a, _ = _columns(forecast, actual, None)
    missed = _over(abs(float(f.sum() - a.sum())), abs(float(a.sum())))
    return None if missed is None else 1.0 - missed


def mase(forecast: Any, actual: Any, history: Any, season: int = 1) -> float | None:
    """The mean error in units of the seasonal naive's: below 1 it was nearer than last season's value was in the history.

    Mean |actual - forecast| / mean |x_t - x_(t-season)| over the history before the first forecast (Hyndman and Koehler
    2006, doi 10.1016/j.ijforecast.2006.03.001). None where the history has no two seasons, or repeats itself exactly.
    """
    f, a, _ = _columns(forecast, actual, None)
    past = np.asarray(history, np.float64)
    if season < 1:
        raise ValueError(f"a season has at least one period, not {season}")
    if past.size <= season or not f.size:
        return None
    return _over(float(np.abs(a - f).mean()), float(np.abs(past[season:] - past[:-season]).mean()))


def _columns(forecast: Any, actual: Any, weight: Any) -> tuple[Floats, Floats, Floats]:
    f, a = np.asarray(forecast, np.float64), np.asarray(actual, np.float64)
    w = np.ones(f.shape) if weight is None else np.asarray(weight, np.float64)
    if not f.shape == a.shape == w.shape:
        raise ValueError(f"{f.shape} forecasts, {a.shape} actuals, {w.shape} weights")
    if not (np.isfinite(f).all() and np.isfinite(a).all()):
        raise ValueError("a forecast or an actual is not a number: leave out what was not forecast, and say how many")
    return f, a, w


def _over(above: float, below: float) -> float | None:
    return above / below if below > 0 else None
