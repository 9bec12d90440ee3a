"""Events as tables: rebuilt equals live, whatever the increments; a state once seen stays the same; nothing breaks it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleswright.app import published
from saleswright.history import projected
from saleswright.history.authored import author
from saleswright.history.snapshot import open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.journal import open_journal
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import Stop
from tests.conftest import NIGHTLY
from tests.history.said import place, rows, say
from tests.journals import KINDS

NOTES = "SELECT * FROM loss_note ORDER BY seq"
APPROVALS = "SELECT * FROM approval ORDER BY seq"
FOREVER = datetime(9999, 12, 31)


def note(space: Workspace, deal: str = "D1", reason: str = "price") -> int:
    return say(space, "loss_note", {"deal": deal, "noted": "2026-03-02", "reason": reason})


def approve(space: Workspace, subject: str = "x") -> int:
    fields = {"subject": subject, "kind": "discount", "decided": "2026-03-02", "verdict": "approved"}
    return say(space, "approval", fields)


def segments(space: Workspace) -> list[Path]:
    return sorted((space.state / "projected").glob("*.parquet"))


# One step: say of a deal, take a deal's back, approve, take the n-th approval back, or bring the tables up to date.
STEP = st.one_of(
    st.tuples(st.just("say"), st.sampled_from("ABC"), st.sampled_from(["price", "late", "ä'\"\n☃"])),
    st.tuples(st.just("back"), st.sampled_from("ABC"), st.just("")),
    st.tuples(st.just("approve"), st.sampled_from("ABC"), st.just("")),
    st.tuples(st.just("undo"), st.integers(0, 3), st.just("")),
    st.tuples(st.just("look"), st.just(""), st.just("")),
    st.tuples(st.just("commit"), st.just(""), st.just("")),
)


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return place(tmp_path_factory.mktemp("law"))


@settings(max_examples=400 if NIGHTLY else 10)
@given(steps=st.lists(STEP, min_size=1, max_size=10))
def test_rebuilding_the_projection_equals_the_live_one(space: Workspace, steps: list[tuple[str, Any, str]]) -> None:
    """Any sequence of events, any cut into transactions and increments: the same tables, and those of a plain reading."""
    journal = open_journal(space)
    assert journal is not None
    approvals: list[int] = []
    waiting: list[tuple[str, Any, str]] = []

    def commit() -> None:
        with journal.write("ann") as w:
            for what, key, text in waiting:
                if what == "say":
                    author(w, "loss_note", {"deal": key, "noted": "2026-03-02", "reason": text, "note": "Ben"})
                elif what == "back":
                    author(w, "loss_note", {"deal": key}, removed=True)
                elif what == "approve":
                    told = {"subject": key, "kind": "k", "decided": "2026-03-02", "verdict": "approved"}
                    approvals.append(author(w, "approval", told))
                elif what == "undo" and key < len(approvals):
                    author(w, "approval", {}, removed=approvals[key])
        waiting.clear()

    for step in steps:
        if step[0] == "commit":
            commit()
        elif step[0] == "look":
            rows(space, "SELECT 1")
        else:
            waiting.append(step)
    commit()
    live = rows(space, NOTES), rows(space, APPROVALS)
    projected.rebuild(space)
    assert (rows(space, NOTES), rows(space, APPROVALS)) == live
    assert held(live[0], 1) == plain(space, "loss_note", "deal")
    assert held(live[1], 1) == plain(space, "approval", "")


def held(found: list[tuple[Any, ...]], shown: int) -> list[tuple[Any, ...]]:
    """(seq, the first field, removed, first, from, to) of rows of a table."""
    return [(one[-1], one[shown], *one[-8:-4]) for one in found]


def plain(space: Workspace, event: str, key: str) -> list[tuple[Any, ...]]:
    """The same by reading the journal's events one after the other."""
    with closing(sqlite3.connect(space.state / "journal.sqlite")) as con:
        sql = "SELECT r.seq, r.at, d.body FROM record r JOIN detail d USING (seq) WHERE d.event = ? ORDER BY r.seq"
        told = [(seq, at, json.loads(body)) for seq, at, body in con.execute(sql, (event,))]
    versions: dict[Any, list[list[Any]]] = {}
    for seq, at, body in told:
        moment = datetime(1970, 1, 1) + timedelta(microseconds=at)
        back = body.get("removed")
        of = body[key] if key else (back or seq)
        mine = versions.setdefault(of, [])
        if mine and mine[-1][4] == moment:
            mine.pop()  # said again in the same transaction
        elif mine:
            mine[-1][5] = moment
        first = not mine
        mine.append([seq, body.get(key or "subject"), back is not None, first, moment, FOREVER])
    return sorted(tuple(one) for mine in versions.values() for one in mine)


