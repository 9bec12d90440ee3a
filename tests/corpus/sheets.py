"""Workbooks: through XlsxWriter where it can write the thing, part by part where it cannot."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import xlsxwriter

from tests.corpus.case import DEALS, HEADER

Draw = Callable[[Any, Any], None]
TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'spreadsheetml.sheet.main+xml"/></Types>'
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def typed(row: Sequence[str]) -> list[Any]:
    """A deal's cells with the types a spreadsheet gives them."""
    cells: list[Any] = list(row)
    cells[5] = float(row[5])
    cells[7:9] = [date.fromisoformat(day) for day in row[7:9]]
    return cells


TYPED = [typed(row) for row in DEALS]


def fill(book: Any, sheet: Any, rows: Sequence[Sequence[Any]] = TYPED, top: int = 0, left: int = 0) -> None:
    """Write the header and the rows into a sheet."""
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for y, row in enumerate([HEADER, *rows], top):
        for x, cell in enumerate(row, left):
            if isinstance(cell, date):
                sheet.write_datetime(y, x, cell, day)
            else:
                sheet.write(y, x, cell)


def book(draw: Draw, name: str = "deals.xlsx", sheet: str = "Deals", **options: Any) -> Callable[[Path], Path]:
    """A workbook drawn by a function of (book, first sheet)."""

    def write(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(drawn(draw, sheet, **options))
        return path

    return write


def drawn(draw: Draw, sheet: str = "Deals", **options: Any) -> bytes:
    """The bytes of a workbook drawn by a function of (book, first sheet)."""
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_numbers": False, **options})
    draw(made, made.add_worksheet(sheet))
    made.close()
    return out.getvalue()


def plain() -> bytes:
    """The six deals in a workbook, nothing wrong with it."""
    return drawn(fill)


def changed(content: bytes, parts: Mapping[str, bytes | str | None], pack: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip with some parts replaced, added, or (None) left out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", pack) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, part in parts.items():
            if part is not None:
                new.writestr(name, part)
    return out.getvalue()


def part(content: bytes, name: str) -> str:
    """The text of a part."""
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        return old.read(name).decode("utf-8")


def grid(rows: Sequence[Sequence[str]], dimension: str = "", before: str = "") -> str:
    """A sheet of inline strings; numbers stay numbers."""
    lines = []
    for y, row in enumerate(rows, 1):
        cells = "".join(_cell(f"{chr(65 + x)}{y}", value) for x, value in enumerate(row))
        lines.append(f'<row r="{y}">{cells}</row>')
    size = f'<dimension ref="{dimension}"/>' if dimension else ""
    return f'<?xml version="1.0"?>{before}<worksheet xmlns="{MAIN}">{size}<sheetData>{"".join(lines)}</sheetData></worksheet>'


def _cell(place: str, value: str) -> str:
    if value.replace(".", "", 1).isdigit():
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def packed(
    parts: Mapping[str, str | bytes], target: str = "worksheets/sheet1.xml", pack: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """The smallest workbook of one sheet, Deals, out of these parts; those that it needs are added."""
    usual: dict[str, str | bytes] = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": f'<?xml version="1.0"?><Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<?xml version="1.0"?><workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="Deals" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<?xml version="1.0"?><Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" '
        f'Type="{OFFICE}/worksheet" Target="{target}"/></Relationships>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", pack) as made:
        for name, content in {**usual, **parts}.items():
            made.writestr(name, content)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
