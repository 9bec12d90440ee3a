"""The faces of the back-test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Annotated, Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import Arg, Choice, action
from saleswright.kernel.call import Ambient, Desk
from saleswright.kernel.chapter import Page
from saleswright.kernel.report import Report
from saleswright.measure.forecast.backtest.page import build

GRAINS = ("quarter", "month")
ME = "me"


def _grains(_: Any) -> list[Choice]:
    return [Choice(one) for one in GRAINS]


Grain = Annotated[str, Arg("choice", "quarter or month", choices=_grains, what="kind of period")]
Split = Annotated[str, Arg("text", "also for each member of it, such as team; empty for none")]


@action(
    effect="apply",
    name="forecast backtest",
    title="Try the forecast on the past",
    recorded=False,
    verb="Try it on the past",
    back="It changes no figure: its answers lie in .saleswright/backtests, and may be deleted.",
)
def backtest(
    desk: Desk,
    period: Grain = "quarter",
    periods: Annotated[int, Arg("int", "how many periods back; 0: 8 quarters or 12 months")] = 0,
    every: Annotated[int, Arg("int", "weeks between two days it is tried on")] = 4,
    by: Split = "team",
    ets: Annotated[str, Arg("path", "a Python that has statsforecast, to be compared with AutoETS too")] = "",
) -> Report:
    """Forecast past periods again, each day knowing only what was known then, and say how good that was.

    Ranges, errors, the chances of single deals, beside every plain forecast and everybody who called. It goes on where it was when
    it is broken off, and what was found is kept, so asking again costs nothing until the record changes.
    """
    from saleswright.measure.forecast.backtest.find import backtested
    from saleswright.measure.forecast.backtest.report import report

    actor = "" if desk.policy.actor == ME else desk.policy.actor
    at: Any = desk.app.open_context(desk.here, Ambient(actor=actor))
    with closing(at):
        return report(at, backtested(at, period, periods, every, by, ets or None, desk.tell, desk.step))


@action(effect="read", name="forecast accuracy", title="How good is the forecast?")
def accuracy(
    at: Snapshot,
    period: Grain = "quarter",
    weeks: Annotated[str, Arg("text", "only days so many weeks into their period, such as 4; 0: its eve")] = "",
) -> Report:
    """Say how good the forecast would have been on past periods: the newest back-test, good or bad.

    The model, every plain forecast and everybody who called stand in one table, counted in periods. saleswright forecast backtest
    makes it.
    """
    from saleswright.measure.forecast.backtest.find import newest_of, week_of
    from saleswright.measure.forecast.backtest.report import report

    result = newest_of(at, period)
    return report(at, result, week_of(result, weeks))


ACTIONS: tuple[Any, ...] = (backtest, accuracy)
PAGES: tuple[Page, ...] = (
    Page("/forecast/accuracy", "How good is the forecast?", "accuracy.html", build, "Measure", "", "", 40),
)
KINDS: Mapping[str, Callable[[], dict[str, Any]]] = {}