def test_only_what_is_new_is_written_and_small_segments_are_merged(tmp_path: Path) -> None:
    """Incremental projection proportional to what is new."""
    space = place(tmp_path)
    journal = open_journal(space)
    assert journal is not None
    with journal.write("ann") as w:
        for n in range(100):
            author(w, "approval", {"subject": f"s{n}", "kind": "k", "decided": "2026-03-02", "verdict": "approved"})
    rows(space, "SELECT 1")
    (large,) = segments(space)
    for n in range(7):
        approve(space, f"x{n}")
        assert rows(space, "SELECT count(*) FROM approval") == [(101 + n,)]
        assert large in segments(space)
        assert len(segments(space)) <= 4
    before = segments(space)
    say(space, "loss_note", {"deal": "D", "noted": "2026-03-02", "reason": "r"})
    rows(space, "SELECT 1")
    assert set(before) < set(segments(space)) and len(segments(space)) == len(before) + 1


def test_what_is_said_again_of_a_thing_in_an_older_segment_holds_from_then(tmp_path: Path) -> None:
    """Rows are the same whether the events about a thing lie in one segment or in several; pinned in between, too."""
    space = place(tmp_path)
    journal = open_journal(space)
    assert journal is not None
    with journal.write("ann") as w:
        for n in range(30):
            author(w, "loss_note", {"deal": f"D{n}", "noted": "2026-03-02", "reason": "price"})
            last = author(
                w, "approval", {"subject": f"s{n}", "kind": "k", "decided": "2026-03-02", "verdict": "refused"}
            )
    before = rows(space, NOTES), rows(space, APPROVALS)
    one = note(space, "D3", "late")
    say(space, "approval", {}, removed=last)
    say(space, "loss_note", {"deal": "D4"}, removed=True)
    note(space, "D3", "size")
    live = rows(space, NOTES), rows(space, APPROVALS)
    assert len(list((space.state / "projected").glob("loss_note-*"))) == 2
    between = rows(space, NOTES, snap=f"r1.j{one}")
    assert held(live[0], 1) == plain(space, "loss_note", "deal") and held(live[1], 1) == plain(space, "approval", "")
    assert (rows(space, NOTES, snap=f"r1.j{last}"), rows(space, APPROVALS, snap=f"r1.j{last}")) == before
    projected.rebuild(space)
    assert (rows(space, NOTES), rows(space, APPROVALS)) == live
    assert rows(space, NOTES, snap=f"r1.j{one}") == between


def test_a_snapshot_freezes_release_and_position_together(tmp_path: Path) -> None:
    """A pinned state says the same ever after; one beyond the last is gone; what is known later is not seen before."""
    space = place(tmp_path)
    assert published(space) == "r1.j0"
    with closing(open_snapshot(space, Ambient())) as old:
        one = note(space, reason="price")
        then = rows(space, "SELECT valid_from FROM loss_note")[0][0]
        two = note(space, reason="late")
        assert published(space) == f"r1.j{two}"
        assert old.snap == "r1.j0" and old.reader.rows(NOTES) == []
    with closing(open_snapshot(space, Ambient(snap=f"r1.j{one}"))) as at:
        assert at.snap == f"r1.j{one}" and [row[3] for row in at.reader.rows(NOTES)] == ["price"]
        assert at.reader.rows("SELECT valid_to FROM loss_note") == [(FOREVER,)]
    assert rows(space, NOTES, snap="r1.j0") == []
    assert len(rows(space, NOTES, snap="r1")) == len(rows(space, NOTES)) == 2
    with pytest.raises(Stop, match="gone: what was said here goes as far as"):
        rows(space, NOTES, snap=f"r1.j{two + 1}")
    seen = "SELECT count(*) FROM loss_note WHERE valid_from <= $as_of AND known_from <= $as_of"
    just = then - timedelta(microseconds=1)
    assert rows(space, seen, known=f"{just.isoformat()}Z") == [(0,)]
    assert rows(space, seen, as_of=f"{then.isoformat()}Z") == [(1,)]


