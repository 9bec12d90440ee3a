"""A report as an Excel workbook: a sheet a block, native numbers, dates and shares, and a sheet that says what it stands on.

Every text is written as a string: nothing from the data becomes a formula or a link.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import isfinite
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_range

from saleswright.faces import words
from saleswright.faces.cli import grid
from saleswright.faces.export import HOW_TO_OPEN, About
from saleswright.faces.export.contents import clean, figures, laid, notes, references, rest, stamp, title_of
from saleswright.kernel.report import Cell, Column, Figure, Report, Unit
from saleswright.lib.money import Money, exponent

TINT = "#B8BFF1"
"""The ground of the largest shaded cell."""

_LONGEST = 32_000
_WIDEST = 60
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd",
    "remove_timezone": True,
}
_PARTS: tuple[tuple[str, Unit, Callable[[Figure], Cell]], ...] = (
    ("rows", "count", lambda f: f.n),
    ("low", "number", lambda f: f.low),
    ("high", "number", lambda f: f.high),
    ("left out", "count", lambda f: f.excluded or None),
    ("why not", "text", lambda f: f.reason if f.value is None else None),
)


@dataclass
class _Book:
    book: Any
    formats: dict[str, Any]
    sheets: set[str]
    tables: set[str]

    def format(self, code: str) -> Any:
        if code not in self.formats:
            self.formats[code] = self.book.add_format({"num_format": code} if code else {})
        return self.formats[code]


def write(report: Report, about: About) -> bytes:
    """The workbook's bytes, the same for the same answer."""
    out = io.BytesIO()
    made = _Book(xlsxwriter.Workbook(out, _OPTIONS), {}, set(), set())
    made.book.set_properties({"title": clean(report.title)[:250], "created": stamp(about).replace(tzinfo=None)})
    if alone := figures(report):
        _sheet(made, "Figures", "figures", _of_figures(alone))
    for block in laid(report):
        laid_out = grid.of_block(block)
        _sheet(made, title_of(block), block.name, (laid_out.columns, laid_out.rows), laid_out.shade)
    _notes(made, report, about)
    made.book.close()
    return out.getvalue()


def _of_figures(alone: Sequence[Figure]) -> tuple[tuple[Column, ...], tuple[tuple[Cell | Figure, ...], ...]]:
    columns = (Column("figure", "Figure"), Column("value", "Value", "number"))
    return columns, tuple((words.label(f.name, f.label), f) for f in alone)


def _sheet(
    made: _Book,
    title: str,
    name: str,
    content: tuple[Sequence[Column], Sequence[Sequence[Cell | Figure]]],
    shade: Sequence[str] = (),
) -> None:
    """One sheet that is one named table: head frozen, filters on, every cell typed."""
    heads, rows = _spread(*content)
    sheet = made.book.add_worksheet(_sheet_name(title, made.sheets))
    sheet.freeze_panes(1, 0)
    if rows:
        columns = [{"header": head} for head in heads]
        options = {"name": _table_name(name, made.tables), "columns": columns, "style": "Table Style Light 1"}
        sheet.add_table(0, 0, len(rows), len(heads) - 1, options)
    else:
        for place, head in enumerate(heads):
            sheet.write_string(0, place, head)
        sheet.write_string(1, 0, "(no rows)")
    widths = [len(head) + 3 for head in heads]
    for down, row in enumerate(rows, 1):
        for across, (value, unit) in enumerate(row):
            size = _write(made, sheet, down, across, value, unit)
            widths[across] = max(widths[across], size + 2)
    _tint(
        sheet, heads, len(rows), [clean(one.label) or words.label(one.name) for one in content[0] if one.name in shade]
    )
    for across, width in enumerate(widths):
        sheet.set_column(across, across, min(width, _WIDEST))


def _tint(sheet: Any, heads: Sequence[str], rows: int, shaded: Sequence[str]) -> None:
    """The program's own colour scale over the shaded columns, from nothing to the largest of them."""
    places = [place for place, head in enumerate(heads) if head in shaded]
    if not places or not rows:
        return
    spans = " ".join(xl_range(1, place, rows, place) for place in places)
    scale = {"type": "2_color_scale", "min_type": "num", "min_value": 0, "min_color": "#FFFFFF", "max_color": TINT}
    sheet.conditional_format(1, places[0], rows, places[0], {**scale, "multi_range": spans})


def _spread(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell | Figure]]
) -> tuple[list[str], list[list[tuple[Cell, Unit]]]]:
    """Heads and typed cells; beside a column of figures what is known of them: rows, range, left out, why not."""
    heads: list[str] = []
    cells: list[list[tuple[Cell, Unit]]] = [[] for _ in rows]
    for place, column in enumerate(columns):
        values = [row[place] if place < len(row) else None for row in rows]
        head = clean(column.label) or words.label(column.name)
        heads.append(head)
        for line, value in zip(cells, values, strict=True):
            line.append((value.value, value.unit) if isinstance(value, Figure) else (value, column.unit))
        found = [value if isinstance(value, Figure) else None for value in values]
        for word, unit, read in _PARTS:
            parts = [read(one) if one else None for one in found]
            if any(part is not None for part in parts):
                heads.append(f"{head}: {word}")
                for line, part, one in zip(cells, parts, found, strict=True):
                    line.append((part, one.unit if one and word in ("low", "high") else unit))
    return _unlike(heads), cells


