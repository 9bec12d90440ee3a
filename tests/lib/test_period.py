"""Periods: what people type, what is written, and moving about."""

from datetime import date, datetime
from typing import Any

import pytest

from saleswright.lib.fiscal import FiscalCalendar
from saleswright.lib.issue import USAGE, Stop
from saleswright.lib.period import ALL_TIME, FORMS, Grain, Period, parse_period, period_index

PLAIN = FiscalCalendar()
APRIL = FiscalCalendar(start_month=4)
RETAIL = FiscalCalendar("454", start_month=2, start_weekday=6, name_by="start")
TODAY = date(2017, 3, 15)


def parse(text: str, calendar: FiscalCalendar = PLAIN, today: date = TODAY) -> Period:
    return parse_period(text, today, calendar)


@pytest.mark.parametrize(
    ("text", "canonical", "grain"),
    [
        ("2017", "2017", "year"),
        ("FY2017", "2017", "year"),
        ("fy 2017", "2017", "year"),
        ("2017Q1", "2017Q1", "quarter"),
        ("2017q1", "2017Q1", "quarter"),
        ("Q1 2017", "2017Q1", "quarter"),
        ("2017-Q1", "2017Q1", "quarter"),
        ("2017 Q1", "2017Q1", "quarter"),
        ("FY2017Q1", "2017Q1", "quarter"),
        ("Q1 FY2017", "2017Q1", "quarter"),
        ("2017-03", "2017-03", "month"),
        ("Mar 2017", "2017-03", "month"),
        ("march 2017", "2017-03", "month"),
        ("Sept 2017", "2017-09", "month"),
        ("2026W47", "2026W47", "week"),
        ("2026-W47", "2026W47", "week"),
        ("2017w9", "2017W09", "week"),
        ("2016-02-29", "2016-02-29", "day"),
        ("today", "2017-03-15", "day"),
        ("Yesterday", "2017-03-14", "day"),
        ("tomorrow", "2017-03-16", "day"),
        ("this week", "2017W11", "week"),
        ("last week", "2017W10", "week"),
        ("next month", "2017-04", "month"),
        ("last_month", "2017-02", "month"),
        ("this-quarter", "2017Q1", "quarter"),
        ("Last  Quarter", "2016Q4", "quarter"),
        ("previous quarter", "2016Q4", "quarter"),
        ("next quarter", "2017Q2", "quarter"),
        ("last year", "2016", "year"),
        ("last 12 months", "2016-04-01..2017-03-15", "range"),
        ("last-12-months", "2016-04-01..2017-03-15", "range"),
        ("last 4 quarters", "2016-04-01..2017-03-15", "range"),
        ("last 1 month", "2017-03-01..2017-03-15", "range"),
        ("last 2 weeks", "2017-03-06..2017-03-15", "range"),
        ("last 90 days", "2016-12-16..2017-03-15", "range"),
        ("past 1 day", "2017-03-15..2017-03-15", "range"),
        ("wtd", "2017-03-13..2017-03-15", "range"),
        ("MTD", "2017-03-01..2017-03-15", "range"),
        ("qtd", "2017-01-01..2017-03-15", "range"),
        ("ytd", "2017-01-01..2017-03-15", "range"),
        ("2017-01-01..2017-03-31", "2017-01-01..2017-03-31", "range"),
        ("2017-01-01 .. 2017-03-31", "2017-01-01..2017-03-31", "range"),
        ("2017-01-01..", "2017-01-01..", "range"),
        ("..2017-03-31", "..2017-03-31", "range"),
        ("2016Q3..2017Q1", "2016-07-01..2017-03-31", "range"),
        ("2016..today", "2016-01-01..2017-03-15", "range"),
        ("all", "all", "all"),
        ("All time", "all", "all"),
        ("..", "all", "all"),
        ("all..all", "all", "all"),
    ],
)
def test_what_people_type(text: str, canonical: str, grain: Grain) -> None:
    period = parse(text)
    assert str(period) == canonical
    assert period.grain == grain
    assert parse(canonical) == period


