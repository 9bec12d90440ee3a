"""The faces of the funnel: stage by stage, cohort by cohort, from one day to another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import Arg, Choice, action
from saleswright.kernel.chapter import Page
from saleswright.kernel.report import Report
from saleswright.lib.issue import USAGE, Issue, Stop, unknown
from saleswright.measure.metrics.actions import PeriodText, Where

COHORTS = ("month", "quarter", "year")
WHAT = ("won", "lost", "open")


def split_choices(at: Snapshot) -> list[Choice]:
    """What entries into a stage can be split by."""
    from saleswright.measure.metrics.dimensions import dimensions

    return [Choice(d.name, d.label) for d in dimensions(at.schema, "stage_entry").values()]


By = Annotated[
    str, Arg("choice", "split by, such as team or owner", choices=split_choices, what="dimension", closed=False)
]
Stage = Annotated[str, Arg("text", "one stage: its cohorts, its time, its losses month by month")]
Cohort = Annotated[
    str,
    Arg(
        "choice", "by when deals came in", choices=lambda at: [Choice(word) for word in COHORTS], what="stretch of time"
    ),
]
Grain = Annotated[
    str,
    Arg("choice", "how long a cohort is", choices=lambda at: [Choice(w) for w in COHORTS[:2]], what="stretch of time"),
]
What = Annotated[
    str, Arg("choice", "which share: won, lost or open", choices=lambda at: [Choice(w) for w in WHAT], what="share")
]
Since = Annotated[str, Arg("text", "the first day, such as 2026-10-01; the first of this quarter when left out")]


@action(effect="read", name="flow funnel", example={"cohort": "quarter"}, title="Funnel")
def flow_funnel(
    at: Snapshot, by: By = "", period: PeriodText = "", cohort: Cohort = "", stage: Stage = "", where: Where = ()
) -> Report:
    """Say where deals stop: what became of those that came into each stage, how long they stay, and what is out of the ordinary.

    Every deal that came into a stage for the first time in the period advanced, was lost, fell back, was handed off or is
    still there; the five add to the entries. Time in stage counts who is still there as at least so long. A stage that lost
    more last month than its own history makes likely is named first.
    """
    from saleswright.measure.flow.funnel.kept import visits_of
    from saleswright.measure.flow.funnel.report import report, stages
    from saleswright.measure.flow.view import View

    read = visits_of(View(at), splits_read(at, by), where)
    made = stages(at, read, by, period, cohort, known_stage(read.stages(), stage), where)
    return report(made, period)


@action(effect="read", name="flow cohorts", example={}, title="Cohorts")
def flow_cohorts(at: Snapshot, cohort: Grain = "month", what: What = "won", where: Where = ()) -> Report:
    """Say what came of the deals qualified in each month, by age, and what young months will come to.

    A triangle: months down, ages across, the share won (or lost, or open) in the cells. Young months are carried on by the
    factors of older ones, with an 8 in 10 range, and are flagged immature. Beside it how many deals came in, with the limits
    of normal wobble and a mark wherever a rule of what counts as qualified changed.
    """
    from saleswright.measure.flow.funnel.cohort_report import cohort_report
    from saleswright.measure.flow.funnel.cohorts import cohorts
    from saleswright.measure.flow.funnel.kept import book_of
    from saleswright.measure.flow.view import View

    made = cohorts(at, book_of(View(at), where), "quarter" if cohort == "quarter" else "month", where)
    return cohort_report(made, what or "won")


@action(effect="read", name="flow between", example={}, title="From day to day")
def flow_between(
    at: Snapshot,
    since: Since = "",
    left: Annotated[str, Arg("text", "only deals that were there, such as Proposal or New: lists them")] = "",
    right: Annotated[str, Arg("text", "only deals that went there, such as Lost: lists them")] = "",
    where: Where = (),
) -> Report:
    """Say where the deals that were open on a day went, and where those that are open now came from.

    From each stage then to each stage or standing now, in deals and in value. The left side adds to the open pipeline of
    that day as it was known then, the right side to that of now, to the cent.
    """
    from saleswright.measure.flow.funnel.between import between
    from saleswright.measure.flow.funnel.cohort_report import ways_report
    from saleswright.measure.flow.funnel.kept import visits_of
    from saleswright.measure.flow.view import View

    made = between(at, first_day(at, since), visits_of(View(at), (), where).stages(), where)
    left, right = (known_place(made, text, side) for text, side in ((left, "left"), (right, "right")))
    return ways_report(at, made, left, right)


def splits_read(at: Snapshot, by: str) -> tuple[str, ...]:
    """The split that has to be read with the rows: a stretch of time is told by the day already."""
    from saleswright.measure.flow.funnel.stages import split_of

    split = split_of(at, by)
    return (split.name,) if split is not None and split.grain is None else ()


def known_stage(stages: list[str], given: str) -> str:
    """The stage of that name. Stop (usage) with the nearest names."""
    if not given:
        return ""
    found = next((name for name in stages if name.casefold() == given.strip().casefold()), "")
    if not found:
        raise Stop(unknown("stage", given, stages, where="stage"), exit_code=USAGE)
    return found


def known_place(made: Any, given: str, side: str) -> str:
    """A place on one side of the ways. Stop (usage) with the nearest names."""
    places = sorted({one.source if side == "left" else one.target for one in made.gone})
    found = next((name for name in places if name.casefold() == given.strip().casefold()), "")
    if given and not found:
        raise Stop(unknown("place", given, places, where=side), exit_code=USAGE)
    return found


def first_day(at: Snapshot, given: str) -> date:
    """The day to begin with: as given, else the last day before this quarter. Stop (usage) for what is no day before."""
    if not given:
        quarter = at.workspace.calendar.containing("quarter", at.day).start
        return date.fromordinal(quarter.toordinal() - 1)
    try:
        day = date.fromisoformat(given)
    except ValueError:
        issue = Issue("since", f"'{given}' is not a date", "", "such as --since 2026-10-01")
        raise Stop(issue, exit_code=USAGE) from None
    if day >= at.day:
        why = "so nothing can have gone anywhere"
        raise Stop(Issue("since", f"{given} is not before {at.day}", why, "an earlier day"), exit_code=USAGE)
    return day


def _page(at: Any, args: Mapping[str, str]) -> dict[str, Any]:
    from saleswright.measure.flow.funnel.page import funnel_page

    return funnel_page(at, args)


ACTIONS: tuple[Any, ...] = (flow_funnel, flow_cohorts, flow_between)
PAGES: tuple[Page, ...] = (
    Page("/flow", "Where do deals stop?", "funnel.html", _page, nav="Flow", icon="flow", order=5),
)
KINDS: Mapping[str, Callable[[], dict[str, Any]]] = {}
