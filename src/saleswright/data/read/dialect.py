"""How are the lines of a text file cut into values? Line ends, delimiter, header, and first signs of a report."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from saleswright.data.read.encoding import BLOCK, blocks, decoder
from saleswright.data.read.words import mentioned

DELIMITERS = (",", ";", "\t", "|")
HEAD = 1 << 18
_TAIL = 1 << 13
_SAMPLED = 1 << 14
_NAMED = 12  # bytes; a shorter first line may stand anywhere
_UNNAMED = 50  # columns


@dataclass(slots=True)
class Tally:
    """Counts over every byte of the file. `words` is set when a sampled stretch speaks of totals.

    `first` is the first line of the file, and `again` how often it stands in it.
    """

    first: bytes = b""
    again: int = 0

    size: int = 0
    nul: int = 0
    ends: Counter[bytes] = field(default_factory=Counter)
    last: bytes = b""
    tail: bytes = b""
    utf8: bool = True
    ascii: bool = True
    words: bool = False

    def take(self, part: bytes) -> None:
        """Count the line ends of the next block, and look into a part of it."""
        self.ends[b"\n"] += part.count(b"\n")
        if b"\r" in part:
            self.ends[b"\r"] += part.count(b"\r")
            self.ends[b"\r\n"] += part.count(b"\r\n")
        self.ends[b"\r\n"] += self.last == b"\r" and part[:1] == b"\n"
        self.last = part[-1:] or self.last
        self.tail = (self.tail + part[-_TAIL:])[-_TAIL:]
        if len(self.first) >= _NAMED:
            self.again += part.count(self.first)
        self.words = self.words or mentioned(part[:_SAMPLED].replace(self.first or b"\n", b"\n"))


def count(path: Path, wide: bool, head: bytes) -> Tally:
    """Read every byte of the file once."""
    tally = Tally(first=_first(head))
    check = codecs.getincrementaldecoder("utf-8")()
    for block in blocks(path):
        tally.size += len(block)
        if 0 in block:
            tally.nul += block.count(0)
        if wide:
            continue
        tally.take(block)
        if tally.utf8 and not (tally.ascii and block.isascii()):
            tally.ascii = False
            try:
                check.decode(block)
            except UnicodeDecodeError:
                tally.utf8 = False
    if tally.utf8 and not wide:
        try:
            check.decode(b"", True)
        except UnicodeDecodeError:
            tally.utf8 = False
    tally.words = tally.words or mentioned(tally.tail.replace(tally.first or b"\n", b"\n"))
    return tally


def count_text(path: Path, encoding: str, head: str) -> Tally:
    """The line ends of a file whose characters are wider than a byte."""
    tally, turn = Tally(first=_first(head.encode("utf-8", "replace"))), decoder(encoding)
    for block in blocks(path):
        tally.take(turn.decode(block).encode("utf-8", "replace"))
    return tally


def _first(head: bytes) -> bytes:
    lines = head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n").replace(b"\r", b"\n").split(b"\n", 1)
    return lines[0] if len(lines) > 1 else b""


def newline(tally: Tally) -> str:
    """The line end of the file, or "mixed"."""
    feeds, returns, both = tally.ends[b"\n"], tally.ends[b"\r"], tally.ends[b"\r\n"]
    # Line feeds alone beside pairs stand in values, or the pairs do; `load` finds out which.
    if both == returns and both:
        return "\r\n"
    if not returns:
        return "\n"
    return "\r" if not feeds else "mixed"


def lines(tally: Tally) -> int:
    """Physical lines up to the last one that holds anything."""
    ends = tally.ends[b"\n"] + tally.ends[b"\r"] - tally.ends[b"\r\n"]
    after = tally.tail[len(tally.tail.rstrip(b"\r\n")) :]
    return ends + 1 - (after.count(b"\n") + after.count(b"\r") - after.count(b"\r\n"))


@dataclass(frozen=True, slots=True)
class Dialect:
    """The delimiter that fits, and the first records it gives."""

    delimiter: str
    header: list[str]
    header_line: int
    records: list[list[str]]

    @property
    def plain(self) -> bool:
        """Is the first record the header and every one after it a row, as far as the head of the file tells?"""
        width = len(self.header)
        widths = Counter(len(record) for record in self.records)
        full = sum(1 for cell in self.header if cell.strip())
        if full < width or any(len(record) < width for record in self.records):
            return False
        if width < max(widths, key=lambda w: widths[w], default=width):
            return False
        first = sum(1 for record in self.records if not record[0].strip())
        return width < 2 or first * 4 < len(self.records)


def dialect(text: str, cut: bool) -> Dialect:
    """The delimiter that splits most evenly, or the one a `sep=` line names."""
    before = csv.field_size_limit(1 << 30)  # with a wrong delimiter a line is one value
    try:
        return _dialect(text, cut)
    finally:
        csv.field_size_limit(before)


def _dialect(text: str, cut: bool) -> Dialect:
    if cut:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
    named = re.match(r'"?sep=(.)"?(?:\r\n|\r|\n)', text)
    best: tuple[float, Dialect] | None = None
    for delimiter in (named[1],) if named else DELIMITERS:
        reader = csv.reader(io.StringIO(text, newline=""), **form(delimiter))
        records: list[list[str]] = []
        counts: Counter[int] = Counter()
        header: list[str] = []
        line = 1
        try:
            if named:
                next(reader)
            for record in reader:
                if not any(cell.strip() for cell in record):
                    continue
                if not header:
                    header, line = record, reader.line_num
                else:
                    records.append(record)
                counts[len(record)] += 1
        except csv.Error:
            pass
        if not header:
            # Nothing but delimiters: with another one they would seem to be content.
            return Dialect(delimiter, [], line, [])
        width, total = len(header), counts.total()
        score = (1 + counts[width] / total if width > 1 else 1.0) + min(width, 50) / 1000
        # Above a report's table stand lines that are narrower than it, so the first one does not speak for the file.
        usual = max((w for w in counts if w > 1), key=lambda w: counts[w], default=0)
        if usual > width and counts[usual] > 1:
            score = max(score, 1 + counts[usual] / total * 0.99 + min(usual, 50) / 1000)
        if best is None or score > best[0]:
            best = score, Dialect(delimiter, header, line, records)
    assert best is not None
    return best[1]


def named(seen: Dialect) -> list[str]:
    """The header without what stands behind its last name, where many columns there hold nothing at all."""
    last = next((place for place in range(len(seen.header), 0, -1) if seen.header[place - 1].strip()), 0)
    if len(seen.header) - last < _UNNAMED or any(cell.strip() for record in seen.records for cell in record[last:]):
        return seen.header
    return seen.header[:last]


def form(delimiter: str) -> dict[str, Any]:
    """What Python's csv reader is told: a quote after a delimiter and a space opens a value, too."""
    return {"delimiter": delimiter, "skipinitialspace": True}


