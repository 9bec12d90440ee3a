"""Stretches of whole days: half-open, named in one canonical way, read from what people type."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, get_args

from saleswright.lib.issue import USAGE, Issue, Stop, nearest

if TYPE_CHECKING:
    from saleswright.lib.fiscal import FiscalCalendar

Grain = Literal["day", "week", "month", "quarter", "year", "range", "all"]

FIRST_DAY = date(1, 1, 1)
LAST_DAY = date(9999, 12, 31)
"""Sentinels: a period that starts on FIRST_DAY or ends on LAST_DAY is open on that side."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Which days? From `start` up to, not including, `end`.

    `grain` says which kind of whole unit it is; `range` is any other stretch. `str(period)` is the canonical text,
    which `parse_period` reads back. `label` is the name a face shows and no part of equality: the canonical text of
    a whole unit, any words for a range. Raises ValueError when the period holds no day.
    """

    start: date
    end: date
    label: str = field(compare=False)
    grain: Grain

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"a period holds at least one day: {self.start} to {self.end}")

    @classmethod
    def between(cls, start: date, end: date, label: str = "") -> Period:
        """Which range runs from `start` up to, not including, `end`? Labelled with its canonical text by default."""
        if (start, end) == (FIRST_DAY, LAST_DAY):
            return cls(start, end, label or "all", "all")
        return cls(start, end, label or _range_text(start, end), "range")

    @property
    def days(self) -> int:
        """How many days?"""
        return (self.end - self.start).days

    @property
    def bounded(self) -> bool:
        """Has it both a first and a last day? Only then can it be split, shifted or compared with the one before."""
        return self.start != FIRST_DAY and self.end != LAST_DAY

    def contains(self, day: date) -> bool:
        """Is this day in it?"""
        return self.start <= day < self.end

    def overlaps(self, other: Period) -> bool:
        """Do both share a day?"""
        return self.start < other.end and other.start < self.end

    def shift(self, n: int, calendar: FiscalCalendar) -> Period:
        """Which period of the same grain lies `n` later (earlier when negative)? A range moves by its own length.

        Raises Stop when the period is open, or the result is outside the years 1 to 9999.
        """
        if not self.bounded:
            raise Stop(self._open("has none before or after it"))
        try:
            if self.grain in ("range", "all", "day"):
                step = timedelta(days=n * self.days)
                if self.grain == "day":
                    return calendar.containing("day", self.start + step)
                return Period.between(self.start + step, self.end + step)
            return calendar.step(self.grain, self.start, n)
        except (OverflowError, ValueError):
            raise Stop(
                Issue("", f"{self} moved by {n}", "is outside the years 1 to 9999", code="out_of_time")
            ) from None

    def previous(self, calendar: FiscalCalendar) -> Period:
        """Which period of the same grain, or range of the same length, ends where this one starts?"""
        return self.shift(-1, calendar)

    def split(self, grain: Grain, calendar: FiscalCalendar) -> list[Period]:
        """Which weeks, months ... make it up? In order, disjoint, covering it exactly.

        A unit that sticks out is clipped: the piece keeps the label of the whole unit and has the grain `range`.
        Raises Stop when the period is open.
        """
        if grain in ("range", "all"):
            return [self]
        if not self.bounded:
            raise Stop(self._open(f"has no number of {grain}s"))
        pieces = period_index(calendar, grain, self.start, self.end)
        return [self._clip(piece) for piece in pieces]

    def __str__(self) -> str:
        match self.grain:
            case "range":
                return _range_text(self.start, self.end)
            case "all":
                return "all"
            case _:
                return self.label

    def _clip(self, piece: Period) -> Period:
        if self.start <= piece.start and piece.end <= self.end:
            return piece
        return Period(max(self.start, piece.start), min(self.end, piece.end), piece.label, "range")

    def _open(self, why: str) -> Issue:
        return Issue(
            "",
            f"the period '{self}' is open",
            f"so it {why}",
            "a period with a first and a last day",
            code="open_period",
        )


ALL_TIME = Period(FIRST_DAY, LAST_DAY, "all", "all")


def period_index(calendar: FiscalCalendar, grain: Grain, start: date, end: date) -> list[Period]:
    """Which consecutive whole periods cover the days from `start` up to, not including, `end`?

    For joining rows to a calendar table; empty when the span is. Raises ValueError for the grains range and all.
    """
    index: list[Period] = []
    while start < end:
        piece = calendar.containing(grain, start)
        index.append(piece)
        start = piece.end
    return index


FORMS = (
    "2017",
    "FY2017",
    "2017Q1",
    "2017-03",
    "Mar 2017",
    "2017W09",
    "2017-03-31",
    "2017-01-01..2017-03-31",
    "2017-01-01..",
    "today",
    "yesterday",
    "this week",
    "last week",
    "this month",
    "last month",
    "this quarter",
    "last quarter",
    "next quarter",
    "this year",
    "last year",
    "last 12 months",
    "last 90 days",
    "wtd",
    "mtd",
    "qtd",
    "ytd",
    "all",
)
"""One example of every form `parse_period` accepts."""

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"),
            ("feb", "february"),
            ("mar", "march"),
            ("apr", "april"),
            ("may",),
            ("jun", "june"),
            ("jul", "july"),
            ("aug", "august"),
            ("sep", "sept", "september"),
            ("oct", "october"),
            ("nov", "november"),
            ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}
_GRAINS: dict[str, Grain] = {g: g for g in get_args(Grain) if g not in ("range", "all")}
_WHEN = {"this": 0, "current": 0, "last": -1, "previous": -1, "next": 1}
_TO_DATE: dict[str, Grain] = {"wtd": "week", "mtd": "month", "qtd": "quarter", "ytd": "year"}


def parse_period(text: str, today: date, calendar: FiscalCalendar) -> Period:
    """Which period did the reader type? Takes every canonical text and the forms listed in `FORMS`, in any case.

    Quarters and years are fiscal. `2017-03` is the calendar month, or fiscal month 3 in a calendar of weeks, where
    `Mar 2017` is the fiscal month that stands for March. `last 12 months` is twelve months, the last one the current
    month up to and including today; `qtd` and the like end with today too. Either side of `..` takes any form and
    may be left out. Raises Stop (exit code 2) for anything else.
    """
    typed = " ".join(text.replace("_", " ").split()).lower()
    try:
        if ".." in text:
            return _parse_range(text, today, calendar)
        period = _parse_one(typed, today, calendar)
    except (ValueError, OverflowError) as wrong:
        raise Stop(
            Issue(
                "",
                f"there is no period '{text}'",
                str(wrong),
                f"a period like {calendar.containing('quarter', today)}",
                code="no_such_period",
            ),
            exit_code=USAGE,
        ) from None
    if period is None:
        near = [f"did you mean {' or '.join(near)}?"] if (near := nearest(typed, FORMS)) else []
        forms = ", ".join(FORMS)
        raise Stop(
            Issue("", f"'{text}' is not a period", "", " ".join([*near, f"forms: {forms}"]), code="unknown_period"),
            exit_code=USAGE,
        )
    return period


def _parse_range(text: str, today: date, calendar: FiscalCalendar) -> Period:
    left, right = (side.strip() for side in text.split("..", 1))
    if ".." in right:
        raise ValueError("a range has two sides")
    if not left and not right:
        return ALL_TIME
    sides: list[Period] = []
    issues: list[Issue] = []
    for side in (left, right):
        try:
            sides.append(parse_period(side, today, calendar) if side else ALL_TIME)
        except Stop as stop:
            issues += stop.issues
    if issues:
        raise Stop(*issues, exit_code=USAGE)
    start, end = sides[0].start, sides[1].end
    if end <= start:
        raise ValueError("it ends before it starts")
    return Period.between(start, end)


def _parse_one(typed: str, today: date, calendar: FiscalCalendar) -> Period | None:
    for pattern, read in _READERS:
        if match := re.fullmatch(pattern, typed):
            return read(match, today, calendar)
    return None


def _all(_m: re.Match[str], _today: date, _calendar: FiscalCalendar) -> Period:
    return ALL_TIME


def _near_day(m: re.Match[str], today: date, calendar: FiscalCalendar) -> Period:
    away = {"yesterday": -1, "today": 0, "tomorrow": 1}[m[0]]
    return calendar.containing("day", today + away * _DAY)


def _relative(m: re.Match[str], today: date, calendar: FiscalCalendar) -> Period:
    return calendar.step(_GRAINS[m[2]], today, _WHEN[m[1]])


def _last_units(m: re.Match[str], today: date, calendar: FiscalCalendar) -> Period:
    n, grain = int(m[1]), _GRAINS[m[2]]
    if n < 1:
        raise ValueError("it holds no day")
    first = calendar.step(grain, today, 1 - n)
    return Period.between(first.start, today + _DAY, f"last {n} {grain}{'s' if n > 1 else ''}")


def _to_date(m: re.Match[str], today: date, calendar: FiscalCalendar) -> Period:
    whole = calendar.containing(_TO_DATE[m[0]], today)
    return Period.between(whole.start, today + _DAY, f"{whole.label} to date")


def _day(m: re.Match[str], _today: date, calendar: FiscalCalendar) -> Period:
    return calendar.containing("day", date(int(m[1]), int(m[2]), int(m[3])))


def _month(m: re.Match[str], _today: date, calendar: FiscalCalendar) -> Period:
    return calendar.numbered_month(int(m[1]), int(m[2]))


def _named_month(m: re.Match[str], _today: date, calendar: FiscalCalendar) -> Period | None:
    number = _MONTHS.get(m["name"])
    return None if number is None else calendar.calendar_month(int(m["year"]), number)


def _week(m: re.Match[str], _today: date, calendar: FiscalCalendar) -> Period:
    return calendar.week(int(m[1]), int(m[2]))


def _quarter(m: re.Match[str], _today: date, calendar: FiscalCalendar) -> Period:
    return calendar.quarter(int(m["year"]), int(m["quarter"]))


def _year(m: re.Match[str], _today: date, calendar: FiscalCalendar) -> Period:
    return calendar.year(int(m[1]))


_UNIT = "(" + "|".join(_GRAINS) + ")"
# Kept as text: compiling these would cost every start of the program, and most starts read no period.
_READERS: list[tuple[str, Callable[[re.Match[str], date, FiscalCalendar], Period | None]]] = [
    (r"all(?:[ -]?time)?", _all),
    (r"today|yesterday|tomorrow", _near_day),
    (r"(" + "|".join(_WHEN) + r")[ -]" + _UNIT, _relative),
    (r"(?:last|past|previous)[ -]?([0-9]{1,5})[ -]?" + _UNIT + "s?", _last_units),
    ("|".join(_TO_DATE), _to_date),
    (r"([0-9]{4})-([0-9]{2})-([0-9]{2})", _day),
    (r"([0-9]{4})-([0-9]{2})", _month),
    (r"(?P<name>[a-z]{3,9})[ -](?P<year>[0-9]{4})", _named_month),
    (r"(?P<year>[0-9]{4})[ -](?P<name>[a-z]{3,9})", _named_month),
    (r"([0-9]{4})[ -]?w([0-9]{1,2})", _week),
    (r"(?:fy ?)?(?P<year>[0-9]{4})[ -]?q(?P<quarter>[0-9])", _quarter),
    (r"q(?P<quarter>[0-9])[ -]?(?:fy ?)?(?P<year>[0-9]{4})", _quarter),
    (r"(?:fy[ -]?)?([0-9]{4})", _year),
]


def _range_text(start: date, end: date) -> str:
    first = "" if start == FIRST_DAY else start.isoformat()
    last = "" if end == LAST_DAY else (end - _DAY).isoformat()
    return f"{first}..{last}"
