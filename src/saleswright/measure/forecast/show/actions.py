"""The faces of show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import Arg, Choice, action
from saleswright.kernel.chapter import Page
from saleswright.kernel.report import Report
from saleswright.measure.flow.waterfall.since import SinceText
from saleswright.measure.forecast.show.page import build
from saleswright.measure.metrics.actions import PeriodText, Where
from saleswright.measure.metrics.dimensions import choices


def lines(at: Snapshot) -> list[Choice]:
    """The lines of the bridge between two forecasts."""
    from saleswright.measure.forecast.show.moved import LINES

    return [Choice(name, label) for name, label in LINES if name != "coming"]


def splits(at: Snapshot) -> list[Choice]:
    """The dimensions whose members a forecast can be told for."""
    from saleswright.measure.metrics.pages.asking import splits as known

    return [one for one in choices(at) if one.value in known(at) and one.value not in ("standing", "status")]


@action(effect="read", name="forecast show", example={"period": "this quarter"}, title="Forecast")
def show(
    at: Snapshot,
    period: PeriodText = "",
    by: Annotated[
        str, Arg("choice", "a row for each member, such as team", choices=splits, what="dimension", closed=False)
    ] = "",
    where: Where = (),
    months: Annotated[bool, Arg("flag", "each month, and what is booked up to its end")] = False,
    since: SinceText = "",
    line: Annotated[
        str, Arg("choice", "list every deal of this line of the bridge, such as lost", choices=lines, what="line")
    ] = "",
) -> Report:
    """Say where a period will land: a range that holds 8 times in 10, the chance of the target, and what it is made of.

    Won so far, open deals at their own chance, and deals still to be created and closed: means that add up. Beside it the
    range if deals did not move together, what moved since last Monday, whether the next period is being built, and what the
    model stands on. The period is this quarter when left out. It needs 30 closed deals.
    """
    from saleswright.measure.forecast.show import kept
    from saleswright.measure.forecast.show.report import report

    return report(kept.shown(at, period, by, where, since, line), months, line)


ACTIONS: tuple[Any, ...] = (show,)
PAGES: tuple[Page, ...] = (Page("/forecast", "Forecast", "forecast.html", build, "Measure", "Forecast", "forecast", 4),)
KINDS: Mapping[str, Callable[[], dict[str, Any]]] = {}
