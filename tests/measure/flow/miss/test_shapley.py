"""Golden vectors G2 to G5 to the printed digits; Shapley sums to the miss, is zero for an unchanged factor, and is the mean
over all orders; cents are apportioned by largest remainder."""

from __future__ import annotations

from itertools import permutations
from math import factorial, prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleswright.measure.flow.miss.shapley import BLOCK, apportion, lmdi, sequential, shapley

PLAN, ACTUAL = (100.0, 10_000.0, 0.25), (90.0, 11_000.0, 0.22)


def over_all_orders(plan: list[float], actual: list[float]) -> list[float]:
    """Shapley's value as it is defined: slow, and in no way like the way it is computed."""
    found = [0.0] * len(plan)
    for order in permutations(range(len(plan))):
        now = list(plan)
        for place in order:
            before = prod(now)
            now[place] = actual[place]
            found[place] += prod(now) - before
    return [one / factorial(len(plan)) for one in found]


def test_g2_shapley() -> None:
    assert shapley(PLAN, ACTUAL) == pytest.approx([-24_650, 22_350, -29_900], abs=1e-9)


def test_g3_lmdi() -> None:
    assert [round(float(one), 4) for one in lmdi(PLAN, ACTUAL)] == [-24_604.8548, 22_257.7986, -29_852.9438]


def test_g4_one_after_the_other() -> None:
    in_order = sequential((PLAN[0], PLAN[1], PLAN[2]), (ACTUAL[0], ACTUAL[1], ACTUAL[2]))
    assert in_order == pytest.approx([-25_000, 22_500, -29_700], abs=1e-9)


def test_g5_convolution() -> None:
    # Flow newest last in the vector, newest first beside tau.
    flow = np.array([20.0, 20, 20, 20])[::-1], np.array([20.0, 18, 16, 14])[::-1]
    tau = np.array([0.1, 0.4, 0.3, 0.2]), np.array([0.05, 0.3, 0.35, 0.3])
    plan, actual = (flow[0], 10_000.0, 0.25, tau[0]), (flow[1], 10_500.0, 0.24, tau[1])
    assert sum(np.prod(np.broadcast_arrays(*plan), axis=0)) == pytest.approx(50_000)
    assert sum(np.prod(np.broadcast_arrays(*actual), axis=0)) == pytest.approx(44_856)
    found = shapley(plan, actual).sum(axis=1)
    assert [round(float(one), 4) for one in found] == [-6_276.0833, 2_303.9167, -1_926.0833, 754.25]
    assert found.sum() == pytest.approx(-5_144)


factor = st.one_of(st.just(0.0), st.floats(-50, 50, allow_nan=False, width=32))


@given(st.integers(1, 5).flatmap(lambda n: st.tuples(*[st.lists(factor, min_size=n, max_size=n)] * 2)))
def test_it_is_the_mean_over_all_orders(sides: tuple[list[float], list[float]]) -> None:
    plan, actual = sides
    found = shapley(plan, actual)
    largest = max(1.0, *(abs(one) for one in (*plan, *actual))) ** len(plan)
    assert found == pytest.approx(over_all_orders(plan, actual), abs=1e-9 * largest)
    assert found.sum() == pytest.approx(prod(actual) - prod(plan), abs=1e-9 * largest)
    for place, (before, after) in enumerate(zip(plan, actual, strict=True)):
        if before == after:
            assert found[place] == 0.0


def test_blocks_make_no_difference_and_the_residual_is_nothing() -> None:
    rng = np.random.default_rng(11)
    size = 2 * BLOCK + 17
    plan, actual = (list(rng.random((4, size)) * 100) for _ in range(2))
    found = shapley(plan, actual)
    change = np.prod(actual, axis=0) - np.prod(plan, axis=0)
    assert np.abs(found.sum(axis=0) - change).max() <= 1e-9 * np.abs(change).max()
    edge = slice(BLOCK - 2, BLOCK + 2)
    again = shapley([one[edge] for one in plan], [one[edge] for one in actual])
    assert found[:, edge] == pytest.approx(again, rel=1e-12)


def test_logarithms_agree_where_they_are_defined_and_say_where_not() -> None:
    rng = np.random.default_rng(12)
    plan = list(rng.uniform(0.5, 1.5, (4, 500)))
    actual = [one * rng.uniform(0.97, 1.03, 500) for one in plan]
    found = lmdi(plan, actual)
    assert found.sum(axis=0) == pytest.approx(np.prod(actual, axis=0) - np.prod(plan, axis=0), abs=1e-12)
    # Close to each other where changes are small.
    assert np.abs(found - shapley(plan, actual)).max() < 1e-4
    same = lmdi(plan, plan)
    assert not same.any()
    actual[2][7] = 0.0
    assert np.isnan(lmdi(plan, actual)[:, 7]).all() and np.isfinite(np.delete(lmdi(plan, actual), 7, axis=1)).all()


@given(
    st.lists(st.floats(-1e9, 1e9, allow_nan=False), min_size=1, max_size=7),
    st.integers(-2, 2),
)
def test_cents_sum_to_the_whole_and_no_part_is_off_by_one_or_more(parts: list[float], off: int) -> None:
    total = round(sum(parts)) + (off if len(parts) > 2 else 0)
    found = apportion(parts, total)
    assert found.sum() == total
    if not off or len(parts) <= 2:
        assert all(abs(one - part) < 1 + 1e-6 for one, part in zip(found.tolist(), parts, strict=True))


def test_an_unchanged_part_stays_at_zero_cents() -> None:
    assert apportion([0.0, -10.5, 0.0, 3.5], -7).tolist() in ([0, -10, 0, 3], [0, -11, 0, 4])
    assert apportion([0.0, 33.333, 33.333, 33.334], 100).tolist() == [0, 33, 33, 34]
    assert apportion([-100.0, 0.0], -99).tolist() == [-99, 0]


def test_both_sides_have_the_same_factors() -> None:
    with pytest.raises(ValueError, match="2 factors of the plan"):
        shapley((1.0, 2.0), (1.0,))
