"""The company's calendar: which fiscal year, quarter, month and week a day falls in, and where each begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from saleswright.lib.issue import Issue, Stop, unknown
from saleswright.lib.period import Grain, Period

Pattern = Literal["months", "445", "454", "544"]

_WEEK = timedelta(days=7)
_WEEKS_OF_QUARTER = {"445": (4, 4, 5), "454": (4, 5, 4), "544": (5, 4, 4)}


@dataclass(frozen=True, slots=True)
class FiscalCalendar:
    """How does the company count time?

    `pattern` is `months`, or the weeks in the months of each quarter (`445` and so on). The year starts with
    `start_month` (1 to 12): on its first day or, in a calendar of weeks, on the `start_weekday` (0 is Monday) nearest
    that day, so that a year has 52 or 53 weeks; the 53rd belongs to the last month. A fiscal year is named after the
    calendar year in which it nominally starts or ends (`name_by`); left empty, `end` unless it starts in January.
    Weeks of a calendar of months are ISO 8601 weeks. Raises Stop when a setting is out of its range.
    """

    pattern: Pattern = "months"
    start_month: int = 1
    start_weekday: int = 0
    name_by: Literal["start", "end", ""] = ""

    def __post_init__(self) -> None:
        issues: list[Issue] = []
        if self.pattern != "months" and self.pattern not in _WEEKS_OF_QUARTER:
            issues.append(unknown("calendar pattern", str(self.pattern), ["months", *_WEEKS_OF_QUARTER]))
        if self.start_month not in range(1, 13):
            issues.append(Issue("", f"start_month {self.start_month} is not a month", try_="1 (January) to 12"))
        if self.start_weekday not in range(7):
            issues.append(Issue("", f"start_weekday {self.start_weekday} is not a weekday", try_="0 (Monday) to 6"))
        if self.name_by not in ("start", "end", ""):
            issues.append(unknown("way to name a fiscal year", self.name_by, ["start", "end"]))
        if issues:
            raise Stop(*issues)
        if not self.name_by:
            object.__setattr__(self, "name_by", "start" if self.start_month == 1 else "end")

    def year_of(self, day: date) -> int:
        """Which fiscal year is this day in?"""
        nominal = day.year if day.year == date.max.year else day.year + 1
        while self._year_start(nominal) > day:
            nominal -= 1
        return nominal + self._name_offset

    def quarter_of(self, day: date) -> tuple[int, int]:
        """Which fiscal year and quarter (1 to 4) is this day in?"""
        year, month = self.month_of(day)
        return year, (month + 2) // 3

    def month_of(self, day: date) -> tuple[int, int]:
        """Which fiscal year and fiscal month (1 to 12, 1 is the first of the fiscal year) is this day in?"""
        year = self.year_of(day)
        if self.pattern == "months":
            return year, (day.month - self.start_month) % 12 + 1
        week = self._week_in_year(year, day)
        ends = self._month_ends(year)
        return year, next(month for month, end in enumerate(ends, 1) if week <= end)

    def week_of(self, day: date) -> tuple[int, int]:
        """Which year and week is this day in? ISO year and week in a calendar of months, else fiscal."""
        if self.pattern == "months":
            iso = day.isocalendar()
            return iso.year, iso.week
        year = self.year_of(day)
        return year, self._week_in_year(year, day)

    def year_start(self, y: int) -> date:
        """On which day does fiscal year `y` start? Raises ValueError outside the years 1 to 9999."""
        return self._year_start(y - self._name_offset)

    def weeks(self, y: int) -> int:
        """How many weeks has year `y`? 52 or 53."""
        if self.pattern == "months":
            return date(y, 12, 28).isocalendar().week
        return (self.year_start(y + 1) - self.year_start(y)).days // 7

    def year(self, y: int) -> Period:
        """Which days are fiscal year `y`? Labelled `2017`."""
        return Period(self.year_start(y), self.year_start(y + 1), f"{y:04d}", "year")

    def quarter(self, y: int, q: int) -> Period:
        """Which days are quarter `q` of fiscal year `y`? Labelled `2017Q1`. Raises ValueError unless q is 1 to 4."""
        if q not in range(1, 5):
            raise ValueError(f"a year has quarters 1 to 4, not {q}")
        return Period(self._month_start(y, 3 * q - 2), self._month_end(y, 3 * q), f"{y:04d}Q{q}", "quarter")

    def month(self, y: int, m: int) -> Period:
        """Which days are fiscal month `m` (1 is the first of the fiscal year) of fiscal year `y`?

        Labelled with its calendar month, `2017-03`, in a calendar of months; else with `y` and `m`. Raises ValueError
        unless m is 1 to 12.
        """
        if m not in range(1, 13):
            raise ValueError(f"a year has months 1 to 12, not {m}")
        start, end = self._month_start(y, m), self._month_end(y, m)
        label = f"{start.year:04d}-{start.month:02d}" if self.pattern == "months" else f"{y:04d}-{m:02d}"
        return Period(start, end, label, "month")

    def week(self, y: int, w: int) -> Period:
        """Which days are week `w` of year `y`? Labelled `2017W09`. Raises ValueError when the year has no such week."""
        if w not in range(1, self.weeks(y) + 1):
            raise ValueError(f"{y} has weeks 1 to {self.weeks(y)}, not {w}")
        first = date.fromisocalendar(y, 1, 1) if self.pattern == "months" else self.year_start(y)
        start = first + (w - 1) * _WEEK
        return Period(start, start + _WEEK, f"{y:04d}W{w:02d}", "week")

    def numbered_month(self, y: int, m: int) -> Period:
        """Which month does the text `2017-03` mean? The calendar month, or fiscal month 3 in a calendar of weeks."""
        return self.calendar_month(y, m) if self.pattern == "months" else self.month(y, m)

    def calendar_month(self, y: int, m: int) -> Period:
        """Which fiscal month stands for calendar month `m` of calendar year `y`?"""
        if m not in range(1, 13):
            raise ValueError(f"a year has months 1 to 12, not {m}")
        nominal = y if m >= self.start_month else y - 1
        return self.month(nominal + self._name_offset, (m - self.start_month) % 12 + 1)

    def containing(self, grain: Grain, day: date) -> Period:
        """Which day, week, month, quarter or year holds this day? Raises ValueError for any other grain."""
        match grain:
            case "day":
                return Period(day, day + timedelta(days=1), day.isoformat(), "day")
            case "week":
                return self.week(*self.week_of(day))
            case "month":
                return self.month(*self.month_of(day))
            case "quarter":
                return self.quarter(*self.quarter_of(day))
            case "year":
                return self.year(self.year_of(day))
            case _:
                raise ValueError(f"no calendar unit is called {grain}")

    def step(self, grain: Grain, day: date, n: int) -> Period:
        """Which unit of this grain comes `n` after (before when negative) the one that holds `day`?"""
        match grain:
            case "day":
                return self.containing(grain, day + timedelta(days=n))
            case "week":
                return self.containing(grain, day + n * _WEEK)
            case "month":
                year, month = self.month_of(day)
                years, m = divmod(month - 1 + n, 12)
                return self.month(year + years, m + 1)
            case "quarter":
                year, quarter = self.quarter_of(day)
                years, q = divmod(quarter - 1 + n, 4)
                return self.quarter(year + years, q + 1)
            case "year":
                return self.year(self.year_of(day) + n)
            case _:
                raise ValueError(f"no calendar unit is called {grain}")

    @property
    def _name_offset(self) -> int:
        return 1 if self.name_by == "end" and self.start_month != 1 else 0

    def _year_start(self, nominal: int) -> date:
        first = date(nominal, self.start_month, 1)
        if self.pattern == "months":
            return first
        later = (self.start_weekday - first.weekday()) % 7
        return first + timedelta(days=later if later <= 3 else later - 7)

    def _month_start(self, y: int, m: int) -> date:
        if self.pattern == "months":
            years, month = divmod(self.start_month - 1 + m - 1, 12)
            return date(y - self._name_offset + years, month + 1, 1)
        before = self._month_ends(y)[m - 2] if m > 1 else 0
        return self.year_start(y) + before * _WEEK

    def _month_end(self, y: int, m: int) -> date:
        return self._month_start(y, m + 1) if m < 12 else self.year_start(y + 1)

    def _month_ends(self, y: int) -> list[int]:
        """Week numbers the months end with."""
        ends: list[int] = []
        for weeks in _WEEKS_OF_QUARTER[self.pattern] * 4:
            ends.append((ends[-1] if ends else 0) + weeks)
        ends[-1] = self.weeks(y)
        return ends

    def _week_in_year(self, year: int, day: date) -> int:
        return (day - self.year_start(year)).days // 7 + 1
