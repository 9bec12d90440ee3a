"""How many wins, qualified deals and leads reach the target: closed forms, brute force, and ranges that hold the truth."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from saleswright.measure.forecast.needed.count import Step, _many, needed
from saleswright.measure.forecast.scored.laws import steps as law_of
from tests.conftest import NIGHTLY
from tests.measure.forecast.seeds import drawn

SURE = 10**8


def nothing(value=0.0):
    """What comes in anyhow is known."""
    return law_of([value])


def test_golden_vector_g18_by_hand():
    one = needed(1.6e6, *nothing(), [40_000.0] * 9, [Step("qualified deals", 22, 100)], seed=1)
    deals = one.numbers[1]
    assert deals.by_hand * 40_000 / 1.6e6 == pytest.approx(4.545, abs=5e-4)
    assert one.missing == 1.6e6 and one.chance == 0.0
    assert deals.n > deals.by_hand


def test_of_equal_sales_and_a_known_rate_it_is_the_negative_binomial():
    """40 wins of 1,000 at 20 %: the least n of which at least 40 are won in four of five cases."""
    one = needed(
        40_000, *nothing(), [1000.0] * 6, [Step("qualified deals", SURE // 5, SURE)], seed=int(drawn().integers(10**6))
    )
    wins, deals = one.numbers
    assert (wins.n, wins.low, wins.high, wins.by_hand) == (40, 40, 40, pytest.approx(40))

    def reached(n):
        return 1 - sum(comb(n, k) * 0.2**k * 0.8 ** (n - k) for k in range(40))

    exact = next(n for n in range(40, 1000) if reached(n) >= 0.8)
    assert deals.n == pytest.approx(exact, abs=2) and deals.by_hand == pytest.approx(200)


def test_with_the_number_the_target_is_reached_as_often_as_wanted_and_with_one_fewer_not():
    rng = drawn()
    sales = rng.lognormal(3, 0.8, 400)
    x, cdf = law_of(rng.gamma(4, 100, 300))
    for wanted in (0.5, 0.8, 0.95):
        one = needed(900, x, cdf, sales, [Step("deals", SURE // 4, SURE)], int(rng.integers(10**6)), wanted)
        base = rng.choice(x, 15_000)
        drawn_sales = rng.choice(sales, (15_000, 200))
        for number, won in ((one.numbers[0], None), (one.numbers[1], 0.25)):
            reached = []
            for n in (number.n - 1 - number.n // 20, number.n + number.n // 20 + 1):
                wins = np.full(15_000, n) if won is None else rng.binomial(n, won, 15_000)
                sums = np.concatenate([np.zeros((15_000, 1)), np.cumsum(drawn_sales, axis=1)], axis=1)
                reached.append((base + sums[np.arange(15_000), np.minimum(wins, 200)] >= 900).mean())
            assert reached[0] < wanted + 0.015 and reached[1] > wanted - 0.015


def test_very_many_wins_are_counted_by_the_limit_and_agree_with_the_sum():
    rng = drawn()
    sales = rng.gamma(2, 50, 300)
    one = needed(100_000, *nothing(), sales, [], int(rng.integers(10**6)), wanted=0.9).numbers[0]
    sums = rng.choice(sales, (3000, one.n)).sum(axis=1)
    # The sales' own mean is unsure as well, so the number is a little above what these sales alone would need.
    assert (sums >= 100_000).mean() > 0.85 and one.n < 1.15 * 100_000 / sales.mean()
    assert one.low < one.n <= one.high


def test_the_limit_has_the_mean_and_the_spread_of_the_sum():
    """First passage of 30,000 sums over 300 mean sales, to less than half a win."""
    rng = drawn()
    sums = np.cumsum(rng.gamma(2, 50, (30_000, 420)), axis=1)
    brute = (sums < 30_000).sum(axis=1) + 1
    limit = _many(np.full(400_000, 30_000.0), 100.0, 5_000.0, rng)
    assert brute.max() < 420 and limit.mean() == pytest.approx(brute.mean(), abs=0.38)
    assert limit.std() == pytest.approx(brute.std(), rel=0.05)
    assert _many(np.zeros(3), 100.0, 5_000.0, rng).tolist() == [0, 0, 0]


def test_few_uneven_sales_leave_the_number_of_wins_unsure():
    """Of 25 sales on record: the range holds what the truth needs about four times in five, less where the largest is unseen."""
    rng = drawn()
    worlds, kept, wide = (400 if NIGHTLY else 30), 0, []
    truth = needed(40.0, *nothing(), rng.lognormal(-0.32, 0.8, 20_000), [], seed=3).numbers[0].n
    for _ in range(worlds):
        one = needed(40.0, *nothing(), rng.lognormal(-0.32, 0.8, 25), [], int(rng.integers(10**6))).numbers[0]
        kept += one.low <= truth <= one.high
        wide.append(one.high - one.low)
    assert kept / worlds >= 0.74 - 3.5 * (0.16 / worlds) ** 0.5 and np.median(wide) >= 0.25 * truth


def test_what_is_reached_anyhow_needs_nothing():
    one = needed(100, *law_of([90, 110, 120, 130, 140]), [], [Step("leads", 0, 5)], seed=1)
    assert one.chance == pytest.approx(0.8) and [(n.n, n.low, n.high) for n in one.numbers] == [(0, 0, 0)] * 2
    assert needed(100, *law_of([90, 110, 120, 130, 140]), [50.0] * 6, [], seed=1, wanted=0.9).numbers[0].n == 1


def test_it_says_why_it_cannot_tell():
    few = needed(100, *nothing(), [10.0] * 4, [Step("leads", 1, 5)], seed=1)
    assert all(n.n is None and n.reason.startswith("4 sales: 5 are the least") for n in few.numbers)
    never = needed(100, *nothing(), [10.0] * 6, [Step("qualified deals", 0, 7), Step("leads", 3, 9)], seed=1)
    assert never.numbers[0].n == 10
    for number in never.numbers[1:]:
        assert number.n is None and number.reason.startswith("none of 7 qualified deals came further")


def test_more_is_needed_for_more_and_more_leads_than_deals_than_wins():
    rng = drawn()
    sales, chain = rng.lognormal(4, 0.5, 40), [Step("qualified deals", 12, 50), Step("leads", 30, 200)]
    seed, before = int(rng.integers(10**6)), 0
    for target in (1_000, 2_000, 5_000):
        wins, deals, leads = needed(target, *law_of(rng.gamma(9, 50, 200)), sales, chain, seed).numbers
        assert before < wins.n < deals.n < leads.n
        for one in (wins, deals, leads):
            assert one.low <= one.n <= one.high
        before = wins.n
    assert needed(1000, *nothing(), sales, chain, seed) == needed(1000, *nothing(), sales, chain, seed)


def test_over_replications_the_range_holds_the_number_that_the_truth_needs():
    """Known truth 25 %: from 80 deals on record, the range holds what 25 % needs about four times in five."""
    rng = drawn()
    worlds, kept = (600 if NIGHTLY else 40), 0
    truth = needed(20, *nothing(), [1.0] * 6, [Step("deals", SURE // 4, SURE)], seed=5).numbers[1].n
    for _ in range(worlds):
        hits = int(rng.binomial(80, 0.25))
        one = needed(20, *nothing(), [1.0] * 6, [Step("deals", hits, 80)], int(rng.integers(10**6))).numbers[1]
        kept += one.low <= truth <= one.high
    assert kept / worlds >= 0.8 - 3.5 * (0.16 / worlds) ** 0.5


@pytest.mark.parametrize(
    ("sales", "chain", "wanted"),
    [([0.0], [], 0.8), ([1.0], [], 1.0), ([1.0], [Step("leads", 3, 2)], 0.8)],
)
def test_what_makes_no_sense_is_refused(sales, chain, wanted):
    with pytest.raises(ValueError):
        needed(1, *nothing(), sales, chain, 1, wanted)
