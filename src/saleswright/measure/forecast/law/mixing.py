"""Mixed over the shock: only where it lives. Frequencies at which the mixed function is dead are not worked out, and neither are
nodes that are dead on their own. Every sum is compared with that over the nodes between, which make the halved step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isinf

import numpy as np

from saleswright.measure.flow.columns import Floats, Ints
from saleswright.measure.forecast.law.amount import Waves
from saleswright.measure.forecast.law.factor import nodes
from saleswright.measure.forecast.law.spectrum import DEAD, Spectrum, Tables

AGREE = 1e-8
"""How far the halved step may lie off, in the characteristic function."""

GONE = 1e-14
"""A node that weighs no more than this is left out."""

ROUNDS = 8

_CHUNK = 512


@dataclass(frozen=True)
class Mixed:
    """The mixed function at 0, step, 2 step ... checked: how far the nodes between lay off, by rho.

    The nodes that were taken and those between make the halved step, which is the mean of both: so half of the difference.
    tables: of the nodes of the first frequencies, from which mean and variance follow. without: the same function without each
    of the deals that are watched, (deals, frequencies). nothing: the chance that nothing is won, with all and without each.
    left: how far the shares may be moved by frequencies that were not worked out.
    """

    value: Waves
    checked: Floats
    tables: Tables
    without: Waves
    nothing: Floats
    left: float = 0.0

    @property
    def worst(self) -> float:
        """How far off at most, whichever rho."""
        return float(self.checked.max())


def on_lattice(spectrum: Spectrum, rho: Sequence[float], weight: Sequence[float], step: Sequence[float]) -> Mixed:
    """Mix over the shock on a lattice, under each rho with its weight. step: by rho; refined until the halved one agrees."""
    for last in range(ROUNDS, -1, -1):
        between = nodes(rho, weight, step, 0.5)
        beside = spectrum.tables(between) if max(rho) > 0 else None
        found = _on_lattice(spectrum, spectrum.tables(nodes(rho, weight, step)), beside, AGREE if last else np.inf)
        if found.worst <= AGREE:
            break
        step = [one / 1.5 if off > AGREE / 10 else one for one, off in zip(step, found.checked, strict=True)]
    return found


def off(spectrum: Spectrum, beside: Tables, rung: int, k: Ints, weight: Floats, found: Waves) -> Floats:
    """How far do the nodes between lie off, at both ends and the middle of some frequencies? By rho."""
    at = np.unique([0, k.size // 2, k.size - 1])
    chosen = np.flatnonzero(weight.max(axis=1) > GONE)
    here = spectrum.given(beside, rung, k[at], chosen) @ weight[chosen]
    return np.asarray(np.abs(here - found[at]).max(axis=0) / 2)


def _on_lattice(spectrum: Spectrum, tables: Tables, beside: Tables | None, agree: float) -> Mixed:
    """On a lattice the function may come back to life (all amounts but one are multiples of 1,000): look before leaving out."""
    grid, nodes = spectrum.grid, tables.nodes
    by_group = nodes.by_group
    value, worst = np.zeros(grid.most + 1, np.complex128), np.zeros(nodes.groups)
    without = np.zeros((spectrum.watched.size if spectrum.watched else 0, grid.most + 1), np.complex128)
    value[0], without[:, 0] = 1.0, 1.0
    alone, apart_alone = spectrum.nothing(tables)
    none = np.concatenate([[alone @ nodes.weight], apart_alone @ nodes.weight])
    least, decided, coming = _looked(spectrum, tables)
    dead = np.inf
    for start, end in spectrum.blocks:
        for first in range(start, end + 1, _CHUNK):
            k = np.arange(first, min(first + _CHUNK, end + 1))
            k = k[least[k] < dead]
            if not k.size:
                continue
            log = -0.7 * least[k].min() * decided
            if coming is not None:
                log -= 0.7 * coming[k].min() * _wins(spectrum, tables)
            mass = nodes.weight * np.exp(log)
            chosen = np.flatnonzero(mass > GONE)
            if not chosen.size:
                continue
            rung = spectrum.rung(tables, np.where(mass > GONE, mass, 0.0), int(k[-1]))
            given, apart = spectrum.apart(tables, rung, k, chosen)
            each = given @ by_group[chosen]
            value[k] = each.sum(axis=1)
            for place, one in enumerate(apart):
                without[place, k] = one @ nodes.weight[chosen]
            if beside:
                worst = np.maximum(worst, off(spectrum, beside, rung, k, beside.nodes.by_group, each))
                if worst.max() > agree:
                    return Mixed(value, worst, tables, without, none)
        if np.isinf(dead) and end >= 32 and np.abs(value[end - end // 4 : end + 1]).max() < DEAD / 10:
            # Dead here; alive again only where the deals' turns are as close together as they were before.
            dead = 1.5 * float(least[end - end // 4 : end + 1].max())
    return Mixed(value, worst, tables, without, none)


def _looked(spectrum: Spectrum, tables: Tables) -> tuple[Floats, Floats, Floats | None]:
    """|1 + p (w - 1)| <= exp(-p (1 - p) (1 - Re w)): the mean of 1 - Re w over deals at each frequency, and sum p (1 - p)."""
    grid, deals, nodes = spectrum.grid, spectrum.deals, tables.nodes
    share = deals.chance * (1 - deals.chance) + 1e-300
    if spectrum.rows is not None:
        turned = -(share @ spectrum.rows.real)
    else:
        at = np.bincount(np.rint(deals.amount / grid.lattice).astype(np.int64) % grid.points, share, grid.points)
        turned = share.sum() - np.fft.rfft(at).real
    least = np.maximum(turned, 0.0) / share.sum() if deals.size else np.zeros(grid.most + 1)
    decided = np.zeros(nodes.weight.size)
    for start in range(0, deals.size, 4096):
        p = nodes.chances(deals.theta[start : start + 4096])
        decided += (p * (1 - p)).sum(axis=0)
    return least, decided, (1 - spectrum.flow_wave(np.arange(grid.most + 1)).real) if deals.flow else None


def _wins(spectrum: Spectrum, tables: Tables) -> Floats:
    flow = spectrum.deals.flow
    if flow is None or isinf(flow.shape):
        return tables.coming
    # -k log(1 - m x / k) falls more slowly than -m x; at x = 1 it is this.
    return np.asarray(flow.shape * np.log1p(tables.coming / flow.shape))
