"""How do deals move together? One common shock z, normal: each deal's chance given z, so that over z it is what it was.

p(z) = F((F^-1(p) + sqrt(rho) z) / sqrt(1 - rho)) with the normal law F (formulas 6.1; Vasicek 2002): a positive z is a good
market. Given z deals are independent. A *node* is one z under one rho with its weight; every sum over z is the trapezoid
rule, which converges faster than any power of its step where the integrand is smooth (Trefethen and Weideman 2014).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi, sqrt

import numpy as np

from saleswright.measure.flow.columns import Bools, Floats, Ints
from saleswright.measure.forecast.law.normal import below, density

REACH = 7.5
"""Beyond so many standard deviations of the shock nothing is left to weigh (6e-14)."""

EDGE = 0.25
"""How softly the shock is faded out, as the standard deviation of a normal law."""

FAST = 7 / EDGE
"""From how many radians per unit of z on what turns that fast adds up to nothing (e^-24, with this edge)."""

_STEP, _LARGEST, _STRIP = 0.28, 0.8, 6.0


@dataclass(frozen=True)
class Nodes:
    """Values of the shock, for one or several rho: F^-1(p) is shifted, then scaled. group: which rho. Weights add up to 1."""

    z: Floats
    shift: Floats
    scale: Floats
    weight: Floats
    group: Ints
    groups: int

    def chances(self, theta: Floats) -> Floats:
        """The chance of each deal given each node: (deals, nodes). theta: F^-1 of what it is over all."""
        return below((theta[:, None] + self.shift) * self.scale)

    def only(self, chosen: Bools) -> Nodes:
        """Some of the nodes."""
        z, shift, scale, weight = (one[chosen] for one in (self.z, self.shift, self.scale, self.weight))
        return Nodes(z, shift, scale, weight, self.group[chosen], self.groups)

    @property
    def by_group(self) -> Floats:
        """The weights as (nodes, groups)."""
        found = np.zeros((self.weight.size, self.groups))
        found[np.arange(self.weight.size), self.group] = self.weight
        return found


def nodes(rho: Sequence[float], weight: Sequence[float], step: Sequence[float], offset: float = 0.0) -> Nodes:
    """The nodes of some rho with their weights, `step` apart in z and shifted by `offset` steps. rho = 0 has one node."""
    z, shift, scale, weights, group = [], [], [], [], []
    for place, (one, share, h) in enumerate(zip(rho, weight, step, strict=True)):
        count = int(REACH / h) + 1 if one > 0 else 0
        at = (np.arange(-count, count + 1) + offset) * h if one > 0 else np.zeros(1)
        z.append(at)
        shift.append(sqrt(one) * at)
        scale.append(np.full(at.size, 1 / sqrt(1 - one)))
        weights.append(share * h * density(at) if one > 0 else np.full(1, share))
        group.append(np.full(at.size, place, np.int64))
    columns = (np.concatenate(one) for one in (z, shift, scale, weights))
    at_z, shifts, scales, weighed = columns
    return Nodes(at_z, shifts, scales, weighed, np.concatenate(group), len(z))


def steps(rho: Sequence[float], deals: int) -> list[float]:
    """How far apart may nodes be? The wider of two steps that both resolve the integrand.

    Many deals: as wide as it may be before the function turns fast; where it does, it is refined. Few deals: what they
    tell of z is no sharper than 1 / sqrt(1 + 0.64 n rho / (1 - rho)), and a bell as wide as its step is summed to 1e-8.
    """
    return [min(_LARGEST, max(_STEP, 0.9 / sqrt(1 + 0.64 * deals * one / (1 - one)))) for one in rho]


@dataclass(frozen=True)
class Profile:
    """How fast the mean of the sum moves with the shock, by rho: slope, (groups, places of z)."""

    z: Floats
    slope: Floats

    def fade(self, t: float) -> Fade:
        """What may be left out from frequency t on."""
        start, end = np.full(self.slope.shape[0], np.inf), np.full(self.slope.shape[0], np.inf)
        for group, slope in enumerate(self.slope):
            fast, middle = t * slope >= FAST, int(np.argmax(slope))
            if not fast[middle]:
                continue
            slow = np.flatnonzero(~fast)
            low, high = slow[slow < middle], slow[slow > middle]
            start[group] = self.z[low[-1] + 1] if low.size else -1e3
            end[group] = self.z[high[0] - 1] if high.size else 1e3
        return Fade(start, end)

    def step(self, group: int, t: float, where: Bools) -> float:
        """The step that resolves how fast the function turns at t, at these places."""
        fastest = t * float(self.slope[group][where].max(initial=0.0))
        return 2 * pi / (fastest + _STRIP)


@dataclass(frozen=True)
class Fade:
    """Which part of the shock is left out, by rho: from where to where. What turns fast adds up to nothing.

    The integral over z of something smooth that turns FAST radians per unit is e^-24 if it begins and ends as softly as a
    normal law with a standard deviation of EDGE. Without this, high frequencies would need ever finer steps, to sum zeros.
    """

    start: Floats
    end: Floats

    def kept(self, z: Floats, group: Ints) -> Floats:
        """How much is kept, 0 to 1, at these z of these groups."""
        if np.isinf(self.start).all():
            return np.ones(z.size)
        out = below((z - self.start[group]) / EDGE) - below((z - self.end[group]) / EDGE)
        return np.asarray(1 - np.maximum(np.where(np.isinf(self.start[group]), 0.0, out), 0.0))
