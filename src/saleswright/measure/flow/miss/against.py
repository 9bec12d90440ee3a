"""What is the actual held against? A plan by factors, a number that somebody set, or another period.

Only a number: then the plan behind it is implied. Average sale, win rate, timing and mix stay at those of the trailing
baseline, and the deals that come in are solved for, so that the plan brings the number exactly (formulas 3.3).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.policy import COMPANY
from saleswright.kernel.report import Figure
from saleswright.lib.fiscal import FiscalCalendar
from saleswright.lib.issue import Stop, nearest
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.flow.book import WON, Book
from saleswright.measure.flow.columns import EPOCH, Floats, Ints
from saleswright.measure.flow.miss.fact_plan import FactPlan, Line, plans
from saleswright.measure.flow.miss.factors import (
    CAUSES,
    DEAL_SIZE,
    MIX,
    TIMING,
    WIN_RATE,
    Factors,
    Tally,
    factors,
    ratio,
)
from saleswright.measure.flow.miss.noise import Base
from saleswright.measure.flow.miss.windows import Window, so_far, tally, trailing, window, year_ago
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.dimensions import Dimension, resolve

FACTS, PLAN, QUOTA, LAST_YEAR, PREVIOUS = "facts", "plan", "quota", "last year", "previous"
ORDER = (FACTS, PLAN, QUOTA, LAST_YEAR, PREVIOUS)
"""What is taken where nobody says: the plan by factors, the plan's number, the quotas; without any target a year ago."""

KINDS = (PLAN, QUOTA, LAST_YEAR, PREVIOUS)
"""What can be asked for; a plan is the one by factors where there is one."""


@dataclass(frozen=True)
class Ground:
    """What every comparison stands on: the deals, their members, the period so far, and where the record begins."""

    at: Snapshot
    book: Book
    members: tuple[str, ...]
    member: Ints
    by: Dimension | None
    where: Pairs
    period: Period
    days: int
    first: date | None

    @property
    def calendar(self) -> FiscalCalendar:
        return self.at.workspace.calendar

    def told(self, period: Period, lags: int) -> Tally:
        """The first days of a period, as many as are over of the one that is explained, counted."""
        return tally(self.book, self.member, len(self.members), self.window(period, lags))

    def window(self, period: Period, lags: int) -> Window:
        return window(period, self.days, lags, self.calendar)

    def unpriced(self, period: Period) -> int:
        """Wins of the period whose amount has no rate."""
        closed, won = self.book.days["closed"], self.book.fate == WON
        start, end = ((day - EPOCH).days for day in (period.start, so_far(period, self.days).end))
        return int((won & self.book.unpriced & (closed >= start) & (closed < end)).sum())


@dataclass(frozen=True)
class Against:
    """The plan's side: its factors (with gaps), its value in minor units, and the words for it.

    kind: one of ORDER; than: "planned", "a year ago" ...; implied: only its value is anybody's plan. base: what its values
    were measured on. run_rate: what the baseline brings in a period, where there is a target. compared: the other period.
    """

    kind: str
    label: str
    than: str
    plan: Factors
    figure: Figure
    minor: int
    lags: int
    implied: bool = False
    base: Base | None = None
    run_rate: int | None = None
    compared: Period | None = None
    notes: tuple[str, ...] = ()


def of_period(ground: Ground, kind: str, lags: int) -> Against | str:
    """Held against a year ago or the period before; or why not."""
    then = year_ago(ground.period, ground.calendar) if kind == LAST_YEAR else ground.period.previous(ground.calendar)
    if ground.first is None or then.start < ground.first:
        begin = f"begins on {ground.first}" if ground.first else "has no decided deal"
        return f"the record {begin}, so {then.label} is not in it whole"
    if missing := ground.unpriced(then):
        return f"no exchange rate to {ground.at.currency} for {missing} wins of {then.label}"
    told = ground.told(then, lags)
    minor = int(told.booked.sum())
    if not minor:
        return f"nothing was won in {then.label}"
    shown = so_far(then, ground.days)
    won = evaluate(ground.at, replace(ask(ground.at, "won_value", (), "all", ground.where), period=shown)).total
    figure = replace(won, name="target", label=f"Won in {shown.label}")
    base = Base(told, 1, frozenset(range(len(CAUSES))))
    than = "a year before" if kind == LAST_YEAR else f"in {shown.label}"
    return Against(kind, shown.label, than, factors(told), figure, minor, lags, base=base, compared=shown)


def baseline(ground: Ground, lags: int) -> Base | str:
    """The periods just before, counted together; or why there is none."""
    periods = trailing(ground.period, ground.first, ground.calendar)
    if not periods:
        begin = f"begins on {ground.first}" if ground.first else "has no decided deal"
        return f"the record {begin}, so no earlier period of this length is in it whole"
    if missing := sum(ground.unpriced(one) for one in periods):
        return f"no exchange rate to {ground.at.currency} for {missing} earlier wins"
    each = tuple(ground.told(one, lags) for one in periods)
    told = each[0]
    for one in each[1:]:
        told = told + one
    return Base(told, len(periods), frozenset({MIX, WIN_RATE, TIMING, DEAL_SIZE}), each)


