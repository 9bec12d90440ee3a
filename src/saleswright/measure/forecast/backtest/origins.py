"""On which past days is the forecast tried? The eve of each past period, and days inside it some weeks apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from saleswright.lib.fiscal import FiscalCalendar
from saleswright.lib.issue import USAGE, Issue, Stop, unknown
from saleswright.lib.period import Period, parse_period
from saleswright.measure.flow.columns import days

GRAINS = ("quarter", "month")
PERIODS = {"quarter": 8, "month": 12}
"""Tried where nobody says how many: two years of quarters, one of months."""
MOST = 40
WEEK = 7


@dataclass(frozen=True, slots=True)
class Origin:
    """At the end of `day` the forecast of `period` is made: `week` weeks into it, 0 on the eve."""

    period: Period
    week: int
    day: date

    @property
    def on(self) -> int:
        """The day as columns hold it."""
        return days(self.day)

    @property
    def first(self) -> int:
        """The period's first day."""
        return days(self.period.start)

    @property
    def last(self) -> int:
        """The period's last day."""
        return days(self.period.end) - 1

    @property
    def left(self) -> int:
        """Days of the period that are still to come."""
        return self.last - max(self.on, self.first - 1)

    @property
    def name(self) -> str:
        """What its answer is kept under."""
        return f"{self.period}-w{self.week:02d}"


def past(calendar: FiscalCalendar, today: date, grain: str, count: int) -> list[Period]:
    """The last so many whole periods that are over, oldest first."""
    running = parse_period(f"this {grain}", today, calendar)
    return [running.shift(-back, calendar) for back in range(count, 0, -1)]


def within(period: Period, every: int) -> list[Origin]:
    """The origins of one period: its eve, and every so many weeks as long as a week is left."""
    found: list[Origin] = []
    week = 0
    while True:
        day = period.start + timedelta(days=WEEK * week - 1)
        if (period.end - day).days - 1 < WEEK:
            return found
        found.append(Origin(period, week, day))
        week += every


def checked(grain: str, periods: int, every: int) -> int:
    """How many periods are meant. Stop (usage) with everything that is wrong with the question."""
    issues = []
    if grain not in GRAINS:
        issues.append(unknown("kind of period", grain, GRAINS, where="period"))
    if not 0 <= periods <= MOST:
        why = "older ones are of another company, and each costs a fit a day"
        issues.append(Issue("periods", f"{periods} periods cannot be tried", why, f"1 to {MOST}; 0: as is usual"))
    if every < 1:
        issues.append(Issue("every", f"days {every} weeks apart are none", "", "such as --every 1 or --every 4"))
    if issues:
        raise Stop(*issues, exit_code=USAGE)
    return periods or PERIODS[grain]
