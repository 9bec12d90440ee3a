"""Is a typed value said in the right words?"""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from saleswright.faces import words
from saleswright.kernel.report import Cell, Figure, Unit
from saleswright.lib.money import Money


def usd(text: str) -> Money:
    return Money.parse(text, "USD")


@pytest.mark.parametrize(
    ("value", "unit", "short", "full", "line", "plain"),
    [
        (usd("10005534"), "money", "$10.0M", "USD\u00a010,005,534.00", "USD 10005534.00", "10005534.00"),
        (usd("1243000"), "money", "$1.24M", "USD\u00a01,243,000.00", "USD 1243000.00", "1243000.00"),
        (usd("611999.99"), "money", "$612K", "USD\u00a0611,999.99", "USD 611999.99", "611999.99"),
        (usd("999999"), "money", "$1.00M", "USD\u00a0999,999.00", "USD 999999.00", "999999.00"),
        (usd("2360.91"), "money", "$2,361", "USD\u00a02,360.91", "USD 2360.91", "2360.91"),
        (usd("9999.49"), "money", "$9,999", "USD\u00a09,999.49", "USD 9999.49", "9999.49"),
        (usd("9999.50"), "money", "$10.0K", "USD\u00a09,999.50", "USD 9999.50", "9999.50"),
        (usd("-0.40"), "money", "$0", "USD\u00a0\u22120.40", "USD -0.40", "-0.40"),
        (usd("-5000"), "money", "\u2212$5,000", "USD\u00a0\u22125,000.00", "USD -5000.00", "-5000.00"),
        (Money(1500, "JPY"), "money", "JPY\u00a01,500", "JPY\u00a01,500", "JPY 1500", "1500"),
        (Money(1500, "KWD"), "money", "KWD\u00a02", "KWD\u00a01.500", "KWD 1.500", "1.500"),
        (Money(25, "EUR"), "money_per_day", "€0\u00a0/\u00a0d", "EUR\u00a00.25\u00a0/\u00a0d", "EUR 0.25 / d", "0.25"),
        (0.6315, "share", "63.2%", "63.15%", "63.15%", "0.6315"),
        (-0.051, "share", "\u22125.1%", "\u22125.10%", "-5.10%", "-0.051"),
        (57.0, "days", "57\u00a0d", "57\u00a0d", "57 d", "57.0"),
        (12.5, "days", "12.5\u00a0d", "12.5\u00a0d", "12.5 d", "12.5"),
        (4238, "count", "4,238", "4,238", "4238", "4238"),
        (1_243_000, "count", "1.24M", "1,243,000", "1243000", "1243000"),
        (-3, "count", "\u22123", "\u22123", "-3", "-3"),
        (2.125, "number", "2.1", "2.12", "2.12", "2.125"),
        (None, "money", "\u2014", "\u2014", "", ""),
        (True, "text", "yes", "yes", "yes", "true"),
        ("x", "text", "x", "x", "x", "x"),
        (
            date(2026, 11, 23),
            "date",
            "Mon\u00a023\u00a0Nov\u00a02026",
            "Mon\u00a023\u00a0Nov\u00a02026",
            "2026-11-23",
            "2026-11-23",
        ),
    ],
)
def test_words(value: Cell, unit: Unit, short: str, full: str, line: str, plain: str) -> None:
    assert words.words(value, unit, "short") == short
    assert words.words(value, unit, "full") == full
    assert words.words(value, unit, "line") == line
    assert words.words(value, unit, "plain") == plain


def test_a_date_of_this_year_leaves_the_year_out() -> None:
    today = date(2026, 12, 1)
    assert words.day(date(2026, 11, 23), today=today) == "Mon\u00a023\u00a0Nov"
    assert words.day(date(2025, 11, 23), today=today) == "Sun\u00a023\u00a0Nov\u00a02025"
    assert (
        words.moment(datetime(2026, 11, 23, 14, 5, tzinfo=UTC), "full", today)
        == "Mon\u00a023\u00a0Nov\u00a014:05\u00a0UTC"
    )
    assert words.moment(datetime(2026, 11, 23, 14, 5, tzinfo=UTC), "plain") == "2026-11-23T14:05:00+00:00"


def test_a_figure_says_what_stands_behind_it() -> None:
    rate = Figure("rate", 0.5, "share", n=10, low=0.31, high=0.69, of=(5, 10), excluded=2)
    assert words.support(rate) == ["5 of 10", "likely range 31.00% to 69.00%", "2 left out"]
    weighted = Figure("rate", 0.5, "share", n=10, of=(usd("5"), usd("10")))
    assert words.support(weighted) == ["n 10"]
    wider = Figure("rate", 0.5, "share", n=12, of=(5, 10))
    assert words.support(wider) == ["5 of 10", "n 12"]
    assert words.support(Figure("rows", 4, "count", n=4)) == []


def test_a_null_says_why() -> None:
    assert words.figure(Figure("rate", None, "share", reason="nothing closed")) == "cannot say yet: nothing closed"


def test_changes_carry_their_sign_and_shares_change_in_points() -> None:
    assert words.change(0.021, "share") == "+2.1\u00a0points"
    assert words.change(-0.021, "share", "full") == "\u22122.10\u00a0points"
    assert words.change(usd("1243000"), "money") == "+$1.24M"
    assert words.change(-3.0, "days") == "\u22123\u00a0d"
    assert words.change(0, "count") == "0"
    assert words.change(None, "count") == "\u2014"


def test_labels_and_lists() -> None:
    assert words.label("sales_cycle") == "Sales cycle"
    assert words.label("x", "Given") == "Given"
    assert [words.listed(items) for items in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
