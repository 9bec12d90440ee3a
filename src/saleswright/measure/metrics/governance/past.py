"""How did a metric stand in each whole period up to today? The series that bands, limits and verdicts are made of."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from datetime import date, timedelta

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.issue import Stop
from saleswright.lib.limits import Limit
from saleswright.lib.period import Period
from saleswright.measure.metrics.asked import ask, metrics_in_force
from saleswright.measure.metrics.compute import Result, evaluate, reference
from saleswright.measure.metrics.dimensions import Grain
from saleswright.measure.metrics.governance.wobble import Spot, Wobble, wobble
from saleswright.measure.metrics.model import Metric
from saleswright.measure.metrics.ripe import ripe_after

HOW_MANY: dict[str, int] = {"week": 52, "month": 36, "quarter": 20, "year": 10}
"""An extended period, as far as the record goes: long enough for percentiles, short enough to be the same business."""

BALANCES = 18
"""Of a balance, and of what is made of one, each period is read by itself, so fewer of them."""


_KEPT: OrderedDict[tuple[str, ...], Wobble] = OrderedDict()
_MOST = 256


def past(at: Snapshot, one: Metric, grain: Grain, where: tuple[tuple[str, str], ...] = ()) -> Wobble:
    """Each whole period of the last three years or so, with its limit. Empty for what cannot be told."""
    if one.awaits:
        return Wobble(())
    calendar = at.workspace.calendar
    running = calendar.containing(grain, at.day)
    many = min(HOW_MANY[grain], BALANCES) if _by_itself(at, one) else HOW_MANY[grain]
    span = Period.between(running.shift(-many, calendar).start, running.start)
    try:
        asked = replace(ask(at, one, (grain,), "", where), period=span)
        key = (str(at.workspace.root), at.policy.actor, *sorted(at.policy.hidden), grain, str(reference(at, asked)))
        if key in _KEPT:
            return _KEPT[key]
        made = evaluate(at, asked)
    except Stop:
        return Wobble(())
    found = wobble(spots(at, made, span.split(grain, calendar)), at.day, one.at_moment)
    # Whole periods of one state of the record never change, so they are read once; the record itself is not held on to.
    _KEPT[key] = found
    while len(_KEPT) > _MOST:
        _KEPT.popitem(last=False)
    return found


def _by_itself(at: Snapshot, metric: Metric) -> bool:
    """Does each period take a reading of its own: a balance, or a formula over one?"""
    if metric.at_moment:
        return True
    found = metrics_in_force(at)
    return bool(metric.python) and any(found[name].at_moment for name in metric.parts if name in found)


def spots(at: Snapshot, made: Result, periods: list[Period]) -> list[Spot]:
    """One spot per period from the first in which anything happened; a count of nothing in between is 0."""
    metric = made.asked.metric
    days = ripe_after(at, made.asked) if metric.shape == "cohort-ratio" and metric.ripens else None
    found: list[Spot] = []
    for period in periods:
        key = (str(period),)
        figure = made.groups.get(key)
        if figure is None and found and metric.shape == "count":
            ref = str(made.reference.only(((made.asked.by[0].name, key[0]),)))
            figure = Figure(metric.name, 0, "count", metric.label, 0, ref=ref)
        if figure is not None:
            sums = made.group_sums.get(key)
            share = sums.still_open / sums.n if sums and sums.n else 0.0
            young = days is not None and period.end > at.day - timedelta(days=days)
            found.append(Spot(period, figure, 1.0 if young else 0.0 if days is not None else share))
    return found


def limits_of(at: Snapshot, made: Result, periods: list[Period]) -> dict[date | None, Limit | None]:
    """The limit of each period of a metric's own series, by its first day."""
    judged = wobble(spots(at, made, periods), at.day, made.asked.metric.at_moment)
    return {spot.period.start: spot.limit for spot in judged.spots}
