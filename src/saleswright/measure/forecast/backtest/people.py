"""What had everybody called by the day of an origin, and what did they win? Each against their own, and all who called together.

The call of a period is the latest commit of its calls up to the day. Who had not called by then is not in: that is no zero. Who
led others who call says again what they do, is held against what all of them won, and is left out of the sum. Who led whom is as
it was on that day, and of what was won as it was on the period's last: a re-organisation later on changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money
from saleswright.lib.period import ALL_TIME, Period, parse_period
from saleswright.measure.forecast.backtest.before import Before
from saleswright.measure.forecast.backtest.origins import Origin
from saleswright.measure.forecast.calls.stand import day_of
from saleswright.measure.forecast.calls.tree import People as Crew
from saleswright.measure.forecast.calls.tree import Tree, people
from saleswright.measure.forecast.plain.guess import Guess, silent, with_errors
from saleswright.measure.forecast.plain.open_deals import rep_commit
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.dimensions import find, names
from saleswright.measure.metrics.quota_lines import rows

ALL, COMMIT, TOGETHER = "", "commit", "rep commit"
NOBODY = "nobody had called by then"
Days = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Called:
    """One call: whose, when, minor units."""

    person: str
    day: date
    minor: int


class People:
    """Everybody's calls about any period, and what they won in it. None of it where calls or deals are hidden."""

    def __init__(self, at: Snapshot) -> None:
        self.at = at
        self._won: dict[Days, dict[str, int | None]] = {}
        self._leads: dict[date, set[str]] = {}

    def at_origin(self, origin: Origin) -> dict[str, Any]:
        """By person, and by "" of all who called together: name, call (None: not in), actual (None: it has no exchange rate)."""
        period, day = origin.period, origin.day
        callers = {one.person for one in self._of(period)}
        if not callers:
            return {}
        held, won, leads = self.held(period, day), self._actual(period), self._leading(day)
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

        Who never calls is an error of it like any other. day_of: that day of each earlier period.
        """
        now = self._sum(known.origin.period, known.origin.day)
        if now is None:
            return silent(TOGETHER, NOBODY)
        guess = rep_commit(np.array([now]), won=known.won)
        said = [self._sum(one, day_of[one]) if one in day_of else None for one in known.periods]
        forecasts = np.array([np.nan if one is None else one for one in said], np.float64)
        return with_errors(guess, forecasts, known.totals, known.won)

    def held(self, period: Period, day: date) -> dict[str, int]:
        """The call of each that stands at the end of the day."""
        return {one.person: one.minor for one in self._of(period) if one.day <= day}

    def _sum(self, period: Period, day: date) -> float | None:
        leads = self._leading(day)
        mine = [minor for who, minor in self.held(period, day).items() if who not in leads]
        return float(sum(mine)) if mine else None

    def _of(self, period: Period) -> list[Called]:
        return self._calls.get((period.start, period.end), [])

    @cached_property
    def _calls(self) -> dict[Days, list[Called]]:
        """By the days a call speaks of, earliest first; of commits where anything is called so."""
        at = self.at
        if not at.policy.field_allowed("forecast_call", "amount"):
            return {}
        listed = rows(at, ALL_TIME, ["own call", at.policy.shape], lambda q: q.call_rows(at.schema, at.policy.shape))
        committed = any(COMMIT in (row[7] or "").casefold() for row in listed)
        found: dict[Days, list[Called]] = {}
        spans: dict[tuple[str, date], Days | None] = {}
        for person, _, _, _, _, called, text, category, minor, _ in listed:
            if minor is None or not person or (committed and COMMIT not in (category or "").casefold()):
                continue
            if (text, called) not in spans:
                spans[text, called] = self._span(text, called)
            span = spans[text, called]
            if span is not None:
                found.setdefault(span, []).append(Called(person, called, int(minor)))
        return found

    def _span(self, text: str | None, called: date) -> Days | None:
        """A period that is told from a day, such as this quarter, is told from the day of the call."""
        try:
            found = parse_period(text, called, self.at.workspace.calendar) if text else None
        except Stop:
            return None
        return (found.start, found.end) if found else None

    @cached_property
    def _everybody(self) -> set[str]:
        return {one.person for calls in self._calls.values() for one in calls}

    @cached_property
    def _crew(self) -> Crew:
        return people(self.at)

    def _tree(self, day: date) -> Tree:
        return self._crew.on(day_of(day, self.at.workspace.zone, self.at.t))

    def _leading(self, day: date) -> set[str]:
        """Who led others who call, on a day."""
        if day not in self._leads:
            tree = self._tree(day)
            self._leads[day] = {boss for one in self._everybody for boss in tree.over(one)} & self._everybody
        return self._leads[day]

    @cached_property
    def _names(self) -> dict[str, str]:
        split = find(self.at, "owner")
        return names(self.at, split.ref, self._everybody)

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
