"""Days that can be read two ways, days that do not exist, days that cannot be meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from tests.corpus.case import DEALS, GOOD, WON, Case, Imported, case, column, deals, many, table, won_of

CREATED = tuple(date.fromisoformat(row[7]) for row in DEALS)
CLOSE = tuple(date.fromisoformat(row[8]) for row in DEALS)
RIGHT = {"D1": {"created": date(2026, 1, 5), "closed": date(2026, 2, 13)}, "D4": {"expected_close": date(2026, 12, 20)}}
WORDS = ("TBD", "#N/A")
AMBIGUOUS = "day first|month first|day or month"


def _both(created: str, close: str = "") -> list[list[str]]:
    """The six deals with their dates written in these forms."""
    return deals(
        {
            row[0]: {"Created": f"{a:{created}}", "Close Date": f"{b:{close or created}}"}
            for row, a, b in zip(DEALS, CREATED, CLOSE, strict=True)
        }
    )


def _form(name: str, created: str, close: str = "") -> Case:
    return case(f"dates_{name}", table(_both(created, close)), replace(GOOD, cells=RIGHT))


def _one(name: str, value: str, reason: str, key: str = "D3", column: str = "Close Date") -> Case:
    """One bad date among good ones of a larger file."""
    rows = many(40)
    line = 2 + int(key[1:]) - 1
    rows[line - 2][8 if column == "Close Date" else 7] = value
    expect = Imported(read=40, rejected=((line, column, reason),), deals=39, won=won_of(40, line - 2))
    # A word that says there is no date may be read as none, when that is said.
    empty = Imported(read=40, deals=40, won=won_of(40), notes=(f"{value} read as empty",)) if value in WORDS else None
    mend = {} if empty else {line: {column: "2026-05-15"}}
    return case(f"date_{name}", table(rows), expect, either=empty, mend=mend)


def _close(values: Sequence[str]) -> list[list[str]]:
    return column("Close Date", values)


ORDERS = (
    _form("day_first", "%d/%m/%Y"),
    _form("month_first", "%m/%d/%Y"),
    _form("dots", "%d.%m.%Y"),
    _form("two_orders_in_two_columns", "%m/%d/%Y", "%d/%m/%Y"),
    _form("two_digit_years", "%d.%m.%y"),
    _form("names_of_months", "%d %b %Y"),
    _form("names_first", "%B %d, %Y"),
    _form("no_leading_zeros", "%-d/%-m/%Y"),
    _form("with_time_and_zone", "%Y-%m-%dT10:00:00.000+0000"),
    _form("packed_eight_digits", "%Y%m%d"),
    case(
        "dates_all_up_to_12",
        table(_close(["03/04/2026", "05/06/2026", "07/08/2026", "01/02/2027", "02/03/2027", "09/10/2026"])),
        replace(GOOD, cells={}, notes=(AMBIGUOUS,)),
    ),
    case(
        "dates_03_04_05",
        table(_close(["03/04/05", "04/05/06", "05/06/07", "06/07/08", "07/08/09", "08/09/10"])),
        replace(GOOD, cells={}, notes=(AMBIGUOUS,)),
    ),
    case(
        "dates_one_value_decides",
        table(_close(["03/04/2026", "05/06/2026", "07/08/2026", "01/02/2027", "25/12/2026", "09/10/2026"])),
        replace(GOOD, cells={"D1": {"closed": date(2026, 4, 3)}, "D5": {"expected_close": date(2026, 12, 25)}}),
    ),
    case(
        "dates_as_spreadsheet_numbers",
        table(_close([str((day - date(1899, 12, 30)).days) for day in CLOSE])),
        # 46066 is a number first: either the days are read from it, or the column is set aside aloud.
        replace(GOOD, cells={}, warns=("Close Date",)),
        either=replace(GOOD, cells={"D1": {"closed": CLOSE[0]}}, notes=("spreadsheet|1900|Excel|serial",)),
    ),
)


def _mixed() -> Case:
    """Thirty days that must be day first, one that must be month first."""
    rows = many(31)
    for n, row in enumerate(rows):
        row[8] = f"{13 + n % 15:02}/{5 + n % 5:02}/2026"
    rows[20][8] = "05/28/2026"
    expect = Imported(read=31, rejected=((22, "Close Date", "not a date"),), deals=30)
    return case("dates_one_of_another_order", table(rows), expect, mend={22: {"Close Date": "28/05/2026"}})


TRAPS = (
    _mixed(),
    _one("31_of_february", "2026-02-31", "not a date"),
    _one("29_of_february_2025", "2025-02-29", "not a date"),
    _one("month_13", "2026-13-01", "not a date"),
    _one("day_0", "2026-05-00", "not a date"),
    _one("zeros", "0000-00-00", "not a date|year"),
    _one("year_9999", "9999-12-31", "year"),
    _one("year_0001", "0001-01-01", "year"),
    _one("year_1899", "1899-12-30", "year"),
    _one("year_5_digits", "20261-05-15", "not a date|year"),
    _one("words", "TBD", "not a date"),
    _one("words_after", "2026-05-15 (est.)", "not a date"),
    _one("error_cell", "#REF!", "not a date"),
    _one("quarter", "Q2 2026", "not a date"),
    _one("created_error", "#N/A", "not a date", key="D2", column="Created"),
    case(
        "created_in_the_future",
        table(deals({"D4": {"Created": "2031-05-05"}})),
        replace(GOOD, health=("future|after today|not yet|ahead",)),
    ),
    case(
        "closed_before_created",
        table(deals({"D1": {"Close Date": "2025-11-30"}})),
        replace(GOOD, cells={"D1": {"closed": date(2025, 11, 30)}}, health=("before",)),
    ),
    case(
        "won_with_a_future_close",
        table(deals({"D1": {"Close Date": "2027-08-31"}})),
        replace(GOOD, health=("future|after today|not yet|ahead",)),
    ),
    case("dates_empty", table(deals({"D4": {"Close Date": ""}, "D5": {"Close Date": " "}})), GOOD),
    case(
        "null_words_of_a_warehouse",
        table([[c if c != "2026-12-20" and c != "2026-12-31" else "NULL" for c in row] for row in deals()]),
        replace(GOOD, cells={"D4": {"expected_close": None, "amount": 100000}}),
    ),
    case("clock_24_00", table(column("Created", [f"{d} 24:00:00" for d in CREATED])), replace(GOOD, won=None, cells={}),
         either=Imported(rejected=tuple((n, "Created", "not a date") for n in range(2, 8)), deals=0)),
)  # fmt: skip
CASES = (*ORDERS, *TRAPS)
assert WON
