"""Do few deals say what they should: their own figure, drawn towards their parent's as if it were 20 deals more?"""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleswright.lib.ratio import wilson
from saleswright.measure.flow.factors import shrink
from saleswright.measure.metrics.figures import Sums


def test_shrunk_value_of_golden_vector_g14() -> None:
    assert shrink.rate(7, 20, Fraction(30, 100)) == Fraction(325, 1000)


@given(st.integers(0, 400), st.integers(0, 400), st.fractions(0, 1))
def test_a_drawn_rate_lies_between_its_own_and_its_parents(won: int, lost: int, parent: Fraction) -> None:
    found = shrink.rate(won, won + lost, parent)
    own = Fraction(won, won + lost) if won + lost else parent
    assert min(own, parent) <= found <= max(own, parent)
    low, high = shrink.rate_interval(float(found), won + lost)
    assert 0 <= low <= float(found) + 1e-12 and float(found) - 1e-12 <= high <= 1


def test_without_deals_of_its_own_it_is_the_parents() -> None:
    parent = Sums(n=4, total=1000, squares=300_000.0)
    assert shrink.rate(0, 0, Fraction(1, 3)) == Fraction(1, 3)
    assert shrink.mean(Sums(), parent) == 250


def test_a_drawn_mean_counts_the_parent_as_20_deals() -> None:
    own, parent = Sums(n=5, total=5000, squares=5_200_000.0), Sums(n=100, total=50_000, squares=26_000_000.0)
    assert shrink.mean(own, parent) == Fraction(5000 + 20 * 500, 25)
    band = shrink.mean_range(own, parent)
    assert band is not None and band[0] < 600 < band[1]


def test_the_range_of_a_drawn_rate_is_wilsons_of_as_many_deals() -> None:
    assert shrink.rate_interval(0.325, 20) == pytest.approx(wilson(13, 40))


def test_more_won_than_decided_is_no_rate() -> None:
    with pytest.raises(ValueError, match="not a proportion"):
        shrink.rate(3, 2, Fraction(1, 2))
