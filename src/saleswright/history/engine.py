"""Where do rows live? The only file that touches a connection: writers build a new release, readers keep an old one."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import threading
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, Protocol

import duckdb

from saleswright.lib.barrier import barrier as barrier
from saleswright.lib.issue import INTEGRITY, Issue, Stop

MEMORY = "1000MB"
LEAN = "280MB"  # for work far larger than memory: half as quick, and the process holds little over half a gigabyte
PREPARED = 200
# A connection without a file, kept for the process: making one takes longer than the few rows it is mostly for.
_without_file: dict[int, duckdb.DuckDBPyConnection] = {}
_lock = threading.Lock()
# What a clock on the wall of any zone shows at an instant; the reader's own, so that a release of any age has it.
LOCAL_TIME = "CREATE OR REPLACE TEMP MACRO local_time(t, zone) AS (t AT TIME ZONE 'UTC' AT TIME ZONE zone)"


def writer(path: Path | str, zone: str, spill: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A connection that builds a release; it spills to `spill` rather than take the machine's memory."""
    con = duckdb.connect(str(path))
    con.execute(f"SET memory_limit = '{MEMORY}'")
    con.execute("SET preserve_insertion_order = true")
    con.execute("SET TimeZone = 'UTC'")
    # Its bar goes to stdout, where a program reads our answer.
    con.execute("SET enable_progress_bar = false")
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


def lean(con: duckdb.DuckDBPyConnection) -> None:
    """Keep to little memory from here on; what does not fit goes to the spill folder."""
    con.execute(f"SET memory_limit = '{LEAN}'")


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


class Rows(Protocol):
    """What answers a question, whatever reads the release: a file's reader, or Spark's."""

    def __hash__(self) -> int: ...
    def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]: ...
    def table(self, sql: str, params: Mapping[str, Any] | None = None) -> tuple[list[str], list[tuple[Any, ...]]]: ...
    def columns(self, sql: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]: ...
    def close(self) -> None: ...


def write_select(sql: str, target: Path) -> int:
    """What a query over files gives as one Parquet file; how many rows."""
    with _lock:
        con = _without_file.get(os.getpid())
        if con is None:
            con = _without_file[os.getpid()] = duckdb.connect()
            con.execute(f"SET memory_limit = '{MEMORY}'; SET TimeZone = 'UTC'; SET enable_progress_bar = false")
        count = con.execute(f"COPY ({sql}) TO {value_text(str(target))} (FORMAT parquet)").fetchone()
    return int(count[0]) if count else 0


