"""Mixed over the shock, frequency by frequency, until nothing lives: for laws that are smooth.

As the frequency rises the function turns ever faster with the shock. What turns fast adds up to nothing and is faded out; what
is left is taken with the step that it needs. So the work per frequency stays what it was, however many deals there are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from saleswright.measure.flow.columns import Bools, Floats, Ints
from saleswright.measure.forecast.law.amount import Waves
from saleswright.measure.forecast.law.factor import Fade, Nodes, Profile, nodes
from saleswright.measure.forecast.law.mixing import AGREE, GONE, ROUNDS, Mixed, off
from saleswright.measure.forecast.law.normal import density
from saleswright.measure.forecast.law.spectrum import Spectrum, Tables

_LOOK = 0.125
_FINER = 1.3
_COUNTS = 1e-9


def until_dead(spectrum: Spectrum, rho: Sequence[float], weight: Sequence[float], step: Sequence[float]) -> Mixed:
    """Mix over the shock under each rho with its weight. step: the widest that may do, by rho."""
    walk = _Walk(spectrum, rho, weight, step)
    nothing = walk.nothing()
    found, worst, left = [np.ones(1, np.complex128)], np.zeros(len(rho)), np.zeros(len(rho))
    without = [np.ones((spectrum.watched.size if spectrum.watched else 0, 1), np.complex128)]
    for start, end in spectrum.blocks:
        k = np.arange(start, end + 1)
        faded = walk.profile.fade(start * spectrum.grid.step)
        for last in range(ROUNDS, -1, -1):
            tables, beside = walk.tables(faded, end * spectrum.grid.step)
            at = tables.nodes
            kept = faded.kept(at.z, at.group)
            mass = walk.living(at) * at.weight * kept
            chosen = np.flatnonzero(mass > GONE)
            rung = spectrum.rung(tables, np.where(mass > GONE, mass, 0.0), end)
            given, apart_from = spectrum.apart(tables, rung, k, chosen)
            each = given @ (at.by_group * kept[:, None])[chosen]
            if beside is None:
                break
            between = beside.nodes
            shares = between.by_group * (faded.kept(between.z, between.group) * (walk.living(between) > 0))[:, None]
            apart = off(spectrum, beside, rung, k, shares, each)
            if apart.max() <= AGREE or not last:
                worst = np.maximum(worst, apart)
                break
            walk.refine(apart > AGREE)
        found.append(each.sum(axis=1))
        each = each - nothing[0]
        without.append(np.array([one @ (at.weight * kept)[chosen] for one in apart_from]).reshape(-1, k.size))
        late = max(1, k.size // 2)
        left = np.where(walk.alive, _left(each, k, late), left)
        walk.alive &= left > spectrum.grid.dead / np.sqrt(len(rho))
        if not walk.alive.any():
            break
        walk.seen(at, chosen, np.abs(given[-late:]).max(axis=0))
    value, apart = np.concatenate(found), np.concatenate(without, axis=1)
    return Mixed(value, worst, walk.look, apart.astype(np.complex128), nothing.sum(axis=1), float(left.sum()))


def _left(each: Waves, k: Ints, late: int) -> Floats:
    """How far may the shares move by what comes after these frequencies? By rho.

    At most the sum of |c| / (pi k), which is |c| / (pi e) where the function falls as k^-e; e is what it was within the block.
    """
    first, last = np.abs(each[:late]).max(axis=0), np.abs(each[-late:]).max(axis=0)
    falls = np.log(np.maximum(first, 1e-300) / np.maximum(last, 1e-300)) / np.log((k[-1] + 1) / k[-late])
    return np.asarray(last / (np.pi * np.clip(falls, 0.5, 10.0)))


class _Walk:
    """What is known of the shock on the way: how fast the mean moves with it, where it lives, and the nodes that are held."""

    def __init__(
        self, spectrum: Spectrum, rho: Sequence[float], weight: Sequence[float], step: Sequence[float]
    ) -> None:
        self.spectrum, self.rho, self.weight = spectrum, list(rho), list(weight)
        self.widest, self.step = np.array(step), np.array(step)
        self.alive = np.ones(len(rho), bool)
        self.look = spectrum.tables(nodes(rho, weight, [_LOOK] * len(rho)))
        self.profile = _profile(spectrum, self.look, rho)
        self.size = np.ones(self.profile.slope.shape)
        self.held: tuple[Tables, Tables | None] | None = None

    def nothing(self) -> Floats:
        """The chance that nothing is won, by rho: with all deals, and without each of those watched, (1 + watched, groups)."""
        alone, apart = self.spectrum.nothing(self.look)
        return np.concatenate([alone[None, :], apart]) @ self.look.nodes.by_group

    def tables(self, faded: Fade, t: float) -> tuple[Tables, Tables | None]:
        """Nodes fine enough for frequencies up to t, and those between."""
        need = self.widest.copy()
        for group, one in enumerate(self.rho):
            if one > 0 and self.alive[group]:
                kept = faded.kept(self.profile.z, np.full(self.profile.z.size, group))
                weighs = self.weight[group] * density(self.profile.z) * self.size[group] * kept
                need[group] = min(need[group], self.profile.step(group, t, weighs > _COUNTS))
        short = self.alive & (need < self.step)
        if self.held is None or short.any():
            # A little finer than asked for, so that nodes are not made anew at each block.
            self.step = np.where(short, need if self.held is None else need / _FINER, self.step)
            first, between = (self._nodes(faded, offset) for offset in (0.0, 0.5))
            self.held = self.spectrum.tables(first), self.spectrum.tables(between) if max(self.rho) > 0 else None
        return self.held

    def _nodes(self, faded: Fade, offset: float) -> Nodes:
        found = nodes(self.rho, self.weight, self.step.tolist(), offset)
        return found.only(
            self.alive[found.group] & (faded.kept(found.z, found.group) > GONE) & (self.living(found) > 0)
        )

    def living(self, at: Nodes) -> Floats:
        """How far from dead the function was, given each node, when it was last looked at: 0 to 1."""
        found = np.empty(at.z.size)
        for group in range(len(self.rho)):
            mine = at.group == group
            found[mine] = np.interp(at.z[mine], self.profile.z, self.size[group]) if self.alive[group] else 0.0
        return found

    def seen(self, at: Nodes, chosen: Ints, size: Floats) -> None:
        """What was found at the nodes that were worked out; the others are gone. Who is beside somebody alive is alive."""
        whole = np.zeros(at.z.size)
        whole[chosen] = np.where(size * at.weight[chosen] > GONE, size, 0.0)
        for group in range(len(self.rho)):
            mine = at.group == group
            if mine.any():
                beyond = 0.0 if self.rho[group] else None
                seen = np.interp(self.profile.z, at.z[mine], whole[mine], beyond, beyond)
                near = np.maximum(seen[:-1], seen[1:])
                self.size[group] = np.minimum(1.0, np.maximum(np.append(near, seen[-1]), np.append(seen[0], near)))

    def refine(self, which: Bools) -> None:
        """These rho need a finer step than was thought."""
        self.widest = np.where(which, self.step / 1.5, self.widest)


def _profile(spectrum: Spectrum, look: Tables, rho: Sequence[float]) -> Profile:
    at, mean = look.nodes, spectrum.moments(look)[0]
    z = at.z[at.group == int(np.argmax(rho))] if max(rho) > 0 else np.linspace(-1.0, 1.0, 3)
    slope = np.zeros((len(rho), z.size))
    for group, one in enumerate(rho):
        if one > 0:
            slope[group] = np.abs(np.gradient(mean[at.group == group], z))
    return Profile(z, slope)
