"""The published growth method, exactly: seasonal or not, windows, damping, limits, the chain, and its golden vectors."""

from __future__ import annotations

import numpy as np
import pytest

from saleswright.measure.forecast.plain.grown import DAMPED, grown
from saleswright.measure.forecast.plain.growth import Fact, by_factors, by_members, by_revenue, put_together
from tests.measure.forecast.seeds import drawn

EVEN = 100 * 1.05 ** np.arange(13)


def level(months, came=20.0, won=5.0, lost=15.0, sale=5000.0, days=30.4375):
    one = np.ones(months)
    return Fact(one * came, one * won, one * lost, one * won * sale, one * won * days)


@pytest.mark.parametrize("window", [3, 6, 12])
def test_even_growth_goes_on_damped(window):
    path = grown(EVEN, ahead=3, window=window)
    assert path.way == "month over month"
    assert path.values == pytest.approx([EVEN[-1] * 1.05 ** (DAMPED * h) for h in (1, 2, 3)])


def test_growth_is_held_within_a_fifth_a_month():
    for factor, limit in ((3.0, 1.2), (0.2, 0.8)):
        found = grown(100 * factor ** np.arange(8.0), ahead=1, window=3).values
        assert found == pytest.approx(100 * factor**7 * limit**DAMPED)


def test_growth_is_a_ratio_of_sums_so_empty_months_break_nothing():
    months = np.array([0.0, 10, 0, 20, 10, 0, 30])
    g = np.clip((10 + 0 + 30) / (20 + 10 + 0) - 1, -0.2, 0.2)
    assert grown(months, ahead=1, window=3).values == pytest.approx([30 * (1 + g) ** 0.9])
    assert grown(np.zeros(8), ahead=2, window=6).values.tolist() == [0, 0]
    out_of_nothing = np.array([0.0] * 7 + [50])
    assert grown(out_of_nothing, ahead=1, window=3).values == pytest.approx([50])


def test_seasonal_is_the_same_month_a_year_before_times_yearly_growth():
    rng = drawn()
    shape = rng.gamma(3, 10, 12)
    months = np.concatenate([shape, shape * 1.5])
    path = grown(months, ahead=14, window=6, seasonal=True)
    assert path.way == "seasonal"
    assert path.values[:12] == pytest.approx(shape * 1.5**2) and path.values[12:] == pytest.approx(shape[:2] * 1.5**3)
    uneven = months.copy()
    uneven[-3:] *= 2
    g = uneven[-3:].sum() / uneven[9:12].sum() - 1
    assert grown(uneven, ahead=1, window=3, seasonal=True).values == pytest.approx([uneven[-12] * (1 + g)])


def test_the_chain_of_what_it_falls_back_to():
    for months, way in ((24, "seasonal"), (23, "month over month"), (6, "month over month"), (5, "mean of all months")):
        assert grown(np.arange(1.0, months + 1), ahead=1, window=12, seasonal=True).way == way
    assert grown([1, 2, 6], ahead=2, window=3).values == pytest.approx([3, 3])
    assert grown([1, 2, 6], [1, 1, 1], ahead=1, window=3).values == pytest.approx([3])
    assert np.isnan(grown([], ahead=1, window=3).values).all()


def test_conversion_grows_on_the_logit_scale_and_stays_a_share():
    odds = 0.25 * 1.1 ** np.arange(10)
    won = 1000 * odds / (1 + odds)
    path = grown(won, 1000 - won, ahead=3, window=3, odds=True).values
    assert path / (1 - path) == pytest.approx([odds[-1] * 1.1 ** (0.9 * h) for h in (1, 2, 3)], rel=1e-3)
    for won_, lost in ((np.full(8, 5.0), np.zeros(8)), (np.zeros(8), np.full(8, 5.0))):
        found = grown(won_, lost, ahead=40, window=6, odds=True).values
        assert ((found > 0) & (found < 1)).all()
    empty_last = grown([5, 5, 5, 5, 5, 5, 0], [15, 15, 15, 15, 15, 15, 0], ahead=1, window=3, odds=True).values
    assert empty_last == pytest.approx([0.25])


def test_what_is_no_month_is_refused():
    for months, more in (([1, np.nan], {}), ([1, 2], {"window": 4}), ([1, 2], {"ahead": 0}), ([1, 2], {"below": [1]})):
        with pytest.raises(ValueError):
            grown(months, **{"ahead": 1, "window": 3, **more})
    with pytest.raises(ValueError):
        Fact(*[np.ones(3)] * 4, np.ones(2))
    with pytest.raises(ValueError):
        by_revenue(EVEN, [1.5], 3)


def test_golden_vector_g1_new_value_a_month():
    for months in (3, 8, 30):
        told = by_factors(level(months), [1.0], 6, seasonal=True)
        assert told.point == pytest.approx(25_000)
    assert by_factors(level(8), [0.5, 1, 1], 6, won=1000).point == pytest.approx(1000 + 2.5 * 25_000)


