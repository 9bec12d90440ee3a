"""What was open on the same day of earlier periods, and what would stage chances have said of it? For the plain forecasts.

Chances of stages are told in two ways: of all decided deals that were once in a stage the share that was won, as a CRM has it
(`ever`); and of deals seen in a stage on a past day the share that was won within as many days as are left (`in time`), which
is harder to beat.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from saleswright.measure.flow.columns import Floats, Ints
from saleswright.measure.flow.lifetable import OPEN, WON
from saleswright.measure.forecast.plain.open_deals import stage_rates, stage_weighted

if TYPE_CHECKING:
    from saleswright.measure.forecast.backtest.origins import Origin
    from saleswright.measure.forecast.backtest.source import Source
    from saleswright.measure.forecast.panel.panel import Panel

EVER, IN_TIME = "stage-weighted", "stage-weighted, in time"
WAYS = (EVER, IN_TIME)
NEVER = "no deal was decided yet, so no stage has a chance"


@dataclass(frozen=True)
class Opened:
    """The open pipeline on the day of an origin. worth: minor units. rates: by way, chances of stages, the last of a deal whose
    stage is unknown. more: by way, what they say will come of it; nan where no deal was decided."""

    worth: float
    amount: Floats
    stage: Ints
    rates: dict[str, Floats]
    more: dict[str, float]


class Pipelines:
    """The open pipelines of all origins of a back-test and of the earlier periods its plain forecasts learn from."""

    def __init__(self, source: Source, origins: list[Origin]) -> None:
        self._source = source
        self._of = {(str(one.period), one.week): one for one in origins}
        self._told: dict[tuple[str, int], Opened] = {}

    @cached_property
    def panel(self) -> Panel:
        """Open deals on all of these days."""
        return self._source.panel(sorted({one.day for one in self._of.values()}))

    def rows(self, origin: Origin) -> int:
        """How many deals were open on its day?"""
        day = self.panel.day
        return int(np.searchsorted(day, origin.on, "right") - np.searchsorted(day, origin.on, "left"))

    def has(self, period: str, week: int) -> bool:
        """Is that period's origin one of them?"""
        return (period, week) in self._of

    def at(self, period: str, week: int) -> Opened:
        """The pipeline of that period's origin, with the chances that were known then."""
        key = period, week
        if key not in self._told:
            self._told[key] = _opened(self._source, self.panel, self._of[key])
        return self._told[key]


def _opened(source: Source, panel: Panel, origin: Origin) -> Opened:
    known = source.told(panel, origin.day)
    now = known.only(slice(int(np.searchsorted(known.day, origin.on)), None))
    amount = np.where(now.unknown, np.nan, now.amount.astype(np.float64))
    rates = {EVER: _ever(known), IN_TIME: _in_time(known, origin.left)}
    more = {}
    for way, rate in rates.items():
        point = stage_weighted(amount, now.stage, rate).point
        more[way] = float("nan") if point is None else point
    return Opened(float(np.nansum(amount)), amount, now.stage, rates, more)


def _ever(known: Panel) -> Floats:
    """Of the decided deals that were once seen in a stage, the share that was won: each once a stage."""
    rows = known.only(known.fate != OPEN)
    stages = len(known.names["stage"])
    seen = np.unique((rows.deal * (stages + 1) + rows.stage + 1) * 2 + (rows.fate == WON))
    return stage_rates(seen // 2 % (stages + 1) - 1, seen % 2, stages)


def _in_time(known: Panel, left: int) -> Floats:
    """Of the deals seen in a stage on a day that lies at least as long back, the share that was won within so many days."""
    rows = known.only(known.day + left <= known.told)
    return stage_rates(rows.stage, (rows.fate == WON) & (rows.until <= left), len(known.names["stage"]))
