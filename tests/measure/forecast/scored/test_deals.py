"""Brier, log loss and the calibration table: by hand, by brute force, and counted by deal."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleswright.lib.ratio import wilson
from saleswright.measure.forecast.scored.deals import brier, calibration, ece, log_loss, parts
from tests.conftest import NIGHTLY
from tests.measure.forecast.seeds import drawn

ROWS = st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.integers(0, 6)), min_size=1, max_size=60)


def test_by_hand():
    p, y = [0.9, 0.2, 0.5], [1, 0, 0]
    assert brier(p, y) == pytest.approx((0.01 + 0.04 + 0.25) / 3)
    assert log_loss(p, y) == pytest.approx(-(np.log(0.9) + np.log(0.8) + np.log(0.5)) / 3)
    assert brier([], []) is log_loss([], []) is ece([], []) is parts([], []) is None
    assert log_loss([0.0], [1]) == pytest.approx(-np.log(1e-6)) and log_loss([1.0], [1]) < 2e-6


def test_forty_weeks_of_one_deal_are_one_deal():
    p = np.array([0.9] * 40 + [0.1, 0.1])
    y, deal = np.array([0] * 40 + [0, 0]), np.array([7] * 40 + [8, 9])
    assert brier(p, y, deal) == pytest.approx((0.81 + 0.01 + 0.01) / 3)
    table = calibration(p, y, deal)
    assert table.rows[9] == 40 and table.deals[9] == 1
    assert (table.low[9], table.high[9]) == pytest.approx(wilson(0, 1))


def test_the_table_by_brute_force():
    rng = drawn()
    p, y, deal = rng.random(500), rng.random(500) < 0.4, rng.integers(0, 90, 500)
    table = calibration(p, y, deal)
    for b in range(10):
        mine = (p >= b / 10) & (p < (b + 1) / 10)
        by_deal = [(p[mine & (deal == d)].mean(), y[mine & (deal == d)].mean()) for d in np.unique(deal[mine])]
        assert table.deals[b] == len(by_deal) and table.rows[b] == mine.sum()
        assert (table.chance[b], table.share[b]) == pytest.approx(tuple(np.mean(by_deal, axis=0)))
    share = [
        sum(((p >= b / 10) & (p < (b + 1) / 10) & (deal == d)).sum() / (deal == d).sum() for d in np.unique(deal))
        for b in range(10)
    ]
    assert table.weight == pytest.approx(np.array(share) / sum(share))
    assert ece(p, y, deal) == pytest.approx((table.weight * np.abs(table.share - table.chance)).sum())


def test_bins_hold_their_lower_edge_and_certainty_is_in_the_last():
    table = calibration([0.0, 0.1, 0.3, 0.7, 1.0], [0, 0, 0, 1, 1])
    assert table.rows.tolist() == [1, 1, 0, 1, 0, 0, 0, 1, 0, 1]
    assert np.isnan(table.share[2]) and np.isnan(table.low[2])


def test_even_bins_hold_as_many_deals_each():
    rng = drawn()
    p = rng.beta(2, 12, 2000)
    table = calibration(p, rng.random(2000) < p, even=True)
    assert np.abs(table.rows - 200).max() <= 2


def test_a_calibrated_forecaster_lies_in_its_bands_and_its_error_is_that_of_chance():
    rng = drawn()
    inside = seen = 0
    errors, expected = [], []
    for _ in range(400 if NIGHTLY else 80):
        p = rng.beta(1.5, 3, 400)
        table = calibration(p, rng.random(400) < p)
        some = table.deals >= 5
        inside += int(((table.low <= table.chance) & (table.chance <= table.high))[some].sum())
        seen += int(some.sum())
        errors.append(table.error)
        expected.append(table.error_by_chance)
    assert inside / seen == pytest.approx(0.80, abs=0.05)
    assert np.mean(errors) == pytest.approx(np.mean(expected), rel=0.1)
    p = rng.beta(1.5, 3, 20_000)
    assert ece(p, rng.random(20_000) < p) < 0.02 < ece(np.minimum(1, p * 1.3), rng.random(20_000) < p)


@given(ROWS)
def test_the_parts_of_a_brier_score_sum_to_it(rows):
    p, y, deal = (np.array(one) for one in zip(*rows, strict=True))
    for by in (None, deal):
        made = parts(p, y, by)
        assert made.score == pytest.approx(brier(p, y, by), abs=1e-12)
        assert made.reliability >= 0 and made.resolution >= -1e-15 and 0 <= made.uncertainty <= 0.25


def test_the_parts_of_chances_that_are_alike_in_each_bin_are_murphys():
    p = np.array([0.25] * 4 + [0.85] * 5)
    y = np.array([1, 0, 0, 0, 1, 1, 1, 1, 0])
    made = parts(p, y)
    assert made.within == pytest.approx(0, abs=1e-15)
    assert made.reliability == pytest.approx((4 * 0.0 + 5 * 0.05**2) / 9)
    assert made.resolution == pytest.approx((4 * (1 / 4 - 5 / 9) ** 2 + 5 * (4 / 5 - 5 / 9) ** 2) / 9)


@pytest.mark.parametrize("wrong", [([1.2], [1]), ([-0.1], [0]), ([np.nan], [0]), ([0.5], [2]), ([0.5, 0.5], [1])])
def test_what_is_no_chance_is_refused(wrong):
    for score in (brier, log_loss, ece, parts):
        with pytest.raises(ValueError):
            score(*wrong)
