"""How is a deal shared among its touches? Whole-number weights by model, and money to the cent by largest remainder.

Everything is per touch, so that campaigns add up to their channel. A deal's touches stand in order, `rank` from 0, and
`n` counts them; a deal without a touch has one row with n = 0, which takes all of it.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np

from saleswright.lib.money import Money

Model = Literal["first", "last", "linear", "position"]
MODELS: tuple[Model, ...] = get_args(Model)
Numbers = np.ndarray[Any, np.dtype[np.int64]]
Shares = np.ndarray[Any, np.dtype[np.float64]]
_LARGEST = 2**62


def weights(model: Model, rank: Numbers, n: Numbers, percents: tuple[int, int, int] = (40, 20, 40)) -> Numbers:
    """Each touch's weight within its deal, whole numbers of at least 0 that are not all 0.

    first: the first touch takes the deal. last: the last one. linear: all alike. position: `percents` of the first, of
    all in the middle together, and of the last; of two touches the middle's percent goes to neither side more than to the
    other, so they share as first to last, half and half where both are 0.
    """
    one = np.ones_like(rank)
    if model == "linear":
        return one
    if model == "first":
        return np.where(rank == 0, 1, 0)
    if model == "last":
        return np.where(rank >= n - 1, 1, 0)
    first, middle, last = percents
    of_two = np.where(rank == 0, first, last) if first or last else one
    between = n - 2
    of_more = np.where(rank == 0, first * between, np.where(rank == n - 1, last * between, middle))
    return np.where(n <= 1, 1, np.where(n == 2, of_two, of_more))


def credits(amount: Numbers, weight: Numbers, rank: Numbers) -> Numbers:
    """The minor units of each touch: those of a deal sum to its amount exactly (largest remainder, as Money.allocate).

    amount: the deal's, on each of its rows. rank 0 begins a deal. Of equal remainders the earlier touch wins.
    """
    if not len(amount):
        return amount.copy()
    begins = np.flatnonzero(rank == 0)
    deal = np.cumsum(rank == 0) - 1
    total = np.add.reduceat(weight, begins)[deal]
    size = np.abs(amount)
    # Beyond 64 bits, which takes a deal of billions with thousands of touches, it is counted one deal at a time.
    large = size.astype(float) * weight.max() > _LARGEST
    product = np.where(large, 0, size) * weight
    part, rest = product // total, product % total
    left = np.where(large, 0, size)[begins] - np.add.reduceat(part, begins)
    order = np.lexsort((rank, -rest, deal))
    place = np.arange(len(amount)) - begins[deal]
    part[order] += place < left[deal[order]]
    found: Numbers = np.where(amount < 0, -part, part)
    for index in np.flatnonzero(large[begins]):
        rows = slice(begins[index], begins[index + 1] if index + 1 < len(begins) else len(amount))
        shared = Money(int(amount[rows][0]), "USD").allocate([int(one) for one in weight[rows]])
        found[rows] = [money.minor for money in shared]
    return found


def shares(weight: Numbers, rank: Numbers) -> Shares:
    """The part of its deal that each touch has, 0 to 1; those of a deal sum to 1."""
    if not len(weight):
        return weight.astype(float)
    total = np.add.reduceat(weight, np.flatnonzero(rank == 0))
    found: Shares = weight / total[np.cumsum(rank == 0) - 1]
    return found
