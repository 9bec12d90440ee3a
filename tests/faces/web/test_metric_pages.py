"""Do the pages of the metric catalogue hold on a real record, with hostile names among its rows?"""

from __future__ import annotations

import csv
import html
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from saleswright.app import build
from saleswright.faces.web.app import create_app
from saleswright.measure.metrics.pages import PAGES
from tests.faces.web.conftest import Client, client_of
from tests.faces.web.hostile import PAYLOADS
from tests.faces.web.test_hostile import assert_tame
from tests.faces.web.test_same_figure import FIGURE

OFFICES = ("Central", "<img src=x onerror=window.pwned=1>", "West")
PRODUCTS = ("GTX", "<script>window.pwned=1</script>", "MG")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("real")
    export = folder / "export"
    export.mkdir()
    with (export / "sales_teams.csv").open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(["sales_agent", "manager", "regional_office"])
        rows.writerows([f"Rep {i}", f"Boss {i % 3}", OFFICES[i % 3]] for i in range(7))
    with (export / "sales_pipeline.csv").open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(["opportunity_id", "account", "sales_agent", "product", "deal_stage", "engage_date", "close_date",
                       "close_value"])  # fmt: skip
        for i in range(240):
            month, stage = i % 12 + 1, ("Won", "Lost", "Won", "Engaging")[i % 4]
            closed = f"2025-{month:02}-{20 + i % 8}" if stage in ("Won", "Lost") else ""
            value = 1000 + 17 * i if stage == "Won" else 0 if stage == "Lost" else ""
            name = PAYLOADS[i % len(PAYLOADS)].replace("\u2028", "").replace("\u2029", "")
            rows.writerow(
                [f"D{i:05}", name, f"Rep {i % 7}", PRODUCTS[i % 3], stage, f"2025-{month:02}-03", closed, value]
            )
    app = build()
    app.call(None, "init", {"folder": str(folder / "ws"), "from": str(export)})
    chapters = tuple(replace(c, pages=PAGES) if c.name == "metrics" else c for c in app.chapters)
    app = replace(app, chapters=chapters)
    access = folder / "ws" / "definitions" / "access.yaml"
    access.write_text(
        "- {kind: access, name: rob, scope: 'region:West'}\n- {kind: access, name: ann, scope: company}\n"
    )
    workspace = app.open_workspace(folder / "ws")
    api = create_app(app, workspace, lambda request: request.headers.get("x-actor", "ann"))
    with client_of(api) as client:
        yield client


PATHS = ("/", "/kpis", "/kpi/win_rate", "/kpi/conversion", "/kpi/new_deals", "/kpi/deal_size", "/kpi/sales_cycle",
         "/kpi/sales_velocity", "/kpi/open_pipeline", "/kpi/win_rate?by=product", "/kpi/win_rate?product=GTX",
         "/kpi/win_rate?period=2025Q2&by=owner", "/kpi/win_rate?by=account", "/a/headline",
         "/a/measure?metric=win_rate&by=product",
         "/a/measure?metric=won_value&by=month", "/?period=2031")  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_pages_stand_and_are_tame(real: Client, path: str) -> None:
    answer = real.get(path)
    assert answer.status_code == 200, answer.text
    assert_tame(answer.text)


@pytest.mark.parametrize("path", ["/", "/kpi/win_rate?by=product"])
def test_every_figure_opens_and_is_the_same_there(real: Client, path: str) -> None:
    seen: dict[str, set[str]] = {}
    for ref, title in FIGURE.findall(real.get(path).text):
        seen.setdefault(html.unescape(ref), set()).add(html.unescape(title))
    assert len(seen) > 6
    for ref, titles in seen.items():
        assert len(titles) == 1, ref
        for headers in ({}, {"hx-request": "true"}):
            opened = real.get(ref, headers=headers)
            assert opened.status_code == 200, ref
            assert_tame(opened.text)
            assert titles.copy().pop().split(" · ")[0] in html.unescape(opened.text)


def test_pages_of_rows_follow_each_other(real: Client) -> None:
    envelope = real.get("/a/measure.json?metric=win_rate").json()
    ref = envelope["data"]["blocks"][0]["ref"]
    total = envelope["data"]["blocks"][0]["n"]
    ends = [re.search(r"(\d+) to (\d+) of (\d+)", real.get(f"/n/{ref}?page={page}").text) for page in (1, 2, 4)]
    found = [tuple(map(int, end.groups())) for end in ends if end]
    assert found == [(1, 50, total), (51, 100, total), (151, total, total)]


@pytest.mark.parametrize(
    ("path", "code", "said"),
    [
        ("/kpi/winrate", 404, "win_rate"),
        ("/kpi/win_rate?by=prodct", 404, "product"),
        ("/kpi/win_rate?prodct=GTX", 400, "product"),
        ("/kpi/win_rate?product=GTZ", 404, "GTX"),
        ("/kpi/win_rate?period=soon", 400, "period"),
        ("/?asof=soon", 400, "not a date"),
        ("/?snap=r99.j0", 410, "gone"),
    ],
)
def test_a_wrong_name_is_told_its_nearest(real: Client, path: str, code: int, said: str) -> None:
    answer = real.get(path)
    assert answer.status_code == code, answer.text
    assert said in answer.text


def test_the_palette_leads_to_metrics(real: Client) -> None:
    found = {entry["name"]: entry["address"] for entry in real.get("/find.json").json()["entries"]}
    assert found["KPIs"] == "/kpis"
    assert found["Win rate"] == "/kpi/win_rate"
    assert found["Conversion"] == "/kpi/conversion"
    assert "Serve" not in found


def test_a_page_shows_a_person_only_their_own_rows(real: Client) -> None:
    rob = {"x-actor": "rob"}
    for path in (*PATHS, "/find.json", "/a/measure.json?metric=win_rate&by=owner", "/a/check"):
        answer = real.get(path, headers=rob)
        if answer.status_code == 200:
            assert not re.search(r"Rep [013-46]|Boss [01]", answer.text), path
        else:
            assert answer.status_code == 403, (path, answer.text)
    ref = real.get("/a/measure.json?metric=win_rate").json()["data"]["blocks"][0]["ref"]
    assert real.get(f"/n/{ref}").status_code == 200
    assert real.get(f"/n/{ref}", headers=rob).status_code == 403
    own = real.get("/a/measure.json?metric=win_rate", headers=rob).json()
    assert own["scope"] == "region:West"
    assert own["data"]["blocks"][0]["n"] < real.get("/a/measure.json?metric=win_rate").json()["data"]["blocks"][0]["n"]
