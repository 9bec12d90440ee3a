"""Units of a calendar tile time, splits cover and are disjoint, and every period reads back from its own text."""

import contextlib
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from saleswright.lib.fiscal import FiscalCalendar
from saleswright.lib.issue import Stop
from saleswright.lib.period import ALL_TIME, FORMS, Grain, Period, parse_period, period_index

settings.register_profile("laws", deadline=None, max_examples=150)
laws = settings.get_profile("laws")

UNITS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")

calendars = st.builds(
    FiscalCalendar,
    pattern=st.sampled_from(["months", "445", "454", "544"]),
    start_month=st.integers(1, 12),
    start_weekday=st.integers(0, 6),
    name_by=st.sampled_from(["start", "end", ""]),
)
days = st.dates(date(1990, 1, 1), date(2040, 12, 31))
units = st.sampled_from(UNITS)


@st.composite
def periods(draw: st.DrawFn, calendar: FiscalCalendar) -> Period:
    start = draw(days)
    grain = draw(st.sampled_from([*UNITS, "range", "all"]))
    if grain == "all":
        return ALL_TIME
    if grain == "range":
        return Period.between(start, start + timedelta(days=draw(st.integers(1, 900))))
    return calendar.containing(grain, start)


@laws
@given(calendars, st.data(), days)
def test_every_period_reads_back_from_its_text(calendar: FiscalCalendar, data: st.DataObject, today: date) -> None:
    period = data.draw(periods(calendar))
    assert parse_period(str(period), today, calendar) == period


@laws
@given(calendars, st.sampled_from(FORMS), days)
def test_every_form_reads_back_from_its_canonical_text(calendar: FiscalCalendar, form: str, today: date) -> None:
    period = parse_period(form, today, calendar)
    assert parse_period(str(period), today + timedelta(days=400), calendar) == period


@laws
@given(calendars, days, units)
def test_a_unit_holds_its_days_and_no_others(calendar: FiscalCalendar, day: date, grain: Grain) -> None:
    unit = calendar.containing(grain, day)
    assert unit.contains(day)
    assert calendar.containing(grain, unit.start) == unit
    assert calendar.containing(grain, unit.end - timedelta(days=1)) == unit
    assert calendar.containing(grain, unit.end).start == unit.end


@laws
@given(calendars, days, units, st.integers(-60, 60))
def test_shifting_there_and_back(calendar: FiscalCalendar, day: date, grain: Grain, n: int) -> None:
    unit = calendar.containing(grain, day)
    there = unit.shift(n, calendar)
    assert there.grain == grain
    assert there.shift(-n, calendar) == unit
    assert there.shift(1, calendar).start == there.end
    assert (there.start > unit.start) == (n > 0)


@laws
@given(calendars, days, st.integers(1, 900), units)
def test_a_split_covers_exactly_and_is_disjoint(calendar: FiscalCalendar, day: date, length: int, grain: Grain) -> None:
    period = Period.between(day, day + timedelta(days=length))
    pieces = period.split(grain, calendar)
    assert pieces[0].start == period.start
    assert pieces[-1].end == period.end
    assert all(one.end == two.start for one, two in pairwise(pieces))
    for piece in pieces:
        whole = calendar.containing(grain, piece.start)
        assert piece.label == whole.label
        assert (piece == whole) == (piece.grain == grain)


@laws
@given(calendars, days)
def test_months_make_quarters_make_years(calendar: FiscalCalendar, day: date) -> None:
    year = calendar.year(calendar.year_of(day))
    y = calendar.year_of(day)
    assert year.split("quarter", calendar) == [calendar.quarter(y, q) for q in (1, 2, 3, 4)]
    assert year.split("month", calendar) == [calendar.month(y, m) for m in range(1, 13)]
    if calendar.pattern != "months":
        weeks = year.split("week", calendar)
        assert weeks == [calendar.week(y, w) for w in range(1, calendar.weeks(y) + 1)]
        assert len(weeks) in (52, 53)
        assert year.start.weekday() == calendar.start_weekday
        nominal = date(y - (calendar.name_by == "end" and calendar.start_month != 1), calendar.start_month, 1)
        assert abs((year.start - nominal).days) <= 3


@laws
@given(calendars, days, st.integers(0, 900), units)
def test_an_index_is_consecutive_whole_units(calendar: FiscalCalendar, day: date, length: int, grain: Grain) -> None:
    end = day + timedelta(days=length)
    index = period_index(calendar, grain, day, end)
    assert bool(index) == bool(length)
    assert all(unit.shift(1, calendar) == following for unit, following in pairwise(index))
    if index:
        assert index[0].contains(day)
        assert index[-1].contains(end - timedelta(days=1))


typed = st.one_of(st.text(max_size=20), st.text("0123456789-.qwfyQ last", max_size=24), st.sampled_from(FORMS))


@laws
@given(typed, days, calendars)
def test_any_text_is_a_period_or_is_told_why_not(text: str, today: date, calendar: FiscalCalendar) -> None:
    with contextlib.suppress(Stop):
        period = parse_period(text, today, calendar)
        assert parse_period(str(period), today, calendar) == period
