"""Is the journal the same on SQLite and PostgreSQL: whole transactions, numbers without gaps, one writer at a time?"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from saleswright.kernel.journal import let_go, open_journal, position, shown
from saleswright.kernel.journal.tables import answered, detail, record
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import CONFLICT, USAGE, Stop
from tests.journals import KINDS, empty, opened


@pytest.fixture(params=KINDS)
def workspace(request: pytest.FixtureRequest, tmp_path: Path, journal_url: Callable[[str], str]) -> Workspace:
    return empty(tmp_path, journal_url(request.param))


def test_a_write_is_whole_or_not_at_all(workspace: Workspace) -> None:
    journal = opened(workspace)
    with journal.write("Ann") as w:
        assert w.record("did", "a", {"x": 1}) == 1
        assert w.record("did", "b") == 2
    with pytest.raises(ZeroDivisionError), journal.write("Ben") as w:
        w.record("did", str(w.record("did", "c") // 0))
    with journal.write("Ben") as w:
        assert w.record("did", "d", event="call") == 3
    with journal.read() as con:
        assert list(con.execute(select(record.c.seq, record.c.subject).order_by(record.c.seq))) == [
            (1, "a"),
            (2, "b"),
            (3, "d"),
        ]
        assert [bytes(row.body) for row in con.execute(select(detail).order_by(detail.c.seq))] == [
            b'{"x":1}',
            b"{}",
            b"{}",
        ]
    assert position(workspace) == journal.position() == 3


def test_moments_never_go_back(workspace: Workspace, pin_now: Callable[[str], object]) -> None:
    journal = opened(workspace)
    for moment in ("2026-11-22T09:00:00+00:00", "2026-11-22T08:00:00+00:00", "2026-11-22T09:00:00+00:00"):
        pin_now(moment)
        with journal.write("Ann") as w:
            w.record("did", "a")
    with journal.read() as con:
        at = [row.at for row in con.execute(select(record.c.at).order_by(record.c.seq))]
    assert at == [at[0], at[0] + 1, at[0] + 2]


def test_a_reader_sees_one_state_while_others_write(workspace: Workspace) -> None:
    journal = opened(workspace)
    with journal.write("Ann") as w:
        w.record("did", "a")
    count = text("SELECT count(*) FROM record")
    with journal.read() as con:
        assert con.execute(count).scalar() == 1
        with journal.write("Ann") as w:
            w.record("did", "b")
        assert con.execute(count).scalar() == 1
    with journal.read() as con:
        assert con.execute(count).scalar() == 2


def test_writers_wait_for_each_other(workspace: Workspace) -> None:
    """Read, think, write: nothing of what another wrote meanwhile is lost."""
    journal = opened(workspace)
    with journal.write("Ann") as w:
        w.con.execute(insert(answered).values(key="k", digest="", status=0, answer="", at=0))
        w.record("did", "a")

    def add() -> None:
        for _ in range(10):
            with journal.write("Ann") as w:
                before = w.con.execute(select(answered.c.status)).scalar()
                time.sleep(0.001)
                w.con.execute(answered.update().values(status=before + 1))
                w.record("did", "a")

    threads = [threading.Thread(target=add) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    with journal.read() as con:
        assert con.execute(select(answered.c.status)).scalar() == 40
        assert con.execute(text("SELECT max(seq) FROM record")).scalar() == 41


def test_a_write_inside_a_write_is_a_bug_not_a_wait(workspace: Workspace) -> None:
    journal = opened(workspace)
    with journal.write("Ann"), pytest.raises(RuntimeError, match="inside a write"), journal.write("Ann"):
        pass


def test_who_waits_too_long_is_told(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("store", "trouble"):
        monkeypatch.setattr(f"saleswright.kernel.journal.{name}.BUSY_MS", 150)
    journal = opened(workspace)
    let_go()
    other = opened(workspace)
    assert other is not journal
    began = time.monotonic()
    with journal.write("Ann"), pytest.raises(Stop) as stop, other.write("Ben"):
        pass
    assert stop.value.exit_code == CONFLICT and 0.1 < time.monotonic() - began < 3
    assert "another program is writing" in str(stop.value)


def test_opening_is_cheap(tmp_path: Path) -> None:
    """Every action writes a record, so a journal is made in 80 ms and opened in 30, beside the import of SQLAlchemy."""
    made, again = [], []
    for number in range(5):
        workspace = empty(tmp_path / str(number))
        start = time.perf_counter()
        opened(workspace)
        middle = time.perf_counter()
        let_go()
        last = time.perf_counter()
        opened(workspace)
        made.append(middle - start)
        again.append(time.perf_counter() - last)
    let_go()
    assert (min(made) < 0.08, min(again) < 0.03) == (True, True), (made, again)


def test_few_are_kept_open(tmp_path: Path) -> None:
    for number in range(40):
        with opened(empty(tmp_path / str(number))).write("Ann") as w:
            w.record("did", "a")
    handles = []
    for one in Path("/proc/self/fd").glob("*"):
        with suppress(FileNotFoundError):
            handles.append(os.readlink(one))
    let_go()
    assert sum(str(tmp_path) in name for name in handles) <= 16 * 3


def test_two_make_it_at_once_and_one_stays(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.journals import empty, opened\n"
        "with opened(empty(Path(sys.argv[1]))).write(sys.argv[2]) as w: w.record('did', 'a')"
    )
    started = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(n)]) for n in range(3)]
    assert [one.wait(60) for one in started] == [0, 0, 0]
    with opened(empty(tmp_path)).read() as con:
        assert con.execute(text("SELECT count(*), max(seq) FROM record")).one() == (3, 3)
    assert {p.name for p in (tmp_path / ".saleswright").iterdir()} - {"journal.sqlite-wal", "journal.sqlite-shm"} == {
        ".gitignore",
        "journal.lock",
        "journal.sqlite",
    }


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A folder that everybody may look into, unlike those of a test run."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        yield Path(place)


def test_position_is_read_without_leave_to_write(open_to_all: Path) -> None:
    """A place that may only be read still says its position: closed, and while somebody else writes."""
    workspace = empty(open_to_all)
    journal = opened(workspace)
    with journal.write("Ann") as w:
        w.record("did", "a", event="call")
    code = (
        "import sys, os; from pathlib import Path; from tests.journals import empty\n"
        "from saleswright.kernel.journal import position, open_journal\n"
        "import sqlalchemy.dialects.sqlite, saleswright.kernel.journal.tables, saleswright.kernel.journal.migrate\n"
        "os.setgid(65534); os.setuid(65534)\n"
        "here = empty(Path(sys.argv[1])); print(position(here), end=' ')\n"
        "if sys.argv[2] == 'closed':\n"
        "    raise SystemExit\n"
        "print(open_journal(here).position())"
    )
    if os.geteuid() != 0:
        code = code.replace("os.setgid(65534); os.setuid(65534)\n", "")
    state = workspace.state
    state.chmod(0o555)
    try:
        for how in ("while somebody writes", "closed"):
            if how == "closed":
                state.chmod(0o755)
                let_go()
                state.chmod(0o555)
            ran = subprocess.run([sys.executable, "-c", code, str(open_to_all), how], capture_output=True, text=True)
            assert ran.returncode == 0, ran.stderr
            assert set(ran.stdout.split()) == {"1"}
    finally:
        state.chmod(0o755)
        let_go()


def test_a_fork_does_not_carry_a_connection_over(tmp_path: Path) -> None:
    """50 writers are made by forking: a connection taken along would share its locks with its parent's."""
    code = (
        "import sys, os; from pathlib import Path; from tests.journals import empty, opened\n"
        "here = empty(Path(sys.argv[1])); j = opened(here)\n"
        "with j.write('parent') as w: w.record('did', 'a')\n"
        "for n in range(3):\n"
        "    pid = os.fork()\n"
        "    if not pid:\n"
        "        held = [os.readlink(f'/proc/self/fd/{f}') for f in os.listdir('/proc/self/fd') if f.isdigit()"
        " and os.path.exists(f'/proc/self/fd/{f}')]\n"
        "        assert not [f for f in held if 'journal' in f], held\n"
        "        with opened(here).write(str(n)) as w: w.record('did', 'b')\n"
        "        os._exit(0)\n"
        "    assert os.waitpid(pid, 0)[1] == 0\n"
        "with opened(here).write('parent') as w: print(w.record('did', 'c'))"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "5"


def test_the_password_is_in_no_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "canary@wo/rd"
    for setting in (
        f"postgresql://ann:{secret}@127.0.0.1:1/sales",
        f"mysql://ann:{secret}@127.0.0.1:1/sales",
        f"postgresql://ann@127.0.0.1:1/sales?password={secret}",
        f"sqlite://ann:{secret}@x",
    ):
        monkeypatch.setenv("WHERE_IT_IS", setting)
        with pytest.raises(Stop) as stop:
            open_journal(empty(tmp_path, "env:WHERE_IT_IS"))
        assert "canary" not in str(stop.value) and "canary" not in shown(setting)
    monkeypatch.delenv("WHERE_IT_IS")
    with pytest.raises(Stop) as stop:
        open_journal(empty(tmp_path, "env:WHERE_IT_IS"))
    assert stop.value.exit_code == USAGE and "export WHERE_IT_IS=postgresql://" in str(stop.value)


def test_a_missing_driver_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saleswright.kernel.journal.place.find_spec", lambda name: None)
    with pytest.raises(Stop) as stop:
        open_journal(empty(tmp_path, "postgresql://ann@host/sales"))
    assert "saleswright[postgres]" in str(stop.value) and stop.value.exit_code == USAGE


def test_a_damaged_file_is_said(tmp_path: Path) -> None:
    workspace = empty(tmp_path)
    workspace.state.mkdir()
    (workspace.state / "journal.sqlite").write_bytes(b"not a database at all" * 100)
    with pytest.raises(Stop) as stop:
        open_journal(workspace)
    assert "damaged" in str(stop.value)


def test_it_is_written_as_sqlite_promises(tmp_path: Path) -> None:
    journal = opened(empty(tmp_path))
    with journal.read() as con:
        assert con.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert con.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert con.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    with sqlite3.connect(tmp_path / ".saleswright" / "journal.sqlite") as con:
        assert con.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    let_go()
