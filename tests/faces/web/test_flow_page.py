"""Does the page of the funnel show what the actions say, for everyone, and say what is missing?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from saleswright.app import build
from saleswright.faces.python import Book
from saleswright.faces.web.app import create_app
from saleswright.faces.web.charts import chart
from saleswright.faces.words import words
from saleswright.kernel.report import Figure, Flows, Point, Series, Table
from tests.workspaces import UNTIL

APP = build()


@pytest.fixture(scope="module")
def client(demo_folder: Path) -> Iterator[TestClient]:
    with TestClient(create_app(APP, APP.open_workspace(demo_folder)), base_url="http://127.0.0.1") as made:
        yield made


@pytest.fixture(scope="module")
def page(client: TestClient) -> str:
    found = client.get("/flow", params={"asof": UNTIL.isoformat(), "stage": "Proposal"})
    assert found.status_code == 200
    return found.text


def test_the_page_says_what_the_action_says(page: str, sample: Book) -> None:
    made = sample.call("flow funnel", cohort="quarter", stage="Proposal").report
    assert words(made.lede) in page
    assert made.footer[0] in page
    table = next(block for block in made.blocks if isinstance(block, Table) and block.name == "stages")
    for row in table.rows:
        share = row[-1]
        assert isinstance(share, Figure) and f">{words(share.value, 'share', 'short')}</a>" in page
    ways = sample.call("flow between").report
    for block in ways.blocks:
        if isinstance(block, Flows):
            assert block.check and block.check in page


def test_every_drawing_has_a_table_and_a_sentence(page: str) -> None:
    drawn = re.findall(r'<div class="chart" id="([\w-]+)"', page)
    assert drawn == ["further", "bars", "drop", "ways", "ways-value", "expected", "new"]
    assert page.count('role="img" aria-label="') == len(drawn)
    assert "Most ends at " in page and page.count('class="lacking"') == len(drawn)
    specs = re.findall(r'<script type="application/json">(.*?)</script>', page, re.S)
    assert any("Proposal → Won" in spec for spec in specs)


def test_cells_of_the_triangle_and_the_split_are_real_cells_with_tints(page: str) -> None:
    for level in range(1, 6):
        assert f'<td class="num tint-{level}">' in page
    assert 'aria-current="true">Funnel</a>' in page and "/flow/miss" in page


def test_a_link_keeps_what_was_chosen(client: TestClient) -> None:
    query = {"asof": UNTIL.isoformat(), "what": "lost", "since": "2026-11-02", "by": "segment", "period": "last year"}
    found = client.get("/flow", params=query).text
    assert "What share of each cohort is lost, by age?" in found and "<b>Lost</b>" in found
    assert "Where does it differ by segment?" in found and "2 Nov" in found
    assert client.get("/flow", params={"stge": "x"}).status_code == 400
    assert client.get("/flow", params={"stage": "Proposl"}).status_code == 404


def test_without_stage_changes_the_page_says_which_export_brings_them(maven: Book) -> None:
    with TestClient(create_app(APP, maven.workspace), base_url="http://127.0.0.1") as made:
        found = made.get("/flow")
    assert found.status_code == 200
    assert "Opportunity History report" in found.text
    assert "What share of each cohort is won, by age?" in found.text


def test_a_month_in_which_a_rule_changed_carries_a_mark_on_the_chart_and_in_its_table() -> None:
    def point(month: int, mark: str = "") -> Point:
        from datetime import date

        return Point(f"2026-{month:02}", date(2026, month, 1), Figure("n", month, "count"), mark=mark)

    made = chart(Series("new", "month", (point(1), point(2, "left out: tests from here on"), point(3)), unit="count"))
    spec: dict[str, Any] = json.loads(str(made.spec))
    assert spec["datasets"]["marks"] == [{"order": 1, "text": "rule changed"}]
    assert [row[-1] for row in made.table.rows] == [None, "left out: tests from here on", None]
    plain = chart(Series("new", "month", (point(1), point(2)), unit="count"))
    assert json.loads(str(plain.spec))["datasets"]["marks"] == [] and len(plain.table.columns) == 2
