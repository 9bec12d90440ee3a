"""An activity count is never shown without its outcome: on the command line, in JSON and CSV, on pages, in files."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from saleswright.app import build
from saleswright.faces.cli.command import run
from saleswright.faces.web.app import create_app
from saleswright.kernel.report import Figure, Note, Report, Table
from saleswright.lib.issue import Stop
from saleswright.measure.metrics.asked import ask, catalogue
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.governance import outcome
from saleswright.measure.metrics.model import Metric
from tests.measure.governance.company import BUSY, NOW, opened, said

APP = build()
AS_OF = "2026-11-16"


@pytest.fixture(autouse=True)
def _now(pin_now: Callable[[str], datetime]) -> None:
    pin_now(NOW)


@pytest.fixture(scope="module")
def activities(source: Path) -> dict[str, Metric]:
    """Every metric of this workspace that names an outcome: shipped ones, and the company's own."""
    with opened(source, AS_OF) as at:
        found, issues = catalogue(at)
    assert not issues
    named = {name: metric for name, metric in found.items() if metric.outcome}
    assert {"demos", "demos_of_quota"} <= set(named)
    return found


def counts(metrics: dict[str, Metric]) -> list[Metric]:
    """The activity counts: the company's own and some of the shipped ones; all of them in the long version."""
    found = [metric for metric in metrics.values() if metric.outcome and not metric.awaits]
    if os.environ.get("SALESWRIGHT_NIGHTLY"):
        return found
    return [one for place, one in enumerate(found) if not one.definition.shipped or place % 9 == 0]


@pytest.fixture
def client(source: Path) -> Iterator[TestClient]:
    with TestClient(create_app(APP, APP.open_workspace(source)), base_url="http://127.0.0.1") as made:
        yield made


