"""Metrics that are not one of the six shapes: made of other metrics, with the formula in Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.metrics.asked import Asked, ask, rules_named
from saleswright.measure.metrics.compute import Result, evaluate, reference
from saleswright.measure.metrics.coverage import coverage_of_quota, coverage_remaining
from saleswright.measure.metrics.dimensions import names
from saleswright.measure.metrics.figures import Sums, quantile
from saleswright.measure.metrics.quota import quota

ENOUGH = 30


def trailing(at: Snapshot, asked: Asked) -> tuple[Period, str]:
    """The window for deal size and win rate: what formulas 2.2.1 asks for, ending where the period ends.

    max(6 months, twice the median cycle); widened to 12, then 24 months, then all time until 30 deals were decided.
    """
    if asked.period.grain == "all":
        return asked.period, "all time"
    end = min(asked.period.end, at.day + timedelta(days=1))
    everything = Period(date(1, 1, 1), date(9999, 12, 31), "all time", "all")
    cycle = evaluate(at, _part(at, asked, "sales_cycle", everything)).total.value
    first = max(183, int(2 * cycle) if isinstance(cycle, (int, float)) else 0)
    for days in (first, 365, 730):
        start = end - timedelta(days=days)
        period = Period(start, end, f"{days} days to {end - timedelta(days=1)}", "range")
        decided = evaluate(at, _part(at, asked, "win_rate", period)).total.n or 0
        if decided >= ENOUGH and days >= first:
            return period, period.label
    return everything, "all time"


def _part(at: Snapshot, asked: Asked, name: str, period: Period) -> Asked:
    """The same question of another metric, under the rules that the whole was asked under."""
    part = replace(ask(at, name), where=asked.where, period=period)
    return replace(part, rules=rules_named(at, asked, part.metric))


def _split(at: Snapshot, asked: Asked, name: str, period: Period, timely: bool) -> dict[tuple[str, ...], Sums]:
    """A part's facts per group. What is not `timely` is the same for every stretch of time."""
    by = asked.by if timely else tuple(d for d in asked.by if d.grain is None)
    part = replace(_part(at, asked, name, period), by=by)
    result = evaluate(at, part)
    return result.group_sums if by else {(): result.sums}


def combined(
    at: Snapshot,
    asked: Asked,
    timely: str,
    window: Period,
    words: str,
    formula: Callable[[dict[str, Sums]], tuple[Money | None, str]],
) -> Result:
    parts = list(asked.metric.parts)
    found = {
        name: _split(at, asked, name, asked.period if name == timely else window, name == timely) for name in parts
    }
    whole = {name: evaluate(at, _part(at, asked, name, asked.period if name == timely else window)) for name in parts}
    ref = reference(at, asked)
    metric = asked.metric

    def figure(sums: dict[str, Sums], ref_text: str) -> Figure:
        value, reason = formula(sums)
        return Figure(
            metric.name,
            value,
            metric.unit,
            metric.label,
            n=sums[timely].n,
            reason=reason,
            ref=ref_text,
            excluded=sum(sums[timely].left_out.values()),
        )

    keep = [i for i, d in enumerate(asked.by) if d.grain is None]
    groups, sums_of = {}, {}
    for key, one in (found[timely] if asked.by else {}).items():
        static = tuple(key[i] for i in keep)
        sums = {name: one if name == timely else found[name].get(static, Sums()) for name in parts}
        pairs = tuple(zip((d.name for d in asked.by), key, strict=True))
        groups[key] = figure(sums, str(ref.only(pairs)))
        sums_of[key] = one
    labels = tuple(names(at, d.ref, (k[i] for k in groups if k[i])) if d.ref else {} for i, d in enumerate(asked.by))
    total = figure({name: whole[name].sums for name in parts}, str(ref))
    notes = tuple(dict.fromkeys([words, *(n for name in parts for n in whole[name].notes)]))
    return Result(
        asked,
        ref,
        total,
        whole[timely].sums,
        groups,
        sums_of,
        labels,
        notes,
        tuple(whole[name].total for name in parts),
    )


def product(size: Sums, rate: Sums, times: Fraction, currency: str) -> tuple[Money | None, str]:
    if size.unconverted:
        return None, f"no exchange rate to {currency} for {size.unconverted} of {size.n} won deals"
    if not size.n:
        return None, "no won deals with an amount to take the deal size from"
    if not rate.n:
        return None, "no decided deals to take the win rate from"
    exact = times * Fraction(size.total, size.n) * Fraction(rate.num, rate.n)
    return Money(round(exact), currency), ""


def new_value(at: Snapshot, asked: Asked) -> Result:
    """New Value = new deals x deal size x win rate (OSM); the last two from the trailing window. Golden vector G1."""
    window, label = trailing(at, asked)

    def formula(s: dict[str, Sums]) -> tuple[Money | None, str]:
        return product(s["deal_size"], s["win_rate"], Fraction(s["new_deals"].n), at.currency)

    return combined(at, asked, "new_deals", window, f"Deal size and win rate are those of {label}.", formula)


def sales_velocity(at: Snapshot, asked: Asked) -> Result:
    """Velocity = open deals x deal size x win rate / median cycle in days, money per day. Golden vector G19."""
    window, label = trailing(at, asked)

    def formula(s: dict[str, Sums]) -> tuple[Money | None, str]:
        spans = s["sales_cycle"].spans
        if not spans:
            return None, "no won deals with a qualified date to take the cycle from"
        days = quantile(spans, 0.5)
        if not days:
            return None, "the median sales cycle is 0 days"
        times = Fraction(s["open_deals"].n) / Fraction(days)
        return product(s["deal_size"], s["win_rate"], times, at.currency)

    words = f"Deal size, win rate and cycle are those of {label}."
    return combined(at, asked, "open_deals", window, words, formula)


__all__ = ["coverage_of_quota", "coverage_remaining", "new_value", "quota", "sales_velocity"]