def test_every_snapshot_beside_a_writer_agrees_with_its_position(tmp_path: Path) -> None:
    """A writer says things while snapshots open: every position and its rows agree, and say the same when pinned later."""
    space = place(tmp_path)
    code = (
        "import sys; from pathlib import Path; from saleswright.kernel.workspace import load\n"
        "from tests.history.test_projected import approve, note\n"
        "space = load(Path(sys.argv[1]))\n"
        "for n in range(int(sys.argv[2])): approve(space, f'{sys.argv[3]}{n}'); note(space, f'D{n % 3}')"
    )
    many = 300 if NIGHTLY else 10
    writers = [subprocess.Popen([sys.executable, "-c", code, str(space.root), str(many), name]) for name in "ab"]
    seen: dict[str, tuple[list[Any], list[Any]]] = {}
    wrong: list[str] = []

    def look() -> None:
        while any(one.poll() is None for one in writers):
            with closing(open_snapshot(space, Ambient())) as at:
                found = at.reader.rows(APPROVALS), at.reader.rows(NOTES)
                if seen.setdefault(at.snap, found) != found:
                    wrong.append(at.snap)

    lookers = [threading.Thread(target=look) for _ in range(2)]
    for one in lookers:
        one.start()
    for one in lookers:
        one.join()
    assert [one.wait(60) for one in writers] == [0, 0] and not wrong
    assert len(rows(space, APPROVALS)) == 2 * many and len(seen) > 3
    with closing(sqlite3.connect(space.state / "journal.sqlite")) as con:
        told = [seq for (seq,) in con.execute("SELECT seq FROM detail WHERE event = 'approval' ORDER BY seq")]
    for snap, found in seen.items():
        last = int(snap.partition("j")[2])
        assert [row[-1] for row in found[0]] == [seq for seq in told if seq <= last], snap
    for snap, found in list(seen.items())[:: 1 if NIGHTLY else max(1, len(seen) // 6)]:
        with closing(open_snapshot(space, Ambient(snap=snap))) as at:
            assert (at.reader.rows(APPROVALS), at.reader.rows(NOTES)) == found, snap


@pytest.mark.parametrize("barrier", ["projected-segments", "projected-generation", "projected-pointer"])
def test_a_crash_leaves_a_projection_that_is_made_whole(tmp_path: Path, barrier: str) -> None:
    space = place(tmp_path)
    note(space)
    before = rows(space, NOTES)
    approve(space)
    note(space, "D2")
    code = (
        "import sys; from pathlib import Path; from saleswright.kernel.workspace import load\n"
        "from tests.history.said import rows; rows(load(Path(sys.argv[1])), 'SELECT 1')"
    )
    env = {**os.environ, "SALESWRIGHT_CRASH_AT": barrier}
    assert subprocess.run([sys.executable, "-c", code, str(space.root)], env=env, timeout=60).returncode == -9
    live = rows(space, NOTES), rows(space, APPROVALS)
    assert live[0][: len(before)] == before and [len(one) for one in live] == [2, 1]
    projected.rebuild(space)
    assert (rows(space, NOTES), rows(space, APPROVALS)) == live
    note(space, "D3")
    assert len(rows(space, NOTES)) == 3
    named = {one["file"] for path in (space.state / "projected").glob("g*.json") for files in
             json.loads(path.read_text())["segments"].values() for one in files}  # fmt: skip
    assert {path.name for path in segments(space)} == named


def _cut(space: Workspace) -> None:
    os.truncate(segments(space)[0], 20)


def _lose(space: Workspace) -> None:
    segments(space)[0].unlink()


def _garble(space: Workspace) -> None:
    (space.state / "projected" / "current.json").write_text("{")


def _older(space: Workspace) -> None:
    path = space.state / "projected" / "current.json"
    path.write_text(path.read_text().replace('"format": 1', '"format": 0'))


def _lost(space: Workspace) -> None:
    next((space.state / "projected").glob("g*.json")).unlink()


def _gone(space: Workspace) -> None:
    shutil.rmtree(space.state / "projected")


@pytest.mark.parametrize("harm", [_cut, _lose, _garble, _older, _lost, _gone])
def test_a_broken_missing_or_older_projection_is_made_again(tmp_path: Path, harm: Callable[[Workspace], None]) -> None:
    space = place(tmp_path)
    note(space)
    approve(space)
    before = rows(space, NOTES), rows(space, APPROVALS)
    harm(space)
    assert (rows(space, NOTES), rows(space, APPROVALS)) == before


def test_a_journal_that_was_put_back_is_noticed_even_at_the_same_position(tmp_path: Path) -> None:
    """The last record's hash is compared: other events under the same numbers are another history."""
    space = place(tmp_path)
    note(space, reason="price")
    journal = open_journal(space)
    assert journal is not None
    journal.close()
    shutil.copy(space.state / "journal.sqlite", tmp_path / "kept")
    note(space, reason="late")
    assert [row[3] for row in rows(space, NOTES)] == ["price", "late"]
    for name in ("journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm"):
        (space.state / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "kept", space.state / "journal.sqlite")
    assert [row[3] for row in rows(space, NOTES)] == ["price"]
    note(space, reason="other")
    assert [row[3] for row in rows(space, NOTES)] == ["price", "other"]


def test_an_open_snapshot_keeps_its_segments(tmp_path: Path) -> None:
    space = place(tmp_path)
    note(space, "D0")
    with closing(open_snapshot(space, Ambient())) as at:
        kept = segments(space)
        for n in range(1, 4):
            note(space, f"D{n}")
            rows(space, "SELECT 1")
        assert len(at.reader.rows(NOTES)) == 1 and set(kept) <= set(segments(space))
    note(space, "D9")
    rows(space, "SELECT 1")
    assert not set(kept) & set(segments(space))


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_the_same_over_either_database(tmp_path: Path, journal_url: Callable[[str], str], kind: str) -> None:
    """SQLite and PostgreSQL: brought up to date by and by, pinned, made again, and blind to what is not committed."""
    space = replace(place(tmp_path), journal=journal_url(kind))
    one = note(space, reason="price")
    first = rows(space, NOTES)
    note(space, reason="late")
    approve(space, 'ä\u2028\n"')
    live = rows(space, NOTES), rows(space, APPROVALS)
    assert [row[3] for row in live[0]] == ["price", "late"] and live[1][0][1] == 'ä\u2028\n"'
    assert rows(space, NOTES, snap=f"r1.j{one}") == first
    projected.rebuild(space)
    assert (rows(space, NOTES), rows(space, APPROVALS)) == live
    journal = open_journal(space)
    assert journal is not None
    with contextlib.suppress(ZeroDivisionError), journal.write("ann") as w:
        author(w, "loss_note", {"deal": "D1", "noted": "2026-03-02", "reason": "never"})
        assert (rows(space, NOTES), rows(space, APPROVALS)) == live
        raise ZeroDivisionError
    assert rows(space, NOTES) == live[0]


def test_reading_and_keeping_up_import_nothing_of_the_database(tmp_path: Path) -> None:
    space = place(tmp_path)
    note(space)
    code = (
        "import sys; from pathlib import Path; from saleswright.kernel.workspace import load\n"
        "from tests.history.said import rows; assert len(rows(load(Path(sys.argv[1])), 'SELECT * FROM loss_note')) == 1\n"
        "print([name for name in ('sqlalchemy', 'alembic', 'ibis', 'pandas', 'pyarrow') if name in sys.modules])"
    )
    for _ in range(2):
        ran = subprocess.run([sys.executable, "-c", code, str(space.root)], capture_output=True, text=True, timeout=60)
        assert ran.stdout.strip() == "[]", ran.stderr
