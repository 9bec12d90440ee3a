"""A distribution as it is read: knots, and at each the share below it and the share up to it.

Between knots the distribution function is a straight line; at a knot it may jump. So one form holds a lattice (only jumps),
a smooth law (none) and a mixture. A jump is told as what it is: `up_to` includes the value, `under` does not, a quantile is
the smallest value whose share up to it is large enough. Everything else is an exact integral of these lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from saleswright.measure.flow.columns import Floats


@dataclass(frozen=True)
class Curve:
    """x: rising, (knots,). left, right: P(X < x) and P(X <= x) there, rising, from 0 to 1."""

    x: Floats
    left: Floats
    right: Floats

    @cached_property
    def _close(self) -> float:
        # Sums of the same amounts in another order differ by roundings.
        return 1e-12 * float(max(abs(self.x[0]), abs(self.x[-1])))

    def up_to(self, value: Any) -> Floats:
        """P(X <= value)."""
        v = np.asarray(value, np.float64)
        return self._read(v, np.searchsorted(self.x, v + self._close, "right") - 1)

    def under(self, value: Any) -> Floats:
        """P(X < value)."""
        v = np.asarray(value, np.float64)
        return self._read(v, np.searchsorted(self.x, v - self._close, "left") - 1)

    def _read(self, v: Floats, at: Any) -> Floats:
        here, after = np.maximum(at, 0), np.minimum(at + 1, self.x.size - 1)
        wide = self.x[after] - self.x[here]
        part = np.clip((v - self.x[here]) / np.where(wide > 0, wide, 1.0), 0.0, 1.0)
        found = self.right[here] + part * (self.left[after] - self.right[here])
        return np.where(at < 0, 0.0, np.where(at + 1 >= self.x.size, 1.0, found))

    def quantile(self, share: Any) -> Floats:
        """The smallest value with at least this share up to it; rising in the share. Shares are above 0 and at most 1."""
        q = np.asarray(share, np.float64)
        at = np.minimum(np.searchsorted(self.right, q, "left"), self.x.size - 1)
        before = np.maximum(at - 1, 0)
        low = self.right[before]
        rise = self.left[at] - low
        part = np.where(rise > 0, np.clip((q - low) / np.where(rise > 0, rise, 1.0), 0.0, 1.0), 1.0)
        return np.where(at == before, self.x[at], self.x[before] + part * (self.x[at] - self.x[before]))

    @cached_property
    def _areas(self) -> tuple[Floats, Floats, Floats]:
        """Up to each knot: the integrals of F and F^2; from each knot on: that of (1 - F)^2."""
        wide, a, b = np.diff(self.x), self.right[:-1], self.left[1:]
        upper, lower = 1 - a, 1 - b
        straight = np.concatenate([[0.0], np.cumsum(wide * (a + b) / 2)])
        square = np.concatenate([[0.0], np.cumsum(wide * (a * a + a * b + b * b) / 3)])
        rest = wide * (upper * upper + upper * lower + lower * lower) / 3
        return straight, square, np.concatenate([np.cumsum(rest[::-1])[::-1], [0.0]])

    def shortfall(self, target: float) -> float:
        """E max(target - X, 0): the integral of F up to the target."""
        straight, _, _ = self._areas
        at = int(np.searchsorted(self.x, target, "right")) - 1
        if at < 0:
            return 0.0
        if at == self.x.size - 1:
            return float(straight[-1] + target - self.x[-1])
        return float(straight[at] + (target - self.x[at]) * (self.right[at] + float(self.under(target))) / 2)

    def crps(self, outcome: float) -> float:
        """The integral of (F(y) - [y >= outcome])^2: 0 is perfect, in the unit of the values (Gneiting and Raftery 2007)."""
        _, square, rest = self._areas
        first, last = float(self.x[0]), float(self.x[-1])
        if outcome <= first:
            return first - outcome + float(rest[0])
        if outcome >= last:
            return outcome - last + float(square[-1])
        at = int(np.searchsorted(self.x, outcome, "right")) - 1
        a, c = float(self.right[at]), float(self.under(outcome)) if outcome > self.x[at] else float(self.right[at])
        b = float(self.left[at + 1])
        before, after = outcome - float(self.x[at]), float(self.x[at + 1]) - outcome
        down, up = 1 - c, 1 - b
        inside = before * (a * a + a * c + c * c) / 3 + after * (down * down + down * up + up * up) / 3
        return float(square[at]) + inside + float(rest[at + 1])

    @property
    def mean(self) -> float:
        """The mean of what is drawn here: the last knot less the integral of F."""
        return float(self.x[-1] - self._areas[0][-1])

    @property
    def variance(self) -> float:
        """The variance of what is drawn here."""
        wide, middle = np.diff(self.x), (self.x[:-1] + self.x[1:]) / 2 - self.mean
        inside, at = self.left[1:] - self.right[:-1], self.right - self.left
        return float(inside @ (middle * middle + wide * wide / 12) + at @ (self.x - self.mean) ** 2)

    def jumps(self, least: float = 1e-4) -> tuple[Floats, Floats]:
        """Values that are taken with a chance of their own, and these chances."""
        size = self.right - self.left
        found = size >= least
        return self.x[found], size[found]

    def trimmed(self, least: float = 1e-13) -> Curve:
        """Without the knots beyond which nothing happens."""
        first = max(0, int(np.searchsorted(self.right, least, "right")) - 1)
        last = min(self.x.size - 1, int(np.searchsorted(self.left, 1 - least, "left")))
        left, right = self.left[first : last + 1].copy(), self.right[first : last + 1].copy()
        left[0], right[-1] = 0.0, 1.0
        if left.size > 1 and self.right[first] <= least:
            right[0] = 0.0
        return Curve(self.x[first : last + 1], left, right)


def proper(x: Floats, left: Floats, right: Floats) -> Curve:
    """A curve of shares that roundings have moved: within 0 and 1, and never falling."""
    both = np.empty(2 * x.size)
    both[::2], both[1::2] = left, right
    both = np.maximum.accumulate(np.clip(both, 0.0, 1.0))
    both[-1] = 1.0
    return Curve(x, both[::2], both[1::2])


def atoms(x: Floats, mass: Floats) -> Curve:
    """A law of single values, in rising order."""
    total = np.cumsum(mass)
    total = np.minimum(total / total[-1], 1.0)
    total[-1] = 1.0
    return Curve(x, np.concatenate([[0.0], total[:-1]]), total)
