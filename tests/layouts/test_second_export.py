"""A second export that covers less never removes anything; one that is declared the whole table does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import saleswright
from saleswright.app import build
from saleswright.demo import assumptions as a
from saleswright.kernel.report import Report
from tests.layouts.asked import answer_record
from tests.layouts.company import NOW, UNTIL, Sale, sales
from tests.layouts.salesforce_reports import HEADER, report_row
from tests.layouts.writing import quoted

Keep = Callable[[Sale], bool]
FILTERS: dict[str, tuple[Keep, Keep]] = {
    "a team, then another": (
        lambda s: s.region in ("Team North", "Team East"),
        lambda s: s.region in ("Team EMEA", "Team West"),
    ),
    "everybody, then one team": (lambda s: True, lambda s: s.region == "Team South"),
    "everybody, then a quarter": (lambda s: True, lambda s: date(2026, 7, 1) <= s.close <= date(2026, 9, 30)),
    "what closed by summer, then since": (
        lambda s: s.close <= date(2026, 6, 30),
        lambda s: s.close > date(2026, 6, 30),
    ),
    "everybody, then the open ones": (lambda s: True, lambda s: s.standing == "open"),
    "the open ones, then a stage": (lambda s: s.standing == "open", lambda s: s.stage == a.PROPOSAL),
    "everybody, then half, by no rule": (lambda s: True, lambda s: len(s.name) % 2 == 0),
}


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALESWRIGHT_NOW", NOW)


def export(folder: Path, found: list[Sale]) -> Path:
    """A report of these deals; reports are named by the moment they are made."""
    return quoted(folder / f"report{1_795_376_412_345 + len(found)}.csv", HEADER, [report_row(s) for s in found])


def load(workspace: Path, path: Path, **given: Any) -> Report:
    app = build()
    return app.call(app.open_workspace(workspace), "import", {"path": str(path), **given}).report


def start(tmp_path: Path, found: list[Sale]) -> Path:
    build().call(None, "init", {"folder": str(tmp_path / "w"), "from": str(export(tmp_path / "first", found))})
    return tmp_path / "w"


def open_deals(workspace: Path) -> str:
    return str(saleswright.open(workspace).as_of(UNTIL).measure("crm_open_deals").value)


@pytest.mark.parametrize("filters", FILTERS)
def test_another_filter_never_removes(tmp_path: Path, filters: str) -> None:
    first, second = ([s for s in sales(every=16) if keep(s)] for keep in FILTERS[filters])
    workspace = start(tmp_path, first)
    report = load(workspace, export(tmp_path / "second", second))
    both = {s.id: s for s in [*first, *second]}.values()
    assert answer_record(workspace, "count deal") == str(len(both))
    for standing in ("open", "won", "lost"):
        held = sum(s.standing == standing for s in both)
        assert answer_record(workspace, f"count deal | standing={standing}") == str(held), standing
    absent = len(both) - len(second)
    scope = next(s for s in report.data["scopes"] if s["entity"] == "deal")  # type: ignore[attr-defined]
    assert scope["absent"] == absent
    assert any(str(absent) in b.text and "stay" in b.text for b in report.blocks if hasattr(b, "text"))


def test_what_covers_less_still_changes_what_it_holds(tmp_path: Path) -> None:
    first = sales(every=16)
    later = [
        replace(s, steps=(*s.steps, replace(s.now, stage=a.WON, category=a.CLOSED)))
        for s in first
        if s.stage == a.NEGOTIATION
    ]
    workspace = start(tmp_path, first)
    report = load(workspace, export(tmp_path / "second", later))
    assert report.changed == len(later) > 3
    won = sum(s.standing == "won" for s in first) + len(later)
    assert answer_record(workspace, "count deal | standing=won") == str(won)
    assert answer_record(workspace, "count deal") == str(len(first))


def test_a_declared_full_export_removes_and_undoing_it_brings_back(tmp_path: Path) -> None:
    first = sales(every=16)
    gone = {s.id for s in first if s.standing == "open"} & {s.id for s in first[::3]}
    workspace = start(tmp_path, first)
    before = open_deals(workspace)
    path = export(tmp_path / "second", [s for s in first if s.id not in gone])
    assert load(workspace, path).changed == 0
    assert open_deals(workspace) == before
    report = load(workspace, path, whole=True)
    assert report.changed == len(gone) > 3
    assert open_deals(workspace) == str(int(before) - len(gone))
    assert answer_record(workspace, "count deal") == str(len(first) - len(gone))
    app = build()
    app.call(app.open_workspace(workspace), "import undo", {"run": report.data["run"]})
    assert open_deals(workspace) == before
