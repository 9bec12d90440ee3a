"""Every bad value of every row is told at once; amounts and dates are exact in any form; nothing breaks out of SQL."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from saleswright.history.changes import StageMap

Write = Callable[..., Path]
HEAD = "opportunity_id,deal_name,stage,amount,currency,created_date,close_date\n"


def deals(*rows: str) -> str:
    good = [f"g{n},Deal {n},Open,{n}00.00,USD,2026-01-{n:02},2026-06-30\n" for n in range(1, 29)]
    return HEAD + "".join(good) + "".join(row + "\n" for row in rows)


def test_all_problems_of_all_rows_at_once(inbox: Callable[..., Any], csv_file: Write) -> None:
    path = csv_file(
        "deals.csv",
        deals(
            "a,Bad date,Open,1.00,USD,2026-02-30,soon",
            ",No id,Open,1.00,USD,2026-01-01,",
            "b,Old,Open,1.00,USD,0201-01-01,2300-01-01",
            "c,Money,Open,12 apples,USD,2026-01-01,",
            "d,Code,Open,1.00,XQZ,2026-01-01,",
            "e,Decimals,Open,1.005,USD,2026-01-01,",
            "f,Huge,Open,99999999999999999999.00,USD,2026-01-01,",
            "g1,Another deal 1,Won,5.00,USD,2026-01-01,",
            "h,Other currency,Open,€5.00,USD,2026-01-01,",
            "i,Mangled,Open,1.2E+07,USD,2026-01-01,",
            "j,short",
        ),
    )
    found = inbox([path]).rejected("deals.csv")
    told = {(line, column, value): reason for line, column, value, reason, _ in found}
    assert told == {
        (30, "created_date", "2026-02-30"): "not a date (year first)",
        (30, "close_date", "soon"): "not a date (year first)",
        (31, "opportunity_id", ""): "no id",
        (32, "created_date", "0201-01-01"): "a year before 1900 or after 2199",
        (32, "close_date", "2300-01-01"): "a year before 1900 or after 2199",
        (33, "amount", "12 apples"): "not a number",
        (34, "currency", "XQZ"): "not a currency code",
        (35, "amount", "1.005"): "thousands or decimals: the point can part either",
        (36, "amount", "99999999999999999999.00"): "too large to be an amount",
        (37, "opportunity_id", "g1"): "the same id is already on line 2, with other content",
        (38, "amount", "€5.00"): "in another currency than its row says",
        (39, "amount", "1.2E+07"): "shortened by a spreadsheet, so digits are lost",
        (40, "", "j,short"): "too few fields: 2 where the header has 7",
    }
    assert all(fix for *_, fix in found)


def test_the_same_row_twice_is_fine(inbox: Callable[..., Any], csv_file: Write) -> None:
    row = "a,Twice,Open,1.00,USD,2026-01-01,2026-06-30"
    assert inbox([csv_file("deals.csv", deals(row, row))]).rejected("deals.csv") == []


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("1234.56", "USD", 123456),
        ('"1,234.56"', "USD", 123456),
        ("$1234.50", "USD", 123450),
        ("(500.25)", "USD", -50025),
        ("-0.01", "USD", -1),
        ("1000", "JPY", 1000),
        ("1000.00", "JPY", 1000),
        ("1.234", "KWD", 1234),
        ("0.0001", "CLF", 1),
        ("EUR 5", "EUR", 500),
        ("92233720368547758.07", "USD", 9223372036854775807),
        ("", "USD", None),
    ],
)
def test_money_is_exact_in_the_minor_units_of_its_currency(
    inbox: Callable[..., Any], csv_file: Write, amount: str, currency: str, minor: int | None
) -> None:
    box = inbox([csv_file("deals.csv", deals(f"x,X,Open,{amount},{currency},2026-01-01,"))])
    assert box.rejected("deals.csv") == []
    query = "SELECT amount, currency FROM {facts} WHERE id = 'deal_crm_x'"
    assert box.facts("deals.csv", query) == [(minor, currency)]


@pytest.mark.parametrize(("amount", "currency"), [("0.5", "JPY"), ("1.2345", "KWD"), ("1000.001", "USD")])
def test_money_is_never_rounded(inbox: Callable[..., Any], csv_file: Write, amount: str, currency: str) -> None:
    box = inbox([csv_file("deals.csv", deals(f"x,X,Open,{amount},{currency},2026-01-01,"))])
    assert [row[3] for row in box.rejected("deals.csv")] == ["more decimals than its currency has"]


def test_european_amounts(inbox: Callable[..., Any], csv_file: Write) -> None:
    text = "Deal-ID;Dealname;Phase;Betrag;Währung;Erstellt am;Schlusstermin\n"
    text += "1;A;Offen;1.234,56;EUR;31.01.2026;15.06.2026\n2;B;Gewonnen;99,5;EUR;01.02.2026;01.06.2026\n"
    box = inbox([csv_file("deals.csv", text.encode("cp1252"))])
    mapping = box.mapping("deals.csv")
    assert (mapping.entity, mapping.decimal, mapping.dates, mapping.encoding) == ("deal", ",", "dmy", "cp1252")
    assert box.rejected("deals.csv") == []
    rows = box.facts(
        "deals.csv", "SELECT amount, CAST(created AS VARCHAR), CAST(close AS VARCHAR) FROM {facts} ORDER BY id"
    )
    assert rows == [(123456, "2026-01-31", "2026-06-15"), (9950, "2026-02-01", "2026-06-01")]


def test_minor_units_and_a_currency_for_a_column(inbox: Callable[..., Any], csv_file: Write) -> None:
    text = "deal_id,deal_name,stage,amount\n1,A,Open,1050\n2,B,Open,7\n"
    box = inbox([csv_file("deals.csv", text)])

    def edit(body: dict[str, Any]) -> None:
        body["columns"]["amount"] = {"field": "amount", "unit": "minor", "currency": "JPY"}
        del body["defaults"]

    mapping = box.edited("deals.csv", edit)
    assert box.rejected("deals.csv", mapping) == []
    assert box.facts("deals.csv", "SELECT amount, currency FROM {facts} ORDER BY id", mapping) == [
        (1050, "JPY"),
        (7, "JPY"),
    ]


@pytest.mark.parametrize(
    ("written", "zone", "day", "instant"),
    [
        ("2026-03-29", "Europe/Berlin", "2026-03-29", "2026-03-28 23:00:00"),
        ("2026-10-25", "Europe/Berlin", "2026-10-25", "2026-10-24 22:00:00"),
        ("2026-03-28T23:30:00.000Z", "Europe/Berlin", "2026-03-29", "2026-03-28 23:30:00"),
        ("2026-03-29T01:30:00+0000", "Europe/Berlin", "2026-03-29", "2026-03-29 01:30:00"),
        ("2026-07-01 00:30:00", "America/New_York", "2026-07-01", "2026-07-01 04:30:00"),
        ("2017-10-15", "America/Sao_Paulo", "2017-10-15", "2017-10-15 03:00:00"),
        ("2020-11-01", "America/Havana", "2020-11-01", "2020-11-01 04:00:00"),
        ("2026-01-01T04:59:59Z", "America/New_York", "2025-12-31", "2026-01-01 04:59:59"),
    ],
)
def test_days_and_instants_over_changes_of_the_clock(
    inbox: Callable[..., Any], csv_file: Write, written: str, zone: str, day: str, instant: str
) -> None:
    box = inbox([csv_file("deals.csv", deals(f"x,X,Open,1.00,USD,{written},"))], zone=zone)
    assert box.rejected("deals.csv") == []
    query = "SELECT CAST(created AS VARCHAR), CAST(created__at AS VARCHAR) FROM {facts} WHERE id = 'deal_crm_x'"
    assert box.facts("deals.csv", query) == [(day, instant)]


def test_a_qualified_date_is_stood_in_for_by_created(inbox: Callable[..., Any], csv_file: Write) -> None:
    stages = StageMap({"lead in": ("open", False), "won": ("won", True)})
    text = deals("x,X,Lead in,1.00,USD,2026-01-01,", "y,Y,Won,1.00,USD,2026-01-02,2026-02-02")
    box = inbox([csv_file("deals.csv", text)], stages=stages)
    query = (
        "SELECT CAST(qualified_fallback AS VARCHAR) FROM {facts} WHERE id IN ('deal_crm_x', 'deal_crm_y') ORDER BY id"
    )
    assert box.facts("deals.csv", query) == [(None,), ("2026-01-02",)]
    closed = "SELECT count(closed__at) FROM {facts}"
    assert box.facts("deals.csv", closed) == [(1,)], "an open deal's close date is only expected"


def test_hostile_headers_and_values_stay_text(inbox: Callable[..., Any], csv_file: Write) -> None:
    evil = "x'); DROP TABLE file_0__raw; --"
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["Deal ID", "Deal Name", "Stage", "Amount", "Close Date", '"; DROP TABLE t; --', "Product"])
    rows.writerow(["1", evil, "won'; --", "5", "2026-01-01", evil, 'O\'Brien; "A"'])
    rows.writerow(["2", "=cmd|' /C calc'!A0", "Open", "5", "2026-01-01", "", "OBrien a"])
    box = inbox([csv_file("deals.csv", out.getvalue())], stages=StageMap({"won'; --": ("won", True)}))

    def repair(body: dict[str, Any]) -> None:
        body["repairs"] = {"Product": {'O\'Brien; "A"': "it's"}}
        body["columns"]["Stage"] = {"field": "stage", "only": ["*'*", "Open"], "values": {"Open": "o'pen"}}

    mapping = box.edited("deals.csv", repair)
    assert box.rejected("deals.csv", mapping) == []
    found = box.facts("deals.csv", "SELECT name, stage, product FROM {facts} ORDER BY id", mapping)
    assert found == [(evil, "won'; --", "product_crm_it's"), ("=cmd|' /C calc'!A0", "o'pen", "product_crm_OBrien a")]


def test_near_misses_are_only_exact_but_for_case_spaces_and_marks(inbox: Callable[..., Any], csv_file: Write) -> None:
    products = csv_file("products.csv", "product,price\nGTX Pro,1\nGTX-Plus,2\ngtx plus,3\nMG,4\n")
    rows = "1,A,Open,gtxpro\n2,B,Open,GTXPLUS\n3,C,Open,GTX Prof\n4,D,Open,MG\n5,E,Open,\n"
    text = f"deal_id,deal_name,stage,product\n{rows}"
    box = inbox([csv_file("deals.csv", text), products])
    assert [(r.value, r.target, r.rows) for r in box.repairs("deals.csv")] == [("gtxpro", "GTX Pro", 1)]


def test_doubles_without_an_id_are_told_by_what_was_typed(inbox: Callable[..., Any], csv_file: Write) -> None:
    row = "Acme new,Acme,Open,{},2026-01-05,2026-03-31\n"
    text = "Deal Name,Account,Stage,Amount,Created Date,Close Date\n" + row.format(5) + row.format(6)
    found = inbox([csv_file("deals.csv", text)]).rejected("deals.csv")
    assert [(line, column, value) for line, column, value, *_ in found] == [
        (3, "Deal Name, Account, Created Date", "Acme new, Acme, 2026-01-05")
    ]
