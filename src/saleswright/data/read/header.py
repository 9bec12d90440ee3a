"""Where does the table begin? The row that names the columns, told by what stands below it in the whole file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from saleswright.data.read.records import Record
from saleswright.data.read.sums import number, numeric
from saleswright.data.read.words import label

_HEAD = 400
_TYPED = 5_000
_YEAR = re.compile(r"(?:19|20|21)\d\d")
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}(?:[-/.]\d{1,2})?(?:[T ].*)?|\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4}(?: .*)?")
_ARROW = re.compile(r"\s*[↑↓▲▼⬆⬇]+\s*$")
_SEPARATOR = re.compile(r'"?sep=."?')


@dataclass(frozen=True, slots=True)
class Header:
    """The row with the names: its line, its cells, and the lines above it."""

    line: int
    cells: list[str]
    title: tuple[str, ...] = ()
    sorted: bool = False
    values: bool = False
    typical: int = 1


@dataclass
class Profile:
    """What the rows below the header are like: how many are wide, which columns are filled, which hold numbers."""

    wide: int = 0
    filled: Counter[int] = field(default_factory=Counter)
    marks: dict[int, str] = field(default_factory=dict)
    dated: frozenset[int] = frozenset()

    @property
    def always(self) -> frozenset[int]:
        """The columns that a record has a value in."""
        return frozenset(place for place, count in self.filled.items() if count >= 0.95 * self.wide)


def places(cells: Sequence[str]) -> list[int]:
    """Where the row has values."""
    return [place for place, cell in enumerate(cells) if cell and not cell.isspace()]


def find(records: Iterable[Record]) -> Header | None:
    """The header of a table; None when no row holds anything."""
    head: list[tuple[int, list[str], list[int]]] = []
    counts: Counter[int] = Counter()
    for line, cells, raw, reason in records:
        if reason or not cells or (line == 1 and _SEPARATOR.fullmatch(raw)):
            continue
        if len(head) >= _HEAD:
            counts[len(cells) - cells.count("")] += 1
        elif where := places(cells):
            counts[len(where)] += 1
            head.append((line, cells, where))
    if not head:
        return None
    typical = _typical(counts)
    least = max(2, typical / 2) if typical > 1 else 1
    body = [where for _, _, where in head if len(where) >= least]
    often = Counter(place for where in body for place in where)
    used = {place for place, count in often.items() if count * 2 >= len(body)}
    best, found = 0.0, 0
    for number_, (_, cells, where) in enumerate(head):
        if len(where) < least or not used:
            continue
        named = sum(1 for place in where if not _value(cells[place]))
        share = len(used.intersection(where)) / len(used)
        if named * 2 >= len(where) and share > best + 1e-9:
            best, found = share, number_
            if share >= 0.8:
                break
    if not best:
        found = next((i for i, (_, _, where) in enumerate(head) if len(where) >= least), 0)
    line, cells, where = head[found]
    title = tuple(_said(row) for _, row, _ in head[:found])
    bare = [_ARROW.sub("", cell).strip() if _ARROW.search(cell) else cell for cell in cells]
    shown = [each for place in where if (each := number(cells[place])) is not None]
    # Months, quarters and years name columns too, one after the other.
    row = all(each == shown[0] + place for place, each in enumerate(shown)) and (len(shown) > 1 or _is_year(shown))
    values = bool(shown) and not row
    return Header(line, bare, title, bare != cells, values, typical)


def profile(records: Iterable[Record], header: Header) -> Profile:
    """The columns over all wide rows below the header; their kinds over the first thousands."""
    seen = Profile()
    points: Counter[int] = Counter()
    commas: Counter[int] = Counter()
    dates: Counter[int] = Counter()
    tested: Counter[int] = Counter()
    least = max(2, header.typical / 2) if header.typical > 1 else 1
    for line, cells, _, reason in records:
        if line <= header.line or reason or not cells:
            continue
        where = places(cells)
        if len(where) < least or (len(where) < header.typical and _sums(cells, where)):
            continue
        seen.wide += 1
        seen.filled.update(where)
        if seen.wide > _TYPED:
            continue
        tested.update(where)
        for place in where:
            cell = cells[place]
            if cell[0].isalpha() and len(cell) > 24:
                continue
            points[place] += number(cell) is not None
            commas[place] += number(cell, ",") is not None
            dates[place] += _DATE.fullmatch(cell.strip()) is not None
    for place, count in tested.items():
        if max(points[place], commas[place]) >= 0.8 * count:
            seen.marks[place] = "." if points[place] >= commas[place] else ","
    seen.dated = frozenset(place for place, count in tested.items() if dates[place] >= 0.8 * count)
    return seen


def _sums(cells: Sequence[str], where: Sequence[int]) -> bool:
    """Is the row called a sum? With many small groups such rows are as common as records."""
    named = (label(cells[place].strip()) for place in where[:3])
    return any(each is not None and each.kind != "named" for each in named)


def value(cell: str) -> bool:
    """Is this a number or a date, and so no name?"""
    return numeric(cell) or _DATE.fullmatch(cell.strip()) is not None


def _value(cell: str) -> bool:
    """Is this hardly the name of a column? Years and months name the columns of a grid."""
    return numeric(cell) and not _YEAR.fullmatch(cell.strip())


def _typical(counts: Counter[int]) -> int:
    """How many values a full row has: nine of ten rows that have several have no more."""
    several = Counter({width: count for width, count in counts.items() if width > 1})
    if several.total() * 4 < counts.total() and several.total() < 3:
        return 1
    rank = several.total() * 0.9
    for width in sorted(several):
        rank -= several[width]
        if rank <= 0:
            return width
    return 1


def _is_year(shown: Sequence[Decimal]) -> bool:
    return bool(shown) and 1900 <= shown[0] <= 2200


def _said(cells: Sequence[str]) -> str:
    """A line of a title as one text; a name and its value are parted by a colon."""
    parts = [" ".join(cell.split()) for cell in cells if cell.strip()]
    if len(parts) == 2 and not parts[0].endswith(":"):
        return ": ".join(parts)
    return " ".join(parts)
