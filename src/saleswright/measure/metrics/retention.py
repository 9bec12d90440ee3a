"""What is a rate of loss worth over a year? Formulas over the customers at the start of a period. Formulas 7.4."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure, Value
from saleswright.lib.period import Period, parse_period
from saleswright.measure.metrics.asked import Asked, part_of
from saleswright.measure.metrics.compute import Result, evaluate, reference

YEAR_DAYS = 365.25


def annual(at: Snapshot, asked: Asked) -> Result:
    """1 − (1 − churn) ^ (12 ÷ months of the period), whole and by group; each month of a split by its own length."""
    metric = asked.metric

    def made(figure: Figure, period: Period) -> Figure:
        value = figure.value
        if not isinstance(value, (int, float)) or not period.bounded:
            reason = figure.reason or "a rate a year needs a period with a first and a last day"
            return replace(figure, name=metric.name, label=metric.label, value=None, low=None, high=None, reason=reason)
        power = 12 / months(period)
        low, high = (1 - (1 - side) ** power if isinstance(side, float) else None for side in (figure.low, figure.high))
        whole = 1 - (1 - float(value)) ** power
        return replace(figure, name=metric.name, label=metric.label, value=whole, low=low, high=high, of=None)

    return reshaped(at, asked, made)


def reshaped(at: Snapshot, asked: Asked, made: Callable[[Figure, Period], Figure]) -> Result:
    """The one metric this is made of, each of its figures put through `made` with the period it is of."""
    part = evaluate(at, part_of(at, asked, asked.metric.parts[0]))
    ref = reference(at, asked)
    place = next((i for i, d in enumerate(asked.by) if d.grain is not None), None)
    groups = {}
    for key, figure in part.groups.items():
        period = asked.period if place is None else parse_period(key[place], at.day, at.workspace.calendar)
        text = str(ref.only(tuple(zip((d.name for d in asked.by), key, strict=True))))
        groups[key] = replace(made(figure, period), ref=text)
    total = replace(made(part.total, asked.period), ref=str(ref))
    return replace(part, asked=asked, reference=ref, total=total, groups=groups, parts=(part.total,))


def split_alike(
    at: Snapshot,
    asked: Asked,
    formula: Callable[[dict[str, Figure], Period], tuple[Value, str]],
    note: str = "",
    whole: Collection[str] = (),
) -> Result:
    """A formula over the figures of all parts, whole and for every group that the first part has.

    Parts named in `whole` are those of everything, whatever the split: they are not told by group.
    """
    metric, ref = asked.metric, reference(at, asked)
    found = {}
    for name in metric.parts:
        part = part_of(at, replace(asked, by=(), where=()) if name in whole else asked, name)
        found[name] = evaluate(at, part)
    first = found[metric.parts[0]]
    place = next((i for i, d in enumerate(asked.by) if d.grain is not None), None)

    def made(figures: dict[str, Figure], period: Period, text: str) -> Figure:
        value, reason = formula(figures, period)
        n = figures[metric.parts[0]].n
        return Figure(metric.name, value, metric.unit, metric.label, n, reason=reason, ref=text)

    groups = {}
    for key in first.groups:
        period = asked.period if place is None else parse_period(key[place], at.day, at.workspace.calendar)
        text = str(ref.only(tuple(zip((d.name for d in asked.by), key, strict=True))))
        empty = {name: Figure(name, None, part.asked.metric.unit, reason="nothing") for name, part in found.items()}
        figures = {
            name: part.total if name in whole else part.groups.get(key, empty[name]) for name, part in found.items()
        }
        groups[key] = made(figures, period, text)
    total = made({name: part.total for name, part in found.items()}, asked.period, str(ref))
    notes = tuple(dict.fromkeys([*((note,) if note else ()), *(n for part in found.values() for n in part.notes)]))
    shown = tuple(part.total for part in found.values())
    return replace(first, asked=asked, reference=ref, total=total, groups=groups, notes=notes, parts=shown)


def months(period: Period) -> float:
    """How many months a period has: whole ones where it is a month, quarter or year, else by its days."""
    whole = {"month": 1, "quarter": 3, "year": 12}.get(period.grain)
    return whole if whole else 12 * period.days / YEAR_DAYS


__all__ = ["annual"]
