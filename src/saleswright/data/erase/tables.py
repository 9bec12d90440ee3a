"""How does a person leave a table? Written anew without them into another file, which takes the place of the old one.

Nothing is changed in place: what is deleted in a database file stays on the disk until something else is written there.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from saleswright.data.erase.subject import PERSONAL, Subject
from saleswright.history import engine
from saleswright.history.facts import literal, quoted
from saleswright.history.schema import standard

CONTACTS = ("activity", "message")
"""What was said to or by a person: their free text goes with the person it was with."""
Columns = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A table without the person: the query that makes it, and how many rows it tells otherwise (dropped ones too)."""

    query: str
    rows: int


def rewrite(
    con: duckdb.DuckDBPyConnection, name: str, source: str, columns: Columns, subject: Subject, personal: str = ""
) -> Rewrite | None:
    """A table of a release without the subject; None when it does not tell of them.

    name: which table. source: SQL to select it from. personal: of the table of personal data, SQL of where the other
    tables are (with {} for the name), so that what was said to the person goes too.
    """
    where = ""
    shown = {column: quoted(column) for column, _ in columns}
    touched: list[str] = []
    if name == "personal" and subject.records:
        mine = _mine(subject)
        if personal:
            mine = f"({' OR '.join([mine, *_with_them(subject, personal)])})"
        where = f" WHERE NOT ({mine}) OR ({mine} AND field = 'name')"
        marks = _marks(con, source, mine, subject)
        shown["value"] = f"CASE WHEN {mine} THEN {_swapped('value', marks)} ELSE {{}} END"
        touched.append(mine)
    for column in hit(con, source, [column for column, kind in columns if kind == "VARCHAR"], subject):
        if swapped := swaps(con, source, quoted(column), subject):
            cell = cleaned(quoted(column), swapped, subject)
            touched.append(f"({_hit(quoted(column), subject)} AND {cell} IS DISTINCT FROM {quoted(column)})")
            shown[column] = shown[column].replace("{}", cell) if "{}" in shown[column] else cell
    shown = {column: sql.replace("{}", quoted(column)) for column, sql in shown.items()}
    if not touched:
        return None
    count = con.execute(f"SELECT count(*) FROM {source} WHERE {' OR '.join(touched)}").fetchone()
    rows = int(count[0]) if count else 0
    if not rows:
        return None
    cells = ", ".join(f"{sql} AS {quoted(column)}" for column, sql in shown.items())
    return Rewrite(f"SELECT {cells} FROM {source}{where}", rows)


def _mine(subject: Subject) -> str:
    """Rows of personal data that are the subject's own: what was said of them, except what is erased already."""
    parts = []
    for kind in PERSONAL:
        if ids := subject.ids_of(kind):
            parts.append(f"(entity = {literal(kind)} AND id IN ({', '.join(map(literal, ids))}))")
    return f"(({' OR '.join(parts)}) AND coalesce(value, '') NOT LIKE 'erased-%')"


def _with_them(subject: Subject, tables: str) -> list[str]:
    """Rows of personal data of what was said to or by the subject."""
    found = []
    for kind in CONTACTS:
        for field in standard()[kind].fields:
            ids = subject.ids_of(field.ref) if field.ref in ("contact", "lead") else ()
            if ids:
                listed = ", ".join(map(literal, ids))
                theirs = f"SELECT id FROM {tables.format(quoted(kind))} WHERE {quoted(field.name)} IN ({listed})"
                found.append(f"(entity = {literal(kind)} AND id IN ({theirs}))")
    return found


def _marks(con: duckdb.DuckDBPyConnection, source: str, mine: str, subject: Subject) -> dict[str, str]:
    rows = con.execute(f"SELECT DISTINCT value FROM {source} WHERE {mine} AND field = 'name' AND value IS NOT NULL")
    return {str(value): subject.mark(str(value)) for (value,) in rows.fetchall()}


def _hit(cell: str, subject: Subject) -> str:
    return f"regexp_matches({cell}, {literal('(?i)' + subject.sought)})"


def hit(con: duckdb.DuckDBPyConnection, source: str, columns: Sequence[str], subject: Subject) -> list[str]:
    """The columns that may name the subject, in one look at the table."""
    if not columns or not subject.sought:
        return []
    looks = ", ".join(f"coalesce(bool_or({_hit(quoted(column), subject)}), false)" for column in columns)
    row = con.execute(f"SELECT {looks} FROM {source}").fetchone()
    return [column for column, found in zip(columns, row or (), strict=False) if found]


