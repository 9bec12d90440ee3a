"""The law of whole amounts without any of our shortcuts: each deal convolved, given each of many shocks, then mixed.

Written with nothing from the package: the normal law comes from the standard library, the shock is a fine grid.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

NORMAL = NormalDist()


def given(chance, rho, nodes=401, reach=8.5):
    """Chances given the shock, (nodes, deals), and the weights of the nodes."""
    z = np.linspace(-reach, reach, nodes) if rho > 0 else np.zeros(1)
    weight = np.array([NORMAL.pdf(one) for one in z])
    theta = np.array([NORMAL.inv_cdf(p) for p in chance])
    at = (theta + np.sqrt(rho) * z[:, None]) / np.sqrt(1 - rho)
    p = np.array([NORMAL.cdf(one) for one in at.ravel()]).reshape(at.shape)
    return p, weight / weight.sum()


def poisson_binomial(amount, p):
    """The masses of the sum on 0, 1, 2 ... given chances (nodes, deals), one convolution after another."""
    mass = np.zeros((p.shape[0], int(sum(amount)) + 1))
    mass[:, 0] = 1.0
    top = 0
    for a, one in zip(amount, p.T, strict=True):
        won = mass[:, : top + 1] * one[:, None]
        mass[:, : top + 1] *= 1 - one[:, None]
        mass[:, a : a + top + 1] += won
        top += a
    return mass


def law(amount, chance, rho=0.0, nodes=401):
    """P(sum = 0, 1, 2 ...)."""
    amount = [int(a) for a in amount]
    p, weight = given(chance, rho, nodes)
    return weight @ poisson_binomial(amount, p)


def farthest(curve, mass, unit=1.0, floor=0.0):
    """The largest distance of the curve's P(X <= x) and P(X < x) from those of the masses, at every value."""
    x = floor + unit * np.arange(mass.size)
    upto = np.cumsum(mass)
    return max(np.abs(curve.up_to(x) - upto).max(), np.abs(curve.under(x) - (upto - mass)).max())


def drawn(rng, amount, chance, rho, times, spread=0.0):
    """Sums as they may come, by drawing shocks, wins and amounts."""
    theta = np.array([NORMAL.inv_cdf(p) for p in chance])
    found = np.empty(times)
    for start in range(0, times, 5000):
        n = min(5000, times - start)
        z = rng.standard_normal((n, 1))
        won = theta + np.sqrt(rho) * z + np.sqrt(1 - rho) * rng.standard_normal((n, theta.size)) > 0
        value = np.asarray(amount, float)
        if spread:
            value = value * np.exp(spread * rng.standard_normal((n, theta.size)) - spread**2 / 2)
        found[start : start + n] = (won * value).sum(axis=1)
    return found