def test_golden_vector_g5_the_model_of_timing():
    for came, sale, rate, timing, expected in (
        ([20, 20, 20, 20], 10_000, 0.25, [0.1, 0.4, 0.3, 0.2], 50_000),
        ([20, 18, 16, 14], 10_500, 0.24, [0.05, 0.3, 0.35, 0.3], 44_856),
    ):
        flow = np.array(came, float)
        told = put_together(flow, np.array([sale]), np.array([rate]), [np.array(timing)], 3)
        assert told == pytest.approx([expected])


def test_the_timing_of_wins_is_used_and_stretched_as_time_to_close_grows():
    fact = level(12)
    came = np.arange(1.0, 13.0)
    even = Fact(came, fact.won, fact.lost, fact.booked, fact.days)
    # New deals grow; how fast does not matter: the month before last's deals are on record.
    late = by_factors(even, [1.0], 3, timing=[0, 0, 1]).point
    assert late == pytest.approx(11 * 0.25 * 5000)
    two_months = Fact(came, fact.won, fact.lost, fact.booked, fact.won * 2 * 30.4375)
    assert by_factors(two_months, [1.0], 3).point == pytest.approx(11 * 0.25 * 5000)
    # Time to close doubles over the record: what closed in the first month takes longer.
    slower = Fact(came, fact.won, fact.lost, fact.booked, fact.days * 1.06 ** np.arange(12))
    assert by_factors(slower, [1.0], 3, timing=[1, 0, 0]).point < by_factors(even, [1.0], 3, timing=[1, 0, 0]).point


def test_by_member_is_the_sum_of_the_members():
    rng = drawn()
    parts = [level(14, came=c, won=w, lost=20 - w, sale=s) for c, w, s in ((20, 5, 4000), (10, 8, 9000))]
    never = Fact(rng.gamma(3, 2, 14), *[np.zeros(14)] * 4)
    both = Fact(*(np.array(rows) for rows in zip(*(one.columns for one in (*parts, never)), strict=True)))
    told = by_members(both, [1, 1], 6)
    assert told.point == pytest.approx(sum(by_factors(one, [1, 1], 6).point for one in parts))
    assert "1 member never won and adds nothing" in told.notes


def test_mix_is_what_the_whole_does_not_see():
    """Two members, each growing evenly, decided in the month they come in: by member exactly so, in the whole not."""
    months, days = np.arange(14), np.zeros(14)
    columns, expected = [], 0.0
    for first, growth, rate, sale in ((10.0, 1.1, 0.8, 9000.0), (100.0, 0.95, 0.05, 1000.0)):
        came = first * growth**months
        columns.append((came, came * rate, came * (1 - rate), came * rate * sale, days))
        expected += came[-1] * growth**DAMPED * rate * sale
    both = Fact(*(np.array(rows) for rows in zip(*columns, strict=True)))
    whole = Fact(*(one.sum(axis=0) for one in both.columns))
    assert by_members(both, [1.0], 6).point == pytest.approx(expected)
    assert abs(by_factors(whole, [1.0], 6).point / expected - 1) > 0.001


def test_its_law_is_made_of_its_own_errors_at_the_same_horizon_and_of_no_later_month():
    rng = drawn()
    months = rng.gamma(20, 5, 18)
    told = by_revenue(months, [1, 1, 1], 3, won=30)
    by_hand = []
    for n in range(6, 16):
        g = np.clip(months[n - 3 : n].sum() / months[n - 4 : n - 1].sum() - 1, -0.2, 0.2)
        said = sum(months[n - 1] * (1 + g) ** (0.9 * h) for h in (1, 2, 3))
        by_hand.append(months[n : n + 3].sum() / said)
    assert told.errors == 10 and (told.x[1:-1] - 30) / (told.point - 30) == pytest.approx(sorted(by_hand))
    half = by_revenue(months[:8], [0.5, 1], 12)
    assert half.x is None and half.errors == 1
    part = by_revenue(months, [0.25], 3)
    whole = by_revenue(months, [1.0], 3)
    assert part.point == pytest.approx(whole.point / 4) and part.x == pytest.approx(whole.x / 4)
    assert by_revenue(np.append(months, 1e9)[:18], [1, 1, 1], 3, won=30).point == told.point
    assert told.notes == ("by month over month",)


def test_it_says_why_it_cannot_speak():
    assert by_revenue([], [1], 3).reason == "there is no whole month yet"
    assert by_factors(level(0), [1], 3).reason == "there is no whole month yet"
    assert by_factors(level(8, won=0.0), [1], 3).reason == "nothing was won yet, so no average sale is known"
    assert by_revenue([-5.0] * 7, [1], 3).reason == "less than nothing came in, which does not grow"
    assert by_revenue([1, 2, 3, 4], [1], 3).no_law == "3 past errors: 4 are the least"
