"""10.000 is ten thousand or ten: which of them is never guessed row by row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Write = Callable[..., Path]
HEAD = "opportunity_id,deal_name,stage,amount,currency,created_date,close_date\n"


def deals(*rows: str) -> str:
    good = [f"g{n},Deal {n},Open,{n}00.00,USD,2026-01-{n:02},2026-06-30\n" for n in range(1, 29)]
    return HEAD + "".join(good) + "".join(row + "\n" for row in rows)


@pytest.mark.parametrize("amount", ["10.000", "10.010", "-999.500", "$1.000", "12.500 USD", "(1.250)"])
def test_three_digits_behind_the_only_point_may_be_thousands(
    inbox: Callable[..., Any], csv_file: Write, amount: str
) -> None:
    box = inbox([csv_file("deals.csv", deals(f"x,X,Open,{amount},USD,2026-01-01,"))])
    [(line, column, value, reason, fix)] = box.rejected("deals.csv")
    assert (line, column, value) == (30, "amount", amount)
    assert reason == "thousands or decimals: the point can part either"
    assert "10000" in fix and "10.00" in fix


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ('"1,234.500"', "USD", 123450),
        ("1234.500", "USD", 123450),
        ("0.500", "USD", 50),
        ("10.000", "KWD", 10000),
        ("10.5000", "USD", 1050),
    ],
)
def test_three_decimals_that_can_be_nothing_else_are_decimals(
    inbox: Callable[..., Any], csv_file: Write, amount: str, currency: str, minor: int
) -> None:
    box = inbox([csv_file("deals.csv", deals(f"x,X,Open,{amount},{currency},2026-01-01,"))])
    assert box.rejected("deals.csv") == []
    assert box.facts("deals.csv", "SELECT amount FROM {facts} WHERE id = 'deal_crm_x'") == [(minor,)]


def test_a_column_that_always_has_three_decimals_says_so_itself(inbox: Callable[..., Any], csv_file: Write) -> None:
    text = "deal_id,deal_name,stage,amount\n1,A,Open,12.500\n2,B,Open,1234.500\n3,C,Open,0.250\n4,D,Open,1.005\n"
    box = inbox([csv_file("deals.csv", text)])
    assert [(row[0], row[3]) for row in box.rejected("deals.csv")] == [(5, "more decimals than its currency has")]
    assert box.facts("deals.csv", "SELECT amount FROM {facts} ORDER BY id LIMIT 3") == [(1250,), (123450,), (25,)]


def test_thousands_of_a_later_export_are_not_read_as_decimals(inbox: Callable[..., Any], csv_file: Write) -> None:
    head = "deal_id,deal_name,stage,amount\n"
    first = inbox([csv_file("deals.csv", head + "1,A,Open,10000.50\n2,B,Open,99.5\n")])
    later = inbox([csv_file("deals.csv", head + "1,A,Open,10.000\n2,B,Open,10.010\n3,C,Open,500\n")])
    found = later.rejected("deals.csv", first.mapping("deals.csv"))
    assert [(row[0], row[2]) for row in found] == [(2, "10.000"), (3, "10.010")]


def test_the_comma_can_part_either_as_well(inbox: Callable[..., Any], csv_file: Write) -> None:
    text = "Deal ID;Deal Name;Stage;Amount;Currency\n1;A;Open;1.234,56;EUR\n2;B;Open;10,000;EUR\n3;C;Open;10.000;EUR\n"
    box = inbox([csv_file("deals.csv", text)])
    [(line, _, _, reason, fix)] = box.rejected("deals.csv")
    assert (line, reason) == (3, "thousands or decimals: the comma can part either")
    assert "10000" in fix and "10,00" in fix


def test_millions_with_three_decimals_are_clear(inbox: Callable[..., Any], csv_file: Write) -> None:
    box = inbox([csv_file("deals.csv", "deal_id,deal_name,stage,amount\n1,A,Open,1.250\n2,B,Open,2.5\n")])

    def edit(body: dict[str, Any]) -> None:
        body["columns"]["amount"] = {"field": "amount", "unit": "million", "decimal": "."}

    mapping = box.edited("deals.csv", edit)
    assert box.rejected("deals.csv", mapping) == []
    assert box.facts("deals.csv", "SELECT amount FROM {facts} ORDER BY id", mapping) == [(125000000,), (250000000,)]
