"""Laws of sharing a deal: the credits sum to it to the cent under every model, whatever touches there are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleswright.lib.money import Money
from saleswright.measure.metrics.attribution.share import MODELS, Model, Numbers, credits, shares, weights

PERCENTS = st.tuples(st.integers(0, 100), st.integers(0, 100)).map(lambda p: (min(p), max(p) - min(p), 100 - max(p)))
# Deals: (amount in minor units, how many touches).
DEALS = st.lists(st.tuples(st.integers(-(10**12), 10**13), st.integers(0, 9)), min_size=0, max_size=12)


def columns(deals: list[tuple[int, int]]) -> tuple[Numbers, Numbers, Numbers]:
    """Amount, rank and n per touch, as the query gives them; a deal without a touch has one row."""
    rows = [(amount, rank, n) for amount, n in deals for rank in range(max(n, 1))]
    amount, rank, n = (np.array([row[i] for row in rows], np.int64) for i in range(3))
    return amount, rank, n


def per_deal(values: Numbers, rank: Numbers) -> list[int]:
    return np.add.reduceat(values, np.flatnonzero(rank == 0)).tolist() if len(values) else []


@given(DEALS, st.sampled_from(MODELS), PERCENTS)
def test_the_credits_of_every_deal_sum_to_it_to_the_cent(
    deals: list[tuple[int, int]], model: Model, percents: tuple[int, int, int]
) -> None:
    amount, rank, n = columns(deals)
    weight = weights(model, rank, n, percents)
    assert per_deal(credits(amount, weight, rank), rank) == [money for money, _ in deals]
    part = shares(weight, rank)
    assert np.allclose(np.add.reduceat(part, np.flatnonzero(rank == 0)), 1) if len(part) else True
    assert (weight >= 0).all()


@given(DEALS, st.sampled_from(MODELS), PERCENTS)
def test_a_deal_is_shared_as_money_is_allocated(
    deals: list[tuple[int, int]], model: Model, percents: tuple[int, int, int]
) -> None:
    amount, rank, n = columns(deals)
    weight = weights(model, rank, n, percents)
    found, place = credits(amount, weight, rank).tolist(), 0
    for money, touches in deals:
        size = max(touches, 1)
        wanted = Money(money, "USD").allocate(weight[place : place + size].tolist())
        assert found[place : place + size] == [one.minor for one in wanted]
        place += size


@given(st.integers(-(10**12), 10**13), PERCENTS)
def test_with_one_touch_all_models_agree(amount: int, percents: tuple[int, int, int]) -> None:
    money, rank, n = columns([(amount, 1)])
    assert [credits(money, weights(model, rank, n, percents), rank).tolist() for model in MODELS] == [[amount]] * 4


@given(DEALS, st.sampled_from(MODELS), st.integers(1, 1000))
def test_amounts_times_a_number_give_credits_times_it_up_to_the_cents_of_rounding(
    deals: list[tuple[int, int]], model: Model, times: int
) -> None:
    amount, rank, n = columns(deals)
    weight = weights(model, rank, n)
    once, more = credits(amount, weight, rank), credits(amount * times, weight, rank)
    assert (np.abs(more - once * times) <= times).all()


def test_what_goes_up_evenly_scales_exactly() -> None:
    amount, rank, n = columns([(7 * 2520, 7), (2520, 9), (0, 3)])
    for model in MODELS:
        weight = weights(model, rank, n, (50, 0, 50) if model == "position" else (40, 20, 40))
        assert (credits(amount * 3, weight, rank) == 3 * credits(amount, weight, rank)).all()


@given(st.lists(st.integers(0, 4), min_size=1, max_size=9), st.integers(0, 10**9), st.randoms())
def test_the_order_of_touches_does_not_matter_for_linear(members: list[int], amount: int, rng: object) -> None:
    amounts, rank, n = columns([(amount * len(members), len(members))])
    money = credits(amounts, weights("linear", rank, n), rank)
    shuffled = list(members)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert _by(members, money) == _by(shuffled, money)


def _by(members: list[int], money: Numbers) -> dict[int, int]:
    found: dict[int, int] = {}
    for member, one in zip(members, money.tolist(), strict=True):
        found[member] = found.get(member, 0) + one
    return found


def test_two_touches_share_by_position_as_first_to_last() -> None:
    amount, rank, n = columns([(100, 2)])
    for percents, wanted in {
        (40, 20, 40): [50, 50],
        (60, 0, 40): [60, 40],
        (0, 100, 0): [50, 50],
        (100, 0, 0): [100, 0],
    }.items():
        assert credits(amount, weights("position", rank, n, percents), rank).tolist() == wanted


def test_a_deal_too_large_for_64_bits_is_still_exact() -> None:
    amount, rank, n = columns([(9 * 10**17, 3), (101, 2), (-(8 * 10**17), 9)])
    for model in MODELS:
        got = credits(amount, weights(model, rank, n), rank)
        assert per_deal(got, rank) == [9 * 10**17, 101, -(8 * 10**17)]


@pytest.mark.parametrize("model", MODELS)
def test_nothing_is_shared_where_there_is_nothing(model: Model) -> None:
    amount, rank, n = columns([])
    assert credits(amount, weights(model, rank, n), rank).tolist() == []
