"""A distribution told by its low, middle and high value."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Dist:
    """How low, how high, and how much in the middle? P10, P50, P90 and mean of `n` values, in their unit.

    Quantiles are ordered (ValueError otherwise) and all four numbers are None when there are no values.
    """

    p10: float | None
    p50: float | None
    p90: float | None
    mean: float | None
    n: int

    def __post_init__(self) -> None:
        known = [p for p in (self.p10, self.p50, self.p90) if p is not None]
        if not all(low <= high for low, high in pairwise(known)):
            raise ValueError(f"quantiles are ordered, P10 <= P50 <= P90, not {known}")

    @classmethod
    def from_values(cls, values: Iterable[float]) -> Dist:
        """How are these values distributed? Quantiles of type 7. Raises ValueError for a value that is not a number."""
        ordered = sorted(map(float, values))
        if any(math.isnan(value) for value in ordered):
            raise ValueError("a value is not a number")
        mean = math.fsum(ordered) / len(ordered) if ordered else None
        return cls(quantile(ordered, 0.1), quantile(ordered, 0.5), quantile(ordered, 0.9), mean, len(ordered))


def quantile(sorted_values: Sequence[float], q: float) -> float | None:
    """Which value has the share `q` of the sorted values below it? None when there are no values.

    Type 7 of Hyndman and Fan (1996, The American Statistician 50:361): linear between the values at rank (n - 1)·q;
    what DuckDB's quantile_cont, numpy and spreadsheets compute. Raises ValueError unless 0 <= q <= 1.
    """
    if not 0 <= q <= 1:
        raise ValueError(f"a quantile is between 0 and 1, not {q}")
    if not sorted_values:
        return None
    rank = (len(sorted_values) - 1) * q
    below = math.floor(rank)
    low, part = float(sorted_values[below]), rank - below
    if part == 0:
        return low
    high = float(sorted_values[below + 1])
    # Rounding must not carry the result past the upper value, or quantiles would cross.
    return min(high, low + (high - low) * part)
