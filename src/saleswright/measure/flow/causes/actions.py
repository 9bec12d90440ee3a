"""The faces of causes: where value is lost, and who needs what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import Arg, Choice, action
from saleswright.kernel.chapter import Page
from saleswright.kernel.report import Report
from saleswright.measure.flow.causes import pages
from saleswright.measure.metrics.actions import PeriodText, Where
from saleswright.measure.metrics.dimensions import choices

By = Annotated[
    str, Arg("choice", "kinds of deal to tell apart, such as segment", choices=choices, what="dimension", closed=False)
]
YEAR, HALF = "last 12 months", "last 6 months"


@action(effect="read", example={"period": HALF}, name="flow causes", title="Where value is lost")
def causes(
    at: Snapshot,
    by: By = "segment",
    period: PeriodText = HALF,
    against: Annotated[
        str,
        Arg("choice", "what is usual: past (the stage's own) or best (segment)",
            choices=lambda at: [Choice("past"), Choice("best")], what="comparison"),
    ] = "past",
    where: Where = (),
) -> Report:  # fmt: skip
    """Say at which stage value is lost, stage by stage: what was lost or stuck there beyond the stage's usual share.

    Usual is the stage's own past, or the best comparable segment. Only what chance does not explain is ranked.
    """
    from saleswright.measure.flow.causes.laid_out import causes_report

    return causes_report(at, by, period, where, against)


@action(effect="read", example={}, name="flow stuck", title="Stuck deals")
def stuck(at: Snapshot, where: Where = ()) -> Report:
    """List the open deals that have stood in their stage longer than nine of ten visits to it did.

    The threshold is the stage's own; a dated definition (kind: stuck) sets another share, or days by stage.
    """
    from saleswright.measure.flow.causes.laid_out import stuck_report

    return stuck_report(at, where)


@action(effect="read", example={"period": "last quarter"}, name="flow pushes", title="Moved close dates")
def pushes(at: Snapshot, period: PeriodText = HALF, where: Where = ()) -> Report:
    """Count the close dates moved later and earlier by owner: how often, by how many days, on how much, for each open deal."""
    from saleswright.measure.flow.causes.laid_losses import pushes_report

    return pushes_report(at, period, where)


@action(effect="read", example={"period": HALF}, name="flow losses", title="Loss map")
def losses(at: Snapshot, by: By = "segment", period: PeriodText = YEAR, where: Where = ()) -> Report:
    """Map what was lost by stage, reason, competitor and kind of deal: every lost deal in one cell.

    What nobody wrote down is a cell of its own. Cells with fewer than ten deals are not ranked.
    """
    from saleswright.measure.flow.causes.laid_losses import losses_report

    return losses_report(at, by, period, where)


@action(effect="read", example={"by": "channel"}, name="flow sources", title="Which source closes fastest")
def sources(
    at: Snapshot,
    by: Annotated[
        str, Arg("choice", "channel, campaign or another split", choices=choices, what="dimension", closed=False)
    ] = "channel",
    period: PeriodText = "all",
    where: Where = (),
) -> Report:
    """Say how fast each channel or campaign closes, open deals counted, with its range and its win rate beside it."""
    from saleswright.measure.flow.causes.laid_sources import sources_report

    return sources_report(at, by, period, where)


@action(effect="read", example={"period": "last quarter"}, name="flow size", title="Why the deal size changes")
def size(
    at: Snapshot,
    by: By = "segment",
    period: PeriodText = HALF,
    before: Annotated[str, Arg("period", "the period to compare with; the one before when left out")] = "",
    where: Where = (),
) -> Report:
    """Split the change of the deal size between two periods: mix, orders at list price, discounts, and the rest, exactly."""
    from saleswright.measure.flow.causes.laid_sources import size_report

    return size_report(at, by, period, before, where)


@action(effect="read", example={"period": YEAR}, name="flow coaching", title="Coaching list")
def coaching(at: Snapshot, by: By = "segment", period: PeriodText = "", where: Where = ()) -> Report:
    """List who needs what, with the evidence: which factor, by how much, from how many deals, worth what, which deals to open.

    Reps are compared with their team on the same kinds of deal, drawn toward it where they have few, and listed only where
    chance does not explain it. What goes better than in the team is listed, too.
    """
    from saleswright.measure.flow.causes.people import alone, coaching_report

    return coaching_report(at, by, period if alone(at) else period or YEAR, where)


@action(effect="read", example={"period": YEAR}, name="flow reps", title="Reps against their team")
def reps(at: Snapshot, by: By = "segment", period: PeriodText = "", where: Where = ()) -> Report:
    """Show every rep against the team at win rate, deal size, sales cycle, new deals and pushes, own and pulled toward it."""
    from saleswright.measure.flow.causes.people import alone, reps_report

    return reps_report(at, by, period if alone(at) else period or YEAR, where)


def _stuck_schema() -> dict[str, Any]:
    from saleswright.measure.flow.causes.visits import json_schema

    return json_schema()


ACTIONS: tuple[Any, ...] = (causes, stuck, pushes, losses, sources, size, coaching, reps)
PAGES: tuple[Page, ...] = pages.PAGES
KINDS: Mapping[str, Callable[[], dict[str, Any]]] = {"stuck": _stuck_schema}
