"""How much money does the pipeline bring in a day? The neighbours of sales velocity, each with one factor taken otherwise.

Formulas 7.1 [R55][R56]; golden vector G19 is a case of `sales_velocity`.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from saleswright.history.snapshot import Snapshot
from saleswright.lib.money import Money
from saleswright.measure.metrics.asked import Asked
from saleswright.measure.metrics.combine import combined, product, trailing
from saleswright.measure.metrics.compute import Result
from saleswright.measure.metrics.figures import Sums, quantile

MONTH = Fraction(365, 12)


def sales_velocity_value(at: Snapshot, asked: Asked) -> Result:
    """Open deals x deal size x value win rate / median cycle in days, money per day."""
    return _velocity(at, asked, "open_deals", "win_rate_value")


def sales_velocity_created(at: Snapshot, asked: Asked) -> Result:
    """Deals qualified in the period x deal size x win rate / median cycle in days, money per day."""
    return _velocity(at, asked, "new_deals", "win_rate")


def sales_velocity_per_month(at: Snapshot, asked: Asked) -> Result:
    """Open deals x deal size x win rate / median cycle in days, times the days of a mean month."""
    return _velocity(at, asked, "open_deals", "win_rate", MONTH)


def _velocity(at: Snapshot, asked: Asked, count: str, rate: str, days: Fraction = Fraction(1)) -> Result:
    window, label = trailing(at, asked)

    def formula(s: dict[str, Sums]) -> tuple[Money | None, str]:
        spans = s["sales_cycle"].spans
        if not spans:
            return None, "no won deals with a qualified date to take the cycle from"
        cycle = quantile(spans, 0.5)
        if not cycle:
            return None, "the median sales cycle is 0 days"
        of = s[rate]
        if rate == "win_rate_value":
            if of.unconverted:
                return None, f"no exchange rate to {at.currency} for {of.unconverted} of {of.n} decided deals"
            if of.total <= 0:
                return None, "no decided deals with an amount to take the win rate from"
            of = replace(of, num=of.num_total, n=of.total)
        return product(s["deal_size"], of, Fraction(s[count].n) * days / Fraction(cycle), at.currency)

    words = f"Deal size, win rate and cycle are those of {label}."
    return combined(at, asked, count, window, words, formula)


__all__ = ["sales_velocity_created", "sales_velocity_per_month", "sales_velocity_value"]
