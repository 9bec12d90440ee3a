"""What kind of file is this, told from all of it? Encoding, delimiter, header, and what cannot be read."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from saleswright.data.read.encoding import blocks, by_content, by_mark, open_bytes
from saleswright.lib.issue import Issue

DELIMITERS = (",", ";", "\t", "|")
ENDINGS = (".csv", ".tsv", ".txt")
ACCEPTED = "CSV, TSV or text with , ; tab or | between the values, also as .gz"
_NAMES = {",": "','", ";": "';'", "\t": "tab", "|": "'|'"}
_HEAD = 1 << 18
_SMALL = 1 << 21
_TAIL = 4096
_BINARY = (
    (b"PK\x03\x04", "a workbook or zip archive", "save the sheet as CSV (UTF-8) and import that"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save the sheet as CSV (UTF-8) and import that"),
    (b"PAR1", "a Parquet file", "write it as CSV and import that"),
    (b"%PDF", "a PDF", "export the table behind it as CSV"),
    (b"SQLite format 3", "a database file", "export its tables as CSV"),
    (b"\x1f\x8b", "a gzip archive", "give it a name that ends in .csv.gz"),
)


@dataclass(frozen=True, slots=True)
class FileEvidence:
    """What was found in a file. `rows` counts records after the header, from line ends; `load` counts them exactly.

    `header` holds the names the columns get: exact text, made unique without regard to case (a second `Name` becomes
    `Name_2`, an empty one `column_3`). `lines` counts the physical lines of the whole file, `ragged` those found to
    have another number of fields. An error among `issues` means that the file cannot be read.
    """

    path: Path
    rows: int = 0
    encoding: str = ""
    delimiter: str = ","
    quote: str = '"'
    header: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()
    ragged: int = 0
    lines: int = 0
    header_line: int = 1
    newline: str = "\n"

    @property
    def readable(self) -> bool:
        """Is there a table to load?"""
        return bool(self.header) and not any(issue.level == "error" for issue in self.issues)


@dataclass(slots=True)
class _Tally:
    """Counts over every byte of the file."""

    size: int = 0
    nul: int = 0
    ends: Counter[bytes] = field(default_factory=Counter)
    last: bytes = b""
    tail: bytes = b""
    utf8: bool = True
    ascii: bool = True


def look(path: Path) -> FileEvidence:
    """What is in this file? Reads every byte once; no error is raised for a bad file, its issues say what is wrong."""
    where = path.name
    try:
        with open_bytes(path) as file:
            head = file.read(_HEAD)
        refused = _refused(path, head)
        if refused:
            return FileEvidence(path, issues=(refused,))
        encoding = by_mark(head)
        tally = _count(path, encoding)
    except (OSError, EOFError) as error:
        return FileEvidence(
            path, issues=(Issue(where, f"cannot be read: {error}", "so it is left out", "check the file"),)
        )
    issues: list[Issue] = []
    if encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        said = (
            f"encoding {encoding}: byte order mark"
            if not encoding.endswith("e")
            else f"encoding {encoding}: zero bytes"
        )
    elif tally.utf8:
        encoding = encoding or "utf-8"
        kind = "every byte is ASCII" if tally.ascii else "every byte sequence valid"
        said = f"encoding utf-8: {kind}" + (", byte order mark" if encoding == "utf-8-sig" else "")
    else:
        encoding, said = by_content(path)
    wide = encoding.startswith(("utf-16", "utf-32"))
    if tally.nul and not wide:
        issues.append(
            Issue(where, f"{tally.nul:,} NUL bytes", "they carry nothing and are left out", level="warning", code="nul")
        )
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(head).replace("\0", "")
    if not text.strip():
        return FileEvidence(path, encoding=encoding, issues=(*issues, _empty(where)))
    delimiter, header, header_line = _dialect(text, len(head) < tally.size)
    names, renamed = unique(header)
    if renamed:
        issues.append(
            Issue(where, f"columns renamed: {', '.join(renamed)}", "two columns cannot share a name", level="warning",
                  code="renamed")
        )  # fmt: skip
    newline = _newline(tally)
    lines = _lines(tally) if not wide else _lines(_text_tally(path, encoding))
    rows, ragged = max(lines - header_line, 0), 0
    if tally.size <= _SMALL:
        rows, ragged = _exact(path, encoding, delimiter, len(header), header_line)
    width = f"{len(header)} fields in all but {ragged:,}" if ragged else f"{len(header)} fields each"
    notes = [said, f"delimiter {_NAMES.get(delimiter, repr(delimiter))}: {lines:,} lines, {width}"]
    if not rows:
        issues.append(
            Issue(
                where, "a header and no rows", "so there is nothing to import", "export it again", "warning", "no_rows"
            )
        )
    return FileEvidence(
        path, rows, encoding, delimiter, '"', names, tuple(notes), tuple(issues), ragged, lines, header_line, newline
    )


def unique(header: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """(unique names, what was renamed): exact text, told apart without regard to case."""
    names: list[str] = []
    renamed: list[str] = []
    taken = {"_line"}
    for place, name in enumerate(header, 1):
        base = name.replace("\0", "").strip() or f"column_{place}"
        new, number = base, 1
        while new.casefold() in taken:
            number += 1
            new = f"{base}_{number}"
        taken.add(new.casefold())
        names.append(new)
        if new != name.strip():
            renamed.append(f"{name.strip() or 'unnamed'} -> {new}")
    return tuple(names), renamed


def _refused(path: Path, head: bytes) -> Issue | None:
    if not head:
        return _empty(path.name)
    for magic, what, advice in _BINARY:
        if head.startswith(magic):
            return Issue(path.name, f"this is {what}", f"read now: {ACCEPTED}", advice, code="not_text")
    if not by_mark(head):
        control = sum(head.count(bytes([code])) for code in (*range(1, 9), *range(14, 27)))
        if control > max(8, len(head) * 0.02) or head.count(0) > max(8, len(head) * 0.3):
            return Issue(
                path.name, "this is not text", f"read now: {ACCEPTED}", "export the table as CSV", code="not_text"
            )
    return None


def _empty(where: str) -> Issue:
    return Issue(where, "the file is empty", "so there is nothing to import", "export it again", code="empty")


def _count(path: Path, encoding: str) -> _Tally:
    tally = _Tally()
    decoder = codecs.getincrementaldecoder("utf-8")()
    wide = encoding.startswith(("utf-16", "utf-32"))
    for block in blocks(path):
        tally.size += len(block)
        tally.ends[b"\n"] += block.count(b"\n")
        if 0 in block:
            tally.nul += block.count(0)
        if b"\r" in block:
            tally.ends[b"\r"] += block.count(b"\r")
            tally.ends[b"\r\n"] += block.count(b"\r\n") + (tally.last == b"\r" and block[:1] == b"\n")
        tally.last = block[-1:]
        tally.tail = (tally.tail + block[-_TAIL:])[-_TAIL:]
        if tally.utf8 and not wide and not (block.isascii() and tally.ascii):
            tally.ascii = tally.ascii and block.isascii()
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                tally.utf8 = False
    if tally.utf8 and not wide:
        try:
            decoder.decode(b"", True)
        except UnicodeDecodeError:
            tally.utf8 = False
    return tally


def _text_tally(path: Path, encoding: str) -> _Tally:
    """The line ends of a file whose characters are wider than a byte."""
    tally, decoder = _Tally(), codecs.getincrementaldecoder(encoding)(errors="replace")
    for block in blocks(path):
        part = decoder.decode(block).encode("utf-8", "replace")
        for mark in (b"\n", b"\r"):
            tally.ends[mark] += part.count(mark)
        tally.ends[b"\r\n"] += part.count(b"\r\n") + (tally.last == b"\r" and part[:1] == b"\n")
        tally.last = part[-1:] or tally.last
        tally.tail = (tally.tail + part[-_TAIL:])[-_TAIL:]
    return tally


def _newline(tally: _Tally) -> str:
    feeds, returns, both = tally.ends[b"\n"], tally.ends[b"\r"], tally.ends[b"\r\n"]
    # Line feeds alone beside pairs stand in values, or the pairs do; `load` finds out which.
    if both == returns and both:
        return "\r\n"
    if not returns:
        return "\n"
    return "\r" if not feeds else "mixed"


def _lines(tally: _Tally) -> int:
    """Physical lines up to the last one that holds anything."""
    ends = tally.ends[b"\n"] + tally.ends[b"\r"] - tally.ends[b"\r\n"]
    after = tally.tail[len(tally.tail.rstrip(b"\r\n")) :]
    return ends + 1 - (after.count(b"\n") + after.count(b"\r") - after.count(b"\r\n"))


def _dialect(text: str, cut: bool) -> tuple[str, list[str], int]:
    """(delimiter, header, the line it ends on): the delimiter that splits most evenly, or the one `sep=` names."""
    if cut:
        text = text[: text.rfind("\n") + 1] or text
    named = re.match(r"sep=(.)\r?\n", text)
    best: tuple[float, str, list[str], int] | None = None
    for delimiter in (named[1],) if named else DELIMITERS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        if named:
            next(reader)
        counts: Counter[int] = Counter()
        header: list[str] = []
        line = 1
        try:
            for record in reader:
                if not any(cell.strip() for cell in record):
                    continue
                if not header:
                    header, line = record, reader.line_num
                counts[len(record)] += 1
        except csv.Error:
            pass
        width = len(header)
        total = counts.total()
        even = counts[width] / total if total else 0.0
        score = (1 + even if width > 1 else 1.0) + min(width, 50) / 1000
        if best is None or score > best[0]:
            best = score, delimiter, header, line
    assert best is not None
    return best[1:]


def _exact(path: Path, encoding: str, delimiter: str, width: int, header_line: int) -> tuple[int, int]:
    rows = ragged = 0
    text = b"".join(blocks(path)).decode(encoding, errors="replace").replace("\0", "")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for record in reader:
            if reader.line_num > header_line and record:
                rows += 1
                ragged += len(record) != width
    except csv.Error:
        ragged += 1
    return rows, ragged