def swaps(con: duckdb.DuckDBPyConnection, source: str, cell: str, subject: Subject) -> dict[str, str]:
    """The values of a column that name the subject, and what they become."""
    found = con.execute(f"SELECT DISTINCT {cell} FROM {source} WHERE {_hit(cell, subject)}").fetchall()
    pairs = {str(value): subject.clean(str(value)) for (value,) in found}
    return {old: new for old, new in pairs.items() if old != new}


def cleaned(cell: str, swapped: dict[str, str], subject: Subject) -> str:
    """SQL of a cell without the subject. Only what may name them is looked up."""
    return f"CASE WHEN {_hit(cell, subject)} THEN {_swapped(cell, swapped)} ELSE {cell} END" if swapped else cell


def _swapped(cell: str, swapped: dict[str, str]) -> str:
    if not swapped:
        return cell
    keys, values = ", ".join(map(literal, swapped)), ", ".join(map(literal, swapped.values()))
    return f"coalesce(map_extract(MAP([{keys}], [{values}]), {cell})[1], {cell})"


def database(path: Path, subject: Subject, zone: str, scratch: Path, write: bool, target: Path | None = None) -> int:
    """Take the subject out of a DuckDB file: rows told otherwise. With `target` the new file is put there, not in its place."""
    looking = engine.writer(":memory:", zone, scratch / "spill")
    try:
        looking.execute(f"ATTACH {literal(str(path))} AS old (READ_ONLY)")
        found = _rewrites(looking, subject)
    finally:
        looking.close()
    rows = sum(one.rows for one in found.values() if one)
    if not write or not rows:
        return rows
    fresh = target or scratch / f"{path.name}.new"
    fresh.parent.mkdir(parents=True, exist_ok=True)
    fresh.unlink(missing_ok=True)
    con = engine.writer(fresh, zone, scratch / "spill")
    try:
        con.execute(f"ATTACH {literal(str(path))} AS old (READ_ONLY)")
        for name, made in found.items():
            con.execute(f"CREATE TABLE {quoted(name)} AS {made.query if made else f'SELECT * FROM old.{quoted(name)}'}")
        con.execute("DETACH old")
        engine.seal(con, fresh)
    finally:
        con.close()
    if target is None:
        in_place(fresh, path)
    return rows


def _rewrites(con: duckdb.DuckDBPyConnection, subject: Subject) -> dict[str, Rewrite | None]:
    tables: dict[str, list[tuple[str, str]]] = {}
    listed = con.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = 'old' AND NOT internal"
        " ORDER BY table_oid, column_index"
    )
    for table, column, kind in listed.fetchall():
        tables.setdefault(str(table), []).append((str(column), str(kind)))
    there = "old.{}" if set(CONTACTS) <= set(tables) else ""
    return {
        name: rewrite(con, name, f"old.{quoted(name)}", columns, subject, there) for name, columns in tables.items()
    }


def parquet(
    con: duckdb.DuckDBPyConnection, path: Path, subject: Subject, scratch: Path, write: bool, beside: bool = False
) -> int:
    """Take the subject out of a Parquet file: rows told otherwise. beside: the other tables of a release lie there too."""
    source = f"read_parquet({literal(str(path))})"
    columns = [(str(row[0]), str(row[1])) for row in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
    tables = ""
    if beside and path.stem == "personal" and all((path.parent / f"{kind}.parquet").exists() for kind in CONTACTS):
        for kind in CONTACTS:
            file = literal(str(path.parent / f"{kind}.parquet"))
            con.execute(f"CREATE OR REPLACE TEMP VIEW {quoted(kind)} AS SELECT * FROM read_parquet({file})")
        tables = "{}"
    made = rewrite(con, path.stem, source, columns, subject, tables)
    if made and write:
        copy(con, made.query, path, scratch)
    return made.rows if made else 0


def copy(con: duckdb.DuckDBPyConnection, query: str, path: Path, scratch: Path) -> None:
    """Write a Parquet file anew, whole or not at all."""
    scratch.mkdir(parents=True, exist_ok=True)
    fresh = scratch / f"{path.name}.new"
    con.execute(f"COPY ({query}) TO {literal(str(fresh))} (FORMAT parquet, COMPRESSION zstd)")
    engine.sync(fresh)
    in_place(fresh, path)


def in_place(fresh: Path, path: Path) -> None:
    """Let a new file take an old one's place. Who holds the old one reads it until letting go; then it is gone."""
    fresh.chmod(path.stat().st_mode & 0o777)
    engine.barrier("erase-before-file")
    os.replace(fresh, path)
    engine.sync(path.parent)
    engine.barrier("erase-after-file")
