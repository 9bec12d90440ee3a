"""Deals that are not created yet, what wins are booked at, and how far chances may be off: from what was seen."""

from __future__ import annotations

import numpy as np
import pytest

from saleswright.lib.issue import Stop
from saleswright.measure.forecast.law.bookings import bookings
from saleswright.measure.forecast.law.coming import coming, few
from saleswright.measure.forecast.law.unsure import ratio, unsure
from tests.measure.forecast.law import oracle
from tests.measure.forecast.law.drawn import pipeline, rng


def triangle(of, cohorts, ages, rate, chance):
    """Created deals and their wins by age, seen up to the youngest cohort's first month."""
    created = of.poisson(rate, cohorts)
    wins = np.full((cohorts, ages), np.nan)
    for i in range(cohorts):
        for j in range(min(ages, cohorts - i)):
            wins[i, j] = of.binomial(created[i], chance[j])
    return created, wins


def test_the_triangle_tells_rate_and_chance_by_age():
    of = rng()
    chance = np.array([0.05, 0.10, 0.04, 0.02])
    created, wins = triangle(of, 36, 4, 200, chance)
    flow = coming(created, wins, of.lognormal(9, 1, 500), ahead=3, part=0.5)
    assert flow.rate == pytest.approx([created[-12:].mean() / 2, created[-12:].mean(), created[-12:].mean()])
    assert flow.chance[0] == pytest.approx(chance[:3], abs=0.012)
    assert flow.chance[1, 0] == 0 and flow.chance[1, 1:] == pytest.approx(flow.chance[0, :2])
    assert flow.chance[2].tolist() == [0, 0, flow.chance[0, 0]]
    # The chain ladder's own number: wins at an age over the deals that were seen at it.
    assert flow.chance[0, 2] == pytest.approx(np.nansum(wins[:, 2]) / created[:34].sum())


def test_counts_that_vary_more_than_poisson_are_told():
    of = rng()
    calm = [coming(of.poisson(80, 24), np.zeros((24, 1)), [1.0], 1).varies for _ in range(20)]
    wild = [coming(of.poisson(80 * of.gamma(5, 0.2, 24)), np.zeros((24, 1)), [1.0], 1).varies for _ in range(20)]
    assert np.mean(calm) < 0.02 < 0.1 < np.mean(wild) < 0.35


def test_a_sample_of_amounts_keeps_its_mean():
    of = rng()
    sample = of.lognormal(9, 1, 1_001)
    short = few(sample, 64)
    assert short.size == 64 and short.mean() == pytest.approx(sample.mean(), rel=1e-12) and (np.diff(short) >= 0).all()


def test_nothing_comes_of_nothing():
    flow = coming([], np.zeros((0, 3)), [], 2)
    assert flow.wins.tolist() == [0, 0]
    assert bookings([100], [0.5], coming=flow.of(flow.chance[:, 0])).mean == 50
    with pytest.raises(Stop) as told:
        coming([5, -1], [[6.0], [0.0]], [-3.0], 2, part=2)
    assert [one.where for one in told.value.issues] == ["wins", "created", "amount", "part"]


def test_only_what_is_coming_makes_a_law_too():
    flow = coming(np.full(12, 30), np.full((12, 2), 3.0), [5_000.0, 15_000.0], 2)
    law = bookings([], [], coming=flow.of(flow.chance.sum(axis=1)), rho=0.0)
    wins = 30 * 0.2 + 30 * 0.1
    assert law.mean == pytest.approx(wins * 10_000)
    assert float(law.up_to(0)) == pytest.approx((1 + wins / law.deals.flow.shape) ** -law.deals.flow.shape, rel=1e-6)


def test_the_ratio_of_wins_is_found_with_its_error():
    of = rng()
    said = of.lognormal(9, 1, 4_000)
    booked = said * 0.85 * np.exp(0.4 * of.standard_normal(4_000) - 0.08)
    found = ratio(booked, said)
    assert found.mean == pytest.approx(0.85, abs=0.05) and found.low < found.mean < found.high
    assert found.spread == pytest.approx(0.4, abs=0.03) and found.n == 4_000
    # Its error is what it varies by when others are won.
    means = [ratio(booked[some], said[some]).mean for some in of.permutation(4_000).reshape(40, 100)]
    typical = np.mean([ratio(booked[some], said[some]).error for some in of.permutation(4_000).reshape(40, 100)])
    assert np.std(np.log(means)) == pytest.approx(typical, rel=0.5)
    none = ratio([], [])
    assert none.mean == 1 and none.n == 0 and none.error > 0.1
    assert ratio([1e9], [1.0]).mean <= 10


def test_how_far_chances_may_be_off_gives_back_the_variance_of_the_draws():
    of = rng()
    amount, chance = pipeline(of, 800, 0.02)
    segment = of.integers(0, 5, 800)
    theta = np.array([oracle.NORMAL.inv_cdf(p) for p in chance])
    error = 0.25 * of.standard_normal((400, 5))
    draws = np.vectorize(oracle.NORMAL.cdf)(theta * np.sqrt(1.0625) + error[:, segment])
    off = unsure(amount, chance, draws)
    expected = float((draws @ amount).std(ddof=1))
    wide, narrow = bookings(amount, chance, rho=0.0, sure=off), bookings(amount, chance, rho=0.0)
    assert np.sqrt(wide.sd**2 - narrow.sd**2) == pytest.approx(expected, rel=0.05)
    assert 0.25 / np.sqrt(5) * 0.7 < off < 0.25
    # And so is the whole law, near enough: chances drawn first, then deals.
    sums = np.sort(np.concatenate([(of.random((50, 800)) < one) @ amount for one in draws]))
    share = wide.up_to(sums)
    assert np.abs(share - np.arange(1, sums.size + 1) / sums.size).max() < 0.06
    assert unsure(amount, chance, np.tile(chance, (5, 1))) == pytest.approx(0, abs=1e-6)
    assert unsure(amount, chance, np.tile(chance, (5, 1)), ratio_error=0.1) > 0.02
