"""What is a normal wobble, and since when is it another? Limits of control charts, and lasting changes of a level.

Shares: Shewhart's p-chart with subgroups of unequal size (Montgomery, Introduction to Statistical Quality Control, 7.3);
where a subgroup is too small for the normal curve, the binomial's own tails. Counts: the u-chart (7.4). Both are widened as
Laney has it (2002, Quality Engineering 14:531) where they wobble more than chance alone would make them. Single values:
the individuals chart by moving ranges (6.4), of which those that no wobble makes are left out once (Nelson 1982).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

SIGMAS = 3.0
FEWEST = 6
"""So few values of a level say nothing about its limits."""

SINGLES = 12
"""So many single values it takes, for their wobble itself has to be told from them."""

_D2 = 1.128  # The mean range of two values of a normal, in standard deviations.
_D4 = 3.267  # A range above this many mean ranges is no wobble.
_TAIL = 0.00135  # One side beyond three standard deviations.
_NORMAL = 5.0  # n·p·(1 - p) from which the normal curve stands in for the binomial.
PENALTY = 3.0
"""What a change has to explain, times the logarithm of the number of values; measured in the tests."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Where one value falls when nothing changes, in the value's own unit."""

    lower: float
    centre: float
    upper: float

    def holds(self, value: float) -> bool:
        """Is it a normal wobble?"""
        return self.lower <= value <= self.upper


def shares(hits: Sequence[float], trials: Sequence[float], cuts: Sequence[int] = ()) -> list[Limit]:
    """One limit per share of `hits` in `trials`, each stretch between `cuts` with a centre of its own."""
    return _by_chance(hits, trials, cuts, binomial=True)


def counts(values: Sequence[float], sizes: Sequence[float], cuts: Sequence[int] = ()) -> list[Limit]:
    """One limit per count; `sizes` are what each was counted in, such as its days."""
    return _by_chance(values, sizes, cuts, binomial=False)


def _by_chance(values: Sequence[float], sizes: Sequence[float], cuts: Sequence[int], binomial: bool) -> list[Limit]:
    wider = wobble(values, sizes, cuts, binomial)
    found: list[Limit] = []
    for start, end in stretches(len(values), cuts):
        rate = math.fsum(values[start:end]) / math.fsum(sizes[start:end])
        for size in sizes[start:end]:
            if binomial and wider == 1.0 and size * rate * (1 - rate) < _NORMAL:
                low, high = _binomial(round(size), rate)
                found.append(Limit(low / size, rate, high / size))
                continue
            reach = SIGMAS * wider * _by_chance_alone(rate, size, binomial)
            if binomial:
                found.append(Limit(max(0.0, rate - reach), rate, min(1.0, rate + reach)))
            else:
                found.append(Limit(max(0.0, rate * size - reach), rate * size, rate * size + reach))
    return found


def wobble(values: Sequence[float], sizes: Sequence[float], cuts: Sequence[int] = (), binomial: bool = True) -> float:
    """How many times as much do shares or counts wobble as chance alone makes them? 1 where that may be chance.

    Laney's sigma of z: the mean moving range of the standardised values ÷ 1.128. It counts as more than chance only beyond
    what it reaches by chance one time in twenty.
    """
    scaled: list[float] = []
    for start, end in stretches(len(values), cuts):
        rate = math.fsum(values[start:end]) / math.fsum(sizes[start:end])
        for value, size in zip(values[start:end], sizes[start:end], strict=True):
            spread = _by_chance_alone(rate, size, binomial)
            off = value / size - rate if binomial else value - rate * size
            scaled.append(off / spread if spread else 0.0)
    ranges = _ranges(scaled, cuts)
    if len(ranges) < SINGLES - 1:
        return 1.0
    sigma = _sigma(ranges)
    return sigma if sigma > 1 + 1.5 / math.sqrt(len(ranges)) else 1.0


def _by_chance_alone(rate: float, size: float, binomial: bool) -> float:
    """The standard deviation of a share, or of a count."""
    return math.sqrt(max(0.0, rate * (1 - rate)) / size) if binomial else math.sqrt(rate * size)


def _binomial(n: int, p: float) -> tuple[int, int]:
    """Between which counts does a binomial fall but for 0.135 % on either side?"""
    if n <= 0 or p <= 0 or p >= 1:
        edge = n if p >= 1 else 0
        return edge, edge
    below = chance = (1 - p) ** n
    low = high = 0
    for hits in range(n):
        if below <= _TAIL:
            low = hits + 1
        if below >= 1 - _TAIL:
            break
        chance *= (n - hits) / (hits + 1) * p / (1 - p)
        below += chance
        high = hits + 1
    return low, high


def singles(values: Sequence[float], cuts: Sequence[int] = ()) -> list[Limit]:
    """One limit per single value, such as a middle; none where there are fewer than twelve, or where nothing moves."""
    ranges = _ranges(values, cuts)
    if len(values) < SINGLES or not ranges or not any(ranges):
        return []
    reach = SIGMAS * _sigma(ranges)
    found = []
    for start, end in stretches(len(values), cuts):
        centre = math.fsum(values[start:end]) / (end - start)
        found += [Limit(centre - reach, centre, centre + reach)] * (end - start)
    return found


