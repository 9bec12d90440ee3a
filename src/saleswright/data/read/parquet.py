"""The columns of a Parquet file, and its values as the text that files of text hold."""

from __future__ import annotations

from pathlib import Path

import duckdb

from saleswright.data.read.evidence import FileEvidence, no_rows, said_renamed, unique
from saleswright.data.read.sql import ident, text
from saleswright.lib.issue import Issue

_PLACES = "rtrim(rtrim({}, '0'), '.')"


def look(path: Path) -> FileEvidence:
    """What is in this Parquet file? Its own account of its columns is taken, and tried on the first row."""
    try:
        with duckdb.connect() as con:
            con.execute("SET TimeZone = 'UTC'")
            described = con.execute(f"DESCRIBE SELECT * FROM {source(path)}").fetchall()
            rows = int(con.execute(f"SELECT count(*) FROM {source(path)}").fetchall()[0][0])
            con.execute(f"SELECT {', '.join(cells(path, con))} FROM {source(path)} LIMIT 1").fetchall()
    except duckdb.Error as error:
        said = str(error).split("\n")[0].replace(str(path), path.name)
        issue = Issue(
            path.name,
            f"this Parquet file cannot be read: {said}",
            "so it is left out",
            "write it again",
            code="damaged",
        )
        return FileEvidence(path, kind="parquet", issues=(issue,))
    names, renamed = unique([str(name) for name, *_ in described])
    nested = [str(name) for name, kind, *_ in described if _nested(str(kind))]
    notes = [f"Parquet: {rows:,} records, {len(names)} columns"]
    if nested:
        notes.append(f"nested values are read as JSON text: {', '.join(nested)}")
    issues = [said_renamed(path.name, renamed)] if renamed else []
    if not rows:
        issues.append(no_rows(path.name))
    return FileEvidence(path, rows, "", ",", '"', names, tuple(notes), tuple(issues), kind="parquet", lines=rows)


def source(path: Path) -> str:
    """The file as something to select from; `file_row_number` counts its records from 0."""
    # A name may hold the signs that DuckDB takes for a pattern of names.
    safe = "".join(f"[{char}]" if char in "*?[" else char for char in str(path))
    return f"read_parquet({text(safe)}, hive_partitioning=false, union_by_name=false)"


def cells(path: Path, con: duckdb.DuckDBPyConnection) -> list[str]:
    """One SQL expression for each column: its value as text."""
    described = con.execute(f"DESCRIBE SELECT * FROM {source(path)}").fetchall()
    return [_text(ident(str(name)), str(kind)) for name, kind, *_ in described]


def _nested(kind: str) -> bool:
    return kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION", "JSON"))


def _text(cell: str, kind: str) -> str:
    """Dates as 2026-01-31, moments as 2026-01-31T13:05:00 with Z where they have a zone, numbers plain."""
    if kind == "VARCHAR":
        return cell
    if kind.startswith("TIMESTAMP"):
        utc = f"{cell} AT TIME ZONE 'UTC'" if kind.endswith("ZONE") else f"CAST({cell} AS TIMESTAMP)"
        whole = f"strftime({utc}, '%Y-%m-%dT%H:%M:%S')"
        part = f"CASE WHEN date_part('us', {utc}) % 1000000 <> 0 THEN '.' || strftime({utc}, '%f') ELSE '' END"
        zone = " || 'Z'" if kind.endswith("ZONE") else ""
        return f"{whole} || {part}{zone}"
    if kind.startswith("DECIMAL"):
        plain = f"CAST({cell} AS VARCHAR)"
        return f"CASE WHEN contains({plain}, '.') THEN {_PLACES.format(plain)} ELSE {plain} END"
    if kind in ("FLOAT", "DOUBLE"):
        # A text like 1e+22 is no number to a person; 15 digits are what a double keeps.
        plain = f"CAST({cell} AS VARCHAR)"
        long = f"CAST(CAST({cell} AS DECIMAL(38, 9)) AS VARCHAR)"
        short = f"CASE WHEN abs({cell}) < 1e15 AND contains({plain}, 'e') THEN {_PLACES.format(long)} ELSE {plain} END"
        huge = f"CASE WHEN abs({cell}) >= 1e15 AND abs({cell}) < 1e28 THEN CAST(CAST({cell} AS HUGEINT) AS VARCHAR)"
        return f"CASE WHEN isfinite({cell}) THEN {huge} ELSE regexp_replace({short}, '\\.0$', '') END END"
    if kind == "BLOB":
        return f"coalesce(TRY(decode({cell})), hex({cell}))"
    if _nested(kind):
        return f"CAST(to_json({cell}) AS VARCHAR)"
    return f"CAST({cell} AS VARCHAR)"
