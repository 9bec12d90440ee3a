"""Is the next period being built? What is open and due in it now, and what was there at the same point before earlier ones.

The same point is as many days before the period began as now is before the next one. What earlier periods then booked, and
how much of it was open at that point, says how far what is open now will carry.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.flow.columns import Bools, days
from saleswright.measure.forecast.show import laws
from saleswright.measure.forecast.show.shown import Before, Next
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.quota import target

if TYPE_CHECKING:
    from saleswright.measure.forecast.outlook.asked import Forecast
    from saleswright.measure.forecast.outlook.past import Past
    from saleswright.measure.forecast.panel.panel import Panel

EARLIER = 4
"""Earlier periods that are looked at."""


def upcoming(at: Snapshot, now: Forecast, where: Pairs) -> tuple[Next | None, str]:
    """The period after the one asked about, or why nothing is said of it."""
    from saleswright.measure.forecast.outlook.foretell import foretell

    following = now.period.shift(1, at.workspace.calendar)
    if following.start <= at.day:
        return None, f"{following.label}, the period after it, has begun: ask for its own forecast."
    rows = now.foretold.now
    then = foretell(now.learned, rows, days(following.start), days(following.end) - 1)
    goal: Figure = target(at, following, where)
    minor, why = (goal.value.minor, "") if isinstance(goal.value, Money) else (None, goal.reason)
    told = laws.told(then.law, then.means, minor, why, apart=False)
    inside = _due(rows, following)
    return Next(following, told, _sum(rows, inside), int(inside.sum()), _before(at, now, following)), ""


def _before(at: Snapshot, now: Forecast, following: Period) -> tuple[Before, ...]:
    """Earlier periods that are over, seen as many days before they began; those of which no day to close was known are not."""
    ahead = following.start - at.day
    spans = [now.period.shift(-back, at.workspace.calendar) for back in range(1, EARLIER + 1)]
    if now.period.end <= at.day + timedelta(days=1):
        spans = [now.period, *spans[:-1]]
    spans = [span for span in spans if span.end <= at.day + timedelta(days=1)]
    if not spans:
        return ()
    panel, past = now.record.panel([span.start - ahead for span in spans]), now.learned.past
    found = []
    for span in spans:
        day = span.start - ahead
        rows = panel.only(panel.day == days(day))
        if not len(rows) or not np.isfinite(rows.to_close).any():
            continue
        inside = _due(rows, span)
        came, of_open = _came(past, span, {rows.ids[place] for place in rows.deal[inside].tolist()})
        found.append(Before(span, day, _sum(rows, inside), int(inside.sum()), came, of_open))
    return tuple(found)


def _due(rows: Panel, span: Period) -> Bools:
    """Whose stated close lies in the period."""
    close = rows.day + np.nan_to_num(rows.to_close, nan=-1e9)
    return np.asarray(np.isfinite(rows.to_close) & (close >= days(span.start)) & (close < days(span.end)))


def _sum(rows: Panel, chosen: Bools) -> int:
    return int(rows.amount[chosen & ~rows.unknown].sum())


def _came(past: Past, span: Period, ids: set[str]) -> tuple[int, int]:
    """(what was booked in a period, what of it came from these deals), as known now."""
    booked = past.booked_from(days(span.start), days(span.end) - 1)
    places = np.flatnonzero(booked).tolist()
    of_open = sum(int(past.booked[place]) for place in places if past.ids[place] in ids)
    return int(past.booked[booked].sum()), of_open
