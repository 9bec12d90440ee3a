"""How much the data can tell: one export, with history, with a second export; and what is said of days before it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import saleswright
from saleswright.app import build, open_context, open_workspace
from saleswright.faces.python import Book
from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import TIERS, Data, before_first, lacking, tier
from saleswright.kernel.call import Ambient
from saleswright.kernel.report import Note
from tests.measure.recount import NOW, Row, made, table

ROWS: list[Row] = [
    {"id": f"D{i}", "stage": "Negotiation", "created": "2026-01-02", "qualified": "2026-01-05", "amount": str(10 + i),
     "expected_close": "2026-12-01"}
    for i in range(6)
]  # fmt: skip


@pytest.fixture(autouse=True)
def _today(pin_now: Callable[[str], datetime]) -> None:
    pin_now(NOW)


def snapshot(folder: Path, as_of: str = "") -> Snapshot:
    return cast(Snapshot, open_context(open_workspace(folder), Ambient(as_of=as_of)))


def warned(book: Book, action: str, **args: object) -> list[str]:
    blocks = book.call(action, **args).report.blocks
    return [block.text for block in blocks if isinstance(block, Note) and block.kind == "warning"]


def imported(book: Book, name: str, text: str) -> None:
    path = book.workspace.root.parent / name
    path.write_text(text, encoding="utf-8")
    build().call(open_workspace(book.workspace.root), "import", {"path": str(path)})


def test_one_export_and_a_day_before_it(tmp_path: Path) -> None:
    book = made(tmp_path, ROWS)
    at = snapshot(book.workspace.root)
    data = tier(at)
    assert (data.number, data.exports, data.history) == (1, 1, False)
    assert data.first == date(2026, 11, 22) and data.next == TIERS[1]
    assert [row[1] for row in table(book, "now", "tiers").rows] == [True, False, False, False]
    assert not before_first(at) and not warned(book, "measure", metric="open_pipeline")
    asked: dict[str, dict[str, object]] = {"measure": {"metric": "open_pipeline"}, "explain": {"ref": "win_rate"}}
    for action, args in (*asked.items(), ("now", {}), ("headline", {})):
        told = warned(book.as_of("2026-06-30"), action, **args)
        assert any(
            "rebuilt from the dates in the rows; stages, amounts and close dates of that day are not known" in t
            for t in told
        ), action


def test_the_same_file_again_is_no_second_export(tmp_path: Path) -> None:
    book = made(tmp_path, ROWS)
    build().call(book.workspace, "import", {"path": str(tmp_path / "deals.csv")})
    assert tier(snapshot(book.workspace.root)).exports == 1


def test_a_second_look_at_the_same_deals_is_the_third_tier(tmp_path: Path, pin_now: Callable[[str], datetime]) -> None:
    book = made(tmp_path, ROWS)
    pin_now("2026-11-29T12:00:00+00:00")
    text = (tmp_path / "deals.csv").read_text(encoding="utf-8").replace(",10,", ",99,")
    imported(book, "deals.csv", text)
    data = tier(snapshot(book.workspace.root))
    assert (data.number, data.exports, data.history) == (3, 2, False)
    assert data.next == TIERS[1], "history is still to be had"
    assert "2 exports, no history" in before_first(snapshot(book.workspace.root, "2026-06-30"))


def test_history_is_the_second_tier_and_takes_the_warning_away(tmp_path: Path) -> None:
    book = made(tmp_path, ROWS)
    imported(
        book,
        "OpportunityHistory.csv",
        "OpportunityId,CreatedDate,StageName,Amount,CloseDate\n"
        + "".join(
            f"D{i},2026-0{m}-05T10:00:00.000Z,Negotiation,{20 + m},2026-12-01\n" for i in range(6) for m in (3, 4, 5)
        ),
    )
    data = tier(snapshot(book.workspace.root))
    assert data.history and data.has(2), "the history file was not taken as one"
    assert not before_first(snapshot(book.workspace.root, "2026-06-30"))


def test_the_sample_company_came_with_its_history(sample: Book) -> None:
    assert [row[1] for row in table(sample, "now", "tiers").rows] == [True, True, False, False]
    assert not warned(sample.as_of("2026-03-31"), "measure", metric="open_pipeline")


def test_what_the_import_told_is_believed() -> None:
    def at(told: Any) -> Snapshot:
        made_up = SimpleNamespace(meta={"told": told}, workspace=SimpleNamespace(state=Path("nowhere"), zone="UTC"))
        return cast(Snapshot, made_up)

    assert tier(at({"deal": {"rows": 2, "events": 0, "fields": 0}})) == Data(2, False, None)
    assert tier(at({"deal": {"rows": [1], "events": 5, "fields": 0}})) == Data(1, True, None)
    assert tier(at({})).number == 0
    assert tier(at({})).next == TIERS[0]


def test_a_metric_that_needs_more_says_what_and_how(tmp_path: Path) -> None:
    book = made(tmp_path, ROWS)
    (book.workspace.root / "definitions/pushed.yaml").write_text(
        "kind: metric\nname: pushed\nquestion: which\nshape: balance-at\ndate: created\nformula: count\nneeds: 2\n"
        "rows: {standing: open}\n",
        encoding="utf-8",
    )
    again = saleswright.open(book.workspace.root)
    told = warned(again, "measure", metric="pushed")
    assert len(told) == 1 and "This needs data with history" in told[0] and "OpportunityHistory" in told[0]
    assert not lacking(snapshot(book.workspace.root), 1)
    (book.workspace.root / "definitions/pushed.yaml").write_text(
        "kind: metric\nname: pushed\nshape: count\ndate: created\nneeds: 7\n", encoding="utf-8"
    )
    issues = saleswright.open(book.workspace.root).metrics().report.issues
    assert any("'7' is not a tier of data" in issue.what for issue in issues)


def test_a_rehearsal_does_not_spoil_what_is_told_after_the_import(tmp_path: Path) -> None:
    """The same process rehearses an import and then does it: the run that was not there yet is asked for again."""
    book = made(tmp_path, ROWS)
    path = tmp_path / "again.csv"
    path.write_text((tmp_path / "deals.csv").read_text(encoding="utf-8").replace(",10,", ",99,"), encoding="utf-8")
    at = snapshot(book.workspace.root)
    coming = cast(
        Snapshot, SimpleNamespace(meta={"runs": [*at.meta["runs"], at.release.number + 1]}, workspace=at.workspace)
    )
    assert tier(coming).exports == 1, "that run has not come"
    build().call(open_workspace(book.workspace.root), "import", {"path": str(path)})
    after = snapshot(book.workspace.root)
    assert after.meta["runs"] == coming.meta["runs"] and tier(after).exports == 2
