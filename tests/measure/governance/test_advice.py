"""What could go is said with its reason: two that tell the same are found, two that do not are hardly ever called so."""

from __future__ import annotations

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleswright.kernel.definition import Definition
from saleswright.kernel.report import Figure
from saleswright.lib.fiscal import FiscalCalendar
from saleswright.measure.metrics.governance.advice import ALIKE, alike, balance, rank_correlation
from saleswright.measure.metrics.governance.wobble import Spot, Wobble
from saleswright.measure.metrics.model import Metric

SEED = 11
MONTHS = 24
CALENDAR = FiscalCalendar()


def named(name: str, **more: str) -> Metric:
    return Metric(name, Definition("metric", name, {}), label=name.capitalize(), **more)  # type: ignore[arg-type]


def months(values: list[float]) -> Wobble:
    first = CALENDAR.containing("month", date(2024, 11, 1))
    return Wobble(tuple(Spot(first.shift(n, CALENDAR), Figure("x", value, "number")) for n, value in enumerate(values)))


def test_rank_correlation_by_hand() -> None:
    # d = 1, -1, 0, 1, -1: 1 - 6 * 4 / (5 * 24) = 0.8
    assert rank_correlation([1, 2, 3, 4, 5], [2, 1, 3, 5, 4]) == pytest.approx(0.8)
    assert rank_correlation([1, 2, 2, 3], [1, 2, 2, 3]) == pytest.approx(1)
    assert rank_correlation([1, 2, 3], [5, 5, 5]) is None


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=2, max_size=30))
def test_rank_correlation_is_between_its_ends_and_the_same_both_ways(pairs: list[tuple[int, int]]) -> None:
    left, right = [float(a) for a, _ in pairs], [float(b) for _, b in pairs]
    found = rank_correlation(left, right)
    assert found is None or -1 - 1e-9 <= found <= 1 + 1e-9
    assert found == rank_correlation(right, left)


def test_two_that_move_together_are_told_and_the_first_stays() -> None:
    rng = random.Random(SEED)
    one = [rng.gauss(100, 10) for _ in range(MONTHS)]
    made = {"one": months(one), "two": months([value * 3 + rng.gauss(0, 3) for value in one])}
    (strike,) = alike([named("one"), named("two")], made)
    assert (strike.kpi.name, strike.other) == ("two", "one")
    assert strike.words.startswith("it moved with one over 24 months (rank correlation 0.9")


def test_two_that_only_grow_both_are_not_alike() -> None:
    rng = random.Random(SEED)
    made = {name: months([100 * 1.05**n + rng.gauss(0, 8) for n in range(MONTHS)]) for name in ("one", "two")}
    levels = [[spot.size for spot in made[name].spots] for name in ("one", "two")]
    assert (rank_correlation(*levels) or 0) > ALIKE, "their levels would say so"
    assert alike([named("one"), named("two")], made) == []


def test_independent_ones_are_hardly_ever_called_alike() -> None:
    rng = random.Random(SEED)
    pair = [named("one"), named("two")]
    wrong = sum(
        bool(alike(pair, {one.name: months([rng.gauss(0, 1) for _ in range(MONTHS)]) for one in pair}))
        for _ in range(2000)
    )
    print(f"{wrong} of 2,000 independent pairs called alike")  # noqa: T201 -- a measured figure is said
    assert wrong <= 2


def test_too_short_a_history_says_nothing() -> None:
    made = {name: months([float(n * n) for n in range(12)]) for name in ("one", "two")}
    assert alike([named("one"), named("two")], made) == []


def test_balance_is_said_of_both_sides() -> None:
    ahead, back = named("a", timing="leading"), named("b", timing="lagging")
    assert balance("finance", [ahead, back]) == "Finance: 1 leading, 1 lagging."
    assert "All look back" in balance("finance", [back]) and "None says whether it worked" in balance(
        "finance", [ahead]
    )
    assert "1 not said" in balance("finance", [ahead, back, named("c")])
