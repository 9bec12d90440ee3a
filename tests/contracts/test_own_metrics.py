"""The how-to for a metric of one's own, followed to the letter; and definitions that are wrong in every way."""

from __future__ import annotations

import contextlib
import io
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.testclient import TestClient

import saleswright
from saleswright.app import build
from saleswright.commands.cases import _write
from saleswright.faces.cli.command import run
from saleswright.faces.web.app import create_app
from saleswright.lib.issue import Stop

APP = build()
NAMES = ("lead_to_deal_30", "won_per_lead", "leads_in")


@pytest.fixture(scope="module")
def followed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace made of the guide's own files, with the rows of its case as the record."""
    text = (root / "docs/how-to/add-a-metric.md").read_text(encoding="utf-8")
    files = dict(re.findall(r"```yaml file=(\S+)\n(.*?)```", text, re.DOTALL))
    place = tmp_path_factory.mktemp("own")
    export = place / "export"
    export.mkdir()
    (case,) = yaml.safe_load(files["cases/leads.yaml"])
    for name, rows in case["given"].items():
        if isinstance(rows, list):
            _write(export / f"{name}.csv", rows)
    folder = place / "co"
    (folder / "definitions").mkdir(parents=True)
    APP.call(None, "init", {"folder": str(folder)})
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    APP.call(APP.open_workspace(folder), "import", {"path": str(export)})
    return folder


def call(folder: Path, name: str, args: dict[str, Any] | None = None) -> Any:
    return APP.call(APP.open_workspace(folder), name, args or {}).report


def test_its_case_holds_under_the_workspaces_own_definitions(followed: Path) -> None:
    report = call(followed, "test")
    assert report.lede == "1 hold, 0 fail." and report.exit_code == 0


def test_it_is_on_every_face(followed: Path) -> None:
    book = saleswright.open(followed).as_of("2026-06-30")
    assert book.measure("quick_leads", period="2026-03").value == 0.5
    assert str(book.measure("won_per_lead", period="2026").value) == "100.00 USD"
    split = book.measure("won_deals", by="deal_tier", period="2026").rows
    assert [(row["deal_tier"], row["value"]) for row in split][:1] == [("A", 2)]
    opened = book.explain("lead_to_deal_30").report
    assert any(getattr(block, "name", "") == "rows" and block.rows for block in opened.blocks)
    with TestClient(create_app(APP, APP.open_workspace(followed)), base_url="http://127.0.0.1") as client:
        listed = client.get("/kpis", params={"group": "own", "asof": "2026-06-30"}).text
        for name in NAMES:
            assert f"/kpi/{name}" in listed
            assert client.get(f"/kpi/{name}", params={"asof": "2026-06-30", "period": "2026Q2"}).status_code == 200


def test_the_guides_definitions_pass_the_check(followed: Path) -> None:
    issues = [issue for issue in call(followed, "check").issues if "definitions/" in issue.where]
    assert issues == []


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"by": "campain"}, "did you mean campaign"),
        ({"where": "chanel=Web"}, "did you mean channel"),
        ({"period": "lst month"}, "is not a period"),
    ],
)
def test_a_leads_unknown_split_filter_or_period_gives_the_nearest_name_on_every_face(
    followed: Path, asked: dict[str, str], words: str
) -> None:
    """The names are those of a lead and of what it points to."""
    flags = [part for key, value in asked.items() for part in (f"--{key}", value)]
    told = io.StringIO()
    with contextlib.redirect_stderr(told), contextlib.redirect_stdout(io.StringIO()):
        assert run(["measure", "leads_in", *flags, "-w", str(followed)], build) == 2
    assert words in told.getvalue()
    with pytest.raises(Stop) as stop:
        saleswright.open(followed).measure("leads_in", **{k: [v] if k != "period" else v for k, v in asked.items()})
    assert words in " ".join(str(issue) for issue in stop.value.issues)
    with TestClient(create_app(APP, APP.open_workspace(followed)), base_url="http://127.0.0.1") as client:
        query = {"metric": "leads_in", **asked}
        answer = client.get("/a/measure.json", params=query)
        assert answer.status_code in (400, 404, 422) and words in " ".join(str(i) for i in answer.json()["issues"])
        page = client.get("/a/measure", params=query)
        assert page.status_code in (400, 404, 422) and words in unescape(page.text)
        own = dict([asked["where"].split("=")]) if "where" in asked else asked
        assert client.get("/kpi/leads_in", params=own).status_code in (400, 404, 422)