def command(folder: Path, *words: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        assert run([*words, "-w", str(folder)], build) in (0, 1)
    return out.getvalue()


def test_no_action_shows_one_alone(source: Path, activities: dict[str, Metric]) -> None:
    """Every reading action with its example, and those that take a metric with every activity count."""
    asked: list[tuple[str, dict[str, Any]]] = [
        (action.name, dict(action.example)) for action in APP.actions.values() if action.effect == "read"
    ]
    for metric in counts(activities):
        for by in ([], ["month"], ["owner"], ["owner", "month"]):
            asked.append(("measure", {"metric": metric.name, "by": by}))
        asked += [(name, {"metric": metric.name}) for name in ("kpi path", "kpi normal")]
        asked.append(("explain", {"ref": metric.name}))
    asked += [
        ("explain", {"ref": "demos_per_win"}),
        ("kpi path", {"metric": "won_deals"}),
        ("kpi path", {"metric": "lost_deals"}),
    ]
    seen = set()
    for name, args in asked:
        try:
            report = said(source, name, AS_OF, **args)
        except Stop:
            continue  # an example about a deal or a person this company does not have
        assert outcome.alone(report, activities) == [], f"{name} {args}"
        seen |= {figure.name for figure in report.figures()} & {metric.name for metric in counts(activities)}
    assert seen >= {"demos", "demos_of_quota"}, "the counts were shown at all"


def test_on_every_face(source: Path, activities: dict[str, Metric], client: TestClient, tmp_path: Path) -> None:
    for metric in counts(activities):
        beside = activities[outcome.final(metric, activities)]
        for text in (
            command(source, "measure", metric.name),
            command(source, "measure", metric.name, "--json"),
            command(source, "measure", metric.name, "--by", "owner", "--csv"),
            command(source, "measure", metric.name, "--by", "month", "--csv"),
            command(source, "explain", metric.name),
            command(source, "metrics", "--find", metric.name),
            client.get(f"/kpi/{metric.name}").text,
            client.get("/a/measure", params={"metric": metric.name}).text,
            client.get("/a/measure.json", params={"metric": metric.name, "by": "month"}).text,
            client.get("/kpis", params={"find": metric.name}).text,
            client.get("/a/metrics", params={"find": metric.name}).text,
            _kept(source, tmp_path / f"{metric.name}.md", metric.name),
        ):
            assert metric.label in text or metric.name in text
            assert beside.label.lower() in text.lower() or beside.name in text, f"{metric.name} alone: {text[:200]}"


def _kept(source: Path, file: Path, metric: str) -> str:
    command(source, "measure", metric, "--by", "owner", "--to", str(file))
    return file.read_text(encoding="utf-8")


def test_the_drawer_of_a_number_says_it(source: Path, client: TestClient) -> None:
    with opened(source, AS_OF) as at:
        groups = evaluate(at, ask(at, "demos", ("owner",))).groups
    for figure in groups.values():
        text = client.get(f"/n/{figure.ref}").text
        assert "An activity is never read alone. What came of it: won deals," in text


def test_the_outcome_is_of_the_same_filters_period_and_group(source: Path) -> None:
    with opened(source, AS_OF) as at:
        asked = ask(at, "demos", ("owner",), "2026-10", (("owner", "Ada Park"),))
        mine = evaluate(at, ask(at, "won_deals", (), "2026-10", (("owner", "Ada Park"),))).total
        shown = outcome.with_outcome(at, asked)
        assert shown is not None and (shown.value, shown.ref) == (mine.value, mine.ref) and mine.value
        assert outcome.with_outcome(at, ask(at, "won_deals")) is None
    report = said(source, "measure", AS_OF, metric="demos", by=["owner"], period="2026-10")
    table = next(block for block in report.blocks if isinstance(block, Table))
    beside = [next(cell for cell in row if isinstance(cell, Figure) and cell.name == "won_deals") for row in table.rows]
    assert (
        sum(figure.value or 0 for figure in beside)
        == said(source, "measure", AS_OF, metric="won_deals", period="2026-10").figures()[0].value
    )  # type: ignore[misc]


def test_who_is_busy_without_an_outcome_is_named_and_nobody_else(source: Path) -> None:
    report = said(source, "measure", AS_OF, metric="demos", by=["owner"])
    told = [block.text for block in report.blocks if isinstance(block, Note) and "the others' rate" in block.text]
    assert len(told) == 1 and told[0].startswith(f"{BUSY}: ")
    assert not [
        block
        for block in said(source, "measure", AS_OF, metric="demos", by=["month"]).blocks
        if isinstance(block, Note) and "the others' rate" in block.text
    ]


def test_an_outcome_that_cannot_be_told_says_why_and_is_not_left_out(source: Path, folder: Path) -> None:
    report = said(source, "measure", AS_OF, metric="demos_of_quota", by=["owner"])
    assert {figure.name for figure in report.figures()} == {"demos_of_quota", "quota"}
    beside = next(figure for figure in report.figures() if figure.name == "quota")
    assert beside.value is None and beside.reason
    file = folder / "definitions/demos.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("outcome: won_deals", "outcome: won_deels"), encoding="utf-8")
    issue = next(issue for issue in said(folder, "kpi", AS_OF).issues if "won_deels" in issue.what)
    assert "definitions/demos.yaml" in issue.where and "did you mean won_deals" in issue.try_
    file.write_text(text.replace("outcome: won_deals", "outcome: demos"), encoding="utf-8")
    assert any("demos is its own outcome" in issue.what for issue in said(folder, "kpi", AS_OF).issues)


def test_a_layout_that_forgets_is_found_out() -> None:
    metrics = {"calls": Metric("calls", None, outcome="won"), "won": Metric("won", None)}  # type: ignore[arg-type]
    calls, won = Figure("calls", 9, "count"), Figure("won", 2, "count")
    assert outcome.alone(Report("?", [calls]), metrics) == ["calls"]
    assert outcome.alone(Report("?", [calls, won]), metrics) == []
    assert outcome.alone(Report("?", [won]), metrics) == []
    assert json.dumps(outcome.alone(Report("?", []), metrics)) == "[]"
