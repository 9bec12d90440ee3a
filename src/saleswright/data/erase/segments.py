"""How does a person leave the raw rows of an import? Their own rows lose every personal cell; all others every mention.

Rows, lines and ids stay, so that the record made again from raw gives the same figures. A cell by which a record is found
(a name or an address as a key) keeps the hash that its id is made of.
"""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from saleswright.data.erase.subject import ERASED, PERSONAL, Subject
from saleswright.data.erase.tables import CONTACTS, cleaned, copy, hit, parquet, swaps
from saleswright.data.imports.replay import source_of
from saleswright.data.mapping.facts import Cells
from saleswright.data.mapping.keys import IMPERSONAL, hashed
from saleswright.data.mapping.model import Mapping, read_mapping
from saleswright.data.read.sql import ident, text, texts
from saleswright.history.changes import Source, StageMap
from saleswright.history.release import manifest, run_folder
from saleswright.history.schema import Entity
from saleswright.kernel.definition import Definition
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import Stop


@dataclass(frozen=True)
class Segment:
    """Raw rows with what is known of them: SQL to select them from, their columns, how they are read."""

    rows: str
    columns: tuple[str, ...]
    mapping: Mapping
    entity: Entity
    source: Source


def run(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    number: int,
    context: tuple[Map[str, Entity], StageMap],
    subject: Subject,
    scratch: Path,
    write: bool,
) -> int:
    """Take the subject out of a run's raw rows: rows told otherwise."""
    content = manifest(workspace.state, number)
    folder = run_folder(workspace.state, number)
    at = datetime.fromisoformat(content["at"])
    total = 0
    for file in content.get("files", ()):
        path = folder / f"{file['number']}-{file['entity']}.parquet"
        if not path.exists():
            continue
        segment = _segment(con, workspace, number, at, file, path, context)
        cells = without(con, segment, file["headers"], workspace.zone, workspace.currency, subject)
        if not cells:
            continue
        changed = " OR ".join(f"{sql} IS DISTINCT FROM {ident(column)}" for column, sql in cells.items())
        count = con.execute(f"SELECT count(*) FROM {segment.rows} WHERE {changed}").fetchone()
        told = int(count[0]) if count else 0
        if told and write:
            swapped = ", ".join(f"{sql} AS {ident(column)}" for column, sql in cells.items())
            copy(con, f"SELECT * REPLACE ({swapped}) FROM {segment.rows}", path, scratch)
        total += told
    for path in sorted(folder.glob("*-missing.parquet")):
        total += parquet(con, path, subject, scratch, write)
    return total


def _segment(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    number: int,
    at: datetime,
    file: Map[str, Any],
    path: Path,
    context: tuple[Map[str, Entity], StageMap],
) -> Segment:
    known, stages = context
    definition = workspace.get("mapping", file["mapping"]) or Definition("mapping", file["mapping"], file["body"])
    mapping, issues = read_mapping(definition, dict(known))
    if mapping is None:
        raise Stop(*(issue for issue in issues if issue.level == "error"))
    rows = f"read_parquet({text(str(path))})"
    described = con.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()
    columns = tuple(str(row[0]) for row in described if str(row[1]) == "VARCHAR")
    source = source_of(workspace, mapping, known, stages, rows, file["headers"], number, file["number"], at)
    return Segment(rows, columns, mapping, known[mapping.entity], source)


def without(
    con: duckdb.DuckDBPyConnection, segment: Segment, headers: Sequence[str], zone: str, currency: str, subject: Subject
) -> dict[str, str]:
    """SQL of every column whose cells tell of the subject, without them."""
    cells = Cells(segment.mapping, segment.entity, zone, currency, tuple(headers))
    own = _lines(con, segment, subject)
    lines = f"_line IN ({', '.join(map(str, own))})"
    keys = _keys(segment)
    kept = _kept(segment, keys)
    by_field = segment.mapping.layout == "fields"
    found: dict[str, str] = {}
    named = hit(con, segment.rows, segment.columns, subject)
    for column in segment.columns:
        cell = ident(column)
        swapped = swaps(con, segment.rows, cell, subject) if column in named else {}
        sql = cleaned(cell, swapped, subject)
        if column in keys:
            sql = _hashed(cells, segment, keys[column], column, sql, subject) or sql
        elif own and by_field and column in (segment.mapping.value, segment.mapping.old):
            sql = f"CASE WHEN {lines} AND {_personal_field(segment)} THEN NULL ELSE {sql} END"
        elif own and column not in kept and not by_field:
            marks = _names(con, segment, column, lines, subject)
            sql = f"CASE WHEN {lines} THEN {marks} ELSE {sql} END"
        if sql != cell:
            found[column] = sql
    return found


