"""How far is the journal, and which events are new? Read from the journal as it was committed, without writing to it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from saleswright.kernel.journal.place import FILE
from saleswright.kernel.journal.store import open_journal
from saleswright.kernel.journal.trouble import BUSY_MS
from saleswright.kernel.workspace import Workspace


@dataclass(frozen=True, slots=True)
class End:
    """How far events go: which journal, the last event's record, and its hash, which no other history shares."""

    journal: str = ""
    position: int = 0
    hash: str = ""


# Whether there is a table, in either database.
_THERE = {
    True: "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = :name",
    False: "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = :name",
}


@dataclass(frozen=True, slots=True)
class State:
    """One committed state of the journal: how to ask it (SQL, {parameter: value}), and whether it is a SQLite file."""

    ask: Callable[..., Iterator[tuple[Any, ...]]]
    sqlite: bool

    def has(self, table: str) -> bool:
        """Is there a table of that name?"""
        return any(count for (count,) in self.ask(_THERE[self.sqlite], {"name": table}))


# What was found in a file, and when: good as long as the file is the same and had been left alone for a while by then, for
# clocks of files are coarse. It is asked before every answer of a server.
_found: dict[str, tuple[tuple[Any, ...], End]] = {}
ALONE = 3.0


def end(workspace: Workspace) -> End:
    """How far events go now; nothing at all where there is no journal yet."""
    path = str(workspace.state / FILE)
    seen = () if workspace.journal else _seen(path)
    if seen and (kept := _found.get(path)) and kept[0] == seen:
        return kept[1]
    now = time.time()
    with reading(workspace) as state:
        last = end_in(state) if state else End()
    if seen and now - max(changed for _, _, changed in seen) / 1e9 > ALONE:
        _found[path] = (seen, last)
    return last


def _seen(path: str) -> tuple[tuple[int, int, int], ...]:
    """Which files they are, how large, and when they were changed: the database, and what waits to be written into it."""
    found = []
    for name in (path, f"{path}-wal"):
        with suppress(FileNotFoundError):
            told = os.stat(name)
            found.append((told.st_ino, told.st_size, told.st_mtime_ns))
    return tuple(found)


def end_in(state: State) -> End:
    """How far events go in an opened state."""
    told = state.ask("SELECT name, value FROM about WHERE name IN ('id', 'events')")
    about: dict[str, str] = {str(name): str(value) for name, value in told}
    position = int(about.get("events", 0))
    return End(about.get("id", ""), position, hash_at(state, position))


def hash_at(state: State, seq: int) -> str:
    """The hash of a record; empty when there is none of that number."""
    for (found,) in state.ask("SELECT hash FROM record WHERE seq = :seq", {"seq": seq}):
        return bytes(found).hex()
    return ""


def lines(state: State, event: str, after: int, upto: int) -> Iterator[bytes]:
    """The events of a kind behind a record up to another, in order, each as a line of JSON: seq, at, actor, and b, what was
    said. An event whose body was erased is told by what is left of it, or not at all.
    """
    body, join = "d.body", ""
    if state.has("erased"):
        body, join = "coalesce(e.body, d.body)", " LEFT JOIN erased e ON e.seq = d.seq"
    rows = state.ask(
        f"SELECT d.seq, r.at, r.actor, {body} FROM detail d JOIN record r ON r.seq = d.seq{join} "
        f"WHERE d.event = :event AND d.seq > :after AND d.seq <= :upto AND {body} IS NOT NULL ORDER BY d.seq",
        {"event": event, "after": after, "upto": upto},
    )
    return (b'{"seq":%d,"at":%d,"actor":%d,"b":%b}\n' % (seq, at, who, bytes(told)) for seq, at, who, told in rows)


@contextmanager
def reading(workspace: Workspace) -> Iterator[State | None]:
    """One committed state of the journal; None where there is no journal.

    A connection of its own: what a transaction of this process has not committed yet is never seen, let alone kept.
    """
    if workspace.journal:
        with _server(workspace) as state:
            yield state
        return
    path = workspace.state / FILE
    if not path.exists():
        yield None
        return
    with ExitStack() as stack:
        con = _file(path)
        try:
            con.execute("SELECT count(*) FROM sqlite_master")
        except sqlite3.OperationalError:
            # Who may not write here cannot read along with a writer either: the file is read as it lies.
            con.close()
            place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            for last in ("", "-wal"):
                with suppress(FileNotFoundError):
                    shutil.copyfile(f"{path}{last}", place / f"{FILE}{last}")
            con = _file(place / FILE)
        stack.callback(con.close)
        yield State(con.execute, True) if _begun(con) else None


def _file(path: Path) -> sqlite3.Connection:
    uri = f"file:{quote(str(path))}?mode=ro"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_MS / 1000, isolation_level=None)


def _begun(con: sqlite3.Connection) -> bool:
    try:
        con.execute("BEGIN")
        return con.execute("SELECT 1 FROM about").fetchone() is not None
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise
        return False  # made this very moment by somebody else, still without tables


@contextmanager
def _server(workspace: Workspace) -> Iterator[State]:
    journal = open_journal(workspace, create=False)
    assert journal is not None
    from sqlalchemy import text

    with journal.engine.connect() as con, con.begin():

        def ask(sql: str, values: Mapping[str, Any] | None = None, /) -> Iterator[tuple[Any, ...]]:
            found = con.execution_options(yield_per=10_000).execute(text(sql), values or {})
            return (tuple(row) for row in found)

        yield State(ask, journal.sqlite)
