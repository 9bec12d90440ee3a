"""How do counts and sums become a figure? The division, the interval, the reason where there is no value.

Conventions of formulas 7.0 live here once: nothing over zero is null with a reason; ratios are ratios of sums; an 80 %
interval and n with every ratio and middle; money only in one currency, or null.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from operator import mul

from saleswright.kernel.report import Figure, Value
from saleswright.lib.money import Money
from saleswright.lib.ratio import Ratio, mean_interval, order_statistic_ranks, share_interval, wilson
from saleswright.measure.metrics.model import Metric
from saleswright.measure.metrics.words import because, by_count, many, noun


@dataclass(slots=True)
class Sums:
    """The additive facts of one group, before any division."""

    n: int = 0
    num: int = 0
    total: int = 0
    num_total: int = 0
    squares: float = 0.0
    num_squares: float = 0.0
    unconverted: int = 0
    by_created: int = 0
    still_open: int = 0
    spans: Counter[int] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    def spread(self, values: Iterable[int], counts: Sequence[int], added: bool) -> None:
        """Take the values that differ and how often each is there; where they can be added up, their sum is the total."""
        self.spans = Counter(dict(zip(values, counts, strict=True)))
        if added:
            self.total = sum(map(mul, self.spans, counts))

    def __iadd__(self, other: Sums) -> Sums:
        self.n += other.n
        self.num += other.num
        self.total += other.total
        self.num_total += other.num_total
        self.squares += other.squares
        self.num_squares += other.num_squares
        self.unconverted += other.unconverted
        self.by_created += other.by_created
        self.still_open += other.still_open
        spans, held = self.spans, self.spans.get
        for value, count in other.spans.items():
            spans[value] = held(value, 0) + count
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

    rows = noun(metric.entity)
    if one.unconverted:
        return made(None, reason=f"no exchange rate to {currency} for {one.unconverted} of {many(one.n, rows)}")
    if metric.shape == "count":
        return made(one.n)
    if metric.shape in ("sum", "balance-at"):
        if not metric.sum:
            return made(one.n)
        if not one.n:
            # Nothing with an amount is not an amount of nothing.
            why = ", ".join(because(count, reason) for reason, count in by_count(one.left_out))
            return made(None, reason=f"nothing to add up: {why}" if why else f"no such {many(2, rows, bare=True)}")
        return made(_worth(metric, one.total, currency))
    if not one.n:
        where = "in the period" if metric.shape != "cohort-ratio" else "in the cohort"
        such = "no such" if metric.shape != "cohort-ratio" else "no"
        return made(None, reason=f"{such} {many(2, rows, bare=True)} {where}")
    if metric.asks_middle:
        low_high = order_statistic_ranks(one.n, metric.quantile)
        ranks = Ranks(one.spans)
        value = scaled(metric, ranks.quantile(metric.quantile), currency)
        if not low_high:
            return made(value)
        low, high = (scaled(metric, ranks[rank], currency) for rank in low_high)
        return made(value, low=low, high=high)
    if metric.sum and metric.numerator is not None:
        return _by_value(metric, one, currency, made)
    if metric.sum:
        return _mean(metric, one, currency, made)
    # Two whole numbers divide to the nearest float, as Ratio does by way of fractions.
    band = wilson(one.num, one.n)
    low, high = band if band else (None, None)
    return made(one.num / one.n, low=low, high=high, of=(one.num, one.n))


def _worth(metric: Metric, amount: float, currency: str) -> Value:
    """A sum in its unit: money, or a plain number."""
    return Money(int(amount), currency) if metric.unit == "money" else amount


def scaled(metric: Metric, value: float, currency: str) -> Value:
    """A quantile in its unit: days as they are, minutes told in hours, money in whole minor units."""
    if metric.shape == "quantile":
        return Money(round(value), currency) if metric.unit == "money" else value
    hours = value / 60
    return value if metric.clock == "days" else int(hours) if hours == int(hours) else hours


def _mean(metric: Metric, one: Sums, currency: str, made: Callable[..., Figure]) -> Figure:
    band = mean_interval(one.n, float(one.total), one.squares)
    if metric.unit != "money":
        low, high = band or (None, None)
        return made(one.total / one.n, low=low, high=high, of=(one.total, one.n))
    low_high = [Money(round(side), currency) for side in band] if band else (None, None)
    ratio = Ratio(Money(int(one.total), currency), one.n)
    return made(ratio.per_unit(), low=low_high[0], high=low_high[1], of=(Money(int(one.total), currency), one.n))


def _by_value(metric: Metric, one: Sums, currency: str, made: Callable[..., Figure]) -> Figure:
    """A share of an amount: what is added up above the line over all that is added up."""
    if one.total <= 0:
        return made(None, reason="nothing to divide by: the amounts add to 0")
    share = one.num_total / one.total
    band = share_interval(one.n, one.num_total, one.total, one.num_squares, one.squares)
    low, high = band or (None, None)
    return made(
        share, low=low, high=high, of=(_money(metric, one.num_total, currency), _money(metric, one.total, currency))
    )


def _money(metric: Metric, amount: float, currency: str) -> Value:
    return Money(amount, currency) if isinstance(amount, int) else amount


class Ranks:
    """Values in their order, from how often each is there: the value of a rank from 0, and quantiles. Sorted once."""

    def __init__(self, spans: Counter[int]) -> None:
        self.values = sorted(spans)
        self.seen = list(accumulate(map(spans.__getitem__, self.values)))

    def __getitem__(self, rank: int) -> int:
        return self.values[min(bisect_right(self.seen, rank), len(self.values) - 1)]

    def quantile(self, q: float) -> float | int:
        """Linear between ranks (type 7); whole when it is whole."""
        place = q * (self.seen[-1] - 1)
        low = int(place)
        below, above = self[low], self[low + 1]
        value = below + (above - below) * (place - low)
        return int(value) if value == int(value) else value


def quantile(spans: Counter[int], q: float) -> float | int:
    """A quantile of whole days from their counts, linear between ranks (type 7); whole when it is whole."""
    return Ranks(spans).quantile(q)
