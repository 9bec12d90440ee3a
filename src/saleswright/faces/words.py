"""How is a typed value said in words? One place for every face that shows text to people or programs.

Styles: `short` for headlines ("$1.24M", "63.2%", "57 d"), `full` for tables and hover ("USD 10,005,534.00", "63.15%"),
`line` for text one program hands to another (as full, without grouping, ASCII only), `plain` for machines ("0.6315",
"10005534.00", ISO dates). Short and full use U+2212 for minus and never break between a number and its unit. Nothing
here looks at the machine's locale or clock.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

from saleswright.kernel.report import Cell, Figure, Unit, Value
from saleswright.lib.money import Money, exponent

Style = Literal["short", "full", "line", "plain"]

MINUS = "\u2212"
NBSP = "\u00a0"
NOTHING = "\u2014"

# Only symbols that mean one currency everywhere; every other currency shows its code.
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}
_SCALES = ((Decimal(10) ** 12, "T"), (Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "K"))
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def words(value: Cell, unit: Unit = "text", style: Style = "full", today: date | None = None) -> str:
    """How is this value said? An absent value is a dash for people and nothing for programs.

    `today` leaves the year out of dates of the same year; without it dates always carry their year.
    """
    if value is None:
        return NOTHING if style in ("short", "full") else ""
    if isinstance(value, bool):
        yes, no = ("true", "false") if style == "plain" else ("yes", "no")
        return yes if value else no
    if isinstance(value, Money):
        return _money(value, unit, style)
    if isinstance(value, datetime):
        return moment(value, style, today)
    if isinstance(value, date):
        return day(value, style, today)
    if unit == "points" and isinstance(value, (int, float)):
        return change(value, "share", style)
    if isinstance(value, (int, float)):
        return _number(value, unit, style)
    return value


def figure(item: Figure, style: Style = "full") -> str:
    """What is the figure's value in words? A null says why: `cannot say yet: no closed deals in the period`."""
    return cannot_say(item.reason) if item.value is None else words(item.value, item.unit, style)


def cannot_say(reason: str) -> str:
    """How is a missing value said? Never as 0."""
    return f"cannot say yet: {reason}" if reason else "cannot say yet"


def label(name: str, given: str = "") -> str:
    """What is this called on a face? The given words, else the field's name made readable."""
    return given or name.replace("_", " ").strip().capitalize()


def likely_range(item: Figure, style: Style = "full") -> str:
    """Between which values does it probably lie? Eight times in ten; empty when no interval is due."""
    if item.low is None or item.high is None:
        return ""
    return f"{words(item.low, item.unit, style)} to {words(item.high, item.unit, style)}"


def support(item: Figure, style: Style = "full") -> list[str]:
    """What stands behind the figure? How many rows, the likely range, how many were left out."""
    parts: list[str] = []
    counted = item.of is not None and all(isinstance(side, int) for side in item.of)
    if item.of is not None and counted:
        parts.append(f"{words(item.of[0], 'count', style)} of {words(item.of[1], 'count', style)}")
    if item.n is not None and item.unit != "count" and not (counted and item.of is not None and item.of[1] == item.n):
        parts.append(f"n {words(item.n, 'count', style)}")
    between = likely_range(item, style)
    if between:
        parts.append(f"likely range {between}")
    if item.excluded:
        parts.append(f"{words(item.excluded, 'count', style)} left out")
    return parts


def change(value: Value, unit: Unit, style: Style = "short") -> str:
    """How is a difference said? Always with its sign; of shares in points, never in per cent of per cent."""
    if value is None:
        return words(None, unit, style)
    if style == "plain":
        return words(value, unit, style)
    if unit in ("share", "points") and not isinstance(value, Money):
        places = 1 if style == "short" else 2
        text = f"{_grouped(Decimal(repr(float(value))) * 100, places, style)}{_space(style)}points"
    else:
        text = words(value, unit, style)
    positive = (value.minor if isinstance(value, Money) else value) > 0
    return f"+{text}" if positive else text


