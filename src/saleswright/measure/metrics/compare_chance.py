"""Is a change more than chance? Judged by counts and likely ranges of both sides, said in words.

Two proportions by the pooled test, two counts by their share of both (equal chances by day, for counts that come one by
one), other figures by their likely ranges. When nothing changed, a change within
normal variation comes more than once in 5 times, one beyond it less than once in 20; what lies between is a hint.
"""

from __future__ import annotations

import math

from saleswright.kernel.report import Figure, Value
from saleswright.lib.money import Money
from saleswright.measure.metrics.model import Metric

# Half the width of an 80 % range in standard errors, and how many of those one change in twenty exceeds.
HALF = 1.2815515655446004
LIMIT = 1.959963984540054
FEW = 10


def odds(metric: Metric, before: Figure, now: Figure, days: tuple[int, int] = (1, 1)) -> float | None:
    """How many standard errors apart two figures of different rows are, signed; None where it cannot be judged.

    days: how long both took, for counts. A balance is no count of happenings: its rows are mostly the same ones.
    """
    if before.value is None or now.value is None or metric.at_moment:
        return None
    if _counted(before) and _counted(now):
        return _proportions(before, now)
    if metric.shape == "count":
        return _counts(before, now, days)
    if before.low is None or now.low is None:
        return None
    errors = [(size(one.high) - size(one.low)) / (2 * HALF) for one in (before, now)]
    spread = math.hypot(*errors)
    return (size(now.value) - size(before.value)) / spread if spread else None


def beyond(z: float | None) -> bool:
    """Would it come less than once in 20 times when nothing changed?"""
    return z is not None and abs(z) > LIMIT


def hints(z: float | None) -> bool:
    """Would it come less than once in 5 times when nothing changed?"""
    return z is not None and abs(z) > HALF


def said(metric: Metric, before: Figure, now: Figure, z: float | None) -> str:
    """Whether the change is within normal variation, in a sentence."""
    if before.value is None or now.value is None:
        return ""
    if not metric.at_moment and min(before.n or 0, now.n or 0) < FEW:
        return f"Too few to tell: {min(before.n or 0, now.n or 0)} on one side, where 10 are the least."
    if z is None:
        what = "an amount is judged by its months, see its page" if metric.unit == "money" else "it has no likely range"
        return f"Chance is not judged here: {what}."
    if not hints(z):
        return "The change is within normal variation: chance alone gives as large a one more than once in 5 times."
    if not beyond(z):
        return "The change is a hint and no proof: chance alone gives as large a one once in 5 to once in 20 times."
    return "The change is beyond normal variation: chance alone gives as large a one less than once in 20 times."


def difference_range(before: Figure, now: Figure) -> tuple[float, float] | None:
    """The likely range of the difference, from both likely ranges (Newcombe 1998, square-and-add); None without them."""
    if before.low is None or now.low is None or before.value is None or now.value is None:
        return None
    a, b = size(before.value), size(now.value)
    low = math.hypot(b - size(now.low), size(before.high) - a)
    high = math.hypot(size(now.high) - b, a - size(before.low))
    return b - a - low, b - a + high


def size(value: Value) -> float:
    """A value as a plain number: money in minor units."""
    return float(value.minor) if isinstance(value, Money) else float(value or 0)


def _counted(one: Figure) -> bool:
    return one.unit == "share" and one.of is not None and all(type(side) is int for side in one.of)


def _proportions(before: Figure, now: Figure) -> float | None:
    assert before.of is not None and now.of is not None
    (k0, n0), (k1, n1) = ((size(k), size(n)) for k, n in (before.of, now.of))
    if not n0 or not n1:
        return None
    pooled = (k0 + k1) / (n0 + n1)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n0 + 1 / n1))
    return (k1 / n1 - k0 / n0) / error if error else None


def _counts(before: Figure, now: Figure, days: tuple[int, int]) -> float | None:
    a, b = size(before.value), size(now.value)
    share = days[1] / (days[0] + days[1])
    error = math.sqrt((a + b) * share * (1 - share))
    return (b - (a + b) * share) / error if error else None


__all__ = ["beyond", "difference_range", "hints", "odds", "said", "size"]
