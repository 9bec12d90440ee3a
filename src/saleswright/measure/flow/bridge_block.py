"""What changed between two days, as a bridge any face can show? Its ends and its wins are the metrics' own figures.

Each end is measured a second time by the metric; where the two differ, nothing is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Bridge, Figure, Note, Step
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.flow.bridge import LINES, Days, Deals, Flags, Moves, Window, bridge, exact
from saleswright.measure.flow.bridge_read import Found, read
from saleswright.measure.flow.bridge_rows import on
from saleswright.measure.flow.bridge_shares import Shares, shares
from saleswright.measure.flow.columns import days
from saleswright.measure.metrics import due
from saleswright.measure.metrics.apart import Pairs, money
from saleswright.measure.metrics.asked import Asked, ask
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.words import are, plural


@dataclass(frozen=True)
class Bridged:
    """A bridge between the ends of two days: deal by deal, as a block of amounts, and as a block of deals.

    opening, closing: the levels; opening_deals, closing_deals: how many deals they are, with or without an amount; won:
    what was won between, from the metric. period: None for all open deals.
    """

    since: date
    day: date
    period: Period | None
    deals: Deals
    moves: Moves
    opening: Figure
    closing: Figure
    opening_deals: Figure
    closing_deals: Figure
    won: Figure
    amounts: Bridge
    counts: Bridge
    checks: tuple[str, ...]
    notes: tuple[Note, ...]

    def line(self, name: str) -> Figure:
        """What a line amounts to, without its sign: how much was lost, how much pushed out."""
        step = next(step for step in _steps(self.moves, self, False) if step.name == name)
        value = step.figure.value
        return replace(step.figure, value=abs(value)) if isinstance(value, Money) else step.figure


def bridged(at: Snapshot, since: date, period: Period | None, where: Pairs = ()) -> Bridged:
    """The bridge from the end of `since` to `at`; over the deals due in the period, or over all open deals.

    Raises AssertionError when an end is not what the metric says of that day, or Won not what won value says.
    """
    # Who is meant is found once, with what is known now: on the earlier day nobody may have had a name yet.
    where = ask(at, "open_pipeline", (), "all", where).pairs
    return told(at, since, period, where, found(at, since, period, where))


@dataclass(frozen=True)
class Lines:
    """Every deal's lines between two days: of all deals inside the filters, and shared out to the groups that held them.

    deals, moves: the same deals in the same order. names: the stored member of each group of `shared`. still: by member.
    """

    deals: Deals
    moves: Moves
    shared: Shares | None = None
    names: tuple[str, ...] = ()
    still: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def window_of(since: date, day: date, period: Period | None) -> Window:
    """From the end of `since` to the end of `day`; of a period, or of all that is open."""
    window = Window(days(since), days(day))
    return window if period is None else replace(window, start=days(period.start), end=days(period.end))


def found(at: Snapshot, since: date, period: Period | None, where: Pairs = (), by: str = "") -> Lines:
    """One reading of both days and every deal's lines. `where`: with members as stored."""
    window = window_of(since, at.day, period)
    read_ = read(at, window, where, by)
    return lined(read_, bridge(read_.deals, window), bool(where), bool(by))


def lined(read_: Found, moves: Moves, filtered: bool, split: bool) -> Lines:
    """The lines of the whole, inside the filters, and of each group."""
    whole = (sum(amount for amount, _ in read_.still.values()), sum(n for _, n in read_.still.values()))
    d, whose = read_.deals, read_.whose
    moves = replace(moves, still=whole[0], still_deals=whole[1])
    if whose is None:
        return Lines(d, moves)
    held = (d.said.held, d.past.held, d.now.held)
    sides = (whose.said, whose.past, whose.now)
    shared = shares(moves, held, sides) if split else None
    if filtered:
        inside = [np.where(side < 0, -1, 0) for side in sides]
        one = shares(moves, held, inside)
        d, moves = _inside(d, one, one.group == 0, inside), one.of(0, whole)
    return Lines(d, moves, shared, whose.names, read_.still)


def _inside(d: Deals, one: Shares, mine: Flags, sides: list[Days]) -> Deals:
    """The deals inside the filters on one of the days; on a day outside they are not held."""
    place = one.place[mine]
    found = d.only(place)
    said, past, now = (
        replace(state, held=state.held & (side[place] == 0))
        for state, side in zip((found.said, found.past, found.now), sides, strict=True)
    )
    return replace(found, said=said, past=past, now=now)


def told(at: Snapshot, since: date, period: Period | None, where: Pairs, lines: Lines, gross: bool = False) -> Bridged:
    """The whole as a bridge any face can show, its ends and its wins measured a second time by the metrics.

    gross: what was won one day and taken back or changed on another stands on Won and on its own line, so that Won may be
    another than won value; then a note says by how much. Raises AssertionError where anything else differs.
    """
    deals, moves = lines.deals, lines.moves
    said = on(at, since)
    ends: list[Figure] = []
    of_deals: list[Figure] = []
    for then, minor, n, name in (
        (said, moves.opening, moves.opening_deals, "open_then"),
        (at, moves.closing, moves.closing_deals, "open_now"),
    ):
        figure = _level(at, minor, n, name, f"Open {then.day.day} {then.day:%b}")
        ends.append(_tied(figure, then, _asked(then, "open_pipeline", period, where)))
        of_deals.append(_count_of(figure, then, _asked(then, "open_deals", period, where)))
    won = _won(at, since, where)
    if not gross and isinstance(won.value, Money) and won.value.minor != -moves.amount("won"):
        raise AssertionError(f"won {won.value} is not what the bridge says")
    made = Bridged(
        since, at.day, period, deals, moves, ends[0], ends[1], of_deals[0], of_deals[1], won, *_EMPTY, (), ()
    )
    checks = _checks(made)
    title = f"What changed since {since.day} {since:%b}?"
    return replace(
        made,
        amounts=Bridge("bridge", _steps(moves, made, False), title, "money", " ".join(checks)),
        counts=Bridge("bridge_deals", _steps(moves, made, True), f"{title} In deals", "count"),
        checks=checks,
        notes=_notes(at, made),
    )


