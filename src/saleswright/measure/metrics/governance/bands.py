"""Between which values does a metric of ours usually lie? Percentile bands of its own whole periods, never an industry's.

A band is of one level: where it changed for good, the periods before have a band of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

from saleswright.kernel.report import Figure, Value
from saleswright.lib.dist import quantile
from saleswright.lib.limits import FEWEST
from saleswright.measure.metrics.governance.said import like, said
from saleswright.measure.metrics.governance.wobble import Spot, Wobble

LEVELS = (0.10, 0.25, 0.50, 0.75, 0.90)


@dataclass(frozen=True, slots=True)
class Band:
    """The percentiles P10, P25, P50, P75 and P90 of one level's periods, from `first` to `last`."""

    first: Spot
    last: Spot
    n: int
    values: tuple[Value, ...]
    sentence: str


def bands(made: Wobble, along: str = "month") -> list[Band]:
    """One band per level, the latest last; none of fewer than six periods. Of a balance all periods are one level."""
    told = [spot for spot in made.spots if spot.figure.value is not None and (spot.limit or made.chart == "level")]
    starts = [spot.period for spot in made.changes]
    levels: list[list[Spot]] = [[]]
    for spot in told:
        if spot.period in starts:
            levels.append([])
        levels[-1].append(spot)
    return [_band(level, along) for level in levels if len(level) >= FEWEST]


def _band(level: list[Spot], along: str) -> Band:
    ordered = sorted(spot.size for spot in level)
    figure = level[-1].figure
    values = tuple(_value(figure, quantile(ordered, share) or 0.0) for share in LEVELS)
    return Band(level[0], level[-1], len(level), values, _sentence(level, along))


def _value(figure: Figure, size: float) -> Value:
    return like(figure, size)


def _sentence(level: list[Spot], along: str) -> str:
    """9 of the last 10: the one farthest from the middle left out. All of them, where there are fewer than ten."""
    last = level[-10:]
    unit, figure = last[-1].figure.unit, last[-1].figure
    kept = last
    if len(last) == 10:
        middle = quantile(sorted(spot.size for spot in last), 0.5) or 0.0
        farthest = max(last, key=lambda spot: abs(spot.size - middle))
        kept = [spot for spot in last if spot is not farthest]
    low, high = min(spot.size for spot in kept), max(spot.size for spot in kept)
    many = (
        f"9 of your last 10 {along}s" if len(last) == 10 else f"All {len(last)} {along}s since {last[0].period.label}"
    )
    return f"{many} lay between {said(like(figure, low), unit)} and {said(like(figure, high), unit)}."
