"""Which deals are meant on each day? The question of the flow's book, with the rules in force on that day, and what of it can
be told of a version and what only of a day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.lib.issue import USAGE, Issue, Stop
from saleswright.measure.flow.bridge_rows import on, whole
from saleswright.measure.flow.columns import NO_DAY, Bools, Ints, days
from saleswright.measure.forecast.panel.clocks import Grid
from saleswright.measure.forecast.panel.panel import CODED
from saleswright.measure.metrics import due
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import Asked, ask
from saleswright.measure.metrics.conditions import NAMED, Test, fields_of
from saleswright.measure.metrics.dimensions import Dimension, allowed, dimensions, find
from saleswright.measure.metrics.leave_out import KIND
from saleswright.measure.metrics.reasons import reasons

HIDDEN = "not open to this person"


@dataclass(frozen=True)
class Rules:
    """What counts on some days: why a deal is left out, and why a win or a loss is no win or loss of the metrics.

    booked: the question of `won_value`, which says what wins are worth.
    """

    asked: Asked
    out: tuple[Test, ...]
    won: tuple[Test, ...]
    lost: tuple[Test, ...]
    booked: Asked

    @property
    def only(self) -> Test:
        """What a won deal has to be, beside won, to count in `won_value`."""
        return {name: want for name, want in self.booked.metric.rows.items() if name != "standing"}


@dataclass(frozen=True)
class Wanted:
    """What a panel is asked for: the splits, those of `by` by name and the panel's own that the actor may see, and why others are
    not there."""

    own: Mapping[str, Dimension]
    by: Mapping[str, Dimension]
    lacking: Mapping[str, str]


def wanted(at: Snapshot, by: Sequence[str]) -> Wanted:
    """The splits. Stop (usage) for one that is unknown or changes by itself, Stop (not allowed) for a hidden one."""
    known = dimensions(at.schema)
    splits = {}
    for name in by:
        found = find(at, name, entity="deal")
        if _by_itself(found):
            why = "it changes by itself from one day to the next"
            raise Stop(
                Issue(f"by {found.name}", "a panel has no split by it", why, "by team, owner, segment, source"),
                exit_code=USAGE,
            )
        splits[found.name] = found
    own = {name: known[name] for name in CODED if allowed(at, known[name])}
    lacking = {name: HIDDEN for name in CODED if name not in own}
    told_by = {
        "stage": ("in_stage", "entries", "back"),
        "owner": ("won_owner", "decided_owner"),
        "source": ("won_source", "decided_source"),
    }
    lacking |= {column: HIDDEN for name, columns in told_by.items() if name in lacking for column in columns}
    return Wanted(own, splits, lacking)


def _by_itself(one: Dimension) -> bool:
    return one.grain is not None or one.at_moment or one.name in ("standing", "status")


class InForce:
    """The rules in force on any day, each read once."""

    def __init__(self, at: Snapshot, where: Pairs) -> None:
        self.at, self.where = at, where
        self.rules: list[Rules] = []
        self._place: dict[tuple[int, ...], int] = {}

    def on(self, grid: Grid) -> Ints:
        """The place in `rules` of those of each day. Stop as the flow's book does."""
        which = []
        for day in grid.dates():
            held = tuple(id(one) for kind in ("metric", KIND) for one in self.at.workspace.all(kind, day))
            if held not in self._place:
                self.rules.append(_rules(on(self.at, day), self.where))
                self._place[held] = len(self.rules) - 1
            which.append(self._place[held])
        return np.array(which, np.int64)


def _rules(at: Snapshot, where: Pairs) -> Rules:
    told = whole(at, where, "n")
    asked = told.asked
    moving = [d.name for d, _ in asked.where if _by_itself(d)]
    if moving:
        why = "it changes by itself from one day to the next"
        raise Stop(Issue(f"where {moving[0]}", "a panel has no filter on it", why, "leave it out"), exit_code=USAGE)
    refuse(asked)
    out = tuple(test for _, test in reasons(asked.metric, asked.lifted, asked.rules))
    decided = dict(told.decided)
    return Rules(asked, out, decided["won_counts"], decided["lost_counts"], ask(at, "won_value", (), "all", where))


