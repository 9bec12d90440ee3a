"""What must always hold of a law of bookings, whatever the deals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleswright.measure.forecast.law.bookings import bookings
from saleswright.measure.forecast.law.deals import Coming
from tests.conftest import NIGHTLY

FEW = settings(max_examples=300 if NIGHTLY else 20)
FLOW = Coming(np.array([5.0]), np.array([0.2]), np.array([3_000.0, 9_000.0]), 0.2, 0.1)
SHARES = np.array([1e-4, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.9999])


@st.composite
def deals(draw):
    """Deals of many kinds: whole and odd amounts, equal ones, certain and impossible wins, one giant, with and without spread."""
    n = draw(st.integers(0, 40))
    of = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    amount = draw(st.sampled_from(["whole", "odd", "equal"]))
    value = {
        "whole": 500.0 * of.integers(0, 30, n),
        "odd": of.lognormal(8, 1.5, n),
        "equal": np.full(n, float(of.integers(1, 90_000))),
    }[amount]
    if n and draw(st.booleans()):
        value[0] = 100 * value.sum() + 1_000
    chance = of.beta(1, 2, n)
    chance[of.random(n) < 0.1] = 0.0
    chance[of.random(n) < 0.1] = 1.0
    given_ = {
        "floor": draw(st.sampled_from([0.0, 12_500.0])),
        "spread": draw(st.sampled_from([0.0, 0.0, 0.35])),
        "rho": draw(st.sampled_from([0.0, 0.1, 0.4])),
        "coming": draw(st.sampled_from([None, FLOW])),
    }
    return value, chance, given_


@FEW
@given(deals())
def test_shares_are_shares_quantiles_are_ordered_and_the_floor_is_a_floor(of):
    amount, chance, more = of
    law = bookings(amount, chance, **more)
    x = np.linspace(law.floor - 1, float(law.curve.x[-1]) * 1.1 + 1, 400)
    upto, under = law.up_to(x), law.curve.under(x)
    assert ((upto >= 0) & (upto <= 1)).all() and (np.diff(upto) >= 0).all() and (np.diff(under) >= 0).all()
    assert (under <= upto + 1e-15).all()
    quantiles = law.quantile(SHARES)
    assert (np.diff(quantiles) >= 0).all() and quantiles[0] >= law.floor
    assert float(law.curve.under(law.floor)) == 0
    # The smallest value with that share up to it: enough at it, not enough below.
    assert (law.up_to(quantiles) >= SHARES - 1e-9).all()
    assert (law.curve.under(quantiles) <= SHARES + 1e-9).all()
    assert (np.asarray(law.at_least(x)) + under == 1).all()


@FEW
@given(deals())
def test_mean_is_the_sum_of_chance_times_amount_and_the_curve_has_it(of):
    amount, chance, more = of
    law = bookings(amount, chance, **more)
    coming = 5.0 * 0.2 * 6_000 if more["coming"] else 0.0
    assert law.mean == pytest.approx(more["floor"] + float(amount @ chance) + coming, rel=1e-8, abs=1e-6)
    assert law.curve.mean == pytest.approx(law.mean, rel=1e-4, abs=2 * law.resolution + 1e-6)
    assert law.checked <= 1e-8


@FEW
@given(deals(), st.sampled_from([100.0, 1e-3, 7.0]))
def test_scaling_amounts_scales_quantiles(of, by):
    amount, chance, more = of
    more = {**more, "coming": None}
    law = bookings(amount, chance, **more)
    other = bookings(amount * by, chance, **{**more, "floor": more["floor"] * by})
    near = 1e-6 * by * max(1.0, law.sd) + 4 * (by * law.resolution + other.resolution)
    assert other.mean == pytest.approx(by * law.mean, rel=1e-9)
    assert other.sd == pytest.approx(by * law.sd, rel=1e-6, abs=1e-9)
    # A quantile at the edge of a jump may fall to either side of it, so shares are compared beside the values.
    for share, value in zip(SHARES[1:-1], law.quantile(SHARES[1:-1]), strict=True):
        assert float(other.up_to(by * value + near)) >= share - 1e-6
        assert float(other.curve.under(by * value - near)) <= share + 1e-6


@FEW
@given(deals())
def test_scores_are_integrals_of_the_curve(of):
    amount, chance, more = of
    law = bookings(amount, chance, **more)
    low, high = law.floor - 500, float(law.curve.x[-1]) + 500
    x = np.linspace(low, high, 200_001)
    shares, wide = law.up_to(x), (high - low) / 200_000
    for outcome in (low + 100, law.mean, float(law.quantile(0.9)), high - 100):
        off = (shares - (x >= outcome)) ** 2
        assert law.crps(outcome) == pytest.approx(off.sum() * wide, abs=3 * wide)
        assert law.shortfall(outcome) == pytest.approx(shares[x <= outcome].sum() * wide, abs=3 * wide)
    assert law.crps(low) >= law.crps(float(law.quantile(0.5))) - 1e-6


@FEW
@given(deals(), st.integers(0, 2**32 - 1))
def test_the_same_bytes_again_and_the_order_of_deals_does_not_matter(of, seed):
    amount, chance, more = of
    first, again = (bookings(amount, chance, **more) for _ in range(2))
    for name in ("x", "left", "right"):
        assert getattr(first.curve, name).tobytes() == getattr(again.curve, name).tobytes()
    order = np.random.default_rng(seed).permutation(amount.size)
    other = bookings(amount[order], chance[order], **more)
    assert other.mean == pytest.approx(first.mean, rel=1e-12)
    assert other.quantile(0.5) == pytest.approx(float(first.quantile(0.5)), rel=1e-6, abs=1e-6 + first.resolution)
