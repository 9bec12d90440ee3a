"""Is the file of changes whole, there once, and harmless in a spreadsheet?"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from saleswright.kernel.effects import approve, plan
from saleswright.kernel.effects.adapter import Later, Outgoing
from saleswright.run.outbox.changes import COLUMNS, Changes, text
from tests.kernel.effects import outbox
from tests.run.outbox import receivers

LINES = [
    {"n": 1, "entity": "deal", "subject": "d1", "field": "owner", "old": "=cmd|' /C calc'!A0", "new": "Böhm", "reason": "x"},
    {"n": 2, "entity": "deal", "subject": "d2", "field": "amount", "old": None, "new": {"amount": "-12.50", "currency": "EUR"}},
    {"n": 3, "entity": "deal", "subject": "d3", "field": "closed", "old": True, "new": "2026-01-31", "reason": "a\nb,c"},
]  # fmt: skip
THEIRS = {
    "n": 4,
    "entity": "deal",
    "subject": "deal_crm_006",
    "field": "owner",
    "old": "person_crm_005",
    "new": "person_crm_7",
}
ONE = Outgoing("ab" * 32, "change", "request:7", "7.x", {"lines": LINES}, 1, 7, "2026-11-23")


def test_one_file_with_what_to_change_and_no_cell_that_acts(tmp_path: Path) -> None:
    workspace = receivers.workspace(tmp_path)
    assert Changes().ask(workspace, ONE) is None
    arrived = Changes().send(workspace, ONE)
    assert arrived.outside_id == "out/changes-7-2026-11-23-abababab.csv"
    with (tmp_path / arrived.outside_id).open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    assert tuple(head) == COLUMNS
    assert [row[3] for row in rows] == ["'=cmd|' /C calc'!A0", "", "true"]
    assert [row[4] for row in rows] == ["Böhm", "'-12.50 EUR", "2026-01-31"]
    assert rows[2][5] == "a\nb,c" and {row[6] for row in rows} == {"7"}
    assert Changes().ask(workspace, ONE) == arrived
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["changes-7-2026-11-23-abababab.csv"]


def test_ids_are_those_of_the_crm(tmp_path: Path) -> None:
    rows = list(csv.reader(text({"lines": [THEIRS | {"reason": "not a person_crm_x"}]}, 7).splitlines()))
    assert rows[1] == ["deal", "006", "owner", "005", "7", "not a person_crm_x", "7"]
    # What only looks like an id stays what was agreed to.
    words = {"field": "next_step", "old": "the_crm_migration", "new": "ask_crm_team", "reason": "person_crm_x"}
    rows = list(csv.reader(text({"lines": [THEIRS | words]}, 7).splitlines()))
    assert rows[1] == ["deal", "006", "next_step", "the_crm_migration", "ask_crm_team", "person_crm_x", "7"]


def test_a_folder_that_cannot_be_written_is_tried_again_later(tmp_path: Path) -> None:
    workspace = receivers.workspace(tmp_path)
    (tmp_path / "out").write_text("a file, where a folder should be")
    with pytest.raises(Later, match="could not be written"):
        Changes().send(workspace, ONE)


def test_a_request_of_many_lines_becomes_one_file_without_those_that_moved(tmp_path: Path) -> None:
    workspace = receivers.workspace(tmp_path)
    journal = outbox.opened(workspace)
    with journal.write("ann") as w:
        number = outbox.asked_for(w, 3, "csv")
        body = {"lines": [line | {"subject": f"t{line['n']}"} for line in LINES]}
        plan(w, number, 0, "csv", "change", f"request:{number}", f"{number}.all", body)
        approve(w, number, [0])
    assert outbox.worker(outbox.app(Changes(), now={"t2": "other"}), workspace).once() == {"confirmed": 1}
    assert [state for state, _ in outbox.lines(journal)] == ["applied", "moved", "applied"]
    (made,) = (tmp_path / "out").iterdir()
    assert [row[1] for row in csv.reader(made.open(newline="", encoding="utf-8"))] == ["id", "t1", "t3"]
