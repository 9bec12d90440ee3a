"""Our figure by member, beside theirs: summed in as many ways as are asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from saleswright.measure.review.settle.amounts import rounded_to
from saleswright.measure.review.settle.match import minor_of
from saleswright.measure.review.settle.ours import Fact, Ours
from saleswright.measure.review.settle.totals import NOBODY, Column, lines

Facts = Mapping[str, Fact]
Change = Callable[[Facts], Facts]


@dataclass(frozen=True)
class Way:
    """One thing done otherwise: what it is, and how it changes the rows that count."""

    kind: str
    label: str
    rule: str
    change: Change
    now: bool = False


@dataclass
class Sides:
    """Totals by member on both sides, in minor units; what a member is called; the line of theirs it stands on."""

    theirs: dict[str, int]
    ours: dict[str, int]
    names: dict[str, str]
    line: dict[str, int]
    step: int = 0

    def agrees(self, key: str, value: int) -> bool:
        """Is this what their column says, rounded as it is rounded?"""
        theirs = self.theirs.get(key, 0)
        return theirs == value or bool(self.step and theirs % self.step == 0 and 2 * abs(theirs - value) <= self.step)


class Tally:
    """Our figure by member, in as many ways as are asked for."""

    def __init__(self, ours: Ours, table: Column) -> None:
        self.ours = ours
        self.table = table
        self.labels = ours.labels(table.split) if table.split in ours.splits else {}
        self._keys: dict[object, str] = {}
        self.base: Facts = {one: fact for one, fact in ours.rows.items() if fact.code == 0}
        self.known = {self.key(fact) for fact in ours.everywhere.values()}
        self.meant = lines(table, dict.fromkeys(sorted(self.known), ""))
        self.today: Mapping[str, str] = {}

    def by_member(self, facts: Facts, now: bool = False) -> dict[str, int]:
        """Sums by member; `now`: of the member that the owner belongs to today."""
        found: dict[str, int] = defaultdict(int)
        for fact in facts.values():
            found[self.key(fact, now)] += fact.value or 0
        return dict(found)

    def key(self, fact: Fact, now: bool = False) -> str:
        """What a deal is compared under, worked out once for each member and day."""
        member = fact.day if self.table.spans else fact.members.get(self.table.split, "")
        if now:
            member = self.today.get(fact.members.get("owner", ""), "")
            fact = replace(fact, members={self.table.split: member})
        key = self._keys.get(member)
        if key is None:
            key = self._keys[member] = self.table.key(fact, self.labels)
        return key

    def sides(self) -> Sides:
        """Both sides as they stand."""
        theirs: dict[str, int] = defaultdict(int)
        names = {self.key(f): self._name(f) for f in self.base.values()}
        line = {}
        for number, value in self.table.values.items():
            key = self.meant[number]
            theirs[key] += minor_of(value, self.ours.digits)
            names[key] = self.table.members.get(number, "") or names.get(key, key)
            line[key] = number
        ours = self.by_member(self.base)
        step = rounded_to(list(theirs.values()), list(ours.values()), self.ours.digits) if self.ours.money else 0
        return Sides(dict(theirs), ours, names, line, step)

    def _name(self, fact: Fact) -> str:
        if self.table.spans:
            return self.table.key(fact, self.labels)
        member = fact.members.get(self.table.split, "")
        return self.labels.get(member, member) or NOBODY
