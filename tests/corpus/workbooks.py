"""Workbooks as people make them: merged, hidden, locked, calculated, and with dates of every kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from tests.corpus.case import DEALS, GOOD, HEADER, WON, Case, Imported, Refused, many, won_of
from tests.corpus.sheets import TYPED, Draw, book, drawn, fill, typed


def _book(name: str, draw: Draw, expect: Imported | Refused = GOOD, file: str = "deals.xlsx", sheet: str = "Deals",
          either: Imported | Refused | None = None, mend: Mapping[int, Mapping[str, str]] | None = None,
          **options: Any) -> Case:  # fmt: skip
    return Case(f"book_{name}", book(draw, file, sheet, **options), expect, either=either, mend=mend or {})


def _cells(changes: Mapping[tuple[int, int], Callable[[Any, Any, int, int], None]]) -> Draw:
    """The six deals, some cells written by functions of (book, sheet, row, column); rows and columns from 0."""

    def draw(made: Any, sheet: Any) -> None:
        fill(made, sheet)
        for (y, x), write in changes.items():
            write(made, sheet, y, x)

    return draw


def _text(value: str) -> Callable[[Any, Any, int, int], None]:
    return lambda made, sheet, y, x: sheet.write_string(y, x, value)


def _number(value: float, form: str = "General") -> Callable[[Any, Any, int, int], None]:
    return lambda made, sheet, y, x: sheet.write_number(y, x, value, made.add_format({"num_format": form}))


def _formula(text: str, value: Any) -> Callable[[Any, Any, int, int], None]:
    return lambda made, sheet, y, x: sheet.write_formula(y, x, text, None, value)


def _title(made: Any, sheet: Any) -> None:
    sheet.merge_range(0, 0, 0, 8, "All deals of the company", made.add_format({"bold": True}))
    fill(made, sheet, top=2)


def _merged_groups(made: Any, sheet: Any) -> None:
    """Owners stand once over their deals, as merged cells."""
    rows = sorted(TYPED, key=lambda row: str(row[3]))
    fill(made, sheet, rows)
    plain = made.add_format()
    for top in (1, 3, 5):
        sheet.merge_range(top, 3, top + 1, 3, rows[top - 1][3], plain)


def _second(visible: bool, very: bool = False, content: bool = True) -> Draw:
    """The six deals, and another sheet with deals that nobody is shown."""

    def draw(made: Any, sheet: Any) -> None:
        fill(made, sheet)
        other = made.add_worksheet("Old")
        if content:
            fill(made, other, [[f"X{row[0]}", *row[1:]] for row in TYPED])
        if not visible:
            other.very_hidden() if very else other.hide()

    return draw


def _two_tables(made: Any, sheet: Any) -> None:
    fill(made, sheet)
    accounts = made.add_worksheet("Accounts")
    for y, row in enumerate([("Account Name", "Industry", "Country"), *((row[2], "IT", "DE") for row in DEALS[:4])]):
        accounts.write_row(y, 0, row)


def _only_hidden(made: Any, sheet: Any) -> None:
    sheet.write(0, 0, "See the other sheet")
    other = made.add_worksheet("Deals hidden")
    fill(made, other)
    other.hide()


def _nothing(made: Any, sheet: Any) -> None:
    pass


def _only_a_chart(made: Any, sheet: Any) -> None:
    fill(made, sheet)
    sheet.hide()
    chart = made.add_chart({"type": "column"})
    chart.add_series({"values": "=Deals!$F$2:$F$7"})
    page = made.add_chartsheet("Chart")
    page.set_chart(chart)
    page.activate()
    page.set_first_sheet()


def _protected(made: Any, sheet: Any) -> None:
    fill(made, sheet)
    sheet.protect("secret")


def _sheets_300(made: Any, sheet: Any) -> None:
    fill(made, sheet)
    for n in range(299):
        made.add_worksheet(f"Note {n}").write(0, 0, f"note {n}")


def _offset(made: Any, sheet: Any) -> None:
    fill(made, sheet, top=4, left=2)


def _gaps(made: Any, sheet: Any) -> None:
    fill(made, sheet, TYPED[:3])
    day = made.add_format({"num_format": "yyyy-mm-dd"})
    for y, row in zip((6, 7, 9), TYPED[3:], strict=True):
        for x, cell in enumerate(row):
            sheet.write_datetime(y, x, cell, day) if isinstance(cell, date) else sheet.write(y, x, cell)


def _dates_of_two_kinds(made: Any, sheet: Any) -> None:
    """Some days are dates, others the text of a date."""
    fill(made, sheet, [[*row[:8], str(row[8]) if n % 2 else row[8]] for n, row in enumerate(TYPED)])


def _rows_20000(made: Any, sheet: Any) -> None:
    fill(made, sheet, [typed(row) for row in many(20_000)])


def _filtered(made: Any, sheet: Any) -> None:
    """A filter hides rows; hidden rows are rows."""
    fill(made, sheet)
    sheet.autofilter(0, 0, 6, 8)
    sheet.filter_column(4, "x == Won")
    for y in (3, 4, 5, 6):
        sheet.set_row(y, options={"hidden": True})


def _total_row(made: Any, sheet: Any) -> None:
    fill(made, sheet)
    sheet.write(7, 0, "Total")
    sheet.write_formula(7, 5, "=SUM(F2:F7)", None, 1525.75)


def _timed(made: Any, sheet: Any) -> None:
    fill(made, sheet)
    sheet.write_datetime(
        1, 8, datetime(2026, 2, 13, 23, 59, 59), made.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    )


def _named(*sheets: str) -> Draw:
    def draw(made: Any, sheet: Any) -> None:
        fill(made, sheet)
        for name in sheets:
            made.add_worksheet(name)

    return draw


# An error in a cell: the row is given back, or the cell is empty and its place is named.
EMPTIED = replace(GOOD, cells={"D3": {"amount": None}}, warns=("error.*F4",))
ONE_OUT = Imported(rejected=((4, "Amount", "not a number|error|#"),), won=WON, deals=5)
PLAIN = (
    _book("plain", fill),
    _book("two_tables", _two_tables, Imported(read=10, won=WON, deals=6, accounts=4)),
    _book("title_over_merged_cells", _title),
    _book("merged_groups", _merged_groups, replace(GOOD, cells={"D3": {"owner": "Ann Lee"}, "D5": {"owner": "Bo Ray"}})),
    _book("hidden_sheet", _second(False), replace(GOOD, notes=("hidden",))),
    _book("very_hidden_sheet", _second(False, very=True), replace(GOOD, notes=("hidden",))),
    _book("only_hidden_table", _only_hidden, Refused(("hidden",))),
    _book("empty_second_sheet", _second(True, content=False)),
    _book("empty", _nothing, Refused(("empty|no table|nothing",))),
    _book("only_a_chart", _only_a_chart, Refused(("hidden|no table|chart|nothing",))),
    _book("protected_sheet", _protected),
    _book("sheets_300", _sheets_300),
    _book("table_not_in_the_corner", _offset),
    _book("blank_rows_between", _gaps),
    _book("filter_hides_rows", _filtered),
    _book("total_row", _total_row, replace(GOOD, notes=("[Tt]otal",))),
    _book("rows_20000", _rows_20000, Imported(read=20_000, won=won_of(20_000), deals=20_000)),
    _book("macros", _named("Code"), file="deals.xlsm"),
    _book("sheet_names", _named("-x", "a b (1)", "Ünï🚀", "=1+1", "x" * 31)),
)  # fmt: skip
VALUES = (
    _book("dates_1904", fill, replace(GOOD, cells={"D1": {"closed": date(2026, 2, 13)}}), date_1904=True),
    _book("dates_and_text_in_one_column", _dates_of_two_kinds,
          replace(GOOD, cells={"D1": {"closed": date(2026, 2, 13)}, "D2": {"closed": date(2026, 2, 27)}})),
    _book("date_with_time", _timed, replace(GOOD, cells={"D1": {"closed": date(2026, 2, 13)}})),
    _book("date_without_format", _cells({(3, 8): _number(46096)}),
          replace(GOOD, cells={"D3": {"closed": date(2026, 3, 15)}}),
          either=Imported(rejected=((4, "Close Date", "not a date"),), won=WON, deals=5)),
    _book("date_negative", _cells({(3, 8): _number(-5, "yyyy-mm-dd")}),
          Imported(rejected=((4, "Close Date", "not a date|year"),), won=WON, deals=5)),
    _book("date_beyond_9999", _cells({(3, 8): _number(2_958_466 + 400_000, "yyyy-mm-dd")}),
          Imported(rejected=((4, "Close Date", "not a date|year"),), won=WON, deals=5)),
    _book("date_year_1900", _cells({(3, 8): _number(0, "yyyy-mm-dd")}),
          Imported(rejected=((4, "Close Date", "not a date|year"),), won=WON, deals=5)),
    _book("formulas_with_values", _cells({(y, 5): _formula(f"=A{y}+1", TYPED[y - 1][5]) for y in range(1, 7)})),
    _book("formula_without_value", _cells({(3, 5): _formula("=1+1", "")}),
          replace(GOOD, warns=("formula|calculated|value",), cells={"D3": {"amount": None}}),
          either=replace(ONE_OUT, rejected=((4, "Amount", "formula|value|number"),))),
    _book("formula_of_text", _cells({(2, 1): _formula('="Be"&"ta"', "Beta")})),
    _book("error_value", _cells({(3, 5): _formula("=1/0", "#DIV/0!")}), ONE_OUT, either=EMPTIED),
    _book("error_reference", _cells({(3, 5): _formula("=#REF!A1", "#REF!")}), ONE_OUT, either=EMPTIED),
    _book("error_in_id", _cells({(3, 0): _formula("=NA()", "#N/A")}),
          Imported(rejected=((4, "Deal ID", "error|#N/A|no id"),), won=WON, deals=5)),
    _book("numbers_as_text", _cells({(y, 5): _text(DEALS[y - 1][5]) for y in range(1, 7)})),
    _book("numbers_with_noise", _cells({(2, 5): _number(250.49999999999997), (1, 5): _number(0.1 + 0.2)}),
          replace(GOOD, won={"USD": 25080}, cells={"D1": {"amount": 30}, "D2": {"amount": 25050}})),
    _book("percent_format", _cells({(0, 9): _text("Probability"), **{(y, 9): _number(0.55, "0%") for y in range(1, 7)}}),
          replace(GOOD, cells={"D4": {"probability": 0.55}})),
    _book("ids_as_numbers", _cells({(y, 0): _number(1000 + y) for y in range(1, 7)}),
          Imported(won=WON, deals=6, cells={"1002": {"name": "Beta"}})),
    _book("ids_of_12_digits", _cells({(y, 0): _number(512_345_678_900 + y) for y in range(1, 7)}),
          Imported(won=WON, deals=6, cells={"512345678902": {"name": "Beta"}})),
    _book("ids_past_15_digits", _cells({(y, 0): _number(123_456_789_012_345_678.0) for y in (1, 2)}),
          # A spreadsheet keeps 15 digits: these two were different once, and nobody can tell which is which.
          Imported(rejected=((2, "Deal ID", "digits|shortened|same id"), (3, "Deal ID", "digits|shortened|same id")),
                   deals=4),
          either=Imported(rejected=((3, "Deal ID", "same id"),), deals=5)),
    _book("ids_as_text_with_zeros", _cells({(y, 0): _text(f"000{y}") for y in range(1, 7)}),
          Imported(won=WON, deals=6, cells={"0002": {"name": "Beta"}})),
    _book("long_text", _cells({(2, 1): _text("x" * 32_767)}), replace(GOOD, cells={"D2": {"name": "x" * 32_767}})),
    _book("escaped_characters", _cells({(2, 1): _text("a_x000D_b & <c> \"d\"\n'e'")}),
          replace(GOOD, cells={"D2": {"amount": 25050}})),
    _book("formula_leading_text", _cells({(2, 1): _text("=cmd|' /C calc'!A0")}),
          replace(GOOD, cells={"D2": {"name": "=cmd|' /C calc'!A0"}})),
    _book("header_formula", _cells({(0, 9): _formula('="Extra"', "Extra"), (1, 9): _text("x")})),
    _book("headers_doubled", _cells({(0, 9): _text("Amount"), (1, 9): _number(5)}), replace(GOOD, warns=("Amount",))),
    _book("booleans", _cells({(0, 9): _text("Is Deleted"),
                              **{(y, 9): (lambda made, sheet, y, x: sheet.write_boolean(y, x, y == 6)) for y in range(1, 7)}}),
          Imported(won=WON, deals=5)),
)  # fmt: skip


def _locked(folder: Path) -> Path:
    """What a password makes of a workbook: an OLE2 file with the encrypted package in it."""
    path = folder / "deals.xlsx"
    names = "EncryptedPackage".encode("utf-16-le") + b"\0" * 32 + "EncryptionInfo".encode("utf-16-le")
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + b"\xff" * 512 + names + b"\0" * 4000)
    return path


def _old(folder: Path) -> Path:
    path = folder / "deals.xls"
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + "Workbook".encode("utf-16-le") + b"\x09\x08" * 2000
    )
    return path


def _bytes(name: str, content: Callable[[], bytes], file: str, expect: Imported | Refused,
           either: Imported | Refused | None = None) -> Case:  # fmt: skip
    def write(folder: Path) -> Path:
        path = folder / file
        path.write_bytes(content())
        return path

    return Case(name, write, expect, either=either)


def csv_bytes() -> bytes:
    """The six deals as CSV."""
    return "\n".join([",".join(HEADER), *(",".join(row) for row in DEALS)]).encode()


OTHERS = (
    Case("book_with_a_password", _locked, Refused(("password|protected|encrypted",))),
    Case("book_of_the_nineties", _old, Refused(("old Excel|xlsx",))),
    # Content decides, not the name: it is read as what it is, or refused by saying what it is.
    _bytes("csv_called_xlsx", csv_bytes, "deals.xlsx", GOOD, Refused(("text|CSV|not a workbook",))),
    _bytes("book_called_csv", lambda: drawn(fill), "deals.csv", GOOD, Refused(("workbook",))),
    _bytes("html_table_called_xls", lambda: b"<html><table><tr><td>Deal ID</td></tr><tr><td>D1</td></tr></table></html>",
           "deals.xls", Refused(("HTML|web page",))),
    _bytes("book_called_txt", lambda: drawn(fill), "deals.txt", GOOD, Refused(("workbook",))),
    _bytes("open_document", lambda: b"PK\x03\x04" + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet" * 20,
           "deals.ods", Refused(("xlsx|CSV",))),
)  # fmt: skip
CASES = (*PLAIN, *VALUES, *OTHERS)
