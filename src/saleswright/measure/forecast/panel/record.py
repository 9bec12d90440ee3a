"""Read once, asked for any days: the versions of all deals, and what they point to, as one record.

    record = read(at, by=("team",))
    panel = record.panel(days)             # what became of the deals, as known at the snapshot
    then = record.told(panel, origin)      # the same rows up to a day, with what was known of them at its end
    past = record.past(origin)             # every deal that ever counted, with what it was won at

The features of a day need nothing that was told later, so one panel serves every origin of a back-test.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import replace
from datetime import date

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.policy import COMPANY
from saleswright.measure.flow import book
from saleswright.measure.flow.columns import NO_DAY, Ints
from saleswright.measure.flow.columns import days as day_of
from saleswright.measure.forecast.outlook.past import Past
from saleswright.measure.forecast.panel import looked_up, touched
from saleswright.measure.forecast.panel.asking import InForce, Tests, named, refuse, wanted
from saleswright.measure.forecast.panel.clocks import Grid, grid, itself, stretches
from saleswright.measure.forecast.panel.codes import Codes
from saleswright.measure.forecast.panel.features import Given, features
from saleswright.measure.forecast.panel.laid_out import Sorted
from saleswright.measure.forecast.panel.looked_up import LookUps, Told
from saleswright.measure.forecast.panel.outcomes import Ends, ends
from saleswright.measure.forecast.panel.panel import Panel
from saleswright.measure.forecast.panel.past import Given as OfDay
from saleswright.measure.forecast.panel.past import past
from saleswright.measure.forecast.panel.touched import Touches
from saleswright.measure.forecast.panel.versions import Versions
from saleswright.measure.forecast.panel.versions import read as versions
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.dimensions import Dimension

TEXTS = frozenset({"stage", "pipeline", "owner", "source", "currency"})
DATES = ("created", "last_activity")


def panel(at: Snapshot, days: Iterable[date], by: Sequence[str] = (), where: Pairs = ()) -> Panel:
    """The panel of these days, with what became of the deals as known at the snapshot.

    Stop (usage) for a day after the as-of day, an unknown split or filter, or one that changes by itself; Stop (not allowed)
    where the days or amounts are hidden from the actor, as the flow's book has it.
    """
    return read(at, by, where).panel(days)


def read(at: Snapshot, by: Sequence[str] = (), where: Pairs = ()) -> Record:
    """The record of a snapshot for panels with these splits and filters. Stop as `panel` does."""
    return Record(at, tuple(by), where)


class Record:
    """A snapshot's deals in all their versions, read when a panel is first asked for."""

    def __init__(self, at: Snapshot, by: tuple[str, ...], where: Pairs) -> None:
        self.at, self.where, self.want = at, where, wanted(at, by)
        self.codes, self.tests, self.force = Codes(), Tests(), InForce(at, where)
        # Who may not see it is told so before anything is read.
        self.force.on(grid(at, [at.day]))
        self._versions: tuple[tuple[int, int], Versions] | None = None
        self._told: tuple[Told, ...] | None = None
        self._touches: Touches | None = None
        self._ends: dict[tuple[int, int], Ends] = {}
        self._placed: tuple[tuple[str, ...], Ints] | None = None

    def through(self, at: Snapshot) -> Record:
        """The same, read on through another snapshot of the same view: the one it was read by may be closed by now."""
        if at is self.at:
            return self
        made = copy(self)
        made.at, made.force = at, copy(self.force)
        made.force.at = at
        return made

    def panel(self, days: Iterable[date]) -> Panel:
        """Every open deal on each of the days, and what became of it as known at the snapshot."""
        return self._ending(self._features(grid(self.at, days)), itself(self.at))

    def told(self, of: Panel, day: date) -> Panel:
        """The rows up to a day, with what was known of their deals at its end."""
        return self._ending(
            of.only(slice(0, int(np.searchsorted(of.day, day_of(day), side="right")))), grid(self.at, [day])
        )

    def past(self, day: date) -> Past:
        """What had become of every deal by the end of a day, as known then: with the amounts that `won_value` has of that day, and
        the members that it splits by. Stop (usage) for a day after the as-of day, or where `won_value` adds up something else
        than amounts."""
        on = grid(self.at, [day])
        rule = self._rules(on)[int(self.force.on(on)[0])]
        refuse(rule.rules.booked)
        ends, v = self._ended(on), self._read()
        looks = LookUps(self.at, self.codes, on, () if self.at.policy.shape == COMPANY else self._told or ())
        splits = self._splits()
        return past(OfDay(self.at, on, v, rule, ends, self.codes, self._told or (), looks, splits), self.want.by)

    def _ending(self, of: Panel, on: Grid) -> Panel:
        ended, last = self._ended(on), int(on.days[0])
        deal = self._places(of.ids)[of.deal]
        fate, gone, end = ended.fate[deal], ended.gone[deal], ended.day[deal]
        out = ~ended.seen[deal]
        if out.any():
            seen = np.full(len(of.ids), NO_DAY, np.int64)
            np.maximum.at(seen, of.deal, of.day)
            fate, gone, end = np.where(out, book.OPEN, fate), gone | out, np.where(out, seen[of.deal], end)
        until = np.maximum(end - of.day, 0)
        cleaned = ended.cleaned[deal] & ~out
        return replace(of, until=until, fate=fate, gone=gone, cleaned=cleaned, told=last)

    def _places(self, ids: tuple[str, ...]) -> Ints:
        """Where the deals of a panel stand among the record's; kept, for one panel is asked about many days."""
        if self._placed is None or self._placed[0] is not ids:
            place = {one: number for number, one in enumerate(self._read().id)}
            self._placed = ids, np.fromiter(map(place.__getitem__, ids), np.int64, len(ids))
        return self._placed[1]

    def _ended(self, on: Grid) -> Ends:
        key = int(on.days[0]), int(on.known[0])
        if key not in self._ends:
            rule = self._rules(on)[int(self.force.on(on)[0])]
            v = self._read()
            looks = LookUps(self.at, self.codes, on, () if self.at.policy.shape == COMPANY else self._told or ())
            self._ends[key] = ends(v, rule, looks, on)
        return self._ends[key]

    def _rules(self, on: Grid) -> list[Sorted]:
        """The rules in force on any day so far, their tests sorted; the days they name are those of the grid."""
        self.force.on(on)
        return [
            Sorted(
                one,
                tuple(self.tests.add(test) for test in one.out),
                tuple(self.tests.add(test) for test in one.won),
                tuple(self.tests.add(test) for test in one.lost),
                tuple(self.tests.add(test) for test in (one.only,) if test),
                named(self.at, on, one.asked),
            )
            for one in self.force.rules
        ]

    def _splits(self) -> dict[str, Dimension]:
        """Of the groups and filters."""
        filters = {d.name: d for rule in self.force.rules for d, _ in rule.asked.where}
        return {**self.want.by, **filters}

    def _read(self) -> Versions:
        """The versions with an answer to every test asked so far."""
        size = len(self.tests.plain), len(self.tests.dates)
        if self._versions is None or self._versions[0] != size:
            splits = [*self.want.own.values(), *self._splits().values()]
            texts = TEXTS | looked_up.fields_of(self.at, splits)
            self._versions = size, versions(self.at, self.codes, sorted(texts), DATES, self.tests)
            self._told = looked_up.read(self.at, self.codes, splits)
        return self._versions[1]

    def _features(self, on: Grid) -> Panel:
        which, rules, v = self.force.on(on), self._rules(on), self._read()
        looks = LookUps(self.at, self.codes, on, self._told or (), self.want.own.values())
        of = stretches(v.deal, v.clocks, on)
        if self._touches is None and touched.open_to(self.at):
            self._touches = Touches(self.at, self.codes)
        given = Given(self.at, on, which, rules, self.want, v, of, looks, self.codes, self._touches)
        return features(given, self._splits())
