"""Bad rows are given back with line, column, reason and fix; mending that file and importing it touches only those rows."""

from __future__ import annotations

import csv
from pathlib import Path

import saleswright
from saleswright.app import build
from tests.workspaces import book

ROWS = """id,stage,owner,qualified,closed,amount
A,Won,Rep 1,2026-01-05,2026-02-05,100
B,Won,Rep 2,2026-01-05,2026-02-31,abc
C,Lost,Rep 1,2026-01-05,2026-02-07,
D,Lost,Rep 1,2026-01-05,2026-02-08,20
E,Lost,Rep 1,2026-01-05,2026-02-09,30
"""


def test_rejects_come_back_and_go_in_again(tmp_path: Path) -> None:
    export = tmp_path / "deals.csv"
    export.write_text(ROWS, encoding="utf-8")
    app = build()
    outcome = app.call(None, "init", {"folder": str(tmp_path / "w"), "from": str(export)})
    assert outcome.report.exit_code == 3 and outcome.report.changed == 4
    told = "\n".join(str(issue) for issue in outcome.report.issues)
    assert "deals.csv:3" in told and "closed" in told and "amount" in told and "2026-02-31" in told
    (rejected,) = (tmp_path / "w/.saleswright/raw/run-000001").glob("rejected.csv")
    with rejected.open(newline="", encoding="utf-8") as lines:
        (row,) = csv.DictReader(lines)
    assert row["id"] == "B" and row["amount"] == "abc" and row["_line"] == "3"
    assert row["_column"] == "amount; closed" and row["_reason"] and row["_fix"]
    mended = tmp_path / "rejected.csv"
    mended.write_text(
        rejected.read_text(encoding="utf-8").replace("2026-02-31", "2026-02-28").replace("abc", "50"), encoding="utf-8"
    )
    again = app.call(app.open_workspace(tmp_path / "w"), "import", {"path": str(mended)}).report
    assert again.changed == 1 and again.exit_code == 0
    opened = saleswright.open(tmp_path / "w")
    assert opened.measure("won_deals").value == 2 and opened.measure("win_rate").figures[0].of == (2, 5)
    assert {r["owner"] for r in opened.measure("won_deals", by="owner").rows} == {"Rep 1", "Rep 2"}


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    export = tmp_path / "deals.csv"
    export.write_text(ROWS, encoding="utf-8")
    book_of = tmp_path / "w"
    (tmp_path / "first.csv").write_text(ROWS.replace("abc", "1").replace("02-31", "02-01"), encoding="utf-8")
    book(tmp_path / "first.csv")(book_of)
    before = sorted(
        (p.relative_to(book_of).as_posix(), p.stat().st_mtime_ns) for p in book_of.rglob("*") if p.is_file()
    )
    app = build()
    report = app.call(app.open_workspace(book_of), "import", {"path": str(export), "dry_run": True}).report
    after = sorted((p.relative_to(book_of).as_posix(), p.stat().st_mtime_ns) for p in book_of.rglob("*") if p.is_file())
    assert [p for p in after if p not in before and "publish.lock" not in p[0]] == [] and report.exit_code == 3
    assert report.lede == "Nothing was written."


def test_undo_gives_the_record_it_found_and_can_be_undone(tmp_path: Path) -> None:
    first, second = tmp_path / "deals.csv", tmp_path / "later"
    first.write_text(ROWS.replace("abc", "1").replace("02-31", "02-01"), encoding="utf-8")
    book(first)(tmp_path / "w")
    second.mkdir()
    (second / "deals.csv").write_text(
        ROWS.replace("abc", "7").replace("02-31", "02-02").replace("C,Lost", "C,Won"), encoding="utf-8"
    )
    app = build()

    def state() -> list[object]:
        opened = saleswright.open(tmp_path / "w")
        return [opened.measure(m).value for m in ("won_deals", "lost_deals", "won_value", "deal_size")]

    before = state()
    app.call(app.open_workspace(tmp_path / "w"), "import", {"path": str(second)})
    changed = state()
    assert changed != before
    app.call(app.open_workspace(tmp_path / "w"), "import undo", {"run": 2})
    assert state() == before
    app.call(app.open_workspace(tmp_path / "w"), "import undo", {"run": 3})
    assert state() == changed
    app.call(app.open_workspace(tmp_path / "w"), "rebuild", {})
    assert state() == changed
