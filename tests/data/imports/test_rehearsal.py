"""Is what is shown before an import what is true after it? And is nothing written until somebody says yes?"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from pathlib import Path

import pytest

import saleswright
from saleswright.app import build
from saleswright.data.imports.rehearsal import commit, rehearse
from saleswright.data.imports.told import Told
from saleswright.kernel.call import Desk
from saleswright.kernel.policy import Policy
from saleswright.kernel.report import Table
from saleswright.lib.money import Money
from tests.workspaces import book

HEAD = "Opportunity ID,Opportunity Name,Opportunity Owner,Stage,Created Date,Close Date,Amount,Currency\n"
ONE = (
    "D1,Alpha,Ann,Won,2026-01-05,2026-03-05,100.50,USD",
    "D2,Beta,Ann,Lost,2026-01-05,2026-03-06,200.00,USD",
    "D3,Gamma,Bob,Proposal,2026-02-05,2026-12-24,300.00,USD",
)
TWO = (
    "D1,Alpha,Ann,Won,2026-01-05,2026-03-05,100.50,USD",
    "D3,Gamma,Bob,Won,2026-02-05,2026-11-20,450.00,USD",
    "D4,Delta,Bob,Proposal,2026-02-05,2026-12-24,50.00,USD",
    "D5,Epsilon,Bob,Proposal,2026-02-31,2026-12-24,70.00,USD",
)


def desk(folder: Path) -> Desk:
    app = build()
    return Desk(app.open_workspace(folder), Policy("me"), app)


def write(path: Path, rows: tuple[str, ...]) -> Path:
    path.write_text(HEAD + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    book(write(tmp_path / "one.csv", ONE))(tmp_path / "w")
    return tmp_path / "w"


def state(folder: Path) -> dict[str, str]:
    """Every file that counts: definitions, settings, raw rows, releases, the pointer."""
    apart = ("cache", "rehearsal", "archive", "publish.lock")
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part in apart for part in path.relative_to(folder).parts)
    }


def test_the_first_screen_after_is_the_first_screen_shown_before(tmp_path: Path, folder: Path) -> None:
    before = state(folder)
    shown = rehearse(desk(folder), write(tmp_path / "two.csv", TWO))
    assert state(folder) == before, "nothing is written by looking"
    app = build()
    now = {f.name: f for f in app.call(app.open_workspace(folder), FIRST, {}).report.figures()}
    commit(desk(folder), tmp_path / "two.csv")
    then = {f.name: f for f in app.call(app.open_workspace(folder), FIRST, {}).report.figures()}
    assert shown.effects
    for effect in shown.effects:
        assert effect.before is not None
        assert effect.before.value == now[effect.before.name].value
        assert (effect.after.value, effect.after.n) == (then[effect.after.name].value, then[effect.after.name].n)
    assert any(e.before is not None and e.before.value != e.after.value for e in shown.effects)


FIRST = "now"


def test_it_says_what_each_column_is_and_gives_back_what_it_cannot_take(tmp_path: Path, folder: Path) -> None:
    shown = rehearse(desk(folder), write(tmp_path / "two.csv", TWO))
    (file,) = shown.files
    assert (file.read, file.new, file.changed, file.unchanged, file.rejected) == (4, 1, 1, 1, 1)
    lines = {line.column: line for line in file.columns}
    assert lines["Amount"].fields == ("amount",) and lines["Amount"].samples == ("100.50", "450.00", "50.00")
    assert all(line.evidence for line in file.columns)
    (bad,) = file.rejects
    assert (bad.line, bad.column, bad.value) == (5, "Created Date", "2026-02-31")
    assert bad.reason and bad.fix and bad.amount == Money(7000, "USD")
    assert "2026-02-31" in file.rejected_csv and "_fix" in file.rejected_csv.splitlines()[0]


def test_nothing_yet_is_a_first_screen_without_a_before(tmp_path: Path) -> None:
    app = build()
    app.call(None, "init", {"folder": str(tmp_path / "w")})
    shown = rehearse(desk(tmp_path / "w"), write(tmp_path / "one.csv", ONE))
    assert shown.effects and all(effect.before is None for effect in shown.effects)
    assert shown.files[0].new == 3


def test_a_column_read_otherwise_changes_the_figures_shown(tmp_path: Path) -> None:
    app = build()
    app.call(None, "init", {"folder": str(tmp_path / "w")})
    path = write(tmp_path / "one.csv", ONE)
    told = Told(choices={"one.csv": {"Amount": ""}})
    shown = rehearse(desk(tmp_path / "w"), path, told)
    lines = {line.column: line for line in shown.files[0].columns}
    assert lines["Amount"].fields == () and lines["Amount"].mark == "kept"
    commit(desk(tmp_path / "w"), path, told)
    assert saleswright.open(tmp_path / "w").measure("won_value").value is None
    # Said otherwise later, the same mapping is written anew, and what came in by it is read anew.
    again = Told(choices={"one.csv": {"Amount": "amount"}})
    commit(desk(tmp_path / "w"), path, again)
    assert saleswright.open(tmp_path / "w").measure("won_value").value == Money(10050, "USD")
    assert len(list((tmp_path / "w/definitions/mappings").glob("one*.yaml"))) == 1


def test_rejected_rows_hold_no_formula_and_come_back_as_they_were(tmp_path: Path) -> None:
    app = build()
    app.call(None, "init", {"folder": str(tmp_path / "w")})
    names = ["=HYPERLINK(1)", "+cmd|x", "@SUM(A1)", "'=kept", "-5", "plain", " =spaced"]
    good = tuple(f"G{i},Good,Ann,Lost,2026-01-05,2026-02-{i + 1:02},10,USD" for i in range(20))
    bad = tuple(f'D{i},"{n}",Ann,Won,2026-01-05,2026-02-31,10,USD' for i, n in enumerate(names))
    path = write(tmp_path / "one.csv", good + bad)
    (file,) = rehearse(desk(tmp_path / "w"), path).files
    rows = list(csv.DictReader(io.StringIO(file.rejected_csv)))
    assert len(rows) == len(names)
    assert all(not re.match(r"\s*[=+@]", cell) for row in rows for cell in row.values())
    commit(desk(tmp_path / "w"), path)
    (given,) = (tmp_path / "w/.saleswright/raw").rglob("rejected.csv")
    mended = tmp_path / "mended.csv"
    mended.write_text(given.read_text(encoding="utf-8").replace("2026-02-31", "2026-02-28"), encoding="utf-8")
    assert commit(desk(tmp_path / "w"), mended).mapped[0].rejected == 0
    app = build()
    opened = app.call(app.open_workspace(tmp_path / "w"), "explain", {"ref": "won_deals"}).report
    (table,) = [block for block in opened.blocks if isinstance(block, Table) and block.name == "rows"]
    assert {str(row[1]) for row in table.rows} == {name.strip() for name in names}
