"""The drawing of past ranges: in order, inside its frame, misses marked."""

from __future__ import annotations

from dataclasses import replace

from saleswright.faces.web import sketch
from saleswright.kernel.report import Figure, Point, Series


def test_ranges_stand_in_order_and_inside_the_drawing() -> None:
    points = [
        Point(f"202{i // 4}Q{i % 4 + 1}", None, Figure("x", 10 + i, "number", low=8 + i, high=13 + i)) for i in range(9)
    ]
    points[3] = replace(points[3], figure=replace(points[3].figure, value=40))
    drawn = sketch.ranges(Series("x", "quarter", tuple(points), unit="number"), "2022Q1")
    assert [spot.x for spot in drawn.spots] == sorted(spot.x for spot in drawn.spots)
    assert all(spot.top >= 0 and spot.top + spot.height <= sketch.HEIGHT for spot in drawn.spots)
    assert [spot.missed for spot in drawn.spots].index(True) == 3 and sum(spot.missed for spot in drawn.spots) == 1
    assert drawn.spots[-1].now and drawn.spots[-1].year == "2022"
    assert drawn.text == "7 of 8 past ranges held what came; missed: Q4 2020."


def test_ranges_without_a_past_or_spread_do_not_break() -> None:
    flat = Figure("x", 5, "number", low=5, high=5)
    drawn = sketch.ranges(Series("x", "quarter", (Point("now", None, flat),), unit="number"), "now")
    assert drawn.text == "No past range yet." and drawn.spots[0].height == 2.0
