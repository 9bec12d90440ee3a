"""Where do rows live? The only file that touches a connection: writers build a new release, readers keep an old one."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import duckdb

from saleswright.lib.issue import INTEGRITY, Issue, Stop

MEMORY = "1000MB"


def barrier(name: str) -> None:
    """A place where a crash is rehearsed: the process kills itself when SALESWRIGHT_CRASH_AT names it."""
    if os.environ.get("SALESWRIGHT_CRASH_AT") == name:
        os.kill(os.getpid(), signal.SIGKILL)


def writer(path: Path | str, zone: str, spill: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A connection that builds a release; it spills to `spill` rather than take the machine's memory."""
    con = duckdb.connect(str(path))
    con.execute(f"SET memory_limit = '{MEMORY}'")
    con.execute("SET preserve_insertion_order = true")
    con.execute("SET TimeZone = 'UTC'")
    if spill is not None:
        spill.mkdir(parents=True, exist_ok=True)
        con.execute(f"SET temp_directory = '{str(spill).replace(chr(39), chr(39) * 2)}'")
    quoted = zone.replace("'", "''")
    con.execute(f"CREATE OR REPLACE MACRO local_day(t) AS (t AT TIME ZONE 'UTC' AT TIME ZONE '{quoted}')::DATE")
    # Half-even in whole numbers: amount x up / down, both products exact in 128 bits.
    con.execute(
        """CREATE OR REPLACE MACRO exchange(minor, up, down) AS (
            CASE WHEN minor IS NULL OR up IS NULL OR down IS NULL THEN NULL ELSE
            (sign(minor)::BIGINT * ((abs(minor)::HUGEINT * up::HUGEINT) // down::HUGEINT
             + CASE WHEN 2 * ((abs(minor)::HUGEINT * up::HUGEINT) % down::HUGEINT) > down::HUGEINT
                      OR (2 * ((abs(minor)::HUGEINT * up::HUGEINT) % down::HUGEINT) = down::HUGEINT
                          AND ((abs(minor)::HUGEINT * up::HUGEINT) // down::HUGEINT) % 2 = 1)
                    THEN 1 ELSE 0 END))::BIGINT END)"""
    )
    return con


def seal(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Finish a written file: everything in it, nothing beside it, on the disk."""
    con.execute("CHECKPOINT")
    con.close()
    sync(path)


def sync(path: Path) -> None:
    """Force a file or a folder's entries to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Reader:
    """An opened release. It keeps its file whatever is published later; any thread may ask it."""

    def __init__(self, path: Path) -> None:
        self._held: IO[bytes] = path.open("rb")
        # A collector may only remove files nobody holds.
        fcntl.flock(self._held, fcntl.LOCK_SH)
        try:
            self._con = duckdb.connect(str(path), read_only=True)
            self._con.execute("SET TimeZone = 'UTC'")
        except duckdb.Error as error:
            self._held.close()
            raise Stop(
                Issue(
                    path.name,
                    f"this history file cannot be opened: {error}",
                    "so nothing can be read from it",
                    "saleswright rebuild makes it again from the raw files",
                ),
                exit_code=INTEGRITY,
            ) from None
        self._local = threading.local()

    def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Run one query with bound parameters; all rows as tuples."""
        return self._cursor().execute(sql, params or None).fetchall()

    def table(self, sql: str, params: Mapping[str, Any] | None = None) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Run one query; column names and rows."""
        cursor = self._cursor().execute(sql, params or None)
        names = [column[0] for column in cursor.description or ()]
        return names, cursor.fetchall()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        cursor: duckdb.DuckDBPyConnection | None = getattr(self._local, "cursor", None)
        if cursor is None:
            cursor = self._local.cursor = self._con.cursor()
        return cursor

    def close(self) -> None:
        """Let the file go."""
        self._con.close()
        self._held.close()


def column_names(con: duckdb.DuckDBPyConnection, table: str) -> Sequence[str]:
    """The columns of a table or view, in order."""
    return [row[0] for row in con.execute(f"DESCRIBE {table}").fetchall()]
