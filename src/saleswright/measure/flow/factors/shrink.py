"""What do few deals say? Their own figure drawn towards their parent's, which counts as so many deals more.

Win rate: (won + kappa x parent's rate) / (decided + kappa). Deal size: (sum + kappa x parent's mean) / (wins + kappa).
kappa is 20: with 7 of 20 won under a parent that wins 30 % it is (7 + 6) / (20 + 20) = .325, golden vector G14.
"""

from __future__ import annotations

from fractions import Fraction
from math import sqrt

from saleswright.lib.ratio import mean_interval
from saleswright.measure.metrics.figures import Sums

KAPPA = 20
_Z = 1.2815515655446004


def rate(won: int, decided: int, parent: Fraction, kappa: int = KAPPA) -> Fraction:
    """The drawn win rate, exactly. ValueError where more were won than decided, or nothing stands behind either."""
    if not 0 <= won <= decided or decided + kappa <= 0:
        raise ValueError(f"{won} of {decided} is not a proportion")
    return (won + kappa * parent) / (decided + kappa)


def rate_interval(share: float, decided: int, kappa: int = KAPPA) -> tuple[float, float]:
    """Wilson's 80 % interval of a drawn rate, as if the parent's share had been seen `kappa` times."""
    n = decided + kappa
    spread = _Z * _Z / n
    middle = share + spread / 2
    half = _Z * sqrt((share * (1 - share) + spread / 4) / n)
    return max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread))


def mean(own: Sums, parent: Sums, kappa: int = KAPPA) -> Fraction:
    """The drawn mean in minor units, exactly. ValueError where the parent has none."""
    if not parent.n:
        raise ValueError("the parent has no mean")
    return (own.total + kappa * Fraction(parent.total, parent.n)) / (own.n + kappa)


def mean_range(own: Sums, parent: Sums, kappa: int = KAPPA) -> tuple[float, float] | None:
    """Student's 80 % interval of a drawn mean, as if `kappa` of the parent's deals had been among its own."""
    share = kappa / parent.n
    return mean_interval(own.n + kappa, own.total + share * parent.total, own.squares + share * parent.squares)
