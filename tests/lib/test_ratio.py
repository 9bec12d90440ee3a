"""Ratios keep both sides; intervals agree with published values."""

import math
from fractions import Fraction
from typing import Any

import pytest

from saleswright.lib.money import Money
from saleswright.lib.ratio import Ratio, mean_interval, order_statistic_ranks, wilson


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def test_a_share_of_counts() -> None:
    share = Ratio(7, 20)
    assert share.value == 0.35
    assert share.exact == Fraction(7, 20)
    assert share.reason is None


@pytest.mark.parametrize("zero", [Ratio(0, 0), Ratio(5, 0), Ratio(usd(5), usd(0)), Ratio(usd(5), 0)])
def test_nothing_over_zero_is_a_number(zero: Ratio) -> None:
    assert zero.value is None
    assert zero.exact is None
    assert zero.reason == "nothing to divide by: the denominator is 0"


def test_money_over_money_is_a_share() -> None:
    assert Ratio(usd(2500), usd(10000)).value == 0.25


@pytest.mark.parametrize(("total", "count", "each"), [(1000, 3, 333), (5, 2, 2), (15, 2, 8), (-5, 2, -2), (200, 3, 67)])
def test_money_over_a_count_is_money_each(total: int, count: int, each: int) -> None:
    assert Ratio(usd(total), count).per_unit() == usd(each)


def test_value_of_money_over_a_count_is_in_major_units() -> None:
    assert Ratio(usd(1050), 2).value == 5.25
    assert Ratio(Money(1050, "JPY"), 2).value == 525.0
    assert Ratio(usd(1050), 0).per_unit() is None


def test_per_unit_needs_money_over_a_count() -> None:
    for ratio in (Ratio(1, 2), Ratio(usd(1), usd(2)), Ratio(1, usd(2))):
        with pytest.raises(TypeError, match="per_unit"):
            ratio.per_unit()


def test_ratios_add_side_by_side() -> None:
    assert Ratio(1, 2) + Ratio(1, 8) == Ratio(2, 10)
    assert Ratio(usd(100), 0) + Ratio(usd(50), 3) == Ratio(usd(150), 3)


def test_ratios_of_unlike_sides_do_not_add() -> None:
    with pytest.raises(TypeError, match="never mixes"):
        Ratio(usd(1), 1) + Ratio(1, 1)
    with pytest.raises(TypeError, match="never mixes"):
        Ratio(usd(1), 1) + Ratio(Money(1, "EUR"), 1)
    with pytest.raises(TypeError, match="never mixes"):
        Ratio(usd(1), Money(1, "EUR"))
    three: Any = 3
    with pytest.raises(TypeError):
        Ratio(1, 1) + three


@pytest.mark.parametrize("side", [0.5, True, "1", None])
def test_sides_are_counts_or_money(side: Any) -> None:
    with pytest.raises(TypeError, match="whole counts or Money"):
        Ratio(side, 1)
    with pytest.raises(TypeError, match="whole counts or Money"):
        Ratio(1, side)


def test_wilson_golden_g14() -> None:
    interval = wilson(7, 20, 0.95)
    assert interval is not None
    assert interval == pytest.approx((0.181192, 0.567146), abs=5e-7)


def test_wilson_at_the_edges() -> None:
    assert wilson(0, 0) is None
    none, every = wilson(0, 10), wilson(10, 10)
    assert none is not None
    assert every is not None
    assert none[0] == 0.0
    assert 0 < none[1] < 0.2
    assert every[1] == 1.0
    assert every[0] == pytest.approx(1 - none[1])
    z2 = 1.2815515655446004**2
    assert none[1] == pytest.approx(z2 / (10 + z2))
    for wrong in ((-1, 5), (6, 5), (1, 0)):
        with pytest.raises(ValueError):
            wilson(*wrong)
    for level in (0.0, 1.0, 80):
        with pytest.raises(ValueError, match="level"):
            wilson(1, 2, level)


