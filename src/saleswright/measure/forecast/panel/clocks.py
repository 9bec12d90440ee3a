"""Which day sees which version? Days as instants of both clocks, and versions as stretches of the days asked for.

On a day counts what was true at its end, as known at its end. Versions of one record are rectangles of the two clocks, and
what was known of its past can change: so each record is told as one or more sequences, each as known on a stretch of days.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.lib.issue import USAGE, Issue, Stop
from saleswright.lib.zone import end_of_day
from saleswright.measure.flow.columns import EPOCH, Bools, Ints

START = datetime(1970, 1, 1)


def instants(column: Any) -> Ints:
    """Instants as whole microseconds since 1970."""
    return np.asarray(np.ma.getdata(column)).astype("datetime64[us]").astype(np.int64)


@dataclass(frozen=True)
class Grid:
    """Days in order, since 1970, and the instants (microseconds) at which each is seen: what was true, what was known."""

    days: Ints
    true: Ints
    known: Ints

    def __len__(self) -> int:
        return len(self.days)

    def dates(self) -> list[date]:
        """The days as dates."""
        return [EPOCH + timedelta(int(day)) for day in self.days]

    def truth(self, instant: Ints) -> Ints:
        """The first place at which what began then is true, and what ended then no longer."""
        return np.searchsorted(self.true, instant).astype(np.int64)

    def knowledge(self, instant: Ints) -> Ints:
        """The first place at which what was told then is known, and what was taken back no longer."""
        return np.searchsorted(self.known, instant).astype(np.int64)


def grid(at: Snapshot, days: Iterable[date]) -> Grid:
    """Each day once, in order, seen as `flow.bridge_rows.on` sees it. Stop (usage) for a day after the as-of day."""
    asked = sorted(set(days))
    late = [day for day in asked if day > at.day]
    if late:
        why = "nobody knows yet what will be open then"
        raise Stop(Issue(f"day {late[0]}", f"it lies after {at.day}", why, "days up to the as-of day"), exit_code=USAGE)
    zone = at.workspace.zone
    ends = [end_of_day(day, zone) for day in asked]
    true = [at.t if day == at.day else min(end, at.k) for day, end in zip(asked, ends, strict=True)]
    known = [min(end, at.k) for end in ends]
    return Grid(np.array([(day - EPOCH).days for day in asked], np.int64), _whole(true), _whole(known))


def itself(at: Snapshot) -> Grid:
    """The snapshot's own day, seen with all that the snapshot knows."""
    return Grid(np.array([(at.day - EPOCH).days], np.int64), _whole([at.t]), _whole([at.k]))


def _whole(moments: list[datetime]) -> Ints:
    return np.array([(one - START) // timedelta(microseconds=1) for one in moments], np.int64)


@dataclass(frozen=True)
class Stretches:
    """Versions in their sequences, one after the other, each sequence in the order of what was true.

    version: which version. sequence: which sequence. first: the place where its sequence begins. low, high: the places of the
    days on which it is what holds (none where high <= low). begin: the place from which it is part of what is known, end: that
    from which its sequence no longer is.
    """

    version: Ints
    sequence: Ints
    first: Ints
    low: Ints
    high: Ints
    begin: Ints
    end: Ints

    def __len__(self) -> int:
        return len(self.version)

    def running(self, steps: Ints) -> Ints:
        """The sum of what happened in the sequence so far, each version with what it brought itself."""
        total = np.cumsum(steps)
        return total - (total - steps)[self.first]

    def before(self, chosen: Bools) -> tuple[Ints, Ints, Bools]:
        """(places of the chosen, the chosen one before each, is there one in the same sequence)."""
        places = np.flatnonzero(chosen)
        earlier = np.concatenate([places[:1], places[:-1]])
        same = self.sequence[places] == self.sequence[earlier]
        if len(same):
            same[0] = False
        return places, earlier, same

    def latest(self, chosen: Bools) -> Ints:
        """The last chosen place of the sequence up to each place; -1 where there is none."""
        marked = np.where(chosen, np.arange(len(self)), -1)
        found = np.maximum.accumulate(marked) if len(self) else marked
        return np.where(found >= self.first, found, -1)


def stretches(record: Ints, clocks: tuple[Ints, Ints, Ints, Ints], on: Grid) -> Stretches:
    """Versions, ordered by record and by when they began, as sequences. clocks: valid from and to, known from and to.

    A record that was always told at once is one sequence. Each day on which something was told late, or taken back, begins
    another: the record's whole past as known from then on. There are never more than days asked for.
    """
    n = len(on)
    begin, end = on.truth(clocks[0]), on.truth(clocks[1])
    told, untold = on.knowledge(clocks[2]), on.knowledge(clocks[3])
    told = np.where(told <= begin, 0, told)
    kept = np.flatnonzero(np.maximum(begin, told) < np.minimum(untold, n))
    begin, end, told, untold, of = begin[kept], end[kept], told[kept], untold[kept], record[kept]
    step = n + 1
    late = told > 0
    back = untold < n
    turns = np.unique(np.concatenate([of * step, (of * step + told)[late], (of * step + untold)[back]]))
    since = np.searchsorted(turns, of * step + told, side="right") - 1
    count = np.searchsorted(turns, of * step + untold) - since
    place = np.repeat(np.arange(len(kept)), count)
    nth = np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count)
    sequence = since[place] + nth
    start = turns % step
    after = np.append(turns[1:], -1)
    stop = np.where(after // step == turns // step, after % step, n)
    # What begins after the sequence has ended is never seen in it.
    seen = begin[place] < stop[sequence]
    place, sequence = place[seen], sequence[seen]
    order = np.argsort(sequence, kind="stable")
    place, sequence = place[order], sequence[order]
    fresh = np.ones(len(sequence), bool)
    fresh[1:] = sequence[1:] != sequence[:-1]
    first = np.maximum.accumulate(np.where(fresh, np.arange(len(sequence)), 0)) if len(sequence) else sequence
    low = np.maximum(begin[place], start[sequence])
    high = np.minimum(end[place], stop[sequence])
    return Stretches(kept[place], sequence, first, low, high, low, stop[sequence])


def expanded(low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """Every day of every stretch: (which stretch, which place)."""
    count = np.maximum(high - low, 0)
    of = np.repeat(np.arange(len(count)), count)
    return of, np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count) + low[of]
