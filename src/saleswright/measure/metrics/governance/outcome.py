"""What came of all that activity? A count of activity is never shown without the outcome its definition names.

`outcome: METRIC` in a metric's definition makes it an activity count. Whatever lays out its figure asks here for the figure
that stands beside it; where that cannot be told, the reason stands there instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.reference import Reference
from saleswright.kernel.report import Block, Figure, Note, Report
from saleswright.lib.issue import Stop, unknown
from saleswright.lib.period import parse_period
from saleswright.measure.metrics.asked import Asked, metrics_in_force, part_of, rules_of
from saleswright.measure.metrics.compute import Result, evaluate
from saleswright.measure.metrics.dimensions import Dimension, find
from saleswright.measure.metrics.governance.said import said
from saleswright.measure.metrics.model import Metric

FEW = 4
SIGMAS = 3.0


def with_outcome(at: Snapshot, asked: Asked) -> Figure | None:
    """The outcome's figure over the same filters and period, without a split; None for what is no activity count.

    A figure without a value and with the reason where the outcome cannot be told: an activity never stands alone.
    """
    return next(iter(whole(beside(at, replace(asked, by=())))), None)


def beside(at: Snapshot, asked: Asked) -> Result | Figure | None:
    """The outcome measured over the same split, filters and period; a figure with the reason where it cannot be."""
    found = metrics_in_force(at)
    name = final(asked.metric, found)
    if not name:
        return None
    if name not in found:
        return Figure(name, None, "count", name.replace("_", " ").capitalize(), reason=unknown("metric", name, ()).what)
    other = found[name]
    try:
        return evaluate(at, _same(at, asked, other))
    except Stop as stop:
        return Figure(name, None, other.unit, other.label, reason=stop.issues[0].what)


def final(metric: Metric, metrics: Mapping[str, Metric]) -> str:
    """The outcome at the end of the way: what is itself only an activity is no outcome to stand beside one. Empty for what
    is no activity count."""
    seen = [metric.name]
    name = metric.outcome
    while name in metrics and name not in seen and metrics[name].outcome:
        seen.append(name)
        name = metrics[name].outcome
    return name


def _same(at: Snapshot, asked: Asked, other: Metric) -> Asked:
    """The same question of the outcome, under its own rules; without the split where it cannot be split so."""
    rules = rules_of(at, other)
    try:
        return replace(part_of(at, asked, other.name), rules=rules)
    except Stop:
        if not asked.by:
            raise
        return replace(part_of(at, replace(asked, by=()), other.name), rules=rules)


def busy(result: Result, beside: Result | Figure | None) -> list[str]:
    """Who is busier than most and brings far less than the others' rate would: more than three standard deviations less.

    For a split by members and an outcome that is counted; a sentence each. Nothing is said of fewer than four members.
    """
    if not isinstance(beside, Result) or len(result.groups) < FEW or beside.asked.metric.unit != "count":
        return []
    if any(d.grain for d in result.asked.by) or len(beside.asked.by) != len(result.asked.by):
        return []
    did = {key: _count(figure) for key, figure in result.groups.items()}
    came = {key: _count(group(beside, [d.name for d in result.asked.by], key)) for key in did}
    middle = sorted(did.values())[len(did) // 2]
    said_ = []
    for key, count in did.items():
        others = sum(did.values()) - count
        usual = count * (sum(came.values()) - came[key]) / others if others else 0.0
        if count >= middle and usual and came[key] - usual < -SIGMAS * usual**0.5:
            who, label = " and ".join(result.label(key)), beside.asked.metric.label.lower()
            activity = result.asked.metric.label.lower()
            said_.append(
                f"{who}: {count:,} {activity}, and {came[key]:,} {label} where the others' rate would bring about "
                f"{usual:,.0f}. Look at what the activity is for, before asking for more of it."
            )
    return said_


def _count(figure: Figure | None) -> int:
    return figure.value if figure and isinstance(figure.value, int) else 0


def words(figure: Figure) -> str:
    """The outcome in a sentence, for where only sentences stand."""
    told = said(figure.value, figure.unit) if figure.value is not None else f"cannot say yet, {figure.reason}"
    return f"An activity is never read alone. What came of it: {figure.label.lower()}, {told}."


def whole(made: Result | Figure | None) -> tuple[Figure, ...]:
    """The outcome's figure over the whole, where there is an outcome."""
    return (made.total,) if isinstance(made, Result) else (made,) if made else ()


def group(made: Result | Figure | None, by: Sequence[str], key: tuple[str, ...]) -> Figure | None:
    """The outcome of one group of a split; 0 of a count where it has none, a reason where it cannot be split."""
    if not isinstance(made, Result):
        return made
    metric = made.asked.metric
    if tuple(d.name for d in made.asked.by) != tuple(by):
        reason = f"it cannot be told by {' and '.join(by)}"
        return Figure(metric.name, None, metric.unit, metric.label, reason=reason)
    if key in made.groups:
        return made.groups[key]
    if metric.shape == "count":
        pairs = tuple(zip(by, key, strict=True))
        return Figure(metric.name, 0, "count", metric.label, 0, ref=str(made.reference.only(pairs)))
    return Figure(metric.name, None, metric.unit, metric.label, 0, reason="nothing of it in this group")


def of_lone(at: Snapshot, shown: Sequence[Figure]) -> list[Block]:
    """For figures that are laid out as they came: the outcome of each activity count among them that stands alone.

    Each over the filters and period of the count's own reference, and in words for faces that show one figure only.
    """
    metrics = metrics_in_force(at)
    there = {_name(figure) for figure in shown}
    blocks: list[Block] = []
    for figure in shown:
        metric = metrics.get(_name(figure))
        came_of = final(metric, metrics) if metric else ""
        if metric is None or not came_of or came_of in there or not figure.ref:
            continue
        came = with_outcome(at, _asked_by(at, metric, Reference.parse(figure.ref)))
        if came:
            there.add(came_of)
            blocks += [came, Note(words(came), "warning")]
    return blocks


def _asked_by(at: Snapshot, metric: Metric, ref: Reference) -> Asked:
    """The question behind a reference, its group as filters: a stretch of time as the period."""
    period = parse_period(ref.period, at.day, at.workspace.calendar)
    where: dict[str, tuple[Dimension, tuple[str, ...]]] = {}
    for name, member in (*ref.where, *ref.by):
        dimension = find(at, name, entity=metric.entity)
        if dimension.grain is not None:
            period = parse_period(member, at.day, at.workspace.calendar)
        else:
            held = where[name][1] if name in where and (name, member) in ref.where else ()
            where[name] = (dimension, (*held, member))
    return Asked(metric, (), tuple(where.values()), period)


def alone(report: Report, metrics: Mapping[str, Metric]) -> list[str]:
    """The activity counts that a report shows without their outcome: what no layout may bring about."""
    figures = report.figures()
    shown = {_name(figure) for figure in figures}
    wanted = ((name, final(metrics[name], metrics)) for name in _ordered(map(_name, figures)) if name in metrics)
    return [name for name, outcome in wanted if outcome and outcome not in shown]


def _ordered(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _name(figure: Figure) -> str:
    """The metric a figure is of: what its reference says, for a face may have renamed the figure."""
    return Reference.parse(figure.ref).name if figure.ref else figure.name