_EMPTY = (Bridge("bridge", ()), Bridge("bridge_deals", (), unit="count"))


def _level(at: Snapshot, minor: int, n: int, name: str, label: str) -> Figure:
    return Figure(name, Money(minor, at.currency), "money", label, n=n)


def _asked(then: Snapshot, name: str, period: Period | None, where: Pairs) -> Asked | None:
    """The metric that says this level; None where none does, as for the deals due in one month."""
    if period is None:
        return ask(then, name, (), "all", where)
    quarter = then.workspace.calendar.containing("quarter", then.day)
    following = then.workspace.calendar.containing("quarter", quarter.end)
    for one, member in ((quarter, due.THIS), (following, due.NEXT)):
        if (one.start, one.end) == (period.start, period.end):
            return ask(then, name, (), "all", (*where, ("due", member)))
    return None


def _tied(figure: Figure, then: Snapshot, asked: Asked | None) -> Figure:
    """The level as the metric says it, which it must equal; without a metric, or a rate for all of it, as summed here."""
    if asked is None:
        return figure
    told = evaluate(then, asked).total
    if told.value is None:
        return figure
    if told.value != figure.value:
        raise AssertionError(f"{asked.metric.name} of {then.day} is {told.value}, the bridge says {figure.value}")
    return replace(told, name=figure.name, label=figure.label)


def _count_of(figure: Figure, then: Snapshot, asked: Asked | None) -> Figure:
    """The deals of a level, with or without an amount."""
    counted = Figure(f"{figure.name}_deals", figure.n, "count", figure.label)
    if asked is None:
        return counted
    told = evaluate(then, asked).total
    if told.value is not None and told.value != figure.n:
        raise AssertionError(f"{asked.metric.name} of {then.day} is {told.value}, the bridge says {figure.n}")
    return replace(counted, ref=told.ref)


def _won(at: Snapshot, since: date, where: Pairs) -> Figure:
    after = since + timedelta(days=1)
    won = evaluate(at, ask(at, "won_value", (), f"{after}..{at.day}", where)).total
    return replace(won, label=f"Won since {since.day} {since:%b}")


def _steps(moves: Moves, made: Bridged, counted: bool) -> tuple[Step, ...]:
    """The ends and the lines between; lines on which nothing happened only where a reader looks for them."""

    def figure(name: str, label: str, minor: int, n: int, deals: int, ref: str = "") -> Figure:
        if counted:
            return Figure(f"{name}_deals", deals, "count", label)
        return Figure(name, Money(minor, currency), "money", label, n=n, ref=ref)

    currency = made.opening.value.currency if isinstance(made.opening.value, Money) else ""
    steps = []
    for line in LINES:
        amount, count, deals = moves.amount(line.name), moves.count(line.name), exact(moves.deals[line.name])
        shown = line.rolling if made.period is None else line.window
        if counted and line.name in ("increased", "decreased", "fx"):
            continue
        if shown or amount or count:
            # A reference opens the same figure or none.
            ref = made.won.ref if line.name == "won" and made.won.value == Money(-amount, currency) else ""
            tone = line.tone
            step = Step(
                line.name, line.label, figure(line.name, line.label, amount, count, deals, ref), count, "part", tone
            )
            steps.append(step)
    first, last = (made.opening_deals, made.closing_deals) if counted else (made.opening, made.closing)
    first, last = replace(first, excluded=0), replace(last, excluded=0)
    return (Step(first.name, first.label, first, None, "end"), *steps, Step(last.name, last.label, last, None, "end"))


def _checks(made: Bridged) -> tuple[str, ...]:
    lines = f"Lines sum to the cent over {plural(made.moves.happened, 'deal event')}."
    if not isinstance(made.opening.value, Money) or not made.opening.ref:
        return (lines,)
    return lines, f"Opening {money(made.opening.value)} is the closing figure of {made.since}."


def _notes(at: Snapshot, made: Bridged) -> tuple[Note, ...]:
    """What to know: what came to be known late, and what could not be told at one rate."""
    notes = []
    late, other = made.moves.count("late"), made.moves.count("other")
    if late:
        text = f"{plural(late, 'deal')} changed as of a day up to {made.since} and {are(late, 'was', 'were')} entered later: "
        notes.append(Note(f"{text}Late clean-up, never an edit of the opening."))
    if other:
        odd = "won with a close date that is still to come, or counted otherwise then (its type or a rule changed)"
        notes.append(Note(f"{plural(other, 'deal')} on the line Other: {odd}."))
    won = -made.moves.amount("won")
    if isinstance(made.won.value, Money) and won != made.won.value.minor:
        text = "Won adds up every signing day by day; what of it was taken back or changed is on other lines: won value is "
        notes.append(Note(f"{text}{money(made.won.value)}."))
    unpriced = int(np.sum(made.deals.unpriced))
    if unpriced:
        text = f"{plural(unpriced, 'deal')} {are(unpriced, 'has', 'have')} no exchange rate to {at.currency} on one of the days: "
        notes.append(Note(f"{text}counted as deals; what amount is missing is in no line.", "warning"))
    return tuple(notes)
