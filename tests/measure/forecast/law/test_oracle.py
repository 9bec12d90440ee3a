"""Held against the exact law on a lattice and against drawing: what the chapter's page promises, on pipelines of new seeds."""

from __future__ import annotations

import numpy as np
import pytest

from saleswright.measure.forecast.law import engine
from saleswright.measure.forecast.law.bookings import bookings
from saleswright.measure.forecast.law.deals import Coming
from tests.conftest import NIGHTLY
from tests.measure.forecast.law import oracle
from tests.measure.forecast.law.drawn import pipeline, rng

RHO = (0.0, 0.03, 0.1, 0.4)
SIZES = (1, 2, 7, 10, 11, 25, 60, 130, 300) if NIGHTLY else (1, 2, 7, 10, 11, 25, 60, 300)


@pytest.mark.parametrize("n", SIZES)
def test_ks_against_the_lattice_oracle_at_most_1e_6_for_n_up_to_300(n):
    of = rng()
    for rho in RHO:
        largest = int(of.choice([2, 9, 40]))
        amount = of.integers(1, largest + 1, n)
        chance = of.beta(1, 3, n).clip(1e-4, 1 - 1e-4)
        mass = oracle.law(amount, chance, rho, nodes=241)
        law = bookings(amount * 500.0, chance, rho=rho, floor=7_000.0)
        assert law.way in ("outcomes", "lattice") and law.checked <= 1e-8
        assert oracle.farthest(law.curve, mass, 500.0, 7_000.0) <= 1e-6
        assert law.mean == pytest.approx(7_000 + 500 * float(amount @ chance), rel=1e-8)
        # The curve stands on the frequencies at which its function is above 4e-8: so far its own mean may be off.
        assert law.curve.mean == pytest.approx(law.mean, rel=1e-7)
        centre = mass @ np.arange(mass.size)
        assert law.sd == pytest.approx(500 * np.sqrt(mass @ (np.arange(mass.size) - centre) ** 2), rel=1e-7)


@pytest.mark.parametrize("rho", [0.0, 0.05, 0.15])
def test_the_smooth_way_against_the_same_oracle(rho, monkeypatch):
    """Amounts without a common unit go another way; here the lattice is forbidden, and the oracle read between its points."""
    monkeypatch.setattr(engine, "_POINTS", 1)
    monkeypatch.setattr(engine, "_WORK", 0)
    of = rng()
    amount, chance = of.integers(1, 101, 300), of.beta(2, 3, 300).clip(1e-3, 1 - 1e-3)
    # One deal that is worth several standard deviations.
    amount[0], chance[0] = 3_000, 0.4
    law = bookings(amount, chance, rho=rho)
    assert law.way == "smooth"
    mass = oracle.law(amount, chance, rho, nodes=241)
    between = np.arange(mass.size) + 0.5
    assert np.abs(law.up_to(between) - np.cumsum(mass)).max() <= 1e-6


def test_the_made_lattice_against_the_same_oracle(monkeypatch):
    """Thirty deals at odd amounts: within its resolution everything is where it belongs."""
    monkeypatch.setattr(engine, "_POINTS", 1)
    of = rng()
    amount, chance = of.integers(1, 2_000, 30), of.beta(1, 3, 30).clip(1e-3, 1 - 1e-3)
    law = bookings(amount, chance, rho=0.1)
    assert law.way == "made" and 0 < law.resolution < amount.sum() / 2_000
    total = np.cumsum(oracle.law(amount, chance, 0.1, nodes=241))
    x = np.arange(total.size)
    reach = int(np.ceil(law.resolution * (1 + np.sqrt(30))))
    low, high = total[np.maximum(x - reach, 0)], total[np.minimum(x + reach, x.size - 1)]
    found = law.up_to(x)
    assert (found >= np.where(x < reach, 0, low) - 1e-9).all() and (found <= high + 1e-9).all()
    assert float(law.up_to(0)) == pytest.approx(total[0], abs=1e-9)


@pytest.mark.parametrize(("n", "spread"), [(12, 0.4), (200, 0.4), (2_000, 0.3)])
def test_monte_carlo_finds_the_same(n, spread):
    """The check: no share lies further off than draws do (five standard errors)."""
    of = rng()
    amount, chance = pipeline(of, n)
    times = 40_000 if n < 1_000 else 8_000
    sums = np.sort(oracle.drawn(of, amount, chance, 0.1, times, spread))
    law = bookings(amount, chance, rho=0.1, spread=spread)
    for share in (0.05, 0.25, 0.5, 0.75, 0.95):
        value = float(law.quantile(share))
        seen = np.searchsorted(sums, value, "right") / times
        assert seen == pytest.approx(float(law.up_to(value)), abs=5 * np.sqrt(0.25 / times))
    assert sums.mean() == pytest.approx(law.mean, abs=5 * law.sd / np.sqrt(times))
    assert np.mean(np.maximum(law.mean - sums, 0)) == pytest.approx(
        law.shortfall(law.mean), abs=5 * law.sd / np.sqrt(times)
    )


def test_monte_carlo_finds_the_same_with_deals_that_are_not_created_yet():
    of = rng()
    amount, chance = pipeline(of, 60)
    rate, new = np.array([30.0, 30.0, 20.0]), np.array([0.12, 0.07, 0.02])
    flow = Coming(rate, new, np.array([4_000.0, 9_000.0, 30_000.0]), 0.3, 0.05, 0.02)
    law = bookings(amount, chance, rho=0.1, spread=0.2, coming=flow, floor=5_000)
    times = 40_000
    z = of.standard_normal(times)
    theta = np.array([oracle.NORMAL.inv_cdf(p) for p in (*chance, *new)])
    p = np.vectorize(oracle.NORMAL.cdf)((theta + np.sqrt(0.1) * z[:, None]) / np.sqrt(0.9))
    won = of.random((times, 60)) < p[:, :60]
    sums = 5_000 + (won * amount * np.exp(0.2 * of.standard_normal((times, 60)) - 0.02)).sum(axis=1)
    shape = law.deals.flow.shape
    wins = rate * new
    assert 1 / shape == pytest.approx(0.05 * (wins**2).sum() / wins.sum() ** 2 + 0.02)
    count = of.poisson((p[:, 60:] @ rate) * of.gamma(shape, 1 / shape, times))
    for i, k in enumerate(count.tolist()):
        sums[i] += (of.choice(flow.amount, k) * np.exp(0.3 * of.standard_normal(k) - 0.045)).sum()
    sums.sort()
    for share in (0.1, 0.5, 0.9):
        value = float(law.quantile(share))
        assert np.searchsorted(sums, value) / times == pytest.approx(share, abs=5 * np.sqrt(0.25 / times))
    assert sums.mean() == pytest.approx(law.mean, abs=5 * law.sd / np.sqrt(times))
    assert sums.std() == pytest.approx(law.sd, rel=0.05)
