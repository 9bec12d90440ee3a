"""WAPE, bias and MASE: the worked example to its printed digits, and what must always hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleswright.measure.forecast.scored.bands import at_most, once_each, wilson
from saleswright.measure.forecast.scored.points import accuracy_of_total, bias, mase, wape
from tests.measure.forecast.seeds import drawn

FORECAST, ACTUAL = [100, 120, 80], [90, 150, 80]
AMOUNTS = st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1, max_size=30)


def test_golden_vector_g15():
    assert wape(FORECAST, ACTUAL) == pytest.approx(0.125, abs=1e-15)
    assert bias(FORECAST, ACTUAL) == pytest.approx(-0.0625, abs=1e-15)
    assert accuracy_of_total(FORECAST, ACTUAL) == pytest.approx(0.9375, abs=1e-15)


def test_golden_vector_g14_the_range_of_seven_in_twenty():
    low, high = wilson(7 / 20, 20, 0.95)
    assert (float(low), float(high)) == pytest.approx((0.181192, 0.567146), abs=5e-7)


def test_nothing_came_in_is_no_figure_and_nothing_forecast_is_all_missed():
    assert wape([5], [0]) is bias([5], [0]) is accuracy_of_total([5], [0]) is None
    assert wape([], []) is None
    assert wape([0, 0], [3, 4]) == 1.0 and bias([0, 0], [3, 4]) == -1.0


@given(AMOUNTS, st.integers(1, 50))
def test_errors_scale_away_and_bias_is_never_larger_than_wape(pairs, factor):
    f, a = np.array(pairs, float).T
    if a.sum():
        assert wape(f * factor, a * factor) == pytest.approx(wape(f, a))
        assert abs(bias(f, a)) <= wape(f, a) + 1e-12
        assert wape(a, a) == bias(a, a) == 0


def test_weeks_of_one_period_count_as_one_period():
    period = np.array([1] * 13 + [2])
    f, a = np.array([110.0] * 13 + [100.0]), np.full(14, 100.0)
    assert wape(f, a) == pytest.approx(1.3 / 14)
    assert wape(f, a, once_each(period)) == pytest.approx(0.05)


def test_mase_is_one_for_the_seasonal_naive_on_its_own_history():
    rng = drawn()
    history = rng.lognormal(3, 0.5, 40)
    assert mase(history[8 - 4 : -4], history[8:], history[4:], 4) == pytest.approx(1.0)
    by_hand = np.mean([abs(50 - 40), abs(60 - 40)]) / np.mean([abs(2 - 1), abs(4 - 2)])
    assert mase([40, 40], [50, 60], [1, 2, 4]) == pytest.approx(by_hand)
    assert mase([1], [2], [5, 5, 5]) is None and mase([1], [2], [5, 6], 4) is None


def test_what_is_no_number_is_refused_not_scored():
    for wrong in (([1, np.nan], [1, 2]), ([1, 2], [1, np.inf]), ([1], [1, 2])):
        with pytest.raises(ValueError):
            wape(*wrong)
    with pytest.raises(ValueError):
        mase([1], [2], [1, 2, 3], 0)


def test_wilson_is_that_of_whole_counts_and_for_parts_of_periods_wide_enough():
    from saleswright.lib.ratio import wilson as counted

    for n in (1, 4, 11, 40):
        for k in range(n + 1):
            assert [float(end) for end in wilson(k / n, n)] == pytest.approx(counted(k, n), abs=1e-15)
    assert np.isnan(wilson(0.0, 0)).all()
    with pytest.raises(ValueError):
        wilson(1.2, 5)


def test_the_binomial_tail_is_the_brute_sum_and_a_line_between():
    rng = drawn()
    for n, k, p in ((6, 3, 0.8), (11, 4, 0.8), (13, 13, 0.2)):
        draws = rng.binomial(n, p, 200_000) <= k
        assert at_most(k, n, p) == pytest.approx(draws.mean(), abs=0.006)
    assert at_most(2.5, 6, 0.8) == pytest.approx((at_most(2, 6, 0.8) + at_most(3, 6, 0.8)) / 2)
    assert at_most(6, 6, 0.8) == 1.0
