"""Where do the grid lines stand, and how are they said?"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from saleswright.faces.words import words
from saleswright.kernel.report import Unit
from saleswright.lib.money import Money, exponent

_ROOM = 0.04
_ZEROS = re.compile(r"(\.\d*?)0+(?=\D|$)")


def span(values: Iterable[float], unit: Unit, from_zero: bool) -> tuple[float, float, list[float]]:
    """Lowest and highest place of the axis and the round places between: a little wider than the values."""
    found = [value for value in values if math.isfinite(value)]
    low, high = (min(found), max(found)) if found else (0.0, 1.0)
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if high <= low:
        low, high = (low, low + 1.0) if from_zero or low == 0 else (low - abs(low) / 2, low + abs(low) / 2)
    step = _step((high - low) / 4)
    if unit == "count":
        step = max(1.0, step)
    start, end = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    ticks = [round(start + i * step, 10) for i in range(round((end - start) / step) + 1)]
    if from_zero:
        return start, end, ticks
    room = (high - low) * _ROOM
    first, last = low - room, high + room
    if unit == "share":
        first, last = max(0.0, first), min(1.0, last) if high <= 1 else last
    return first, last, [place for place in ticks if first - 1e-9 <= place <= last + 1e-9]


def tick(value: float, unit: Unit, currency: str = "") -> str:
    """A place on the axis in words, without digits that say nothing: 40%, $20M, 12 d."""
    if unit == "share":
        text = words(value, unit, "short")
    elif currency and unit in ("money", "money_per_day"):
        text = words(Money(round(value * 10 ** exponent(currency)), currency), "money", "short")
    else:
        text = words(int(value) if value == int(value) else value, unit, "short")
    return _ZEROS.sub(lambda found: "" if found[1] == "." else found[1], text)


def _step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * nice for nice in (1, 2, 2.5, 5, 10) if power * nice >= rough * 0.999999)
