"""What do flows look like? Ribbons between two sides, the same as a table, and one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from saleswright.faces.web import findings, shapes
from saleswright.faces.web.charts import Chart, fill
from saleswright.faces.words import listed, size, words
from saleswright.kernel.report import Column, Flows, Link, Table, Value
from saleswright.lib.money import Money

_ROOM = 38
"""Pixels the two lines of a place's name need."""

_GAP = 10
_THICK = 0.012
_STEPS = 16
_NAMED = 3
_LEAST = 2.0


@dataclass(slots=True)
class _Place:
    name: str
    total: float
    amount: Value
    count: int | None
    tone: str
    top: float = 0.0
    high: float = 0.0
    used: float = 0.0
    at: float = 0.0


def flows(item: Flows) -> Chart:
    """The chart of flows; none of it where a link has no value, for then nothing beside it has a place."""
    links = [link for link in item.links if size(link.figure.value) > 0]
    unknown = any(link.figure.value is None for link in item.links)
    left, right = _places(links, True), _places(links, False)
    deep = max(len(left), len(right), 1)
    height = max(shapes.HEIGHT, _ROOM * deep + _GAP * (deep - 1))
    if unknown or not links:
        left, right, links = [], [], []
    total = sum(place.total for place in left) or 1.0
    for side in (left, right):
        _lay(side, total, height, deep)
    data = {"dots": _ribbons(links, left, right), "places": _bars(left, "left") + _bars(right, "right")}
    return Chart(fill("ribbons", data, 0.0, float(height), height), _table(item), _said(item, left, right))


def _places(links: Sequence[Link], sources: bool) -> list[_Place]:
    found: dict[str, _Place] = {}
    for link in links:
        name = link.source if sources else link.target
        place = found.get(name)
        if place is None:
            place = found[name] = _Place(name, 0.0, None, None, "end" if sources else _tone(link))
        value, n = link.figure.value, link.figure.n
        place.total += size(value)
        place.amount = value if place.amount is None else _sum(place.amount, value)
        place.count = n if place.count is None else place.count + (n or 0)
    return list(found.values())


def _tone(link: Link) -> str:
    return "end" if link.tone in ("plain", "good", "bad") else link.tone


def _sum(one: Value, other: Value) -> Value:
    if isinstance(one, Money) and isinstance(other, Money):
        return one + other
    assert isinstance(one, (int, float)) and isinstance(other, (int, float))
    return one + other


def _lay(places: Sequence[_Place], total: float, height: float, deep: int) -> None:
    """Stacks the places from the top, evenly apart, and finds room for each name beside its bar."""
    if not places:
        return
    gap = max(_GAP, _ROOM / 2)
    room = height - gap * (deep - 1)
    spare = (height - room - gap * (len(places) - 1)) / 2
    down = max(0.0, spare)
    for place in places:
        place.high = max(_LEAST, room * place.total / total)
        place.top = place.used = down
        down += place.high + gap
    floor = -_ROOM / 2
    for place in places:
        place.at = floor = max(place.top + place.high / 2, floor + _ROOM)
    over = max(0.0, places[-1].at + _ROOM / 2 - height)
    ceiling = height - _ROOM / 2
    for place in reversed(places) if over else ():
        place.at = min(place.at, ceiling)
        ceiling = place.at - _ROOM


def _ribbons(links: Sequence[Link], left: Sequence[_Place], right: Sequence[_Place]) -> list[dict[str, Any]]:
    starts, ends = {place.name: place for place in left}, {place.name: place for place in right}
    order_of = {place.name: number for number, place in enumerate(right)}
    rows: list[dict[str, Any]] = []
    ordered = sorted(enumerate(links), key=lambda one: order_of[one[1].target])
    spans: dict[int, tuple[float, float]] = {}
    for number, link in ordered:
        place = starts[link.source]
        spans[number] = (place.used, place.high * size(link.figure.value) / place.total)
        place.used += spans[number][1]
    for number, link in enumerate(links):
        end = ends[link.target]
        thick = end.high * size(link.figure.value) / end.total
        top, wide = spans[number]
        tip = {
            "label": f"{link.source} \u2192 {link.target}",
            "tip_value": words(link.figure.value, link.figure.unit, "full"),
            "tip_n": words(link.figure.n, "count", "full"),
            "ref": link.figure.ref,
            "state": link.tone,
        }
        for step in range(_STEPS + 1):
            along = step / _STEPS
            eased = along * along * (3 - 2 * along)
            upper = top + (end.used - top) * eased
            lower = top + wide + (end.used + thick - top - wide) * eased
            rows.append({"order": number, "along": along, "lower": round(lower, 2), "upper": round(upper, 2), **tip})
        end.used += thick
    return rows


def _bars(places: Sequence[_Place], side: str) -> list[dict[str, Any]]:
    start, end = (-_THICK, 0.0) if side == "left" else (1.0, 1.0 + _THICK)
    return [
        {
            "side": side,
            "start": start,
            "end": end,
            "lower": place.top + place.high,
            "upper": place.top,
            "at": place.at,
            "label": place.name,
            "value_label": _told(place),
            "state": place.tone,
        }
        for place in places
    ]


def _told(place: _Place) -> str:
    value = words(place.amount, "money" if isinstance(place.amount, Money) else "count", "short")
    return f"{value} \u00b7 {words(place.count, 'count', 'short')}" if place.count is not None else value


def _said(item: Flows, left: Sequence[_Place], right: Sequence[_Place]) -> findings.Finding:
    """What most of it did; or why it cannot be drawn."""
    unknown = next((link for link in item.links if link.figure.value is None), None)
    if unknown is not None or not left:
        why = unknown.figure.reason if unknown else "nothing flows"
        return findings.Finding("This cannot be drawn.", why[:1].upper() + why[1:] + ".")
    largest = sorted((link for link in item.links), key=lambda link: -size(link.figure.value))[:_NAMED]
    first = sorted(right, key=lambda place: -place.total)[0]
    lead = f"Most ends at {first.name}: {_told(first)}."
    ways = [
        f"{link.source} \u2192 {link.target} {words(link.figure.value, link.figure.unit, 'short')}" for link in largest
    ]
    return findings.Finding(lead, f"Largest ways: {listed(ways)}.")


def _table(item: Flows) -> Table:
    """The same links as rows: what the drawing shows and nothing else."""
    counted = item.unit != "count" and any(link.figure.n is not None for link in item.links)
    columns = [
        Column("source", "From"),
        Column("target", "To"),
        Column("value", "Count" if item.unit == "count" else "Amount", item.unit),
    ]
    if counted:
        columns.append(Column("n", "Count", "count"))
    rows = tuple((link.source, link.target, link.figure, *((link.figure.n,) if counted else ())) for link in item.links)
    return Table(item.name, tuple(columns), rows, item.title)
