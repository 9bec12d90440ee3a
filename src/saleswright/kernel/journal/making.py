"""How does a journal begin? A file is made whole beside its place and put there at once, so nobody sees half of one."""

from __future__ import annotations

import os
import secrets
import sqlite3
import time
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

from saleswright.kernel.journal.migrate import HEAD, VERSION_TABLE

ABANDONED = 600
"""Seconds after which a file that was begun belongs to nobody any more."""


def make_file(file: Path) -> None:
    """A new journal in a file, unless somebody else makes one at the same moment: theirs stays."""
    file.parent.mkdir(parents=True, exist_ok=True)
    ignore = file.parent / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    for left in file.parent.glob(f".{file.name}.*"):
        if time.time() - left.stat().st_mtime > ABANDONED:
            left.unlink(missing_ok=True)
    beside = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with closing(sqlite3.connect(beside, isolation_level=None)) as con:
            # What is written here is synced once, at the end.
            con.execute("PRAGMA synchronous = OFF")
            con.execute("PRAGMA journal_mode = WAL")
            con.execute("BEGIN")
            for statement in schema():
                con.execute(statement)
            con.execute(f"INSERT INTO {VERSION_TABLE} VALUES (?)", (HEAD,))
            con.executemany("INSERT INTO about (name, value) VALUES (?, ?)", start().items())
            con.execute("COMMIT")
        _sync(beside, os.O_RDWR)
        try:
            os.link(beside, file)
        except FileExistsError:
            return
        except OSError:  # no links here: the last one to come wins, before anybody has written
            os.replace(beside, file)
        _sync(file.parent, os.O_RDONLY)
    finally:
        for name in (beside, *(beside.with_name(beside.name + end) for end in ("-wal", "-shm"))):
            name.unlink(missing_ok=True)


def make_tables(con: Any) -> None:
    """The tables of a new journal in a database, through a connection that is in a transaction."""
    from sqlalchemy import insert, text

    from saleswright.kernel.journal.tables import about, metadata

    metadata.create_all(con, checkfirst=False)
    con.execute(text(f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    con.execute(text(f"INSERT INTO {VERSION_TABLE} VALUES (:head)"), {"head": HEAD})
    con.execute(insert(about), [{"name": name, "value": value} for name, value in start().items()])


def start() -> dict[str, str]:
    """What a journal says of itself at first: its id, from which the chain begins, and that no event is in it."""
    return {"id": secrets.token_hex(16), "events": "0"}


@cache
def schema() -> tuple[str, ...]:
    """The statements that make the tables in SQLite."""
    from sqlalchemy.dialects.sqlite import dialect
    from sqlalchemy.schema import CreateIndex, CreateTable

    from saleswright.kernel.journal.tables import metadata

    spoken = dialect()
    made = [str(CreateTable(table).compile(dialect=spoken)) for table in metadata.sorted_tables]
    for table in metadata.sorted_tables:
        ordered = sorted(table.indexes, key=lambda one: str(one.name))
        made += [str(CreateIndex(index).compile(dialect=spoken)) for index in ordered]
    version = f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"
    return (*made, version)


def _sync(path: Path, flags: int) -> None:
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
