"""The faces of the factors and of aging."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import Arg, Choice, action
from saleswright.kernel.chapter import Page
from saleswright.kernel.report import Report
from saleswright.measure.flow.factors import schedule as schedules
from saleswright.measure.flow.factors.page import aging_page
from saleswright.measure.metrics.actions import PeriodText, Where
from saleswright.measure.metrics.asked import broken_rules
from saleswright.measure.metrics.dimensions import choices

GRAINS = ("month", "quarter")

By = Annotated[str, Arg("choice", "split by, such as segment or team", choices=choices, what="dimension", closed=False)]
GrainName = Annotated[
    str, Arg("choice", "month or quarter", choices=lambda _: [Choice(one) for one in GRAINS], what="stretch of time")
]
ScheduleName = Annotated[
    str,
    Arg(
        "choice",
        "how ages are cut; the one in force when left out",
        choices=schedules.choices,
        what="aging schedule",
        closed=False,
    ),
]
CohortName = Annotated[str, Arg("text", 'list the open deals of this age: New, Active, or such as "30-59 days"')]


@action(
    effect="read", name="flow factors", example={"by": "segment", "period": "last 6 months"}, title="The four factors"
)
def flow_factors(
    at: Snapshot, by: By = "", period: PeriodText = "", grain: GrainName = "month", where: Where = ()
) -> Report:
    """Say the four factors: new qualified deals (flow), deal size, win rate and sales cycle, by month or quarter.

    Deal size, win rate and cycle are told over a window that trails each period, shown with how many deals were decided in
    it; a member with few is pulled toward the whole. The new value stands as documented, and cohort-exact beside it: what
    was won of the very deals that came in. The period is the last 12 months when left out.
    """
    from saleswright.measure.flow.factors.find import factors
    from saleswright.measure.flow.factors.report import factors_report

    found = factors(at, by, period, "quarter" if grain == "quarter" else "month", where)
    return factors_report(found, (*at.stale, *broken_rules(at)))


@action(effect="read", name="flow aging", example={"schedule": "monthly"}, title="Pipeline value by age")
def flow_aging(at: Snapshot, schedule: ScheduleName = "", cohort: CohortName = "", where: Where = ()) -> Report:
    """Say what the open deals are worth by age, and at which age deals were won and lost.

    They are valued twice: as documented, count x deal size x win rate, and deal by deal, odds at their age x what they would
    be booked at; the gap is told in two parts that add up to it. A deal is New below the first cut of the schedule.
    """
    from saleswright.measure.flow.factors.aging import aging
    from saleswright.measure.flow.factors.drill import deals_of
    from saleswright.measure.flow.factors.report import aging_report

    one = aging(at, schedule, where)
    deals = deals_of(one, cohort) if cohort else None
    return aging_report(one, deals, (*at.stale, *broken_rules(at), *schedules.schedules(at)[1]), cohort)


ACTIONS: tuple[Any, ...] = (flow_factors, flow_aging)
PAGES: tuple[Page, ...] = (
    Page("/flow/aging", "What comes in, and what is it worth by age?", "aging.html", aging_page),
)
KINDS: Mapping[str, Callable[[], dict[str, Any]]] = {schedules.KIND: schedules.json_schema}
