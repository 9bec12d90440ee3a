"""Do the bars of a distribution stand where their values are, with the range and the mark across them?"""

from __future__ import annotations

import pytest

from saleswright.faces.web.spread import FOOT, TOP, Spread, spread
from saleswright.kernel.report import Figure, Point, Series
from saleswright.lib.money import Money

ENDS = [(100_00 * place, 100_00 * (place + 1), share) for place, share in enumerate((0.1, 0.2, 0.4, 0.2, 0.1), 10)]


def usd(amount: float) -> Money:
    return Money(round(amount * 100), "USD")


def drawn(mark: float | None) -> Spread:
    points = tuple(
        Point(f"bar {place}", None, Figure("share", share, "share")) for place, (_, _, share) in enumerate(ENDS)
    )
    likely = Figure("likely", usd(1250), "money", "", None, usd(1100), usd(1400))
    given = None if mark is None else Figure("mark", usd(mark), "money")
    return spread(ENDS, Series("shares", "amount", points, "", "share"), likely, given)


def test_bars_fill_the_width_and_the_highest_is_the_likeliest() -> None:
    found = drawn(None)
    assert found.bars[0].x < 2 and found.bars[-1].x + found.bars[-1].width > 98
    tops = [bar.top for bar in found.bars]
    assert min(tops) == tops[2] == TOP and all(bar.top + bar.height == pytest.approx(FOOT) for bar in found.bars)
    assert (found.low, found.mid, found.high) == (20.0, 50.0, 80.0)
    assert found.mark is None and not found.outside


def test_the_mark_parts_the_bars() -> None:
    found = drawn(1300)
    assert found.mark == pytest.approx(60.0)
    assert [bar.beyond for bar in found.bars] == [False, False, False, True, True]


@pytest.mark.parametrize(("mark", "outside"), [(1600, ""), (900, ""), (3000, "above"), (100, "below")])
def test_a_mark_just_outside_gets_its_room_and_one_far_away_is_only_said(mark: float, outside: str) -> None:
    found = drawn(mark)
    assert found.outside == outside and (found.mark is None) == bool(outside)
    if not outside:
        assert found.mark is not None and 0 < found.mark < 100
