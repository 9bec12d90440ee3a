"""A share that keeps both of its sides, and the likely range of proportions, quantiles and means."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from saleswright.lib.money import Money, exponent

# Two-sided normal quantiles, tabled because importing statistics costs more than the rest of this module.
_Z = {0.80: 1.2815515655446004, 0.90: 1.6448536269514722, 0.95: 1.959963984540054, 0.99: 2.5758293035489004}


@dataclass(frozen=True, slots=True)
class Ratio:
    """What part, or how much for each? Keeps numerator and denominator, so that ratios add as Σnum / Σden.

    Sides are whole counts or Money; two Money sides are of one currency. Nothing over zero is a number: `value` is
    None and `reason` says why. Raises TypeError for a float side or mixed currencies.
    """

    numerator: int | Money
    denominator: int | Money

    def __post_init__(self) -> None:
        for side in (self.numerator, self.denominator):
            if type(side) is not int and not isinstance(side, Money):
                raise TypeError(f"a Ratio is of whole counts or Money, not {type(side).__name__}")
        num, den = self.numerator, self.denominator
        if isinstance(num, Money) and isinstance(den, Money) and num.currency != den.currency:
            raise TypeError(f"Money never mixes: {num.currency} over {den.currency}")

    @property
    def exact(self) -> Fraction | None:
        """The quotient without rounding, money in major units; None over zero."""
        below = _exact(self.denominator)
        return _exact(self.numerator) / below if below else None

    @property
    def value(self) -> float | None:
        """The quotient as the nearest float (for a share 0.25, for Money over a count major units); None over zero."""
        quotient = self.exact
        return None if quotient is None else float(quotient)

    @property
    def reason(self) -> str | None:
        """Why is there no value? None when there is one."""
        return None if _exact(self.denominator) else "nothing to divide by: the denominator is 0"

    def per_unit(self) -> Money | None:
        """How much money for each one? Money over a count, rounded half to even to the minor unit; None over zero.

        Raises TypeError unless the numerator is Money and the denominator a count.
        """
        num, den = self.numerator, self.denominator
        if not isinstance(num, Money) or isinstance(den, Money):
            raise TypeError("per_unit is of Money over a count")
        return Money(round(Fraction(num.minor, den)), num.currency) if den else None

    def __add__(self, other: Ratio) -> Ratio:
        if not isinstance(other, Ratio):
            return NotImplemented
        return Ratio(_plus(self.numerator, other.numerator), _plus(self.denominator, other.denominator))


def wilson(successes: int, n: int, level: float = 0.80) -> tuple[float, float] | None:
    """Where does the true proportion likely lie, given `successes` of `n`? None when n is 0.

    Wilson's score interval, two-sided at `level` (Wilson 1927, JASA 22:209); inside [0, 1] for any count.
    Raises ValueError unless 0 <= successes <= n.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is not a proportion")
    if n == 0:
        return None
    z = _z(level)
    share, spread = successes / n, z * z / n
    middle = share + spread / 2
    half = z * math.sqrt((share * (1 - share) + spread / 4) / n)
    low = 0.0 if successes == 0 else (middle - half) / (1 + spread)
    high = 1.0 if successes == n else (middle + half) / (1 + spread)
    return max(0.0, low), min(1.0, high)


def order_statistic_ranks(n: int, q: float, level: float = 0.80) -> tuple[int, int] | None:
    """Which two of `n` sorted values enclose the true `q`-quantile with probability `level` or more?

    Returns 0-based ranks (low, high), low < high: the interval is [sorted[low], sorted[high]]. It needs no assumption
    about the distribution: the number of values below the quantile is Binomial(n, q), so the coverage is
    P(low < K <= high) (David and Nagaraja 2003, Order Statistics, 7.1). The narrowest such pair is chosen by growing
    from the likeliest count towards the likelier neighbour, exact for every n. None when even the smallest and the
    largest value do not give the level. Raises ValueError unless 0 < q < 1.
    """
    if not 0 < q < 1:
        raise ValueError(f"a quantile is between 0 and 1, not {q}")
    _check_level(level)
    if n < 2 or 1 - q**n - (1 - q) ** n < level:
        return None
    odds = q / (1 - q)
    low = high = min(max(int((n + 1) * q), 1), n - 1)
    log_choose = math.lgamma(n + 1) - math.lgamma(low + 1) - math.lgamma(n - low + 1)
    at_low = at_high = math.exp(log_choose + low * math.log(q) + (n - low) * math.log1p(-q))
    covered = at_low
    while covered < level - 1e-12:
        below = at_low * low / ((n - low + 1) * odds) if low > 1 else -1.0
        above = at_high * (n - high) / (high + 1) * odds if high < n - 1 else -1.0
        if below < 0 and above < 0:
            return None
        if below >= above:
            low, at_low = low - 1, below
            covered += below
        else:
            high, at_high = high + 1, above
            covered += above
    return low - 1, high


