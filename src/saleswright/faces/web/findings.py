"""What does the chart say, in one sentence? The text alternative of each chart, and the line under it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from saleswright.faces.words import listed, size, words
from saleswright.kernel.report import Figure, Point, Series, Value
from saleswright.lib.limits import Limit
from saleswright.lib.money import Money, exponent

_FEW = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """What is found (`lead`, set in bold) and what to make of it."""

    lead: str
    rest: str = ""

    def __str__(self) -> str:
        return f"{self.lead} {self.rest}".strip()


def outside(point: Point) -> bool:
    """Is the figure beyond the limits that it carries?"""
    return (
        point.limit is not None and point.figure.value is not None and not point.limit.holds(size(point.figure.value))
    )


def over_time(series: Series, partial: bool) -> Finding:
    """Which stretch is out of the ordinary, and what the last one may be read as."""
    known = [point for point in series.points if point.figure.value is not None]
    if not known:
        return Finding(f"No {series.along} has a figure yet.")
    last = known[-1]
    said = f"{last.label}{', so far' if partial else ''} {_value(last)}"
    strange = [point for point in known if outside(point)]
    judged = [point for point in known if point.limit]
    if not judged:
        return Finding(f"{said}.", _extremes(known, series.along))
    if len(strange) > max(_FEW, len(known) // 3):
        lead = f"{len(strange)} of {len(known)} {series.along}s fall outside the limits."
        return Finding(lead, f"That is a pattern, not one odd {series.along}. {_extremes(known, '')}")
    within = ""
    if last.limit is not None:
        low, high = _edge(last, last.limit.lower), _edge(last, last.limit.upper)
        within = f"may fall anywhere from {low} to {high} without a cause."
    rows = last.figure.n if series.unit != "count" else None
    count = f"With {words(rows, 'count', 'short')} rows a {series.along} " if rows else "It "
    if not strange and within:
        return Finding(
            f"{said}: normal wobble.", f"{count}{within} {_nearest([(p, p.limit) for p in judged[:-1]])}".strip()
        )
    if not strange:
        return Finding(f"{said}.", f"No {series.along} that is over is out of the ordinary.")
    names = listed([f"{point.label} ({_value(point)})" for point in strange])
    verb = "is" if len(strange) == 1 else "are"
    rest = [f"The other {series.along}s stay inside the limits of normal wobble."]
    if within and not any(point is last for point in strange):
        rest.append(f"{said} is normal wobble: {count.lower()}{within}")
    return Finding(f"{names} {verb} out of the ordinary.", " ".join(rest))


def by_member(series: Series, whole: Figure | None, verdicts: Sequence[str], hidden: int) -> Finding:
    """Which members differ from the whole beyond their likely range, or which are highest and lowest."""
    rest = f"{hidden} more are in the table." if hidden > 0 else ""
    known = [point for point in series.points if point.figure.value is not None]
    if not known:
        return Finding(f"No {series.along.replace('_', ' ')} has a figure yet.", rest)
    if whole is None or all(point.figure.low is None for point in known):
        # Without a range nobody can say who differs beyond chance.
        return Finding(_extremes(known, series.along), rest)
    above = [p.label for p, said in zip(series.points, verdicts, strict=False) if said == "above"]
    below = [p.label for p, said in zip(series.points, verdicts, strict=False) if said == "below"]
    overall = words(whole.value, whole.unit, "short")
    if not above and not below:
        return Finding(
            f"No {series.along.replace('_', ' ')} differs.",
            f"Every 8 in 10 range holds the figure of the whole, {overall}. {rest}".strip(),
        )
    parts = [f"{_few(names)} {word}" for word, names in (("above", above), ("below", below)) if names]
    others = len(known) - len(above) - len(below)
    tail = f"The 8 in 10 range of the other {others} holds the figure of the whole, {overall}." if others else ""
    return Finding(f"{'; '.join(parts)}.", f"{tail} {rest}".strip())


def _few(names: Sequence[str]) -> str:
    return listed([*names[:_FEW], f"{len(names) - _FEW} more"] if len(names) > _FEW + 1 else names)


def _extremes(points: Sequence[Point], along: str) -> str:
    if len(points) < 2:
        return ""
    high = max(points, key=lambda point: size(point.figure.value))
    low = min(points, key=lambda point: size(point.figure.value))
    if size(high.figure.value) == size(low.figure.value):
        return f"Every {along.replace('_', ' ')} is at {_value(high)}."
    return f"Highest: {high.label} at {_value(high)}. Lowest: {low.label} at {_value(low)}."


def _nearest(known: Sequence[tuple[Point, Limit | None]]) -> str:
    """The point that came closest to its limit: worth naming so that nobody goes hunting for its cause."""
    scored = []
    for point, limit in known:
        if limit and limit.upper > limit.lower:
            value = size(point.figure.value)
            edge = limit.lower if value < limit.centre else limit.upper
            room = abs(limit.centre - edge)
            if room:
                scored.append((abs(value - limit.centre) / room, point.label, point, edge))
    if not scored:
        return ""
    share, _, point, edge = max(scored, key=lambda item: item[:2])
    if share < 0.75:
        return ""
    return f"{point.label}, {_value(point)}, came near the limit ({_edge(point, edge)}) but stayed inside."


def _value(point: Point) -> str:
    return words(point.figure.value, point.figure.unit, "short")


def _edge(point: Point, value: float) -> str:
    """A limit in the point's own unit: whole per cents, money in its currency."""
    unit, own = point.figure.unit, point.figure.value
    if unit == "share":
        return f"{round(value * 100)}%"
    edge: Value = Money(round(value * 10 ** exponent(own.currency)), own.currency) if isinstance(own, Money) else value
    return words(edge if isinstance(edge, Money) or unit == "number" else round(value), unit, "short")
