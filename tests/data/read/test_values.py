"""What a column is, over all of its values: order of dates, decimal mark, currency, with the evidence said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from saleswright.data.read.evidence import look
from saleswright.data.read.table import load
from saleswright.data.read.values import Columns, read_columns

Con = duckdb.DuckDBPyConnection


@pytest.fixture
def columns(con: Con, csv_file: Callable[..., Path]) -> Callable[..., Columns]:
    def read(values: list[str], delimiter: str = ",", name: str = "v", other: str = "x") -> Columns:
        lines = [f"id{delimiter}{name}{delimiter}other"]
        lines += [f'{n}{delimiter}"{value}"{delimiter}"{other}"' for n, value in enumerate(values)]
        seen = look(csv_file("in.csv", "\n".join(lines)))
        load(con, seen, "t")
        return read_columns(con, "t", seen.header, seen.delimiter, "in.csv")

    return read


@pytest.mark.parametrize(
    ("values", "order", "said"),
    [
        (["2016-10-20", "2017-03-01"], "ymd", "year first: 2 of 2 values"),
        (["20/10/2016", "01/03/2017"], "dmy", "day first: 1 values over 12 in first position, 0 in second"),
        (["10/20/2016", "03/01/2017"], "mdy", "month first: 1 values over 12 in second position, 0 in first"),
        (["20.10.16", "1.3.17"], "dmy", "day first: 1 values over 12 in first position, 0 in second"),
        (["20 Oct 2016", "1 Mar 2017"], "d-mon-y", "day, month's name, year: 2 of 2 values"),
        (["Oct 20, 2016", "Mar 1, 2017"], "mon-d-y", "month's name, day, year: 2 of 2 values"),
        (["1. März 2017", "20. Oktober 2016"], "d-mon-y", "day, month's name, year: 2 of 2 values"),
    ],
)
def test_order_of_dates(columns: Callable[..., Columns], values: list[str], order: str, said: str) -> None:
    found = columns(values)
    assert found.by_name["v"].kind == "date"
    assert (found.by_name["v"].format, found.by_name["v"].evidence, found.issues) == (order, said, ())


def test_one_late_value_decides_for_the_whole_column(columns: Callable[..., Columns]) -> None:
    early = [f"{d:02}/{m:02}/2017" for d in range(1, 13) for m in range(1, 13)] * 20
    assert columns([*early, "13/01/2017"]).dates == "dmy"
    assert columns([*early, "01/13/2017"]).dates == "mdy"


def test_an_undecided_order_is_assumed_aloud(columns: Callable[..., Columns]) -> None:
    found = columns(["01/02/2017", "03/04/2017"])
    assert found.dates == "dmy"
    (issue,) = found.issues
    assert (issue.level, issue.code) == ("warning", "date_order_assumed")
    assert "mdy" in issue.try_


def test_european_files_are_never_read_month_first(columns: Callable[..., Columns]) -> None:
    found = columns(["01/02/2017 1:00 PM", "03/04/2017 2:00 PM"], delimiter=";")
    assert found.dates == "dmy"
    assert "European" in found.issues[0].why
    assert columns(["01/02/2017 1:00 PM", "03/04/2017 2:00 PM"]).dates == "mdy"


def test_instants(columns: Callable[..., Columns]) -> None:
    seen = columns(["2019-04-04T18:47:01.000+0000", "2019-04-05T18:47:01Z"]).by_name["v"]
    assert (seen.kind, seen.zoned, seen.format) == ("moment", True, "ymd")


@pytest.mark.parametrize(
    ("values", "mark"),
    [
        (["1,234.56", "12.5"], "."),
        (["1.234,56", "12,5"], ","),
        (["1234.56"], "."),
        (["1 234,56 €", "5,00 €"], ","),
        (["1'234.50", "CHF 12.00"], "."),
        (["1.234.567", "1.000"], ","),
        (["1,234,567", "1,000"], "."),
    ],
)
def test_decimal_mark(columns: Callable[..., Columns], values: list[str], mark: str) -> None:
    found = columns(values)
    assert found.by_name["v"].kind == "number"
    assert (found.decimal, found.by_name["v"].unreadable, found.issues) == (mark, 0, ())


def test_thousands_or_decimals_is_assumed_aloud(columns: Callable[..., Columns]) -> None:
    european = columns(["1.234", "5.678"], delimiter=";")
    assert european.decimal == ","
    assert [i.code for i in european.issues] == ["decimal_assumed"]
    assert columns(["1,234", "5,678"]).decimal == "."


def test_currency_signs(columns: Callable[..., Columns]) -> None:
    assert columns(["€ 5.00", "€ 7.50"]).by_name["v"].currencies == ("€",)
    assert columns(["USD 5.00", "EUR 7.50"]).by_name["v"].currencies == ("EUR", "USD")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["true", "false"], "bool"),
        (["Ja", "Nein"], "bool"),
        (["USD", "EUR"], "currency"),
        (["a@b.example", "c@d.example"], "email"),
        (["SUB-00001", "SUB-00002"], "text"),
        (["x100", "x200"], "text"),
        (["4821.55", "1234.56"], "number"),
        (["2024-12", "2025-01"], "date"),
        (["50%", "12.5%"], "number"),
        (["", ""], "empty"),
    ],
)
def test_kinds(columns: Callable[..., Columns], values: list[str], kind: str) -> None:
    assert columns(values).by_name["v"].kind == kind


def test_what_is_not_readable_is_counted(columns: Callable[..., Columns]) -> None:
    seen = columns([*(f"2017-01-{n:02}" for n in range(1, 29)), "soon", "2017-02-30"]).by_name["v"]
    assert (seen.kind, seen.unreadable) == ("date", 2)
    assert seen.evidence.endswith("2 not readable")
