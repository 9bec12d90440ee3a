"""How the projection reads the journal: without a right to write, without asking twice, and where something was erased."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from saleswright.history import projected
from saleswright.history.projected import events
from saleswright.kernel.journal import open_journal
from tests.history.said import place, rows
from tests.history.test_projected import NOTES, note


def test_who_may_only_read_a_workspace_sees_what_was_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    space = place(tmp_path)
    note(space)
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    assert len(rows(space, NOTES)) == 1
    assert not (space.state / "projected").exists()
    note(space, "D2")
    assert len(rows(space, NOTES)) == 2 and not (space.state / "projected").exists()


def test_how_far_events_go_is_asked_of_a_file_that_was_left_alone_only_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a server asks before every answer costs a look at two files, and a change within the same tick is not missed."""
    space = place(tmp_path)
    first = note(space)
    asked: list[int] = []
    real = events.end_in
    monkeypatch.setattr(events, "end_in", lambda state: asked.append(1) or real(state))
    assert [projected.end(space).position for _ in range(3)] == [first] * 3 and len(asked) == 3
    for name in ("journal.sqlite", "journal.sqlite-wal"):
        if (path := space.state / name).exists():
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 60))
    assert [projected.end(space).position for _ in range(3)] == [first] * 3 and len(asked) == 4
    second = note(space, "D2")
    assert projected.end(space).position == second > first


def test_an_erased_body_is_told_by_what_is_left_of_it_or_not_at_all(tmp_path: Path) -> None:
    """Made again after an erasure, the tables hold what was left; an event of which nothing is left has no row."""
    space = place(tmp_path)
    one, two, three = note(space, "D1"), note(space, "D2"), note(space, "D3")
    journal = open_journal(space)
    assert journal is not None
    with closing(sqlite3.connect(space.state / "journal.sqlite")) as con, con:
        con.execute("CREATE TABLE IF NOT EXISTS erased (seq INTEGER PRIMARY KEY, erasure INTEGER, body BLOB)")
        con.execute("INSERT INTO erased VALUES (?, ?, ?)", (one, one, b'{"deal":"D1","noted":"2026-03-02"}'))
        con.execute("UPDATE detail SET body = NULL, salt = x'' WHERE seq IN (?, ?)", (one, two))
    projected.rebuild(space)
    found = {row[-1]: row for row in rows(space, NOTES)}
    assert set(found) == {one, three} and found[one][1:4] == ("D1", found[three][2], None)
