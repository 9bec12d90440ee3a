"""How does a table leave for a spreadsheet? As CSV in which no cell can be read as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from saleswright.faces.words import words
from saleswright.kernel.report import Block, Cell, Column, Figure, Series, Table, Unit

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20", "|", "%")


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe goes before a dangerous beginning.

    Spaces, marks of direction and other invisible signs before it count as nothing, for spreadsheets skip them too.
    """
    bare = text.lstrip(" \u00a0\u2000\u2001\u2002\u2003\u2007\u2009\u200a\u200b\u200e\u200f\u202f\u2060\u3000\ufeff'\"")
    return f"'{text}" if bare.startswith(_STARTS) or text.startswith(_STARTS) else text.replace("\0", "")


def cell(value: Cell, unit: Unit) -> str:
    """One cell: numbers, money and dates plain, as programs read them; text made harmless."""
    return harmless(value) if isinstance(value, str) else words(value, unit, "plain")


def sheet(blocks: Sequence[Block]) -> str:
    """The first table or series as CSV with a head; without either, the figures."""
    for block in blocks:
        if isinstance(block, Table):
            return _table(block)
        if isinstance(block, Series):
            return _write(_FIGURE_HEAD, [[harmless(p.label), *_figure(p.figure)] for p in block.points])
    figures = [block for block in blocks if isinstance(block, Figure)]
    return _write(_FIGURE_HEAD, [[harmless(f.label or f.name), *_figure(f)] for f in figures])


_FIGURE_HEAD = ["label", "value", "currency", "low", "high", "n", "excluded", "reason", "ref"]


def _figure(item: Figure) -> list[str]:
    return [
        words(item.value, item.unit, "plain"),
        getattr(item.value, "currency", ""),
        words(item.low, item.unit, "plain"),
        words(item.high, item.unit, "plain"),
        words(item.n, "count", "plain"),
        str(item.excluded),
        harmless(item.reason),
        harmless(item.ref),
    ]


def _table(table: Table) -> str:
    # A figure in a table brings its count and reference along, or the sheet could not be checked.
    opened = [any(isinstance(row[i], Figure) for row in table.rows) for i in range(len(table.columns))]
    money = [any(_currency(row[i]) for row in table.rows) for i in range(len(table.columns))]
    head: list[str] = []
    for column, is_figure, is_money in zip(table.columns, opened, money):
        head += _head(column, is_figure, is_money)
    rows = []
    for row in table.rows:
        line: list[str] = []
        for value, column, is_figure, is_money in zip(row, table.columns, opened, money):
            figure = value if isinstance(value, Figure) else None
            shown: Cell = figure.value if figure else value  # type: ignore[assignment]
            line.append(cell(shown, figure.unit if figure else column.unit))
            if is_money:
                line.append(_currency(value))
            if is_figure:
                line += [words(figure.n, "count", "plain"), harmless(figure.ref)] if figure else ["", ""]
        rows.append(line)
    return _write(head, rows)


def _head(column: Column, is_figure: bool, is_money: bool) -> list[str]:
    parts = [column.name]
    if is_money:
        parts.append(f"{column.name}_currency")
    if is_figure:
        parts += [f"{column.name}_n", f"{column.name}_ref"]
    return [harmless(part) for part in parts]


def _currency(value: Cell | Figure) -> str:
    held = value.value if isinstance(value, Figure) else value
    return str(getattr(held, "currency", ""))


def _write(head: list[str], rows: list[list[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()
