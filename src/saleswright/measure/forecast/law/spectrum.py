"""The characteristic function of a period's bookings: given the shock a product over deals, then mixed over the shock.

E exp(itX) = sum over nodes of weight x product of (1 + p (E exp(itaR) - 1)), times what is still to be created: the number of
such wins is Poisson with a gamma-mixed mean, (1 - m (E exp(itA) - 1) / k)^-k. Frequencies are taken in blocks that double,
until the mixed function is dead; it dies long before those of the nodes do, for they turn against each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isinf

import numpy as np

from saleswright.measure.flow.columns import Floats, Ints
from saleswright.measure.forecast.law.amount import LEAST_SPREAD, Wave, Waves, masses
from saleswright.measure.forecast.law.deals import Deals
from saleswright.measure.forecast.law.factor import Nodes
from saleswright.measure.forecast.law.table import Small, log_wave

BLOCK = 16
MOST = 8192
DEAD = 4e-7
"""Where the function ends: when what is cut off moves no share by more than this."""

_CHUNK = 256
_KEPT = 4_000_000


@dataclass(frozen=True)
class Grid:
    """Frequencies 0, step, 2 step ... of a law on [low, low + 2 pi / step). lattice: the distance of its values, or 0.

    made: amounts are put on that lattice; otherwise they lie on it, or there is none. points: of the lattice. dead: when
    what is left moves no share by more than this, the function is not followed.
    """

    step: float
    low: float
    lattice: float = 0.0
    made: bool = False
    points: int = 0
    dead: float = DEAD

    @property
    def most(self) -> int:
        """The last frequency that says anything new."""
        return self.points // 2 if self.points else MOST

    @property
    def blocks(self) -> list[tuple[int, int]]:
        """First and last frequency of each block: 1-16, 17-24, 25-36 ..."""
        found, end = [(1, min(BLOCK, self.most))], BLOCK
        while end < self.most:
            found.append((end + 1, min(end + end // 2, self.most)))
            end += end // 2
        return found


@dataclass
class Tables:
    """What is worked out once for a set of nodes."""

    nodes: Nodes
    shapes: Floats
    left_out: Floats
    coming: Floats
    chances: Floats = field(default_factory=lambda: np.zeros((0, 0)))


class Spectrum:
    """The characteristic function of one sum on one grid."""

    def __init__(self, deals: Deals, grid: Grid, watched: Deals | None = None) -> None:
        self.deals, self.grid = deals, grid
        self.watched = watched if watched and watched.size else None
        self.blocks = grid.blocks
        self.small = Small(deals, grid.made)
        self.wave: Wave | None = None
        self._flow_wave: Wave | None = None
        self._flow_made: Waves | None = None
        self._watched_rows: Waves | None = None
        self.rows = self._rows(deals) if grid.made else None

    def tables(self, nodes: Nodes) -> Tables:
        """Chances and cumulants of these nodes."""
        flow = self.deals.flow
        coming = flow.rate @ nodes.chances(flow.theta) if flow else np.zeros(nodes.shift.size)
        return Tables(nodes, self.small.shapes(nodes), self.small.left_out(nodes), coming)

    def _rows(self, deals: Deals) -> Waves:
        size, step = self.grid.points, self.grid.lattice
        made = [np.conj(np.fft.rfft(masses(a, deals.spread, step, size))) - 1 for a in deals.amount.tolist()]
        return np.array(made).reshape(deals.size, self.grid.most + 1)

    def rung(self, tables: Tables, mass: Floats, last: int) -> int:
        """Which deals must be taken exactly up to a frequency, where each node weighs so much?"""
        return self.small.rung(tables.left_out, mass, last * self.grid.step)

    def given(self, tables: Tables, rung: int, k: Ints, chosen: Ints) -> Waves:
        """The function given each chosen node, at some frequencies: (frequencies, nodes). rung: of `rung`, for the last."""
        return self.apart(tables, rung, k, chosen)[0]

    def apart(self, tables: Tables, rung: int, k: Ints, chosen: Ints) -> tuple[Waves, list[Waves]]:
        """The same, and beside it the function without each of the deals that are watched."""
        base = self._base(tables, rung, k, chosen)
        if self.watched is None:
            return base, []
        p = tables.nodes.chances(self.watched.theta)[:, chosen]
        turns = 1 + p[:, None, :] * self.watched_wave(k)[:, :, None]
        after = [base]
        for turn in turns[::-1]:
            after.append(after[-1] * turn)
        without, before = [], np.ones_like(base)
        for place, turn in enumerate(turns):
            without.append(before * after[len(turns) - 1 - place])
            before *= turn
        return after[-1], without

    def watched_wave(self, k: Ints) -> Waves:
        """E exp(itaR) - 1 of the deals that are watched: (deals, frequencies)."""
        assert self.watched is not None
        if self.grid.made:
            if self._watched_rows is None:
                self._watched_rows = self._rows(self.watched)
            return self._watched_rows[:, k]
        u = self.watched.amount[:, None] * (k * self.grid.step)
        return Wave(self.watched.spread, float(u.max()))(u) - 1

    def _base(self, tables: Tables, rung: int, k: Ints, chosen: Ints) -> Waves:
        t = np.asarray(k * self.grid.step, np.float64)
        real, imaginary = log_wave(self.small.cumulants(tables.shapes[:, :, chosen], rung), t)
        found = np.exp(real + 1j * imaginary)
        if self.deals.flow:
            found *= arrivals(tables.coming[chosen], self.deals.flow.shape, self.flow_wave(k))
        exact = int(self.small.cuts[rung])
        for start in range(0, exact, _CHUNK):
            end = min(start + _CHUNK, exact)
            p = self._chances(tables, start, end)[:, chosen]
            d = self.deal_wave(start, end, k, t)
            if chosen.size <= 4:
                for place in range(chosen.size):
                    found[:, place] *= np.multiply.reduce(1 + p[:, place, None] * d, axis=0)
            else:
                _multiply(found, p, d)
        return found

    def deal_wave(self, start: int, end: int, k: Ints, t: Floats) -> Waves:
        """E exp(itaR) - 1 of some deals: (deals, frequencies)."""
        if self.rows is not None:
            return self.rows[start:end, k]
        u = self.deals.amount[start:end, None] * t
        if self.deals.spread < LEAST_SPREAD:
            return np.asarray(np.exp(1j * u) - 1)
        if self.wave is None:
            self.wave = Wave(self.deals.spread, float(self.deals.amount[0]) * self.grid.step * self.grid.most)
        return self.wave(u) - 1

    def _chances(self, tables: Tables, start: int, end: int) -> Floats:
        have = tables.chances.shape[0]
        width = tables.nodes.shift.size
        if end <= have:
            return tables.chances[start:end]
        found = tables.nodes.chances(self.deals.theta[start:end])
        if start <= have and end * width <= _KEPT:
            tables.chances = np.concatenate([tables.chances[:start].reshape(start, width), found])
        return found

    def flow_wave(self, k: Ints) -> Waves:
        """E exp(itA) of what one win that is still to be created is booked at."""
        flow = self.deals.flow
        assert flow is not None
        amounts, step, size = flow.amount.tolist(), self.grid.lattice, self.grid.points
        if self.grid.made:
            if self._flow_made is None:
                each = [masses(a, flow.spread, step, size) if a > 0 else (np.arange(size) == 0) * 1.0 for a in amounts]
                self._flow_made = np.conj(np.fft.rfft(np.mean(each, axis=0)))
            return self._flow_made[k]
        if self._flow_wave is None:
            self._flow_wave = Wave(flow.spread, max(amounts) * self.grid.step * self.grid.most)
        return np.asarray(self._flow_wave(flow.amount[:, None] * (k * self.grid.step)).mean(axis=0))

    def nothing(self, tables: Tables) -> tuple[Floats, Floats]:
        """The chance that nothing is won given each node, (nodes,), and without each of the deals that are watched."""
        found = self.small.nothing(tables.nodes)
        if self.rows is not None:
            p = np.clip(tables.nodes.chances(self.deals.theta), 0.0, 1 - 1e-16)
            found = np.exp(np.log1p(-p).sum(axis=0))
        if self.deals.flow:
            none = np.full(1, -1.0)
            found = found * arrivals(tables.coming, self.deals.flow.shape, none + 1)[0].real
        if self.watched is None:
            return found, np.zeros((0, found.size))
        q = 1 - tables.nodes.chances(self.watched.theta)
        every = np.multiply.reduce(q, axis=0)
        each = np.array([np.multiply.reduce(np.delete(q, place, axis=0), axis=0) for place in range(q.shape[0])])
        return found * every, found * each

    def moments(self, tables: Tables) -> tuple[Floats, Floats]:
        """Mean and variance of the sum given each node, without the floor."""
        low = self.small.cumulants(tables.shapes, 0)
        mean, variance = low[0], low[1]
        second = self.small.moments[2]
        for start in range(0, int(self.small.cuts[0]), _CHUNK):
            end = min(start + _CHUNK, int(self.small.cuts[0]))
            p, a = self._chances(tables, start, end), self.deals.amount[start:end]
            mean = mean + a @ p
            variance = variance + (a * a) @ (second * p - p * p)
        if self.watched:
            p, a = tables.nodes.chances(self.watched.theta), self.watched.amount
            mean, variance = mean + a @ p, variance + (a * a) @ (second * p - p * p)
        if flow := self.deals.flow:
            first, square = float(flow.amount.mean()), float((flow.amount**2).mean()) * np.exp(flow.spread**2)
            wins = tables.coming
            mean = mean + wins * first
            variance = variance + wins * square + (0.0 if isinf(flow.shape) else (wins * first) ** 2 / flow.shape)
        return mean, variance


def arrivals(wins: Floats, shape: float, wave: Waves) -> Waves:
    """The characteristic function of what is still to be created, given expected wins per node: (frequencies, nodes)."""
    off = wave - 1
    if isinf(shape):
        return np.asarray(np.exp(off[:, None] * wins))
    return np.asarray(np.exp(-shape * np.log1p(-off[:, None] * (wins / shape))))


def _multiply(found: Waves, p: Floats, d: Waves) -> None:
    factor = np.empty_like(found)
    for one, of in zip(p, d, strict=True):
        np.multiply(of[:, None], one, out=factor)
        factor += 1
        found *= factor