def test_wilson_level_off_the_table_lies_between_its_neighbours() -> None:
    widths = [
        high - low for low, high in filter(None, (wilson(7, 20, level) for level in (0.8, 0.85, 0.9, 0.95, 0.99)))
    ]
    assert len(widths) == 5
    assert widths == sorted(widths)


def coverage(n: int, q: float, low: int, high: int) -> float:
    return math.fsum(math.comb(n, k) * q**k * (1 - q) ** (n - k) for k in range(low + 1, high + 1))


@pytest.mark.parametrize(
    ("n", "q", "level", "ranks"),
    [
        # Published exact intervals of the median (1-based 2nd to 9th of 10, 97.85 %; 1st to 6th of 6, 96.9 %).
        (10, 0.5, 0.97, (1, 8)),
        (6, 0.5, 0.95, (0, 5)),
        (2, 0.5, 0.5, (0, 1)),
        (5, 0.5, 0.95, None),
        (1, 0.5, 0.5, None),
        (0, 0.5, 0.8, None),
        (10, 0.9, 0.8, None),
        (20, 0.9, 0.8, (15, 19)),
    ],
)
def test_ranks_round_a_quantile(n: int, q: float, level: float, ranks: tuple[int, int] | None) -> None:
    assert order_statistic_ranks(n, q, level) == ranks


@pytest.mark.parametrize("q", [0.1, 0.25, 0.5, 0.9])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_ranks_cover_and_no_narrower_pair_does(q: float, level: float) -> None:
    for n in range(2, 60):
        ranks = order_statistic_ranks(n, q, level)
        widest = coverage(n, q, 0, n - 1)
        if ranks is None:
            assert widest < level
            continue
        low, high = ranks
        assert 0 <= low < high <= n - 1
        assert coverage(n, q, low, high) >= level - 1e-9
        width = high - low - 1
        if width:
            assert all(coverage(n, q, start, start + width) < level for start in range(n - width))


def test_ranks_of_many_values_approach_the_normal_ones() -> None:
    ranks = order_statistic_ranks(1_000_000, 0.5)
    assert ranks is not None
    half = 1.2815515655446004 * math.sqrt(1_000_000) / 2
    assert ranks[0] == pytest.approx(500_000 - half, abs=2)
    assert ranks[1] == pytest.approx(500_000 + half, abs=2)


def test_ranks_need_a_quantile_inside() -> None:
    for q in (0.0, 1.0, 50):
        with pytest.raises(ValueError, match="quantile"):
            order_statistic_ranks(10, q)


@pytest.mark.parametrize(
    ("n", "level", "t", "within"),
    [
        # Two-sided quantiles of Student's t as tabled everywhere.
        (2, 0.95, 12.7062, 1e-4),
        (3, 0.95, 4.3027, 1e-4),
        (4, 0.80, 1.6377, 1e-3),
        (5, 0.95, 2.7764, 1e-3),
        (4, 0.99, 5.8409, 1e-2),
        (11, 0.95, 2.2281, 1e-4),
        (31, 0.80, 1.3104, 1e-4),
    ],
)
def test_mean_interval_uses_students_t(n: int, level: float, t: float, within: float) -> None:
    values = [float(i) for i in range(n)]
    interval = mean_interval(n, sum(values), sum(v * v for v in values), level)
    assert interval is not None
    mean = sum(values) / n
    deviation = math.sqrt(sum((v - mean) ** 2 for v in values) / (n - 1))
    assert (interval[0] + interval[1]) / 2 == pytest.approx(mean)
    assert (interval[1] - interval[0]) / 2 / (deviation / math.sqrt(n)) == pytest.approx(t, rel=within)


def test_mean_interval_of_too_few_or_of_equal_values() -> None:
    assert mean_interval(0, 0, 0) is None
    assert mean_interval(1, 5, 25) is None
    # 0.1 three times: the squares cancel to just below zero in floats.
    assert mean_interval(3, 0.1 + 0.1 + 0.1, 0.01 * 3) == pytest.approx((0.1, 0.1))