def test_every_form_the_message_lists_is_read() -> None:
    assert len({parse(form) for form in FORMS}) > 15


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2017Q1", date(2016, 4, 1), date(2016, 7, 1)),
        ("2017", date(2016, 4, 1), date(2017, 4, 1)),
        ("2017-03", date(2017, 3, 1), date(2017, 4, 1)),
        ("Mar 2017", date(2017, 3, 1), date(2017, 4, 1)),
        ("this quarter", date(2017, 1, 1), date(2017, 4, 1)),
        ("ytd", date(2016, 4, 1), date(2017, 3, 16)),
    ],
)
def test_quarters_and_years_are_fiscal_but_a_month_is_the_calendar_month(text: str, start: date, end: date) -> None:
    period = parse(text, APRIL)
    assert (period.start, period.end) == (start, end)


def test_in_a_calendar_of_weeks_a_number_is_the_fiscal_month_and_a_name_the_one_that_stands_for_it() -> None:
    assert parse("2017-03", RETAIL) == RETAIL.month(2017, 3)
    assert parse("Mar 2017", RETAIL) == RETAIL.month(2017, 2)
    assert parse("Jan 2018", RETAIL) == RETAIL.month(2017, 12)
    assert parse("2017W53", RETAIL) == RETAIL.week(2017, 53)


@pytest.mark.parametrize(
    "text",
    [
        "", "soon", "2017Q5", "2017Q0", "2017-13", "2017-02-29", "2017W53", "2017W00", "20177", "17", "last 0 days",
        "last 99999 years", "9999", "2017..2016", "2017-03-31..2017-01-01", "..soon", "mac 2017", "Mar", "Q1",
        "next 3 months", "2017-03-15T10:00", "last", "2017Q1..2017Q2..2017Q3", "٢٠١٧",
    ],
)  # fmt: skip
def test_anything_else_stops(text: str) -> None:
    with pytest.raises(Stop) as stop:
        parse(text)
    assert stop.value.exit_code == USAGE
    assert stop.value.issues


def test_the_message_offers_the_nearest_and_all_forms() -> None:
    with pytest.raises(Stop) as stop:
        parse("last quater")
    (issue,) = stop.value.issues
    assert issue.what == "'last quater' is not a period"
    assert issue.try_.startswith("did you mean last quarter")
    assert all(form in issue.try_ for form in FORMS)


def test_both_wrong_sides_of_a_range_are_told() -> None:
    with pytest.raises(Stop) as stop:
        parse("2017Q7..soon")
    assert [issue.what for issue in stop.value.issues] == ["there is no period '2017Q7'", "'soon' is not a period"]


def test_relative_ranges_carry_a_readable_label() -> None:
    assert parse("last-12-months").label == "last 12 months"
    assert parse("qtd").label == "2017Q1 to date"
    assert parse("2017-01-01..2017-03-31").label == "2017-01-01..2017-03-31"
    assert parse("last quarter").label == "2016Q4"


def test_a_label_is_not_part_of_what_a_period_is() -> None:
    one = Period.between(date(2017, 1, 1), date(2017, 3, 16), "so far")
    assert one == parse("qtd")
    assert hash(one) == hash(parse("qtd"))
    assert str(one) == "2017-01-01..2017-03-15"


def test_half_open() -> None:
    quarter = parse("2017Q1")
    assert quarter.days == 90
    assert quarter.contains(date(2017, 1, 1))
    assert quarter.contains(date(2017, 3, 31))
    assert not quarter.contains(date(2017, 4, 1))
    assert not quarter.contains(date(2016, 12, 31))
    assert not quarter.overlaps(parse("2017Q2"))
    assert quarter.overlaps(parse("2017-03-31"))
    assert parse("2017").overlaps(quarter)
    assert ALL_TIME.contains(date.min)
    assert ALL_TIME.contains(date(9999, 12, 30))


def test_a_moment_is_not_a_day() -> None:
    moment: Any = datetime(2017, 1, 1, 12)
    with pytest.raises(TypeError):
        parse("2017Q1").contains(moment)


