"""Does the chain ladder do what is done by hand, what is published, and what came of drawn cohorts?"""

from __future__ import annotations

import numpy as np
import pytest

from saleswright.measure.flow.funnel.triangle import complete, factors

# Taylor and Ashe (1983) as in Mack (1993): cumulative claims, and the published development factors.
CLAIMS = (
    (357848, 1124788, 1735330, 2218270, 2745596, 3319994, 3466336, 3606286, 3833515, 3901463),
    (352118, 1236139, 2170033, 3353322, 3799067, 4120063, 4647867, 4914039, 5339085),
    (290507, 1292306, 2218525, 3235179, 3985995, 4132918, 4628910, 4909315),
    (310608, 1418858, 2195047, 3757447, 4029929, 4381982, 4588268),
    (443160, 1136350, 2128333, 2897821, 3402672, 3873311),
    (396132, 1333217, 2180715, 2985752, 3691712),
    (440832, 1288463, 2419861, 3483130),
    (359480, 1421128, 2864498),
    (376686, 1363294),
    (344014,),
)
PUBLISHED = (3.4906, 1.7473, 1.4574, 1.1739, 1.1038, 1.0863, 1.0539, 1.0766, 1.0177)


def laid(rows: tuple[tuple[int, ...], ...]) -> tuple[np.ndarray, np.ndarray]:
    ages = max(map(len, rows))
    full = np.array([[*row, *[-1] * (ages - len(row))] for row in rows], np.float64)
    return full, np.array([len(row) - 1 for row in rows])


def test_a_triangle_by_hand() -> None:
    """Factors (20 + 22) / (10 + 12) and 24 / 20; 22 comes to 26.4, and 8 to 8 x 1.909... x 1.2."""
    c, reached = laid(((10, 20, 24), (12, 22), (8,)))
    made = complete(c, np.array([60, 60, 60]), np.array([30, 20, 5]), reached)
    assert made.factors.tolist() == pytest.approx([42 / 22, 24 / 20])
    assert made.point.tolist() == pytest.approx([24, 26.4, 8 * 42 / 22 * 1.2])
    assert made.mature.tolist() == [True, False, False]
    assert made.low[0] == made.high[0] == 24
    assert made.low[1] <= 26.4 <= made.high[1] and made.low[2] < made.point[2] < made.high[2]


def test_factors_and_completion_are_the_published_ones() -> None:
    c, reached = laid(CLAIMS)
    assert factors(c, reached).tolist() == pytest.approx(PUBLISHED, abs=5e-5)
    size = np.full(10, 10**9)
    made = complete(c, size, np.zeros(10, np.int64), reached)
    assert made.point.sum() - made.so_far.sum() == pytest.approx(18_680_856, abs=1)


def test_a_cohort_without_a_win_is_carried_by_the_older_ones_share() -> None:
    c, reached = laid(((5, 10), (3, 8), (2, 6), (0,)))
    made = complete(c, np.array([20, 20, 20, 30]), np.zeros(4, np.int64), reached)
    assert made.point[3] == pytest.approx(30 * (24 - 10) / 60)
    assert made.high[3] > 0


def test_no_cohort_wins_more_than_it_has_left() -> None:
    c, reached = laid(((1, 9), (1, 9), (1, 9), (4,)))
    made = complete(c, np.array([10, 10, 10, 10]), np.array([1, 1, 1, 3]), reached)
    assert made.point[3] == 7 and made.high[3] <= 7


def test_what_came_of_drawn_cohorts_lies_in_the_range_eight_times_in_ten() -> None:
    """Cohorts of 60 to 400 deals with one rate and one timing, cut off today; what they come to is known."""
    rng = np.random.default_rng(20261123)
    timing, rate, ages = np.array([0.08, 0.4, 0.25, 0.15, 0.08, 0.04]), 0.35, 6
    held = told = 0
    errors: list[float] = []
    for _ in range(120):
        size = rng.integers(60, 400, 20)
        won = np.array([rng.multinomial(rng.binomial(n, rate), timing) for n in size]).cumsum(axis=1)
        reached = np.minimum(19 - np.arange(20), ages - 1)
        c = np.where(np.arange(ages) <= reached[:, None], won, -1).astype(np.float64)
        made = complete(c, size, np.zeros(20, np.int64), reached)
        for i in np.flatnonzero(~made.mature):
            truth = won[i, -1]
            held += int(made.low[i] <= truth <= made.high[i])
            told += 1
            if reached[i] > 0:
                errors.append((made.point[i] - truth) / size[i])
    assert 0.76 <= held / told <= 0.92, held / told
    assert abs(float(np.mean(errors))) < 0.01
