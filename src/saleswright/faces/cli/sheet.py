"""What goes into a spreadsheet? RFC 4180 text in which no cell from outside can act as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from saleswright.faces import words
from saleswright.faces.cli import grid
from saleswright.kernel.report import Bridge, Cell, Figure, Flows, Report, Series, Table
from saleswright.lib.neutral import neutral


def cell(value: Cell) -> str:
    """One cell: numbers, dates and money in machine form, text made harmless."""
    if isinstance(value, str):
        return neutral(value)
    return words.words(value, style="plain")


def text(names: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A whole file: one line of names, then the rows, each line ended with CR LF."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([neutral(name) for name in names])
    writer.writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()


def of_report(report: Report) -> tuple[str, list[str]]:
    """The report's rows as CSV, and the names of blocks that did not fit into the one table a file can hold."""
    chosen = grid.chosen(report)
    names, rows = grid.for_programs(grid.of_report(report))
    left = [b.name for b in report.blocks if isinstance(b, (Table, Series, Bridge, Flows, Figure)) and b is not chosen]
    return (text(names, rows) if rows or chosen else ""), left if chosen else []
