"""What had become of a world's deals, as the forecast reads it."""

from __future__ import annotations

import numpy as np

from saleswright.measure.flow.lifetable import OPEN, WON
from saleswright.measure.forecast.outlook.past import Past
from tests.measure.forecast.worlds.world import MONDAY, NAMES, World


def past_of(world: World, week: int | None = None) -> Past:
    """Every deal that came by the end of a week (the last of the world's past), as known then."""
    week = world.week if week is None else week
    deals, end = world.deals, 7 * (week + 1)
    rows = np.flatnonzero(deals.created <= end)
    told = (deals.fate[rows] != OPEN) & (deals.ended[rows] <= end)
    fate = np.where(told, deals.fate[rows], OPEN)
    booked = np.where(fate == WON, deals.won[rows], 0)
    groups = {"segment": deals.segment[rows], "owner": deals.owner[rows]}
    ids = tuple(world.ids[i] for i in rows.tolist())
    none = np.zeros(len(rows), bool)
    ended = np.where(told, deals.ended[rows], end)
    came = MONDAY + deals.created[rows]
    return Past(ids, came, MONDAY + ended, fate, booked, none, none, MONDAY + end, NAMES, groups)
