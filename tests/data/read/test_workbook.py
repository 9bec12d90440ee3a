"""Workbooks are read with what they say and refused with what they hide; no file stops or fills the machine."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from saleswright.data.read import workbook
from saleswright.data.read.evidence import Printed
from saleswright.data.read.tables import tables
from tests.data.read.books import MAIN, cells, parts, table, written, zipped

ReadOne = Callable[[Path], Any]
ReadAll = Callable[[Path], list[Any]]
HEADER = ["Id", "Name", "Amount", "Close"]
ROWS: list[list[object]] = [["1", "a", 10, "2026-01-31"], ["2", "b", 20.5, "2026-02-01"], ["3", "c", 30, "2026-02-02"]]


def test_values(tmp_path: Path, read_one: ReadOne) -> None:
    values: list[tuple[object, str, str]] = [
        (date(2026, 1, 31), "yyyy-mm-dd", "2026-01-31"),
        (datetime(2026, 1, 31, 13, 5), "yyyy-mm-dd hh:mm:ss", "2026-01-31T13:05:00"),
        (0.1 + 0.2, "", "0.3"),
        (1234.0, "#,##0.00", "1234"),
        (1234567.891, "", "1234567.891"),
        (0.00001234, "", "0.00001234"),
        (999999999999999, "", "999999999999999"),
        (1e21, "", "1000000000000000000000"),
        (-5, "", "-5"),
        (0.07, "0%", "7%"),
        (1.5, "0.00%", "150%"),
        (True, "", "true"),
        (False, "", "false"),
        ("00123", "", "00123"),
        ("a_x000D_\nb", "", "a\nb"),
        ("1899-05-01", "", "1899-05-01"),
        ("#N/A", "", "#N/A"),
        ("  spaced ", "", "  spaced "),
    ]

    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["Id", "Value", "Kept"])
        for row, (value, shape, _) in enumerate(values, 1):
            style = book.add_format({"num_format": shape}) if shape else None
            sheet.write_string(row, 0, f"id{row}")
            if isinstance(value, (date, datetime)):
                sheet.write_datetime(row, 1, value, style)
            elif isinstance(value, str):
                sheet.write_string(row, 1, value)
            else:
                sheet.write(row, 1, value, style)
            sheet.write_string(row, 2, "x")

    for epoch in (False, True):
        seen = read_one(written(tmp_path / f"values{epoch}.xlsx", fill, date_1904=epoch))
        assert [row[1] for row in seen.rows] == [text for _, _, text in values]
        assert [row[-1] for row in seen.rows] == list(range(2, len(values) + 2))
        assert seen.evidence.name == f"values{epoch}.xlsx"
        assert (seen.evidence.kind, seen.evidence.encoding, seen.evidence.sheet) == ("sheet", "", "Deals")
        assert seen.codes == ["long_numbers"]


def test_the_table_may_stand_anywhere(tmp_path: Path, read_one: ReadOne) -> None:
    seen = read_one(written(tmp_path / "moved.xlsx", table([HEADER, *ROWS], 6, 3)))
    assert seen.evidence.header == tuple(HEADER)
    assert [row[-1] for row in seen.rows] == [8, 9, 10]
    assert "header found in row 7" in seen.evidence.notes


def test_several_sheets_and_those_that_are_passed_over(tmp_path: Path, read_all: ReadAll) -> None:
    def fill(book: Any, sheet: Any) -> None:
        table([HEADER, *ROWS])(book, sheet)
        table([["Rep", "Quota"], ["Ann", 5]])(book, book.add_worksheet("Quotas"))
        for name, hide in (("Old", "hide"), ("Secret", "very_hidden")):
            hidden = book.add_worksheet(name)
            table([HEADER, *ROWS])(book, hidden)
            getattr(hidden, hide)()
        book.add_worksheet("Blank")
        book.add_chartsheet("Picture").set_chart(_chart(book))
        table([["About this workbook"], ["Made by finance"]])(book, book.add_worksheet("Read me"))

    def _chart(book: Any) -> Any:
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Deals!$C$2:$C$4"})
        return chart

    deals, quotas = read_all(written(tmp_path / "book.xlsx", fill))
    assert (deals.evidence.name, quotas.evidence.name) == ("book.xlsx/Deals", "book.xlsx/Quotas")
    assert (len(deals.rows), len(quotas.rows)) == (3, 1)
    notes = "\n".join(deals.evidence.notes)
    assert "hidden sheets passed over: Old, Secret" in notes
    assert "sheet Blank is empty" in notes
    assert "sheet Read me holds no table" in notes
    assert "Picture" in notes


def test_merged_groups_fill_down(tmp_path: Path, read_one: ReadOne) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.merge_range(0, 0, 0, 3, "Pipeline of the west")
        sheet.write_row(1, 0, ["Stage", "Name", "Amount", "Note"])
        for row, (name, amount) in enumerate((("a", 1), ("b", 2), ("c", 3), ("d", 4), ("e", 5)), 2):
            sheet.write_row(row, 1, [name, amount])
        sheet.merge_range(2, 0, 4, 0, "Open")
        sheet.merge_range(5, 0, 6, 0, "Won")

    seen = read_one(written(tmp_path / "merged.xlsx", fill))
    assert [row[0] for row in seen.rows] == ["Open"] * 3 + ["Won"] * 2
    assert seen.evidence.filled == ("Stage",)
    assert seen.evidence.title == ("Pipeline of the west",)


def test_a_formatted_report(tmp_path: Path, read_one: ReadOne) -> None:
    rows: list[list[object]] = [["My Pipeline"], ["As of 2026-11-22 15:04:05"], ["Filtered By"], ["   Show: All"], []]
    rows.append(["Stage  ↑", "", "Opportunity Name", "Amount", "Owner"])
    for stage in ("Open", "Won"):
        rows += [[stage, "", "Total Wine", 100.5, "Ann"], ["", "", "Subtotal Systems", 50, "Bob"]]
        rows += [["Subtotal", "Sum", "", 150.5], ["", "Count", 2]]
    rows += [["Total", "Sum", "", 301], ["", "Count", 4], []]
    rows += [["Confidential Information - Do Not Distribute"], ["Copyright © 2000-2026 salesforce.com, inc."]]
    seen = read_one(written(tmp_path / "report.xlsx", table(rows, 0, 1)))
    assert seen.evidence.header == ("Stage", "Opportunity Name", "Amount", "Owner")
    assert [row[0] for row in seen.rows] == ["Open", "Open", "Won", "Won"]
    assert seen.evidence.printed == (Printed("Total | Sum", "Amount", "301", 15), Printed("Count", "", "4", 16))
    assert seen.evidence.footer[0].startswith("Confidential")
    assert seen.evidence.title[3] == "Show: All"
    assert (len(seen.evidence.passed), seen.ragged) == (6, [])


def test_formulas_and_errors_are_said(tmp_path: Path, read_one: ReadOne) -> None:
    def fill(_: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["Name", "Amount", "Other"])
        sheet.write_row(1, 0, ["a", 1])
        sheet.write_formula(1, 2, "=B2*2", None, 2)
        sheet.write_row(2, 0, ["b", 2])
        sheet.write_formula(2, 2, "=NA()", None, "#N/A")

    seen = read_one(written(tmp_path / "formulas.xlsx", fill))
    assert [row[2] for row in seen.rows] == ["2", None]
    assert "2 cells are formulas: the values stored at the last save are read" in seen.evidence.notes
    assert seen.codes == ["error_cells"]
    assert "C3" in seen.evidence.issues[0].what


def test_formulas_without_a_value_are_empty_and_named(tmp_path: Path, read_one: ReadOne) -> None:
    rows = cells([["Name", "Amount"]]) + "".join(
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>{name}</t></is></c><c r="B{n}">{formula}</c></row>'
        for n, name, formula in ((2, "a", "<f>1+1</f><v></v>"), (3, "b", "<f>2+2</f>"), (4, "c", "<f>2+2</f><v>4</v>"))
    )
    seen = read_one(zipped(tmp_path / "hollow.xlsx", parts(rows)))
    assert [row[:2] for row in seen.rows] == [("a", None), ("b", None), ("c", "4")]
    assert seen.codes == ["no_cached_value"]
    assert "2 formulas hold no value: B2, B3" in seen.evidence.issues[0].what


def test_formulas_that_all_hold_nought_are_doubted(tmp_path: Path, read_one: ReadOne) -> None:
    def fill(_: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["Name", "Amount"])
        for row in range(1, 5):
            sheet.write_string(row, 0, "x")
            sheet.write_formula(row, 1, "=1+1")

    assert read_one(written(tmp_path / "nought.xlsx", fill)).codes == ["no_cached_value"]


def test_currencies_of_formats_are_never_mixed_in_silence(tmp_path: Path, read_one: ReadOne) -> None:
    def fill(book: Any, sheet: Any) -> None:
        shapes = ["[$€-407] #,##0.00", '"USD" #,##0.00', "[$£-809]#,##0.00"]
        styles = [book.add_format({"num_format": shape}) for shape in shapes]
        sheet.write_row(0, 0, ["Name", "Mixed", "Single"])
        for row in range(1, 4):
            sheet.write_string(row, 0, f"deal {row}")
            sheet.write_number(row, 1, 100 * row, styles[row - 1])
            sheet.write_number(row, 2, 7, styles[0])

    seen = read_one(written(tmp_path / "money.xlsx", fill))
    assert [row[1:3] for row in seen.rows] == [("€ 100", "7"), ("USD 200", "7"), ("£ 300", "7")]
    notes = "\n".join(seen.evidence.notes)
    assert "column B is formatted as € in 1 cells, USD in 1 cells, £ in 1 cells; its sign" in notes
    assert "column C is formatted as € in 3 cells" in notes


def test_hidden_rows_are_read_and_said(tmp_path: Path, read_one: ReadOne) -> None:
    def fill(book: Any, sheet: Any) -> None:
        table([HEADER, *ROWS])(book, sheet)
        sheet.set_row(2, None, None, {"hidden": True})

    seen = read_one(written(tmp_path / "filtered.xlsx", fill))
    assert len(seen.rows) == 3
    assert "1 hidden rows are read like the others" in seen.evidence.notes


def test_macros_links_and_embedded_files_are_left_alone(tmp_path: Path, read_one: ReadOne) -> None:
    content = parts(cells([["Name", "Amount"], ["a", "1"]])) | {
        "xl/vbaProject.bin": b"macro" * 50,
        "xl/externalLinks/externalLink1.xml": "<externalLink/>",
        "xl/embeddings/book.xlsx": b"PK\x03\x04",
    }
    notes = "\n".join(read_one(zipped(tmp_path / "macros.xlsm", content)).evidence.notes)
    assert "macros are never run" in notes
    assert "links to other workbooks are not followed" in notes
    assert "1 embedded file not read" in notes


def test_a_workbook_is_one_whatever_its_name(tmp_path: Path, read_one: ReadOne) -> None:
    seen = read_one(written(tmp_path / "deals.csv", table([HEADER, *ROWS])))
    assert (len(seen.rows), seen.evidence.kind) == (3, "sheet")
    assert "its name ends in .csv, but it is a workbook" in seen.evidence.notes
    (tmp_path / "deals.xls").write_text("id,name\n1,a\n")
    assert "its name ends in .xls, but it is text" in read_one(tmp_path / "deals.xls").evidence.notes


def test_many_rows_in_little_time(tmp_path: Path, read_one: ReadOne) -> None:
    rows = [[f"id{n}", f"name {n}", n * 1.5, "2026-01-31", *["x"] * 16] for n in range(8_000)]
    path = written(tmp_path / "many.xlsx", table([[*HEADER, *(f"c{n}" for n in range(16))], *rows]))
    begun = time.monotonic()
    assert len(read_one(path).rows) == 8_000
    assert time.monotonic() - begun < 20


def bomb(path: Path) -> Path:
    return zipped(path, parts(cells([["a", "b"], ["1", "2"]])) | {"xl/media/image1.png": bytes(60 << 20)})


def lying(path: Path) -> Path:
    """A part whose size in the table of contents is a tenth of what it unpacks to."""
    zipped(path, parts(cells([["a", "b"], *([f"{n}", "2"] for n in range(30_000))])))
    data = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    assert data.count(size.to_bytes(4, "little")) == 2
    path.write_bytes(data.replace(size.to_bytes(4, "little"), (size // 10).to_bytes(4, "little")))
    return path


def entities(path: Path) -> Path:
    far = "".join(f"<!--{n * 7919 % 100_003}-->" for n in range(150_000))
    head = f'<?xml version="1.0"?>{far}<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    return zipped(path, parts(cells([["Name", "Amount"], ["&b;", "1"]]), head))


def locked(path: Path) -> Path:
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage\0".encode("utf-16-le") + bytes(99)
    )
    return path


def old(path: Path) -> Path:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "Workbook\0".encode("utf-16-le") + bytes(99))
    return path


def cut_off(path: Path) -> Path:
    written(path, table([HEADER, *ROWS]))
    path.write_bytes(path.read_bytes()[:-900])
    return path


def garbled(path: Path) -> Path:
    return zipped(path, parts("<row><c r='A1'") | {"xl/styles.xml": "<not xml"})


def open_document(path: Path) -> Path:
    return zipped(path, {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"})


def binary(path: Path) -> Path:
    return zipped(path, {"xl/workbook.bin": b"\0" * 20})


def word(path: Path) -> Path:
    return zipped(path, {"word/document.xml": "<x/>"})


def plain_zip(path: Path) -> Path:
    return zipped(path, {"deals.csv": "a,b\n1,2\n"})


def page(path: Path) -> Path:
    path.write_text("<html><body><table><tr><td>1</td></tr></table></body></html>")
    return path


def hidden_only(path: Path) -> Path:
    def fill(book: Any, sheet: Any) -> None:
        book.add_worksheet("Empty").activate()
        table([HEADER, *ROWS])(book, sheet)
        sheet.hide()

    return written(path, fill)


def crowded(path: Path) -> Path:
    return zipped(path, parts(cells([["a", "b"]])) | {f"xl/x/{n}.xml": "" for n in range(10_001)})


@pytest.mark.parametrize(
    ("make", "word_in_it"),
    [
        (bomb, "100:1"),
        (lying, "cannot be read"),
        (entities, "entities"),
        (locked, "password"),
        (old, "old Excel workbook (.xls)"),
        (cut_off, "damaged"),
        (garbled, "cannot be read"),
        (open_document, ".ods"),
        (binary, ".xlsb"),
        (word, "Word"),
        (plain_zip, "deals.csv"),
        (page, "web page"),
        (hidden_only, "Deals"),
        (crowded, "10,0"),
    ],
)
def test_what_is_refused_says_what_it_is_and_what_to_do(
    tmp_path: Path, make: Callable[[Path], Path], word_in_it: str
) -> None:
    (seen,) = tables(make(tmp_path / "file.xlsx"), tmp_path / "scratch")
    assert not seen.readable
    (issue,) = [issue for issue in seen.issues if issue.level == "error"]
    assert word_in_it in issue.what
    assert (issue.where, bool(issue.why), bool(issue.try_), bool(issue.code)) == ("file.xlsx", True, True, True)


def test_a_cell_at_the_far_corner_takes_no_memory(tmp_path: Path) -> None:
    corner = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    path = zipped(tmp_path / "corner.xlsx", parts(cells([["Name", "Amount"], ["a", "1"]]) + corner))
    (seen,) = tables(path, tmp_path / "scratch")
    (issue,) = seen.issues
    assert "needs more than" in issue.what


def test_a_reader_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "slow.xlsx", table([HEADER, *([n, "x", n, "y"] for n in range(40_000))]))
    monkeypatch.setattr(workbook, "_SECONDS", 0.3)
    begun = time.monotonic()
    (seen,) = tables(path, tmp_path / "scratch")
    assert "not done after" in seen.issues[0].what
    assert time.monotonic() - begun < 10


def test_modules_in_the_folder_of_a_workspace_are_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_one: ReadOne
) -> None:
    path = written(tmp_path / "deals.xlsx", table([HEADER, *ROWS]))
    (tmp_path / "csv.py").write_text("raise SystemExit(1)")
    monkeypatch.chdir(tmp_path)
    assert len(read_one(path).rows) == 3


def test_names_of_parts_may_carry_a_prefix(tmp_path: Path, read_one: ReadOne) -> None:
    content = parts("")
    rows = cells([["Name", "Amount"], ["a", "1"], ["b", "2"]])
    for name in ("row", "c", "is", "t"):
        rows = (
            rows.replace(f"<{name} ", f"<x:{name} ")
            .replace(f"<{name}>", f"<x:{name}>")
            .replace(f"</{name}>", f"</x:{name}>")
        )
    content["xl/worksheets/sheet1.xml"] = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
    )
    assert [row[:2] for row in read_one(zipped(tmp_path / "prefix.xlsx", content)).rows] == [("a", "1"), ("b", "2")]
