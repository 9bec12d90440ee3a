"""Is this month out of the ordinary? The limits of normal wobble of a share: a p-chart with three sigma.

Shewhart's control chart for fractions with subgroups of unequal size (Montgomery, Introduction to Statistical Quality
Control, 7.3): centre = all hits / all trials, limits = centre -+ 3 * sqrt(centre * (1 - centre) / n), cut at 0 and 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from saleswright.kernel.report import Figure

SIGMAS = 3.0
_ENOUGH_POINTS = 6


@dataclass(frozen=True, slots=True)
class Limit:
    """Where one point falls when nothing changes."""

    lower: float
    centre: float
    upper: float


def limits(figures: Sequence[Figure]) -> list[Limit | None]:
    """One limit per share that knows its n, None for the others; all None when fewer than six know it."""
    counted = [_counts(figure) for figure in figures]
    known = [pair for pair in counted if pair]
    if len(known) < _ENOUGH_POINTS:
        return [None] * len(figures)
    centre = math.fsum(hits for hits, _ in known) / math.fsum(n for _, n in known)
    found: list[Limit | None] = []
    for pair in counted:
        if pair is None:
            found.append(None)
            continue
        reach = SIGMAS * math.sqrt(centre * (1 - centre) / pair[1])
        found.append(Limit(max(0.0, centre - reach), centre, min(1.0, centre + reach)))
    return found


def outside(figure: Figure, limit: Limit | None) -> bool:
    """Is the figure beyond its limits?"""
    value = figure.value
    if limit is None or not isinstance(value, (int, float)):
        return False
    return not limit.lower <= value <= limit.upper


def _counts(figure: Figure) -> tuple[float, float] | None:
    """Hits and trials of a share, when it tells them."""
    if figure.unit != "share" or not isinstance(figure.value, (int, float)):
        return None
    if figure.of and all(isinstance(side, (int, float)) for side in figure.of) and figure.of[1]:
        return float(figure.of[0]), float(figure.of[1])  # type: ignore[arg-type]
    return (figure.value * figure.n, float(figure.n)) if figure.n else None
