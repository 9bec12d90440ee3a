"""How much do deals move together? The correlation of the common shock, from how much past periods varied beyond chance.

Given the shock z of its period, of n decisions x are won by chances F((m + sqrt(rho) z) / sqrt(1 - rho)); over z that makes
counts that vary more than coins do. Trend and season are taken out first: m is a level, a slope, and quarters where there are
three years of them; they are fitted under each rho and what that costs is counted (Laplace), or rho would be too small.
Eight or twelve periods tell little, so the answer is not a number but a few values with their weights: the posterior under
a prior with mean 0.10 on 0 ... 0.40 (formulas 6.1), told by its Gauss nodes, which keep its moments.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from saleswright.lib.issue import Issue, Stop
from saleswright.measure.flow.columns import Floats
from saleswright.measure.forecast.law.normal import below, density, probit

RHO_0, LARGEST = 0.10, 0.40
FEW = 12
"""With fewer periods the correlation is barely told."""

_A = 1 / 3
# Even in the standard deviation: many deals tell a rho of a thousandth, and an even grid of rho would call it five.
_PARTS = 40
_PART_ENDS = np.linspace(0.0, 1.0, _PARTS + 1) ** 2
_EDGES = LARGEST * _PART_ENDS
# The mean of each part under the prior.
_GRID = LARGEST * _A / (_A + 1) * np.diff(_PART_ENDS ** (_A + 1)) / np.diff(_PART_ENDS**_A)
_Z = np.arange(-24, 25) * 0.25
_NODES = 4
_SEASONS = 12


@dataclass(frozen=True)
class Shock:
    """The common shock's correlation: values with their weights, mean, and the range that holds 80 %.

    periods: how many told of it. moment: what the variance of the win rates alone would say (formulas 6.1), or None.
    """

    rho: tuple[float, ...]
    weight: tuple[float, ...]
    mean: float
    low: float
    high: float
    periods: int = 0
    moment: float | None = None

    @classmethod
    def fixed(cls, rho: float) -> Shock:
        """One value that is taken for certain."""
        if not (isfinite(rho) and 0 <= rho <= LARGEST):
            raise Stop(Issue("rho", f"a correlation of deals is between 0 and {LARGEST:g}, not {rho}"))
        return cls((float(rho),), (1.0,), float(rho), float(rho), float(rho))

    @property
    def barely(self) -> bool:
        """Is it the prior more than the record that speaks?"""
        return self.periods < FEW


def shock(won: Any, decided: Any, season: Any = None, expected: Any = None) -> Shock:
    """The correlation, from won and decided deals of past periods, oldest first.

    season: which part of the year each period is (quarter 0 ... 3), where it may matter; it is taken out with three years or
    more. expected: the share that the period's own deals were expected to win: that some quarters begin with better deals is no
    shock. Periods in which nothing was decided are left out. Stop where counts make no sense.
    """
    x, n = np.asarray(won, np.float64), np.asarray(decided, np.float64)
    offset = (
        np.zeros(x.shape) if expected is None else probit(np.clip(np.asarray(expected, np.float64), 1e-6, 1 - 1e-6))
    )
    if offset.shape != x.shape:
        raise Stop(Issue("expected", f"{offset.shape} periods with an expected share for {x.shape} with wins"))
    if x.shape != n.shape or x.ndim != 1:
        raise Stop(Issue("won", f"{x.shape} periods with wins for {n.shape} with decisions"))
    if not (np.isfinite(x).all() and np.isfinite(n).all() and (x >= 0).all() and (x <= n).all()):
        raise Stop(Issue("won", "of each period's decisions between none and all are won"))
    kept = n > 0
    when = np.flatnonzero(kept).astype(np.float64)
    part = None if season is None else np.asarray(season)[kept]
    x, n, offset = x[kept], n[kept], offset[kept]
    prior = _prior()
    if x.size < 3 or x.sum() in (0.0, n.sum()):
        return _told(prior, int(x.size), None)
    design = _design(when, part)
    log = _evidence(x, n, design, offset, _GRID)
    weight = prior * np.exp(log - log.max())
    return _told(weight / weight.sum(), int(x.size), _moment(x, n))


def widened(of: Shock, sure: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The correlations and weights, when all chances may be off together by `sure` on the normal scale.

    An error common to all deals acts as a second common shock: with F^-1(p) off by s u, u normal, the chance given both is
    F((F^-1(p) + sqrt(r) v) / sqrt(1 - r)) with r = (rho + s^2) / (1 + s^2) and one v, normal. The means stay what they are.
    """
    if not (isfinite(sure) and 0 <= sure <= 1):
        raise Stop(Issue("sure", f"how far off chances may be is between 0 and 1, not {sure}"))
    square = sure * sure
    return tuple((rho + square) / (1 + square) for rho in of.rho), of.weight


def _design(when: Floats, part: Any) -> Floats:
    """Level, slope, and seasons as differences from the first."""
    columns = [np.ones(when.size)]
    if when.size >= 4:
        columns.append((when - when.mean()) / max(float(when.std()), 1e-9))
    if part is not None and when.size >= _SEASONS:
        columns += [(part == one) * 1.0 for one in np.unique(part)[1:]]
    return np.stack(columns, axis=1)


