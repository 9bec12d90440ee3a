"""What does a metric say of its use: KPI or diagnostic, who answers for it, which objective, leading or lagging, how often?

A KPI is one of the few numbers a role steers by; a diagnostic says why it moved. What is not called a KPI is a diagnostic.
"""

from __future__ import annotations

from collections.abc import Mapping

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.issue import Issue, Stop, unknown
from saleswright.lib.period import parse_period
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import Result, evaluate
from saleswright.measure.metrics.keys import TRACKS
from saleswright.measure.metrics.model import Metric

GRAINS = {"weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "year"}


def lacks(one: Metric) -> tuple[str, ...]:
    """What is not said of a metric that a KPI says, in words."""
    said = (
        ("no objective", one.objective),
        ("nobody answers for it", one.answers),
        ("no review cadence", one.cadence),
        ("neither leading nor lagging", one.timing),
    )
    return tuple(words for words, value in said if not value)


def wrong(found: Mapping[str, Metric]) -> tuple[Issue, ...]:
    """What metrics say of their use that means nothing: each with its line and the nearest word."""
    issues = []
    for one in found.values():
        definition = one.definition
        for role in one.tracks:
            if role not in TRACKS:
                issues.append(unknown("role", role, TRACKS, where=definition.where("tracks")))
        if one.outcome and one.outcome == one.name:
            why = "so it would stand beside itself"
            issues.append(
                Issue(definition.where("outcome"), f"{one.name} is its own outcome", why, "outcome: won_deals")
            )
    return tuple(issues)


def usual_period(one: Metric) -> str:
    """The period a KPI is read over when nobody says one: its own, else the last whole one of its cadence."""
    if one.period or one.at_moment or not one.cadence:
        return one.period
    return f"last {GRAINS[one.cadence]}" if one.cadence in GRAINS else ""


def measured(at: Snapshot, one: Metric, period: str = "") -> tuple[Figure, Result | None]:
    """The KPI's figure, null with the reason where it cannot be told; and the result behind it, where there is one."""
    try:
        made = evaluate(at, ask(at, one, (), period or usual_period(one)))
    except Stop as stop:
        return Figure(one.name, None, one.unit, one.label, reason=stop.issues[0].what), None
    return made.total, made


def period_words(at: Snapshot, one: Metric) -> str:
    """Over which period the KPI is read, in words."""
    if one.at_moment:
        return "now"
    typed = usual_period(one) or at.workspace.defaults.get("period", "all")
    return parse_period(typed, at.day, at.workspace.calendar).label
