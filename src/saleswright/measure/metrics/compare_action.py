"""The face of a comparison: one action, two sides."""

from __future__ import annotations

from typing import Annotated

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import Arg, Choice, action
from saleswright.kernel.report import Report
from saleswright.measure.metrics.actions import By, MetricName, PeriodText, Where
from saleswright.measure.metrics.compare import compared
from saleswright.measure.metrics.compare_report import laid_out


def scenarios(at: Snapshot) -> list[Choice]:
    """The scenarios of this workspace."""
    return [Choice(name) for name in at.workspace.scenarios]


@action(
    effect="read",
    example={"metric": "win_rate", "by": ["segment"], "period": "last 6 months"},
    title="Compare",
)
def compare(
    at: Snapshot,
    metric: MetricName,
    by: By = (),
    period: PeriodText = "",
    where: Where = (),
    before: Annotated[str, Arg("period", "the period to compare with; the one before when left out")] = "",
    then: Annotated[str, Arg("text", "instead of two periods: as of this earlier date, against now")] = "",
    knew: Annotated[str, Arg("text", "instead of two periods: what was known by this date, against now")] = "",
    scenario: Annotated[
        str,
        Arg(
            "choice",
            "instead of two periods: under the definitions in scenarios/NAME, against the present ones",
            choices=scenarios,
            what="scenario",
            closed=False,
        ),
    ] = "",
) -> Report:
    """Compare a metric between two periods, two dates, or as it is defined and under a scenario.

    Both values with their likely ranges, the difference, whether it is within normal variation; with --by the change of
    a ratio in mix (more or less of each segment) and in the segments' own rates, without rest. A whole that went the
    other way than its segments is said in a sentence.
    """
    return laid_out(compared(at, metric, by, period, where, before, then, knew, scenario))


__all__ = ["compare"]
