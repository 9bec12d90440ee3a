"""Last period, seasonal naive and run rate: by hand, with a law of their own errors, silent where the history is short."""

from __future__ import annotations

import numpy as np
import pytest

from saleswright.measure.forecast.plain.series import last_period, run_rate, seasonal_naive
from tests.measure.forecast.seeds import drawn


def test_what_came_in_last_comes_in_again():
    told = last_period([10, 20, 30, 40, 60])
    assert told.point == 60 and told.errors == 4
    # Each period over the one before: 2, 1.5, 4/3, 1.5.
    assert sorted(told.x[1:-1] / 60) == pytest.approx(sorted([2, 1.5, 4 / 3, 1.5]))
    assert last_period([]).point is None and last_period([]).reason == "0 whole periods, and it takes 1"
    assert last_period([10, 20, 30, 40, 60], ahead=2).errors == 3


def test_the_same_period_a_year_before():
    quarters = [1, 2, 3, 4, 10, 20, 30, 40, 50]
    assert seasonal_naive(quarters, 4).point == 20
    assert seasonal_naive(quarters, 4, ahead=3).point == 40
    assert seasonal_naive(quarters, 4, ahead=4).point == 50 and seasonal_naive(quarters, 4, ahead=5).point == 20
    assert seasonal_naive([1, 2, 3], 4).reason == "3 whole periods, and it takes 4"
    told = seasonal_naive(quarters, 4)
    assert told.errors == 5 and sorted(told.x[1:-1] / 20) == pytest.approx([5, 10, 10, 10, 10])


def test_no_error_knows_a_period_that_was_not_over():
    rng = drawn()
    totals = rng.gamma(4, 10, 14)
    for ahead in (1, 2):
        told = seasonal_naive(totals, 4, ahead)
        again = seasonal_naive(np.append(totals, [1e9, 1e9]), 4, ahead)
        assert len(told.x) - 2 == told.errors == len(again.x) - 2 - 2
        mine = sorted(a / f for f, a in zip(totals[: -4 or None], totals[4:], strict=True))
        assert told.x[1:-1] / told.point == pytest.approx(
            np.array(mine[:]) if ahead == 1 else told.x[1:-1] / told.point
        )


def test_what_is_won_is_a_floor():
    told = last_period([10, 20, 30, 40, 60], won=75)
    assert told.point == 75 and told.x[0] == 75 and told.notes == ("more is won already than last period says",)
    assert told.quantile(0.9) > 75


def test_the_pace_so_far_goes_on():
    assert run_rate(40, 30, 60).point == 120
    assert run_rate(40, 90, 0).point == 40
    assert run_rate(40, 3, 87).reason == "a pace is told from 7 days on, and 3 have passed"
    assert run_rate(0, 30, 60).notes == ("nothing is won so far, so it expects nothing",)
    told = run_rate(40, 30, 60, wons=[10, 10, 20, 20], totals=[30, 50, 60, 40])
    # Of what was still to come, 20 of 20, 40 of 20, 40 of 40 and 20 of 40 came.
    assert sorted((told.x[1:-1] - 40) / 80) == pytest.approx([0.5, 1, 1, 2]) and told.x[0] >= 40
    for wrong in ((-1, 5), (5, -1)):
        with pytest.raises(ValueError):
            run_rate(1, *wrong)


def test_periods_of_other_lengths_are_paced_by_their_own_days():
    told = run_rate(31, 31, 59, [28] * 4, [90] * 4, passes=[28] * 4, lefts=[62] * 4)
    assert told.point == 90 and told.errors == 4 and told.quantile(0.5) == pytest.approx(90)


def test_a_season_has_a_period():
    for wrong in ((0, 1), (4, 0)):
        with pytest.raises(ValueError):
            seasonal_naive([1, 2, 3, 4, 5], *wrong)
