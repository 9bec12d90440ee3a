"""Where figures have no likely range, nothing is said about who differs beyond chance."""

from __future__ import annotations

import pytest

from saleswright.faces.web.findings import by_member
from saleswright.kernel.report import Figure, Point, Series


@pytest.mark.parametrize("ranged", [False, True])
def test_no_range_is_claimed_that_is_not_there(ranged: bool) -> None:
    def figure(value: float) -> Figure:
        low, high = (value - 1, value + 1) if ranged else (None, None)
        return Figure("coverage", value, "number", low=low, high=high)

    points = tuple(Point(name, None, figure(value)) for name, value in (("East", 4.8), ("South", 2.1)))
    found = by_member(Series("coverage_by_team", "team", points), figure(3.0), ["", ""], 0)
    assert ("8 in 10 range" in str(found)) is ranged
    assert ranged or ("East" in str(found) and "South" in str(found))
