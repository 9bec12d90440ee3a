"""How do parts that add up still add up once each is told to the unit? By the largest remainder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def shared(parts: Sequence[float], total: int) -> list[int]:
    """Whole numbers near the parts that sum to `total`; a part of exactly 0 stays 0 (Hamilton's method).

    Raises AssertionError where the parts do not sum to it within half a unit each: then something was left out.
    """
    given = np.asarray(parts, np.float64)
    whole = np.floor(given)
    left = total - int(whole.sum())
    movable = np.flatnonzero(given != 0)
    if abs(float(given.sum()) - total) > 1 + given.size / 2 or (left and not movable.size):
        raise AssertionError(f"the parts sum to {given.sum():.2f}, not to {total}")
    order = movable[np.argsort(-(given - whole)[movable], kind="stable")]
    step = 1 if left > 0 else -1
    for place in range(abs(left)):
        whole[order[place % order.size] if step > 0 else order[-1 - place % order.size]] += step
    return [int(one) for one in whole]
