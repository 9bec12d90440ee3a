"""The small table by team and horizon: each cell counted in periods, and nothing said where nothing was told."""

from __future__ import annotations

import numpy as np
import pytest

from saleswright.measure.forecast.scored.coverage import coverage
from saleswright.measure.forecast.scored.points import bias, wape
from saleswright.measure.forecast.scored.table import ALL, by_team_and_horizon
from tests.measure.forecast.seeds import drawn


def rows(rng, periods=7):
    team, horizon, period = (one.ravel() for one in np.meshgrid([0, 1], [4, 8], np.arange(periods), indexing="ij"))
    actual = rng.gamma(5, 10, team.size)
    point = actual * rng.lognormal(0, 0.3, team.size)
    return team, horizon, period, point, point * 0.7, point * 1.4, actual


def test_each_cell_is_what_its_own_rows_say():
    team, horizon, period, point, low, high, actual = given = rows(drawn())
    cells = {(c.team, c.horizon): c for c in by_team_and_horizon(*given, crps=np.abs(point - actual))}
    assert list(cells) == [(ALL, ALL), (0, ALL), (1, ALL), (ALL, 4), (ALL, 8), (0, 4), (0, 8), (1, 4), (1, 8)]
    mine = (team == 1) & (horizon == 8)
    cell = cells[1, 8]
    assert (cell.told, cell.periods, cell.not_told, cell.reason) == (7, 7, 0, "")
    assert cell.wape == pytest.approx(wape(point[mine], actual[mine]))
    assert cell.bias == pytest.approx(bias(point[mine], actual[mine]))
    assert cell.held == coverage(low[mine], high[mine], actual[mine], period[mine])
    assert cell.crps == pytest.approx(np.abs(point - actual)[mine].mean())
    assert cells[ALL, ALL].told == 28 and cells[ALL, ALL].held.periods == 7


def test_a_call_that_is_not_in_is_counted_and_never_zero():
    team, horizon, period, point, low, high, actual = rows(drawn())
    gone = (team == 0) & (period > 2)
    point, low, high = (np.where(gone, np.nan, one) for one in (point, low, high))
    cells = {(c.team, c.horizon): c for c in by_team_and_horizon(team, horizon, period, point, low, high, actual)}
    cell = cells[0, 4]
    assert (cell.told, cell.not_told, cell.periods) == (3, 4, 3)
    assert cell.reason == "3 periods: 6 are the least to say" and cell.crps is None
    mine = (team == 0) & (horizon == 4) & ~gone
    assert cell.wape == pytest.approx(wape(point[mine], actual[mine]))
    none = by_team_and_horizon(*([np.array([0])] * 3), [np.nan], [np.nan], [np.nan], [5.0])[0]
    assert none.wape is none.bias is none.held.share is None and none.reason == "nothing was forecast"


def test_a_quarter_told_in_thirteen_weeks_counts_no_more_than_one_told_once():
    zero, period = np.zeros(14, int), np.array([0] * 13 + [1])
    point, actual = np.array([150.0] * 13 + [100.0]), np.full(14, 100.0)
    cell = by_team_and_horizon(zero, zero, period, point, point, point, actual, crps=np.array([26.0] * 13 + [0.0]))[0]
    assert (cell.wape, cell.bias, cell.crps) == pytest.approx((0.25, 0.25, 13.0))
    assert cell.told == 14 and cell.periods == 2


def test_a_point_without_a_range_is_scored_and_its_range_is_not():
    zero = np.zeros(6, int)
    cell = by_team_and_horizon(zero, zero, np.arange(6), np.full(6, 9.0), *[np.full(6, np.nan)] * 2, np.full(6, 10.0))[
        0
    ]
    assert cell.wape == pytest.approx(0.1) and cell.held.share is None


def test_a_period_that_is_not_over_is_refused():
    one = np.array([0])
    with pytest.raises(ValueError):
        by_team_and_horizon(one, one, one, [1.0], [1.0], [1.0], [np.nan])
    with pytest.raises(ValueError):
        by_team_and_horizon(one, one, np.array([0, 1]), [1.0], [1.0], [1.0], [1.0])
