"""The faces of settle."""

from __future__ import annotations

from typing import Annotated, Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import Arg, Choice, action
from saleswright.kernel.report import Report
from saleswright.measure.metrics.actions import PeriodText, Where
from saleswright.measure.metrics.asked import metrics_in_force
from saleswright.measure.review.settle import page
from saleswright.measure.review.settle.choose import ADDS
from saleswright.measure.review.settle.report import report
from saleswright.measure.review.settle.settled import settle


def metric_choices(at: Snapshot) -> list[Choice]:
    """The metrics that rows add up to."""
    return [Choice(m.name, m.label, m.question) for m in metrics_in_force(at).values() if m.shape in ADDS]


Theirs = Annotated[
    str, Arg("path", "their file (CSV, Excel, Parquet), the key of a dropped one, or the rows themselves, header first")
]
MetricName = Annotated[
    str,
    Arg(
        "choice",
        "which of our numbers is disputed; the one that fits best when left out",
        metric_choices,
        "metric",
        False,
    ),
]


@action(
    effect="read",
    name="review settle",
    title="Settle a dispute",
    example={"theirs": "Quarter,Won\n2026Q2,1000000\n2026Q3,1000000\n", "metric": "won_value"},
)
def review_settle(
    at: Snapshot, theirs: Theirs, metric: MetricName = "", period: PeriodText = "", where: Where = ()
) -> Report:
    """Explain why somebody else's spreadsheet says another number, to the cent.

    Their rows are matched with ours, and every difference goes to exactly one cause: rows only they or only we count,
    and rows that differ, by the rule behind it. A column of totals (by rep, by month) works too. Nothing of their file
    is written into the record.
    """
    return report(settle(at, theirs, metric, period, where))


ACTIONS: tuple[Any, ...] = (review_settle,)
PAGES: tuple[Any, ...] = page.PAGES
