"""What is on the pages every chapter gets for nothing: the generic page of an action, and the opened number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from saleswright.faces.web import ask
from saleswright.faces.web.charts import chart
from saleswright.faces.words import label, words
from saleswright.kernel.action import Action, Param
from saleswright.kernel.report import Figure, Note, Report, Series, Table

ROWS = 25
"""Rows of a number shown at once."""

TABS = (("rows", "Rows"), ("formula", "Formula"), ("history", "History"), ("excluded", "Excluded"))


def fields(action: Action, context: Any, args: Mapping[str, str | list[str]]) -> list[dict[str, Any]]:
    """The form of an action, with live choices; what was given stays in it."""
    return [_field(param, context, args.get(param.name, args.get(param.flag, ""))) for param in action.params]


def _field(param: Param, context: Any, given: str | list[str]) -> dict[str, Any]:
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
        "notes": [block for block in report.blocks if isinstance(block, Note)],
        "tables": [block for block in report.blocks if isinstance(block, Table)],
        "drawn": [
            (block, chart(block, whole if whole and whole.unit == block.unit else None, today))
            for block in report.blocks
            if isinstance(block, Series) and block.points
        ],
    }


def number_values(ref: str, report: Report, tab: str, page: int) -> dict[str, Any]:
    """What the drawer shows of an explained figure."""
    tables = {block.name: block for block in report.blocks if isinstance(block, Table)}
    figure = next((block for block in report.blocks if isinstance(block, Figure)), None)
    rows = tables.get("rows")
    total = 0 if rows is None else len(rows.rows) if rows.total is None else rows.total
    # An explanation may hand over every row, or only the page that was asked for.
    whole = rows is not None and len(rows.rows) == total
    first = (page - 1) * ROWS + 1
    part = rows.rows[first - 1 : first - 1 + ROWS] if rows is not None and whole else rows.rows if rows else ()
    counts = {
        "rows": total if rows else None,
        "formula": None,
        "history": _count(tables.get("history")),
        "excluded": figure.excluded if figure and figure.excluded else _count(tables.get("excluded")),
    }
    if rows is not None and not whole:
        first = (page - 1) * max(len(part), _size_of(report)) + 1
    return {
        "title": report.title,
        "ref": ref,
        "report": report,
        "figure": figure,
        "formula": _formula(figure),
        "rows": rows,
        "rows_shown": replace(rows, rows=tuple(part), total=None, footer="") if rows else None,
        "total": total,
        "page": page,
        "first": first,
        "last": first + len(part) - 1,
        "tab": tab,
        "tabs": [(name, words_, counts[name]) for name, words_ in TABS],
        "excluded": tables.get("excluded"),
        "history": tables.get("history"),
        "definition": tables.get("definition"),
        "notes": [block for block in report.blocks if isinstance(block, Note)],
    }


def csv_name(parts: Sequence[str]) -> str:
    """A file's name that is safe in a header and on any disk."""
    text = "-".join(part for part in parts if part)
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_") else "-" for sign in text)[:80] + ".csv"


def share(path: str, query: ask.Query, snap: str, as_of: str) -> str:
    """The same page with its moment and state pinned, so that a copied link keeps its numbers."""
    return ask.address(path, ask.changed(query, asof=as_of, snap=snap))


def _size_of(report: Report) -> int:
    size = report.data.get("page_size")
    return size if isinstance(size, int) else 0


def _count(table: Table | None) -> int | None:
    return None if table is None else len(table.rows) if table.total is None else table.total


def _formula(figure: Figure | None) -> str:
    if figure is None or figure.of is None or figure.value is None:
        return ""
    over, under = (
        words(side, "money" if not isinstance(side, (int, float)) else "number", "full") for side in figure.of
    )
    return f"{over} ÷ {under} = {words(figure.value, figure.unit, 'full')}"
