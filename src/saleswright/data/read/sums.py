"""Does a number that stands below others equal their sum? Running sums of the columns, held against printed ones."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

_SHAPE = re.compile(
    r"\(?\s*[-+−]?\s*(?:[A-Z]{3}|[A-Z]{0,2}[$€£¥₹])?\s*[-+−]?\d[\d.,' \u00a0\u202f]*\s*(?:[A-Z]{3}|[$€£¥₹%])?\s*\)?"
)
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?")
_MARKS = {
    ".": re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+(?:\.\d*)?"),
    ",": re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d*)?|\d+(?:,\d*)?"),
}
_KEPT, _GROUP = 64, 2_000


def number(text: str, mark: str = ".") -> Decimal | None:
    """The number a cell shows with this decimal mark; None for anything else, dates and ids with letters too."""
    text = text.strip()
    if mark == "." and _PLAIN.fullmatch(text):
        return Decimal(text) if len(text) < 40 else None
    if not text or len(text) > 40 or not _SHAPE.fullmatch(text):
        return None
    digits = re.sub(r"[^\d.,]", "", text).rstrip(".,")
    if not _MARKS[mark].fullmatch(digits):
        return None
    digits = digits.replace(",", "") if mark == "." else digits.replace(".", "").replace(",", ".")
    try:
        value = Decimal(digits)
    except InvalidOperation:
        return None
    return -value if any(sign in text for sign in "-−(") else value


def numeric(text: str) -> bool:
    """Is this a number, with either mark?"""
    return number(text) is not None or number(text, ",") is not None


@dataclass
class Sums:
    """Sums of the rows so far, and what they were where earlier sums were printed."""

    marks: Mapping[int, str]
    now: dict[int, Decimal] = field(default_factory=dict)
    rows: int = 0
    before: list[tuple[int, dict[int, Decimal]]] = field(default_factory=lambda: [(0, {})])
    group: list[dict[int, Decimal]] = field(default_factory=list)

    def add(self, cells: Sequence[str]) -> None:
        """Take a row in."""
        self.rows += 1
        shown = self._shown(cells)
        for place, value in shown.items():
            self.now[place] = self.now.get(place, Decimal(0)) + value
        if len(self.group) < _GROUP:
            self.group.append(shown)

    def close(self) -> None:
        """A sum was printed here: the next may begin from here."""
        self.group = []
        if self.before[-1][0] != self.rows:
            self.before.append((self.rows, dict(self.now)))
            if len(self.before) > _KEPT:
                del self.before[1]

    def covers(self, cells: Sequence[str], every: bool) -> int:
        """How many rows above does this row sum, in one or in every column that shows a number? 0 when it does not."""
        shown = {place: value for place, value in self._shown(cells).items() if value}
        if not shown:
            return 0
        enough = all if every else any
        for rows, then in reversed(self.before):
            if rows < self.rows and enough(self._is(place, value, then) for place, value in shown.items()):
                return self.rows - rows
        return 0 if every else self._covers_some(shown)

    def _covers_some(self, shown: Mapping[int, Decimal]) -> int:
        """A group may begin with rows that its sum leaves out: the manager, whose figure is the sum of the others."""
        sums = dict.fromkeys(shown, Decimal(0))
        for taken, row in enumerate(reversed(self.group), 1):
            for place in shown:
                sums[place] += row.get(place, Decimal(0))
            if taken > 1 and all(_near(sums[place], value) for place, value in shown.items()):
                return taken
        return 0

    def _shown(self, cells: Sequence[str]) -> dict[int, Decimal]:
        found = {}
        for place, mark in self.marks.items():
            if place < len(cells) and cells[place]:
                value = number(cells[place], mark)
                if value is not None:
                    found[place] = value
        return found

    def agrees(self, place: int, cell: str) -> bool:
        """Is this the sum of all rows so far?"""
        value = number(cell, self.marks[place]) if place in self.marks else None
        return value is not None and self._is(place, value, {})

    def _is(self, place: int, value: Decimal, then: Mapping[int, Decimal]) -> bool:
        return _near(self.now.get(place, Decimal(0)) - then.get(place, Decimal(0)), value)


def _near(exact: Decimal, value: Decimal) -> bool:
    """A sum may be printed with fewer decimals than its parts, but never with fewer figures before the point."""
    places = max(-int(value.as_tuple().exponent), 0)
    slack = Decimal("0.011") if places >= 2 else Decimal("0.5").scaleb(-places) + Decimal("0.001")
    return abs(exact - value) <= max(slack, abs(exact) * Decimal("1e-9"))
