"""What came of all that activity? A count of activity is never shown without the outcome its definition names.

`outcome: METRIC` in a metric's definition makes it an activity count. Whatever lays out its figure asks here for the figure
that stands beside it; where that cannot be told, the reason stands there instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.reference import Reference
from saleswright.kernel.report import Figure, Report
from saleswright.lib.issue import Stop, unknown
from saleswright.measure.metrics.asked import Asked, ask, catalogue
from saleswright.measure.metrics.compute import Result, evaluate
from saleswright.measure.metrics.governance import kpi
from saleswright.measure.metrics.model import Metric


def with_outcome(at: Snapshot, asked: Asked) -> Figure | None:
    """The outcome's figure over the same filters and period, without a split; None for what is no activity count.

    A figure without a value and with the reason where the outcome cannot be told: an activity never stands alone.
    """
    made = beside(at, replace(asked, by=()))
    return made.total if isinstance(made, Result) else made


def beside(at: Snapshot, asked: Asked) -> Result | Figure | None:
    """The outcome measured over the same split, filters and period; a figure with the reason where it cannot be."""
    name = kpi.of(asked.metric).outcome
    if not name:
        return None
    found, _ = catalogue(at)
    if name not in found:
        return Figure(name, None, "count", name.replace("_", " ").capitalize(), reason=unknown("metric", name, ()).what)
    other = found[name]
    if awaits := kpi.of(other).awaits:
        return Figure(name, None, other.unit, other.label, reason=f"it stands on {awaits}")
    try:
        return evaluate(at, replace(ask(at, other), by=asked.by, where=asked.where, period=asked.period))
    except Stop as stop:
        return Figure(name, None, other.unit, other.label, reason=stop.issues[0].what)


def group(made: Result | Figure | None, key: tuple[str, ...]) -> Figure | None:
    """The outcome of one group of a split; 0 of a count where the group has none."""
    if not isinstance(made, Result):
        return made
    if key in made.groups:
        return made.groups[key]
    metric = made.asked.metric
    pairs = tuple(zip((d.name for d in made.asked.by), key, strict=True))
    if metric.unit == "count" and not metric.python:
        return Figure(metric.name, 0, "count", metric.label, 0, ref=str(made.reference.only(pairs)))
    return Figure(metric.name, None, metric.unit, metric.label, 0, reason="no such deals in this group")


def alone(report: Report, metrics: Mapping[str, Metric]) -> list[str]:
    """The activity counts that a report shows without their outcome: what no layout may bring about."""
    figures = report.figures()
    shown = {_name(figure) for figure in figures}
    wanted = ((name, kpi.of(metrics[name]).outcome) for name in _ordered(map(_name, figures)) if name in metrics)
    return [name for name, outcome in wanted if outcome and outcome not in shown]


def _ordered(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _name(figure: Figure) -> str:
    """The metric a figure is of: what its reference says, for a face may have renamed the figure."""
    return Reference.parse(figure.ref).name if figure.ref else figure.name
