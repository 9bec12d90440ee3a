"""Which few deals decide the period, and what must close by when? All of it for one forecast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.issue import USAGE, Issue, Stop
from saleswright.lib.money import Money
from saleswright.lib.period import Period, parse_period
from saleswright.measure.flow.waterfall import kept
from saleswright.measure.forecast.material.deciding import Deciding, Together, deciding, together
from saleswright.measure.forecast.material.due import Weeks, weeks
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate

if TYPE_CHECKING:
    from saleswright.measure.forecast.outlook.asked import Forecast

USUAL = "this quarter"
FIGURES = ("expected_bookings", "forecast_mid", "chance_of_target", "expected_shortfall")


@dataclass(frozen=True)
class Material:
    """deals: the first first. together: what hangs on all of them. total: open deals that can bring anything in the period.

    figures: those at the head, each with its reference; missing: why there is no forecast, then nothing else is told.
    """

    at: Snapshot
    period: Period
    where: Pairs
    figures: tuple[Figure, ...]
    forecast: Forecast | None = None
    deals: tuple[Deciding, ...] = ()
    together: Together | None = None
    total: int = 0
    weeks: Weeks | None = None
    missing: str = ""

    @property
    def target(self) -> Money | None:
        """What is asked in the period, None where nothing is."""
        found = self.forecast.target if self.forecast is not None else None
        return None if found is None else Money(found, self.at.currency)


def span(at: Snapshot, typed: str) -> Period:
    """The period asked about, this quarter where none is. Stop (usage) for one without an end, or one that is none."""
    period = parse_period(typed or USUAL, at.day, at.workspace.calendar)
    if not period.bounded:
        why = "so nobody knows by when"
        raise Stop(Issue("period", f"'{typed}' has no end", why, "such as this quarter"), exit_code=USAGE)
    return period


def material(at: Snapshot, period: Period, where: Pairs, most: int) -> Material:
    """The deals, weeks and figures of a period. Stop as the forecast does: not allowed, or a filter that is none."""
    from saleswright.measure.forecast.figures.told import told, why_not

    figures = tuple(evaluate(at, ask(at, name, (), str(period), where)).total for name in FIGURES)
    one = told(at, period, where)
    missing = why_not(at, one) or (f"{period.label} is over" if period.end <= at.day else "")
    if missing:
        return Material(at, period, where, figures, missing=missing)
    deals = deciding(at, one, kept.typical(at), most)
    return Material(
        at,
        period,
        where,
        figures,
        one,
        deals,
        together(one, [deal.id for deal in deals]),
        one.foretold.law.deals.size,
        weeks(one, at.workspace.calendar, at.currency),
    )
