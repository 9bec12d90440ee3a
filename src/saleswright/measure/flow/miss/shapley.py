"""How much of a change did each factor make? The change of a product, shared out among its factors without a remainder.

The value of a row is the product of its factors; a plan is one set of factors, an actual another. Three ways to share out
the change: Shapley's, in which each factor gets its mean effect over all orders of change (exact, in no order, with zeros);
one after the other, as controllers do (depends on the order); and the logarithmic mean, which breaks at zero.

Source: formulas 3.3; Shapley 1953; de Boer and Rodrigues 2019 (doi 10.1080/09535314.2019.1652571); Ang, Huang and Mu 2009.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from saleswright.measure.flow.columns import Floats, Ints

BLOCK = 1 << 14
"""Rows worked on at a time, so that all factors of a block stay in the processor's cache."""


def shapley(plan: Sequence[Any], actual: Sequence[Any]) -> Floats:
    """Each factor's share of the change, in the value's unit: one row a factor, in the shape all factors broadcast to.

    The rows sum to product(actual) - product(plan); a factor that did not change gets exactly 0. Zeros and negatives are
    as good as any other number. Of a function linear in each factor, Shapley's value is the Aumann-Shapley integral along
    the straight line from plan to actual, a polynomial of degree n - 1, which Gauss' rule of n / 2 nodes takes exactly:
    so the work grows with n squared, not with 2 to the n. ValueError where the two sides have not as many factors.
    """
    if len(plan) != len(actual) or not plan:
        raise ValueError(f"{len(plan)} factors of the plan, {len(actual)} of the actual")
    n = len(plan)
    sides = np.broadcast_arrays(*(np.asarray(one, float) for one in (*plan, *actual)))
    shape = sides[0].shape
    start, end = [one.reshape(-1) for one in sides[:n]], [one.reshape(-1) for one in sides[n:]]
    size = start[0].size
    found = np.zeros((n, size))
    nodes, weights = np.polynomial.legendre.leggauss((n + 1) // 2)
    nodes, weights = (nodes + 1) / 2, weights / 2
    for first in range(0, size, BLOCK):
        rows = slice(first, first + BLOCK)
        begun = [one[rows] for one in start]
        changed = [one[rows] - before for one, before in zip(end, begun, strict=True)]
        for node, weight in zip(nodes, weights, strict=True):
            _add(found[:, rows], begun, changed, float(node), float(weight))
    return found.reshape((n, *shape))


def _add(found: Floats, begun: list[Floats], changed: list[Floats], node: float, weight: float) -> None:
    """The slope at one place on the way, in each factor's direction, times how far the factor goes."""
    here = [before + node * change for before, change in zip(begun, changed, strict=True)]
    after = [here[-1]]
    for one in here[-2:0:-1]:
        after.append(one * after[-1])
    before: Any = weight
    for place, change in enumerate(changed):
        last = place == len(changed) - 1
        found[place] += change * before * (1.0 if last else after[len(changed) - 2 - place])
        before = before * here[place]


def sequential(plan: Sequence[Any], actual: Sequence[Any]) -> Floats:
    """The change factor by factor in the order given: the first at the plan's values of the others, the last at the actual."""
    sides = np.broadcast_arrays(*(np.asarray(one, float) for one in (*plan, *actual)))
    n = len(plan)
    now = [*sides[:n]]
    found = np.empty((n, *sides[0].shape))
    value = np.prod(now, axis=0)
    for place in range(n):
        now[place] = sides[n + place]
        after = np.prod(now, axis=0)
        found[place] = after - value
        value = after
    return found


def lmdi(plan: Sequence[Any], actual: Sequence[Any]) -> Floats:
    """The shares by the logarithmic mean, L(a, b) ln(x / x0) with L(a, b) = (a - b) / (ln a - ln b) and L(a, a) = a.

    Sums to the change as Shapley does, but is not a number wherever a factor of either side is zero or less.
    """
    sides = np.stack(np.broadcast_arrays(*(np.asarray(one, float) for one in (*plan, *actual))))
    n = len(plan)
    defined = np.all(sides > 0, axis=0)
    logs = np.log(np.where(defined, sides, 1.0))
    steps = logs[n:] - logs[:n]
    before, after = np.prod(sides[:n], axis=0), np.prod(sides[n:], axis=0)
    total = steps.sum(axis=0)
    apart = defined & (np.abs(total) > 1e-12)
    mean = np.where(apart, (after - before) / np.where(apart, total, 1.0), after)
    return np.where(defined, mean * steps, np.nan)


def apportion(parts: Any, total: Any) -> Ints:
    """Whole minor units that sum to `total` along the first axis, each within one of its part: by largest remainder.

    parts: (n, ...) floats; total: the (...) whole sums. A part of exactly 0 gets a unit only when no other can take it.
    """
    given = np.asarray(parts, float)
    wanted = np.asarray(total, np.int64)
    # What rounding of the last float digit did is no remainder.
    close = np.abs(given - np.rint(given)) < 1e-6
    settled = np.where(close, np.rint(given), given)
    floor = np.floor(settled)
    owed = wanted - floor.sum(axis=0).astype(np.int64)
    rest = settled - floor
    # Lexical order: the largest remainder first, of equal ones the largest part.
    rank = np.argsort(np.lexsort((np.abs(settled), rest), axis=0)[::-1], axis=0, kind="stable")
    heavy = np.argsort(np.argsort(-np.abs(settled), axis=0, kind="stable"), axis=0, kind="stable")
    n = len(given)
    each, over = np.divmod(np.abs(owed), n)
    signs = np.sign(owed)
    more = np.where(owed >= 0, rank < over, heavy < over)
    found: Ints = floor.astype(np.int64) + signs * (each + more)
    return found
