"""The golden vectors of formulas 10 that belong to the law: G9, G10, G11, G12, to their printed digits."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from saleswright.measure.forecast.law.bookings import bookings
from saleswright.measure.forecast.law.factor import Nodes
from saleswright.measure.forecast.law.normal import probit
from saleswright.measure.forecast.law.shock import joint


def test_g9_the_chance_given_the_shock():
    z = np.array([NormalDist().inv_cdf(q) for q in (0.05, 0.5, 0.95)])
    at = Nodes(z, np.sqrt(0.2) * z, np.full(3, 1 / np.sqrt(0.8)), np.full(3, 1 / 3), np.zeros(3, np.int64), 1)
    assert at.chances(probit([0.3]))[0] == pytest.approx([0.079458, 0.278838, 0.593334], abs=5e-7)


def test_g10_two_deals_win_together():
    both = joint(0.3, 0.2)
    assert both == pytest.approx(0.114945, abs=5e-7)
    assert (both - 0.09) / 0.21 == pytest.approx(0.118787, abs=5e-7)
    # And the law says so: both of two deals are won.
    assert float(bookings([10, 10], [0.3, 0.3], rho=0.2).at_least(20)) == pytest.approx(both, abs=1e-10)


@pytest.mark.parametrize(("rho", "sd"), [(0.0, 32_403.70), (0.2, 84_626.11)])
def test_g11_fifty_deals(rho, sd):
    law = bookings(np.full(50, 10_000), np.full(50, 0.3), rho=rho)
    assert law.mean == pytest.approx(150_000, rel=1e-12)
    assert law.sd == pytest.approx(sd, abs=0.005)
    assert law.curve.variance**0.5 == pytest.approx(sd, abs=0.005)


def test_g12_three_deals_as_they_may_come():
    law = bookings([50_000, 30_000, 20_000], [0.5, 0.4, 0.25], rho=0.0)
    x, mass = law.jumps(0.01)
    expected = {0: 0.225, 20: 0.075, 30: 0.15, 50: 0.275, 70: 0.075, 80: 0.15, 100: 0.05}
    assert dict(zip((x / 1000).tolist(), mass.tolist(), strict=True)) == pytest.approx(expected, abs=1e-12)
    assert law.mean == pytest.approx(42_000) and law.sd == pytest.approx(30_265.49, abs=0.005)
    assert float(law.at_least(60_000)) == pytest.approx(0.275, abs=1e-12)
