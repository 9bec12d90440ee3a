"""The records of a text file one by one, each with the line it starts on and its text. None is lost."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from saleswright.data.read.dialect import form
from saleswright.data.read.encoding import errors, open_bytes
from saleswright.data.read.evidence import FileEvidence

Record = tuple[int, list[str], str, str]
"""(line, cells, raw text, reason): the reason is set when it cannot be a row; a blank line has no cells and no reason."""

_LONGEST = 1_000  # lines; a record longer than that is a quote somebody forgot to close
_OFTEN = 20  # such quotes; in a file with so many the search for their ends is cut short, or it would take for ever


@contextmanager
def opened(evidence: FileEvidence) -> Iterator[io.TextIOWrapper]:
    """The file as text, line ends untouched."""
    codec, how = errors(evidence.encoding)
    with open_bytes(evidence.path) as file, io.TextIOWrapper(file, encoding=codec, errors=how, newline="") as lines:
        yield lines


@contextmanager
def long_fields() -> Iterator[None]:
    """Values of any length."""
    before = csv.field_size_limit(1 << 30)
    try:
        yield
    finally:
        csv.field_size_limit(before)


_MARKS = ("\ufeff", "\x1a")


class _OpenQuote(Exception):
    """A record runs on for too many lines."""


@dataclass(slots=True)
class _Lines:
    """Lines for the csv reader, remembering those of the record being read, so that they can be read again."""

    source: Iterator[str]
    taken: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    number: int = 0
    longest: int = _LONGEST
    escapes: bool = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= self.longest:
            raise _OpenQuote
        line = self.again.pop() if self.again else next(self.source).replace("\0", "")
        if self.escapes:
            line = line.replace('\\"', '""')
        if line[:1] in _MARKS:
            # A second export glued to the first begins with a mark of its own; an old system ends a file with another.
            line = line.lstrip("".join(_MARKS)) or "\n"
        self.taken.append(line)
        self.number += 1
        return line

    def give_back(self) -> str:
        """Keep the first line of the record, read the others again."""
        first, *others = self.taken
        self.again.extend(reversed(others))
        self.number -= len(others)
        self.taken = []
        return first


def _closed(taken: list[str], delimiter: str) -> bool:
    """Do the quotes of a record belong together? Over several lines two that were never closed may find each other."""
    odd = sum(line.count('"') for line in taken) % 2
    if odd and len(taken) > 1:
        return False
    if not odd and len(taken) == 1:
        return True
    try:
        return len(list(csv.reader(taken, strict=True, **form(delimiter)))) == 1
    except csv.Error:
        return False


def records(evidence: FileEvidence, after: int = 0) -> Iterator[Record]:
    """Every record that starts below line `after`, blank lines too."""
    with opened(evidence) as source:
        lines = _Lines(iter(source), escapes=evidence.escapes)
        for _ in range(after):
            if not next(source, ""):
                return
        lines.number = after
        broken = 0
        reader = csv.reader(lines, **form(evidence.delimiter))
        while True:
            try:
                cells = next(reader)
                # At the end of the file the csv module closes an open quote by itself and says nothing.
                if not _closed(lines.taken, evidence.delimiter):
                    raise _OpenQuote
            except StopIteration:
                return
            except (_OpenQuote, csv.Error):
                if not lines.taken:
                    return
                first = lines.give_back()
                broken += 1
                if broken % _OFTEN == 0:
                    lines.longest = max(lines.longest // 10, 3)
                yield lines.number, [], first.rstrip("\r\n"), "a quote is opened and not closed"
                reader = csv.reader(lines, **form(evidence.delimiter))
                continue
            whole, start = lines.taken, lines.number - len(lines.taken) + 1
            lines.taken = []
            raw = "".join(whole).rstrip("\r\n")
            if len(cells) == 1 and not cells[0].strip():
                cells = []
            yield start, cells, raw, ""
