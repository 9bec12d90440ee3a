"""A drawn world that answers as a record does: what was known on any Sunday, and what had become of every deal by then."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from saleswright.lib.fiscal import FiscalCalendar
from saleswright.measure.flow.columns import EPOCH, days
from saleswright.measure.forecast.backtest.run import Asked
from saleswright.measure.forecast.outlook.past import Past
from tests.measure.forecast.worlds import World
from tests.measure.forecast.worlds.world import LOST, MONDAY, NAMES, OPEN, WON

WEEKS = FiscalCalendar("445")
"""Periods that begin on Mondays, as the worlds' weeks do."""


class Drawn:
    """The record of a world at the end of its past. asked: how often it was asked for rows, and for what had become of deals."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.asked: list[str] = []

    @property
    def today(self) -> date:
        """The last day of the past."""
        return EPOCH + timedelta(days=self.world.today)

    def panel(self, of):
        """The rows of the weeks that end on these days."""
        self.asked.append("panel")
        return self._rows([(days(day) - MONDAY) // 7 - 1 for day in of], self.world.week)

    def told(self, of, day):
        """The same rows as known at the end of a day."""
        week = (days(day) - MONDAY) // 7 - 1
        return self._rows([w for w in (np.unique(of.day) - MONDAY) // 7 - 1 if w <= week], week)

    def _rows(self, weeks, known):
        starts = self.world._starts
        rows = [np.arange(starts[w], starts[w + 1]) for w in weeks if 0 <= w <= known]
        # As a record does: names by the day each came first.
        return self.world._panel(np.concatenate(rows or [np.zeros(0, np.int64)]), known).bare()

    def past(self, day):
        """Every deal that had come in by then."""
        end = days(day) - MONDAY
        deals = self.world.deals
        some = np.flatnonzero(deals.created <= end)
        ended = deals.ended[some]
        fate = np.where((deals.fate[some] != OPEN) & (ended <= end), deals.fate[some], OPEN)
        won = fate == WON
        return Past(
            ids=tuple(f"D-{i}" for i in some.tolist()),
            came=MONDAY + deals.created[some],
            ended=MONDAY + np.where(fate == OPEN, end, ended),
            fate=fate,
            booked=np.where(won, deals.won[some], 0),
            unknown=np.zeros(some.size, bool),
            gone=np.zeros(some.size, bool),
            told=days(day),
            names={"segment": NAMES["segment"]},
            groups={"segment": deals.segment[some]},
        )


def question(source: Drawn, periods=2, every=6, grain="quarter", by="segment") -> Asked:
    """A back-test of that world."""
    return Asked(WEEKS, source.today, grain, periods, every, by)


__all__ = ["LOST", "OPEN", "WON", "Drawn", "question"]
