"""Stage-weighted, pipeline x close rate, rep commit: by hand, with what was known by then only, silent with a reason."""

from __future__ import annotations

import numpy as np
import pytest

from saleswright.measure.forecast.plain.guess import with_errors
from saleswright.measure.forecast.plain.open_deals import close_rate, rep_commit, stage_rates, stage_weighted
from tests.measure.forecast.seeds import drawn


def test_stage_rates_by_hand():
    found = stage_rates(np.array([0, 0, 1, 1, 1, -1]), [0, 1, 1, 1, 1, 0], 3, worth=0)
    assert found == pytest.approx([0.5, 1.0, 4 / 6, 4 / 6])
    drawn_in = stage_rates(np.array([0, 0, 1, 1, 1, -1]), [0, 1, 1, 1, 1, 0], 3)
    assert drawn_in == pytest.approx([(1 + 4 / 6) / 3, (3 + 4 / 6) / 4, 4 / 6, 4 / 6])
    assert np.isnan(stage_rates(np.array([], int), [], 2)).all()
    weighted = stage_rates(np.array([0, 0]), [0, 1], 1, weight=[1, 3], worth=0)
    assert weighted == pytest.approx([0.75, 0.75])
    with pytest.raises(ValueError):
        stage_rates(np.array([3]), [1], 3)


def test_stage_rates_come_near_the_truth():
    rng = drawn()
    truth = np.array([0.1, 0.4, 0.8])
    stage = rng.integers(0, 3, 30_000)
    found = stage_rates(stage, rng.random(30_000) < truth[stage], 3)
    assert found[:3] == pytest.approx(truth, abs=0.025)


def test_amounts_by_the_chance_of_their_stage():
    told = stage_weighted([100, 200, np.nan], np.array([0, 1, 1]), [0.1, 0.5, 0.3], won=40)
    assert told.point == 40 + 10 + 100 and told.notes == ("1 open deal without an amount adds nothing",)
    assert stage_weighted([100], np.array([-1]), [0.1, 0.5, 0.3]).point == pytest.approx(30)
    assert stage_weighted([], np.array([], int), [np.nan], won=7).point == 7
    mute = stage_weighted([100], np.array([0]), [np.nan, np.nan])
    assert mute.point is None and mute.reason == "no deal was decided yet, so no stage has a chance"


def test_the_share_that_pipelines_like_it_brought():
    assert close_rate(500, [400, 600], [100, 150], won=40).point == pytest.approx(165)
    opens, afters = [400, 100, 100, 100, 100], [200, 10, 10, 10, 30]
    assert close_rate(500, opens, afters).point == pytest.approx(500 * 60 / 400)
    assert close_rate(500, opens, afters, season=4).point == pytest.approx(500 * 10 / 100)
    assert close_rate(500, opens, afters, season=5).point == pytest.approx(500 * 200 / 400)
    assert close_rate(500, [], []).reason == "0 past periods, and it takes 1"
    assert close_rate(500, [1, 2], [1, 2], season=4).reason == "2 past periods, and it takes 4"
    assert close_rate(500, [0, 0], [10, 10]).reason == "nothing was open on that day, so there is no rate"


def test_its_law_is_made_with_what_was_known_by_then():
    opens, afters = np.array([100.0, 200, 300, 100, 200, 400]), np.array([20.0, 60, 50, 30, 30, 100])
    told = close_rate(300, opens, afters, won=10, trailing=2)
    by_hand = []
    for i in range(1, 6):
        mine = slice(max(0, i - 2), i)
        by_hand.append(afters[i] / (opens[i] * afters[mine].sum() / opens[mine].sum()))
    assert told.errors == 5 and (told.x[1:-1] - 10) / (told.point - 10) == pytest.approx(sorted(by_hand))


def test_a_call_that_is_not_in_is_never_zero():
    assert rep_commit([10, 20, 30]).point == 60
    assert rep_commit([10, np.nan, 30]).reason == "1 of 3 calls is not in"
    assert rep_commit([10, np.nan, 30], in_=np.array([True, False, True])).point == 40
    assert rep_commit([]).reason == "nobody is asked for a call"
    told = rep_commit([10, 20], won=50)
    assert told.point == 50 and told.notes == ("more is won already than was called",)
    assert with_errors(rep_commit([10, 20]), [30, 40, 50, 60], [15, 20, 25, 30]).quantile(0.5) == pytest.approx(15)


def test_wrong_columns_are_refused():
    for opens, afters, more in (([1], [1, 2], {}), ([1], [1], {"season": -1}), ([1], [1], {"trailing": 0})):
        with pytest.raises(ValueError):
            close_rate(1, opens, afters, **more)