WRONG = {
    "a field": ("shape: count, of: lead, date: creatd", "definitions/wrong.yaml:1  date", "did you mean created"),
    "an entity": ("shape: count, of: leed, date: created", "wrong.yaml:1  of", "did you mean lead"),
    "a key": ("shape: count, date: closed, formla: x", "wrong.yaml:1  formla", "did you mean formula"),
    "a unit of a count": ("shape: count, date: closed, unit: money", "wrong.yaml:1  unit", "unit: count"),
    "a unit nobody knows": ("shape: count, date: closed, unit: monney", "wrong.yaml:1  unit", "did you mean money"),
    "money of minutes": (
        "shape: sum, of: activity, date: occurred, sum: minutes, unit: money",
        "wrong.yaml:1  unit",
        "unit: number",
    ),
    "hours of a share": (
        "shape: ratio, date: closed, numerator: {standing: won}, unit: hours",
        "wrong.yaml:1  unit",
        "unit: share",
    ),
    "a part": ("shape: quotient, over: won_deels, under: lost_deals", "wrong.yaml:1  over", "did you mean won_deals"),
    "itself": ("shape: quotient, over: own, under: lost_deals", "wrong.yaml:1  over", "another metric"),
    "a formula": ("python: nothing_of_the_kind, parts: [won_deals]", "wrong.yaml:1  python", "shape: quotient"),
    "a module": ("python: os.system", "wrong.yaml:1  python", "there is no formula"),
    "a list": ("shape: count, date: closed, aliases: mine", "wrong.yaml:1  aliases", "aliases: [mine]"),
    "a mapping": ("shape: count, date: closed, rows: [won]", "wrong.yaml:1  rows", "rows is a mapping"),
    "an exclusion": ("shape: count, date: closed, exclude: [{when: {type: x}}]", "exclude.0", "because"),
    "a date": ("shape: count, date: amount", "wrong.yaml:1  date", "amount is no date"),
    "a number": ("shape: sum, date: closed, sum: stage", "wrong.yaml:1  sum", "stage is no number"),
    "a taken name": ("shape: count, date: closed, aliases: [conversion]", "aliases", "already names win_rate"),
    "a word": ("shape: cuont, date: closed", "wrong.yaml:1  shape", "did you mean count"),
    "sides apart": (
        "shape: quotient, over: won_deals, under: planned",
        "wrong.yaml:1  under",
        "no split has in common",
    ),
    "a looked-up field": (
        "shape: count, of: lead, date: created, derive: {x: {frst: occurred, of: activity}}",
        "derive.x",
        "first",
    ),
}
PLANNED = "- {kind: metric, name: planned, shape: count, of: plan_line, date: starts}\n"


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_definition_gets_its_line_and_a_suggestion_and_breaks_no_page(followed: Path, what: str) -> None:
    body, where, words = WRONG[what]
    file = followed / "definitions/wrong.yaml"
    text = f"- {{kind: metric, name: own, {body}}}\n" + (PLANNED if what == "sides apart" else "")
    file.write_text(text, encoding="utf-8")
    try:
        report = call(followed, "check")
        told = [str(issue) for issue in report.issues if where in issue.where]
        assert told and any(words in text for text in told), [str(issue) for issue in report.issues]
        assert report.exit_code == 1 or what == "sides apart"
        with TestClient(create_app(APP, APP.open_workspace(followed)), base_url="http://127.0.0.1") as client:
            for path in ("/kpis", "/kpis?group=own", "/kpi/win_rate", "/a/metrics", "/a/metrics?group=own"):
                assert client.get(path).status_code == 200, path
            assert client.get("/kpi/own").status_code < 500 or what == "a formula", "refused in words, never a crash"
    finally:
        file.unlink()


def test_all_issues_come_at_once(followed: Path) -> None:
    file = followed / "definitions/wrong.yaml"
    file.write_text(
        "- {kind: metric, name: a, shape: count, of: leed, date: closed}\n"
        "- {kind: metric, name: b, shape: count, date: closd, unit: money}\n"
        "- {kind: metrik, name: c, shape: count, date: closed}\n",
        encoding="utf-8",
    )
    try:
        told = " ".join(str(issue) for issue in call(followed, "check").issues)
        assert all(words in told for words in ("leed", "closd", "b is no money", "'metrik' is not metric"))
    finally:
        file.unlink()
