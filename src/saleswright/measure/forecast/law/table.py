"""Many small deals as few: sums of their powers on a grid of F^-1(chance), from which every node's cumulants follow.

The log of the characteristic function of a deal with a small amount x frequency is its first sixteen cumulants, and each
cumulant is a smooth function of F^-1(chance). So the sums of amount^r are spread on a grid with Lagrange's weights, once; a
node then costs one small product, however many deals there are. Which deals are small depends on the frequency: they are
sorted by amount, and cut where what the orders left out would be seen. Of many deals only the largest have all sixteen orders;
the others have eight.
"""

from __future__ import annotations

from math import factorial, pi

import numpy as np

from saleswright.measure.flow.columns import Floats, Ints
from saleswright.measure.forecast.law.amount import four, moments, six
from saleswright.measure.forecast.law.deals import Deals
from saleswright.measure.forecast.law.factor import Nodes

ORDER, FIRST = 16, 8
BUDGET = 1e-9
"""What the orders left out may add up to, in the mixed characteristic function."""

_GRID = 0.05
_RUNGS = 40
_MANY = 20_000
_SIX_POINTS = 4
_ROUGH = 0.1


class Small:
    """The sums of powers of the deals, without the largest: with none, all above 1/sqrt 2 of the largest, all above 1/2 ... left
    out. `cuts` says how many that are."""

    def __init__(self, deals: Deals, all_exact: bool = False) -> None:
        self.moments = moments(deals.spread, ORDER + 1)
        self.unit = float(deals.amount[0]) if deals.size else 1.0
        scaled = deals.amount / self.unit
        ladder = np.searchsorted(-scaled, -(2.0 ** (-np.arange(1, _RUNGS) / 2)), "left")
        self.cuts = np.unique(np.concatenate([[0], ladder, [deals.size]]))
        if all_exact:
            self.cuts = np.array([deals.size])
        first, rungs = int(self.cuts[0]), self.cuts.size
        own = deals.size - first <= 160
        self.points, spread = (deals.theta[first:], None) if own else _grid(deals.theta[first:])
        self.counts = np.ones(self.points.size)
        if spread is not None:
            each = (np.bincount(spread[0] + k - 2, weight, self.points.size) for k, weight in enumerate(six(spread[1])))
            self.counts = np.sum(list(each), axis=0)
        # Orders 1 ... 16, then what the next would add for those with eight orders and for those with sixteen.
        self.sums = np.zeros((rungs, ORDER + 2, self.points.size))
        running = np.zeros((ORDER + 2, self.points.size))
        for rung in range(rungs - 2, -1, -1):
            start, end = int(self.cuts[rung]), int(self.cuts[rung + 1])
            orders = ORDER if end <= _MANY else FIRST
            chosen, powers = slice(start - first, end - first), _powers(scaled[start:end], orders + 1)
            rows = [*range(orders), ORDER if orders == FIRST else ORDER + 1]
            if spread is None:
                running[rows, chosen] = powers
            else:
                running[rows] += _scatter(spread[0][chosen], spread[1][chosen], powers, self.points.size)
            self.sums[rung] = running

    def rung(self, left_out: Floats, mass: Floats, largest: float) -> int:
        """How many deals must be taken exactly up to this frequency, where nodes still weigh `mass`? The place in `cuts`.

        left_out: of `left_out`. What the orders left out would add must not be seen.
        """
        x, alive = largest * self.unit, np.flatnonzero(mass)
        found = np.zeros((self.cuts.size, alive.size))
        for row, order in enumerate((FIRST, ORDER)):
            found += self.sums[:, ORDER + row] @ left_out[row][:, alive] * x ** (order + 1)
        # What is nearly dead may be told roughly, but must not be woken up.
        return int(np.argmax((found @ mass[alive] <= BUDGET) & (found <= _ROUGH).all(axis=1)))

    def left_out(self, nodes: Nodes) -> Floats:
        """The first order that is left out, at each point and node, at most: (2, points, nodes), after eight and after sixteen.

        Two ways to fail: the moments of the amount, and the nearest zeros of 1 + p (e^{ix} - 1), at log((1 - p) / p) / i +- pi.
        """
        p = np.clip(nodes.chances(self.points), 1e-16, 1 - 1e-16)
        log_zero = np.log(np.log((1 - p) / p) ** 2 + pi * pi) / 2
        parts = [
            p * (self.moments[r + 1] / factorial(r + 1)) + 4 / (r + 1) * np.exp(-(r + 1) * log_zero)
            for r in (FIRST, ORDER)
        ]
        return np.stack(parts)

    def nothing(self, nodes: Nodes) -> Floats:
        """The chance that none of the deals is won, given each node. Of those that the table holds."""
        p = np.clip(nodes.chances(self.points), 0.0, 1 - 1e-16)
        return np.asarray(np.exp(self.counts @ np.log1p(-p)))

    def shapes(self, nodes: Nodes) -> Floats:
        """The cumulants of a win of amount R at each point and node, (ORDER, points, nodes): raw moments are p x E R^r."""
        p = nodes.chances(self.points)
        found = np.empty((ORDER, *p.shape))
        for r in range(1, ORDER + 1):
            value = self.moments[r] * p
            for j in range(1, r):
                value = value - (factorial(r - 1) / factorial(j - 1) / factorial(r - j) * self.moments[r - j]) * (
                    found[j - 1] * p
                )
            found[r - 1] = value
        return found

    def cumulants(self, shapes: Floats, rung: int) -> Floats:
        """The cumulants of the sum of what is small: (ORDER, nodes), in the unit of the amounts."""
        scale = self.unit ** np.arange(1, ORDER + 1)
        return np.asarray(np.einsum("rj,rjc->rc", self.sums[rung, :ORDER], shapes) * scale[:, None])


