"""What does the forecast of a period say, in whole? Every part from the same two forecasts: that of now and that of last week."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.reference import Reference
from saleswright.kernel.report import Figure
from saleswright.lib.issue import USAGE, Issue, Stop
from saleswright.lib.money import Money
from saleswright.lib.period import Period, parse_period
from saleswright.measure.flow.bridge_rows import on
from saleswright.measure.flow.columns import days
from saleswright.measure.flow.waterfall.deal_facts import told as facts
from saleswright.measure.forecast.figures.told import FEWEST, why_not
from saleswright.measure.forecast.show import called, laws, members, said, upcoming
from saleswright.measure.forecast.show.moved import Moved, moved
from saleswright.measure.forecast.show.shown import Basis, Cannot, Month, Shown, Told, Why
from saleswright.measure.forecast.show.stand import stand
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import ask, metrics_in_force
from saleswright.measure.metrics.compute import evaluate, reference
from saleswright.measure.metrics.dimensions import names as labels
from saleswright.measure.metrics.quota import target

if TYPE_CHECKING:
    from saleswright.measure.forecast.outlook.asked import Forecast

USUAL = "this quarter"
LARGEST = 8
"""Deals whose chance is explained."""

METRICS = {
    "likely": "forecast_mid",
    "mean": "expected_bookings",
    "low": "forecast_low",
    "high": "forecast_high",
    "chance": "chance_of_target",
    "shortfall": "expected_shortfall",
    "coming": "still_to_come",
}
"""The metric that each figure is."""

NAMED = 60
"""Deals of the bridge that are named at once; a line that is listed whole names its own."""


def shown(at: Snapshot, period: str = "", where: Pairs = (), since: str = "") -> Shown | Cannot:
    """The forecast of a period (this quarter) as known at the end of the as-of day, not told apart by anything.

    since: the day to compare with, the last Monday when left out. Stop (usage) for a period without an end, an unknown filter
    or day; Stop (not allowed) where amounts or days are hidden.
    """
    from saleswright.measure.flow.waterfall.since import since_day
    from saleswright.measure.forecast.outlook import asked

    span = parse_period(period or USUAL, at.day, at.workspace.calendar)
    if not span.bounded:
        issue = Issue("period", f"'{period}' has no end", "a forecast is of a period", "such as this quarter")
        raise Stop(issue, exit_code=USAGE)
    day = since_day(at, since)
    where = ask(at, "open_pipeline", (), "all", where).pairs
    goal = replace(target(at, span, where), label=f"Target of {span.label}")
    asked_won = replace(ask(at, "won_value", (), "all", where), period=span)
    won = replace(evaluate(at, asked_won).total, label=f"Won in {span.label}")
    now = asked.forecast(at, span, where)
    if now.learned.n_closed < FEWEST:
        return _too_few(at, span, won, goal, now)
    whole = laws.told(now.foretold.law, now.foretold.means, *_goal(goal))
    then, unmoved = _then(at, span, where, day)
    was = laws.told(then.foretold.law, then.foretold.means, *_goal(goal), apart=False) if then else None
    bridge = _bridge(now, then, whole, was) if then and was else None
    next_, no_next = upcoming.upcoming(at, now, where)
    sheet = called.sheet(at, span, where)
    return Shown(
        at=at,
        period=span,
        where=where,
        whole=whole,
        won=won,
        target=goal,
        bars=laws.bars(now.foretold.law),
        months=_months(at, now, whole),
        since=day,
        was=was,
        moved=bridge,
        unmoved=unmoved,
        names=names(at, [part.id for part in bridge.parts[:NAMED]]) if bridge else {},
        next=next_,
        no_next=no_next,
        basis=_basis(now),
        why=_named(at, _largest(now)),
        called=called.total(sheet, where),
        sheet=sheet,
        footer=footer(at, span),
        open_deals=len(now.foretold.now),
        limits=now.limits,
        refs=refs(at, span, where),
    )


def told_apart(one: Shown, by: str) -> Shown:
    """The same with the members of a dimension. Stop (usage) for an unknown one, or one that no forecast can be told by."""
    from saleswright.measure.forecast.outlook import asked

    now = asked.forecast(one.at, one.period, one.where, by)
    made = members.members(one.at, now, one.whole, by, one.where, one.sheet)
    return replace(one, by=by, by_label=members.label(one.at, by), members=made)


def listed(one: Shown, line: str) -> Shown:
    """The same with the names of all deals of one line of the bridge."""
    ids = [part.id for part in one.moved.deals(line)] if one.moved else []
    return replace(one, names={**one.names, **names(one.at, ids)})


def refs(at: Snapshot, span: Period, where: Pairs, by: str = "") -> dict[str, Reference]:
    """The reference of each figure that is a metric of this workspace, by the figure's name."""
    found = metrics_in_force(at)
    asked = {
        name: ask(at, metric, (by,) if by else (), "all", where) for name, metric in METRICS.items() if metric in found
    }
    return {name: reference(at, replace(one, period=span)) for name, one in asked.items()}