def _evidence(x: Floats, n: Floats, design: Floats, offset: Floats, rho: Floats) -> Floats:
    """The log likelihood of the counts under each rho, with level, trend and season fitted and their cost counted."""
    rate = float(np.clip(x.sum() / n.sum(), 1e-6, 1 - 1e-6))
    b = np.zeros((rho.size, design.shape[1]))
    b[:, 0] = float(probit(rate) - offset.mean())
    ridge = 1e-6 * np.eye(b.shape[1])
    value, slope, bend = _periods(x, n, b @ design.T + offset, rho)
    going = np.ones(rho.size, bool)
    for _ in range(30):
        move = np.linalg.solve(_information(design, bend) + ridge, (slope @ design - 1e-6 * b)[:, :, None])[:, :, 0]
        move[~going] = 0.0
        for _ in range(12):
            tried = _periods(x, n, (b + move) @ design.T + offset, rho)
            worse = tried[0].sum(axis=1) < value.sum(axis=1) - 1e-12
            if not worse.any():
                break
            move[worse] /= 2
        b = b + move
        value, slope, bend = tried
        going &= np.abs(move).max(axis=1) >= 1e-7
        if not going.any():
            break
    return np.asarray(value.sum(axis=1) - np.linalg.slogdet(_information(design, bend) + ridge)[1] / 2)


def _information(design: Floats, bend: Floats) -> Floats:
    """What the periods tell of level, trend and season, under each rho."""
    return np.asarray(np.einsum("pk,rp,pl->rkl", design, bend, design))


def _periods(x: Floats, n: Floats, m: Floats, rho: Floats) -> tuple[Floats, Floats, Floats]:
    """Under each rho, of each period, given its level m (rhos, periods): log likelihood, its slope in m, and how sharply it
    bends (expected)."""
    scale = 1 / np.sqrt(1 - rho)[:, None, None]
    at = (m[:, :, None] + np.sqrt(rho)[:, None, None] * _Z) * scale
    p = np.clip(below(at), 1e-12, 1 - 1e-12)
    rise = density(at) * scale
    some, rest = x[:, None], (n - x)[:, None]
    log = some * np.log(p) + rest * np.log1p(-p) + np.log(density(_Z) / density(_Z).sum())
    top = log.max(axis=2, keepdims=True)
    share = np.exp(log - top)
    total = share.sum(axis=2)
    score = (some / p - rest / (1 - p)) * rise
    slope = (share * score).sum(axis=2) / total
    # What a period tells of its level: the variance of a rate is that of the coins and that of the shock.
    mean_rise = density(m)
    rate = np.clip(below(m), 1e-9, 1 - 1e-9)
    spread = rate * (1 - rate) / n + rho[:, None] * mean_rise**2 * (1 - 1 / n).clip(0)
    return top[:, :, 0] + np.log(total), slope, mean_rise**2 / spread


def _moment(x: Floats, n: Floats) -> float | None:
    """rho from the variance of the rates, weighted by decisions: the excess over coins is that of two deals of one period."""
    rate, total = x.sum() / n.sum(), n.sum()
    if n.size < 2 or not 0 < rate < 1:
        return None
    between = float((n * (x / n - rate) ** 2).sum())
    size = float((total - (n * n).sum() / total) / (n.size - 1))
    within = float((x * (1 - x / n)).sum() / max(total - n.size, 1.0))
    excess = (between / (n.size - 1) - within) / size
    values = [joint(float(rate), rho) - rate**2 for rho in _EDGES]
    return float(np.interp(excess, values, _EDGES))


def joint(p: float, rho: float) -> float:
    """The chance that two deals, each with chance p, are both won."""
    z = np.arange(-75, 76) * 0.1
    given = below((probit(p) + np.sqrt(rho) * z) / np.sqrt(1 - rho)) if rho < 1 else (z > -probit(p)) * 1.0
    return float((density(z) * 0.1) @ (given * given))


def _prior() -> Floats:
    """The beta law (1/3, 1) on 0 ... 0.40, with mean 0.10: the one with most near 0 that does not rise towards 0.40.

    One that is flat in rho itself, such as beta (1, 3), has next to nothing near 0: with the eight quarters that most records
    have it never lets go of a shock where there is none. Flat in the standard deviation (Gelman 2006) is beta (1/2, 3/2).
    """
    return np.asarray(np.diff(_PART_ENDS**_A))


def _told(weight: Floats, periods: int, moment: float | None) -> Shock:
    nodes, share = _gauss(_GRID, weight)
    running = np.concatenate([[0.0], np.cumsum(weight)])
    low, high = (float(np.interp(q, running, _EDGES)) for q in (0.1, 0.9))
    return Shock(tuple(nodes.tolist()), tuple(share.tolist()), float(weight @ _GRID), low, high, periods, moment)


def _gauss(x: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Few values with weights that keep the first moments of many (Stieltjes; Golub and Welsch 1969)."""
    before, here = np.zeros(x.size), np.ones(x.size) / np.sqrt(weight.sum())
    level, side = np.zeros(_NODES), np.zeros(_NODES)
    for k in range(_NODES):
        level[k] = weight @ (x * here * here)
        after = (x - level[k]) * here - (side[k - 1] if k else 0.0) * before
        side[k] = np.sqrt(weight @ (after * after))
        before, here = here, after / side[k]
    found, vectors = np.linalg.eigh(np.diag(level) + np.diag(side[:-1], 1) + np.diag(side[:-1], -1))
    share = vectors[0] ** 2
    return np.clip(found, 0.0, LARGEST), share / share.sum()


PRIOR = _told(_prior(), 0, None)
"""What is taken where the record tells nothing."""
