"""What a customer is worth and how long one stays: the golden vector, the curve, and how little a gap or a trial moves it."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleswright.lib.period import Period
from saleswright.measure.metrics.acquisition import shifted
from saleswright.measure.metrics.lifetime import clv, kaplan_meier, monthly
from saleswright.measure.metrics.retention import months


def test_golden_vector_g7() -> None:
    assert clv(100, 0.8, 0.1) == pytest.approx(266.6667, abs=5e-5)
    assert clv(100, 0.8, 0.1, first_now=True) == pytest.approx(366.6667, abs=5e-5)
    assert clv(100, 0.8, 0.1, growth=0.02) == pytest.approx(281.6901, abs=5e-5)


def test_a_margin_that_outgrows_its_discount_has_no_value() -> None:
    with pytest.raises(ValueError, match="no end"):
        clv(100, 1.0, 0.01, growth=0.05)


@given(m=st.floats(1, 1e6), r=st.floats(0, 0.99), i=st.floats(0.001, 0.5))
def test_received_now_or_a_period_from_now_differs_by_exactly_one_margin(m: float, r: float, i: float) -> None:
    assert clv(m, r, i, first_now=True) - clv(m, r, i) == pytest.approx(m, rel=1e-9)


def test_the_mean_life_is_the_area_under_the_curve() -> None:
    # Of four, one goes after 10 days, one leaves the view at 20, one goes at 30, one is still here after 40.
    mean, horizon = kaplan_meier(Counter({10: 1, 20: 1, 30: 1, 40: 1}), Counter({10: 1, 30: 1}))
    assert horizon == 40
    assert mean == pytest.approx(10 + 20 * 0.75 + 10 * 0.375)


@given(spans=st.lists(st.integers(1, 500), min_size=1, max_size=40))
def test_when_everybody_has_gone_it_is_the_plain_mean_and_else_it_is_longer(spans: list[int]) -> None:
    every = Counter(spans)
    assert kaplan_meier(every, every)[0] == pytest.approx(sum(spans) / len(spans))
    fewer = Counter(spans[: len(spans) // 2])
    assert kaplan_meier(every, fewer)[0] >= sum(spans) / len(spans) - 1e-9


def test_a_rate_of_a_quarter_is_no_three_rates_of_a_month() -> None:
    quarter = Period(date(2026, 1, 1), date(2026, 4, 1), "2026Q1", "quarter")
    assert months(quarter) == 3
    assert monthly(1 - 0.9**3, quarter) == pytest.approx(0.1)


def test_a_period_moves_back_by_whole_months() -> None:
    year = Period(date(2026, 3, 31), date(2026, 5, 31), "x", "range")
    back = shifted(year, 1)
    assert (back.start, back.end) == (date(2026, 2, 28), date(2026, 4, 30))
    assert shifted(Period(date(2026, 1, 1), date(2026, 2, 1), "x", "range"), 14).start == date(2024, 11, 1)
