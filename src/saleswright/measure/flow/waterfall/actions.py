"""The faces of waterfall."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import Arg, Choice, action
from saleswright.kernel.chapter import Page
from saleswright.kernel.report import Report
from saleswright.measure.flow.pages.pipeline import moves, pipeline
from saleswright.measure.metrics.actions import PeriodText, Where
from saleswright.measure.metrics.dimensions import choices


def lines(at: Snapshot) -> list[Choice]:
    """The lines of a waterfall."""
    from saleswright.measure.flow.bridge import LINES

    return [Choice(line.name, line.label) for line in LINES]


def splits(at: Snapshot) -> list[Choice]:
    """The dimensions whose members a waterfall can be told for: not stretches of time, nor what a deal became."""
    from saleswright.measure.metrics.pages.asking import splits as known

    return [one for one in choices(at) if one.value in known(at) and one.value not in ("standing", "status")]


Since = Annotated[
    str, Arg("text", "the day to compare with, such as 2026-11-16; the day before the period began when left out")
]


@action(effect="read", name="flow waterfall", example={"line": "won"}, title="Why did the pipeline change?")
def waterfall(
    at: Snapshot,
    since: Since = "",
    until: Annotated[str, Arg("text", "the later day, such as 2026-11-20; the as-of day when left out")] = "",
    period: PeriodText = "",
    rolling: Annotated[
        bool, Arg("flag", "all open deals, whenever they are due, instead of those of a period")
    ] = False,
    by: Annotated[
        str, Arg("choice", "a row for each member, such as team", choices=splits, what="dimension", closed=False)
    ] = "",
    line: Annotated[
        str, Arg("choice", "list every deal of this line, such as lost", choices=lines, what="line", closed=False)
    ] = "",
    deal: Annotated[str, Arg("text", "list each change of one deal, by its id or its name")] = "",
    gross: Annotated[bool, Arg("flag", "count every movement in between, not only the difference")] = False,
    where: Where = (),
    top: Annotated[int, Arg("int", "how many of the deals that moved to list")] = 20,
) -> Report:
    """Say what changed in the pipeline between two days: every line from the one to the other, in amounts and in deals.

    Of the deals due in a period (this quarter), or rolling, of all open deals. Lines sum to the cent; one deal may stand
    on several where it moved several ways. Past due and late clean-up have lines of their own. It needs the CRM's
    history or two exports, and says which when neither is there.
    """
    from saleswright.measure.flow.waterfall.fall import fall, line_named
    from saleswright.measure.flow.waterfall.report import report

    named = line_named(line) if line else ""
    return report(fall(at, since, until, period, rolling, by, where, gross), named, deal, top)


ACTIONS: tuple[Any, ...] = (waterfall,)
PAGES: tuple[Page, ...] = (
    Page("/pipeline", "Pipeline", "pipeline.html", pipeline, "Measure", "Pipeline", "pipeline", 3),
    Page("/pipeline/moves", "Which deals moved?", "pipeline_moves.html", moves),
)
KINDS: Mapping[str, Callable[[], dict[str, Any]]] = {}
