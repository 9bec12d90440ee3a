"""Which number stands for somebody on a day, and what do those of several add up to? Who is not in is named, never zero."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from saleswright.lib.money import Money
from saleswright.lib.zone import end_of_day
from saleswright.measure.forecast.calls.rules import Rules, week_of
from saleswright.measure.forecast.calls.said import Said
from saleswright.measure.forecast.calls.tree import Tree


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands for one person in one category. call: what counts; original: their own call beside an override.

    last: the latest earlier call of somebody who is not in, shown apart. carried: `call` is that one, by the rules.
    """

    call: Said | None = None
    original: Said | None = None
    last: Said | None = None
    carried: bool = False

    @property
    def overridden(self) -> bool:
        """Does another one's number stand in the place of their own?"""
        return self.call is not None and not self.call.own


@dataclass(frozen=True, slots=True)
class Roll:
    """Numbers added. amount: None where none is in. into: whose are in it; carried: whose of them are carried; out: who is
    not in; unrated: whose has no exchange rate, so that it is not in either."""

    amount: Money | None = None
    into: tuple[str, ...] = ()
    carried: tuple[str, ...] = ()
    out: tuple[str, ...] = ()
    unrated: tuple[str, ...] = ()

    @property
    def of(self) -> int:
        """How many are asked."""
        return len(self.into) + len(self.out)

    @property
    def words(self) -> str:
        """How many are in."""
        return f"{len(self.into)} of {self.of} in"

    def plus(self, other: Roll) -> Roll:
        """Both together."""
        amounts = [one for one in (self.amount, other.amount) if one is not None]
        total = amounts[0] + amounts[1] if len(amounts) == 2 else next(iter(amounts), None)
        return Roll(
            total, self.into + other.into, self.carried + other.carried, self.out + other.out,
            self.unrated + other.unrated,
        )  # fmt: skip


@dataclass(frozen=True)
class Day:
    """The calls about one period as they stood at the end of a day: over the tree of that day.

    asked: who is expected to call. calls: of the period, the earliest first.
    """

    day: date
    moment: datetime
    rules: Rules
    tree: Tree
    calls: Sequence[Said]
    asked: Collection[str]
    _rolled: dict[tuple[str, str], Roll] = field(default_factory=dict, repr=False)

    @cached_property
    def _of(self) -> dict[tuple[str, str], list[Said]]:
        """By whose number and category, the calls that had been made and not been taken back or replaced, the latest last."""
        found: dict[tuple[str, str], list[Said]] = {}
        for one in self.calls:
            if one.at <= self.moment < one.until and not one.removed and one.called <= self.day:
                found.setdefault((one.about, one.category), []).append(one)
        return found

    def standing(self, person: str, category: str) -> Standing:
        """What stands for somebody: the last override of the week, else the own call of the week, else nothing."""
        made = self._of.get((person, category), [])
        first = week_of(self.day) if self.rules.every == "week" else date.min
        now = [one for one in made if one.called >= first]
        own = next((one for one in reversed(now) if one.own), None)
        other = next((one for one in reversed(now) if not one.own), None)
        if other is not None:
            return Standing(other, own)
        if own is not None:
            return Standing(own)
        last = made[-1] if made else None
        if last is not None and self.rules.missing == "carried":
            return Standing(last, None, last, carried=True)
        return Standing(last=last)

    def count(self, person: str, category: str) -> Roll:
        """What somebody's number adds to that of whoever leads them.

        Who does not call is passed through: those below count. Who is asked and has not called is out, whatever those below
        have called, for nothing stands silently in the place of a call.
        """
        held = self.standing(person, category)
        if held.call is not None:
            if held.call.amount is None:
                return Roll(out=(person,), unrated=(person,))
            return Roll(held.call.amount, (person,), (person,) if held.carried else ())
        if person in self.asked:
            return Roll(out=(person,))
        return self.roll(person, category)

    def roll(self, person: str, category: str) -> Roll:
        """What the numbers of those who answer to somebody add up to."""
        key = (person, category)
        if key not in self._rolled:
            self._rolled[key] = self.added(self.tree.below(person), category)
        return self._rolled[key]

    def added(self, people: Sequence[str], category: str) -> Roll:
        """What the numbers of these people add up to."""
        total = Roll()
        for one in people:
            total = total.plus(self.count(one, category))
        return total


def day_of(day: date, zone: str, latest: datetime) -> datetime:
    """The end of a day, or the as-of moment where that is earlier."""
    return min(end_of_day(day, zone), latest)