def _goal(goal: Figure) -> tuple[int | None, str]:
    return (goal.value.minor, "") if isinstance(goal.value, Money) else (None, goal.reason or "no target is set")


def _too_few(at: Snapshot, span: Period, won: Figure, goal: Figure, now: Forecast) -> Cannot:
    n = now.learned.n_closed
    how = f"import an export with the closed deals, {FEWEST - n} more at least"
    return Cannot(at, span, won, goal, why_not(at, now), how, footer(at, span))


def _then(at: Snapshot, span: Period, where: Pairs, day: date) -> tuple[Forecast | None, str]:
    """The same forecast as it would have been told on an earlier day, or why it cannot be told."""
    from saleswright.measure.forecast.outlook import asked

    try:
        then = asked.forecast(on(at, day), span, where)
    except Stop as stop:
        return None, stop.issues[0].what
    if then.learned.n_closed < FEWEST:
        return None, f"on {day} there were {then.learned.n_closed:,} closed deals, too few for a forecast"
    return then, ""


def _bridge(now: Forecast, then: Forecast, whole: Told, was: Told) -> Moved:
    return moved(stand(then.foretold, was.mean), stand(now.foretold, whole.mean, then.learned))


def _months(at: Snapshot, now: Forecast, whole: Told) -> tuple[Month, ...]:
    """Of a period longer than a month, each of its months; they add up to the whole."""
    from saleswright.measure.forecast.outlook.foretell import months

    pieces = now.period.split("month", at.workspace.calendar)
    if len(pieces) < 2:
        return ()
    ends = np.array([days(piece.end) - 1 for piece in pieces], np.int64)
    return laws.months(now.foretold, months(now.foretold, ends), pieces, whole)


def _basis(now: Forecast) -> Basis:
    learned, model, ever = now.learned, now.learned.model, now.foretold.ever
    mean = float(ever.mean()) if ever.size else 0.0
    return Basis(
        kind=model.kind,
        closed=model.n_closed,
        won=model.n_won,
        calibrated=model.calibrated,
        trust=float(model.cells.trust),
        rho=(learned.shock.mean, learned.shock.low, learned.shock.high),
        periods=learned.shock.periods,
        ratio=(learned.ratio.mean, learned.ratio.low, learned.ratio.high),
        ratio_n=learned.ratio.n,
        lacking=now.foretold.now.lacking,
        apart=float(ever.var()) / (mean * (1 - mean)) if 0 < mean < 1 else None,
        spans=(float(np.quantile(ever, 0.1)), float(np.quantile(ever, 0.9))) if ever.size else None,
    )


def _largest(now: Forecast) -> tuple[Why, ...]:
    """The open deals that are expected to bring most, and why their chances are what they are."""
    told = now.foretold
    expected = told.amount * told.chance
    found = []
    for row in np.argsort(-expected, kind="stable")[:LARGEST].tolist():
        if expected[row] <= 0:
            break
        reasons = said.reasons(now.learned.model.why(told.now, row))
        # As it stands in the record, as on every page; what wins are booked at over it is in what is expected.
        amount = round(float(told.amount[row])) if told.now.unknown[row] else int(told.now.amount[row])
        id_ = told.now.ids[int(told.now.deal[row])]
        chance, ever = float(told.chance[row]), float(told.ever[row])
        found.append(Why(id_, "", "", amount, chance, ever, round(float(expected[row])), reasons))
    return tuple(found)


def _named(at: Snapshot, found: tuple[Why, ...]) -> tuple[Why, ...]:
    known = names(at, [one.id for one in found])
    return tuple(replace(one, name=known[one.id][0], owner=known[one.id][1]) for one in found)


def names(at: Snapshot, ids: list[str]) -> dict[str, tuple[str, str]]:
    """(name, who owns it) by id; the id's own tail where no name is told."""
    found = facts(at, ids)
    owners = labels(at, "person", [one.owner for one in found.values() if one.owner])
    tail = {one: one.split("_", 2)[-1] for one in ids}
    return {
        one: (found[one].name or tail[one], owners.get(found[one].owner, found[one].owner))
        if one in found
        else (tail[one], "")
        for one in ids
    }


def footer(at: Snapshot, span: Period) -> str:
    """How ranges like this held, good or bad."""
    from saleswright.measure.forecast.backtest.footer import footer as quoted

    return quoted(at, span)
