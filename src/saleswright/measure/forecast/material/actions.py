"""The faces of what decides a period."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import Arg, action
from saleswright.kernel.chapter import Page
from saleswright.kernel.report import Report
from saleswright.measure.forecast.material.page import build
from saleswright.measure.metrics.actions import PeriodText, Where


@action(effect="read", name="forecast material", example={"period": "this quarter"}, title="What decides it")
def material(
    at: Snapshot,
    period: PeriodText = "",
    most: Annotated[int, Arg("int", "how many deals to list")] = 8,
    where: Where = (),
) -> Report:
    """Say which few deals decide the period, and what must close by when.

    Each deal with the chance of the target with it and without it, why its chance is what it is, who owns it, how often it
    was pushed. Then the open deals by the week of their stated close date, what of them is expected, and what has to be
    closed by the end of each week. The period is this quarter when left out.
    """
    from saleswright.measure.forecast.figures.told import footer
    from saleswright.measure.forecast.material import kept
    from saleswright.measure.forecast.material.find import span
    from saleswright.measure.forecast.material.report import report

    asked = span(at, period)
    return report(kept.material(at, asked, where, most), footer(at, asked))


@action(effect="read", name="forecast needed", example={"period": "this quarter"}, title="What it takes")
def needed(
    at: Snapshot,
    period: PeriodText = "",
    chance: Annotated[str, Arg("text", "how sure it shall be, such as 0.8 or 80%")] = "0.8",
    where: Where = (),
) -> Report:
    """Say how many wins, qualified deals and leads reach the target, with a likely range and the figure by hand.

    Beyond what is expected anyhow, and from deals that are not created yet. A win brings what past wins brought; a deal is
    won as often as past ones were within the days that are left. The period is this quarter when left out.
    """
    from saleswright.measure.forecast.figures.told import footer, told, why_not
    from saleswright.measure.forecast.material.find import span
    from saleswright.measure.forecast.material.reach import Reach, chance_of, reach
    from saleswright.measure.forecast.material.report import reach_report

    wanted, asked = chance_of(chance), span(at, period)
    one = told(at, asked, where)
    why = why_not(at, one)
    found = Reach(wanted, None, None, 0, reason=why) if why else reach(at, one, where, wanted)
    return reach_report(found, asked.label, footer(at, asked))


ACTIONS: tuple[Any, ...] = (material, needed)
PAGES: tuple[Page, ...] = (Page("/forecast/material", "What decides it", "material.html", build),)
KINDS: Mapping[str, Callable[[], dict[str, Any]]] = {}