def _unlike(heads: Sequence[str]) -> list[str]:
    """Heads that differ from each other, as a table needs them."""
    found: list[str] = []
    for head in heads:
        name, number = (head[:240] or "Column"), 2
        while name.casefold() in {one.casefold() for one in found}:
            name, number = f"{head[:240] or 'Column'} {number}", number + 1
        found.append(name)
    return found


def _write(made: _Book, sheet: Any, down: int, across: int, value: Cell, unit: Unit) -> int:
    """One cell in its own type; how many characters it takes."""
    if value is None or value == "":
        return 0
    if isinstance(value, bool):
        sheet.write_boolean(down, across, value)
        return 5
    if isinstance(value, Money):
        decimals = exponent(value.currency)
        code = f'#,##0{"." + "0" * decimals if decimals else ""} "{value.currency}"'
        sheet.write_number(down, across, float(value.decimal), made.format(code))
        return len(value.text) * 4 // 3 + 5
    if isinstance(value, datetime):
        moment = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        return _day(made, sheet, down, across, moment, "yyyy-mm-dd hh:mm:ss")
    if isinstance(value, date):
        return _day(made, sheet, down, across, value, "yyyy-mm-dd")
    if isinstance(value, (int, float)):
        if isfinite(value):
            sheet.write_number(down, across, value, made.format(_code(value, unit)))
            return 10
        value = words.words(value, unit)
    text = clean(str(value))
    shown = text if len(text) <= _LONGEST else text[:_LONGEST] + "\u2026"
    sheet.write_string(down, across, shown)
    return len(shown)


def _day(made: _Book, sheet: Any, down: int, across: int, value: date, code: str) -> int:
    if value.year < 1900:
        # Excel knows no earlier day.
        sheet.write_string(down, across, value.isoformat())
    else:
        sheet.write_datetime(down, across, value, made.format(code))
    return len(code)


def _code(value: float, unit: Unit) -> str:
    if unit in ("share", "points"):
        return "0.00%"
    if isinstance(value, int):
        return "#,##0"
    return "#,##0.0" if unit == "days" else "#,##0.00"


def _notes(made: _Book, report: Report, about: About) -> None:
    """The last sheet: the question, what it stands on, what to mind, and the reference of each number."""
    sheet = made.book.add_worksheet(_sheet_name("Notes", made.sheets))
    bold = made.book.add_format({"bold": True})
    rows: list[tuple[str, str, str]] = [("Question", report.title, ""), ("Answer", report.lede, "")]
    rows += [(name, value, "") for name, value in about.lines()]
    rows += [(title_of(block), rest(block), "") for block in laid(report) if rest(block)]
    rows += [({"warning": "Mind", "check": "Checked"}.get(kind, "Note"), line, "") for kind, line in notes(report)]
    opened = list(references(report))
    if opened:
        rows += [("", "", ""), ("Number", "Value", "Reference"), ("To open one", HOW_TO_OPEN, "")]
        rows += [(where, words.figure(figure), figure.ref) for where, figure in opened]
    for down, row in enumerate(rows):
        for across, cell in enumerate(row):
            if cell:
                plain = clean(cell).replace(words.NBSP, " ")[:_LONGEST]
                sheet.write_string(down, across, plain, bold if row[0] == "Number" and row[2] else None)
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 1, 70)
    sheet.set_column(2, 2, 90)


def _sheet_name(title: str, taken: set[str]) -> str:
    """A sheet's name that Excel allows and no other sheet has."""
    plain = _fitting(re.sub(r"[\[\]:*?/\\]", " ", title), 31) or "Sheet"
    name, number = plain, 2
    while name.casefold() in taken or name.casefold() == "history":
        ending = f" {number}"
        name, number = _fitting(plain, 31 - len(ending)) + ending, number + 1
    taken.add(name.casefold())
    return name


def _fitting(text: str, most: int) -> str:
    """The beginning of a text that Excel takes for that long: it counts by twos what lies beyond the first 65,536 signs."""
    kept = text.strip(" '")
    while len(kept.encode("utf-16-le")) > 2 * most:
        kept = kept[:-1]
    return kept.strip(" '")


def _table_name(name: str, taken: set[str]) -> str:
    plain = "t_" + re.sub(r"[^A-Za-z0-9_]", "_", name)[:80]
    found, number = plain, 2
    while found.casefold() in taken:
        found, number = f"{plain}_{number}", number + 1
    taken.add(found.casefold())
    return found
