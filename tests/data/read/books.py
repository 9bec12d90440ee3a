"""Workbooks for tests: written by XlsxWriter, or put together part by part."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def parts(sheet: str, head: str = "") -> dict[str, str | bytes]:
    """The parts of the smallest workbook: one sheet with these rows of XML; `head` stands before its root element."""
    return {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" Type="{OFFICE}/officeDocument"'
        ' Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="Deals" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1"'
        f' Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'{head}<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData></worksheet>',
    }


def cells(rows: Iterable[Sequence[str]]) -> str:
    """Rows of inline text as the XML of a sheet."""
    out = []
    for number, row in enumerate(rows, 1):
        inside = "".join(
            f'<c r="{chr(65 + place)}{number}" t="inlineStr"><is><t>{cell}</t></is></c>'
            for place, cell in enumerate(row)
        )
        out.append(f'<row r="{number}">{inside}</row>')
    return "".join(out)


def zipped(path: Path, content: Mapping[str, str | bytes]) -> Path:
    """Write the parts as a zip archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in content.items():
            archive.writestr(name, part)
    return path


def written(path: Path, fill: Callable[[Any, Any], None], **options: Any) -> Path:
    """fill(book, sheet) on a new workbook with one sheet called Deals."""
    book = xlsxwriter.Workbook(str(path), options)
    fill(book, book.add_worksheet("Deals"))
    book.close()
    return path


def table(rows: Iterable[Sequence[object]], top: int = 0, left: int = 0) -> Callable[[Any, Any], None]:
    """Rows of values, from this cell on."""

    def fill(_: Any, sheet: Any) -> None:
        for down, row in enumerate(rows):
            for right, cell in enumerate(row):
                if cell is not None and cell != "":
                    sheet.write(top + down, left + right, cell)

    return fill
