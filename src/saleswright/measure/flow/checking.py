"""Is every definition the flow reads in order? Aging schedules, FACT plans and thresholds of stuck deals."""

from __future__ import annotations

from saleswright.history.snapshot import Snapshot
from saleswright.lib.issue import Issue
from saleswright.measure.flow.causes import visits
from saleswright.measure.flow.factors import schedule
from saleswright.measure.flow.miss import fact_plan


def check(at: Snapshot) -> list[Issue]:
    """Every issue of theirs, with its line, what it means and what to write instead."""
    return [*schedule.schedules(at)[1], *fact_plan.plans(at)[1], *visits.issues(at)]
