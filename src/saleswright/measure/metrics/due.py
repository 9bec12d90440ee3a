"""When is what is open due, and what does it count as? The words both splits use, and their order.

Past due is a bucket of its own, never part of a period: an open deal whose expected close lies before the as-of day.
A deal that is due on the as-of day itself is not past due.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from saleswright.lib.fiscal import FiscalCalendar
from saleswright.lib.period import Period

if TYPE_CHECKING:
    from saleswright.history.snapshot import Snapshot

PAST, THIS, NEXT, LATER, NO_DATE = "past due", "this quarter", "next quarter", "later", "no date"
DUE = (THIS, NEXT, LATER, PAST, NO_DATE)
QUALIFIED, NOT_QUALIFIED, RENEWAL, LEFT_OUT = "qualified", "not qualified", "renewal", "left out by a rule"
COUNTED = (QUALIFIED, NOT_QUALIFIED, RENEWAL, LEFT_OUT)
# The test that the shipped metrics leave renewals out by.
RENEWALS: dict[str, Any] = {"type": {"has": "renew"}}
# Each quarter ends where the day of this name begins.
QUARTERS = (("next_quarter", THIS), ("quarter_after", NEXT))
# Splits of what is open: the words on faces, and the fields they look at.
SPLITS: dict[str, tuple[str, tuple[str, ...]]] = {
    "due": ("Due", ("expected_close",)),
    "due_month": ("Due in", ("expected_close",)),
    "counted": ("Counted as", ("type", "qualified")),
}


def days(day: date, calendar: FiscalCalendar, period: Period) -> dict[str, date]:
    """The days that a test may name, seen from the as-of day and the period asked for."""
    quarter = calendar.containing("quarter", day)
    after = calendar.containing("quarter", quarter.end)
    named = {"as_of": day, "this_quarter": quarter.start, "next_quarter": quarter.end, "quarter_after": after.end}
    return {**named, "rest_of_period": max(day, period.start), "end_of_period": period.end}


def rank(name: str, member: str) -> int:
    """Where a member stands among the others of its split; periods in their own order before what has none."""
    order = {"due": DUE, "counted": COUNTED}.get(name, (PAST, NO_DATE))
    return order.index(member) + 1 if member in order else 0


def members(at: Snapshot, name: str) -> dict[str, str]:
    """Every member of a split."""
    if name != "due_month":
        return {word: word for word in (DUE if name == "due" else COUNTED)}
    sql = "SELECT DISTINCT strftime(expected_close, '%Y-%m') FROM deal WHERE expected_close IS NOT NULL"
    months = sorted(row[0] for row in at.reader.rows(sql))
    return {word: word for word in (*months, PAST, NO_DATE)}
