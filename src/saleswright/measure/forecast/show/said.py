"""How is a forecast said in plain words? The range first, then the target, then what it is made of."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from saleswright.lib.money import Money
from saleswright.measure.flow.waterfall.said import brief, spoken
from saleswright.measure.forecast.show.moved import LABELS
from saleswright.measure.forecast.show.shown import Basis, Cannot, Next, Shown, Told
from saleswright.measure.metrics.words import plural

if TYPE_CHECKING:
    from saleswright.lib.period import Period
    from saleswright.measure.forecast.chance.why import Reason
    from saleswright.measure.metrics.apart import Pairs

ADD = "Means add, ranges do not: what goes well in one part may go badly in another."
NOTHING, LITTLE = 0.05, 0.10
"""Up to so much of what decides deals is told by their chances, nearly nothing, or little, tells them apart."""

VERDICTS = {"yes": "Yes", "nearly": "Nearly", "no": "Less than usual"}


def sentence(one: Shown) -> str:
    """The headline: between what, with which chance of the target, made of what."""
    told, currency = one.whole, one.at.currency
    low, high = _brief(told.range.low, currency), _brief(told.range.high, currency)
    words = f"{one.period.label} likely lands between {low} and {high} (8 in 10)"
    if told.done:
        words = f"{one.period.label} stands at {_brief(told.range.mid, currency)}"
    return f"{words}; {chance(told, currency)}. {made_of(told, currency)}"


def chance(told: Told, currency: str) -> str:
    """The chance of the target, which is named; or why there is none to tell."""
    if told.target is None or told.chance is None:
        return f"no chance of a target can be told: {told.no_target or 'no target is set'}"
    return f"{share(told.chance)} chance of reaching the target of {_brief(told.target, currency)}"


def made_of(told: Told, currency: str) -> str:
    """The three parts of the mean."""
    return (
        f"The mean of {_brief(told.mean, currency)} is {_brief(told.won, currency)} won, {_brief(told.open, currency)} of deals "
        f"that are open and {_brief(told.coming, currency)} still to be created and closed."
    )


def moved(one: Shown) -> str:
    """From which mean to which since then, and the largest line."""
    if one.moved is None:
        return f"What moved cannot be told: {one.unmoved}."
    currency, day = one.at.currency, spoken(one.since, one.at.day)
    change = one.moved.end - one.moved.start
    lines = one.moved.lines
    if not any(lines.values()):
        return f"The mean stands where it stood on {day}."
    name = max(lines, key=lambda line: abs(lines[line]))
    way = "did not change" if not change else f"{'rose' if change > 0 else 'fell'} by {_brief(abs(change), currency)}"
    line = f"{LABELS[name].lower()}, {_signed(lines[name], currency)}"
    return f"The mean {way} since {day}. Largest line: {line}."


def built(one: Next, currency: str) -> str:
    """Is enough there, next to what was there at the same point before earlier periods?"""
    there = f"{_brief(one.open, currency)} is open and due in {one.period.label} ({plural(one.deals, 'deal')})"
    if one.usual is None or not one.verdict:
        return f"{there}. No earlier period is known at this point, so nothing says whether that is much."
    usual = (
        f"on average {_brief(one.usual, currency)} at this point before the last {plural(len(one.before), 'period')}"
    )
    return f"{VERDICTS[one.verdict]}: {there}, against {usual}."


def trusted(basis: Basis) -> str:
    """How far the record tells deals apart; empty where it does well enough, or nothing is open."""
    if basis.apart is None or basis.spans is None or basis.apart > LITTLE:
        return ""
    low, high = (share(one) for one in basis.spans)
    between = f"8 of 10 open deals are given a chance between {low} and {high} to be won at all"
    if basis.apart <= NOTHING:
        return (
            f"In this record nearly nothing tells a deal that will be won from one that will not: {between}, and no signal is "
            "made up. The range stands on how many deals are won, not on which."
        )
    return f"In this record little tells which deals will be won: {between}."


def apart(basis: Basis) -> str:
    """Between which chances open deals lie, and how far differences are believed."""
    counted = f"differences between deals count {share(basis.trust)} of what was seen of them"
    if basis.spans is None:
        return counted
    low, high = (share(one) for one in basis.spans)
    return f"8 of 10 open deals have a chance between {low} and {high} to be won at all; {counted}"


def together(basis: Basis) -> str:
    """How strongly deals move together, and how much of that the record tells."""
    from saleswright.measure.forecast.law.shock import PRIOR

    mean, low, high = basis.rho
    words = f"correlation {mean:.3f} ({low:.3f} to {high:.3f})"
    if not basis.periods:
        return f"{words}, assumed: fewer than three past quarters tell of it"
    # What is assumed before anything is seen is wide; who saw little is about as wide.
    if high - low > (PRIOR.high - PRIOR.low) / 2:
        return f"{words}, barely told by {plural(basis.periods, 'past quarter')}: much of it is assumed"
    return f"{words}, from {plural(basis.periods, 'past quarter')}"


def kind(basis: Basis) -> str:
    """What the chances stand on, in words."""
    if basis.kind == "shipped prior":
        return f"only {plural(basis.closed, 'closed deal')}, so what is shipped counts for more than what was seen"
    trees = (
        "counts in cells, with trees on top" if basis.kind == "cells with trees" else "counts in cells, drawn together"
    )
    return f"{trees}, from {plural(basis.closed, 'closed deal')} ({basis.won:,} won)"


def calibrated(basis: Basis) -> str:
    """Which map makes 30 % mean 30 in a hundred."""
    if basis.calibrated == "none":
        return "not mapped: fewer than 200 wins on past days, so chances stand as counted"
    return f"{basis.calibrated}, fitted on past days to how often such deals were won"


def cannot(one: Cannot) -> str:
    """That nothing can be forecast, and why."""
    return f"{one.period.label} cannot be forecast yet: {one.reason}."


def reasons(found: Sequence[Reason], most: int = 3) -> tuple[str, ...]:
    """Why a chance is what it is: of how many deals in its cell, then what moves it most from there."""
    from saleswright.measure.forecast.chance.why import FEW

    counted = [one for one in found if "in this cell" in one.text]
    others = [one for one in found if "in this cell" not in one.text]
    words = [one.text for one in counted[-1:]]
    words += [
        one.text
        if one.due < FEW
        else f"{one.cell}: times {one.pulled:.2f}, {one.won:,.0f} won where {one.due:,.0f} were expected"
        for one in others
    ]
    return tuple(words[:most])


def share(value: float) -> str:
    """A chance; never 0 or 100 where it is neither."""
    if 0 < value < 0.005:
        return "under 1 %"
    if 0.995 < value < 1:
        return "over 99 %"
    return f"{round(100 * value)} %"


def _brief(minor: int, currency: str) -> str:
    return brief(Money(minor, currency))


def _signed(minor: int, currency: str) -> str:
    return f"{'+' if minor > 0 else chr(0x2212) if minor < 0 else ''}{brief(Money(abs(minor), currency))}"


def over(period: Period, where: Pairs) -> str:
    """The options of a command that asks about the same period and the same deals."""
    chosen = "".join(f" --where {shlex.quote(f'{name}={value}')}" for name, value in where)
    return f"--period {shlex.quote(str(period))}{chosen}"
