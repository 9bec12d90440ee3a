"""Who answers to whom, as it was on a day? People and those who lead them, so that past roll-ups stay as they were.

Who somebody answered to is looked up, as the team is: where nobody had told it by that day, it is what was told first
afterwards for the same team, else whom most of that team answered to.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from saleswright.history.snapshot import Snapshot
from saleswright.lib.period import ALL_TIME
from saleswright.measure.forecast.calls.said import rows


@dataclass(frozen=True, slots=True)
class Version:
    """Who somebody is from a moment to another, as far as it was told."""

    team: str
    manager: str
    role: str
    active: bool
    since: datetime
    until: datetime
    first: bool
    removed: bool


@dataclass(frozen=True)
class People:
    """Everybody's versions, by person, the earliest first."""

    versions: Mapping[str, Sequence[Version]]

    @cached_property
    def leads(self) -> Mapping[str, str]:
        """Whom most of a team answer to, those aside who lead somebody themselves."""
        every = {one.manager for told in self.versions.values() for one in told if one.manager}
        counted: dict[str, Counter[str]] = defaultdict(Counter)
        for person, told in self.versions.items():
            if person not in every:
                counted_here = {(one.team, one.manager) for one in told if one.team and one.manager}
                for team, manager in counted_here:
                    counted[team][manager] += 1
        return {team: min(found.items(), key=lambda one: (-one[1], one[0]))[0] for team, found in counted.items()}

    def on(self, moment: datetime) -> Tree:
        """The tree as it was at a moment (UTC, naive)."""
        held: dict[str, Version] = {}
        above: dict[str, str] = {}
        for person, told in self.versions.items():
            one = next((v for v in told if (v.since <= moment or v.first) and v.until > moment), None)
            if one is None:
                continue
            held[person] = one
            above[person] = one.manager or self._looked_up(told, one)
        return Tree(held, {person: boss for person, boss in above.items() if boss in held and boss != person})

    def _looked_up(self, told: Sequence[Version], one: Version) -> str:
        later = next((v for v in told if v.manager and v.since >= one.since), None)
        if later is not None and (later.team == one.team or not one.team):
            return later.manager
        return self.leads.get(one.team, "") or (later.manager if later else "")


@dataclass(frozen=True)
class Tree:
    """Who is there, and who answers to whom; a circle is cut where it closes."""

    held: Mapping[str, Version]
    above: Mapping[str, str]
    _below: dict[str, list[str]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        cut = {person: boss for person, boss in self.above.items() if not self._circles(person)}
        object.__setattr__(self, "above", cut)
        for person in sorted(cut):
            self._below.setdefault(cut[person], []).append(person)

    def _circles(self, person: str) -> bool:
        """Is this the person at which a circle is cut: the first by name of those in it?"""
        seen = [person]
        while (boss := self.above.get(seen[-1], "")) and boss not in seen:
            seen.append(boss)
        return bool(boss) and boss == person and person == min(seen)

    def below(self, person: str) -> Sequence[str]:
        """Who answers to somebody."""
        return self._below.get(person, ())

    def under(self, person: str) -> Iterator[str]:
        """Everybody below somebody, however far."""
        for one in self.below(person):
            yield one
            yield from self.under(one)

    def over(self, person: str) -> list[str]:
        """Everybody above somebody, the nearest first."""
        found: list[str] = []
        while boss := self.above.get(person, ""):
            found.append(boss)
            person = boss
        return found

    def left(self, person: str) -> bool:
        """Is somebody no longer here?"""
        one = self.held.get(person)
        return one is None or not one.active or one.removed


def people(at: Snapshot) -> People:
    """Everybody the actor may see, as known."""
    found: dict[str, list[Version]] = defaultdict(list)
    for id_, team, manager, role, active, since, until, first, removed in rows(
        at, ALL_TIME, ["people", at.policy.shape], lambda q: q.people(at.schema, at.policy.shape)
    ):
        found[id_].append(
            Version(
                team or "", manager or "", role or "", active is not False, since, until, bool(first), bool(removed)
            )
        )
    return People(found)
