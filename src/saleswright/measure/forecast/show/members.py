"""What does each team, product or region bring? Its own distribution, the target it has, and what people call for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.money import Money
from saleswright.measure.forecast.show import called, laws
from saleswright.measure.forecast.show.rounded import shared
from saleswright.measure.forecast.show.shown import Member, Range, Told
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import Result, evaluate
from saleswright.measure.metrics.dimensions import find, names

if TYPE_CHECKING:
    from saleswright.measure.forecast.calls.sheet import Sheet
    from saleswright.measure.forecast.outlook.asked import Forecast

NOBODY = "(none)"


def label(at: Snapshot, by: str) -> str:
    """What a split is called."""
    return find(at, by, entity="deal").label if by else ""


def members(
    at: Snapshot, now: Forecast, whole: Told, by: str, where: Pairs, sheet: Sheet | None = None
) -> tuple[Member, ...]:
    """Every member, the largest mean first; won, open and still to come each add up to the whole, to the unit."""
    from saleswright.measure.forecast.outlook.asked import targets

    split = find(at, by, entity="deal")
    parts = now.foretold.parts(split.name)
    held = list(parts)
    open_ = shared([parts[one].means.open for one in held], whole.open)
    coming = shared([parts[one].means.coming for one in held], whole.coming)
    goals, said = targets(at, now.period, split.name, where), now.labels(split.name)
    won = evaluate(at, replace(ask(at, "won_value", (split.name,), "all", where), period=now.period))
    calls, out = called.by(sheet, split.name), called.missing(sheet, split.name)
    found = []
    for place, name in enumerate(held):
        one, goal = parts[name], goals.get(name)
        law = laws.told(one.law, one.means, goal, "no target is set", apart=False)
        told = replace(law, won=one.won, open=open_[place], coming=coming[place])
        own = _won(won, name, one.won, at)
        found.append(Member(name, said.get(name, name or NOBODY), told, own, calls.get(name), name in out))
    nothing = Told(0, 0, 0, Range(0, 0, 0))
    # A target or a call of whom no deal is known still belongs to the sum.
    alone = {*goals, *calls} - set(held)
    people = names(at, split.ref, alone - {""}) if split.ref else {}
    for name in sorted(alone):
        told, label_ = replace(nothing, target=goals.get(name)), people.get(name, name or NOBODY)
        zero = Figure("won_value", Money(0, at.currency), "money", "Won")
        found.append(Member(name, label_, told, zero, calls.get(name), name in out))
    return tuple(sorted(found, key=lambda one: (-one.told.mean, one.label)))


def _won(told: Result, name: str, minor: int, at: Snapshot) -> Figure:
    """The metric's own figure, where it is this one."""
    figure = told.groups.get((name,))
    value = Money(minor, at.currency)
    if figure is None or figure.value is None:
        return Figure("won_value", value, "money", "Won")
    if figure.value != value:
        raise AssertionError(f"won by {name or NOBODY} is {figure.value}, the forecast stands on {value}")
    return figure