def escaped(text: str, delimiter: str) -> bool:
    """Do backslashes stand before quotes within values? One before a closing quote only ends the name of a folder."""
    before = text.count('\\"')
    closing = sum(text.count(f'\\"{end}') for end in (delimiter, "\n", "\r"))
    return before > 2 * closing


def spaced(text: str, delimiter: str) -> bool:
    """Do quotes stand behind a delimiter and a space? Not every reader takes them for quotes."""
    return f'{delimiter} "' in text


def ends_plain(tail: str, delimiter: str, width: int) -> bool:
    """Are the last lines of the file rows like any other? `tail` may start in the middle of a line."""
    rest = tail.rstrip("\r\n")
    kept = re.split(r"\r\n|\r|\n", rest)[1:][-12:] if len(tail) >= _TAIL // 2 else re.split(r"\r\n|\r|\n", rest)[-12:]
    if not all(line.strip() for line in kept):
        return False
    full = []
    for record in csv.reader(kept, **form(delimiter)):
        if len(record) < width:
            return False
        full.append(sum(1 for cell in record if cell.strip()))
    return not full or min(full[-3:]) * 2 > max(full)


def exact(
    path: Path, encoding: str, delimiter: str, width: int, header_line: int, escapes: bool = False
) -> tuple[int, int]:
    """(rows, ragged ones) of a small file, record by record."""
    rows = ragged = 0
    turn = decoder(encoding)
    text = "".join(turn.decode(block) for block in blocks(path, BLOCK)).replace("\0", "")
    text = text.replace('\\"', '""') if escapes else text
    reader = csv.reader(io.StringIO(text, newline=""), **form(delimiter))
    try:
        for record in reader:
            if reader.line_num > header_line and record:
                rows += 1
                ragged += len(record) != width
    except csv.Error:
        ragged += 1
    return rows, ragged
