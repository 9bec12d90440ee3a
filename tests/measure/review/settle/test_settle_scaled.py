"""Amounts written short, such as 11.6k, are whole amounts where a whole column is so; too long ones are refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from saleswright.history.snapshot import Snapshot
from saleswright.lib.issue import Stop
from saleswright.measure.review.settle.report import notes
from saleswright.measure.review.settle.scaled import scaled
from saleswright.measure.review.settle.settled import settle
from tests.measure.review.settle.company import Company
from tests.measure.review.settle.test_settle_cells import book, won

__all__ = ["book"]


@pytest.mark.parametrize(
    ("cells", "whole"),
    [
        ("11.6k|27k|900", "11600|27000|900"),
        ("$1.2M|$11.6k", "1200000|11600"),
        ("€ 5 Tsd.|€ 12,5 Tsd.", "5000|12500"),
        ("1,2 Mio. €|0,3 Mio. €", "1200000|300000"),
        ("1.200 T€|5 T€", "1200000|5000"),
        ("1,200k|3k", "1200000|3000"),
        ("1.234M|1,234.5k", "1234000|1234500"),
        ("(3.5k)|-2k|900 USD", "-3500|-2000|900"),
    ],
)  # fmt: skip
def test_amounts_written_short_are_read(cells: str, whole: str) -> None:
    read = scaled(dict(enumerate(cells.split("|"))))
    assert list(read.values()) == [Decimal(one) for one in whole.split("|")]


@pytest.mark.parametrize("cells", ["3M Company|5k", "11.6k|about 5k", "100|200|3k", "5 x|6 x", "1.2.3k|1k|2k", ""])
def test_a_column_that_is_not_all_so_is_left_as_it_is(cells: str) -> None:
    assert scaled(dict(enumerate(cells.split("|")))) == {}


def test_a_file_in_thousands_with_one_decimal_is_ours_rounded(book: tuple[Company, Snapshot]) -> None:
    mine = won(book[0])
    rows = [f"{r.id},{r.name},{round(r.amount, -2) / 1000:.1f}k,{r.close}" for r in mine]
    theirs = "\n".join(["Opportunity ID,Opportunity Name,Amount,Close Date", *rows])
    made = settle(book[1], theirs, "won_value", "2026")
    assert made.theirs == sum(int(round(r.amount, -2)) * 100 for r in mine)
    assert [cause.kind for cause in made.causes] == ["rounding"] and made.gap
    assert any("Written short" in said for said in notes(made))


def test_an_amount_too_long_for_money_is_refused_and_never_nothing(book: tuple[Company, Snapshot]) -> None:
    rows = [f"{r.id},{r.name},{r.amount},{r.close}" for r in won(book[0])[:6]]
    rows[2] = rows[2].replace(f"{won(book[0])[2].amount}", "1234567890123456789.50")
    with pytest.raises(Stop) as stopped:
        settle(book[1], "\n".join(["Opportunity ID,Opportunity Name,Amount,Close Date", *rows]), "won_value", "2026")
    said = [str(issue) for issue in stopped.value.issues]
    assert len(said) == 1 and "more than 18 digits in Amount" in said[0] and ":4" in said[0]
