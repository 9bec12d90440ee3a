"""Where does the period stand, and where did it stand on an earlier day? Won, to go, open and due, covered, past due."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.flow.bridge_block import Bridged
from saleswright.measure.flow.bridge_rows import on
from saleswright.measure.flow.waterfall.told import to_go
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import ask, metrics_in_force
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.quota import target


@dataclass(frozen=True, slots=True)
class Standing:
    """The figures at the head of the pipeline, each the metric's own; null with its reason.

    gone: the share of the period's days that are over, None where it has no end. changes: by figure, what it changed
    since `before`; a figure is absent where the data cannot tell. was: coverage on that day, against the same target.
    """

    period: Period
    before: date
    won: Figure
    target: Figure
    to_go: Figure
    open: Figure
    coverage: Figure
    past_due: Figure
    expected: Figure | None
    gone: float | None
    changes: dict[str, Figure]

    @property
    def of_target(self) -> float | None:
        """The share of the target that is won."""
        if isinstance(self.won.value, Money) and isinstance(self.target.value, Money) and self.target.value.minor > 0:
            return self.won.value.minor / self.target.value.minor
        return None

    @property
    def with_past_due(self) -> float | None:
        """Coverage if what is past due were due in the period."""
        parts = (self.open.value, self.past_due.value, self.to_go.value)
        if not all(isinstance(part, Money) for part in parts) or not parts[2].minor:  # type: ignore[union-attr]
            return None
        return (parts[0].minor + parts[1].minor) / parts[2].minor  # type: ignore[union-attr]


def standing(at: Snapshot, period: Period, where: Pairs, made: Bridged, week: Bridged | None) -> Standing:
    """Measure the head. `made`: the bridge over the period, for its closing; `week`: that since an earlier day, or None."""
    won = replace(_total(at, "won_value", where, period), label=f"Won in {period.label}")
    left = to_go(at, period, where, won)
    found = metrics_in_force(at)
    expected = _total(at, "weighted_pipeline", where, None) if "weighted_pipeline" in found else None
    past_due = _total(at, "past_due", where, None)
    open_ = replace(made.closing, name="open_due_in", label=f"Open, due in {period.label}")
    coverage = _total(at, "coverage_remaining", where, period) if "coverage_remaining" in found else _none()
    before = week.since if week else made.since
    changes = {}
    if week is not None:
        then = on(at, week.since)
        changes["won"] = week.won
        changes |= _difference("open", open_, week.opening)
        changes |= _difference("past_due", past_due, _total(then, "past_due", where, None))
        changes |= _covered(coverage, open_, left, won, week)
    goal = target(at, period, where)
    return Standing(
        period, before, won, goal, left, open_, coverage, past_due, expected, _gone(at.day, period), changes
    )


def _total(at: Snapshot, name: str, where: Pairs, period: Period | None) -> Figure:
    asked = ask(at, name, (), "all", where)
    return evaluate(at, replace(asked, period=period) if period else asked).total


def _none() -> Figure:
    return Figure("coverage_remaining", None, "number", reason="this workspace has no metric coverage_remaining")


def _difference(name: str, now: Figure, then: Figure) -> dict[str, Figure]:
    if not isinstance(now.value, Money) or not isinstance(then.value, Money):
        return {}
    return {name: Figure(f"{name}_change", now.value - then.value, "money", "Change")}


def _covered(coverage: Figure, open_: Figure, left: Figure, won: Figure, week: Bridged) -> dict[str, Figure]:
    """What coverage changed, on both days against the target of now: a target told later is no change of the pipeline."""
    values = (left.value, won.value, week.won.value, week.opening.value)
    if not all(isinstance(value, Money) for value in values) or not isinstance(coverage.value, float):
        return {}
    to_go_now, _, won_since, opened = (value.minor for value in values if isinstance(value, Money))
    if not week.period or not (week.period.start <= week.since) or to_go_now <= 0:
        return {}
    was = opened / (to_go_now + won_since)
    return {"coverage": Figure("coverage_change", coverage.value - was, "number", "Change")}


def _gone(day: date, period: Period) -> float | None:
    if not period.bounded or not period.contains(day):
        return None
    return (day - period.start + timedelta(days=1)).days / period.days
