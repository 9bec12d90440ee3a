"""The ratio to the best baseline: who is the best, what a silent one counts, and that its range holds the truth."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from saleswright.measure.forecast.scored.against import FEWEST, TIMES, _counts, _widened, against_best
from tests.conftest import NIGHTLY
from tests.measure.forecast.seeds import drawn

QUARTERS = np.repeat(np.arange(8), 3)


def test_the_best_baseline_is_the_one_that_is_hardest_to_beat():
    rng = drawn()
    ours = rng.gamma(4, 1, 24)
    found = against_best(ours, {"naive": ours * 2, "rate": ours * 1.25, "lazy": np.full(24, np.nan)}, QUARTERS, 1)
    assert (found.name, found.periods) == ("rate", 8)
    assert found.ratio == pytest.approx(0.8) and found.low == pytest.approx(0.8) and found.high == pytest.approx(0.8)
    assert found.ratios == pytest.approx({"naive": 0.5, "rate": 0.8}) and found.silent == {"lazy": 0}


def test_ours_is_compared_where_the_baseline_spoke_and_weeks_are_averaged_first():
    ours = np.where(QUARTERS < 4, 100.0, 1.0)
    base = np.where(QUARTERS < 4, np.nan, 2.0)
    found = against_best(ours, {"late": base}, QUARTERS, 1)
    assert found.ratio == pytest.approx(0.5) and found.periods == 4
    assert found.low is None and f"{FEWEST} are the least" in found.reason
    assert against_best(ours, {"late": np.where(QUARTERS < 5, np.nan, 2.0)}, QUARTERS, 1).name == ""
    uneven = np.array([0] * 9 + [1])
    found = against_best(np.array([1.0] * 9 + [3.0]), {"b": np.full(10, 4.0)}, uneven, 1)
    assert found.ratio == pytest.approx(0.5)


def test_drawn_periods_are_whole_neighbours_and_as_many_as_there_are():
    rng = drawn()
    for block in (1, 3, 4):
        count = _counts(10, block, 500, rng)
        assert (count.sum(axis=1) == 10).all()
        assert count.mean(axis=0) == pytest.approx(np.ones(10), abs=0.25)
    assert (_counts(7, 7, 50, rng) == 1).all()


def test_the_same_seed_gives_the_same_range_and_shifting_weeks_inside_a_period_changes_nothing():
    rng = drawn()
    ours, base = rng.gamma(3, 1, 24), rng.gamma(4, 1, 24)
    one = against_best(ours, {"b": base}, QUARTERS, 5)
    turned = np.concatenate([np.roll(np.arange(24)[q == QUARTERS], 1) for q in range(8)])
    assert against_best(ours, {"b": base}, QUARTERS, 5) == one
    again = against_best(ours[turned], {"b": base[turned]}, QUARTERS, 5)
    assert (again.ratio, again.low, again.high) == pytest.approx((one.ratio, one.low, one.high))
    assert one.low < one.ratio < one.high


def test_over_replications_the_range_holds_the_true_ratio():
    """80 %, less a little where periods are fewest: there the bare quantiles of the draws held 68 %."""
    rng = drawn()
    worlds = 2000 if NIGHTLY else 300
    for periods, least in ((FEWEST, 0.75), (16, 0.77)):
        kept = 0
        for _ in range(worlds):
            hard = rng.gamma(4, 1, (periods, 1))
            ours, base = (hard * rng.gamma(5, level / 5, (periods, 4)) for level in (0.7, 1.0))
            found = against_best(ours.ravel(), {"b": base.ravel()}, np.repeat(np.arange(periods), 4), 3, times=400)
            kept += found.low <= 0.7 <= found.high
        slack = 3.5 * np.sqrt(0.16 / worlds)
        assert least - slack <= kept / worlds <= 0.83 + slack, periods


def test_having_chosen_the_best_of_many_is_paid_for():
    """Twenty baselines as good as ours: the ratio to the best is above 1, and so is most of its range."""
    rng = drawn()
    scores = rng.gamma(4, 1, (21, 12))
    found = against_best(scores[0], {str(i): scores[i] for i in range(1, 21)}, np.arange(12), 2)
    single = against_best(scores[0], {found.name: scores[int(found.name)]}, np.arange(12), 2)
    assert found.ratio == pytest.approx(single.ratio) and found.low > single.low - 1e-12
    assert found.high > single.high


def test_the_range_is_widened_as_students_t_is():
    """t of 5 degrees of freedom at 90 % is 1.47588; times the root of 6 / 5 a normal spans 89.4 % within it."""
    assert _widened(6) == pytest.approx(2 * NormalDist().cdf(1.47588 * (6 / 5) ** 0.5) - 1, abs=1e-4)
    rng = drawn()
    ours, base = rng.gamma(4, 1, 6), rng.gamma(4, 1, 6)
    found = against_best(ours, {"b": base}, np.arange(6), seed=8)
    count = _counts(6, 1, TIMES, np.random.default_rng(8))
    ends = np.quantile(
        (count @ ours) / (count @ base), [0.5 - _widened(6) / 2, 0.5 + _widened(6) / 2], method="inverted_cdf"
    )
    assert (found.low, found.high) == pytest.approx((min(ends[0], found.ratio), ends[1]))
    assert _widened(6) > _widened(12) > _widened(1000) == pytest.approx(0.8, abs=1e-3)


def test_a_baseline_that_missed_nothing_cannot_be_beaten():
    scores, period = np.ones(8), np.arange(8)
    found = against_best(scores, {"oracle": np.zeros(8), "b": np.ones(8)}, period, 1)
    assert found.name == "oracle" and found.ratio is None and found.reason == "nothing to divide by: it missed nothing"
    assert against_best(np.zeros(8), {"b": np.zeros(8)}, period, 1).reason == "nothing was missed by anyone"
    rare = np.array([np.nan, np.nan, np.nan, np.nan, 1.0, 1.0, 1.0, 1.0])
    found = against_best(scores, {"rare": rare, "b": scores * 2}, period, 1)
    assert found.name == "rare" and found.low is None
    found = against_best(np.ones(14), {"rare": np.append(np.full(7, np.nan), np.ones(7))}, np.arange(14), 1)
    assert found.ratio == found.low == found.high == 1.0


def test_wrong_columns_are_refused():
    for ours, base in (([1, np.nan], [1, 1]), ([1, 1], [1, 1, 1])):
        with pytest.raises(ValueError):
            against_best(ours, {"b": base}, np.array([1, 2]), 1)
    assert against_best([1.0], {}, np.array([1]), 1).reason
