"""The forecast of a period as the figures and pages ask for it, and why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saleswright.history.snapshot import Snapshot
from saleswright.lib.period import Period
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.words import plural

if TYPE_CHECKING:
    from saleswright.measure.forecast.outlook.asked import Forecast

FEWEST = 30
"""Closed deals below which nothing is told: what is shipped would count for more than what was seen."""


def told(at: Snapshot, period: Period, where: Pairs = (), by: str = "") -> Forecast:
    """The forecast; kept for a state of the record by whoever makes it. Stop as it does."""
    from saleswright.measure.forecast.outlook.asked import forecast

    return forecast(at, period, where, by)


def why_not(at: Snapshot, one: Forecast) -> str:
    """Why nothing can be told; empty when it can."""
    closed = one.learned.n_closed
    if closed < FEWEST:
        return f"{plural(closed, 'deal')} closed with a past to learn from: a forecast needs {FEWEST}"
    return ""


def footer(at: Snapshot, period: Period) -> str:
    """How such forecasts did on the past, in a sentence."""
    from saleswright.measure.forecast.backtest.footer import footer as quoted

    return quoted(at, period)
