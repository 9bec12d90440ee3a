"""Where do the bars of a distribution stand, with the likely range below and one mark across? Plain SVG, without a script.

Everything across is in per cent of the room there is, so one drawing fits a card, a phone and paper.
"""

from __future__ import annotations

from dataclasses import dataclass

from saleswright.faces.web.axis import span, tick
from saleswright.faces.words import likely_range, size, words
from saleswright.kernel.report import Figure, Series
from saleswright.lib.money import Money, exponent

TOP, FOOT = 44, 172
"""Pixels from the top to the highest bar, and to the line the bars stand on."""

_GAP = 0.16


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its left edge and width in per cent, its top and height in pixels, and whether it lies at the mark or beyond."""

    x: float
    width: float
    top: float
    height: float
    beyond: bool
    tip: str


@dataclass(frozen=True, slots=True)
class Spread:
    """The drawing. low, mid, high: the likely range across; mark: where the line stands, None where none is or it lies outside.

    outside: "above" or "below" where the mark lies outside the drawing. text: the finding in one sentence.
    """

    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, str], ...]
    low: float
    mid: float
    high: float
    mark: float | None
    outside: str
    text: str


def spread(ends: list[tuple[int, int, float]], series: Series, likely: Figure, mark: Figure | None = None) -> Spread:
    """ends: (from, to, share) of each bar in minor units, equally wide. series: the same bars for their words."""
    currency = likely.value.currency if isinstance(likely.value, Money) else ""
    unit = 10 ** exponent(currency) if currency else 1
    first, last = ends[0][0] / unit, ends[-1][1] / unit
    at = size(mark.value) if mark is not None and mark.value is not None else None
    # A mark just outside is worth the room; far outside it is only said.
    room = (last - first) * 0.35
    low, high = first, last
    if at is not None and first - room <= at <= last + room:
        low, high = min(low, at - (last - first) * 0.04), max(high, at + (last - first) * 0.04)
    outside = "" if at is None or low <= at <= high else "above" if at > high else "below"

    def across(value: float) -> float:
        return round(100 * (value - low) / ((high - low) or 1.0), 3)

    most = max(share for _, _, share in ends) or 1.0
    bars = []
    for (start, end, share), point in zip(ends, series.points, strict=True):
        left, right = across(start / unit), across(end / unit)
        tall = round((FOOT - TOP) * share / most, 1)
        wide = right - left
        beyond = at is not None and (start + end) / 2 / unit >= at
        tip = f"{point.label}: {words(share, 'share', 'short')}"
        bars.append(Bar(round(left + wide * _GAP / 2, 3), round(wide * (1 - _GAP), 3), FOOT - tall, tall, beyond, tip))
    _, _, places = span([low, high], "money", from_zero=False)
    ticks = tuple((across(place), tick(place, "money", currency)) for place in places if low <= place <= high)
    told = [across(size(value)) for value in (likely.low, likely.value, likely.high)]
    shown = None if at is None or outside else across(at)
    return Spread(
        tuple(bars), ticks, told[0], told[1], told[2], shown, outside, f"Likely {likely_range(likely, 'short')}."
    )
