"""One line of the call sheet: what is asked, won and called of one person, or of the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.money import Money, sum_money
from saleswright.lib.period import Period
from saleswright.measure.forecast.calls.deals import Deals
from saleswright.measure.forecast.calls.model import Model
from saleswright.measure.forecast.calls.rules import Rules
from saleswright.measure.forecast.calls.stand import Day, Roll, Standing
from saleswright.measure.metrics.compute import Result

NOT_IN = "not in"


@dataclass(frozen=True)
class Row:
    """One person's line, or the total's (person empty). deals: what is open and due, by the category of the deals. cells: the
    calls by category, for who leads the roll-up of those below, else what stands.

    number: what counts for them. state: in, carried, not in, left, or empty for who is not asked. line: nine weeks, the
    oldest first, None where nobody was in. model: the mean; gap: the calls that are in less the mean of the same people.
    """

    person: str
    name: str
    role: str
    depth: int
    leads: bool
    state: str
    quota: Figure
    won: Figure
    deals: Mapping[str, Figure]
    cells: Mapping[str, Roll]
    held: Standing
    number: Roll
    change: Figure
    line: tuple[Money | None, ...]
    model: Figure
    gap: Figure

    @property
    def call(self) -> Figure:
        """What counts for them as a figure; null with its reason."""
        out = "left" if self.state == "left" else NOT_IN if self.state or not self.person else "does not call"
        if self.number.unrated:
            out = "no exchange rate"
        value = self.number.amount if self.state in ("in", "carried") or not self.person else None
        return Figure("call", value, "money", "Call", len(self.number.into), reason="" if value is not None else out)


@dataclass(frozen=True)
class Lines:
    """All that the lines of a sheet are made of. days: as they stood today and on the same weekday of the weeks before."""

    at: Snapshot
    period: Period
    rules: Rules
    days: Sequence[Day]
    deals: Deals
    quotas: Result
    model: Model
    names: Mapping[str, str]
    listed: Sequence[tuple[str, int]]

    def rows(self) -> Iterator[Row]:
        """Everybody's line, top down."""
        for person, depth in self.listed:
            yield self._row(person, depth)

    def total(self) -> Row:
        """The line of the whole: its quota and what was won are the metrics' own, the calls those of the top that are in."""
        tops = [person for person, depth in self.listed if not depth]
        main = self.rules.called
        numbers = [day.added(tops, main) for day in self.days]
        cells = {name: self.days[0].added(tops, name) for name in self.rules.categories}
        return Row(
            "", "Total", "", 0, True, "", self.quotas.total, self.deals.total, self._open(None), cells, Standing(),
            numbers[0], self._change(numbers), tuple(one.amount for one in reversed(numbers)), self.model.total,
            self._gap(numbers[0]),
        )  # fmt: skip

    def _row(self, person: str, depth: int) -> Row:
        now, main = self.days[0], self.rules.called
        under = list(now.tree.under(person))
        mine = {person, *under}
        leads = any(one in mine for one, _ in self.listed if one != person)
        held = now.standing(person, main)
        numbers = [day.count(person, main) for day in self.days]
        cells = {}
        for name in self.rules.categories:
            if leads:
                cells[name] = now.roll(person, name)
            else:
                own = held.original if name == main and held.overridden else now.standing(person, name).call
                cells[name] = Roll(own.amount, (person,)) if own and own.amount is not None else Roll(out=(person,))
        version = now.tree.held.get(person)
        return Row(
            person, self.names.get(person, person.split("_", 2)[-1]), version.role if version else "", depth, leads,
            self._state(person, held), self._sum("quota", mine, self.quotas.groups, self.quotas.total),
            self._sum("won_value", mine, {(p,): f for p, f in self.deals.won.items()}, self.deals.total),
            self._open(mine), cells, held, numbers[0], self._change(numbers), tuple(one.amount for one in reversed(numbers)),
            self.model.of(mine), self._gap(numbers[0]),
        )  # fmt: skip

    def _open(self, people: set[str] | None) -> dict[str, Figure]:
        """What these people have open and due, by category ("" for no category); of everybody where nobody is named."""
        found = {}
        for name in (*self.rules.categories, ""):
            mine = [
                one
                for (owner, held), one in self.deals.open.items()
                if held == name and (people is None or owner in people)
            ]
            reason = self.deals.reason or self.deals.no_open
            amount = None if reason else Money(sum(one.minor for one in mine), self.at.currency)
            deals = sum(one.deals for one in mine)
            found[name] = Figure("open_due_in", amount, "money", name.capitalize(), deals, reason=reason)
        return found

    def _change(self, numbers: Sequence[Roll]) -> Figure:
        """The number now less that of the same people a week before; none where one of them was not in then."""
        now, label = numbers[0], "Change in 7 days"
        if now.amount is None:
            return Figure("change", None, "money", label, reason=NOT_IN)
        then = self.days[1]
        known = [then.count(one, self.rules.called) for one in now.into]
        if not all(
            one.amount is not None and one.into == (person,) for one, person in zip(known, now.into, strict=True)
        ):
            return Figure("change", None, "money", label, reason="not all of them were in 7 days before")
        before = sum_money([one.amount for one in known if one.amount is not None])
        assert before is not None
        return Figure("change", now.amount - before, "money", label, len(now.into))

    def _gap(self, number: Roll) -> Figure:
        """The calls that are in less the model's mean of the same people and all below them."""
        label = "Call less model"
        if number.amount is None:
            return Figure("gap", None, "money", label, reason=NOT_IN)
        tree = self.days[0].tree
        same = self.model.of({*number.into, *(one for person in number.into for one in tree.under(person))})
        if not isinstance(same.value, Money):
            return Figure("gap", None, "money", label, reason=same.reason)
        return Figure("gap", number.amount - same.value, "money", label, len(number.into))

    def _state(self, person: str, held: Standing) -> str:
        if held.carried:
            return "carried"
        if held.call is not None:
            return "in"
        if person in self.days[0].asked:
            return NOT_IN
        return "left" if self.days[0].tree.left(person) else ""

    def _sum(self, name: str, people: set[str], groups: Mapping[tuple[str, ...], Figure], total: Figure) -> Figure:
        """The metric of these people: one's own figure, or theirs added; what nobody has is none, not zero."""
        found = [
            figure for key, figure in groups.items() if key[0] in people and (figure.value is not None or figure.n)
        ]
        if len(found) == 1:
            return found[0]
        if total.value is None:
            return Figure(name, None, "money", total.label, reason=total.reason)
        untold = next((one.reason for one in found if one.value is None), "")
        if not found or untold:
            nothing = Money(0, self.at.currency) if name == "won_value" and not untold else None
            reason = "" if nothing is not None else untold or "no quota"
            return Figure(name, nothing, "money", total.label, 0, reason=reason)
        added = sum_money([one.value for one in found if isinstance(one.value, Money)])
        return Figure(name, added, "money", total.label, sum(one.n or 0 for one in found))
