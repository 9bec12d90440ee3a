"""How is somebody else's spreadsheet read? With the importer's own reading, into rows that are compared and forgotten.

The only file of the measuring side that reads files: nothing of what it reads is written into the record.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from saleswright.data.mapping.headers import match
from saleswright.data.mapping.orders import settle_order
from saleswright.data.mapping.periods import is_total, period, year_in
from saleswright.data.mapping.proposal import Facts, Guess
from saleswright.data.mapping.stages import meaning, read_stages
from saleswright.data.read import forms
from saleswright.data.read.evidence import FileEvidence
from saleswright.data.read.sql import clean, ident
from saleswright.data.read.sums import number
from saleswright.data.read.table import load
from saleswright.data.read.tables import tables
from saleswright.data.read.values import ColumnEvidence, read_columns
from saleswright.history.changes import StageMap
from saleswright.history.schema import Entity
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import SOURCE, Issue, Stop
from saleswright.measure.review.settle.scaled import scaled
from saleswright.measure.review.settle.sheet import Kind, Row, Sheet

MOST = 1_000_000
"""Rows of one table: more than that is an export to import, not a dispute."""


def read(path: Path, deal: Entity, currency: str) -> list[Sheet]:
    """Every table of a file, the one with the most rows first.

    Stop (source) when the file cannot be read or holds no rows, with the importer's own words.
    """
    with tempfile.TemporaryDirectory(prefix="saleswright-settle-") as folder:
        found = tables(path, Path(folder))
        bad = [issue for one in found for issue in one.issues if issue.level == "error"]
        usable = [one for one in found if one.readable]
        if not usable:
            raise Stop(*bad, exit_code=SOURCE)
        with duckdb.connect(":memory:") as con:
            con.execute("SET memory_limit = '1000MB'")
            con.execute("SET enable_progress_bar = false")
            sheets = [_sheet(con, one, f"t{i}", deal, currency) for i, one in enumerate(usable)]
    filled = sorted((sheet for sheet in sheets if sheet.rows), key=lambda sheet: -len(sheet.rows))
    if not filled:
        nothing = Issue(path.name, "it holds no rows", "so there is nothing to compare", "save the sheet with its rows")
        raise Stop(nothing, exit_code=SOURCE)
    return filled


def span(text: str, fiscal_start: int, near: tuple[str, ...] = ()) -> tuple[date, date] | None:
    """The period (first day, first day after it) that a text names; `near` are texts that may name its year."""
    year, fiscal = year_in(near)
    found = period(text, fiscal_start, year, fiscal)
    return (found.starts, found.ends) if found else None


@dataclass(frozen=True)
class Stages:
    """What a stage's name means: by the workspace's stage map, else by the words that the importer knows."""

    declared: StageMap

    def standing(self, word: str) -> str:
        """open, won, lost or disqualified; empty for a word that says nothing."""
        if word.strip().casefold() in self.declared.stages:
            return self.declared.standing(word)[0]
        said = meaning(word) or ""
        return "open" if said in ("early", "before") else said


def stages(workspace: Workspace) -> Stages:
    """The stages as the importer reads them."""
    return Stages(read_stages(workspace)[0])


def _sheet(con: duckdb.DuckDBPyConnection, one: FileEvidence, table: str, deal: Entity, currency: str) -> Sheet:
    if load(con, one, table) > MOST:
        what = f"more than {MOST:,} rows"
        raise Stop(Issue(one.name, what, "so it is an export, not a dispute", "import it instead"), exit_code=SOURCE)
    seen = read_columns(con, table, one.header, one.delimiter, one.name)
    start, _ = settle_order(con, Guess(one, table, seen, issues=seen.issues), Facts(currency))
    kinds = {header: _kind(start.seen.by_name[header]) for header in one.header}
    roles = {known.field: header for header, known in match(deal, one.header).items()}
    short: list[str] = []
    rows, totals = _rows(con, table, one, start.seen.by_name, kinds, short)
    printed = {
        p.column: value for p in one.printed if p.column and (value := number(p.value, seen.decimal)) is not None
    }
    said = (*one.title, *one.footer, one.sheet, one.path.stem)
    return Sheet(
        one.name, one.header, kinds, roles, tuple(rows), tuple(filter(None, said)), printed, totals, one.notes,
        (*one.issues, *start.issues), tuple(short),
    )  # fmt: skip


def _kind(seen: ColumnEvidence) -> Kind:
    if seen.kind in ("date", "moment"):
        return "date"
    return "number" if seen.kind == "number" else "text"


def _rows(
    con: duckdb.DuckDBPyConnection,
    table: str,
    one: FileEvidence,
    seen: dict[str, ColumnEvidence],
    kinds: dict[str, Kind],
    short: list[str],
) -> tuple[list[Row], tuple[str, ...]]:
    cells, typed, turned = [], [], []
    for header in one.header:
        value = clean(ident(header))
        cells.append(value)
        if kinds[header] == "number":
            typed.append(f"CASE WHEN {forms.number_ok(value, seen[header].format)} THEN "
                         f"CAST({forms.decimal_sql(value, seen[header].format)} AS VARCHAR) END")  # fmt: skip
        elif kinds[header] == "date":
            typed.append(forms.date_sql(value, seen[header].format, "UTC"))
        else:
            typed.append("NULL")
    for header in one.header:
        other = {"dmy": "mdy", "mdy": "dmy"}.get(seen[header].format, "") if kinds[header] == "date" else ""
        turned.append(forms.date_sql(clean(ident(header)), other, "UTC") if other else "NULL")
    query = f"SELECT _line, {', '.join([*cells, *typed, *turned])} FROM {ident(table)} ORDER BY _line"
    rows: list[Row] = []
    totals: list[str] = []
    width = len(one.header)
    read = [(line, list(values)) for line, *values in con.execute(query).fetchall()]
    for place, header in enumerate(one.header):
        if kinds[header] == "text":
            whole = scaled({line: str(values[place]) for line, values in read if values[place] is not None})
            if whole:
                kinds[header] = "number"
                short.append(header)
            for line, values in read if whole else ():
                values[width + place] = whole.get(line)
    for line, values in read:
        row = _row(int(line), one.header, kinds, values[:width], values[width : 2 * width])
        row.turned.update((h, v) for h, v in zip(one.header, values[2 * width :], strict=True) if v is not None)
        label = next((row.raw[h] for h in one.header if kinds[h] == "text" and h in row.raw), "")
        texts = sum(1 for h in row.raw if kinds[h] == "text")
        # A row of one word and sums: what a report prints below its records.
        if texts <= 1 and row.numbers and is_total(label):
            totals.append(label)
        elif row.raw:
            rows.append(row)
    for header in one.header:
        # A day above 12 settles the order by itself.
        if any(header in row.days and header not in row.turned for row in rows):
            for row in rows:
                row.turned.pop(header, None)
    return rows, tuple(totals)


def _row(line: int, header: tuple[str, ...], kinds: dict[str, Kind], cells: list[Any], typed: list[Any]) -> Row:
    raw, numbers, days = {}, {}, {}
    for name, cell, value in zip(header, cells, typed, strict=True):
        if cell is not None:
            raw[name] = str(cell)
        if value is not None and kinds[name] == "number":
            numbers[name] = Decimal(value)
        elif value is not None:
            days[name] = value
    return Row(line, raw, numbers, days)
