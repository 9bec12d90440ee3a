"""How many minutes of work lie between two instants? A closed form over whole weeks and the rest, the same on every engine.

W(t) = the seconds worked from a Monday long ago up to what the clock on the wall shows at t: whole weeks, whole days of
the week begun, the part of the day itself; less the holidays before. Between two instants: W(end) - W(start). The hours
are bound, so one compiled text serves every calendar. Formulas 7.2, golden vector G23.
"""

from __future__ import annotations

from typing import Any

import ibis

from saleswright.history import rows as r

_DAY = 86_400
# 1970-01-05 was a Monday.
_MONDAY = 4


def business_minutes(start: Any, end: Any) -> Any:
    """Whole working minutes from one instant to another; -1 where the end is the earlier one."""
    worked = (_worked(end) - _worked(start)) // 60
    # Where the clock is put back the wall may show less at the later instant.
    return ibis.cases((end < start, -1), else_=ibis.greatest(worked, 0))


def _worked(instant: Any) -> Any:
    wall = r.local_time(instant.cast("timestamp(6)"), r.text("hours_zone"))
    seconds = wall.epoch_seconds()
    opens, closes = _number("hours_open"), _number("hours_close")
    day = seconds // _DAY - _MONDAY
    weekday = day % 7
    named = wall.date().cast("string")
    holidays = r.members("hours_holidays")
    off = holidays.filter(lambda one: one < named).length()
    worked = (r.text("hours_days").substr(weekday, 1) == "1") & ~holidays.contains(named)
    whole = (day // 7) * _number("hours_week") + r.text("hours_before").substr(weekday, 1).cast("int64") - off
    today = ibis.least(ibis.greatest(seconds % _DAY, opens), closes) - opens
    return whole * (closes - opens) + ibis.cases((worked, today), else_=0)


def _number(name: str) -> Any:
    return r.text(name).cast("int64")
