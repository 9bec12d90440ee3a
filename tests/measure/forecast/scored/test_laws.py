"""CRPS, pinball and PIT: against the closed form of a normal, brute force, and each other."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from saleswright.measure.forecast.scored.laws import (
    FACTOR,
    below,
    crps_law,
    crps_samples,
    mean,
    pinball,
    pit,
    quantile,
    steps,
)
from tests.measure.forecast.seeds import drawn

UNIT = NormalDist()


def normal_crps(mu, sigma, y):
    """Gneiting and Raftery 2007, equation 21."""
    z = (y - mu) / sigma
    return sigma * (z * (2 * UNIT.cdf(z) - 1) + 2 * UNIT.pdf(z) - 1 / np.sqrt(np.pi))


def normal_law(mu, sigma, places=4001):
    x = mu + sigma * np.linspace(-9, 9, places)
    return x, np.array([UNIT.cdf(z) for z in np.linspace(-9, 9, places)])


def by_force(x, cdf, y, cells=400_000):
    """The integral by a fine midpoint rule, for laws without jumps inside."""
    low, high = min(x[0], y) - 1, max(x[-1], y) + 1
    edges = np.linspace(low, high, cells + 1)
    at = (edges[1:] + edges[:-1]) / 2
    upto = np.interp(at, x, cdf, left=0.0, right=1.0)
    return ((upto - (at >= y)) ** 2).sum() * (high - low) / cells


def some_law(rng, places=12):
    x, cdf = np.sort(rng.normal(0, 5, places)), np.sort(rng.random(places))
    return x, cdf


def test_crps_of_a_normal_law_is_its_closed_form():
    rng = drawn()
    for _ in range(20):
        mu, sigma = rng.normal(0, 10), rng.lognormal()
        y = mu + sigma * rng.normal(0, 2)
        assert crps_law(*normal_law(mu, sigma), y) == pytest.approx(normal_crps(mu, sigma, y), rel=2e-5)


def test_crps_of_any_law_is_the_integral_by_brute_force():
    rng = drawn()
    for _ in range(10):
        x, cdf = some_law(rng)
        for y in (x[0] - 3, x[5], (x[3] + x[4]) / 2, x[-1] + 2):
            assert crps_law(x, cdf, y) == pytest.approx(by_force(x, cdf, y), abs=2e-3)


def test_crps_of_samples_is_the_brute_double_sum_and_that_of_their_law():
    rng = drawn()
    for m in (1, 2, 7, 60):
        x = rng.gamma(2, 3, m)
        for y in (0.0, x[0], 4.5, 60.0):
            force = np.abs(x - y).mean() - np.abs(x[:, None] - x).mean() / 2
            assert crps_samples(x, y) == pytest.approx(force, abs=1e-12)
            assert crps_law(*steps(x), y) == pytest.approx(force, abs=1e-12)


def test_many_samples_come_near_the_closed_form():
    rng = drawn()
    found = crps_samples(rng.normal(2, 3, (50, 4000)), np.full(50, 4.0)).mean()
    assert found == pytest.approx(normal_crps(2, 3, 4.0), rel=0.01)


def test_golden_vector_g12_scored_exactly():
    values = np.array([0, 20, 30, 50, 70, 80, 100], float)
    chances = np.array([0.225, 0.075, 0.15, 0.275, 0.075, 0.15, 0.05])
    x, cdf = steps(values, chances)
    assert mean(x, cdf) == pytest.approx(42)
    assert below(x, cdf, 60)[1] == pytest.approx(1 - 0.275)
    assert below(x, cdf, 50) == pytest.approx((0.45, 0.725))
    for y in (-5, 0, 42, 50, 100, 130):
        apart = np.abs(values[:, None] - values) * chances[:, None] * chances
        assert crps_law(x, cdf, y) == pytest.approx(chances @ np.abs(values - y) - apart.sum() / 2, abs=1e-12)


def test_a_law_that_begins_with_a_jump_and_ends_before_certainty():
    x, cdf = np.array([10.0, 20.0]), np.array([0.4, 0.9])
    assert mean(x, cdf) == pytest.approx(0.4 * 10 + 0.5 * 15 + 0.1 * 20)
    assert below(x, cdf, 10) == pytest.approx((0.0, 0.4))
    assert below(x, cdf, 20) == pytest.approx((0.9, 1.0))
    assert below(x, cdf, 15) == pytest.approx((0.65, 0.65))
    assert [float(quantile(x, cdf, q)) for q in (0.2, 0.4, 0.65, 0.95)] == pytest.approx([10, 10, 15, 20])
    for y in (9.0, 10.0, 14.0, 25.0):
        assert crps_law(x, cdf, y) == pytest.approx(by_force(x, cdf, y), abs=1e-3)


def test_pinball_with_its_factor_is_the_crps_when_averaged_over_all_levels():
    rng = drawn()
    assert FACTOR == 2.0
    x, cdf = some_law(rng)
    cdf[0], cdf[-1] = 0.0, 1.0
    levels = (np.arange(4000) + 0.5) / 4000
    for y in (x[0] - 1, x[4] + 0.1, x[-1] + 1):
        mine = np.mean([float(pinball(quantile(x, cdf, q), y, q)) for q in levels])
        assert mine == pytest.approx(float(crps_law(x, cdf, y)), rel=2e-3)


def test_pinball_is_least_at_the_quantile_it_asks_for():
    rng = drawn()
    came = rng.lognormal(0, 1, 20_001)
    for level in (0.1, 0.5, 0.9):
        guesses = np.quantile(came, [level - 0.05, level, level + 0.05])
        costs = [pinball(guess, came, level).mean() for guess in guesses]
        assert costs[1] < min(costs[0], costs[2])
    assert pinball(10, 14, 0.9) == pytest.approx(2 * 0.9 * 4) and pinball(10, 4, 0.9) == pytest.approx(2 * 0.1 * 6)


def test_the_truth_scores_best():
    """A law that is too narrow, too wide or beside the truth pays for it, on average."""
    rng = drawn()
    y = rng.normal(0, 1, 2000)
    truth = crps_law(*normal_law(0, 1, 401), y).mean()
    for mu, sigma in ((0, 0.5), (0, 2.0), (0.7, 1)):
        assert crps_law(*normal_law(mu, sigma, 401), y).mean() > truth


def test_laws_beside_each_other_are_scored_as_one_by_one():
    rng = drawn()
    laws = [some_law(rng) for _ in range(6)]
    x, cdf = (np.array(one) for one in zip(*laws, strict=True))
    y = rng.normal(0, 6, 6)
    assert crps_law(x, cdf, y) == pytest.approx([float(crps_law(*law, one)) for law, one in zip(laws, y, strict=True)])
    low, high = below(x, cdf, y)
    assert low == pytest.approx([np.interp(one, *law, 0, 1) for law, one in zip(laws, y, strict=True)])
    assert (low == high).all()
    assert quantile(x, cdf, 0.5).shape == mean(x, cdf).shape == (6,)


def test_pit_is_even_where_the_law_is_right_and_has_horns_where_it_is_narrow():
    rng = drawn()
    y = rng.normal(0, 1, 8000)
    shape = pit(*below(*normal_law(0, 1, 401), y))
    assert shape.sum() == pytest.approx(1) and np.abs(shape - 0.1).max() < 0.02
    narrow, wide = (pit(*below(*normal_law(0, s, 401), y)) for s in (0.5, 2.0))
    assert narrow[0] > 0.15 < narrow[9] and wide[0] < 0.05 > wide[9]


def test_pit_spreads_what_falls_into_a_jump_and_draws_nothing():
    """Coins are a law with jumps only: even all the same, where the coin is as told."""
    rng = drawn()
    heads = (rng.random(20_000) < 0.3).astype(float)
    low, high = below(*steps([0, 1], [0.7, 0.3]), heads)
    assert set(low.tolist()) == {0.0, 0.7}
    assert np.abs(pit(low, high) - 0.1).max() < 0.01
    assert pit([0.0, 1.0], [0.0, 1.0]).tolist() == [0.5, *[0.0] * 8, 0.5]
    period = [0.5, 0.5, 1.0]
    assert pit([0.05, 0.05, 0.95], [0.05, 0.05, 0.95], period).tolist() == [0.5, *[0.0] * 8, 0.5]


@pytest.mark.parametrize(
    ("x", "cdf"),
    [([2, 1], [0, 1]), ([1, 2], [0.5, 0.4]), ([1, 2], [-0.1, 1]), ([1, 2], [0, 1.1]), ([1, np.nan], [0, 1])],
)
def test_what_is_no_law_is_refused(x, cdf):
    with pytest.raises(ValueError):
        crps_law(x, cdf, 1.0)
