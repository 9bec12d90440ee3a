"""Is time in stage that of Kaplan and Meier, those still there counted as at least so long?"""

from __future__ import annotations

import numpy as np
import pytest

from saleswright.measure.flow.funnel.dwell import BUCKETS, bucket_words, dwell

# Weeks of remission under 6-MP (Freireich and others 1963), the textbook's table of the estimator; + is censored.
ENDED = [6, 6, 6, 7, 10, 13, 16, 22, 23]
CENSORED = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
TABLE = {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}
ERRORS = {6: 0.0764, 7: 0.0869, 10: 0.0963, 13: 0.1068, 16: 0.1141, 22: 0.1282, 23: 0.1346}


def remission() -> tuple[np.ndarray, np.ndarray]:
    days = np.array(ENDED + CENSORED, np.int64)
    return days, np.array([True] * len(ENDED) + [False] * len(CENSORED))


def test_the_curve_is_that_of_the_textbook() -> None:
    made = dwell(*remission())
    curve = dict(zip(made.days.tolist(), made.stay.tolist(), strict=True))
    for week, share in TABLE.items():
        assert curve[week] == pytest.approx(share, abs=5e-5)
    assert (made.n, made.there) == (21, 12)
    assert made.quantile(0.5)[0] == 23 and made.quantile(0.25)[0] == 13


def test_the_range_is_greenwoods_on_the_log_log_scale() -> None:
    made = dwell(*remission())
    for week, error in ERRORS.items():
        place = made.days.tolist().index(week)
        stay = made.stay[place]
        spread = 1.2815515594600038 * error / (stay * abs(np.log(stay)))
        assert made.low[place] == pytest.approx(stay ** np.exp(spread), abs=2e-4)
        assert made.high[place] == pytest.approx(stay ** np.exp(-spread), abs=2e-4)


def test_what_is_not_reached_is_not_said() -> None:
    assert dwell(*remission()).quantile(0.9) == (None, None, None)
    nothing = dwell(np.array([5, 8], np.int64), np.array([False, False]))
    assert nothing.quantile(0.25) == (None, None, None) and sum(nothing.bars) == 0
    assert dwell(np.array([], np.int64), np.array([], bool)).quantile(0.5) == (None, None, None)


def test_closed_visits_alone_would_lean_low() -> None:
    rng = np.random.default_rng(20261123)
    took, since = rng.exponential(40, 4000).astype(np.int64), rng.integers(0, 60, 4000)
    over = took <= since
    made = dwell(np.where(over, took, since), over)
    truth = 40 * np.log(2)
    assert made.quantile(0.5)[0] == pytest.approx(truth, abs=2.5)
    assert np.median(took[over]) < truth - 8


def test_eight_in_ten_ranges_hold_the_truth() -> None:
    rng = np.random.default_rng(7)
    truth, held = 40 * np.log(2), 0
    for _ in range(300):
        took, since = rng.exponential(40, 120), rng.uniform(10, 120, 120)
        over = took <= since
        _, low, high = dwell(np.floor(np.where(over, took, since)).astype(np.int64), over).quantile(0.5)
        held += low is not None and high is not None and low <= truth <= high + 1
    assert 0.75 <= held / 300 <= 0.9


def test_bars_count_the_visits_that_are_over() -> None:
    days = np.array([0, 3, 4, 7, 8, 30, 31, 180, 181, 900, 50], np.int64)
    over = np.array([True] * 10 + [False])
    assert dwell(days, over).bars == (2, 2, 1, 1, 1, 0, 1, 2)
    assert len(bucket_words()) == len(BUCKETS) - 1
    assert (bucket_words()[0], bucket_words()[-1]) == ("0 to 3 days", "181 days or more")
