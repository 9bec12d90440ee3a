"""Which stretches feed a period, how far back the record is whole, and what makes a baseline."""

from __future__ import annotations

from datetime import date

import numpy as np

from saleswright.lib.fiscal import FiscalCalendar
from saleswright.lib.period import Period, parse_period
from saleswright.measure.flow.book import LOST, OPEN, WON, Book
from saleswright.measure.flow.columns import EPOCH, NO_DAY
from saleswright.measure.flow.miss.windows import begins, lags, so_far, tally, trailing, window, year_ago

CALENDAR = FiscalCalendar()


def period(text: str) -> Period:
    return parse_period(text, date(2026, 11, 22), CALENDAR)


def day(text: str) -> int:
    return (date.fromisoformat(text) - EPOCH).days


def test_the_year_before_of_every_kind_of_period() -> None:
    for text, then in (("2026Q3", "2025Q3"), ("2026-07", "2025-07"), ("2026", "2025"), ("2026W10", "2025W10")):
        assert year_ago(period(text), CALENDAR) == period(then)
    leap = Period.between(date(2024, 2, 29), date(2024, 3, 10))
    assert year_ago(leap, CALENDAR).start == date(2023, 2, 28)


def test_a_baseline_is_a_year_and_of_months_the_same_of_each_quarter() -> None:
    first = date(2023, 1, 1)
    assert [one.label for one in trailing(period("2026Q3"), first, CALENDAR)] == [
        "2026Q2",
        "2026Q1",
        "2025Q4",
        "2025Q3",
    ]
    assert [one.label for one in trailing(period("2026-07"), first, CALENDAR)] == [
        "2026-04",
        "2026-01",
        "2025-10",
        "2025-07",
    ]
    # As far as the record goes, with half a year before it where there is one.
    assert [one.label for one in trailing(period("2026Q3"), date(2025, 7, 1), CALENDAR)] == ["2026Q2", "2026Q1"]
    assert [one.label for one in trailing(period("2026-07"), date(2026, 5, 20), CALENDAR)] == ["2026-06"]
    assert (
        trailing(period("2026Q3"), date(2026, 5, 20), CALENDAR) == []
        and trailing(period("2026Q3"), None, CALENDAR) == []
    )


def test_lags_end_where_the_record_begins() -> None:
    assert lags(period("2026Q3"), date(2025, 12, 15), CALENDAR) == 3
    assert lags(period("2026Q3"), date(2000, 1, 1), CALENDAR) == 6
    assert lags(period("2026Q3"), None, CALENDAR) == 1


def test_every_deal_that_fed_the_period_has_its_place() -> None:
    rows = [
        ("2026-08-01", "2026-09-01", WON, 0),
        ("2026-04-01", "2026-07-01", LOST, 1),
        ("2026-04-01", "2026-06-30", WON, 1),
        ("2026-01-01", "", OPEN, 2),
        ("2026-01-01", "2026-10-01", WON, 2),
        ("2025-12-31", "2026-09-30", WON, 3),
        ("2025-12-31", "", OPEN, 3),
        ("2025-12-31", "2026-06-30", LOST, -1),
        ("2026-10-01", "", OPEN, -1),
        ("2026-10-02", "2026-09-15", WON, 3),
    ]
    came = np.array([day(one[0]) for one in rows])
    closed = np.array([day(one[1]) if one[1] else NO_DAY for one in rows])
    fate, no = np.array([one[2] for one in rows]), np.zeros(len(rows), bool)
    days = {"created": came, "qualified": came, "closed": closed, "expected_close": closed}
    book = Book(np.arange(len(rows)).astype(object), fate, np.arange(len(rows)) + 100, no, no, days, {})
    within = window(period("2026Q3"), 999, 3, CALENDAR)
    found = tally(book, np.zeros(len(rows), np.int64), 1, within)
    assert found.came.tolist() == [[sum(one[3] == lag for one in rows) for lag in range(4)]]
    assert found.decided.tolist() == [[1, 1, 0, 2]] and found.won.tolist() == [[1, 0, 0, 2]]
    # The win that closed in the period and came in after it is still a win of the period.
    assert found.booked.tolist() == [[100, 0, 0, 105 + 109]]
    assert begins(book) == date(2026, 6, 30) and begins(book.only(fate == OPEN)) is None


def test_a_period_so_far() -> None:
    quarter = period("2026Q4")
    assert so_far(quarter, 53).end == date(2026, 11, 23) and so_far(quarter, 53).label == "2026Q4 to date"
    assert so_far(quarter, 92) == quarter
    # What came in before is counted whole, the period itself as far as it is over.
    assert window(quarter, 53, 2, CALENDAR).spans == (
        (day("2026-10-01"), day("2026-11-23")),
        (day("2026-07-01"), day("2026-10-01")),
    )
