"""What will a deal be booked at, when it is won? Its amount now, times a ratio that is lognormal.

R = mean x exp(s y - s^2/2) with y standard normal: `spread` is s, and the mean of R is told beside it. Here is what the
distribution needs of such an R with mean 1: its moments, its characteristic function and its masses on a lattice.
"""

from __future__ import annotations

from math import exp, factorial, log, pi
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saleswright.measure.flow.columns import Floats
from saleswright.measure.forecast.law.normal import below

Waves = NDArray[np.complex128]

LEAST_SPREAD = 1e-3
"""A spread below a thousandth of the amount is none."""
LARGEST_SPREAD = 2.0

_LAST = 2e4


def moments(spread: float, upto: int) -> list[float]:
    """E R^r for r = 0 ... upto: exp(r (r - 1) s^2 / 2)."""
    return [exp(r * (r - 1) * spread * spread / 2) for r in range(upto + 1)]


def wave(u: Any, spread: float) -> Waves:
    """E exp(iuR) for u >= 0, as it is defined: a sum over y along a line in the complex plane.

    The line is shifted by i x angle / s, which turns R by the angle: what would oscillate decays, and 150 terms are exact to
    1e-13 at every u. Any angle up to a quarter turn gives the same number (Cauchy).
    """
    flat: Floats = np.asarray(u, np.float64)
    if spread < LEAST_SPREAD:
        return np.asarray(np.exp(1j * flat))
    angle = min(pi / 2, 2 * spread)
    y = np.arange(-72, 73) * 0.125
    turned = np.exp(spread * y - spread * spread / 2 + 1j * angle)
    weight = 0.125 / np.sqrt(2 * pi) * np.exp(-y * y / 2 + angle**2 / (2 * spread**2) - 1j * y * angle / spread)
    return np.asarray((np.exp(1j * flat[..., None] * turned) * weight).sum(axis=-1))


class Wave:
    """E exp(iuR) for many u, read from a table in log u with six points each. Good to 1e-10 where R has any spread."""

    def __init__(self, spread: float, largest: float) -> None:
        self.spread = spread
        self.moments = moments(spread, 6)
        # The wider R, the more the function turns between two places of the table.
        self.step = 0.01 / max(1.0, 3 * spread)
        # Below this the first six moments say it all.
        self.first = 1e-3 * exp(-4 * spread * spread)
        if spread < LEAST_SPREAD:
            return
        size = max(8, int(log(min(max(largest, 1.0), _LAST) / self.first) / self.step) + 8)
        u = self.first * np.exp(self.step * (np.arange(size) - 3))
        # Without its own turning the function is smooth, whatever u.
        self.table = wave(u, spread) * np.exp(-1j * u)
        alive = np.flatnonzero(np.abs(self.table) > 1e-15)
        self.end = float(u[min(int(alive[-1]) + 1, size - 4)])

    def __call__(self, u: Floats) -> Waves:
        if self.spread < LEAST_SPREAD:
            return np.asarray(np.exp(1j * u))
        place = np.log(np.maximum(u, self.first) / self.first) / self.step + 3
        at = np.minimum(place.astype(np.int64), self.table.size - 4)
        found: Waves = np.zeros(u.shape, np.complex128)
        for k, weight in enumerate(six(place - at)):
            found += self.table[at + (k - 2)] * weight
        found *= np.exp(1j * u)
        found[u > self.end] = 0.0
        tiny = u < self.first
        if tiny.any():
            found[tiny] = sum(self.moments[r] * (1j * u[tiny]) ** r / factorial(r) for r in range(7))
        return found


def six(part: Floats) -> list[Floats]:
    """Lagrange's weights of the points -2 ... 3 for a place between 0 and 1."""
    x = part
    a, b, c, d, e, f = x + 2, x + 1, x, x - 1, x - 2, x - 3
    bc, de = b * c, d * e
    return [
        bc * de * f / -120,
        a * c * de * f / 24,
        a * b * de * f / -12,
        a * bc * e * f / 12,
        a * bc * d * f / -24,
        a * bc * de / 120,
    ]


def four(part: Floats) -> list[Floats]:
    """Lagrange's weights of the points -1 ... 2 for a place between 0 and 1."""
    x = part
    a, c, d, e = x + 1, x, x - 1, x - 2
    return [c * d * e / -6, a * d * e / 2, a * c * e / -2, a * c * d / 6]


def masses(amount: float, spread: float, step: float, size: int) -> Floats:
    """The masses of amount x R on the points 0, step, 2 step ..., each value shared by its two neighbours.

    The mean is kept: a mass is the second difference of E (amount x R - x)+, which is known in closed form (as the price of
    an option is). What lies beyond the last point is put there.
    """
    found = np.zeros(size)
    last = min(size - 1, int(amount * exp(9 * spread) / step) + 2)
    x = step * np.arange(last + 1)
    above = np.empty(last + 2)
    if spread < LEAST_SPREAD:
        above[:-1] = np.maximum(amount - x, 0.0)
    else:
        d = (log(amount) - np.log(np.maximum(x, step * 1e-9))) / spread + spread / 2
        above[:-1] = amount * below(d) - x * below(d - spread)
        above[0] = amount
    above[-1] = 0.0 if last < size - 1 else above[-2]
    fall = (above[:-1] - above[1:]) / step
    fall[-1] = 0.0
    found[0] = 1 - fall[0]
    found[1 : last + 1] = fall[:-1] - fall[1:]
    return np.maximum(found, 0.0)