def factors(values: Sequence[float], cuts: Sequence[int] = ()) -> list[Limit]:
    """As `singles`, of amounts that move by factors: limits of the logarithms, where all values are above 0."""
    if not all(value > 0 for value in values):
        return singles(values, cuts)
    found = singles([math.log(value) for value in values], cuts)
    return [Limit(math.exp(one.lower), math.exp(one.centre), math.exp(one.upper)) for one in found]


def levels(values: Sequence[float]) -> list[Limit | None]:
    """One limit per level that goes on from the one before, such as what is open: how far it moves in one step.

    None for the first, which nothing stands before; all None where there are fewer than thirteen.
    """
    moves = [after - before for before, after in pairwise(values)]
    if len(moves) < SINGLES:
        return [None] * len(values)
    sizes = sorted(abs(move) for move in moves)
    middle = sizes[len(sizes) // 2] if len(sizes) % 2 else (sizes[len(sizes) // 2 - 1] + sizes[len(sizes) // 2]) / 2
    kept = [size for size in sizes if size <= 5 * middle / 0.6745] or sizes
    reach = SIGMAS * math.sqrt(math.fsum(size * size for size in kept) / len(kept))
    return [None, *(Limit(before - reach, before, before + reach) for before in values[:-1])]


def _ranges(values: Sequence[float], cuts: Sequence[int]) -> list[float]:
    """How far from one value to the next, never over a change."""
    return [abs(values[i + 1] - values[i]) for i in range(len(values) - 1) if i + 1 not in cuts]


def _sigma(ranges: Sequence[float]) -> float:
    """The wobble by moving ranges; those that no wobble makes are left out once."""
    mean = math.fsum(ranges) / len(ranges)
    kept = [one for one in ranges if one <= _D4 * mean] or list(ranges)
    return math.fsum(kept) / len(kept) / _D2


def stretches(n: int, cuts: Sequence[int]) -> list[tuple[int, int]]:
    """The half-open stretches between the places where the level changed."""
    edges = [0, *cuts, n]
    return [(start, end) for start, end in pairwise(edges) if end > start]


def share_changes(hits: Sequence[float], trials: Sequence[float]) -> list[int]:
    """At which places did the level of a share change for good?"""
    return _chance_changes(hits, trials, binomial=True)


def count_changes(values: Sequence[float], sizes: Sequence[float]) -> list[int]:
    """At which places did the level of a count change for good?"""
    return _chance_changes(values, sizes, binomial=False)


def _chance_changes(values: Sequence[float], sizes: Sequence[float], binomial: bool) -> list[int]:
    rate = math.fsum(values) / (math.fsum(sizes) or 1.0)
    wider = wobble(values, sizes, (), binomial)
    spreads = [_by_chance_alone(rate, size, binomial) * wider / (1 if binomial else size) for size in sizes]
    return changes([value / size for value, size in zip(values, sizes, strict=True)], spreads)


def single_changes(values: Sequence[float]) -> list[int]:
    """At which places did the level of single values change for good?"""
    ranges = _ranges(values, ())
    return changes(values, [_sigma(ranges)] * len(values)) if len(values) >= SINGLES and ranges else []


def factor_changes(values: Sequence[float]) -> list[int]:
    """As `single_changes`, of amounts that move by factors."""
    above = all(value > 0 for value in values)
    return single_changes([math.log(value) for value in values] if above else values)


def changes(values: Sequence[float], spreads: Sequence[float], fewest: int = FEWEST) -> list[int]:
    """The places where a new level begins: the cut that costs least, squares about each level plus a price per change.

    Optimal partitioning (Jackson and others 2005, IEEE Signal Processing Letters 12:105), what PELT (Killick and others 2012)
    finds faster for longer series. `spreads`: each value's standard deviation while nothing changes. A level lasts at least
    `fewest` values, so a single odd one is no change. The price is 3 times the logarithm of the number of values, as in the
    criterion of Zhang and Siegmund (2007, Biometrics 63:22).
    """
    n = len(values)
    if n < 2 * fewest or not all(spread > 0 for spread in spreads):
        return []
    weights = [1 / (spread * spread) for spread in spreads]
    w, wx, wxx = [0.0], [0.0], [0.0]
    for value, weight in zip(values, weights, strict=True):
        w.append(w[-1] + weight)
        wx.append(wx[-1] + weight * value)
        wxx.append(wxx[-1] + weight * value * value)

    def cost(start: int, end: int) -> float:
        total = wx[end] - wx[start]
        return wxx[end] - wxx[start] - total * total / (w[end] - w[start])

    price = PENALTY * math.log(n)
    best, came = [0.0] + [math.inf] * n, [0] * (n + 1)
    for end in range(fewest, n + 1):
        for start in range(0, end - fewest + 1):
            if math.isfinite(best[start]):
                so_far = best[start] + cost(start, end) + (price if start else 0.0)
                if so_far < best[end]:
                    best[end], came[end] = so_far, start
    cuts = []
    place = came[n]
    while place:
        cuts.append(place)
        place = came[place]
    return cuts[::-1]