def test_a_period_holds_a_day() -> None:
    for end in (date(2017, 1, 1), date(2016, 1, 1)):
        with pytest.raises(ValueError, match="at least one day"):
            Period.between(date(2017, 1, 1), end)


@pytest.mark.parametrize(
    ("text", "n", "expected"),
    [
        ("2016-02-29", 1, "2016-03-01"),
        ("2016-02-29", -366, "2015-02-28"),
        ("2020W53", 1, "2021W01"),
        ("2017W01", -1, "2016W52"),
        ("2016-02", 12, "2017-02"),
        ("2017-01", -1, "2016-12"),
        ("2017Q1", -5, "2015Q4"),
        ("2017", 3, "2020"),
        ("2017-01-01..2017-01-10", -1, "2016-12-22..2016-12-31"),
        ("2017-01-01..2017-01-10", 2, "2017-01-21..2017-01-30"),
    ],
)
def test_shift(text: str, n: int, expected: str) -> None:
    assert str(parse(text).shift(n, PLAIN)) == expected


def test_previous_in_a_fiscal_calendar() -> None:
    assert str(parse("2017Q1", APRIL).previous(APRIL)) == "2016Q4"
    assert parse("2018-01", RETAIL).previous(RETAIL) == RETAIL.month(2017, 12)
    assert parse("2018W01", RETAIL).previous(RETAIL) == RETAIL.week(2017, 53)


@pytest.mark.parametrize("text", ["all", "2017-01-01..", "..2017-01-01"])
def test_an_open_period_has_no_neighbour_and_no_parts(text: str) -> None:
    period = parse(text)
    assert not period.bounded
    with pytest.raises(Stop, match="is open"):
        period.previous(PLAIN)
    with pytest.raises(Stop, match="is open"):
        period.split("month", PLAIN)


def test_shifting_out_of_time_stops() -> None:
    for text, n in (("2017", 9000), ("2017-01-01", 10**7), ("2017W01", -(10**6)), ("2017-01-01..2017-01-09", 10**9)):
        with pytest.raises(Stop, match="1 to 9999"):
            parse(text).shift(n, PLAIN)


def test_a_quarter_splits_into_whole_months() -> None:
    assert [str(p) for p in parse("2017Q1").split("month", PLAIN)] == ["2017-01", "2017-02", "2017-03"]
    assert {p.grain for p in parse("2017Q1").split("month", PLAIN)} == {"month"}


def test_clipped_pieces_keep_the_label_of_the_whole() -> None:
    pieces = parse("2017-01-20..2017-03-10").split("month", PLAIN)
    assert [p.label for p in pieces] == ["2017-01", "2017-02", "2017-03"]
    assert [str(p) for p in pieces] == ["2017-01-20..2017-01-31", "2017-02", "2017-03-01..2017-03-10"]
    assert [p.grain for p in pieces] == ["range", "month", "range"]


def test_splitting_into_something_larger_or_into_itself() -> None:
    (piece,) = parse("2017-02").split("quarter", PLAIN)
    assert (piece.label, str(piece)) == ("2017Q1", "2017-02-01..2017-02-28")
    assert parse("2017Q1").split("quarter", PLAIN) == [parse("2017Q1")]
    assert parse("2017Q1").split("range", PLAIN) == [parse("2017Q1")]


def test_period_index_holds_whole_periods() -> None:
    index = period_index(PLAIN, "month", date(2016, 12, 31), date(2017, 2, 2))
    assert [str(p) for p in index] == ["2016-12", "2017-01", "2017-02"]
    assert [str(p) for p in period_index(PLAIN, "month", date(2017, 1, 1), date(2017, 2, 1))] == ["2017-01"]
    assert period_index(PLAIN, "day", TODAY, TODAY) == []
    assert len(period_index(RETAIL, "week", date(2017, 1, 29), date(2018, 2, 4))) == 53
    with pytest.raises(ValueError):
        period_index(PLAIN, "range", date(2017, 1, 1), date(2017, 2, 1))
