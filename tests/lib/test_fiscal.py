"""Fiscal calendars against hand-checked and published dates."""

from datetime import date
from typing import Any

import pytest

from saleswright.lib.fiscal import FiscalCalendar
from saleswright.lib.issue import Stop
from saleswright.lib.period import Grain, Period

UNITS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")
PLAIN = FiscalCalendar()
APRIL = FiscalCalendar(start_month=4)
OCTOBER_BY_START = FiscalCalendar(start_month=10, name_by="start")
FEBRUARY_445 = FiscalCalendar("445", start_month=2, start_weekday=0)
RETAIL = FiscalCalendar("454", start_month=2, start_weekday=6, name_by="start")


def days(period: Period) -> tuple[str, str]:
    return period.start.isoformat(), period.end.isoformat()


def test_a_calendar_year() -> None:
    assert days(PLAIN.year(2024)) == ("2024-01-01", "2025-01-01")
    assert PLAIN.year(2024).days == 366
    assert days(PLAIN.quarter(2017, 1)) == ("2017-01-01", "2017-04-01")
    assert days(PLAIN.month(2024, 2)) == ("2024-02-01", "2024-03-01")
    assert PLAIN.month_of(date(2024, 2, 29)) == (2024, 2)
    assert str(PLAIN.month(2024, 2)) == "2024-02"


def test_an_offset_year_is_named_by_its_end_unless_told() -> None:
    assert days(APRIL.year(2017)) == ("2016-04-01", "2017-04-01")
    assert APRIL.year_of(date(2017, 3, 31)) == 2017
    assert APRIL.year_of(date(2017, 4, 1)) == 2018
    assert APRIL.quarter_of(date(2017, 1, 1)) == (2017, 4)
    assert days(APRIL.quarter(2017, 4)) == ("2017-01-01", "2017-04-01")
    assert APRIL.month_of(date(2016, 4, 30)) == (2017, 1)
    assert str(APRIL.month(2017, 1)) == "2016-04"
    assert APRIL.year_start(2017) == date(2016, 4, 1)

    assert days(OCTOBER_BY_START.year(2017)) == ("2017-10-01", "2018-10-01")
    assert OCTOBER_BY_START.year_of(date(2018, 9, 30)) == 2017
    assert OCTOBER_BY_START.quarter_of(date(2018, 1, 1)) == (2017, 2)


def test_the_name_follows_the_start_month_by_default() -> None:
    assert PLAIN.name_by == "start"
    assert APRIL.name_by == "end"
    assert FiscalCalendar(name_by="end").year_of(date(2017, 6, 1)) == 2017
    assert FiscalCalendar("445", name_by="end").year_of(date(2017, 6, 1)) == 2017


def test_a_calendar_of_months_has_iso_weeks() -> None:
    assert PLAIN.week_of(date(2021, 1, 3)) == (2020, 53)
    assert days(PLAIN.week(2020, 53)) == ("2020-12-28", "2021-01-04")
    assert PLAIN.week_of(date(2018, 12, 31)) == (2019, 1)
    assert str(PLAIN.week(2026, 47)) == "2026W47"
    assert days(PLAIN.week(2026, 47)) == ("2026-11-16", "2026-11-23")
    assert APRIL.week_of(date(2017, 4, 1)) == (2017, 13)
    assert [year for year in range(2010, 2030) if PLAIN.weeks(year) == 53] == [2015, 2020, 2026]


