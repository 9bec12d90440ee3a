"""Where a local day begins and ends in UTC, and which local day an instant falls in."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from saleswright.lib.issue import Issue, Stop, unknown

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_INSTANT = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1)


def day_start(d: date, zone: str) -> datetime:
    """At which instant (UTC, naive) does the local day `d` begin?

    The first instant of that day where clocks jump over midnight; the first of two midnights where they go back. A
    day a zone skipped altogether begins, and ends, when the next one begins. The first and last day a date can name
    stand for open ends and are not moved. Raises Stop for an unknown zone.
    """
    midnight = datetime.combine(d, time())
    if d in (date.min, date.max):
        _zone(zone)
        return midnight
    return first_instant(midnight, zone)


def first_instant(wall: datetime, zone: str) -> datetime:
    """At which instant (UTC, naive) do the clocks of `zone` first read `wall` (naive) or later?

    The first of two where clocks go back, the end of the gap where they jump over it: every reading comes exactly once.
    Raises Stop for an unknown zone.
    """
    tz = _zone(zone)
    before, after = _offset(wall, tz, 0), _offset(wall, tz, 1)
    # Where both readings agree the instant is plain; where the offset falls it happens twice and the first one counts.
    if before >= after:
        return wall - before
    low, high = wall - after, wall - before
    while high - low > _SECOND:
        middle = low + (high - low) // _SECOND // 2 * _SECOND
        read = middle.replace(tzinfo=UTC).astimezone(tz).replace(tzinfo=None)
        low, high = (low, middle) if read >= wall else (middle, high)
    return high


def end_of_day(d: date, zone: str) -> datetime:
    """What is the last instant (UTC, naive, to the microsecond) of the local day `d`? Raises Stop for a bad zone."""
    if d == date.max:
        return datetime.max
    return day_start(d + timedelta(days=1), zone) - _INSTANT


def local_date(instant_utc: datetime, zone: str) -> date:
    """Which local day is it in `zone` at this instant (UTC, naive)?

    Raises TypeError for an instant that carries a zone of its own, Stop for an unknown zone.
    """
    if instant_utc.tzinfo is not None:
        raise TypeError("an instant is naive and in UTC")
    if instant_utc.date() in (date.min, date.max):
        return instant_utc.date()
    return instant_utc.replace(tzinfo=UTC).astimezone(_zone(zone)).date()


def _offset(wall: datetime, tz: ZoneInfo, fold: int) -> timedelta:
    offset = wall.replace(tzinfo=tz, fold=fold).utcoffset()
    assert offset is not None
    return offset


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    from zoneinfo import ZoneInfo, available_timezones

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        known = sorted(available_timezones())
    if not known:
        what, why = "this machine has no time zone data", f"so '{name}' cannot be looked up"
        raise Stop(Issue("", what, why, "install the package tzdata", code="no_time_zones"))
    raise Stop(unknown("time zone", name, known))