def log_wave(cumulants: Floats, t: Floats) -> tuple[Floats, Floats]:
    """The log of the characteristic function at each frequency, real and imaginary part: (frequencies, nodes)."""
    # (it)^r / r! is real for an even r and imaginary for an odd one, with signs by turns.
    terms = np.stack([(-1) ** ((r % 4) // 2) * t**r / factorial(r) for r in range(1, ORDER + 1)], axis=1)
    return terms[:, 1::2] @ cumulants[1::2], terms[:, ::2] @ cumulants[::2]


def _grid(theta: Floats) -> tuple[Floats, tuple[Ints, Floats]]:
    low, high = float(theta.min()), float(theta.max())
    first = int(np.floor(low / _GRID)) - 2
    points = np.asarray(np.arange(first, int(np.floor(high / _GRID)) + 4) * _GRID, np.float64)
    place = theta / _GRID - first
    at = np.clip(np.floor(place).astype(np.int64), 2, points.size - 4)
    return points, (at, place - at)


def _powers(scaled: Floats, orders: int) -> Floats:
    found = np.empty((orders, scaled.size))
    found[0] = scaled
    for r in range(1, orders):
        np.multiply(found[r - 1], scaled, out=found[r])
    return found


def _scatter(at: Ints, part: Floats, powers: Floats, size: int) -> Floats:
    """Each power but the last on the grid, with six points or with four; the last, a bound, at the nearest point."""
    last = powers.shape[0] - 1
    found = np.zeros((last + 1, size))
    found[last] = np.bincount(at, powers[last], size)
    sixth = range(min(last, _SIX_POINTS)) if last == FIRST else range(last)
    for weights, reach, rows in ((six(part), 2, sixth), (four(part), 1, range(len(sixth), last))):
        for k, weight in enumerate(weights):
            # Six points reach from two before to three after; four from one before to two after.
            for r in rows:
                found[r] += np.bincount(at + (k - reach), weight * powers[r], size)
    return found
