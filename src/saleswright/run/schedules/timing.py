"""When is something due? A small language of times, read into instants; each comes exactly once, whatever clocks do.

every 15 minutes · every 2 hours · 08:00 · Mon 08:00 · Mon-Fri 08:00 · Tue, Thu 17:30 · weekdays 08:00
1st 09:00 · 15th 09:00 · last day 17:00 · first Mon 09:00 · last Fri 17:00 · first working day 09:00
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from saleswright.lib.issue import Issue
from saleswright.lib.zone import first_instant, local_date
from saleswright.run.schedules.days import Days

OnHoliday = Literal["skip", "next working day", "run"]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FULL = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1}
EXAMPLES = "such as every 15 minutes, 08:00, Mon 08:00, Mon-Fri 08:00, 1st 09:00, last working day 17:00"
SHORTEST = 5
"""Minutes between two runs, at least."""

_EVERY = re.compile(r"every (\d{1,4}) (minutes?|hours?)")
_CLOCK = re.compile(r"(?:(?P<day>.*?)[ ,]+)?(?:at )?(?P<hour>\d{1,2}):(?P<minute>\d{2})")
_NTH = re.compile(r"(?P<n>\d{1,2})(?:st|nd|rd|th)")
# As far as a holiday can move a run.
_MOVED = timedelta(days=61)
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Timing:
    """One time as read. every: minutes between two runs, 0 for a time of day on certain days.

    weekdays: the days of a week. nth: which day of a month (-1 the last), counting days, working days or one weekday.
    """

    text: str
    every: int = 0
    at: time = time()
    weekdays: frozenset[int] = frozenset(range(7))
    nth: int = 0
    counting: Literal["days", "working days"] | int = "days"

    def falls(self, day: date, days: Days) -> bool:
        """Is this day meant, moves by holidays aside?"""
        if not self.nth:
            return day.weekday() in self.weekdays
        last = monthrange(day.year, day.month)[1]
        if self.counting == "days":
            # The 31st of a shorter month is its last day.
            return day.day == (last if self.nth < 0 else min(self.nth, last))
        if isinstance(self.counting, int):
            if day.weekday() != self.counting:
                return False
            return day.day + 7 > last if self.nth < 0 else (day.day - 1) // 7 == self.nth - 1
        if not days.working(day):
            return False
        other = range(day.day + 1, last + 1) if self.nth < 0 else range(1, day.day)
        worked = sum(days.working(day.replace(day=number)) for number in other)
        return worked == (0 if self.nth < 0 else self.nth - 1)


def read(given: object, where: str) -> Timing | Issue:
    """A time from its text, or what is wrong with it."""
    # YAML reads 17:30 without quotes as a number of base 60.
    text = f"{given // 60:02}:{given % 60:02}" if isinstance(given, int) and 0 <= given < 1440 else str(given)
    plain = " ".join(text.lower().split())
    if found := _EVERY.fullmatch(plain):
        minutes = int(found[1]) * (60 if found[2].startswith("hour") else 1)
        if minutes < SHORTEST or 1440 % minutes:
            what = f"a day cannot be shared out {text}"
            why = f"at least {SHORTEST} minutes, and a day is a whole number of them"
            return Issue(where, what, why, "such as every 15 minutes, every 2 hours", code="schedule-time")
        return Timing(text, every=minutes)
    clock = _CLOCK.fullmatch(plain)
    if clock is None or int(clock["hour"]) > 23 or int(clock["minute"]) > 59:
        what = f"'{text}' is no time of a calendar"
        return Issue(where, what, "so nothing is ever due", EXAMPLES, code="schedule-time")
    at = time(int(clock["hour"]), int(clock["minute"]))
    return _on_days(clock["day"] or "", text, at) or Issue(
        where, f"'{clock['day']}' names no days", "so nothing is ever due", EXAMPLES, code="schedule-time"
    )


def dues(timing: Timing, zone: str, days: Days, moved: OnHoliday, after: datetime, until: datetime) -> list[datetime]:
    """Every instant at which it is due, behind `after` and up to `until` (UTC with zone), in order, each once."""
    start, end = (moment.astimezone(UTC).replace(tzinfo=None) for moment in (after, until))
    found = (
        _steps(timing, zone, days, moved, start, end) if timing.every else _days(timing, zone, days, moved, start, end)
    )
    return [moment.replace(tzinfo=UTC) for moment in sorted(set(found)) if start < moment <= end]


def _steps(
    timing: Timing, zone: str, days: Days, moved: OnHoliday, start: datetime, end: datetime
) -> Iterator[datetime]:
    # Steps of time itself: an hour that comes twice has its steps twice, one that does not come has none.
    step = timing.every * _MINUTE
    moment = _EPOCH + ((start - _EPOCH) // step + 1) * step
    while moment <= end:
        if moved == "run" or not days.off(local_date(moment, zone)):
            yield moment
        moment += step


def _days(
    timing: Timing, zone: str, days: Days, moved: OnHoliday, start: datetime, end: datetime
) -> Iterator[datetime]:
    day = local_date(start, zone) - (_MOVED if moved == "next working day" else _DAY)
    last = local_date(end, zone) + _DAY
    while day <= last:
        if timing.falls(day, days):
            meant: date | None = day
            if moved != "run" and days.off(day):
                meant = days.next_working(day) if moved == "next working day" else None
            if meant is not None:
                yield first_instant(datetime.combine(meant, timing.at), zone)
        day += _DAY


def _on_days(said: str, text: str, at: time) -> Timing | None:
    words = re.sub(r"\b(every|on|the|of|month|and)\b|,", " ", said)
    words = " ".join(re.sub(r"\s*-\s*", "-", words).split())
    if words in ("", "day", "daily"):
        return Timing(text, at=at)
    if words in ("weekday", "weekdays"):
        return Timing(text, at=at, weekdays=frozenset(range(5)))
    first, _, rest = words.partition(" ")
    nth = _ORDINALS.get(first)
    if nth is None and (found := _NTH.fullmatch(first)):
        nth = int(found["n"])
    if nth is not None:
        return _nth(nth, rest, text, at)
    chosen: set[int] = set()
    for part in words.split():
        ends = [_weekday(name) for name in part.split("-")]
        if len(ends) > 2 or None in ends:
            return None
        low, high = ends[0], ends[-1]
        assert low is not None and high is not None
        chosen |= {(low + n) % 7 for n in range((high - low) % 7 + 1)}
    return Timing(text, at=at, weekdays=frozenset(chosen))


def _nth(nth: int, rest: str, text: str, at: time) -> Timing | None:
    if rest in ("", "day"):
        return Timing(text, at=at, nth=nth) if nth == -1 or 1 <= nth <= 31 else None
    if rest == "working day":
        return Timing(text, at=at, nth=nth, counting="working days") if nth <= 20 and nth else None
    weekday = _weekday(rest)
    return Timing(text, at=at, nth=nth, counting=weekday) if weekday is not None and nth <= 4 and nth else None


def _weekday(name: str) -> int | None:
    for names in (WEEKDAYS, _FULL):
        if name.rstrip("s") in names or name in names:
            return names.index(name if name in names else name.rstrip("s"))
    return None
