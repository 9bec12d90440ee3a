"""What had a forecast learnt by the day of an origin, and from which day's record?

The model is learnt anew on the eve of a period and every fourth week of it, and on every day where days lie four weeks apart or
more. In between, three weeks in four of a weekly back-test, chances, amounts and the common shock stay as they were learnt up to
three weeks before; wins, open deals and arrivals are those of the day. Decision 0034 says what that changes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from saleswright.lib.fiscal import FiscalCalendar
from saleswright.measure.forecast.backtest.origins import Origin, within
from saleswright.measure.forecast.outlook.days import learning_days, learning_rows, quarter_ends

if TYPE_CHECKING:
    from saleswright.measure.forecast.backtest.source import Source
    from saleswright.measure.forecast.outlook.foretell import Foretold
    from saleswright.measure.forecast.outlook.learn import Learned
    from saleswright.measure.forecast.outlook.past import Past
    from saleswright.measure.forecast.panel.panel import Panel

ANEW = 4
"""Weeks after which a model is learnt anew at the latest."""


def learnt_on(origin: Origin, every: int) -> int:
    """How many weeks into the period the model of this day was learnt: on the day itself, or up to three weeks before."""
    step = every * -(-ANEW // every)
    return origin.week - origin.week % step


@dataclass
class Learnt:
    """The models of one period's days. rows: open deals of all days they learn from, told up to now."""

    source: Source
    calendar: FiscalCalendar
    every: int
    rows: Panel
    _held: tuple[int, Learned] | None = None

    def foretold(self, origin: Origin, then: Past) -> Foretold:
        """The forecast of that day. then: what had become of all deals by it."""
        from saleswright.measure.forecast.outlook.arriving import arriving
        from saleswright.measure.forecast.outlook.foretell import foretell

        week = learnt_on(origin, self.every)
        if self._held is None or self._held[0] != week:
            self._held = week, self._learn(next(one for one in within(origin.period, self.every) if one.week == week))
        learned = self._held[1]
        if week != origin.week:
            learned = replace(learned, past=then, arriving=arriving(then))
        now = self.source.told(self.rows.only(self.rows.day == origin.on), origin.day).bare()
        return foretell(learned, now, origin.first, origin.last)

    def _learn(self, origin: Origin) -> Learned:
        from saleswright.measure.forecast.outlook.learn import learn

        known = learning_rows(self.source.told(self.rows, origin.day), origin.day)
        return learn(known, self.source.past(origin.day), quarter_ends(self.calendar, origin.day))


def needed(origins: list[Origin], every: int) -> list[date]:
    """The days whose open deals the forecasts of one period's origins ask for."""
    weeks = {learnt_on(one, every) for one in origins}
    learning = [one for one in within(origins[0].period, every) if one.week in weeks]
    return sorted({day for one in learning for day in learning_days(one.day)} | {one.day for one in origins})
