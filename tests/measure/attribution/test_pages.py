"""The pages of attribution and of the glossary: they show what the commands say, and refuse in words."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from saleswright.app import build
from saleswright.faces.web.app import create_app

APP = build()
TABLES = {
    "campaigns": [{"campaign id": "C1", "campaign name": "Fair", "channel": "Events <b>"}],
    "deals": [{"id": "A", "stage": "Won", "qualified": "2026-01-05", "closed": "2026-03-05", "amount": "100"}],
    "touches": [{"campaign member id": "T1", "campaign id": "C1", "deal id": "A", "occurred": "2026-01-06"}],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("pages")
    (place / "export").mkdir()
    for name, rows in TABLES.items():
        with (place / "export" / f"{name}.csv").open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    APP.call(None, "init", {"folder": str(place / "w"), "from": str(place / "export")})
    return place / "w"


@pytest.fixture
def client(folder: Path, pin_now: Callable[[str], datetime]) -> Iterator[TestClient]:
    pin_now("2026-11-22T12:00:00+00:00")
    with TestClient(create_app(APP, APP.open_workspace(folder)), base_url="http://127.0.0.1") as made:
        yield made


def test_the_page_of_attribution_names_who_is_credited_and_leads_to_the_deals(client: TestClient) -> None:
    page = client.get("/attribution")
    assert page.status_code == 200
    assert "Events &lt;b&gt;" in page.text and "Events <b>" not in page.text
    assert "add to USD 100.00" in page.text
    assert "/a/attribute-deals?by=channel&amp;member=Events%20%3Cb%3E" in page.text
    assert client.get("/a/attribute-deals?by=channel&member=Events%20%3Cb%3E").status_code == 200
    assert client.get("/attribution?period=2020").status_code == 200


def test_an_unknown_split_is_refused_with_the_nearest(client: TestClient) -> None:
    page = client.get("/attribution?by=chanel")
    assert 400 <= page.status_code < 500 and "channel" in page.text


def test_the_glossary_is_searched_and_linked_from_the_metrics(client: TestClient) -> None:
    page = client.get("/glossary")
    assert page.status_code == 200 and 'id="clawback"' in page.text and "not covered" in page.text
    found = client.get("/glossary?find=clawback").text
    assert 'id="clawback"' in found and 'id="bant"' not in found
    assert "No term has these words" in client.get("/glossary?find=qqqq").text
    assert "/glossary" in client.get("/kpis").text
    assert "/glossary?find=Win%20rate" in client.get("/kpi/win_rate").text


def test_a_definition_that_cannot_be_used_is_told_on_the_page(folder: Path, client: TestClient) -> None:
    path = folder / "definitions" / "attribution.yaml"
    path.write_text("kind: attribution\nname: attribution\nweights: {first: 90}\n", encoding="utf-8")
    try:
        with TestClient(create_app(APP, APP.open_workspace(folder)), base_url="http://127.0.0.1") as again:
            page = again.get("/attribution")
        assert 400 <= page.status_code < 600 and "sum to 100" in page.text and "Traceback" not in page.text
    finally:
        path.unlink()
