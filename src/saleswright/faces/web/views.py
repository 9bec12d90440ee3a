"""What is on the pages every chapter gets for nothing: the generic page of an action, and the opened number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import takewhile
from typing import Any

from saleswright.faces.web import ask
from saleswright.faces.web.charts import Chart, chart
from saleswright.faces.web.ribbons import flows
from saleswright.faces.web.waterfall import waterfall
from saleswright.faces.words import label
from saleswright.kernel.action import Action, Param
from saleswright.kernel.report import Block, Bridge, Figure, Flows, Note, Point, Report, Series, Table

ROWS = 25
"""Rows of a number shown at once."""

MEMBERS = 24
"""Rows of a table that are still drawn."""

TABS = (("rows", "Rows"), ("formula", "Formula"), ("history", "History"), ("excluded", "Excluded"))


def fields(action: Action, context: Any, args: Mapping[str, str | list[str]]) -> list[dict[str, Any]]:
    """The form of an action, with live choices; what was given stays in it."""
    return [field(param, context, args.get(param.name, args.get(param.flag, ""))) for param in action.params]


def field(param: Param, context: Any, given: str | list[str]) -> dict[str, Any]:
    """One argument as a form asks for it."""
    value = ", ".join(given) if isinstance(given, list) else given
    default = "" if param.required or param.default in (None, "", ()) else str(param.default)
    choices = [(c.value, c.label or c.value) for c in param.arg.choices(context)] if param.arg.choices else []
    listed = bool(choices) and param.arg.kind == "choice" and param.arg.closed
    if listed and value and value not in {choice for choice, _ in choices}:
        choices.insert(0, (value, value))
    hint = "field=value" if param.arg.kind == "pairs" else default
    return {
        "name": param.flag,
        "label": label(param.name.strip("_")),
        "value": value or (default if listed else ""),
        "kind": param.arg.kind,
        "help": param.arg.help,
        "none": "none" if listed else hint,
        "required": param.required and bool(value),
        "choices": choices if listed else (),
        "hints": () if listed else [choice for choice, _ in choices],
    }


def missing(action: Action, args: Mapping[str, Any]) -> list[str]:
    """Which needed arguments were not given yet? Only when all that was given is known: else it is refused aloud."""
    known = {name for param in action.params for name in (param.name, param.flag)}
    if any(key not in known for key in args):
        return []
    return [label(p.name).lower() for p in action.params if p.required and not (args.get(p.name) or args.get(p.flag))]


def report_values(report: Report, today: date | None) -> dict[str, Any]:
    """A report's blocks sorted by kind for the generic page."""
    figures = [block for block in report.blocks if isinstance(block, Figure)]
    whole = figures[0] if figures else None
    return {
        "report": report,
        "title": report.title,
        "figures": figures,
        "before": _before(report),
        "notes": [block for block in report.blocks[len(_before(report)) :] if isinstance(block, Note)],
        "tables": [block for block in report.blocks if isinstance(block, Table)],
        "drawn": [
            (block, _drawn(block, whole, today))
            for block in map(_drawable, report.blocks)
            if block is not None and _parts(block)
        ],
    }


def _before(report: Report) -> list[Note]:
    """The warnings that stand before everything else: what has to be read before the figures."""

    def leads(block: Block) -> bool:
        return isinstance(block, Note) and block.kind == "warning"

    return [block for block in takewhile(leads, report.blocks) if isinstance(block, Note)]


def _parts(block: Series | Bridge | Flows) -> tuple[object, ...]:
    return block.links if isinstance(block, Flows) else block.steps if isinstance(block, Bridge) else block.points


def _drawn(block: Series | Bridge | Flows, whole: Figure | None, today: date | None) -> Chart:
    if isinstance(block, Bridge):
        return waterfall(block)
    if isinstance(block, Flows):
        return flows(block)
    return chart(block, whole if whole and whole.unit == block.unit else None, today)


