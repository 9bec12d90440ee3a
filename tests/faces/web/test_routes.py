"""Which addresses are there, and does each say the same number?"""

from __future__ import annotations

import csv
import io

import jsonschema
import pytest

from saleswright.kernel.envelope import schema
from tests.faces.web.conftest import REF, Client
from tests.faces.web.toy_web import Pond


def test_every_page_of_a_chapter_is_served(client: Client) -> None:
    for path in ("/", "/kpis", "/kpi/win_rate", "/a", "/a/measure"):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_the_rail_shows_only_pages_that_exist(client: Client) -> None:
    page = client.get("/kpi/win_rate").text
    assert "<h2>Measure</h2>" in page
    assert "<h2>Plan</h2>" not in page
    assert 'href="/kpis" aria-current="page"' in page.replace("\n", "")


def test_a_question_answers_with_the_envelope(client: Client) -> None:
    answer = client.get("/a/measure.json", params={"metric": "win_rate"})
    envelope = answer.json()
    jsonschema.validate(envelope, schema())
    whole = envelope["data"]["blocks"][0]
    assert whole["value"] == pytest.approx(585 / 1568)
    assert envelope["snap"] == "r12.j0"


def test_a_refusal_is_an_envelope_too(client: Client) -> None:
    answer = client.get("/a/measure.json", params={"metric": "winrate"})
    assert answer.status_code == 404
    jsonschema.validate(answer.json(), schema())
    assert "win_rate" in answer.json()["issues"][0]["try"]


def test_csv_is_the_first_table_plain_and_harmless(client: Client, pond: Pond) -> None:
    pond.teams["=cmd|' /C calc'!A0"] = (1, 2)
    answer = client.get("/a/measure.csv", params={"metric": "win_rate"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0]["team"] == "Team East"
    assert float(rows[0]["win_rate"]) == pytest.approx(161 / 371)
    assert rows[0]["value"] == "1234567.89"
    assert rows[-1]["team"] == "'=cmd|' /C calc'!A0"


def test_a_missing_argument_is_asked_for_not_refused(client: Client) -> None:
    page = client.get("/a/measure").text
    assert "Choose metric to see the answer" in page
    assert '<option value="win_rate">Win rate</option>' in page


def test_the_form_keeps_what_was_given(client: Client) -> None:
    page = client.get("/a/measure", params={"metric": "win_rate", "by": "team", "asof": "2026-10-01"}).text
    assert '<option value="team" selected>' in page
    assert '<input type="date" name="asof" value="2026-10-01" required>' in page


def test_the_ambient_of_the_query_reaches_the_context(client: Client, pond: Pond) -> None:
    client.get("/", params={"asof": "2026-10-01", "known": "2026-10-02", "snap": "r7.j0", "currency": "EUR"})
    opened = pond.opened[-1]
    assert (opened.as_of, opened.known, opened.snap, opened.currency) == ("2026-10-01", "2026-10-02", "r7.j0", "EUR")


def test_links_keep_the_ambient(client: Client) -> None:
    assert 'href="/kpis?asof=2026-10-01"' in client.get("/", params={"asof": "2026-10-01"}).text


def test_a_number_opens_in_the_frame_its_reference_says(client: Client, pond: Pond) -> None:
    answer = client.get(f"/n/{REF.replace('r12', 'r9')}")
    assert answer.status_code == 200
    assert pond.opened[-1].snap == "r9.j0"
    assert pond.opened[-1].as_of == "2026-11-23"
    assert "37.31%" in answer.text


def test_a_number_is_a_part_for_the_drawer(client: Client) -> None:
    part = client.get(f"/n/{REF}", headers={"hx-request": "true"}).text
    assert part.lstrip().startswith("<article")
    assert "Rows<i>59</i>" in part
    assert "Excluded<i>185</i>" in part
    assert "26 to 50 of 59" in client.get(f"/n/{REF}?page=2").text


@pytest.mark.parametrize(("tab", "holds"), [("formula", "standard/win_rate.yaml:1"), ("history", "As it stood last"),
                                            ("excluded", "Renewals: deal type rule")])  # fmt: skip
def test_each_tab_shows_its_table(client: Client, tab: str, holds: str) -> None:
    assert holds in client.get(f"/n/{REF}", params={"tab": tab}).text


def test_a_number_as_json_and_csv(client: Client) -> None:
    envelope = client.get(f"/n/{REF}.json").json()
    jsonschema.validate(envelope, schema())
    assert envelope["args"]["ref"] == REF
    lines = client.get(f"/n/{REF}.csv").content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("deal,owner,closed")


def test_a_member_with_slashes_and_dots_still_opens(client: Client, pond: Pond) -> None:
    pond.teams["../../etc;a=b"] = (3, 4)
    page = client.get("/a/measure", params={"metric": "win_rate"}).text
    links = {part.split('"')[0] for part in page.split('href="')[1:] if "etc" in part.split('"')[0]}
    assert links
    for link in links:
        answer = client.get(link.replace("&amp;", "&"))
        assert answer.status_code == 200
        assert "../../etc;a=b" in answer.text


def test_the_palette_lists_pages_questions_and_choices(client: Client) -> None:
    found = {entry["name"]: entry["address"] for entry in client.get("/find.json").json()["entries"]}
    assert found["Home"] == "/"
    assert found["Win rate"] == "/kpi/win_rate"
    assert found["Measure"] == "/a/measure"
    assert "Secret" not in found
    assert "Drain" not in found


def test_openapi_says_what_is_served(client: Client) -> None:
    described = client.get("/openapi.json").json()
    paths = described["paths"]
    assert "/a/measure.json" in paths
    assert "/a/drain.json" not in paths
    asked = {parameter["name"]: parameter for parameter in paths["/a/measure.json"]["get"]["parameters"]}
    assert asked["metric"]["required"] is True
    assert asked["where"]["schema"]["type"] == "array"
    assert set(asked) >= {"asof", "known", "scope", "snap", "currency"}
    assert all(set(item) == {"get"} for item in paths.values())
    ids = [item["get"]["operationId"] for item in paths.values()]
    assert len(ids) == len(set(ids))


def test_health(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_without_the_bundle_the_table_stands_in(client: Client) -> None:
    client.app.state.face.render.env.globals["bundled"] = False  # type: ignore[attr-defined]
    page = client.get("/kpi/win_rate").text
    assert "vendor/vega.js" not in page
    assert "python -m saleswright.faces.web.bundle" in page
    assert '<p class="lacking" hidden>' not in page
    assert '<th scope="row">Team East</th>' in page
