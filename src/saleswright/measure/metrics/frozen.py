"""As of when is a closed period read? Pay, quotas and forecasts are judged by what stood some days after its end, for good.

Convention 7.0.1: such a metric says `frozen_after: 10`; later changes never move it. What is known now has a metric of its
own beside it, and what was first reported is asked with `known`. A period that runs, or has just ended, is read now.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from saleswright.history.snapshot import Snapshot
from saleswright.lib.period import Period
from saleswright.measure.metrics.asked import Asked
from saleswright.measure.metrics.words import plural

# The days after a period's end in which what happened in it is still entered.
GRACE = 10


def closed_on(period: Period, grace: int = GRACE) -> date | None:
    """The last day on which a period is still written to; None for one that has no end."""
    try:
        return period.end + timedelta(days=grace - 1) if period.bounded else None
    except OverflowError:
        return None


def frozen(at: Snapshot, asked: Asked) -> Snapshot:
    """The record as the metric reads this period: frozen at its close, or as it is asked."""
    if asked.metric.frozen_after is None:
        return at
    day = closed_on(asked.period, asked.metric.frozen_after)
    return at if day is None else at.at(day)


def thawed(asked: Asked) -> Asked:
    """The same question as known now, whatever the metric says."""
    return replace(asked, metric=replace(asked.metric, frozen_after=None))


def note(at: Snapshot, asked: Asked) -> tuple[str, ...]:
    """The words that say so beside a figure; none where nothing was frozen."""
    then = frozen(at, asked)
    if then.day == at.day or asked.metric.frozen_after is None:
        return ()
    days = plural(asked.metric.frozen_after, "day")
    return (
        f"Frozen as of {then.day}, {days} after {asked.period.label} ended: later changes do not move it. "
        "Open it for what is known now; --known DAY asks for what was first reported.",
    )
