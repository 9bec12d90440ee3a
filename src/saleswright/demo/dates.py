"""Days as ordinals: months and quarters of the window, working days, and how they are written.

A day is an `int` (`date.toordinal`) everywhere in the demo, and an instant is seconds since ordinal day 0.
"""

from dataclasses import dataclass
from datetime import date

DAY_SECONDS = 86_400
NEVER = 4_000_000  # later than any date Python can hold


def weekday(day: int) -> int:
    """0 is Monday."""
    return (day + 6) % 7


def working_day(day: int) -> int:
    """The day itself, or the Monday after a weekend."""
    return day + (0, 0, 0, 0, 0, 2, 1)[weekday(day)]


def quarter_end(day: int) -> int:
    """The last day of the calendar quarter that holds this day."""
    d = date.fromordinal(day)
    return add_months(date(d.year, (d.month - 1) // 3 * 3 + 1, 1), 3).toordinal() - 1


def quarter_name(day: int) -> str:
    """A quarter as people write it, such as 2026Q4."""
    d = date.fromordinal(day)
    return f"{d.year}Q{(d.month - 1) // 3 + 1}"


def add_months(first: date, months: int) -> date:
    """The first of the month so many months later."""
    index = first.year * 12 + first.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


class Written(dict[int, str]):
    """ISO dates by ordinal, each written once."""

    def __missing__(self, day: int) -> str:
        text = self[day] = date.fromordinal(day).isoformat()
        return text


ISO = Written()


def stamp(instant: int) -> str:
    """An instant the way Salesforce writes it: 2026-01-05T14:03:11.000Z."""
    day, second = divmod(instant, DAY_SECONDS)
    return f"{ISO[day]}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.000Z"


@dataclass(frozen=True)
class Calendar:
    """The window of the demo: whole calendar months, the last one cut at `until`."""

    until: int
    months: int

    def month_start(self, month: int) -> int:
        """The first day of a month of the window; month 1 is the first, 0 and below lie before it."""
        last = date.fromordinal(self.until).replace(day=1)
        return add_months(last, month - self.months).toordinal()

    @property
    def start(self) -> int:
        """The first day of the window."""
        return self.month_start(1)

    def month_of(self, day: int) -> int:
        """The number of the month that holds this day, counted from 1."""
        d, last = date.fromordinal(day), date.fromordinal(self.until)
        return (d.year - last.year) * 12 + d.month - last.month + self.months

    def quarter_ends(self, first: int) -> list[int]:
        """Every quarter end from `first` up to the day before `until`."""
        ends = [quarter_end(first)]
        while (following := quarter_end(ends[-1] + 1)) < self.until:
            ends.append(following)
        return ends
