"""Which rows are left out, and how do they go back to whoever can mend them? Whole, untouched, with reason and fix."""

from __future__ import annotations

import csv
from dataclasses import replace

from saleswright.data.imports.files import FIXES, FileRun
from saleswright.data.mapping.rejects import rejects
from saleswright.data.read.records import long_fields
from saleswright.data.read.sql import ident, text
from saleswright.data.read.table import ragged
from saleswright.history.release import Publisher
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import Issue

_SHOWN = 5
_FORMULA = r"^'*\s*[=+\-@\t\r]"
_NUMBER = r"[-+]?[0-9][0-9.,]*"
_WHOLE = "whole row"
_AT_ONCE = 500


def reject(p: Publisher, workspace: Workspace, file: FileRun, issues: list[Issue]) -> None:
    """Find every bad value of every row; rows with one are given back, whole and untouched."""
    assert file.mapping is not None
    entity = p.entities[file.mapping.entity]
    file.rejected = rejects(
        p.con, file.mapping, entity, file.table, file.bad, zone=workspace.zone, currency=workspace.currency
    )
    if not file.rejected:
        return
    found = p.con.execute(f'SELECT line, "column", value, reason, fix FROM {file.bad} ORDER BY line, 2').fetchall()
    for line, column, value, reason, fix in found[:_SHOWN]:
        what = f"'{value}': {reason}" if value and column else str(reason)
        where = f"{file.name}:{line}" + (f"  {column}" if column else "")
        issues.append(Issue(where, what, "so the row was left out", str(fix), level="warning", code="rejected"))
    if len(found) > _SHOWN:
        more = f"{len(found) - _SHOWN} more values like these"
        issues.append(Issue(file.name, more, "", "see the file of rejected rows", "warning"))
    _spread(p, file)


def _spread(p: Publisher, file: FileRun) -> None:
    """Records that did not fit the header, cell by cell under it as far as it goes; what is over stands in the last."""
    header = file.evidence.header
    columns = ", ".join(f"{ident(name)} VARCHAR" for name in header)
    p.con.execute(f"CREATE OR REPLACE TEMP TABLE {_spread_name(file)} ({columns}, _line BIGINT)")
    found = [(line, _cells(raw, file.evidence.delimiter, len(header))) for line, raw, _ in ragged(p.con, file.table)]
    for start in range(0, len(found), _AT_ONCE):
        rows = ", ".join(
            f"({', '.join(text(cell) if cell else 'NULL' for cell in cells)}, {line})"
            for line, cells in found[start : start + _AT_ONCE]
        )
        p.con.execute(f"INSERT INTO {_spread_name(file)} VALUES {rows}")
    lines: dict[str, list[int]] = {}
    for line, cells in found:
        lacking = next((n for n, cell in enumerate(cells) if cell is None), -1)
        lines.setdefault(header[lacking] if lacking >= 0 else _WHOLE, []).append(line)
    for column, at in lines.items():
        p.con.execute(
            f'UPDATE {file.bad} SET "column" = {text(column)} WHERE "column" = \'\' AND line IN ({str(at)[1:-1]})'
        )


def _spread_name(file: FileRun) -> str:
    return ident(f"{file.table}__spread")


def _cells(raw: str, delimiter: str, width: int) -> list[str | None]:
    """As many cells as the header has, None where the record ends before."""
    # A quote that is never closed would swallow all that follows.
    plain = csv.QUOTE_NONE if raw.count('"') % 2 else csv.QUOTE_MINIMAL
    with long_fields():
        rows = csv.reader(raw.splitlines(keepends=True), delimiter=delimiter, quoting=plain)  # type: ignore[arg-type]
        cells = [cell for row in rows for cell in row]
    kept: list[str | None] = [*cells[: width - 1]]
    over = delimiter.join(cells[width - 1 :]) if len(cells) >= width else None
    return [*kept, *[None] * (width - 1 - len(kept)), over]


def rejected_rows(file: FileRun) -> str:
    """SQL of the rejected rows as they came, one each, with what is wrong beside it."""
    each = """SELECT line, string_agg("column", '; ' ORDER BY "column") AS columns,
                     string_agg(reason, '; ' ORDER BY "column") AS reasons, string_agg(fix, '; ' ORDER BY "column") AS fixes"""
    why = f"x.line AS _line, {_quiet('x.columns')} AS _column, x.reasons AS _reason, x.fixes AS _fix"
    why += f", {text(file.mapping.name if file.mapping else '')} AS _mapping"
    cells = ", ".join(f"{_quiet(f'r.{ident(name)}')} AS {ident(name)}" for name in file.evidence.header)
    rows = f"(SELECT * FROM {file.table} UNION ALL BY NAME SELECT * FROM {_spread_name(file)})"
    return (
        f"SELECT {cells}, {why} FROM ({each} FROM {file.bad} GROUP BY line) x"
        f" LEFT JOIN {rows} r ON r._line = x.line ORDER BY x.line"
    )


def _quiet(cell: str) -> str:
    """The cell with an apostrophe before what a spreadsheet would run as a formula; `unquoted` takes it off again."""
    runs = f"regexp_matches({cell}, {text(_FORMULA)}) AND NOT regexp_full_match({cell}, {text(_NUMBER)})"
    return f"CASE WHEN {runs} THEN {text(chr(39))} || {cell} ELSE {cell} END"


def unquoted(p: Publisher, file: FileRun) -> str:
    """A mended file's own columns, without the apostrophes that keep formulas quiet: the name of a view."""
    name, cells = f"{file.table}_plain", []
    if "_mapping" in file.evidence.header:
        told = p.con.execute(f"SELECT DISTINCT _mapping FROM {file.table} WHERE _mapping IS NOT NULL").fetchall()
        file.origin = str(told[0][0]) if len(told) == 1 else ""
    own = tuple(header for header in file.evidence.header if header not in FIXES)
    file.evidence = replace(file.evidence, header=own)
    for header in own:
        cell = ident(header)
        runs = (
            f"regexp_matches({cell}, {text(chr(39) + _FORMULA[1:])}) AND NOT regexp_full_match({cell}, {text(_NUMBER)})"
        )
        cells.append(f"CASE WHEN {runs} THEN substr({cell}, 2) ELSE {cell} END AS {cell}")
    p.con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT {', '.join(cells)}, _line FROM {file.table}")
    p.con.execute(f"CREATE OR REPLACE TEMP VIEW {name}__ragged AS SELECT * FROM {file.table}__ragged")
    return name


def give_back(p: Publisher, files: list[FileRun]) -> None:
    """A file of rejected rows beside the run's raw rows, such that the mended file can be imported as it is."""
    rejecting = [file for file in files if file.rejected]
    for file in rejecting:
        plain = file.name.removesuffix(".gz").replace("/", "-").rpartition(".")[0] or file.name
        file.rejects = "rejected.csv" if len(rejecting) == 1 else f"rejected-{plain}.csv"
        p.con.execute(f"COPY ({rejected_rows(file)}) TO {text(str(p.work / 'run' / file.rejects))} (HEADER)")
