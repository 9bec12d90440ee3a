"""The faces of number."""

from __future__ import annotations

from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import action
from saleswright.kernel.report import Report
from saleswright.measure.metrics.actions import PeriodText, Where
from saleswright.measure.metrics.asked import broken_rules
from saleswright.measure.review.number import layout
from saleswright.measure.review.number.simple import number


@action(effect="read", name="review number", example={"period": "this quarter"}, title="The number")
def review_number(at: Snapshot, period: PeriodText = "", where: Where = ()) -> Report:
    """Say where the period will likely land: a range that holds 8 times in 10, from created and closed dates alone.

    Won so far, what is open at the odds of its age, and deals still to be created; beside it the range when deals that
    nobody touches are taken as lost, and what the same model would have said in past periods. Below 30 closed deals it
    says what is missing. The period is this quarter when left out.
    """
    return layout.report(number(at, period, where), issues=(*at.stale, *broken_rules(at)))


ACTIONS: tuple[Any, ...] = (review_number,)
