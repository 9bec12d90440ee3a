"""How fast does revenue grow over years? The yearly rate that leads from the first whole year to the last. Formulas 7.3."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.money import Money
from saleswright.lib.period import ALL_TIME, Period, parse_period
from saleswright.measure.metrics.asked import Asked, part_of
from saleswright.measure.metrics.compute import Result, evaluate, reference
from saleswright.measure.metrics.dimensions import find, names
from saleswright.measure.metrics.figures import Sums

Key = tuple[str, ...]
# The record begins within a year when nothing was won in so many days of it.
SILENT = 92


def cagr(at: Snapshot, asked: Asked) -> Result:
    """(last year ÷ first year)^(1 / years between) − 1, of the whole fiscal years inside the period. Null over 0 or less."""
    ref = reference(at, asked)
    year = find(at, "year")
    others = tuple(d for d in asked.by if d.grain is None)
    part = part_of(at, replace(asked, by=()), asked.metric.parts[0])
    years = _years(at, part)
    if len(others) < len(asked.by) or len(years) < 2:
        reason = "growth over years is not split by time" if len(others) < len(asked.by) else _too_few(years)
        labels = tuple({} for _ in asked.by)  # type: tuple[dict[str, str], ...]
        return Result(asked, ref, _figure(asked, None, reason, str(ref)), Sums(), {}, {}, labels)
    span = Period.between(years[0].start, years[-1].end)
    first, last, between = str(years[0]), str(years[-1]), len(years) - 1

    def sides(by_year: Result, key: Key) -> tuple[Figure | None, Figure | None]:
        return by_year.groups.get((first, *key)), by_year.groups.get((last, *key))

    part = replace(part, rate_from=asked.rate_from or years[-1].start)
    whole = evaluate(at, replace(part, by=(year,), period=span))
    total = _grown(asked, sides(whole, ()), between, str(ref))
    groups: dict[Key, Figure] = {}
    split = evaluate(at, replace(part, by=(year, *others), period=span)) if others else whole
    for key in dict.fromkeys(key[1:] for key in split.groups) if others else ():
        text = str(ref.only(tuple(zip((d.name for d in others), key, strict=True))))
        groups[key] = _grown(asked, sides(split, key), between, text)
    labels = tuple(names(at, d.ref, (k[i] for k in groups if k[i])) if d.ref else {} for i, d in enumerate(others))
    sums = {key: Sums(one.n or 0) for key, one in groups.items()}
    notes = (f"From {first} to {last}, the whole years of the record inside {asked.period.label}.",)
    return Result(asked, ref, total, Sums(total.n or 0), groups, sums, labels, notes)


def _years(at: Snapshot, part: Asked) -> list[Period]:
    """The whole fiscal years inside the period that are over and that the record was there for."""
    calendar = at.workspace.calendar
    monthly = evaluate(at, replace(part, by=(find(at, "month"),), where=(), period=ALL_TIME))
    months = [parse_period(key[0], at.day, calendar) for key in monthly.groups if key[0]]
    if not months:
        return []
    first, found = min(month.start for month in months), []
    one = calendar.containing("year", max(first, part.period.start))
    while one.end <= at.day and one.end <= part.period.end:
        if one.start >= part.period.start and (first - one.start).days < SILENT:
            found.append(one)
        one = one.shift(1, calendar)
    return found


def _too_few(years: list[Period]) -> str:
    had = f"only {years[0].label} is one" if years else "there is none"
    return f"it takes two whole years of the record inside the period: {had}"


def _grown(asked: Asked, sides: tuple[Figure | None, Figure | None], years: int, ref: str) -> Figure:
    for side in sides:
        if side is not None and side.value is None and side.n:
            return _figure(asked, None, side.reason, ref)
    old, new = (side.value if side and isinstance(side.value, Money) else None for side in sides)
    if old is None or old.minor <= 0:
        return _figure(asked, None, "nothing to grow from: the first year is 0 or less", ref)
    end = new.minor if new is not None else 0
    if end < 0:
        return _figure(asked, None, "the last year is less than 0, which no rate leads to", ref)
    made = _figure(asked, float(Fraction(end, old.minor)) ** (1 / years) - 1, "", ref)
    n = sum((side.n or 0) for side in sides if side is not None)
    return replace(made, n=n, of=(new or Money(0, old.currency), old))


def _figure(asked: Asked, value: float | None, reason: str, ref: str) -> Figure:
    metric = asked.metric
    return Figure(metric.name, value, metric.unit, metric.label, reason=reason, ref=ref)


__all__ = ["cagr"]
