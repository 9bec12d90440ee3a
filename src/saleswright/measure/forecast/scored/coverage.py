"""How often did the ranges hold, and how sure is that? Counted in independent periods, never in weeks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from saleswright.measure.flow.columns import Ints
from saleswright.measure.forecast.scored.bands import LEVEL, once_each, wilson


@dataclass(frozen=True, slots=True)
class Held:
    """How often ranges of one kind held. Of no forecast at all the shares and widths are None.

    share: of periods; a period of which several ranges were told counts with the share of them that held. low, high: where
    the true share likely lies (80 %, Wilson), with n = periods. rows: the ranges told, only detail. above, below: the shares
    of actuals beyond either end. width: the mean width in the amounts' unit; relative: over the mean size of what came in.
    """

    level: float
    share: float | None
    low: float | None
    high: float | None
    periods: int
    rows: int
    above: float | None
    below: float | None
    width: float | None
    relative: float | None

    @property
    def held(self) -> float:
        """In how many periods, as a count; with parts of periods where some weeks held and some did not."""
        return round((self.share or 0.0) * self.periods, 9)


def coverage(low: Any, high: Any, actual: Any, period: Ints, level: float = LEVEL) -> Held:
    """How often was the actual inside its range, both ends included? One row per range told; period: which it is about.

    All ranges about one period share one outcome, so they are averaged first and count as one (otherwise thirteen weeks of
    a quarter would look like thirteen quarters). Teams of one period share its market: they count as one period too.
    ValueError where an end is no number, lies beyond the other, or the columns do not match.
    """
    low, high, actual = (np.asarray(one, np.float64) for one in (low, high, actual))
    period = np.asarray(period)
    if not low.shape == high.shape == actual.shape == period.shape:
        raise ValueError(f"{low.shape} low ends, {high.shape} high, {actual.shape} actuals, {period.shape} periods")
    if not (low <= high).all() or np.isnan(actual).any():
        raise ValueError("a range has two ends in order, and an actual: leave out what was not told, and say how many")
    if not low.size:
        return Held(level, None, None, None, 0, 0, None, None, None, None)
    weight = once_each(period)
    periods = np.unique(period).size

    def share(one: Any) -> float:
        # A sum of thirteenths must not pass for more than all.
        return min(1.0, float((weight * one).sum()) / periods)

    inside = share((low <= actual) & (actual <= high))
    from_, to = wilson(inside, periods)
    width, size = float((weight * (high - low)).sum()), float((weight * np.abs(actual)).sum())
    return Held(
        level=level,
        share=inside,
        low=float(from_),
        high=float(to),
        periods=periods,
        rows=low.size,
        above=share(actual > high),
        below=share(actual < low),
        width=width / periods,
        relative=width / size if size > 0 else None,
    )
