"""The faces of life."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import Arg, Choice, action
from saleswright.kernel.chapter import Page
from saleswright.kernel.report import Report
from saleswright.measure.metrics.actions import PeriodText, Where
from saleswright.measure.metrics.asked import broken_rules
from saleswright.measure.metrics.dimensions import GRAINS, choices
from saleswright.measure.metrics.due import SPLITS


def splits(at: Snapshot) -> Iterable[Choice]:
    """The dimensions that tell deals apart whatever became of them."""
    return [one for one in choices(at) if one.value not in (*GRAINS, *SPLITS, "status", "standing")]


@action(effect="read", name="flow odds", example={"by": "segment"}, title="Odds by age")
def flow_odds(
    at: Snapshot,
    by: Annotated[
        str, Arg("choice", "split by, such as segment, team or stage", choices=splits, what="dimension", closed=False)
    ] = "",
    period: PeriodText = "",
    where: Where = (),
) -> Report:
    """How likely is an open deal won, by its age: ever, and by the end of the period (this quarter when left out)?

    Won and lost compete for every deal, and open ones count as long as they are open. By age: how many were at risk, won
    and lost, and the chance still to be won, with its range; as recorded, and with stale deals taken as lost. Then when
    wins come (the time-to-close curve). By stage, age is that in the stage.
    """
    from saleswright.measure.flow.life import told

    return told.report(at, by, period, where, (*at.stale, *broken_rules(at)))


ACTIONS: tuple[Any, ...] = (flow_odds,)
PAGES: tuple[Page, ...] = ()
KINDS: Mapping[str, Callable[[], dict[str, Any]]] = {}
