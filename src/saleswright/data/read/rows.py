"""Which rows of a report are records? Sums, headings, repeated headers and small print are told apart from them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from saleswright.data.read.header import Header, Profile, places, value
from saleswright.data.read.records import Record
from saleswright.data.read.sums import Sums, number, numeric
from saleswright.data.read.words import Label, heading, label, page_mark, small_print

RECORD, BAD, TOTAL, HEADER, LOOSE, HEADING, PRINT, SECOND, FOOTER, MAYBE = range(10)
_LEADING = 6
_KNOWN = 20_000
_COUNT = re.compile(r"\(?\d[\d.,]*\s+[^\W\d_]+\)?")  # "663 records" beside a label is no other text


@dataclass(frozen=True, slots=True)
class Total:
    """A row that sums others: how it is labelled, how many rows above it agree with it, and whether it sums them all."""

    index: int
    line: int
    cells: list[str]
    labels: dict[int, Label]
    covers: int
    rows: int

    @property
    def first(self) -> Label | None:
        return next(iter(self.labels.values()), None)


@dataclass
class Leading:
    """How one of the first columns is filled, over the records."""

    filled: int = 0
    at_start: int = 0
    first: bool = False
    repeats: int = 0
    with_left: int = 0
    left: int = 0
    last: str = ""
    up: bool = True
    down: bool = True


@dataclass
class Rows:
    """What each row below the header is. `kinds` has one number for each row that is not blank."""

    header: Header
    profile: Profile
    width: int
    kinds: bytearray = field(default_factory=bytearray)
    totals: list[Total] = field(default_factory=list)
    loose: dict[int, tuple[int, list[str], bool]] = field(default_factory=dict)
    leading: dict[int, Leading] = field(default_factory=dict)
    fills: Counter[int] = field(default_factory=Counter)
    records: int = 0
    starts: int = 0
    second: int = 0
    uncertain: Total | None = None

    def __post_init__(self) -> None:
        self.sums = Sums(self.profile.marks)
        where = places(self.header.cells)
        first = where[0] if where else 0
        self.leading = {place: Leading() for place in range(first, min(first + _LEADING, self.width))}
        self._names = {place: self.header.cells[place].strip() for place in where}
        self._always = self.profile.always
        self._known: set[str] = set()
        self._start = True
        self._maybe: tuple[int, Total] | None = None
        self._candidate: tuple[int, int, list[int]] | None = None

    def read(self, records: Iterable[Record]) -> Rows:
        """Tell every row apart; what only the end decides is decided at the end."""
        blank = False
        for line, cells, _, reason in records:
            if line <= self.header.line:
                continue
            where = [] if reason else places(cells)
            if not where and not reason:
                blank = True
                continue
            self.kinds.append(BAD if reason else self._kind(line, cells, where, blank))
            if self.second and self._candidate:
                self._mark_second(self._candidate[0])
            blank = False
        if self._maybe:
            self._end_maybe(last=True)
        self._resolve()
        return self

    def _kind(self, line: int, cells: list[str], where: list[int], blank: bool) -> int:
        if self.second:
            return SECOND
        if self._candidate and self._begins_second(cells, where):
            self.second = self._candidate[1]
            return SECOND
        self._candidate = None
        if self._repeated(cells, where):
            return HEADER
        total = self._total(line, cells, where)
        if total:
            if self._maybe:
                self._end_maybe(last=False)
            if total.covers < 2 and not self._sure(total):
                self._maybe = len(self.kinds), total
                return MAYBE
            self._close(total)
            return TOTAL
        apart = blank or bool(self.kinds and self.kinds[-1] == LOOSE and self.loose[len(self.kinds) - 1][2])
        if apart and self.records and self._names_other(cells, where):
            self._candidate = len(self.kinds), line, where
            self.loose[len(self.kinds)] = line, cells, blank
            return LOOSE
        if self._is_loose(cells, where, blank):
            self.loose[len(self.kinds)] = line, cells, blank
            return LOOSE
        if self._maybe:
            self._end_maybe(last=False)
        self._record(cells, where)
        return RECORD

    def _mark_second(self, begin: int) -> None:
        """The row that names the columns of another table, the lines above that speak of it, and all below."""
        while begin and self.kinds[begin - 1] == LOOSE and not small_print(self._text(begin - 1)):
            begin -= 1
        for index in range(begin, len(self.kinds)):
            self.kinds[index] = SECOND
        self._candidate = None

    def _close(self, total: Total) -> None:
        self.totals.append(total)
        self.sums.close()
        self._start = True

    def _record(self, cells: list[str], where: list[int]) -> None:
        self.records += 1
        self.sums.add(cells)
        self.fills.update(where)
        self._headings_before()
        self.starts += self._start
        left = True
        for place, seen in self.leading.items():
            text = cells[place].strip() if place < len(cells) else ""
            seen.left += left
            if text:
                seen.filled += 1
                seen.at_start += self._start
                seen.with_left += left
                seen.first = seen.first or self.records == 1
                seen.repeats += text == seen.last
                if seen.last:
                    seen.up = seen.up and text.casefold() > seen.last.casefold()
                    seen.down = seen.down and text.casefold() < seen.last.casefold()
                seen.last = text
                if len(self._known) < _KNOWN:
                    self._known.add(text.casefold())
            left = bool(text)
        self._start = False

    def _headings_before(self) -> None:
        """A line with one value that stands right above a record may head a group: its text is a name to be summed."""
        index = len(self.kinds) - 1
        while index >= 0 and self.kinds[index] == LOOSE:
            _, cells, _ = self.loose[index]
            if len(self._known) < _KNOWN:
                text = cells[places(cells)[0]]
                self._known.update((text.strip().casefold(), heading(text)[1].casefold()))
            self._start = True
            index -= 1

    def _repeated(self, cells: list[str], where: list[int]) -> bool:
        if len(where) < min(2, len(self._names)) or len(where) * 5 < len(self._names) * 4:
            return False
        same = sum(1 for place in where if self._names.get(place, "") == cells[place].strip())
        return same == len(where) and any(not value(cells[place]) for place in where)

    def _total(self, line: int, cells: list[str], where: list[int]) -> Total | None:
        labels = {place: found for place in where[:_LEADING] if (found := label(cells[place].strip()))}
        always = self._always.difference(labels)
        holes = len(always.difference(where))
        if not labels and (not holes or holes * 2 < len(always)):
            return None
        others = [
            p for p in where if p not in labels and not value(cells[p]) and not _COUNT.fullmatch(cells[p].strip())
        ]
        numbers = [place for place in where if place in self.profile.marks and numeric(cells[place])]
        covers = self.sums.covers(cells, every=not labels)
        total = Total(len(self.kinds), line, cells, labels, covers, self.records)
        if not labels:
            return total if not others and numbers and covers >= 2 else None
        if others:
            # Beside a label stands other text: a deal may be called anything, so only a sum that is one counts.
            return total if covers >= 2 and holes and len(others) <= len(labels) else None
        first = next(iter(labels.values()))
        after = bool(self.kinds) and self.kinds[-1] == TOTAL
        if first.kind == "measure":
            counted = first.counts and any(number(cells[p]) == self.records for p in where if p not in labels)
            return total if holes and (after or covers >= 2 or counted) else None
        if first.kind == "named" and len(labels) == 1:
            known = first.about in self._known
            if covers >= 2 or (known and (holes or covers)) or (holes and covers):
                return total
            return total if first.count >= 0 and holes else None
        return total

    def _sure(self, total: Total) -> bool:
        """Is a row whose figures sum nothing above it a sum all the same? Its words say so, or what it lacks does."""
        first = total.first
        if first is None or first.kind != "total":
            return True
        where = places(total.cells)
        return bool(self._always.difference(where, total.labels)) or first.count >= 0

    def _end_maybe(self, last: bool) -> None:
        """A row called Total that lacks nothing and sums nothing: at the end it is one, before it is a name."""
        assert self._maybe is not None
        index, total = self._maybe
        self._maybe = None
        large = any(
            (shown := number(total.cells[place], mark)) is not None and shown * 2 >= self.sums.now.get(place, 0) > 0
            for place, mark in self.profile.marks.items()
            if place < len(total.cells)
        )
        if last and large:
            self.kinds[index] = TOTAL
            self.uncertain = total
            self._close(total)
        else:
            self.kinds[index] = RECORD
            self._record(total.cells, places(total.cells))

    def _is_loose(self, cells: list[str], where: list[int], blank: bool) -> bool:
        texts = [cells[place] for place in where]
        if self.width < 2 or self.header.typical < 2:
            return blank and len(where) == 1 and small_print(texts[0])
        if len(where) == 1:
            return not value(texts[0])
        if len(where) <= 3 and len(where) < self.header.typical and (small_print(texts[0]) or page_mark(texts[0])):
            return True
        after = bool(self.kinds) and self.kinds[-1] in (LOOSE, TOTAL)
        return len(where) == 2 and self.width > 3 and (blank or after) and texts[0].rstrip().endswith(":")

    def _names_other(self, cells: list[str], where: list[int]) -> bool:
        """May this row name the columns of another table below this one?"""
        if len(where) < 2 or any(value(cells[place]) for place in where) or small_print(cells[where[0]]):
            return False
        typed = (self.profile.dated | self.profile.marks.keys()).intersection(where)
        return bool(typed) or len(cells) != self.width or abs(len(where) - len(self._always)) > 1

    def _begins_second(self, cells: list[str], where: list[int]) -> bool:
        assert self._candidate is not None
        _, _, names = self._candidate
        inside = set(where) <= set(range(min(names), max(names) + 1)) and len(where) * 2 > len(names)
        return inside and any(value(cells[place]) for place in where)

    def _resolve(self) -> None:
        """Lines with a single value: small print at the end, headings between, or records that say little."""
        end = len(self.kinds)
        while end and self.kinds[end - 1] == LOOSE and self._below(end - 1):
            end -= 1
        tail = range(end, len(self.kinds))
        printed = any(small_print(self._text(index)) for index in tail)
        after = bool(end) and self.kinds[end - 1] in (TOTAL, SECOND)
        apart = any(self.loose[index][2] for index in tail)
        if printed or after or apart:
            begin = end if printed or after else next(index for index in tail if self.loose[index][2])
            for index in range(begin, len(self.kinds)):
                self.kinds[index] = FOOTER
        grouped = self._headings()
        for index, kind in enumerate(self.kinds):
            if kind != LOOSE:
                continue
            text = self._text(index)
            if small_print(text) or page_mark(text):
                self.kinds[index] = PRINT
            elif index in grouped:
                self.kinds[index] = HEADING
            else:
                self.kinds[index] = RECORD
                self.records += 1
                self.fills.update(places(self.loose[index][1]))

    def _below(self, index: int) -> bool:
        """May this line stand below a table, and be no record that says little?"""
        _, cells, _ = self.loose[index]
        where = places(cells)
        text = self._text(index)
        return (
            len(where) == 1 or len(cells) != self.width or small_print(text) or cells[where[0]].rstrip().endswith(":")
        )

    def _headings(self) -> set[int]:
        """Which lines with a single value head the rows below them?"""
        found: set[int] = set()
        names = Counter(heading(self._text(index))[0] for index in self.loose if self.kinds[index] == LOOSE)
        summed = {first.about for total in self.totals if (first := total.first) and first.kind == "named"}
        for index in self.loose:
            if (
                self.kinds[index] != LOOSE
                or index + 1 >= len(self.kinds)
                or self.kinds[index + 1] not in (RECORD, LOOSE)
            ):
                continue
            name, text, count = heading(self._text(index))
            own = places(self.loose[index][1])[0]
            if (
                count >= 0
                or (name and names[name] > 1 and self.totals)
                or text.casefold() in summed
                or (not self.fills[own] and own in self._names)
            ):
                found.add(index)
        return found

    def _text(self, index: int) -> str:
        _, cells, _ = self.loose[index]
        return " ".join(cell.strip() for cell in cells if cell.strip())

    def groups(self, arrows: bool) -> list[int]:
        """The first columns whose value stands only in the first row of a group."""
        parted = arrows or self.starts > 1 or any(t.first and t.first.kind == "sub" for t in self.totals)
        found: list[int] = []
        for place, seen in self.leading.items():
            if not seen.filled or seen.filled >= 0.95 * self.records or not seen.first:
                break
            if not found:
                # Sums show where groups begin; without them only a report's own arrow or order does.
                ordered = (seen.up or seen.down) and seen.filled > 2 and bool(self.header.title)
                summed = self.totals and parted and seen.at_start >= 0.9 * seen.filled
                if not (summed or (not self.totals and not seen.repeats and (arrows or ordered))):
                    break
            elif seen.with_left < 0.95 * seen.left or seen.repeats > 0.05 * seen.filled:
                break
            found.append(place)
        return found


def joined(cells: Sequence[str]) -> str:
    """A row as one text, to show it."""
    return " | ".join(" ".join(cell.split()) for cell in cells if cell.strip())