def mean_interval(n: int, total: float, total_sq: float, level: float = 0.80) -> tuple[float, float] | None:
    """Where does the true mean likely lie, given the count, the sum and the sum of squares of the values?

    Student's interval, mean ± t·s/√n with n - 1 degrees of freedom, in the unit of the values; assumes means near
    normal. t comes from the Cornish-Fisher expansion in 1/ν (Abramowitz and Stegun 1964, 26.7.5), closed forms for
    ν = 1 and 2; within 0.1 % of exact at the default level, 1 % at 0.99. None below two values: one value says
    nothing about spread.
    """
    if n < 2:
        return None
    mean = total / n
    variance = max(0.0, (total_sq - total * mean) / (n - 1))
    half = _t(level, n - 1) * math.sqrt(variance / n)
    return mean - half, mean + half


def share_interval(
    n: int, part: float, whole: float, part_sq: float, whole_sq: float, level: float = 0.80
) -> tuple[float, float] | None:
    """Where does the true share of an amount likely lie, given the sums and the sums of squares of a part and the whole?

    For R = Σx / Σy where each x is y or 0: the linearised variance n/(n-1) · Σ(x - R·y)² / (Σy)², which is what a
    bootstrap of the rows converges to (Cochran 1977, Sampling Techniques, 6.4); here Σx² = Σxy = `part_sq`. Student's t
    with n - 1 degrees of freedom, cut to [0, 1] where the part lies inside the whole. None below two rows or over zero.
    """
    band = ratio_interval(n, part, whole, part_sq, part_sq, whole_sq, level)
    if band is None or not 0 <= part <= whole:
        return band
    return max(0.0, band[0]), min(1.0, band[1])


def ratio_interval(
    n: int, above: float, below: float, above_sq: float, cross: float, below_sq: float, level: float = 0.80
) -> tuple[float, float] | None:
    """Where does a ratio of sums likely lie, given the sums, the sums of squares and the sum of products of both sides?

    For R = Σx / Σy over n rows: the linearised variance n/(n-1) · Σ(x - R·y)² / (Σy)², which is what a bootstrap of the
    rows converges to (Cochran 1977, Sampling Techniques, 6.4); Student's t with n - 1 degrees of freedom. None below two
    rows or over zero.
    """
    if n < 2 or below <= 0:
        return None
    ratio = above / below
    spread = max(0.0, above_sq - 2 * ratio * cross + ratio * ratio * below_sq)
    half = _t(level, n - 1) * math.sqrt(spread * n / (n - 1)) / below
    return ratio - half, ratio + half


def _t(level: float, freedom: int) -> float:
    _check_level(level)
    if freedom == 1:
        return math.tan(math.pi * level / 2)
    if freedom == 2:
        return level * math.sqrt(2 / (1 - level * level))
    z, v = _z(level), float(freedom)
    s = z * z
    g1 = (s + 1) / 4
    g2 = ((5 * s + 16) * s + 3) / 96
    g3 = (((3 * s + 19) * s + 17) * s - 15) / 384
    g4 = ((((79 * s + 776) * s + 1482) * s - 1920) * s - 945) / 92160
    return z * (1 + g1 / v + g2 / v**2 + g3 / v**3 + g4 / v**4)


def _z(level: float) -> float:
    _check_level(level)
    if level in _Z:
        return _Z[level]
    from statistics import NormalDist

    return NormalDist().inv_cdf((1 + level) / 2)


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"a level is between 0 and 1, like 0.8, not {level}")


def _exact(side: int | Money) -> Fraction:
    return Fraction(side.minor, 10 ** exponent(side.currency)) if isinstance(side, Money) else Fraction(side)


def _plus(left: int | Money, right: int | Money) -> int | Money:
    if isinstance(left, Money) and isinstance(right, Money):
        return left + right
    if isinstance(left, Money) or isinstance(right, Money):
        raise TypeError("Money never mixes with counts")
    return left + right
