"""How long does a customer stay, and what is it worth while it does? Formulas 5.2 and 7.4; golden vector G7.

Customers that are still here have lived so far only: their stretch counts as at risk up to today, never as a whole life
(Kaplan and Meier). One over churn is kept beside it under its own name, for it assumes that churn never changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure, Value
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.metrics.asked import Asked, part_of
from saleswright.measure.metrics.compute import Result, evaluate, reference
from saleswright.measure.metrics.figures import Sums
from saleswright.measure.metrics.retention import months, reshaped, split_alike

Formula = Callable[[Fraction, Fraction, float], tuple[float | None, str]]
# Days of a month, on average.
MONTH = 30.4375
# The rate at which money of next year is worth less, where `defaults` of saleswright.toml names none.
DISCOUNT = 0.10


def kaplan_meier(all_: Mapping[int, int], over: Mapping[int, int]) -> tuple[float, int]:
    """(mean days of a life up to the horizon, the horizon). `all_`: stretches by their days so far; `over`: those ended.

    The area under the share still here, up to the longest stretch seen: what lies beyond it nobody has observed.
    """
    at_risk, area, share, last = sum(all_.values()), 0.0, 1.0, 0
    for days in sorted(all_):
        area += share * (days - last)
        ended = over.get(days, 0)
        share *= 1 - ended / at_risk
        at_risk -= all_[days]
        last = days
    return area, last


def customer_life(at: Snapshot, asked: Asked) -> Result:
    """Mean days of a customer's life up to the horizon, whole and by group, from stretches that began in the period."""
    metric = asked.metric
    lives, ends = (evaluate(at, part_of(at, asked, name)) for name in metric.parts)
    ref = reference(at, asked)

    def made(every: Sums, ended: Sums, text: str) -> Figure:
        spans: Counter[int] = every.spans
        one = Figure(metric.name, None, metric.unit, metric.label, every.n, ref=text)
        if not spans:
            return replace(one, reason=lives.total.reason or "no such customers in the period")
        if not ended.spans:
            return replace(one, reason="nobody has gone yet, so nobody knows how long a customer stays")
        return replace(one, value=round(kaplan_meier(spans, ended.spans)[0], 1), of=None)

    groups = {}
    for key, one in lives.group_sums.items():
        text = str(ref.only(tuple(zip((d.name for d in asked.by), key, strict=True))))
        groups[key] = made(one, ends.group_sums.get(key, Sums()), text)
    total = made(lives.sums, ends.sums, str(ref))
    notes = list(lives.notes)
    if total.value is not None:
        still = lives.sums.n - ends.sums.n
        horizon = kaplan_meier(lives.sums.spans, ends.sums.spans)[1]
        notes.append(f"Up to a horizon of {horizon:,} days; {still:,} of {lives.sums.n:,} are still customers.")
    return replace(lives, asked=asked, reference=ref, total=total, groups=groups, notes=tuple(notes),
                   parts=(lives.total, ends.total))  # fmt: skip


def customer_life_constant(at: Snapshot, asked: Asked) -> Result:
    """Months of the period ÷ churn of the period, in days: assumes constant churn. Null where nobody went."""
    metric = asked.metric

    def made(figure: Figure, period: Period) -> Figure:
        one = replace(figure, name=metric.name, label=metric.label, unit=metric.unit, low=None, high=None, of=None)
        rate = monthly(figure.value, period)
        if rate is None:
            return replace(one, value=None, reason=figure.reason or "a rate of a month needs a period with an end")
        if not rate:
            return replace(one, value=None, reason="nobody went in the period, so the life has no end")
        return replace(one, value=round(MONTH / rate, 1))

    return reshaped(at, asked, made)


def monthly(churn: Value, period: Period) -> float | None:
    """The share that goes in a month, from the share that went in the period."""
    if not isinstance(churn, (int, float)) or not period.bounded:
        return None
    return float(1 - (1 - float(churn)) ** (1 / months(period)))


def clv(margin: float, retention: float, rate: float, growth: float = 0.0, first_now: bool = False) -> float:
    """The present value of a margin each period that is kept with a constant retention. Golden vector G7.

    The first margin arrives one period from now, if the customer is still there: m·r ÷ (1 + i − r(1 + g)). `first_now`:
    it is received now, and the value is m·(1 + i) ÷ (1 + i − r); the two differ by exactly m. ValueError where the
    margin grows faster than it is discounted.
    """
    below = 1 + rate - retention * (1 + growth)
    if below <= 0:
        raise ValueError("the margin grows faster than it is discounted: the value has no end")
    return margin * ((1 + rate) if first_now else retention) / below


def ltv_margin(at: Snapshot, asked: Asked) -> Result:
    """ARPA × gross margin ÷ monthly churn: what a customer brings in margin while it stays. Not discounted."""

    def made(arpa: Fraction, margin: Fraction, churn: float) -> tuple[float | None, str]:
        if not churn:
            return None, "nobody went in the period, so the life has no end"
        return float(arpa * margin) / churn, ""

    return _worth(at, asked, made)


def clv_discounted(at: Snapshot, asked: Asked) -> Result:
    """The margins of a customer discounted to today, the first one month from now if it is still there."""
    told = at.workspace.defaults.get("discount_rate", "")
    yearly = float(told) if told else DISCOUNT
    rate = (1 + yearly) ** (1 / 12) - 1

    def made(arpa: Fraction, margin: Fraction, churn: float) -> tuple[float | None, str]:
        return clv(float(arpa * margin), 1 - churn, rate), ""

    return _worth(at, asked, made, f"Discounted at {yearly:.0%} a year; the first margin arrives one month from now.")


def _worth(at: Snapshot, asked: Asked, made: Formula, note: str = "") -> Result:
    """A value of a customer out of recurring revenue a customer, margin and churn, whole and by group."""

    def figure(parts: dict[str, Figure], period: Period) -> tuple[Value, str]:
        arpa, margin, churn = parts["arpa"], parts["profit_margin"], parts["customer_churn"]
        for side in (arpa, margin, churn):
            if side.value is None:
                return None, f"{side.label}: {side.reason or 'nothing'}"
        rate = monthly(churn.value, period)
        if rate is None:
            return None, "a rate of a month needs a period with a first and a last day"
        assert isinstance(arpa.value, Money) and isinstance(margin.value, (int, float))
        value, reason = made(Fraction(arpa.value.minor), Fraction(margin.value), rate)
        return (None if value is None else Money(round(value), at.currency)), reason

    return split_alike(at, asked, figure, note, whole=("profit_margin",))


__all__ = ["clv_discounted", "customer_life", "customer_life_constant", "ltv_margin"]
