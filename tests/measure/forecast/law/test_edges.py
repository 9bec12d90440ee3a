"""No deals, one deal, certain and impossible ones, equal amounts, giants, a hundred thousand, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from saleswright.lib.issue import Stop
from saleswright.measure.forecast.law.bookings import bookings
from saleswright.measure.forecast.law.deals import Coming
from saleswright.measure.forecast.law.months import by_part, months
from tests.measure.forecast.law import oracle
from tests.measure.forecast.law.drawn import pipeline, rng


def test_zero_deals_book_what_is_won():
    law = bookings([], [], floor=1_234)
    assert law.mean == 1_234 and law.sd == 0 and law.way == "certain"
    assert law.quantile([0.1, 0.5, 0.9]).tolist() == [1_234] * 3
    assert float(law.at_least(1_234)) == 1 and float(law.at_least(1_235)) == 0
    assert law.crps(1_300) == pytest.approx(66) and law.shortfall(1_300) == pytest.approx(66)
    assert law.shortfall_when_missed(1_000) is None and law.effects(2_000) == ()


def test_certain_and_impossible_deals_are_no_open_deals():
    law = bookings([100, 200, 300, 0], [1, 0, 0.5, 0.5], floor=10)
    x, chance = law.jumps()
    assert law.floor == 110 and x.tolist() == [110, 410] and chance == pytest.approx([0.5, 0.5])
    assert bookings([100, 200], [1, 1]).quantile(0.01) == 300


def test_a_certain_deal_with_an_uncertain_amount_is_never_nothing():
    law = bookings([100.0], [1.0], spread=0.3, rho=0.2)
    assert law.mean == 100 and float(law.up_to(1.0)) == pytest.approx(0, abs=1e-6)
    assert float(law.quantile(0.5)) == pytest.approx(100 * np.exp(-0.045), rel=1e-3)
    assert law.sd == pytest.approx(100 * np.sqrt(np.exp(0.09) - 1), rel=1e-4)


def test_one_deal_is_won_or_not():
    law = bookings([50_000], [0.3], rho=0.4)
    assert float(law.at_least(50_000)) == pytest.approx(0.3, abs=1e-9)
    assert float(law.at_least(50_000.01)) == 0 and float(law.up_to(0)) == pytest.approx(0.7, abs=1e-9)
    assert law.quantile([0.5, 0.69, 0.71, 0.9]).tolist() == [0, 0, 50_000, 50_000]


@pytest.mark.parametrize("n", [8, 40, 5_000])
def test_equal_amounts_jump_and_a_target_that_is_met_counts(n):
    """The law of equal amounts lives on their multiples; between them nothing rises, and no share leaves 0 ... 1."""
    law = bookings(np.full(n, 10_000), np.full(n, 0.3), rho=0.1, floor=3)
    x, size = law.jumps(0.0)
    assert ((x - 3) % 10_000 == 0).all() and size.sum() == pytest.approx(1)
    at = 3 + 10_000 * (n // 3)
    assert float(law.at_least(at)) > float(law.at_least(at + 1)) == float(law.at_least(at + 10_000))
    assert float(law.up_to(at + 9_999)) == float(law.up_to(at))


def test_all_amounts_but_one_are_multiples_of_a_thousand():
    """The function is dead in the middle and comes back to life: it must not be cut there."""
    amount, chance = np.full(120, 1_000), np.full(120, 0.5)
    amount[0], chance[0] = 500, 0.25
    law = bookings(amount, chance, rho=0.0)
    mass = oracle.law(amount // 500, chance)
    assert oracle.farthest(law.curve, mass, 500.0) <= 1e-9
    whole, half = (float(law.up_to(x)) - float(law.up_to(x - 1)) for x in (60_000, 60_500))
    assert 2 * half < whole < 4 * half


@pytest.mark.parametrize("spread", [0.0, 0.3])
def test_a_giant_among_many_small_deals_is_two_laws(spread):
    """One deal worth two hundred standard deviations of the rest: won or not, the rest keeps its shape."""
    of = rng()
    amount, chance = pipeline(of, 3_000)
    rest = bookings(amount, chance, rho=0.0)
    giant = 200 * rest.sd
    law = bookings([*amount, giant], [*chance, 0.35], rho=0.0)
    for share in (0.02, 0.3, 0.9, 0.999):
        value = float(rest.quantile(share))
        assert float(law.up_to(value)) == pytest.approx(0.65 * share, abs=1e-6)
        assert float(law.up_to(value + giant)) == pytest.approx(0.65 + 0.35 * share, abs=1e-6)
    if spread:
        moved = bookings([*amount, giant], [*chance, 0.35], rho=0.0, spread=spread)
        assert moved.mean == pytest.approx(law.mean, rel=1e-9) and moved.sd > law.sd


def test_a_hundred_thousand_deals():
    of = rng()
    amount, chance = pipeline(of, 100_000)
    law = bookings(amount, chance, rho=0.4)
    assert law.way == "smooth" and law.checked <= 1e-8
    assert law.mean == pytest.approx(float(amount @ chance), rel=1e-8)
    assert law.curve.mean == pytest.approx(law.mean, rel=1e-5)
    assert law.curve.variance**0.5 == pytest.approx(law.sd, rel=1e-4)
    # So many deals are their expected share given the shock: quantiles follow from one deal of each.
    z = oracle.NORMAL.inv_cdf(0.2)
    theta = np.array([oracle.NORMAL.inv_cdf(p) for p in chance])
    given = np.vectorize(oracle.NORMAL.cdf)((theta + np.sqrt(0.4) * z) / np.sqrt(0.6))
    assert float(law.quantile(0.2)) == pytest.approx(float(amount @ given), rel=0.002)


def test_months_and_parts_add_up_in_means():
    of = rng()
    amount, chance = pipeline(of, 400)
    share = of.dirichlet(np.ones(4), 400)[:, :3]
    new = np.array([[0.05, 0.03, 0.02], [0.0, 0.05, 0.03], [0.0, 0.0, 0.05]])
    flow = Coming(np.array([20.0, 20.0, 20.0]), new, of.lognormal(9, 1, 10), 0.2, 0.1, 0.01)
    laws = months(amount, chance[:, None] * share, floor=[1_000, 0, 0], rho=0.1, coming=flow)
    running = np.cumsum([one.mean for one in laws.month])
    assert [one.mean for one in laws.to_date] == pytest.approx(running.tolist(), rel=1e-9)
    assert laws.to_date[-1].mean == pytest.approx(
        1_000 + float(amount @ (chance * share.sum(axis=1))) + 20 * 0.23 * float(flow.amount.mean()), rel=1e-9
    )
    assert (np.diff([one.quantile(0.3) for one in laws.to_date]) >= 0).all()
    part = of.integers(0, 3, 400)
    parts = by_part(amount, chance, part, 3, floor=[5, 6, 7], rho=0.1)
    whole = bookings(amount, chance, floor=18, rho=0.1)
    assert sum(one.mean for one in parts) == pytest.approx(whole.mean, rel=1e-9)
    # Ranges do not add: together the parts vary less than each at its worst at once.
    assert sum(float(one.quantile(0.9)) for one in parts) > float(whole.quantile(0.9))


def test_what_makes_no_sense_is_refused_all_at_once():
    with pytest.raises(Stop) as told:
        bookings([100, -5, np.nan], [0.5, 1.2, -0.1], floor=np.inf, spread=-1, ratio=-2.0)
    where = [one.where for one in told.value.issues]
    assert where == ["floor", "spread", "amount[1]", "amount[2]", "chance[1]", "chance[2]", "ratio[0]"]
    for wrong in (-0.1, 0.41, float("nan")):
        with pytest.raises(Stop, match=r"between 0 and 0\.4"):
            bookings([100], [0.5], rho=wrong)
    with pytest.raises(Stop, match="2 more are not"):
        bookings([-1] * 7, [0.5] * 7)
    with pytest.raises(Stop, match="chances for"):
        bookings([1, 2], [0.5])
    with pytest.raises(Stop, match=r"add up to 1\.2"):
        months([100], [[0.6, 0.6]])
    with pytest.raises(Stop, match="expected rate"):
        bookings([100], [0.5], coming=Coming(np.array([-1.0]), np.array([0.5]), np.array([5.0])))
    with pytest.raises(ValueError, match="between 0 and 1"):
        bookings([100], [0.5]).quantile(1.5)
