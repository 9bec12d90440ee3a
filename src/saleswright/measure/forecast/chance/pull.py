"""How far does a cell's count differ from what was expected, and how much of that is chance? Closed form.

A cell with `seen` ends where `due` were expected has the ratio seen / due. Ratios of cells scatter around what the parent
says (gamma, worth `strength` expected ends), counts around ratios (Poisson); so a cell's ratio is
(seen + strength x parent) / (due + strength), and the strength is what makes all cells' counts likeliest (negative
binomial; Clayton and Kaldor 1987). The strengths of a list are weighed by their likelihood rather than picked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleswright.measure.flow.columns import Floats

STRENGTHS = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 1024.0, 1e5])
"""Expected ends that the parent is worth. The last one: cells do not differ."""

USUAL, SPREAD, TOP = 48.0, 2.0, 1024.0
"""The strength that is likeliest before anything is seen, and how far its log lies from that (beyond TOP all is one)."""


@dataclass(frozen=True)
class Pulled:
    """Ratios of cells after the pull. seen, due: ends and expected ends, in deals. parent: what each was drawn to.

    weight: how likely each of STRENGTHS is. ratio: the mean over them.
    """

    seen: Floats
    due: Floats
    parent: Floats
    weight: Floats
    ratio: Floats

    @property
    def strength(self) -> float:
        """The likeliest worth of the parent, in expected ends."""
        return float(STRENGTHS[int(np.argmax(self.weight))])

    def drawn(self, parent: Floats, rng: np.random.Generator) -> Floats:
        """Ratios as they may truly be, (times, cells), each standing on a draw of its parent (times, cells)."""
        strength = rng.choice(STRENGTHS, size=len(parent), p=self.weight)[:, None]
        shape = np.maximum(self.seen + strength * parent, 1e-6)
        return np.asarray(rng.standard_gamma(shape) / (self.due + strength))


def pull(seen: Floats, due: Floats, parent: Floats, usual: float = USUAL) -> Pulled:
    """Draw each cell's ratio to its parent's; usual: the worth of the parent that is likeliest before anything is seen."""
    told = due > 1e-9
    log = -0.5 * (np.log(np.minimum(STRENGTHS, TOP) / usual) / SPREAD) ** 2
    if told.sum() >= 2:
        log = log + _likelihood(seen[told], due[told], np.maximum(parent[told], 1e-9))
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    each = (seen + STRENGTHS[:, None] * parent) / (due + STRENGTHS[:, None])
    return Pulled(seen, due, parent, weight, np.asarray(weight @ each))


def _likelihood(n: Floats, mean: Floats, base: Floats) -> Floats:
    """The log of the negative binomial of all cells by each of STRENGTHS, without what no strength changes."""
    strength = STRENGTHS[:, None]
    shape = strength * base
    found = log_gamma(shape + n) - log_gamma(shape) + shape * np.log(strength) - (shape + n) * np.log(strength + mean)
    return np.asarray(found.sum(axis=1))


def log_gamma(x: Floats) -> Floats:
    """The log of the gamma function of positive numbers, to 1e-12: Stirling's series, eight steps further on."""
    z = x + 8
    product = x * (x + 1) * (x + 2) * (x + 3) * (x + 4) * (x + 5) * (x + 6) * (x + 7)
    square = 1 / (z * z)
    series = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680))) / z
    return np.asarray((z - 0.5) * np.log(z) - z + 0.5 * np.log(2 * np.pi) + series - np.log(product))