def _lines(con: duckdb.DuckDBPyConnection, segment: Segment, subject: Subject) -> list[int]:
    """The lines that are about the subject: their own record, or what was said to or by them."""
    entity, source = segment.entity, segment.source
    where = []
    if entity.name in PERSONAL and (ids := subject.ids_of(entity.name)):
        where.append(f"id IN ({texts(ids)})")
    if entity.name in CONTACTS and source.layout != "fields":
        for field in entity.fields:
            if field.ref in ("contact", "lead") and field.name in source.sets and (ids := subject.ids_of(field.ref)):
                where.append(f"{ident(field.name)} IN ({texts(ids)})")
    if not where:
        return []
    found = con.execute(f"SELECT DISTINCT line FROM ({source.query}) WHERE {' OR '.join(where)}").fetchall()
    return [int(line) for (line,) in found]


def _keys(segment: Segment) -> dict[str, str]:
    """The columns that name people by a key, and whose: the record's own, or another's."""
    mapping, entity = segment.mapping, segment.entity
    found: dict[str, str] = {}
    for column, rule in mapping.rules:
        for name in rule.fields:
            if name == "id" and entity.name in PERSONAL:
                found[column] = entity.name
            elif name in entity.by_name and entity[name].ref in PERSONAL:
                found[column] = entity[name].ref
            elif name in mapping.key and name in entity.by_name and entity[name].personal:
                found[column] = entity.name
    return found


def _kept(segment: Segment, keys: Map[str, str]) -> set[str]:
    """The columns that stay on the subject's own rows: what sets a plain field, and what the mapping reads rows by."""
    mapping, entity = segment.mapping, segment.entity
    kept = {mapping.at, mapping.recorded, mapping.field, mapping.deleted, *mapping.entered, *mapping.skip, *keys}
    for column, rule in mapping.rules:
        names = [*rule.fields, *rule.constants]
        if any(name in ("id", "close") or (name in entity.by_name and not entity[name].personal) for name in names):
            kept |= {column, *rule.joined}
    return kept


def _hashed(cells: Cells, segment: Segment, kind: str, column: str, sql: str, subject: Subject) -> str:
    """SQL of a key's cell: where it names the subject in words, the hash that the id is made of."""
    start = f"{kind}_{segment.mapping.source}_"
    own = [one.removeprefix(start) for one in subject.ids_of(kind) if one.startswith(start)]
    rule = next(rule for name, rule in segment.mapping.rules if name == column)
    value = cells.value(rule, cells.cell(column))
    named = f"{sql} IS DISTINCT FROM {ident(column)}" if sql != ident(column) else ""
    theirs = f"{hashed(value)} IN ({texts(own)})" if own else ""
    which = " OR ".join(one for one in (named, theirs) if one)
    if not which:
        return ""
    plain = f"regexp_full_match({value}, {text(IMPERSONAL)}) OR starts_with({value}, {text(ERASED)})"
    return f"CASE WHEN NOT ({plain}) AND ({which}) THEN {text(ERASED)} || {hashed(value)} ELSE {ident(column)} END"


def _names(con: duckdb.DuckDBPyConnection, segment: Segment, column: str, lines: str, subject: Subject) -> str:
    """What stands in an own row's cell from now on: a mark for the name, nothing for all else."""
    if not any(column == name and "name" in rule.fields for name, rule in segment.mapping.rules):
        return "NULL"
    if segment.entity.name not in PERSONAL:
        return "NULL"
    cell = ident(column)
    found = con.execute(f"SELECT DISTINCT {cell} FROM {segment.rows} WHERE {lines} AND {cell} IS NOT NULL").fetchall()
    marks = {str(v): v if str(v).startswith(ERASED) else subject.mark(str(v).strip()) for (v,) in found}
    cases = " ".join(f"WHEN {text(old)} THEN {text(new)}" for old, new in marks.items())
    return f"CASE {cell} {cases} END" if cases else "NULL"


def _personal_field(segment: Segment) -> str:
    """SQL: is the changed field a personal one, or one we know nothing of?"""
    plain = [
        theirs
        for theirs, ours in segment.mapping.names.items()
        if ours in segment.entity.by_name and not segment.entity[ours].personal
    ]
    return f"coalesce(trim({ident(segment.mapping.field)}), '') NOT IN ({texts(plain)})"