def _drawable(block: Block) -> Series | Bridge | Flows | None:
    """A series, a bridge or flows as they are; a table of names with one figure each, unless tints draw it already."""
    if isinstance(block, (Series, Bridge, Flows)):
        return block
    if (
        not isinstance(block, Table)
        or block.shade
        or not 1 < len(block.rows) <= MEMBERS
        or block.columns[0].unit != "text"
    ):
        return None
    figures = [[cell for cell in row if isinstance(cell, Figure)] for row in block.rows]
    units = {cell.unit for row in figures for cell in row}
    texts = sum(column.unit == "text" for column in block.columns)
    if texts != 1 or len(units) != 1 or any(len(row) != 1 for row in figures):
        return None
    points = tuple(Point(str(row[0]), None, one[0]) for row, one in zip(block.rows, figures, strict=True))
    return Series(f"{block.name}_chart", block.columns[0].name, points, block.title, units.pop())


def number_values(ref: str, report: Report, tab: str, page: int, narrow: bool) -> dict[str, Any]:
    """What the drawer (`narrow`) or the page of an explained figure shows."""
    tables = {block.name: block for block in report.blocks if isinstance(block, Table)}
    figure = next((block for block in report.blocks if isinstance(block, Figure)), None)
    rows = tables.get("rows")
    shown, first, total = _page_of(rows, report, page)
    counts = {
        "rows": total if rows else None,
        "formula": None,
        "history": _count(tables.get("history")),
        "excluded": figure.excluded if figure and figure.excluded else _count(tables.get("excluded")),
    }
    left_out = tables.get("excluded_rows")
    return {
        "title": report.title,
        "ref": ref,
        "report": report,
        "figure": figure,
        "rows": _slim(replace(rows, rows=shown, total=None, footer=""), narrow) if rows else None,
        "total": total,
        "page": page,
        "first": first,
        "last": first + len(shown) - 1,
        "tab": tab,
        "tabs": [(name, words_, counts[name]) for name, words_ in TABS],
        "parts": tables.get("parts"),
        "excluded": tables.get("excluded"),
        "excluded_rows": _slim(left_out, narrow) if left_out else None,
        "history": tables.get("history"),
        "definition": tables.get("definition"),
        "before": _before(report),
        "notes": [block for block in report.blocks[len(_before(report)) :] if isinstance(block, Note)],
    }


def _page_of(rows: Table | None, report: Report, page: int) -> tuple[tuple[Any, ...], int, int]:
    """The rows to show, the place of the first one, how many there are: all of them may be given, or one page."""
    if rows is None:
        return (), 1, 0
    total = len(rows.rows) if rows.total is None else rows.total
    if len(rows.rows) == total:
        first = (page - 1) * ROWS + 1
        return rows.rows[first - 1 : first - 1 + ROWS], first, total
    last_page = report.data.get("pages") == page
    return rows.rows, total - len(rows.rows) + 1 if last_page else (page - 1) * len(rows.rows) + 1, total


def _slim(table: Table, narrow: bool) -> Table:
    """A table without columns that say nothing: empty ones, and in the drawer ids and marks meant for programs."""
    kept = [
        index
        for index, column in enumerate(table.columns)
        if any(row[index] is not None for row in table.rows)
        and not (narrow and (column.unit == "ref" or any(isinstance(row[index], bool) for row in table.rows)))
    ]
    if not kept:
        return table
    rows = tuple(tuple(row[index] for index in kept) for row in table.rows)
    return replace(table, columns=tuple(table.columns[index] for index in kept), rows=rows)


def csv_name(parts: Sequence[str]) -> str:
    """A CSV file's name that is safe in a header and on any disk."""
    return file_name(parts, "csv")


def file_name(parts: Sequence[str], ending: str) -> str:
    """A file's name that is safe in a header and on any disk."""
    text = "-".join(part for part in parts if part)
    return (
        "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_") else "-" for sign in text)[:80]
        + f".{ending}"
    )


def share(path: str, query: ask.Query, snap: str, as_of: str) -> str:
    """The same page with its moment and state pinned, so that a copied link keeps its numbers."""
    return ask.address(path, ask.changed(query, asof=as_of, snap=snap))


def _count(table: Table | None) -> int | None:
    return None if table is None else len(table.rows) if table.total is None else table.total
