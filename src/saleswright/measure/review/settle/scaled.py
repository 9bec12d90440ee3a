"""What is an amount that is written short, such as 11.6k, $1.2M or € 5 Tsd.? Read where a whole column is written so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from saleswright.lib.money import CURRENCIES

_UNITS = {
    **dict.fromkeys(("k", "thousand", "thsd", "tsd", "t"), 3),
    **dict.fromkeys(("m", "mm", "mn", "mln", "mio", "million", "millionen", "millions"), 6),
    **dict.fromkeys(("b", "bn", "bln", "billion", "mrd", "milliarden"), 9),
}
_COMMA = frozenset(("tsd", "mio", "mrd", "millionen", "milliarden", "t"))
"""Words of languages that write a comma before the decimals."""
_SHORT = re.compile(
    r"(?P<less>[-−(]?)\s*(?:[A-Z]{3}|[$€£¥])?\s*(?P<minus>[-−]?)\s*(?P<number>\d[\d.,' \u00a0\u202f]*?)\s*"
    r"(?P<unit>[A-Za-z]+€?)?\.?\s*(?:[A-Z]{3}|[$€£¥])?\s*\)?"
)
_NOTHING = frozenset(("-", "–", "—", "n/a"))
_FEW = 0.5


def scaled(cells: Mapping[int, str]) -> dict[int, Decimal]:
    """Line -> the whole amount, where every cell of a column is a number and most have a unit; empty where one is not.

    A comma or a point is the decimal sign where it stands before other than three digits somewhere in the column; else
    as the language of the unit writes it.
    """
    read: dict[int, tuple[str, str, bool]] = {}
    for line, text in cells.items():
        if text.strip().casefold() in _NOTHING:
            continue
        found = _SHORT.fullmatch(text.strip())
        if found is None:
            return {}
        unit = (found["unit"] or "").casefold().rstrip("€")
        unit = "" if unit.upper() in CURRENCIES else unit
        if unit and unit not in _UNITS:
            return {}
        read[line] = found["number"], unit, bool(found["less"] or found["minus"])
    units = {unit for _, unit, _ in read.values() if unit}
    if not read or sum(bool(unit) for _, unit, _ in read.values()) < _FEW * len(read):
        return {}
    sign = _sign((number for number, _, _ in read.values()), bool(units & _COMMA))
    made = {}
    for line, (number, unit, less) in read.items():
        plain = "".join("." if c == sign else c for c in number if c.isdigit() or c == sign)
        if plain.count(".") > 1:
            return {}
        value = Decimal(plain) * 10 ** _UNITS.get(unit, 0)
        made[line] = -value if less else value
    return made


def _sign(numbers: Iterable[str], comma: bool) -> str:
    """The decimal sign of a column."""
    for number in numbers:
        both = [c for c in number if c in ".,"]
        if len(set(both)) == 2:
            return both[-1]
        if len(both) == 1 and len(number.rpartition(both[0])[2]) != 3:
            return both[0]
    return "," if comma else "."
