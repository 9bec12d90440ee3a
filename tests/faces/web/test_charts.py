"""Do charts show the figures they were given, built of nothing but our own words?"""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from saleswright.faces.web import axis, charts, findings, shapes
from saleswright.kernel.report import Figure, Point, Series
from saleswright.lib import limits
from saleswright.lib.money import Money
from tests.faces.web import toy_web
from tests.faces.web.hostile import PAYLOADS

KINDS = ("trend", "columns", "rows", "bars", "stairs", "steps")


def months(rates: list[float], n: int = 100, unit: Any = "share") -> Series:
    points = []
    for place, rate in enumerate(rates):
        start = date(2025 + place // 12, place % 12 + 1, 1)
        figure = toy_web.share("win_rate", round(rate * n), n, ref=f"r{place}")
        points.append(Point(f"{start:%b %Y}", start, figure))
    if unit == "share" and len(rates) >= limits.FEWEST:
        found = limits.shares([round(rate * n) for rate in rates], [n] * len(rates))
        points = [replace(point, limit=limit) for point, limit in zip(points, found, strict=True)]
    return Series("by_month", "month", tuple(points), "t", unit)


def spec_of(chart: charts.Chart) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(str(chart.spec))
    return made


def walk(node: Any, path: str = "") -> Any:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from walk(value, f"{path}.{key}")
    elif isinstance(node, list):
        for value in node:
            yield from walk(value, path)
    else:
        yield path, node


@pytest.mark.parametrize("kind", KINDS)
def test_shapes_name_only_known_fields_and_no_address(kind: Any) -> None:
    shape = shapes.shape(kind)
    assert "usermeta" not in shape
    for path, value in walk(shape):
        if path.endswith(".field"):
            assert value in shapes.FIELDS, value
        assert "url" not in path.split(".")
        assert not (isinstance(value, str) and "//" in value), value
        if path.endswith((".color", ".fill", ".stroke")):
            assert value is None or value.startswith("var(--"), (path, value)


def test_a_name_enters_only_as_data() -> None:
    points = tuple(Point(name, None, toy_web.share("win_rate", 3, 9, ref="r")) for name in PAYLOADS)
    made = charts.chart(Series("s", "team", points[:20], "t", "share"), toy_web.share("win_rate", 1, 2))
    spec = spec_of(made)
    names = set(PAYLOADS)
    data = spec.pop("datasets")
    assert not [value for _, value in walk(spec) if value in names]
    assert {row["label"] for row in data["rows"]} == set(PAYLOADS[:20])
    assert not re.search(r"[<>&\u2028\u2029]", str(made.spec))


def test_a_month_beyond_its_limits_is_marked_and_said() -> None:
    made = charts.chart(months([0.4] * 11 + [0.05]), today=date(2026, 2, 1))
    dots = spec_of(made)["datasets"]["dots"]
    assert [dot["state"] for dot in dots] == ["in"] * 11 + ["out"]
    assert made.text.lead == "Dec 2025 (5.0%) is out of the ordinary."


def test_a_running_month_is_hollow_and_said() -> None:
    made = charts.chart(months([0.4] * 12), today=date(2025, 12, 10))
    assert spec_of(made)["datasets"]["dots"][-1]["state"] == "partial"
    assert made.text.lead == "Dec 2025, so far 40.0%: normal wobble."
    assert spec_of(charts.chart(months([0.4] * 12), today=date(2025, 12, 31)))["datasets"]["dots"][-1]["state"] == "in"


def test_the_table_holds_the_same_values_as_the_drawing() -> None:
    series = months([0.1, 0.5, 0.3])
    made = charts.chart(series)
    drawn = [dot["value"] for dot in spec_of(made)["datasets"]["dots"]]
    assert drawn == [row[1].value for row in made.table.rows]  # type: ignore[union-attr]
    assert [row[0] for row in made.table.rows] == [point.label for point in series.points]


def test_members_are_coloured_only_beyond_the_whole() -> None:
    whole = toy_web.share("win_rate", 585, 1568)
    points = [Point(t, None, toy_web.share("win_rate", w, n)) for t, (w, n) in toy_web.TEAMS.items()]
    made = charts.chart(Series("by_team", "team", tuple(points), "t", "share"), whole)
    rows = {row["label"]: row["verdict"] for row in spec_of(made)["datasets"]["rows"]}
    assert rows["Team East"] == "above"
    assert rows["Team South"] == "below"
    assert rows["Team North"] == ""
    assert "Team South below" in made.text.lead
    assert "37.3%" in made.text.rest


def test_a_null_has_no_mark_and_keeps_its_row() -> None:
    points = (Point("a", None, toy_web.share("s", 0, 0)), Point("b", None, toy_web.share("s", 1, 2)))
    data = spec_of(charts.chart(Series("s", "team", points, "t", "share")))["datasets"]
    assert [row["value_label"] for row in data["rows"]] == ["—", "50.0%"]
    assert len(data["dots"]) == 1


@pytest.mark.parametrize(
    "points",
    [
        (),
        (Point("x", date(2026, 1, 1), Figure("c", 0, "count")),),
        (Point("x", date(2026, 1, 1), Figure("c", None, "count", reason="none")),),
        (
            Point("x", None, Figure("m", Money(-500, "USD"), "money")),
            Point("y", None, Figure("m", Money(7, "USD"), "money")),
        ),
        (Point("x", date(2026, 1, 1), Figure("d", 3.5, "days", n=2, low=1, high=9)),) * 2,
    ],
)
def test_odd_series_are_drawn_all_the_same(points: tuple[Point, ...]) -> None:
    unit = points[0].figure.unit if points else "count"
    made = charts.chart(Series("s", "month" if not points or points[0].start else "team", points, "t", unit))
    assert isinstance(spec_of(made)["layer"], list)
    assert str(made.text)


def test_many_members_are_cut_and_the_rest_is_said() -> None:
    points = tuple(Point(f"m{i}", None, Figure("c", i, "count")) for i in range(40))
    made = charts.chart(Series("s", "owner", points, "t", "count"))
    assert len(spec_of(made)["datasets"]["rows"]) == 24
    assert "16 more are in the table." in made.text.rest
    assert len(made.table.rows) == 40


@pytest.mark.parametrize(
    ("value", "unit", "currency", "said"),
    [(0.4, "share", "", "40%"), (0.125, "share", "", "12.5%"), (2e7, "money", "USD", "$20M"),
     (2.5e6, "money", "EUR", "€2.5M"), (12.0, "days", "", "12\u00a0d"), (200.0, "count", "", "200"),
     (0.0, "money", "USD", "$0")],
)  # fmt: skip
def test_ticks_say_nothing_superfluous(value: float, unit: Any, currency: str, said: str) -> None:
    assert axis.tick(value, unit, currency) == said


@pytest.mark.parametrize("values", [[], [0.0], [5.0, 5.0], [-3.0, 8.0], [1e-9, 2e-9], [1e12, 3e12], [math.nan, 1.0]])
@pytest.mark.parametrize("from_zero", [True, False])
def test_the_axis_holds_its_values(values: list[float], from_zero: bool) -> None:
    low, high, ticks = axis.span(values, "number", from_zero)
    assert low < high
    assert all(low <= value <= high for value in values if not math.isnan(value))
    assert 1 <= len(ticks) <= 12
    assert not from_zero or low <= 0 <= high


def test_nothing_known_is_said() -> None:
    empty = findings.over_time(Series("s", "month", (), "t"), False)
    assert str(empty) == "No month has a figure yet."
