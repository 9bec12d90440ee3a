"""What does the chart say, in one sentence? The text alternative of each chart, and the line under it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from saleswright.faces.web.limits import Limit, outside
from saleswright.faces.words import listed, size, words
from saleswright.kernel.report import Figure, Point, Series

_FEW = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """What is found (`lead`, set in bold) and what to make of it."""

    lead: str
    rest: str = ""

    def __str__(self) -> str:
        return f"{self.lead} {self.rest}".strip()


def over_time(series: Series, bounds: Sequence[Limit | None], partial: bool) -> Finding:
    """Which stretch is out of the ordinary, and what the last one may be read as."""
    known = [
        (point, bound) for point, bound in zip(series.points, bounds, strict=False) if point.figure.value is not None
    ]
    if not known:
        return Finding(f"No {series.along} has a figure yet.")
    last, bound = known[-1]
    said = f"{last.label}{', so far' if partial else ''} {_value(last)}"
    strange = [(point, limit) for point, limit in known if outside(point.figure, limit)]
    if bound is None:
        return Finding(f"{said}.", _extremes([point for point, _ in known], series.along))
    within = f"may fall anywhere from {_edge(bound.lower)} to {_edge(bound.upper)} without a cause."
    count = f"With {words(last.figure.n, 'count', 'short')} rows a {series.along} " if last.figure.n else "It "
    if not strange:
        return Finding(f"{said}: normal wobble.", f"{count}{within} {_nearest(known[:-1])}".strip())
    if len(strange) > max(_FEW, len(known) // 3):
        lead = f"{len(strange)} of {len(known)} {series.along}s fall outside the limits."
        return Finding(lead, f"That is a pattern, not one odd {series.along}. {_extremes([p for p, _ in known], '')}")
    names = listed([f"{point.label} ({_value(point)})" for point, _ in strange])
    verb = "is" if len(strange) == 1 else "are"
    rest = [f"The other {series.along}s stay inside the limits of normal wobble."]
    if not any(point is last for point, _ in strange):
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
    return f"{point.label}, {_value(point)}, came near the limit ({words(edge, 'share', 'short')}) but stayed inside."


def _value(point: Point) -> str:
    return words(point.figure.value, point.figure.unit, "short")


def _edge(value: float) -> str:
    return f"{round(value * 100)}%"
