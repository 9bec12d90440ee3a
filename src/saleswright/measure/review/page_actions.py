"""The face of the page for the leader."""

from __future__ import annotations

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import action
from saleswright.kernel.report import Report
from saleswright.measure.flow.waterfall.since import SinceText
from saleswright.measure.metrics.actions import PeriodText, Where


@action(effect="read", name="review page", example={}, title="The leader's page")
def review_page(at: Snapshot, since: SinceText = "", period: PeriodText = "", where: Where = ()) -> Report:
    """Say the week on one page: the headline, the likely range, what moved, the largest deals, fixes, and coverage.

    It is the page to hand on: add --to monday.pdf, .pptx, .xlsx or .md.
    """
    from saleswright.measure.review.page import page, report

    return report(page(at, since, period, where))


ACTIONS = (review_page,)
