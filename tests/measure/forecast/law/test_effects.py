"""What each deal does to the chance of the target: with it and without it, and the law without some deals."""

from __future__ import annotations

import numpy as np
import pytest

from saleswright.measure.forecast.law.bookings import bookings
from tests.measure.forecast.law.drawn import pipeline, rng


@pytest.mark.parametrize(("n", "spread"), [(6, 0.0), (6, 0.3), (40, 0.0), (40, 0.3), (800, 0.0), (800, 0.3)])
def test_with_and_without_are_the_laws_with_the_deal_won_and_taken_out(n, spread):
    of = rng()
    amount, chance = pipeline(of, n, 0.01)
    amount = np.rint(amount) if n != 40 else 500 * np.ceil(amount / 500)
    law = bookings(amount, chance, rho=0.15, spread=spread, floor=2_000)
    target = float(law.quantile(0.6))
    found = law.effects(target)
    swings = [one.swing for one in found]
    assert len(found) == min(n, 5) and swings == sorted(swings, reverse=True)
    near = 1e-6 if not law.resolution else 2e-3
    for one in found[:2]:
        certain = chance.copy()
        certain[one.place] = 1.0
        with_it = bookings(amount, certain, rho=0.15, spread=spread, floor=2_000)
        assert one.lost == pytest.approx(float(law.without(one.place).at_least(target)), abs=near)
        assert one.won == pytest.approx(float(with_it.at_least(target)), abs=near)
        assert one.lost - near <= one.as_is == pytest.approx(float(law.at_least(target)))
        assert one.amount == amount[one.place] and one.chance == chance[one.place]


def test_those_asked_for_are_told_and_nothing_hangs_on_a_certain_one():
    law = bookings([100, 200, 300, 400], [0.5, 0.4, 1.0, 0.2], rho=0.0)
    told = law.effects(600, places=[0, 2, 3])
    assert sorted(one.place for one in told) == [0, 3]
    by = {one.place: one for one in told}
    # 300 are certain: 600 are met by 400, or by 100 and 200.
    assert by[0].won == pytest.approx(0.2 + 0.8 * 0.4) and by[0].lost == pytest.approx(0.2)
    assert by[3].won == pytest.approx(1.0) and by[3].lost == pytest.approx(0.2)


def test_independence_is_beside_it_and_narrower():
    of = rng()
    amount, chance = pipeline(of, 500)
    law = bookings(amount, chance)
    assert law.independent.mean == pytest.approx(law.mean) and law.independent.sd < law.sd
    low, high = law.likely()
    alone = law.independent.likely()
    assert low < alone[0] < alone[1] < high
    variance = float((amount**2) @ (chance * (1 - chance)))
    assert law.independent.sd == pytest.approx(np.sqrt(variance), rel=1e-6)


def test_what_is_drawn_adds_up():
    law = bookings(*pipeline(rng(), 300), rho=0.1)
    x, density = law.drawn(100)
    assert density @ np.full(100, x[1] - x[0]) == pytest.approx(0.998, abs=1e-4) and (density >= 0).all()
