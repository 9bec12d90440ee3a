"""What goes into a spreadsheet? RFC 4180 text in which no cell from outside can act as a formula."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence

from saleswright.faces import words
from saleswright.faces.cli import grid
from saleswright.kernel.report import Bridge, Cell, Figure, Flows, Report, Series, Table

# The full-width forms count because some programs fold them to ASCII when they read a file.
_ACTS = frozenset("=+-@\t\r\n\0＝＋－＠")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def neutral(text: str) -> str:
    """A text cell that a spreadsheet shows and never runs: an apostrophe goes before what would act as a formula."""
    first = next((char for char in text if char in _ACTS or not _ignored(char)), "")
    return f"'{text}" if first and first in _ACTS and not _NUMBER.fullmatch(text) else text


def _ignored(char: str) -> bool:
    # Programs skip spaces and invisible signs before they look for a formula.
    return char.isspace() or unicodedata.category(char) in ("Cf", "Zs")


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
