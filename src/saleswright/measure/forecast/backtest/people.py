"""What had everybody called by the day of an origin, and what did they win? Each against their own, and all who called together.

What stands for somebody is what the call sheet of that day has (calls/stand.py): a call that has run out by the rules is not in,
and that is no zero. Who led others who call says again what they do, is held against what all of them won, and is left out of
the sum. Who led whom is as it was on that day, and of what was won as it was on the period's last: a re-organisation later on
changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.forecast.backtest.before import Before
from saleswright.measure.forecast.backtest.origins import Origin
from saleswright.measure.forecast.calls.rules import Rules, rules
from saleswright.measure.forecast.calls.said import Said, same, told
from saleswright.measure.forecast.calls.stand import Day, day_of
from saleswright.measure.forecast.calls.tree import People as Crew
from saleswright.measure.forecast.calls.tree import Tree, people
from saleswright.measure.forecast.plain.guess import Guess, silent, with_errors
from saleswright.measure.forecast.plain.open_deals import TOGETHER, rep_commit
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.dimensions import find, names
from saleswright.measure.metrics.words import plural

ALL = ""
NOBODY = "nobody had called by then"
Days = tuple[date, date]


class People:
    """Everybody's calls about any period, and what they won in it. None of it where calls or deals are hidden."""

    def __init__(self, at: Snapshot) -> None:
        self.at = at
        self._won: dict[Days, dict[str, int | None]] = {}
        self._calls: dict[Days, list[Said]] = {}

    def at_origin(self, origin: Origin) -> dict[str, Any]:
        """By person, and by "" of all who called together: name, call (None: not in), actual (None: it has no exchange rate)."""
        period, day = origin.period, origin.day
        callers = self._callers(period)
        if not callers:
            return {}
        held, won, leads = self.held(period, day), self._actual(period), self._leading(callers, day)
        ends = self._tree(period.end - timedelta(days=1))
        found: dict[str, Any] = {}
        for who in sorted(callers):
            crew = {who, *ends.under(who)} if who in leads else {who}
            found[who] = {"name": self._names.get(who, who), "call": held.get(who), "actual": _added(won, crew)}
        mine = [who for who in held if who not in leads]
        together = sum(held[who] for who in mine) if mine else None
        actual = _added(won, mine or [who for who in found if who not in leads])
        return found | {ALL: {"name": "all who called", "call": together, "actual": actual, "in": len(mine)}}

    def commit(self, known: Before, day_of: Mapping[Period, date]) -> Guess:
        """What the reps call together, as a plain forecast of the whole: its errors are those of the same day of earlier periods.

        Silent where somebody is not in who had called the period before: what the others called is no forecast of the whole.
        Who never calls is an error of it like any other. day_of: that day of each earlier period.
        """
        asked, before = known.origin.period, (None, *known.periods)
        now, out = self._sum(asked, known.origin.day, before[-1])
        if now is None:
            return silent(
                TOGETHER, f"{plural(out, 'person')} who called the period before had not called" if out else NOBODY
            )
        guess = rep_commit(np.array([now]), won=known.won)
        said = [
            self._sum(one, day_of[one], last)[0] if one in day_of else None
            for last, one in zip(before[:-1], known.periods, strict=True)
        ]
        forecasts = np.array([np.nan if one is None else one for one in said], np.float64)
        return with_errors(guess, forecasts, known.totals, known.won)

    def held(self, period: Period, day: date) -> dict[str, int]:
        """The own call of each that stands at the end of the day, minor units; who has none that is in is not in it."""
        moment = self._moment(day)
        found = {}
        for who in self._callers(period):
            mine = [one for one in self._of(period) if one.person == who]
            stood = (
                Day(day, moment, self._rules, self._tree(day), mine, frozenset()).standing(who, self._rules.called).call
            )
            if stood is not None and stood.amount is not None:
                found[who] = stood.amount.minor
        return found

    def _sum(self, period: Period, day: date, before: Period | None) -> tuple[float | None, int]:
        """(What those who lead nobody had called together, or None; how many of them were missed who had called `before`)."""
        held, asked = self.held(period, day), self._callers(period)
        last = {one.person for one in self._of(before) if one.called < before.end} if before is not None else set()
        leads, there = self._leading(asked | last, day), self._tree(day).held
        out = sum(who in there and there[who].active for who in last - {*held} - leads)
        mine = [minor for who, minor in held.items() if who not in leads]
        return (float(sum(mine)), 0) if mine and not out else (None, out)

    def _of(self, period: Period) -> list[Said]:
        """The own calls that speak of a period, in the category that is held against what came."""
        days = period.start, period.end
        if days not in self._calls:
            self._calls[days] = [
                one
                for one, span in told(self.at, period, self._rules)
                if span is not None and same(span, period) and one.own and one.category == self._rules.called
            ]
        return self._calls[days]

    def _callers(self, period: Period) -> set[str]:
        return {one.person for one in self._of(period)}

    @cached_property
    def _rules(self) -> Rules:
        return rules(self.at.workspace, self.at.day)

    @cached_property
    def _crew(self) -> Crew:
        return people(self.at)

    def _moment(self, day: date) -> datetime:
        return day_of(day, self.at.workspace.zone, self.at.t)

    def _tree(self, day: date) -> Tree:
        return self._crew.on(self._moment(day))

    def _leading(self, callers: set[str], day: date) -> set[str]:
        """Who of them leads another of them, on a day."""
        tree = self._tree(day)
        return {boss for one in callers for boss in tree.over(one)} & callers

    @cached_property
    def _names(self) -> dict[str, str]:
        return names(self.at, find(self.at, "owner").ref, {*self._crew.versions})

    def _actual(self, period: Period) -> dict[str, int | None]:
        days = period.start, period.end
        if days not in self._won:
            found = evaluate(self.at, replace(ask(self.at, "won_value", ("owner",)), period=period))
            self._won[days] = {
                key[0]: one.value.minor if isinstance(one.value, Money) else None
                for key, one in found.groups.items()
                if one.n
            }
        return self._won[days]


def _added(won: Mapping[str, int | None], who: Collection[str]) -> int | None:
    """What they won together; nothing won is zero, and what has no exchange rate makes the sum unknown."""
    found = [won.get(one, 0) for one in who]
    told = [one for one in found if one is not None]
    return sum(told) if len(told) == len(found) else None
