"""Can a person call and override in a browser? Through the same door, with the form of the server, and what is wrong said."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from saleswright.faces.web.app import create_app
from tests.measure.forecast.calls.company import APP, call, on, row, usd


@pytest.fixture
def web(folder: Path, pin_now: Callable[[str], datetime]) -> Iterator[TestClient]:
    call(folder, "2026-07-07T08:00:00", 55_000, "Ann")
    pin_now("2026-07-07T12:00:00+00:00")
    with TestClient(create_app(APP, APP.open_workspace(folder)), base_url="http://localhost") as client:
        yield client


def _form(web: TestClient, path: str) -> dict[str, str]:
    text = web.get(path).text
    return dict(re.findall(r'<input type="hidden" name="(_token|_key)" value="([^"]*)">', text))


def _send(web: TestClient, **fields: str) -> str:
    told = _form(web, "/forecast/call?about=Ann") | fields
    answer = web.post("/forecast/call", data=told, headers={"origin": "http://localhost"}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    while answer.headers["location"].startswith("/doing/"):
        # On a busy machine the browser waits where it sees how far the work is.
        time.sleep(0.1)
        seen = web.get(answer.headers["location"], follow_redirects=False)
        answer = seen if seen.status_code == 303 else answer
    return str(answer.headers["location"])


def test_a_call_is_made_and_stands_on_the_sheet(web: TestClient, folder: Path) -> None:
    there = _send(web, period="2026Q3", category="commit", amount="57,000", about="Ann")
    assert there.startswith("/forecast/calls?")
    page = web.get(there).text
    assert "$57.0K" in page and "Every call for this number" in page
    assert row(on(folder, "2026-07-07"), "Ann").call.value == usd(57_000)


def test_an_override_shows_the_original_beside_it(web: TestClient, folder: Path) -> None:
    _send(web, period="2026Q3", category="commit", amount="40000", about="Ann", by="Eve", reason="the <second> is lost")
    page = web.get("/forecast/calls?period=2026Q3").text
    assert "was $55.0K, by Eve" in page and "the &lt;second&gt; is lost" in page and "not in" in page


def test_what_is_wrong_is_said_with_what_was_typed_and_nothing_is_called(web: TestClient, folder: Path) -> None:
    there = _send(web, period="2026Q3", category="commit", amount="99000", about="Ann", by="Eve")
    assert there.startswith("/forecast/call?again=")
    page = web.get(there).text
    assert "further than 10 %" in page and 'value="99000"' in page
    assert len(on(folder, "2026-07-07").calls) == 1


def test_a_form_without_the_pages_token_is_refused(web: TestClient, folder: Path) -> None:
    answer = web.post("/forecast/call", data={"amount": "1", "about": "Ann"}, headers={"origin": "http://localhost"})
    assert answer.status_code == 403 and len(on(folder, "2026-07-07").calls) == 1


def test_an_unknown_filter_and_an_unknown_person_are_refused_aloud(web: TestClient) -> None:
    assert web.get("/forecast/calls?colour=red").status_code == 404
    assert web.get("/forecast/calls?who=Nobody").status_code == 404
    assert web.get("/forecast/calls?period=all").status_code == 400


def test_a_period_that_cannot_be_called_is_refused_and_what_else_was_typed_stays(web: TestClient, folder: Path) -> None:
    there = _send(web, period="one day", category="commit", amount="57123", about="Ann")
    answer = web.get(there)
    assert answer.status_code == 200 and "one day" in answer.text and 'value="57123"' in answer.text
    assert len(on(folder, "2026-07-07").calls) == 1


def test_a_deal_that_counts_by_its_stage_only_is_said_to_on_the_sheet(web: TestClient) -> None:
    page = web.get("/forecast/calls?period=2026Q3").text
    assert "4 deals are in a category by stage only: nobody put them into one." in page
    assert "else the one their stage suggests" in page


def test_a_number_nobody_called_is_said_to_be_one(web: TestClient) -> None:
    page = web.get("/forecast/calls?period=2026Q3&who=Bob").text
    assert "Nobody has called this number in this period." in page and "overridden" not in page


def test_who_may_not_see_calls_is_told_of_nobody_who_is_not_in(web: TestClient, folder: Path) -> None:
    text = "kind: access\nname: clerk\nscope: company\nhide: [forecast_call.amount]\n"
    (folder / "definitions" / "clerk.yaml").write_text(text, encoding="utf-8")
    app = create_app(APP, APP.open_workspace(folder), actor_of=lambda request: "clerk")
    with TestClient(app, base_url="http://localhost") as client:
        for path in ("/forecast/calls?period=2026Q3", "/forecast/call?period=2026Q3&about=Ann"):
            page = client.get(path).text
            assert "No call can be shown" in page and "not in<" not in page and "is in:" not in page
