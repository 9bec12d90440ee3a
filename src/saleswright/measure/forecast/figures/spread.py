"""What is read from a distribution of bookings: one from the law, or one amount that is certain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from saleswright.kernel.report import Value
from saleswright.lib.money import Money

if TYPE_CHECKING:
    from saleswright.measure.forecast.law.bookings import Bookings
    from saleswright.measure.forecast.outlook.foretell import Foretold, Part

LOW, MID, HIGH = 0.1, 0.5, 0.9


@dataclass(frozen=True)
class Spread:
    """Bookings of a period in minor units: won so far, expected of open deals, and of deals not created yet.

    n: open deals behind it. of: whose law it is, worked out when it is read; None where bookings are certain, as in a period that
    is over.
    """

    won: float
    open: float = 0.0
    coming: float = 0.0
    n: int = 0
    of: Foretold | Part | None = None

    @property
    def law(self) -> Bookings | None:
        """The distribution; None of what is certain."""
        return None if self.of is None else self.of.law

    @property
    def mean(self) -> float:
        """All three: means add."""
        return self.won + self.open + self.coming

    @cached_property
    def range(self) -> tuple[float, float, float]:
        """The values that bookings stay at or below with 10, 50 and 90 %."""
        if self.law is None:
            return self.won, self.won, self.won
        low, mid, high = self.law.quantile([LOW, MID, HIGH]).tolist()
        return low, mid, high

    def at_least(self, target: float) -> float:
        """The chance to reach it."""
        return float(self.won >= target) if self.law is None else min(max(float(self.law.at_least(target)), 0.0), 1.0)

    def shortfall(self, target: float) -> float:
        """By how much it is missed on average, reaching it counted as 0."""
        return max(0.0, target - self.won) if self.law is None else self.law.shortfall(target)


@dataclass(frozen=True, slots=True)
class Read:
    """How a metric reads a spread. aims: does it need a target? ranged: does its range stand beside it?"""

    value: Callable[[Spread, float, str], Value]
    aims: bool = False
    ranged: bool = False


def _money(find: Callable[[Spread, float], float]) -> Callable[[Spread, float, str], Value]:
    return lambda one, target, currency: Money(round(find(one, target)), currency)


READS = {
    "expected_bookings": Read(_money(lambda one, _: one.mean), ranged=True),
    "forecast_low": Read(_money(lambda one, _: one.range[0])),
    "forecast_mid": Read(_money(lambda one, _: one.range[1]), ranged=True),
    "forecast_high": Read(_money(lambda one, _: one.range[2])),
    "chance_of_target": Read(lambda one, target, _: one.at_least(target), aims=True),
    "expected_shortfall": Read(_money(lambda one, target: one.shortfall(target)), aims=True),
    "still_to_come": Read(_money(lambda one, _: one.coming)),
}
