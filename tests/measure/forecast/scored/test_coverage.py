"""Coverage is counted in independent periods, and the footer says so even when it is bad."""

from __future__ import annotations

import numpy as np
import pytest

from saleswright.measure.forecast.scored.bands import at_most
from saleswright.measure.forecast.scored.coverage import coverage
from saleswright.measure.forecast.scored.verdict import DOUBT, FEWEST, verdict
from tests.conftest import NIGHTLY
from tests.measure.forecast.seeds import drawn


def held(k, n, above=True):
    """n periods, one range each, of which k held; the others missed above (or below)."""
    y = np.where(np.arange(n) < k, 5.0, 20.0 if above else -20.0)
    return coverage(np.zeros(n), np.full(n, 10.0), y, np.arange(n))


def test_thirteen_weeks_of_one_quarter_are_one_quarter():
    period = np.repeat(np.arange(4), 13)
    actual = np.where(period == 3, 99.0, 5.0)
    one = coverage(np.zeros(52), np.full(52, 10.0), actual, period)
    assert (one.periods, one.rows, one.share) == (4, 52, 0.75)
    assert (one.low, one.high) == (held(3, 4).low, held(3, 4).high)
    assert (one.above, one.below, one.width) == pytest.approx((0.25, 0.0, 10.0))


def test_a_period_with_many_weeks_counts_no_more_than_one_with_few():
    period = np.array([0] * 9 + [1])
    one = coverage(np.zeros(10), np.full(10, 10.0), np.array([5.0] * 9 + [50.0]), period)
    assert one.share == 0.5 and one.held == 1.0
    assert one.width == 10.0 and one.relative == pytest.approx(20 / 55)


def test_both_ends_belong_to_the_range_and_teams_of_a_period_are_one_period():
    assert coverage([1, 1], [2, 2], [1, 2], np.array([7, 7])).share == 1.0
    assert coverage([1, 1], [2, 2], [1, 2], np.array([7, 7])).periods == 1


def test_of_no_forecast_nothing_is_known():
    none = coverage([], [], [], np.array([], int))
    assert none.share is none.low is none.width is None and none.periods == 0
    assert verdict(none, "quarters").sentence == (
        "Nothing is known of how often ranges like this hold: no quarters are over yet."
    )


def test_wrong_columns_are_refused():
    for low, high, actual in (([2], [1], [1]), ([np.nan], [1], [1]), ([1], [2], [np.nan])):
        with pytest.raises(ValueError):
            coverage(low, high, actual, np.array([1]))
    with pytest.raises(ValueError):
        coverage([1], [2], [1], np.array([1, 2]))


def test_over_replications_the_range_of_the_coverage_holds_the_truth_and_by_weeks_it_would_not():
    """Weeks of a quarter share its outcome: counted as weeks, the 80 % interval would hold the truth far less often."""
    rng = drawn()
    worlds, periods, weeks = (4000 if NIGHTLY else 800), 11, 13
    kept = {"periods": 0, "weeks": 0}
    for _ in range(worlds):
        outcome = rng.normal(0, 1, periods)
        # What is told week by week moves, but its outcome is one and the same.
        centre = rng.normal(0, 0.15, (periods, weeks))
        inside = np.repeat(outcome, weeks)
        low, high = (centre - 1.2816).ravel(), (centre + 1.2816).ravel()
        for name, period in (("periods", np.repeat(np.arange(periods), weeks)), ("weeks", np.arange(periods * weeks))):
            one = coverage(low, high, inside, period)
            kept[name] += one.low <= 0.794 <= one.high
    assert kept["periods"] / worlds >= 0.77
    assert kept["weeks"] / worlds < 0.45


def test_the_fewest_periods_are_the_fewest_that_can_find_out_a_bad_range():
    """Blamed are as few as come less than once in ten times if kept; FEWEST finds out a coin flip more often than not."""

    def found_out(n):
        blamed = [k for k in range(n + 1) if at_most(k, n, 0.8) <= DOUBT]
        return at_most(max(blamed), n, 0.5) if blamed else 0.0

    assert found_out(FEWEST) > 0.5 >= max(found_out(n) for n in range(1, FEWEST))


@pytest.mark.parametrize(
    ("k", "n", "judged", "sentence"),
    [
        (9, 11, "held", "Ranges like this held 9 of 11 quarters; they promise 80 %."),
        (
            4,
            6,
            "held",
            "Ranges like this held 4 of 6 quarters; they promise 80 %, and 6 quarters do not tell these apart.",
        ),
        (
            10,
            10,
            "held",
            "Ranges like this held 10 of 10 quarters; they promise 80 %, and 10 quarters do not tell these apart.",
        ),
        (
            4,
            11,
            "too narrow",
            "Ranges like this held only 4 of 11 quarters; they promise 80 %: think them wider. Mostly more came in.",
        ),
        (
            20,
            20,
            "too wide",
            "Ranges like this held 20 of 20 quarters; they promise 80 %: they are wider than they need be.",
        ),
        (
            3,
            4,
            "too few",
            "Ranges like this held 3 of 4 quarters: too few quarters to say how good they are; 6 are the least.",
        ),
    ],
)
def test_the_footer_says_how_often_ranges_held_good_or_bad(k, n, judged, sentence):
    said = verdict(held(k, n), "quarters")
    assert (said.judged, said.sentence) == (judged, sentence)


def test_parts_of_periods_are_said_as_a_share_and_misses_below_as_such():
    period = np.repeat(np.arange(8), 3)
    actual = np.where(np.arange(24) % 3 == 0, 5.0, -5.0)
    said = verdict(coverage(np.zeros(24), np.full(24, 10.0), actual, period), "quarters")
    assert said.judged == "too narrow"
    assert said.sentence == (
        "Ranges like this held only 33 % of the time over 8 quarters; they promise 80 %: think them wider. Mostly less came in."
    )


def test_a_good_range_is_seldom_blamed_and_a_bad_one_mostly_found_out():
    rng = drawn()
    for chance, low, high in ((0.8, 0.0, 0.15), (0.5, 0.65, 0.8)):
        blamed = np.mean([verdict(held(int(rng.binomial(11, chance)), 11)).judged == "too narrow" for _ in range(800)])
        assert low <= blamed <= high