def day(value: date, style: Style = "full", today: date | None = None) -> str:
    """Which day, in words? `Mon 23 Nov`, with the year unless it is the year of `today`; ISO for programs."""
    if style in ("line", "plain"):
        return value.isoformat()
    text = f"{_DAYS[value.weekday()]} {value.day} {_MONTHS[value.month - 1]}"
    if today is None or value.year != today.year:
        text += f" {value.year}"
    return text.replace(" ", NBSP)


def moment(value: datetime, style: Style = "full", today: date | None = None) -> str:
    """Which moment, in words? `Mon 23 Nov 2026 14:05 UTC`; ISO for programs."""
    if style in ("line", "plain"):
        return value.isoformat()
    zone = f"{NBSP}{value.tzname()}" if value.tzinfo and value.tzname() else ""
    return f"{day(value.date(), style, today)}{NBSP}{value:%H:%M}{zone}"


def one_line(text: str) -> str:
    """Text from a row, made safe to print on one line: no line breaks, no control codes, no direction overrides."""
    if text.isprintable():
        return text
    kept = (" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text if c not in _BIDI)
    return "".join(kept).strip(" ")


def size(value: Value) -> float:
    """How long is the mark that stands for this value? Only for drawing; an absent value has no length."""
    if value is None:
        return 0.0
    return float(value.decimal) if isinstance(value, Money) else float(value)


def listed(items: Sequence[str], last: str = "and") -> str:
    """How are several things named in one sentence? `a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def _space(style: Style) -> str:
    return NBSP if style in ("short", "full") else " "


def _grouped(value: Decimal, places: int, style: Style) -> str:
    rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    comma = "" if style in ("line", "plain") else ","
    text = f"{abs(rounded):{comma}.{places}f}"
    if rounded >= 0:
        return text
    return (MINUS if style in ("short", "full") else "-") + text


def _compact(value: Decimal) -> tuple[str, str]:
    """Three significant digits and a scale: 1243000 -> ("1.24", "M"); below ten thousand whole, with its comma."""
    size = abs(value)
    if size < 9999.5:
        return f"{size.quantize(Decimal(1), rounding=ROUND_HALF_EVEN):,}", ""
    for power, letter in reversed(_SCALES):
        scaled = size / power
        if scaled < Decimal("999.5") or letter == "T":
            places = 2 if scaled < Decimal("9.995") else 1 if scaled < Decimal("99.95") else 0
            return f"{scaled.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN):,}", letter
    raise AssertionError("the last scale always fits")


def _money(value: Money, unit: Unit, style: Style) -> str:
    if style == "plain":
        return value.text
    per = f"{_space(style)}/{_space(style)}d" if unit == "money_per_day" else ""
    if style == "short":
        digits, scale = _compact(value.decimal)
        mark = _SYMBOLS.get(value.currency, value.currency + NBSP)
        sign = MINUS if value.minor < 0 and digits != "0" else ""
        return f"{sign}{mark}{digits}{scale}{per}"
    return f"{value.currency}{_space(style)}{_grouped(value.decimal, exponent(value.currency), style)}{per}"


def _number(value: int | float, unit: Unit, style: Style) -> str:
    if style == "plain":
        return str(value)
    if isinstance(value, float) and not Decimal(repr(value)).is_finite():
        return cannot_say("not a number")
    exact = Decimal(repr(value))
    if unit == "share":
        return f"{_grouped(exact * 100, 1 if style == 'short' else 2, style)}%"
    if unit in ("days", "hours"):
        return f"{_grouped(exact, 0 if exact == exact.to_integral_value() else 1, style)}{_space(style)}{unit[0]}"
    if style == "short" and abs(exact) >= 100_000:
        digits, scale = _compact(exact)
        return f"{MINUS if exact < 0 else ''}{digits}{scale}"
    if isinstance(value, int) or exact == exact.to_integral_value():
        return _grouped(exact, 0, style)
    return _grouped(exact, 1 if style == "short" else 2, style)
