"""A distribution by its P10, P50, P90 and mean."""

import pytest

from saleswright.lib.dist import Dist, quantile


@pytest.mark.parametrize(
    ("values", "q", "expected"),
    [
        # numpy.quantile and DuckDB quantile_cont give the same.
        ([1, 2, 3, 4], 0.5, 2.5),
        ([1, 2, 3, 4], 0.25, 1.75),
        ([1, 2, 3, 4], 0.9, 3.7),
        ([10], 0.9, 10.0),
        ([1, 2, 3], 0.0, 1.0),
        ([1, 2, 3], 1.0, 3.0),
        ([0, 10], 0.1, 1.0),
    ],
)
def test_quantile_is_type_7(values: list[float], q: float, expected: float) -> None:
    assert quantile(values, q) == pytest.approx(expected)


def test_quantile_of_nothing_and_outside() -> None:
    assert quantile([], 0.5) is None
    for q in (-0.1, 1.1, 90):
        with pytest.raises(ValueError, match="quantile"):
            quantile([1.0], q)


def test_from_values_in_any_order() -> None:
    dist = Dist.from_values([3, 1, 2, 5, 4, 6, 8, 7, 10, 9, 11])
    assert dist == Dist(p10=2.0, p50=6.0, p90=10.0, mean=6.0, n=11)


def test_from_no_values() -> None:
    assert Dist.from_values([]) == Dist(None, None, None, None, 0)


def test_refuses_crossed_quantiles_and_what_is_not_a_number() -> None:
    with pytest.raises(ValueError, match="ordered"):
        Dist(2.0, 1.0, 3.0, 2.0, 3)
    with pytest.raises(ValueError, match="not a number"):
        Dist.from_values([1.0, float("nan")])


def test_quantiles_of_nearly_equal_values_never_cross() -> None:
    values = sorted([0.1, 0.1 + 2**-56, 0.3, 0.3, 0.30000000000000004])
    found = [quantile(values, i / 1000) for i in range(1001)]
    known = [q for q in found if q is not None]
    assert len(known) == 1001
    assert known == sorted(known)
