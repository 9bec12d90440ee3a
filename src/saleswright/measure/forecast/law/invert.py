"""From a characteristic function back to a distribution: one Fourier transform, whatever the number of deals."""

from __future__ import annotations

import numpy as np

from saleswright.measure.flow.columns import Floats
from saleswright.measure.forecast.law.amount import Waves
from saleswright.measure.forecast.law.curve import Curve, atoms, proper
from saleswright.measure.forecast.law.spectrum import Grid

_FEWEST, _MOST = 1 << 13, 1 << 19
_STRAIGHT, _THINNED = 1e-7, 2e-8


def invert(value: Waves, grid: Grid, nothing: float) -> Curve:
    """The law of a function at 0, step, 2 step ... nothing: the chance that nothing is won at all."""
    if grid.made:
        return _spread(_masses(value, grid), grid, nothing)
    if grid.lattice:
        mass = _masses(value, grid)
        points = np.asarray(grid.low + grid.lattice * np.arange(mass.size), np.float64)
        return atoms(points, mass).trimmed()
    return _smooth(value, grid, nothing)


def _smooth(value: Waves, grid: Grid, nothing: float) -> Curve:
    """The density's Fourier series integrated term by term, so that the shares are exact at every knot.

    That nothing is won is a jump, and the function of a jump never dies: it is taken out first and put back at the end.
    """
    value = value - nothing * (grid.low == 0)
    jump = float(1 - value[0].real)
    k = np.arange(1, value.size)
    length = 2 * np.pi / grid.step
    # A straight line between knots is off by at most the largest slope of the density x distance^2 / 8.
    steepest = 2 / length * float(np.abs(value[1:]) @ (k * grid.step))
    wanted = length * np.sqrt(steepest / (8 * _STRAIGHT))
    knots = 1 << int(np.ceil(np.log2(min(max(wanted, _FEWEST, 4 * value.size), _MOST))))
    turned = value[1:] * np.exp(-1j * grid.step * grid.low * k) / (-1j * grid.step * k)
    spectrum = np.zeros(knots // 2 + 1, np.complex128)
    spectrum[1 : value.size] = np.conj(turned)
    wave = np.fft.irfft(spectrum, knots) * (knots / length)
    share: Floats = np.arange(knots + 1) / knots
    share = jump + (1 - jump) * share
    share[:-1] += wave - wave[0]
    left = share.copy()
    left[0] = 0.0
    x = np.asarray(grid.low + np.arange(knots + 1) * (length / knots), np.float64)
    return thinned(proper(x, left, share).trimmed())


def thinned(curve: Curve) -> Curve:
    """Without the knots that lie on the line between their neighbours: of a smooth law most do."""
    x, share, jump = curve.x, curve.right, curve.left[0]
    for _ in range(6):
        if x.size < 64:
            break
        middle = share[:-2:2] + (share[2::2] - share[:-2:2]) * (x[1:-1:2] - x[:-2:2]) / (x[2::2] - x[:-2:2])
        kept = np.ones(x.size, bool)
        kept[1:-1:2] = np.abs(share[1:-1:2] - middle) > _THINNED
        x, share = x[kept], share[kept]
    left = share.copy()
    left[0] = jump
    return Curve(x, left, share)


def _masses(value: Waves, grid: Grid) -> Floats:
    """The chance of each point of a lattice. Exact: its function repeats itself after 2 pi / lattice."""
    k = np.arange(value.size)
    spectrum = np.zeros(grid.points // 2 + 1, np.complex128)
    spectrum[: value.size] = np.conj(value * np.exp(-1j * grid.step * grid.low * k))
    return np.maximum(np.fft.irfft(spectrum, grid.points), 0.0)


def _spread(mass: Floats, grid: Grid, nothing: float) -> Curve:
    """Masses that stand for what lies around them; only that nothing is won is a single value."""
    total = np.cumsum(mass)
    total /= total[-1]
    half = grid.lattice / 2
    x = np.concatenate([[0.0], grid.low + grid.lattice * np.arange(mass.size) + half])
    right = np.concatenate([[min(nothing, total[0])], total])
    left = right.copy()
    left[0] = 0.0
    return proper(x, left, right).trimmed()
