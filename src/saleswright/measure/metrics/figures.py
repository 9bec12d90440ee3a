"""How do counts and sums become a figure? The division, the interval, the reason where there is no value.

Conventions of formulas 7.0 live here once: nothing over zero is null with a reason; ratios are ratios of sums; an 80 %
interval and n with every ratio and middle; money only in one currency, or null.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from saleswright.kernel.report import Figure, Value
from saleswright.lib.money import Money
from saleswright.lib.ratio import Ratio, mean_interval, order_statistic_ranks, wilson
from saleswright.measure.metrics.model import Metric
from saleswright.measure.metrics.words import because


@dataclass(slots=True)
class Sums:
    """The additive facts of one group, before any division."""

    n: int = 0
    num: int = 0
    total: int = 0
    squares: float = 0.0
    unconverted: int = 0
    by_created: int = 0
    still_open: int = 0
    spans: Counter[int] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    def __iadd__(self, other: Sums) -> Sums:
        self.n += other.n
        self.num += other.num
        self.total += other.total
        self.squares += other.squares
        self.unconverted += other.unconverted
        self.by_created += other.by_created
        self.still_open += other.still_open
        for days, count in other.spans.items():
            self.spans[days] += count
        for reason, count in other.left_out.items():
            self.left_out[reason] += count
        return self


def finish(metric: Metric, one: Sums, currency: str, ref: str = "") -> Figure:
    """One group's facts as a figure: the division, the interval, the reason where there is no value."""
    excluded = sum(one.left_out.values())

    def made(
        value: Value, reason: str = "", low: Value = None, high: Value = None, of: tuple[Value, Value] | None = None
    ) -> Figure:
        return Figure(metric.name, value, metric.unit, metric.label, one.n, low, high, of, excluded, reason, ref)

    if one.unconverted:
        return made(None, reason=f"no exchange rate to {currency} for {one.unconverted} of {one.n} deals")
    if metric.shape == "count":
        return made(one.n)
    if metric.shape in ("sum", "balance-at"):
        if not metric.sum:
            return made(one.n)
        if not one.n:
            # Nothing with an amount is not an amount of nothing.
            why = ", ".join(because(count, reason) for reason, count in one.left_out.most_common())
            return made(None, reason=f"nothing to add up: {why}" if why else "no such deals")
        return made(Money(one.total, currency))
    if not one.n:
        return made(
            None, reason="no such deals in the period" if metric.shape != "cohort-ratio" else "no deals in the cohort"
        )
    if metric.shape == "duration-quantile":
        low_high = order_statistic_ranks(one.n, 0.5)
        low: Value
        high: Value
        low, high = (_ranked(one.spans, low_high[0]), _ranked(one.spans, low_high[1])) if low_high else (None, None)
        return made(quantile(one.spans, 0.5), low=low, high=high)
    if metric.sum:
        ratio = Ratio(Money(one.total, currency), one.n)
        band = mean_interval(one.n, float(one.total), one.squares)
        low, high = (Money(round(band[0]), currency), Money(round(band[1]), currency)) if band else (None, None)
        return made(ratio.per_unit(), low=low, high=high, of=(Money(one.total, currency), one.n))
    # Two whole numbers divide to the nearest float, as Ratio does by way of fractions.
    band = wilson(one.num, one.n)
    low, high = band if band else (None, None)
    return made(one.num / one.n, low=low, high=high, of=(one.num, one.n))


def _ranked(spans: Counter[int], rank: int) -> int:
    seen = 0
    for days in sorted(spans):
        seen += spans[days]
        if seen > rank:
            return days
    return max(spans)


def quantile(spans: Counter[int], q: float) -> float | int:
    """A quantile of whole days from their counts, linear between ranks (type 7); whole when it is whole."""
    n = sum(spans.values())
    place = q * (n - 1)
    low = int(place)
    below, above = _ranked(spans, low), _ranked(spans, min(low + 1, n - 1))
    value = below + (above - below) * (place - low)
    return int(value) if value == int(value) else value
