"""Of deals told to have 30 %, are 30 in a hundred won? A map from chances as told to chances as they came, rising.

Beta calibration (Kull, Silva Filho and Flach 2017), log odds = a ln p - b ln(1 - p) + c, where few hundreds of wins tell it,
drawn to the identity; isotonic steps, joined by lines, where thousands do; none where neither can be told. What is counted
is deals, however many rows and horizons tell of one. Both maps keep 0 and 1, so chances stay ordered in days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleswright.measure.flow.columns import Floats

FEWEST, MANY = 200, 2000
"""Deals won, from which there is a map at all, and from which it is isotonic."""

SPREAD = np.array([0.3, 0.3, 0.05])
"""How far a, b and c lie from (1, 1, 0) before anything is seen (standard deviations). The level is
known better from the latest quarter (drift.py) than from origins of a year, so c is held close."""

BLOCKS = 200
EDGE = 1e-6


@dataclass(frozen=True)
class Calibration:
    """which: none, beta or isotonic. events: deals won that tell it. told: (a, b, c), or the corners (x, y) of the steps."""

    which: str
    events: int
    told: Floats

    def __call__(self, chance: Floats) -> Floats:
        """Chances as they come, for chances as told; rising, 0 for 0 and 1 for 1."""
        if self.which == "none":
            return chance
        if self.which == "isotonic":
            return np.asarray(np.interp(chance, self.told[0], self.told[1]))
        p = np.clip(chance, EDGE, 1 - EDGE)
        a, b, c = self.told
        found = 1 / (1 + np.exp(-(a * np.log(p) - b * np.log1p(-p) + c)))
        return np.where(chance <= EDGE, chance, np.where(chance >= 1 - EDGE, chance, found))


def calibrate(chance: Floats, won: Floats, weight: Floats, events: int) -> Calibration:
    """The map for chances as told long before, and what came. weight: deals; events: how many deals were won."""
    if events < FEWEST or not len(chance):
        return Calibration("none", events, np.zeros(0))
    if events >= MANY:
        return Calibration("isotonic", events, _steps(chance, won, weight))
    return Calibration("beta", events, _beta(chance, won, weight))


def _beta(chance: Floats, won: Floats, weight: Floats) -> Floats:
    p = np.clip(chance, EDGE, 1 - EDGE)
    x = np.stack([np.log(p), -np.log1p(-p), np.ones_like(p)], axis=1)
    middle, worth = np.array([1.0, 1.0, 0.0]), 1 / SPREAD**2
    at = middle.copy()
    for _ in range(25):
        q = 1 / (1 + np.exp(-(x @ at)))
        slope = x.T @ (weight * (won - q)) - worth * (at - middle)
        bend = (x * (weight * q * (1 - q))[:, None]).T @ x + np.diag(worth)
        step = np.linalg.solve(bend, slope)
        at += np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-9:
            break
    # A map that falls is no calibration.
    return np.array([max(at[0], 0.0), max(at[1], 0.0), at[2]])


def _steps(chance: Floats, won: Floats, weight: Floats) -> Floats:
    """Pool adjacent violators over blocks of equal weight; corners at the blocks' means."""
    order = np.argsort(chance, kind="stable")
    running = np.cumsum(weight[order])
    block = np.minimum((running / running[-1] * BLOCKS).astype(np.int64), BLOCKS - 1)
    mass = np.bincount(block, weight[order], minlength=BLOCKS)
    some = mass > 0
    x = np.bincount(block, (weight * chance)[order], minlength=BLOCKS)[some] / mass[some]
    y = np.bincount(block, (weight * won)[order], minlength=BLOCKS)[some] / mass[some]
    pools: list[list[float]] = []
    for at, value, worth in zip(x.tolist(), y.tolist(), mass[some].tolist(), strict=True):
        pools.append([at, value, worth])
        while len(pools) > 1 and pools[-2][1] >= pools[-1][1]:
            x1, y1, w1 = pools.pop()
            x0, y0, w0 = pools.pop()
            whole = w0 + w1
            pools.append([(x0 * w0 + x1 * w1) / whole, (y0 * w0 + y1 * w1) / whole, whole])
    corners = np.array(pools)[:, :2].T
    return np.concatenate([[[0.0], [0.0]], np.clip(corners, EDGE, 1 - EDGE), [[1.0], [1.0]]], axis=1)
