"""The faces of miss."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import Arg, Choice, action
from saleswright.kernel.chapter import Page
from saleswright.kernel.report import Report
from saleswright.measure.flow.miss import fact_plan
from saleswright.measure.flow.miss.page import build
from saleswright.measure.metrics.actions import PeriodText, Where
from saleswright.measure.metrics.dimensions import choices

KINDS_OF = (
    ("plan", "the plan by factors, or else its number"),
    ("quota", "what people are asked"),
    ("last year", "the same period a year before"),
    ("previous", "the period before"),
)


@action(effect="read", name="flow miss", example={"period": "last quarter"}, title="Hit or miss")
def miss(
    at: Snapshot,
    period: PeriodText = "",
    by: Annotated[
        str, Arg("choice", "the segments, such as segment or region", choices=choices, what="dimension", closed=False)
    ] = "",
    against: Annotated[
        str,
        Arg(
            "choice",
            "what to hold it against: plan, quota, last year or previous",
            choices=lambda at: [Choice(name, words) for name, words in KINDS_OF],
            what="comparison",
        ),
    ] = "",
    where: Where = (),
) -> Report:
    """Say why a period was hit or missed: new deals, mix, win rate, timing and deal size, each to the cent.

    The last whole quarter where none is named, against the plan by factors, the plan, the quotas, or the year before,
    whichever the record has first. Each cause says whether it is more than chance. The causes sum to the difference.
    """
    from saleswright.measure.flow.miss.find import miss as found
    from saleswright.measure.flow.miss.report import report

    return report(found(at, period, by, against, where))


ACTIONS: tuple[Any, ...] = (miss,)
PAGES: tuple[Page, ...] = (Page("/flow/miss", "Hit or miss", "miss.html", build),)
KINDS: Mapping[str, Callable[[], dict[str, Any]]] = {fact_plan.KIND: fact_plan.json_schema}
