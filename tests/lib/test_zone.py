"""Local days in UTC, including the days that are 23 or 25 hours long or have no midnight."""

from datetime import UTC, date, datetime, timedelta

import pytest

from saleswright.lib.issue import Stop
from saleswright.lib.zone import day_start, end_of_day, local_date


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("UTC", date(2017, 3, 15), "2017-03-15T00:00", 24),
        ("Europe/Paris", date(2017, 3, 25), "2017-03-24T23:00", 24),
        ("Europe/Paris", date(2017, 3, 26), "2017-03-25T23:00", 23),
        ("Europe/Paris", date(2017, 10, 29), "2017-10-28T22:00", 25),
        ("America/New_York", date(2024, 3, 10), "2024-03-10T05:00", 23),
        ("America/New_York", date(2024, 11, 3), "2024-11-03T04:00", 25),
        ("Asia/Kolkata", date(2017, 3, 15), "2017-03-14T18:30", 24),
        # Clocks jumped from 00:00 to 01:00, so the day began at one o'clock, UTC-2.
        ("America/Sao_Paulo", date(2017, 10, 15), "2017-10-15T03:00", 23),
        # Clocks went from 00:00 back to 23:00 of the day before, which was 25 hours long.
        ("America/Sao_Paulo", date(2018, 2, 17), "2018-02-17T02:00", 25),
        ("America/Sao_Paulo", date(2018, 2, 18), "2018-02-18T03:00", 24),
        # Clocks went from 01:00 back to 00:00: the first of the two midnights.
        ("America/Havana", date(2017, 11, 5), "2017-11-05T04:00", 25),
        # Clocks jumped from 23:30 to 00:30, so the day began half an hour after a midnight that never was.
        ("America/Toronto", date(1919, 3, 31), "1919-03-31T04:30", 23.5),
        # Samoa crossed the date line and had no 30 December 2011.
        ("Pacific/Apia", date(2011, 12, 29), "2011-12-29T10:00", 24),
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00", 0),
        ("Pacific/Apia", date(2011, 12, 31), "2011-12-30T10:00", 24),
    ],
)
def test_where_a_day_begins_and_how_long_it_is(zone: str, day: date, start: str, hours: float) -> None:
    begins = day_start(day, zone)
    assert begins == datetime.fromisoformat(start)
    assert begins.tzinfo is None
    ends = end_of_day(day, zone) + timedelta(microseconds=1)
    assert ends - begins == timedelta(hours=hours)
    assert ends == day_start(day + timedelta(days=1), zone)


@pytest.mark.parametrize("zone", ["America/Sao_Paulo", "Europe/Paris", "America/Havana", "Australia/Lord_Howe", "UTC"])
def test_the_first_and_last_instants_of_every_day_are_in_it(zone: str) -> None:
    for offset in range(2 * 366):
        day = date(2017, 1, 1) + timedelta(days=offset)
        begins = day_start(day, zone)
        assert local_date(begins, zone) == day
        assert local_date(begins - timedelta(microseconds=1), zone) == day - timedelta(days=1)
        assert local_date(end_of_day(day, zone), zone) == day


def test_an_instant_is_naive() -> None:
    with pytest.raises(TypeError, match="naive"):
        local_date(datetime(2017, 1, 1, tzinfo=UTC), "UTC")


def test_open_ends_stay_where_they_are() -> None:
    assert day_start(date.min, "Asia/Tokyo") == datetime.min
    assert day_start(date.max, "America/New_York") == datetime(9999, 12, 31)
    assert end_of_day(date.max, "America/New_York") == datetime.max
    assert local_date(datetime.min, "America/New_York") == date.min
    assert local_date(datetime.max, "Asia/Tokyo") == date.max


@pytest.mark.parametrize("zone", ["Europe/Pariss", "europe paris", "Paris"])
def test_an_unknown_zone_gets_the_nearest(zone: str) -> None:
    with pytest.raises(Stop) as stop:
        day_start(date(2017, 1, 1), zone)
    assert "Europe/Paris" in stop.value.issues[0].try_.split("?")[0]


@pytest.mark.parametrize("zone", ["", "Europe", "../etc", "/etc/localtime", "Nowhere/Land"])
def test_what_is_no_zone_stops(zone: str) -> None:
    with pytest.raises(Stop, match="unknown time zone"):
        local_date(datetime(2017, 1, 1), zone)
