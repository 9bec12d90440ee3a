"""How good was it, by team and by how far ahead? The small table under a forecast, each cell counted in periods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from saleswright.measure.flow.columns import Bools, Ints
from saleswright.measure.forecast.scored.bands import once_each
from saleswright.measure.forecast.scored.coverage import Held, coverage
from saleswright.measure.forecast.scored.points import bias, wape
from saleswright.measure.forecast.scored.verdict import FEWEST
from saleswright.measure.metrics.words import plural

ALL = -1
"""Stands for all teams, or all horizons."""


@dataclass(frozen=True, slots=True)
class Cell:
    """How good forecasts of one team were at one horizon; ALL for all of either.

    told, periods: forecasts and the periods they were about; not_told: rows where nothing was forecast. wape, bias: None
    over nothing. held: of its ranges. crps: mean, in the amounts' unit. reason: why to think twice of the figures.
    """

    team: int
    horizon: int
    told: int
    not_told: int
    periods: int
    wape: float | None
    bias: float | None
    held: Held
    crps: float | None
    reason: str = ""


def by_team_and_horizon(
    team: Ints, horizon: Ints, period: Ints, point: Any, low: Any, high: Any, actual: Any, crps: Any = None
) -> list[Cell]:
    """Cells for all, each team, each horizon, and each team at each horizon, in this order; codes are 0 and above.

    One row per forecast: whose, how far ahead, about which period; point, low, high and crps nan where not told. Weeks of one
    period are averaged before periods are. Rows of all teams, where the company itself was forecast, belong into a table of
    their own: here they would count twice. ValueError where an actual is missing or columns do not match.
    """
    team, horizon, period = (np.asarray(one, np.int64) for one in (team, horizon, period))
    score = np.full(np.shape(actual), np.nan) if crps is None else crps
    columns = [np.asarray(one, np.float64) for one in (point, low, high, actual, score)]
    if any(one.shape != team.shape for one in (horizon, period, *columns)):
        raise ValueError("the columns do not match")
    if not np.isfinite(columns[3]).all():
        raise ValueError("an actual is missing: only periods that are over can be scored")
    teams, horizons = np.unique(team).tolist(), np.unique(horizon).tolist()
    asked = [(ALL, ALL), *((t, ALL) for t in teams), *((ALL, h) for h in horizons)]
    asked += [(t, h) for t in teams for h in horizons]
    found = []
    for t, h in asked:
        mine = ((team == t) | (t == ALL)) & ((horizon == h) | (h == ALL))
        if mine.any():
            found.append(_cell(t, h, mine, period, *columns))
    return found


def _cell(team: int, horizon: int, mine: Bools, period: Ints, *columns: Any) -> Cell:
    point, low, high, actual, score = columns
    told = mine & np.isfinite(point)
    ranged = mine & np.isfinite(low) & np.isfinite(high)
    scored = mine & np.isfinite(score)
    weight = once_each(period[told])
    held = coverage(low[ranged], high[ranged], actual[ranged], period[ranged])
    periods = int(np.unique(period[told]).size)
    each = once_each(period[scored])
    return Cell(
        team=team,
        horizon=horizon,
        told=int(told.sum()),
        not_told=int((mine & ~told).sum()),
        periods=periods,
        wape=wape(point[told], actual[told], weight),
        bias=bias(point[told], actual[told], weight),
        held=held,
        crps=float((each * score[scored]).sum() / each.sum()) if scored.any() else None,
        reason=_reason(periods),
    )


def _reason(periods: int) -> str:
    if not periods:
        return "nothing was forecast"
    return f"{plural(periods, 'period')}: {FEWEST} are the least to say" if periods < FEWEST else ""
