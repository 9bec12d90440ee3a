"""How good were somebody's calls before? What they called for each period that is over, so many weeks ahead, and what came.

    bias     = sum(called - actual) / sum(actual)         below 0: they call too little
    accuracy = 1 - sum|called - actual| / sum(actual)     (formulas 7.3); both over the periods they had called by then

The actual of who leads others is what they and those below won, over the tree as it was on the period's last day: a
re-organisation, a leaver or another quota later on changes no row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from saleswright.history.snapshot import Snapshot
from saleswright.lib.money import Money
from saleswright.lib.period import Grain, Period
from saleswright.measure.forecast.calls.rules import rules
from saleswright.measure.forecast.calls.said import Said, same, told
from saleswright.measure.forecast.calls.stand import Day, day_of
from saleswright.measure.forecast.calls.tree import people
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate

WEEKS = (0, 1, 2, 4, 8, 12)
"""Weeks before the period's end at which calls are looked at; 0: its last day."""
MOST = 8


@dataclass(frozen=True, slots=True)
class Past:
    """One number that was called. person: who called it; about: whose it is; day: as it stood at its end, `weeks` before the
    period's end. called None: not in by then, or in another currency without a rate."""

    person: str
    about: str
    period: Period
    weeks: int
    day: date
    called: int | None
    actual: int

    @property
    def own(self) -> bool:
        """Is it of their own number, and no override?"""
        return self.person == self.about


@dataclass(frozen=True, slots=True)
class Score:
    """How somebody's calls were, so many weeks ahead. n: periods that were called; out: periods not in by then."""

    n: int
    out: int
    bias: float | None
    accuracy: float | None


def history(at: Snapshot, grain: Grain = "quarter", most: int = MOST, weeks: Sequence[int] = WEEKS) -> list[Past]:
    """Every call of the last whole periods of a grain: (person, period, weeks ahead, called, actual), minor units.

    Own numbers and overrides; a row also where somebody who called the period had not called by then. Empty where calls or
    what was won are outside the actor's access.
    """
    calendar = at.workspace.calendar
    first = calendar.containing(grain, at.day)
    last = [first.shift(-back, calendar) for back in range(1, most + 1)]
    made = rules(at.workspace, at.day)
    every = told(at, Period.between(last[-1].start, last[0].end), made)
    crew = people(at)
    found: list[Past] = []
    for period in reversed(last):
        calls = [one for one, span in every if span is not None and same(span, period) and one.category == made.called]
        if not calls:
            continue
        won = _won(at, period)
        if won is None:
            continue
        ends = crew.on(day_of(period.end - timedelta(days=1), at.workspace.zone, at.t))
        for ahead in weeks:
            day = period.end - timedelta(days=1 + 7 * ahead)
            if day < period.start:
                continue
            moment = day_of(day, at.workspace.zone, at.t)
            stood = Day(day, moment, made, crew.on(moment), calls, frozenset())
            for person, about in sorted({(one.person, one.about) for one in calls}):
                called = _stood(stood, calls, person, about)
                actual = sum(won.get(one, 0) for one in {about, *ends.under(about)})
                found.append(Past(person, about, period, ahead, day, called, actual))
    return found


def _stood(stood: Day, calls: Sequence[Said], person: str, about: str) -> int | None:
    """What somebody had called of a number by the end of a day, as that day's week has it."""
    mine = [one for one in calls if (one.person, one.about) == (person, about)]
    held = replace(stood, calls=mine).standing(about, mine[0].category).call
    return held.amount.minor if held is not None and held.amount is not None else None


def _won(at: Snapshot, period: Period) -> dict[str, int] | None:
    found = evaluate(at, replace(ask(at, "won_value", ("owner",)), period=period))
    if found.sums.unconverted:
        return None
    return {key[0]: one.value.minor for key, one in found.groups.items() if isinstance(one.value, Money)}


def score(rows: Sequence[Past]) -> Score:
    """Bias and accuracy over rows; None where nothing was called, or nothing was won to divide by."""
    pairs = [(one.called, one.actual) for one in rows if one.called is not None]
    won = sum(actual for _, actual in pairs)
    if not pairs or won <= 0:
        return Score(len(pairs), len(rows) - len(pairs), None, None)
    bias = sum(called - actual for called, actual in pairs) / won
    missed = sum(abs(called - actual) for called, actual in pairs) / won
    return Score(len(pairs), len(rows) - len(pairs), bias, 1 - missed)
