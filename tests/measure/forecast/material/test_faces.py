"""`forecast material` and `forecast needed` on the command line, as JSON, and the page /forecast/material."""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from saleswright.app import build
from saleswright.faces.cli.command import run
from saleswright.faces.web.app import create_app

AS_OF = "2026-11-20"


def said(root: Path, *words: str) -> tuple[int, str]:
    """The exit code, and all that was written."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = run([*words, "-w", str(root), "--as-of", AS_OF], build)
    return code, out.getvalue()


def as_json(root: Path, *words: str) -> dict[str, Any]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        run([*words, "-w", str(root), "--as-of", AS_OF, "--json"], build)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


@pytest.fixture(scope="module")
def client(root: Path) -> Iterator[TestClient]:
    app = build()
    with TestClient(create_app(app, app.open_workspace(root)), base_url="http://127.0.0.1") as made:
        yield made


def test_material_lists_as_many_deals_as_are_asked_for(root: Path) -> None:
    answer = as_json(root, "forecast", "material", "--most", "3")
    tables = {block["name"]: block for block in answer["data"]["blocks"] if block.get("rows") is not None}
    assert len(tables["deals"]["rows"]) == 3 and tables["deals"]["total"] > 3
    assert [row[0] for row in tables["due"]["rows"]][-3:] == [
        "Still to be created and closed",
        "Won so far",
        "All, on average",
    ]
    assert tables["questions"]["rows"]


def test_material_says_what_stays_visible_and_that_ranges_do_not_add(root: Path) -> None:
    code, text = said(root, "forecast", "material")
    assert code == 0 and "Still to be created and closed" in text and "Means add, ranges do not" in text
    assert "backtest" in text and "weighted pipeline" in text


def test_needed_tells_wins_deals_and_leads(root: Path) -> None:
    code, text = said(root, "forecast", "needed", "--chance", "70%")
    as_it_is = re.search(r"Chance of the target as it is\t([\d.]+)%", text)
    assert code == 0 and as_it_is is not None
    # Where the target is as likely as that already, nothing is missing.
    assert ("for 70 %" in text) == (float(as_it_is[1]) < 70)
    assert all(word in text for word in ("Wins", "Qualified deals", "Leads"))


@pytest.mark.parametrize("words", [("--chance", "2"), ("--period", "all"), ("--period", "soon")])
def test_what_cannot_be_asked_is_a_usage_error_with_the_way_out(root: Path, words: tuple[str, ...]) -> None:
    code, text = said(root, "forecast", "needed", *words)
    assert code == 2 and "try" in text


def test_a_period_that_is_over_is_said(root: Path) -> None:
    code, text = said(root, "forecast", "material", "--period", "last quarter")
    assert code == 0 and "is over" in text


def test_the_page_shows_the_three_questions_and_opens_its_numbers(client: TestClient) -> None:
    page = client.get("/forecast/material", params={"asof": AS_OF})
    assert page.status_code == 200
    for words in (
        "Which few deals decide it?",
        "What must close by when?",
        "How many wins, deals and leads reach the target?",
        "Still to be created and closed",
        "Why this quarter?",
        "not answered",
        "pulled to",
    ):
        assert words in page.text, words
    refs = re.findall(r'href="(/n/[^"?]+)"', page.text)
    assert any("chance_of_target@" in ref for ref in refs)
    assert client.get(refs[0], params={"asof": AS_OF}).status_code == 200


def test_the_page_of_another_period_filter_or_chance(client: TestClient) -> None:
    for more in ({"period": "next quarter"}, {"deal_tier": "A"}, {"chance": "0.5"}, {"period": "last quarter"}):
        assert client.get("/forecast/material", params={"asof": AS_OF, **more}).status_code == 200
    for more in ({"period": "all"}, {"chance": "7"}, {"colour": "red"}):
        assert client.get("/forecast/material", params={"asof": AS_OF, **more}).status_code == 400
