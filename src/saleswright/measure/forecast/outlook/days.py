"""From the open deals of which past days does a forecast learn, and where do quarters end around it?"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from saleswright.lib.fiscal import FiscalCalendar
from saleswright.lib.period import period_index
from saleswright.measure.flow.columns import Ints, days
from saleswright.measure.forecast.panel.panel import Panel

WEEKS = 104
"""Weeks back of which every one tells what becomes of deals."""
QUARTER = 91
QUARTERS = 16
"""Quarters back of which the first day tells how deals move together; what is older than WEEKS tells nothing else."""
AROUND = 1200
"""Days before and after in which the ends of quarters are told."""


def learning_days(day: date) -> list[date]:
    """The days whose open deals a forecast of this day learns from, oldest first, the day itself last."""
    weekly = {day - timedelta(days=7 * back) for back in range(WEEKS + 1)}
    return sorted(weekly | {day - timedelta(days=QUARTER * back) for back in range(1, QUARTERS + 1)})


def learning_rows(told: Panel, day: date) -> Panel:
    """Of rows of more days, those that a forecast of this day learns from, as a panel of these days alone has them."""
    return told.only(np.isin(told.day, [days(one) for one in learning_days(day)])).bare()


def quarter_ends(calendar: FiscalCalendar, day: date) -> Ints:
    """The last days of the fiscal quarters around a day, since 1970."""
    around = timedelta(days=AROUND)
    index = period_index(calendar, "quarter", day - around, day + around)
    return np.array([days(one.end) - 1 for one in index], np.int64)
