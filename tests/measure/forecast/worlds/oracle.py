"""What is the true chance of an open deal to be won within so many weeks? By the law, and what was seen until then.

Forward over all that a deal may go through: five courses of its stated day, stage, fallen back or not, weeks in the stage.
The sway of quarters to come is not known to anybody, so chances are means over it.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from saleswright.measure.flow.columns import Bools, Floats, Ints
from tests.measure.forecast.worlds.law import QUARTER, STAGES, STUCK, Law
from tests.measure.forecast.worlds.play import PUSH, of_dates, weekly

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(5)
COURSES = 5


def true_chance(
    law: Law, week: int, weeks: int, came: Ints, good: Floats, bad: Floats, segment: Ints, rows: dict[str, np.ndarray],
    stays: Bools,
) -> Floats:  # fmt: skip
    """(rows, weeks): won by the end of each of the next weeks, for deals open at the end of `week`."""
    alive = 1 - rows["dead"]
    if law.sway == 0:
        return alive[:, None] * _forward(law, week, weeks, came, good, bad, segment, rows, stays, np.ones(weeks))
    # Of this quarter as of those to come only the law is known.
    quarter = (week + 1 + np.arange(weeks)) // QUARTER
    quarter = np.minimum(quarter - quarter[0], 2)
    found = np.zeros((len(came), weeks))
    for picked in product(range(len(NODES)), repeat=int(quarter.max()) + 1):
        weight = float(np.prod(WEIGHTS[list(picked)] / WEIGHTS.sum()))
        if weight < 1e-4:
            continue
        sway = np.exp(law.sway * NODES[list(picked)] - law.sway**2 / 2)[quarter]
        found += weight * _forward(law, week, weeks, came, good, bad, segment, rows, stays, sway)
    return alive[:, None] * found


def _forward(
    law: Law, week: int, weeks: int, came: Ints, good: Floats, bad: Floats, segment: Ints, rows: dict[str, np.ndarray],
    stays: Bools, sway: Floats,
) -> Floats:  # fmt: skip
    n = len(came)
    stage, back, pushes = rows["stage"], (rows["back"] > 0).astype(np.int64), rows["pushes"]
    weeks_in = np.clip(week - (rows["since"] - 1) // 7, 0, STUCK)
    # Axes: deal, course (0: still pushed on; 1-4: left behind with 0-3 pushes), stage, fell back, weeks in the stage.
    at = np.zeros((n, COURSES, STAGES, 2, STUCK + 1))
    at[np.arange(n), np.where(stays, 1 + np.minimum(pushes, 3), 0), stage, back, weeks_in] = 1.0
    stated, pushed = rows["stated"].copy(), pushes.copy()
    stuck = np.ones((n, 1, 1, 1, STUCK + 1))
    stuck[..., STUCK] = law.stuck[segment][:, None, None, None]
    fell = np.array([1.0, law.fell_back])[None, None, None, :, None]
    lose = (law.lose[None, :] * bad[:, None])[:, None, :, None, None]
    backs, die = law.back[None, None, :, None, None], law.die[None, None, :, None, None]
    left_behind = of_dates(law, np.arange(4), np.full(4, -1))
    win0 = (law.win[None, :] * good[:, None])[:, None, :, None, None] * fell * stuck
    on0 = law.advance[None, None, :, None, None] * stuck
    found, total = np.zeros((n, weeks)), np.zeros(n)
    for k in range(weeks):
        now = week + 1 + k
        dates = np.empty((n, COURSES))
        dates[:, 0] = of_dates(law, pushed, stated - now)
        dates[:, 1:] = left_behind
        when = law.calendar(now) * sway[k] * np.where(now - came <= 3, law.young, 1.0)
        used = np.flatnonzero(at.any(axis=(0, 2, 3, 4)))
        factor = (dates[:, used] * when[:, None])[:, :, None, None, None]
        won, lost, on, fallen = weekly(win0 * factor, lose, on0, backs)
        part = at[:, used] * (1 - die)
        total += (part * won).sum(axis=(1, 2, 3, 4))
        found[:, k] = total
        stay = part * (1 - won - lost - on - fallen)
        new = np.zeros_like(part)
        new[..., 1:] = stay[..., :-1]
        new[..., STUCK] += stay[..., STUCK]
        # Who moved in this week has been there for no week as the next begins.
        new[:, :, 1:, :, 0] += (part * on).sum(axis=-1)[:, :, :-1]
        new[:, :, :-1, 1, 0] += (part * fallen).sum(axis=(-1, -2))[:, :, 1:]
        at = np.zeros_like(at)
        at[:, used] = new
        over = stated <= now
        course = 1 + np.minimum(pushed, 3)
        leaves = np.where(over, 1 - law.push, 0.0)[:, None, None, None]
        moved = at[:, 0] * leaves
        at[np.arange(n), course] += moved
        at[:, 0] -= moved
        stated, pushed = stated + PUSH * over, pushed + over
    return found