def of_number(ground: Ground, kind: str, lags: int, base: Base | str) -> Against | str:
    """Held against a number: the plan that brings it with more or fewer deals than the baseline; or why not."""
    at = ground.at
    try:
        asked = replace(ask(at, kind, (), "all", ground.where), period=so_far(ground.period, ground.days))
        figure = evaluate(at, asked).total
    except Stop as stop:
        return stop.issues[0].what
    if not isinstance(figure.value, Money):
        return figure.reason
    minor = figure.value.minor
    if minor <= 0:
        return f"the {kind} of {ground.period.label} is nothing"
    if isinstance(base, str):
        return f"the {kind} is only a number, and {base}: what it takes to reach it cannot be told"
    booked = int(base.told.booked.sum())
    if booked <= 0:
        return f"nothing was won in the {base.periods} periods before, so what the {kind} takes cannot be told"
    plan = factors(base.told, base.periods).scaled(minor * base.periods / booked)
    run_rate = round(booked / base.periods)
    figure = replace(figure, name="target", label=kind.capitalize())
    return Against(kind, f"the {kind}", f"in the implied {kind}", plan, figure, minor, lags, True, base, run_rate)


def of_facts(ground: Ground, plan: FactPlan, actual: Tally, lags: int, base: Base | str) -> Against | str:
    """Held against a plan by factors; or why not."""
    at = ground.at
    name = plan.definition.name
    if at.policy.scope != COMPANY:
        return "the plan is outside this person's access"
    if at.currency != at.workspace.currency:
        return f"{name} plans in {at.workspace.currency}, not in {at.currency}"
    if ground.by is None or ground.by.name != plan.by:
        return f"{name} plans by {plan.by}"
    lines, notes = _members(ground, plan)
    strange = [dimension for dimension, _ in ground.where if dimension != plan.by]
    if strange:
        return f"{name} says nothing about one {strange[0]}"
    measured = not all(one.timing for one in lines.values())
    if measured and isinstance(base, str):
        return f"{name} has no timing, and {base}: add timing: to its lines"
    told = base.told if isinstance(base, Base) else None
    share = ground.days / ground.period.days
    # The last column is what came in before all lags and is still open.
    shape = (len(ground.members), lags + 1)
    came, timing, win_rate = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    size = np.full(shape, np.nan)
    for place, member in enumerate(ground.members):
        line = lines.get(member)
        if line is None:
            # Nothing is planned, so no rate of it is either: what came of it is its deals, not its win rate.
            timing[place] = win_rate[place] = np.nan
            continue
        flow = [line.new_deals[min(lag, len(line.new_deals) - 1)] for lag in range(lags)]
        came[place] = [flow[0] * share, *flow[1:], actual.came[place, -1]]
        size[place] = line.deal_size
        if line.timing:
            given = line.timing[:lags]
            timing[place, : len(given)] = np.array(given) * share
            win_rate[place] = line.win_rate
            continue
        assert told is not None
        timing[place], shape_of = _usual(told, place)
        mean = ratio((came[place] * timing[place] * shape_of).sum(), (came[place] * timing[place]).sum())
        win_rate[place] = line.win_rate * shape_of / (float(mean) if np.isfinite(mean) and mean > 0 else 1.0)
    made = Factors(
        came.sum(axis=0, keepdims=True), ratio(came, came.sum(axis=0, keepdims=True)), win_rate, timing, size
    )
    minor = int(np.rint(made.cells.sum()))
    if minor <= 0:
        return f"{name} brings nothing in {ground.period.label}"
    figure = Figure("target", Money(minor, at.currency), "money", "FACT plan")
    used = replace(base, causes=frozenset({TIMING} if measured else ())) if isinstance(base, Base) else None
    run_rate = round(int(base.told.booked.sum()) / base.periods) if isinstance(base, Base) else None
    return Against(
        FACTS, f"the FACT plan {name}", "planned", made, figure, minor, lags, False, used, run_rate, None, notes
    )


def _usual(told: Tally, place: int) -> tuple[Floats, Floats]:
    """How a member's deals are usually decided and won by lag; those of all where it has had none."""
    mine = told.came[place].sum() > 0 and told.decided[place].sum() > 0
    came, decided, won = ((one[place] if mine else one.sum(axis=0)) for one in (told.came, told.decided, told.won))
    timing = np.nan_to_num(ratio(decided, came))
    overall = ratio(won.sum(), decided.sum())
    rates = ratio(won, decided)
    rates = np.where(np.isnan(rates), overall, rates)
    return timing, (rates if float(np.nan_to_num(overall)) > 0 else np.ones_like(timing))


def _members(ground: Ground, plan: FactPlan) -> tuple[dict[str, Line], tuple[str, ...]]:
    """The plan's lines by stored member, those asked for; a member that no deal has is still planned, and said."""
    assert ground.by is not None
    chosen: set[str] = set()
    for name, value in ground.where:
        if name == plan.by:
            chosen |= set(resolve(ground.at, ground.by, value))
    found, notes = {}, []
    for line in plan.lines:
        try:
            stored = resolve(ground.at, ground.by, line.member)[0]
        except Stop:
            stored = line.member
            near = nearest(line.member, [name for name in ground.members if name != line.member])
            meant = f" Did you mean {near[0]}?" if near else ""
            notes.append(f"{plan.definition.name} plans {line.member}, and no deal is of it.{meant}")
        if not chosen or stored in chosen:
            found[stored] = line
    return found, tuple(notes)


def planned_members(at: Snapshot, by: Dimension | None, plan: FactPlan | None) -> list[str]:
    """Members that a plan has, as they are stored."""
    if by is None or plan is None or plan.by != by.name:
        return []
    found = []
    for line in plan.lines:
        try:
            found += resolve(at, by, line.member)[:1]
        except Stop:
            found.append(line.member)
    return found


def plan_for(at: Snapshot, period: Period, by: str = "") -> FactPlan | None:
    """The plan by factors of a period, split as asked; any where nothing was asked."""
    found = [one for one in plans(at)[0] if one.period == period and by in ("", one.by)]
    return found[0] if found else None
