"""Money never mixes, shares sum to the whole, and ratios of sums do not depend on how rows are split."""

from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from operator import add, ge, gt, le, lt, sub
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from saleswright.lib.dist import Dist, quantile
from saleswright.lib.money import CURRENCIES, Money, sum_money
from saleswright.lib.ratio import Ratio, mean_interval, wilson

settings.register_profile("laws", deadline=None, max_examples=150)
laws = settings.get_profile("laws")

minors = st.integers(-(10**15), 10**15)
codes = st.sampled_from(sorted(CURRENCIES))
monies = st.builds(Money, minors, codes)


@laws
@given(monies, monies, st.sampled_from([add, sub, lt, le, gt, ge]))
def test_money_never_mixes(left: Money, right: Money, operation: Callable[[Money, Money], object]) -> None:
    assume(left.currency != right.currency)
    with pytest.raises(TypeError, match="Money never mixes"):
        operation(left, right)
    with pytest.raises(TypeError, match="Money never mixes"):
        sum_money([left, right])
    assert left != right


@laws
@given(monies, st.one_of(st.integers(), st.floats(), st.decimals()))
def test_money_never_mixes_with_a_bare_number(money: Money, number: Any) -> None:
    for operation in (add, sub, lt, le, gt, ge):
        with pytest.raises(TypeError):
            operation(money, number)
        with pytest.raises(TypeError):
            operation(number, money)
    assert money != number


@laws
@given(monies)
def test_text_reads_back(money: Money) -> None:
    assert Money.parse(money.text, money.currency) == money
    assert money.decimal == Fraction(money.minor, 10 ** (len(money.text.partition(".")[2])))


@laws
@given(codes, minors, minors, minors)
def test_addition_is_that_of_whole_numbers(code: str, a: int, b: int, c: int) -> None:
    x, y, z = Money(a, code), Money(b, code), Money(c, code)
    assert (x + y) + z == x + (y + z) == sum_money([z, y, x]) == Money(a + b + c, code)
    assert x - y == -(y - x)
    assert (x < y) == (a < b)


weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)


@laws
@given(monies, weights)
def test_shares_sum_exactly_and_are_within_one_unit_of_fair(money: Money, shares: list[int]) -> None:
    parts = money.allocate(shares)
    assert sum_money(parts) == money
    for part, weight in zip(parts, shares, strict=True):
        assert abs(part.minor - Fraction(money.minor * weight, sum(shares))) < 1
        assert weight or not part.minor


@laws
@given(monies, codes, st.fractions(Fraction(1, 10**4), 10**4))
def test_conversion_is_within_half_a_unit(money: Money, to: str, rate: Fraction) -> None:
    assume(to != money.currency)
    there = money.convert(to, rate)
    exact = Fraction(money.decimal) * rate
    assert abs(Fraction(there.decimal) - exact) * 2 <= abs(Fraction(Money(1, to).decimal))
    assert (-money).convert(to, rate) == -there


counts = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=1, max_size=20)


@laws
@given(counts, st.randoms(use_true_random=False))
def test_a_ratio_of_sums_is_the_same_across_any_split(sides: list[tuple[int, int]], random: Random) -> None:
    rows = [Ratio(Money(num, "USD"), den) for num, den in sides]
    whole = Ratio(Money(sum(n for n, _ in sides), "USD"), sum(d for _, d in sides))
    random.shuffle(rows)
    for cut in range(1, len(rows)):
        assert reduce(add, rows[:cut]) + reduce(add, rows[cut:]) == whole
    assert (whole.value is None) == (whole.denominator == 0) == (whole.reason is not None)


@laws
@given(st.integers(1, 10**6), st.data())
def test_wilson_holds_the_share_and_widens_with_the_level(n: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, n))
    narrow, wide = wilson(successes, n, 0.8), wilson(successes, n, 0.95)
    assert narrow is not None
    assert wide is not None
    assert 0 <= wide[0] <= narrow[0] <= successes / n + 1e-12
    assert successes / n - 1e-12 <= narrow[1] <= wide[1] <= 1


@laws
@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=50))
def test_the_interval_of_a_mean_holds_the_mean(values: list[int]) -> None:
    interval = mean_interval(len(values), sum(values), sum(v * v for v in values))
    assert interval is not None
    mean = sum(values) / len(values)
    assert interval[0] <= mean + 1e-9
    assert mean - 1e-9 <= interval[1]
    assert (interval[1] - interval[0] > 1e-6) == (len(set(values)) > 1)


@laws
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30), st.floats(0, 1))
def test_quantiles_are_ordered_and_inside(values: list[float], q: float) -> None:
    ordered = sorted(values)
    low, here, high = quantile(ordered, q / 2), quantile(ordered, q), quantile(ordered, (1 + q) / 2)
    assert low is not None
    assert here is not None
    assert high is not None
    assert ordered[0] <= low <= here <= high <= ordered[-1]


@laws
@given(st.lists(st.floats(-1e12, 1e12), max_size=30))
def test_a_distribution_of_any_values_is_ordered(values: list[float]) -> None:
    dist = Dist.from_values(values)
    assert dist.n == len(values)
    assert (dist.p50 is None) == (not values)