def write_parquet(path: Path, folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Every table of a release as one Parquet file: ({table: its columns and rows}, what the release says of itself)."""
    reader = Reader(path)
    try:
        con = reader._con
        con.execute(f"SET memory_limit = '{MEMORY}'")
        con.execute("SET preserve_insertion_order = false")
        con.execute(f"SET temp_directory = {value_text(str(folder / 'spill'))}")
        meta = {key: json.loads(value) for key, value in con.execute("SELECT key, value FROM meta").fetchall()}
        found: dict[str, dict[str, Any]] = {}
        listed = con.execute("SELECT table_name, column_name, data_type FROM information_schema.columns "
                             "WHERE table_name <> 'meta' ORDER BY table_name, ordinal_position")  # fmt: skip
        for table, column, kind in listed.fetchall():
            found.setdefault(table, {"columns": [], "rows": 0})["columns"].append((column, kind))
        for table, told in found.items():
            target = value_text(str(folder / f"{table}.parquet"))
            count = con.execute(f'COPY "{table}" TO {target} (FORMAT parquet, COMPRESSION zstd)').fetchone()
            told["rows"] = count[0] if count else 0
        return found, meta
    finally:
        reader.close()
        shutil.rmtree(folder / "spill", ignore_errors=True)


class Reader:
    """An opened release. It keeps its file whatever is published later; any thread may ask it.

    FileNotFoundError when it has been collected.
    """

    def __init__(self, path: Path, views: Sequence[str] = (), late: Sequence[str] = ()) -> None:
        """`views`: statements that lay temporary views over the file's tables, run for every thread that asks.
        `late`: such statements for tables the file has not, run where a question first names one.
        """
        self._views = tuple(views)
        self._late = tuple(late)
        self._held: IO[bytes] = path.open("rb")
        # A collector may only remove files nobody holds.
        fcntl.flock(self._held, fcntl.LOCK_SH)
        if not path.exists():
            self._held.close()
            raise FileNotFoundError(path)
        try:
            self._con = duckdb.connect(str(path), read_only=True)
            self._con.execute("SET TimeZone = 'UTC'")
            self._con.execute("SET enable_progress_bar = false")
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
        return self._run(sql, params).fetchall()

    def table(self, sql: str, params: Mapping[str, Any] | None = None) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Run one query; column names and rows."""
        cursor = self._run(sql, params)
        names = [column[0] for column in cursor.description or ()]
        return names, cursor.fetchall()

    def columns(self, sql: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Run one query; each column whole, as a NumPy array (masked where values are missing), for numerical models."""
        found: dict[str, Any] = self._run(sql, params).fetchnumpy()
        return found

    def _run(self, sql: str, params: Mapping[str, Any] | None) -> duckdb.DuckDBPyConnection:
        """The answer. Stop where the file was made before a table or field that is asked for was kept."""
        try:
            return self._asked(sql, params)
        except (duckdb.BinderException, duckdb.CatalogException):
            if self._lay_late():
                return self._run(sql, params)
            if older := self._older():
                raise Stop(older, exit_code=INTEGRITY) from None
            raise

    def _lay_late(self) -> bool:
        """Lay the views that wait; False when this thread has them, or there are none."""
        if not self._late or getattr(self._local, "late", False):
            return False
        self._local.late = True
        for view in self._late:
            self._cursor().execute(view)
        return True

    def _older(self) -> Issue | None:
        """What is kept today and not in this file, as an issue; None when the file has all of it."""
        from saleswright.history.schema import standard

        sql = "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal"
        held = {(str(table), str(column)) for table, column in self._cursor().execute(sql).fetchall()}
        kept = {(name, column) for name, entity in standard().items() for column, _ in entity.columns}
        lacking = sorted(f"{name}.{column}" for name, column in kept - held)
        if not lacking:
            return None
        some = ", ".join(lacking[:3]) + (f" and {len(lacking) - 3} more" if len(lacking) > 3 else "")
        return Issue(
            "history",
            f"this history was made before {some} were kept",
            "so what needs it cannot be answered",
            "saleswright rebuild makes it again from the raw files",
            code="older-history",
        )

    def _asked(self, sql: str, params: Mapping[str, Any] | None) -> duckdb.DuckDBPyConnection:
        """A prepared statement, executed with values. Handing values over from Python would import pandas each start."""
        cursor = self._cursor()
        if not params:
            return cursor.execute(sql)
        prepared: dict[str, str] = self._local.prepared
        name = prepared.get(sql)
        if name is None:
            if len(prepared) >= PREPARED:
                for old in prepared.values():
                    cursor.execute(f"DEALLOCATE {old}")
                prepared.clear()
            name = f"q{len(prepared)}"
            cursor.execute(f"PREPARE {name} AS {sql}")
            prepared[sql] = name
        values = ", ".join(f"{key} := {value_text(value)}" for key, value in params.items())
        return cursor.execute(f"EXECUTE {name}({values})")

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        cursor: duckdb.DuckDBPyConnection | None = getattr(self._local, "cursor", None)
        if cursor is None:
            cursor = self._local.cursor = self._con.cursor()
            cursor.execute(LOCAL_TIME)
            for view in self._views:
                # Over a table that a file of an earlier version lacks there is no view: what asks for it is told so.
                with contextlib.suppress(duckdb.CatalogException):
                    cursor.execute(view)
            self._local.prepared = {}
        return cursor

    def over(self, path: Path, views: Sequence[str]) -> Reader:
        """The same release again, its file being `path`, with more views laid over it. The caller closes it."""
        return Reader(path, (*self._views, *views), self._late)

    def close(self) -> None:
        """Let the file go."""
        self._con.close()
        self._held.close()


def value_text(value: Any) -> str:
    """A bound value in SQL: whatever it holds, it stays one value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, str):
        return "'" + value.replace("\0", "").replace("'", "''") + "'"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(value_text, value))}]::VARCHAR[]"
    raise TypeError(f"no parameter can be a {type(value).__name__}")
