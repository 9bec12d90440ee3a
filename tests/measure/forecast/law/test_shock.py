"""The correlation: found in counts that were made with one, and drawn to the prior where few periods tell."""

from __future__ import annotations

import numpy as np
import pytest

from saleswright.lib.issue import Stop
from saleswright.measure.forecast.law.bookings import bookings
from saleswright.measure.forecast.law.shock import PRIOR, Shock, shock, widened
from tests.measure.forecast.law import oracle
from tests.measure.forecast.law.drawn import pipeline, rng


def counts(of, periods, n, rho, level):
    """Wins of `n` decisions a period, with a common shock."""
    z = of.standard_normal(periods)
    p = np.vectorize(oracle.NORMAL.cdf)((level + np.sqrt(rho) * z) / np.sqrt(1 - rho))
    return of.binomial(n, p)


def test_the_prior_has_mean_0_10_within_0_and_0_4():
    assert PRIOR.mean == pytest.approx(0.10, abs=0.001) and PRIOR.barely
    assert all(0 < one < 0.4 for one in PRIOR.rho) and 0 < PRIOR.low < 0.01 < 0.2 < PRIOR.high < 0.3
    assert sum(PRIOR.weight) == pytest.approx(1)
    assert np.dot(PRIOR.rho, PRIOR.weight) == pytest.approx(PRIOR.mean)


@pytest.mark.parametrize("rho", [0.0, 0.05, 0.15, 0.25])
def test_many_periods_find_it_and_the_range_holds_it(rho):
    of = rng()
    found = [shock(counts(of, 60, 150, rho, -0.5), np.full(60, 150)) for _ in range(6)]
    mean = np.mean([one.mean for one in found])
    assert mean == pytest.approx(rho, abs=0.02 + 0.2 * rho)
    if rho:
        # Six ranges of 80 %: one time in six hundred only one of them or none holds it.
        assert sum(one.low <= rho <= one.high for one in found) >= 2
        assert np.mean([one.moment for one in found]) == pytest.approx(rho, abs=0.05 + 0.2 * rho)


def test_few_periods_say_little_and_nothing_says_the_prior():
    of = rng()
    two = shock([4, 6], [20, 20])
    assert two.rho == PRIOR.rho and two.periods == 2
    six = shock(counts(of, 6, 30, 0.1, -0.5), np.full(6, 30))
    assert six.barely and 0.005 < six.mean < 0.25 and six.high - six.low > 0.03


def test_where_nothing_moves_together_a_few_quarters_of_many_deals_let_go_of_the_shock():
    """Coins alone: eight quarters, as most records have them; with very many deals next to nothing is left."""
    of = rng()
    some = [shock(counts(of, 8, 150, 0.0, -1.0), np.full(8, 150)).mean for _ in range(4)]
    many = [shock(counts(of, 8, 10_000, 0.0, -1.0), np.full(8, 10_000)).mean for _ in range(4)]
    assert np.mean(some) < 0.035 and np.mean(many) < 0.002


def test_trend_and_season_are_no_shock():
    """Win rates that rise steadily and swing with the quarter, decided by coins: the trend must not be told as correlation."""
    of = rng()
    when = np.arange(24)
    level = -0.8 + 0.6 * when / 23 + 0.35 * np.array([0, 1, 0, -1])[when % 4]
    p = np.vectorize(oracle.NORMAL.cdf)(level)
    n = np.full(24, 400)
    blind = shock(of.permutation(of.binomial(n, p)), n)
    seeing = shock(of.binomial(n, p), n, season=when % 4)
    assert seeing.mean < 0.02 < blind.mean


def test_counts_that_make_no_sense_are_refused():
    for won, decided in (([5], [4]), ([-1, 2], [3, 3]), ([1, 2], [3]), ([np.nan], [3])):
        with pytest.raises(Stop):
            shock(won, decided)
    assert shock([0, 0, 0, 0], [9, 0, 8, 7]).periods == 3


def test_chances_that_are_off_together_are_a_second_shock():
    """Exact in the mean, and the law is that of drawing the error first."""
    of = rng()
    amount, chance = pipeline(of, 50)
    amount = np.ceil(amount / 1_000) * 1_000
    law = bookings(amount, chance, rho=0.1, sure=0.3)
    assert law.mean == pytest.approx(float(amount @ chance), rel=1e-12)
    u = of.standard_normal(30_000)
    theta = np.array([oracle.NORMAL.inv_cdf(p) for p in chance])
    # The estimate is the mean over the error, so the level given the error is stretched.
    level = theta * np.sqrt(1.09) + 0.3 * u[:, None]
    z = of.standard_normal(30_000)
    won = level + np.sqrt(0.1) * z[:, None] + np.sqrt(0.9) * of.standard_normal((30_000, 50)) > 0
    sums = won @ amount
    assert sums.mean() == pytest.approx(law.mean, abs=5 * law.sd / np.sqrt(30_000))
    assert sums.std() == pytest.approx(law.sd, rel=0.03)
    assert widened(Shock.fixed(0.1), 0.3)[0][0] == pytest.approx(0.19 / 1.09)
    with pytest.raises(Stop):
        bookings([1], [0.5], sure=2.0)
