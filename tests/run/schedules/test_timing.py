"""When is something due? Worked times, holidays, and both changes of clocks: each local time comes exactly once."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleswright.lib.issue import Issue
from saleswright.run.schedules.days import Days
from saleswright.run.schedules.timing import OnHoliday, Timing, dues, read

BERLIN = "Europe/Berlin"


def timing(text: object) -> Timing:
    made = read(text, "here")
    assert isinstance(made, Timing), made
    return made


def told(
    text: object, start: str, end: str, zone: str = BERLIN, days: Days | None = None, moved: OnHoliday = "skip"
) -> list[str]:
    """Local times between two local days."""
    tz = ZoneInfo(zone)
    low, high = (datetime.fromisoformat(day).replace(tzinfo=tz) for day in (start, end))
    found = dues(timing(text), zone, days or Days(), moved, low - timedelta(microseconds=1), high)
    return [f"{due.astimezone(tz):%a %m-%d %H:%M}" for due in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("08:00", ["Sun 11-01 08:00", "Mon 11-02 08:00", "Tue 11-03 08:00"]),
        ("Mon 08:00", ["Mon 11-02 08:00"]),
        ("every Monday at 8:00", ["Mon 11-02 08:00"]),
        ("Sat-Mon 08:00", ["Sun 11-01 08:00", "Mon 11-02 08:00"]),
        ("Tue, Sun 08:00", ["Sun 11-01 08:00", "Tue 11-03 08:00"]),
        ("weekdays 17:30", ["Mon 11-02 17:30", "Tue 11-03 17:30"]),
        ("1st 09:00", ["Sun 11-01 09:00"]),
        ("first working day 09:00", ["Mon 11-02 09:00"]),
        ("second working day 09:00", ["Tue 11-03 09:00"]),
        ("first Tue 09:00", ["Tue 11-03 09:00"]),
        (1050, ["Sun 11-01 17:30", "Mon 11-02 17:30", "Tue 11-03 17:30"]),
        ("every 24 hours", ["Sun 11-01 01:00", "Mon 11-02 01:00", "Tue 11-03 01:00"]),
    ],
)  # fmt: skip
def test_times_are_read_as_they_are_said(text: object, expected: list[str]) -> None:
    assert told(text, "2026-11-01", "2026-11-04") == expected


def test_days_of_a_month() -> None:
    assert told("31st 09:00", "2026-02-01", "2026-04-01") == ["Sat 02-28 09:00", "Tue 03-31 09:00"]
    assert told("last day 17:00", "2028-02-01", "2028-03-01") == ["Tue 02-29 17:00"]
    assert told("last Fri 17:00", "2026-10-01", "2026-12-01") == ["Fri 10-30 17:00", "Fri 11-27 17:00"]
    assert told("last working day 17:00", "2026-10-01", "2026-12-01") == ["Fri 10-30 17:00", "Mon 11-30 17:00"]
    # The first of May is a holiday, so in Germany the first working day of May 2026 is Monday the 4th.
    assert told("first working day 09:00", "2026-05-01", "2026-06-01", days=Days("DE")) == ["Mon 05-04 09:00"]
    bavaria = told("first working day 09:00", "2026-01-01", "2026-02-01", days=Days("DE-BY"))
    assert bavaria == ["Fri 01-02 09:00"]


def test_a_day_off_is_left_out_moved_or_not() -> None:
    # Friday the 25th is Christmas, and so is the 26th, a Saturday; the 28th is closed by the workspace itself.
    days = Days("DE", frozenset({date(2026, 12, 28)}))
    around = ("2026-12-24", "2026-12-31")
    assert told("Fri 08:00", *around, days=days) == []
    assert told("Fri 08:00", *around, days=days, moved="next working day") == ["Tue 12-29 08:00"]
    assert told("Fri 08:00", *around, days=days, moved="run") == ["Fri 12-25 08:00"]
    daily = told("08:00", *around, days=days, moved="next working day")
    assert daily == ["Thu 12-24 08:00", "Sun 12-27 08:00", "Tue 12-29 08:00", "Wed 12-30 08:00"], "each once"


def test_a_time_that_does_not_exist_and_one_that_comes_twice_each_come_once() -> None:
    spring = told("02:30", "2026-03-28", "2026-03-31")
    assert spring == ["Sat 03-28 02:30", "Sun 03-29 03:00", "Mon 03-30 02:30"]
    autumn = dues(timing("02:30"), BERLIN, Days(), "run", *(datetime(2026, 10, d, 12, tzinfo=UTC) for d in (24, 25)))
    assert autumn == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)], "the first of the two"


@given(
    st.sampled_from([BERLIN, "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
    st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    st.dates(date(2024, 1, 1), date(2028, 1, 1)),
    st.lists(st.integers(1, 96), min_size=1, max_size=6),
)
def test_every_day_has_its_run_once_however_often_the_calendar_is_looked_at(
    zone: str, at: time, first: date, looks: list[int]
) -> None:
    """Laws over both changes of clocks: one run a local day, and pieces of time give what the whole gives."""
    daily = timing(f"{at:%H:%M}")
    start = datetime.combine(first, time(), UTC)
    moments = [start]
    while moments[-1] < start + timedelta(days=40):
        moments.append(moments[-1] + timedelta(hours=looks[len(moments) % len(looks)]))
    whole = dues(daily, zone, Days(), "run", start, moments[-1])
    pieces = [due for low, high in pairwise(moments) for due in dues(daily, zone, Days(), "run", low, high)]
    assert pieces == whole
    days = [due.astimezone(ZoneInfo(zone)).date() for due in whole]
    assert days == [days[0] + timedelta(days=n) for n in range(len(days))] and len(days) in (len(days), 40, 44)
    for due in whole:
        local = due.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        assert local.time() >= at and local - datetime.combine(local.date(), at) <= timedelta(hours=1)


STRANGE = ("", "8", "25:00", "Mo 08:00", "32nd 09:00", "every 7 minutes", "every 1 minutes", "first 08:00 Mon", "Mon")


@pytest.mark.parametrize("text", [*STRANGE, "sixth Mon 08:00", "0 8 * * 1", None, 1440, ["x"]])
def test_what_is_no_time_is_told_with_examples(text: object) -> None:
    issue = read(text, "definitions/s.yaml:3  at")
    assert isinstance(issue, Issue) and "such as" in issue.try_ and issue.where.endswith("at")
