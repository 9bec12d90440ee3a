"""What is the day made of? Cold mails for each cold call beside their own band, and the share of the day spent with buyers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.period import Period
from saleswright.measure.metrics.asked import Asked, part_of
from saleswright.measure.metrics.compound import quotient
from saleswright.measure.metrics.compute import Result, evaluate, reference
from saleswright.measure.metrics.dimensions import Dimension, find
from saleswright.measure.metrics.figures import Sums
from saleswright.measure.metrics.working import WorkingHours, hours_of

# The band is that of so many months before, and there is none with fewer than half of them.
MONTHS, FEWEST = 12, 6
TAIL = 0.1


def email_to_call(at: Snapshot, asked: Asked) -> Result:
    """Cold e-mails / cold calls, with a note where it lies outside of what eight in ten months before it had."""
    above, below = asked.metric.parts
    metric = replace(asked.metric, over=above, under=below)
    result = quotient(at, replace(asked, metric=metric))
    result = replace(result, asked=asked)
    if asked.by or not asked.period.bounded:
        return result
    low, high, months = _band(at, asked, (above, below))
    value = result.total.value
    if months < FEWEST or not isinstance(value, float):
        note = f"No band yet: {months} of the {MONTHS} months before have cold calls, {FEWEST} are needed."
        return replace(result, notes=(*result.notes, note))
    where = "above" if value > high else "below" if value < low else "inside"
    words = f"It is {where} its own band of {low:.2f} to {high:.2f} (eight in ten of the {months} months before)."
    words += "" if where == "inside" else " Write down the reason, or the change stays unexplained."
    return replace(result, notes=(*result.notes, words))


def _band(at: Snapshot, asked: Asked, names: tuple[str, str]) -> tuple[float, float, int]:
    """(low, high, months): what the monthly ratios of the year before kept to."""
    calendar = at.workspace.calendar
    month = calendar.containing("month", asked.period.start)
    first = month
    for _ in range(MONTHS):
        first = first.previous(calendar)
    span = Period.between(first.start, month.start)
    by = find(at, "month")
    mails, calls = (evaluate(at, replace(part_of(at, asked, name, span), by=(by,))).groups for name in names)
    ratios = sorted(
        float(Fraction(_count(mails.get(key)), _count(figure))) for key, figure in calls.items() if _count(figure)
    )
    if not ratios:
        return 0.0, 0.0, 0
    return _at(ratios, TAIL), _at(ratios, 1 - TAIL), len(ratios)


def _count(figure: Figure | None) -> int:
    return int(figure.value) if figure is not None and isinstance(figure.value, int) else 0


def _at(values: list[float], share: float) -> float:
    place = share * (len(values) - 1)
    low = int(place)
    return values[low] + (values[min(low + 1, len(values) - 1)] - values[low]) * (place - low)


def selling_time(at: Snapshot, asked: Asked) -> Result:
    """Selling minutes / working minutes of the people who logged any, up to the as-of day: an estimate, and said to be."""
    ref, hours = reference(at, asked), hours_of(at)
    (name,) = asked.metric.parts
    part = part_of(at, asked, name)
    if not asked.period.bounded:
        reason = "working hours are those of a period: ask for one with a first and a last day"
        total = Figure(asked.metric.name, None, asked.metric.unit, asked.metric.label, reason=reason, ref=str(ref))
        return Result(asked, ref, total, Sums(), {}, {}, ())
    owner = find(at, "owner", entity=part.metric.entity)
    people = evaluate(at, replace(part, by=(owner,)))
    whole = _share(asked, people, hours, [(key[0], asked.period) for key in people.groups if key[0]], at, str(ref))
    groups: dict[tuple[str, ...], Figure] = {}
    shown = evaluate(at, part) if asked.by else None
    if shown is not None:
        split = replace(part, by=(*part.by, *(() if owner in part.by else (owner,))))
        place = split.by.index(owner)
        inside = evaluate(at, split)
        for key in shown.groups:
            period = _piece(at, part.by, key, asked.period)
            mine = {k[place] for k in inside.groups if k[: len(key)] == key and k[place]}
            text = str(ref.only(tuple(zip((d.name for d in asked.by), key, strict=True))))
            groups[key] = _share(asked, shown, hours, [(one, period) for one in mine], at, text, key)
    notes = (f"An estimate from what is logged, over working hours of {hours.said}.", *people.notes)
    sums = {key: Sums(figure.n or 0) for key, figure in groups.items()}
    labels = shown.labels if shown is not None else ()
    return Result(asked, ref, whole, people.sums, groups, sums, labels, notes, (people.total,))


def _share(
    asked: Asked,
    found: Result,
    hours: WorkingHours,
    people: list[tuple[str, Period]],
    at: Snapshot,
    ref: str,
    key: tuple[str, ...] = (),
) -> Figure:
    """One group's share: its minutes over the working minutes of these people in their periods."""
    above = found.groups[key] if key else found.total
    last = at.day + timedelta(days=1)
    below = sum(hours.minutes(p.start, max(p.start, min(p.end, last))) for _, p in people)
    metric = asked.metric
    if above.value is None or not below:
        reason = above.reason or "no working day in the period"
        return Figure(metric.name, None, metric.unit, metric.label, above.n, reason=reason, ref=ref)
    assert isinstance(above.value, (int, float))
    sides = (above.value, below)
    return Figure(metric.name, sides[0] / below, metric.unit, metric.label, above.n, of=sides, ref=ref)


def _piece(at: Snapshot, by: tuple[Dimension, ...], key: tuple[str, ...], period: Period) -> Period:
    """The stretch of time a group stands for: the period asked for, cut to its month or quarter where split by one."""
    for dimension, member in zip(by, key, strict=True):
        if dimension.grain is not None:
            piece = next(p for p in period.split(dimension.grain, at.workspace.calendar) if str(p) == member)
            return Period.between(max(piece.start, period.start), min(piece.end, period.end))
    return period


__all__ = ["email_to_call", "selling_time"]
