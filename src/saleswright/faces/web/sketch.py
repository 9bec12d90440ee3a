"""Where do the marks of a small drawing stand? Past ranges beside what came, as plain SVG.

Everything across is in per cent of the room there is, so one drawing fits a card, a phone and paper, without a script.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from saleswright.faces.web.axis import span, tick
from saleswright.faces.words import likely_range, listed, size, words
from saleswright.kernel.report import Figure, Series
from saleswright.lib.money import Money

HEIGHT = 172
"""Pixels from the top of the range drawing to its lowest tick."""

_TOP = 10
_QUARTER = re.compile(r"(.*\d{4})Q([1-4])")


@dataclass(frozen=True, slots=True)
class Spot:
    """One past range: the middle of its place (per cent), its top and height, and where what came stands (pixels)."""

    figure: Figure
    name: str
    year: str
    x: float
    top: float
    height: float
    at: float | None
    missed: bool
    now: bool
    tip: str


@dataclass(frozen=True, slots=True)
class Ranges:
    """Past ranges and the one of now, on one scale, and in one sentence what they show."""

    spots: tuple[Spot, ...]
    ticks: tuple[tuple[float, str], ...]
    text: str


def ranges(series: Series, now: str = "") -> Ranges:
    """Past ranges with what came as a dot; the point labelled `now` is not over, its value is the middle."""
    figures = [point.figure for point in series.points]
    reach = [size(value) for f in figures for value in (f.low, f.high, f.value) if value is not None]
    low, high, places = span(reach, series.unit, from_zero=False)
    places = _round(places, low, high)
    low, high = min([low, *places]), max([high, *places])
    currency = next((f.value.currency for f in figures if isinstance(f.value, Money)), "")

    def down(at: float) -> float:
        return round(_TOP + (HEIGHT - _TOP) * (high - at) / ((high - low) or 1.0), 1)

    spots, missed, before = [], [], ""
    for order, point in enumerate(series.points):
        figure, is_now = point.figure, point.label == now
        name, year = split(point.label)
        wrong = not is_now and _outside(figure)
        if wrong:
            missed.append(" ".join(part for part in (name, year) if part))
        top, foot = (down(size(figure.high)), down(size(figure.low))) if figure.low is not None else (0.0, 0.0)
        spots.append(
            Spot(
                figure,
                name,
                year if year != before or is_now else "",
                round((order + 0.5) * 100 / len(figures), 3),
                top,
                round(max(2.0, foot - top), 1) if figure.low is not None else 0.0,
                None if figure.value is None else down(size(figure.value)),
                wrong,
                is_now,
                _tip(figure, name, year, is_now),
            )
        )
        before = year
    ticks = tuple((down(at), tick(at, series.unit, currency)) for at in places)
    past = [f for point, f in zip(series.points, figures, strict=True) if point.label != now and f.value is not None]
    text = f"{len(past) - len(missed)} of {len(past)} past ranges held what came" if past else "No past range yet"
    return Ranges(tuple(spots), ticks, text + (f"; missed: {listed(missed)}." if missed else "."))


def _round(places: list[float], low: float, high: float) -> list[float]:
    """The round places, with one more below and above where the values go beyond them."""
    if len(places) < 2:
        return places
    step = places[1] - places[0]
    below = [places[0] - step] if low < places[0] else []
    return [*below, *places, *([places[-1] + step] if high > places[-1] else [])]


def split(label: str) -> tuple[str, str]:
    """2026Q4 -> (Q4, 2026); what is no quarter stays in one piece."""
    found = _QUARTER.fullmatch(label)
    return (f"Q{found[2]}", found[1]) if found else (label, "")


def _tip(figure: Figure, name: str, year: str, now: bool) -> str:
    said = words(figure.value, figure.unit, "full")
    between = likely_range(figure, "full") or "no range"
    return f"{name} {year}: {between}, {'middle' if now else 'came'} {said}".replace(" :", ":")


def _outside(figure: Figure) -> bool:
    if figure.value is None or figure.low is None or figure.high is None:
        return False
    return not size(figure.low) <= size(figure.value) <= size(figure.high)