def test_4_4_5_from_february_by_hand() -> None:
    # 1 February 2016 is a Monday; 1 February 2017 is a Wednesday, so the year turns on Monday 30 January 2017.
    assert days(FEBRUARY_445.year(2017)) == ("2016-02-01", "2017-01-30")
    assert FEBRUARY_445.weeks(2017) == 52
    months = [FEBRUARY_445.month(2017, m) for m in range(1, 13)]
    assert [m.days // 7 for m in months] == [4, 4, 5] * 4
    assert [days(m) for m in months[:4]] == [
        ("2016-02-01", "2016-02-29"),
        ("2016-02-29", "2016-03-28"),
        ("2016-03-28", "2016-05-02"),
        ("2016-05-02", "2016-05-30"),
    ]
    assert days(FEBRUARY_445.quarter(2017, 2)) == ("2016-05-02", "2016-08-01")
    assert days(FEBRUARY_445.quarter(2017, 4)) == ("2016-10-31", "2017-01-30")
    assert FEBRUARY_445.month_of(date(2016, 2, 28)) == (2017, 1)
    assert FEBRUARY_445.month_of(date(2016, 2, 29)) == (2017, 2)
    assert FEBRUARY_445.quarter_of(date(2017, 1, 29)) == (2017, 4)
    assert FEBRUARY_445.year_of(date(2017, 1, 30)) == 2018
    assert FEBRUARY_445.week_of(date(2016, 2, 8)) == (2017, 2)
    assert str(FEBRUARY_445.week(2017, 2)) == "2017W02"


def test_the_53rd_week_belongs_to_the_last_month() -> None:
    # 1 February 2018 is a Thursday, nearest Monday 29 January; 1 February 2019 a Friday, nearest Monday 4 February:
    # 371 days apart.
    assert [year for year in range(2013, 2030) if FEBRUARY_445.weeks(year) == 53] == [2013, 2019, 2025]
    long = FEBRUARY_445.year(2019)
    assert days(long) == ("2018-01-29", "2019-02-04")
    assert [FEBRUARY_445.month(2019, m).days // 7 for m in (10, 11, 12)] == [4, 4, 6]
    assert FEBRUARY_445.quarter(2019, 4).days == 14 * 7
    assert FEBRUARY_445.week(2019, 53).end == long.end
    assert FEBRUARY_445.month_of(date(2019, 2, 3)) == (2019, 12)
    assert FEBRUARY_445.week_of(date(2019, 2, 3)) == (2019, 53)
    with pytest.raises(ValueError, match="weeks 1 to 52"):
        FEBRUARY_445.week(2017, 53)


def test_the_published_retail_calendar() -> None:
    # National Retail Federation 4-5-4: 2017 ran 29 January 2017 to 3 February 2018; 53 weeks in 2006, 2012, 2017, 2023.
    assert days(RETAIL.year(2017)) == ("2017-01-29", "2018-02-04")
    assert [year for year in range(2005, 2028) if RETAIL.weeks(year) == 53] == [2006, 2012, 2017, 2023]
    assert days(RETAIL.month(2017, 1)) == ("2017-01-29", "2017-02-26")
    assert days(RETAIL.month(2017, 2)) == ("2017-02-26", "2017-04-02")
    assert days(RETAIL.month(2017, 12)) == ("2017-12-31", "2018-02-04")
    assert days(RETAIL.year(2024)) == ("2024-02-04", "2025-02-02")


def test_a_week_year_from_january_may_start_in_december() -> None:
    calendar = FiscalCalendar("544", start_weekday=0)
    assert days(calendar.year(2025)) == ("2024-12-30", "2025-12-29")
    assert calendar.year_of(date(2024, 12, 30)) == 2025
    assert calendar.year_of(date(2024, 12, 29)) == 2024
    assert [calendar.month(2025, m).days // 7 for m in (1, 2, 3)] == [5, 4, 4]


def test_the_fiscal_month_that_stands_for_a_calendar_month() -> None:
    assert APRIL.calendar_month(2017, 3) == APRIL.month(2017, 12)
    assert APRIL.calendar_month(2017, 4) == APRIL.month(2018, 1)
    assert RETAIL.calendar_month(2018, 1) == RETAIL.month(2017, 12)
    assert RETAIL.calendar_month(2017, 2) == RETAIL.month(2017, 1)
    assert RETAIL.numbered_month(2017, 2) == RETAIL.month(2017, 2)


@pytest.mark.parametrize("calendar", [PLAIN, APRIL, OCTOBER_BY_START, FEBRUARY_445, RETAIL])
def test_step_counts_whole_units_across_years(calendar: FiscalCalendar) -> None:
    day = date(2017, 1, 31)
    for grain in UNITS:
        here = calendar.containing(grain, day)
        for n in range(1, 15):
            later = calendar.step(grain, day, n)
            assert later.start == here.end
            assert calendar.step(grain, later.start, -n) == calendar.containing(grain, day)
            here = later


@pytest.mark.parametrize(
    "call",
    [
        lambda: PLAIN.quarter(2017, 5),
        lambda: PLAIN.quarter(2017, 0),
        lambda: PLAIN.month(2017, 13),
        lambda: PLAIN.calendar_month(2017, 0),
        lambda: PLAIN.week(2017, 53),
        lambda: PLAIN.week(2017, 0),
        lambda: PLAIN.year(9999),
        lambda: PLAIN.containing("range", date(2017, 1, 1)),
        lambda: PLAIN.step("all", date(2017, 1, 1), 1),
    ],
)
def test_there_is_no_such_unit(call: Any) -> None:
    with pytest.raises(ValueError):
        call()


def test_every_wrong_setting_is_told_at_once() -> None:
    wrong: dict[str, Any] = {"pattern": "4-4-5", "start_month": 13, "start_weekday": 7, "name_by": "ends"}
    with pytest.raises(Stop) as stop:
        FiscalCalendar(**wrong)
    assert len(stop.value.issues) == 4
    assert "did you mean 445" in stop.value.issues[0].try_


def test_the_last_years_a_date_can_name() -> None:
    assert PLAIN.year_of(date(9999, 12, 31)) == 9999
    assert PLAIN.quarter_of(date(1, 1, 1)) == (1, 1)
    assert RETAIL.year_of(date(9998, 12, 31)) == 9998
