"""What does a metric say of its use: KPI or diagnostic, who answers for it, which objective, leading or lagging, how often?

A KPI is one of the few numbers a role steers by; a diagnostic says why it moved. What is not called a KPI is a diagnostic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.issue import Issue, Stop, unknown
from saleswright.lib.period import parse_period
from saleswright.measure.metrics.asked import ask, catalogue
from saleswright.measure.metrics.compute import Result, evaluate
from saleswright.measure.metrics.keys import TRACKS
from saleswright.measure.metrics.model import Metric

GRAINS = {"weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "year"}


@dataclass(frozen=True, slots=True)
class Kpi:
    """A metric and what its definition says of its use; texts are empty where it says nothing.

    outcome: the metric that is always shown beside an activity count. awaits: the chapter without which it is only listed.
    """

    metric: Metric
    use: str = "diagnostic"
    answers: str = ""
    objective: str = ""
    timing: str = ""
    cadence: str = ""
    outcome: str = ""
    tracks: tuple[str, ...] = ()
    awaits: str = ""

    @property
    def name(self) -> str:
        return self.metric.name

    @property
    def label(self) -> str:
        return self.metric.label

    @property
    def lacks(self) -> tuple[str, ...]:
        """What is not said that a KPI says, in words."""
        said = (
            ("no objective", self.objective),
            ("nobody answers for it", self.answers),
            ("no review cadence", self.cadence),
            ("neither leading nor lagging", self.timing),
        )
        return tuple(words for words, value in said if not value)


def of(metric: Metric) -> Kpi:
    """What the metric's own definition says of its use."""
    said = (metric.answers, metric.objective, metric.timing, metric.cadence, metric.outcome)
    return Kpi(metric, metric.use, *said, metric.tracks, metric.awaits)


def kpis(at: Snapshot) -> dict[str, Kpi]:
    """Every metric in force with what it says of its use, KPIs and diagnostics."""
    found, _ = catalogue(at)
    return {name: of(metric) for name, metric in found.items()}


def wrong(found: Mapping[str, Kpi]) -> tuple[Issue, ...]:
    """What metrics say of their use that means nothing: each with its line and the nearest word."""
    issues = []
    for one in found.values():
        definition = one.metric.definition
        for role in one.tracks:
            if role not in TRACKS:
                issues.append(unknown("role", role, TRACKS, where=definition.where("tracks")))
        if one.outcome and one.outcome == one.name:
            why = "so it would stand beside itself"
            issues.append(
                Issue(definition.where("outcome"), f"{one.name} is its own outcome", why, "outcome: won_deals")
            )
    return tuple(issues)


def usual_period(one: Kpi) -> str:
    """The period a KPI is read over when nobody says one: its own, else the last whole one of its cadence."""
    if one.metric.period or one.metric.at_moment or not one.cadence:
        return one.metric.period
    return f"last {GRAINS[one.cadence]}" if one.cadence in GRAINS else ""


def measured(at: Snapshot, one: Kpi, period: str = "") -> tuple[Figure, Result | None]:
    """The KPI's figure, null with the reason where it cannot be told; and the result behind it, where there is one."""
    try:
        made = evaluate(at, ask(at, one.metric, (), period or usual_period(one)))
    except Stop as stop:
        return Figure(one.name, None, one.metric.unit, one.label, reason=stop.issues[0].what), None
    return made.total, made


def period_words(at: Snapshot, one: Kpi) -> str:
    """Over which period the KPI is read, in words."""
    if one.metric.at_moment:
        return "now"
    typed = usual_period(one) or at.workspace.defaults.get("period", "all")
    return parse_period(typed, at.day, at.workspace.calendar).label
