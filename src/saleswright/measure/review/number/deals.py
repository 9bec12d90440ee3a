"""Deals as columns of days: what the simple model reads, and what of it was known on an earlier day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saleswright.measure.flow.columns import Floats, Ints
from saleswright.measure.flow.lifetable import LOST, OPEN, WON, Counts, count

FAR = 4_000_000
YEARS_KEPT = 730
ENOUGH = 30
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Deals:
    """One deal in each place of every column; days are ordinals (date.toordinal).

    entry: the day its age runs from. exit: the day it was decided, FAR while it is open. won: how. amount: in minor units,
    not a number where nobody knows. group: which of `groups` segments. part: under which heading an open deal is told.
    """

    entry: Ints
    exit: Ints
    won: Bools
    amount: Floats
    group: Ints
    groups: int = 1
    part: Ints | None = None

    def only(self, chosen: Any) -> Deals:
        """Some of the deals."""
        part = None if self.part is None else self.part[chosen]
        columns = (self.entry, self.exit, self.won, self.amount, self.group)
        entry, leaving, won, amount, group = (column[chosen] for column in columns)
        return Deals(entry, leaving, won, amount, group, self.groups, part)

    def on(self, day: int) -> Deals:
        """What the dates alone say was known at the end of a day: who had come, and who was still open."""
        there = self.entry <= day
        known = self if there.all() else self.only(there)
        later = known.exit > day
        if not later.any():
            return known
        return replace(known, exit=np.where(later, FAR, known.exit), won=known.won & ~later)

    @property
    def open(self) -> Bools:
        return np.asarray(self.exit == FAR)

    @property
    def closed(self) -> int:
        """How many are decided?"""
        return int((~self.open).sum())

    def observed_from(self, day: int) -> int:
        """Since which day do the closings speak? The last two years, and never before the first of them.

        An export often leaves out what was decided long ago: whoever was still there afterwards is then counted from that
        day on only, at the age it had reached.
        """
        closings = self.exit[~self.open]
        if not closings.size:
            return day
        place = closings.size // 100
        first = int(np.partition(closings, place)[place]) + 1
        recent = max(first, day - YEARS_KEPT + 1)
        return first if (closings >= recent).sum() < ENOUGH else recent

    def counts(self, day: int, since: int, width: float) -> Counts:
        """The deals by age and group, as seen on the days from `since` to `day`."""
        seen = self.exit >= since
        entry, leaving, group = self.entry[seen], self.exit[seen], self.group[seen]
        still = leaving == FAR
        first = np.maximum(since - entry, 0)
        last = np.where(still, day + 1, leaving) - entry
        fate = np.where(still, OPEN, np.where(self.won[seen], WON, LOST))
        return count(first, last, fate, width, group, self.groups)

    def won_between(self, start: int, end: int) -> float:
        """The amount won on the days from `start` up to `end`."""
        return float(np.nansum(self.amount[self.won & (self.exit >= start) & (self.exit < end)]))


@dataclass(frozen=True, slots=True)
class Window:
    """A period seen from a day: how far it has come by the end of `day`, and the days still to come."""

    day: int
    start: int
    end: int

    @property
    def after(self) -> int:
        """Days from tomorrow until the period begins; 0 inside it."""
        return max(self.start - self.day - 1, 0)

    @property
    def ahead(self) -> int:
        """Days from tomorrow until it ends; 0 when it is over."""
        return max(self.end - self.day - 1, 0)