def refuse(asked: Asked) -> None:
    """Stop (usage) where what a metric adds up is more than the deals themselves say."""
    if asked.metric.derive:
        why = "what is gathered from other rows is told of one day at a time"
        where = asked.metric.definition.where("derive")
        raise Stop(Issue(where, "a panel cannot be read by it", why, "leave derive out"), exit_code=USAGE)
    if asked.metric.sum != "amount":
        why = "what a forecast adds up is what the deals are worth"
        where = asked.metric.definition.where("sum")
        raise Stop(Issue(where, f"a panel cannot add up {asked.metric.sum}", why, "sum: amount"), exit_code=USAGE)


@dataclass
class Tests:
    """The tests of all rules, each once: what the engine answers of a version, and the days of those that depend on the day."""

    plain: list[Test] = field(default_factory=list)
    dates: set[str] = field(default_factory=set)
    _place: dict[str, int] = field(default_factory=dict)

    def add(self, test: Test) -> tuple[int, Test]:
        """(place of the engine's part, what has to be asked of each day)."""
        moving = {name: want for name, want in test.items() if _moves(want)}
        self.dates |= set(fields_of(moving))
        still = {name: want for name, want in test.items() if name not in moving}
        key = repr(sorted(still.items(), key=lambda item: item[0]))
        if key not in self._place:
            self._place[key] = len(self.plain)
            self.plain.append(still)
        return self._place[key], moving


def _moves(want: Any) -> bool:
    """Does the answer to a test depend on the day it is asked?"""
    if not isinstance(want, Mapping):
        return False
    return any(
        _moves(value) if operator == "not" else operator == "older" or value in NAMED
        for operator, value in want.items()
    )


@dataclass(frozen=True)
class Days:
    """The days that a test may name, seen from each day of the grid."""

    grid: Grid
    named: Mapping[str, Ints]


def named(at: Snapshot, grid: Grid, asked: Asked) -> Days:
    """What `as_of`, `this_quarter` and the others are on each day."""
    told = [due.days(day, at.workspace.calendar, asked.period) for day in grid.dates()]
    return Days(grid, {name: np.array([days(one[name]) for one in told], np.int64) for name in NAMED})


def holds(test: Test, dates: Mapping[str, Ints], place: Ints, of: Days) -> Bools:
    """Does the part of a test that moves with the day hold? dates: the rows' days by field; place: of each row's day."""
    answer = np.ones(len(place), bool)
    for name, want in test.items():
        for one in _each(want, dates[name], dates, place, of):
            answer &= one
    return answer


def _each(want: Any, column: Ints, dates: Mapping[str, Ints], place: Ints, of: Days) -> Iterator[Bools]:
    known = column != NO_DAY
    for operator, value in want.items():
        if operator == "not":
            inner = np.ones(len(place), bool)
            for one in _each(value if isinstance(value, Mapping) else {"same day": value}, column, dates, place, of):
                inner &= one
            yield ~inner
        elif operator == "is":
            yield ~known if value == "missing" else known
        elif operator == "older":
            yield known & (column < of.grid.days[place] - int(value))
        elif operator == "same":
            yield known & (column == dates[str(value)])
        elif operator == "within":
            first = dates[str(value["of"])]
            yield known & (first != NO_DAY) & (column >= first) & (column <= first + int(value["days"]))
        elif operator == "same day":
            yield known & (column == days(value))
        else:
            limit = of.named[value][place] if value in NAMED else np.full(len(place), days(value), np.int64)
            compared = {
                "before": column < limit,
                "to": column < limit,
                "after": column > limit,
                "from": column >= limit,
            }
            yield known & compared[operator]
