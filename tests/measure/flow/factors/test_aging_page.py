"""Does the page of factors and aging say the numbers of its actions, and open for whoever asks?"""

from __future__ import annotations

import html
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from saleswright.app import build
from saleswright.faces.web.app import create_app
from saleswright.kernel.call import Ambient
from saleswright.kernel.report import Series, Table

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

APP = build()


@pytest.fixture(scope="module")
def client(demo_folder: Path) -> Iterator[TestClient]:
    with TestClient(create_app(APP, APP.open_workspace(demo_folder)), base_url="http://127.0.0.1") as made:
        yield made


def text(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<script.*?</script>", "", page, flags=re.S)))


def test_the_page_says_the_numbers_of_its_actions(client: TestClient, demo_folder: Path) -> None:
    page = client.get("/flow/aging?asof=2026-11-22&schedule=first_week")
    assert page.status_code == 200
    told = " ".join(text(page.text).split())
    args = {"schedule": "first_week"}
    made = APP.call(APP.open_workspace(demo_folder), "flow aging", args, Ambient(as_of="2026-11-22")).report
    for line in made.footer:
        assert line in told
    rows = next(block for block in made.blocks if isinstance(block, Table) and block.name == "by_age").rows
    for row in rows:
        assert str(row[0]) in told
    assert "As documented the " in told and "Between the two lie USD" in told and "Immature: " in told
    # Each drawing stands beside the same data as rows, and says what it shows.
    drawings = page.text.count('role="img"')
    charts = [block for block in made.blocks if isinstance(block, Series)]
    assert drawings == len(charts) + 3 and page.text.count('class="data"') == drawings
    assert page.text.count('aria-label=""') == 0


def test_an_age_links_to_its_deals(client: TestClient) -> None:
    page = client.get("/flow/aging?asof=2026-11-22").text
    link = next(html.unescape(one) for one in re.findall(r'href="(/a/flow-aging\?[^"]*cohort=[^"]*)"', page))
    opened = client.get(link)
    assert opened.status_code == 200 and "Would be booked at" in opened.text


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("grain=quarter&period=all", 200, "quarter"),
        ("by=owner&period=last 3 months", 200, "pulled toward the whole"),
        ("segment=Enterprise", 200, "Factors and aging"),
        ("asof=2020-01-01", 200, "No qualified deals are open."),
        ("schedule=weakly", 404, "weakly"),
        ("sgment=Enterprise", 400, "sgment"),
    ],
)
def test_it_answers_whatever_is_asked(client: TestClient, query: str, status: int, said: str) -> None:
    page = client.get(f"/flow/aging?{query}" + ("" if "asof" in query else "&asof=2026-11-22"))
    assert page.status_code == status
    assert said in text(page.text)
