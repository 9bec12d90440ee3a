"""What kind of file is this, told from all of it? Encoding, delimiter, header, and what cannot be read."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from saleswright.data.read import dialect as cut
from saleswright.data.read.encoding import by_content, by_mark, decoder, decodes, open_bytes, said_by_mark
from saleswright.data.read.kinds import empty, refused, usable
from saleswright.lib.issue import Issue

__all__ = ["FileEvidence", "Printed", "Survey", "look", "survey", "unique"]

_NAMES = {",": "','", ";": "';'", "\t": "tab", "|": "'|'"}
_SMALL = 1 << 21
_WIDEST = 6_000  # columns; each costs memory in every step, whatever is in it
_LINE = 1 << 26  # bytes; where lines are longer than this on average it is no table


@dataclass(frozen=True, slots=True)
class Printed:
    """A sum the file prints itself: of a column, or of its records when `column` is empty."""

    label: str
    column: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class FileEvidence:
    """What was found in a file, or in one sheet of a workbook.

    `name` is what it is called everywhere. `rows` counts records after the header, from line ends; `load` counts them
    exactly. `header` holds the names the columns get: exact text, made unique without regard to case (a second `Name`
    becomes `Name_2`, an empty one `column_3`). `lines` counts the physical lines of the whole file, `ragged` those
    found to have another number of fields. `title` and `footer` are the lines above and below the table, `passed`
    (line, text, why) those between that are no records, `printed` the sums it prints, `filled` the columns whose empty
    cells were filled down from a group. An error among `issues` means that the file cannot be read.
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
    escapes: bool = False  # quotes within values stand behind a backslash
    name: str = ""
    sheet: str = ""
    title: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    passed: tuple[tuple[int, str, str], ...] = ()
    printed: tuple[Printed, ...] = ()
    filled: tuple[str, ...] = ()
    kind: Literal["text", "sheet", "parquet"] = "text"
    # Rows set apart already (`table.Apart`): their text lies there and not in the file itself.
    apart: Path | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", self.path.name)

    @property
    def readable(self) -> bool:
        """Is there a table to load?"""
        return bool(self.header) and not any(issue.level == "error" for issue in self.issues)


@dataclass(frozen=True, slots=True)
class Survey:
    """A text file as it looks at first; `plain` when nothing in it hints at a report, so that it can be read as it is."""

    evidence: FileEvidence
    plain: bool = True


def look(path: Path) -> FileEvidence:
    """What is in this text file? Reads every byte once; no error is raised for a bad file, its issues say what is wrong."""
    return survey(path).evidence


def survey(path: Path) -> Survey:
    """What is in this text file, and does anything hint at a report?"""
    unusable = usable(path)
    if unusable:
        return Survey(FileEvidence(path, issues=(unusable,)))
    try:
        with open_bytes(path) as file:
            head = file.read(cut.HEAD)
        no = refused(path, head)
        if no:
            return Survey(FileEvidence(path, issues=(no,)))
        return _survey(path, head)
    except (OSError, EOFError, zlib.error) as error:
        issue = Issue(path.name, f"cannot be read: {error}", "so it is left out", "check the file", code="unreadable")
        return Survey(FileEvidence(path, issues=(issue,)))


def _survey(path: Path, head: bytes) -> Survey:
    where = path.name
    encoding = by_mark(head)
    wide = encoding.startswith(("utf-16", "utf-32"))
    tally = cut.count(path, wide, head)
    issues: list[Issue] = []
    if wide:
        said = said_by_mark(encoding)
        if not decodes(path, encoding):
            issues.append(
                Issue(where, f"some bytes are no {encoding} text", "they are read as �", "export the file again",
                      "warning", "broken_text")
            )  # fmt: skip
    elif tally.utf8:
        encoding = encoding or "utf-8"
        kind = "every byte is ASCII" if tally.ascii else "every byte sequence valid"
        said = f"encoding utf-8: {kind}" + (", byte order mark" if encoding == "utf-8-sig" else "")
    else:
        encoding, said, mixed = by_content(path, encoding == "utf-8-sig")
        issues += mixed
    if tally.nul and not wide:
        issues.append(
            Issue(where, f"{tally.nul:,} NUL bytes", "they carry nothing and are left out", level="warning", code="nul")
        )
    text = decoder(encoding).decode(head).replace("\0", "")
    if not text.strip().strip("\ufeff"):
        return Survey(FileEvidence(path, encoding=encoding, issues=(*issues, empty(where))))
    ends = cut.count_text(path, encoding, text) if wide else tally
    lines = cut.lines(ends)
    if tally.size > _LINE * lines:
        long = f"{tally.size >> 20:,} MB in {lines:,} line{'s' * (lines > 1)}"
        what = Issue(where, long, "so it is no table of rows", "export the table as CSV", code="no_lines")
        return Survey(FileEvidence(path, encoding=encoding, issues=(*issues, what)))
    seen = cut.dialect(text, len(head) < tally.size)
    escapes = cut.escaped(text, seen.delimiter)
    if escapes:
        seen = cut.dialect(text.replace('\\"', '""'), len(head) < tally.size)
    if not seen.header:
        return Survey(FileEvidence(path, encoding=encoding, issues=(*issues, empty(where))))
    header = cut.named(seen)
    if len(header) > _WIDEST:
        wide_ = Issue(where, f"{len(header):,} columns, at most {_WIDEST:,} are read", "so it is left out",
                      "export only the columns you need", code="too_wide")  # fmt: skip
        return Survey(FileEvidence(path, encoding=encoding, issues=(*issues, wide_)))
    names, renamed = unique(header)
    if renamed:
        issues.append(said_renamed(where, renamed))
    rows, ragged = max(lines - seen.header_line, 0), 0
    if tally.size <= _SMALL:
        rows, ragged = cut.exact(path, encoding, seen.delimiter, len(names), seen.header_line, escapes)
    width = f"{len(names)} fields in all but {ragged:,}" if ragged else f"{len(names)} fields each"
    notes: tuple[str, ...] = (
        said,
        f"delimiter {_NAMES.get(seen.delimiter, repr(seen.delimiter))}: {lines:,} lines, {width}",
    )
    if not rows:
        issues.append(no_rows(where))
    notes += ("quotes within values stand behind a backslash",) if escapes else ()
    evidence = FileEvidence(
        path, rows, encoding, seen.delimiter, '"', names, notes, tuple(issues), ragged, lines, seen.header_line,
        "mixed" if escapes or cut.spaced(text, seen.delimiter) else cut.newline(ends), escapes=escapes,
    )  # fmt: skip
    tail = ends.tail.decode("utf-8" if wide else encoding.partition("+")[0], "replace")
    plain = (
        not (ragged or ends.words or ends.again > 1) and seen.plain and cut.ends_plain(tail, seen.delimiter, len(names))
    )
    return Survey(evidence, plain)


def said_renamed(where: str, renamed: list[str]) -> Issue:
    """The issue of column names that were made unique."""
    shown = ", ".join(renamed[:20]) + (f" and {len(renamed) - 20:,} more" if len(renamed) > 20 else "")
    return Issue(where, f"columns renamed: {shown}", "two columns cannot share a name", level="warning", code="renamed")


def no_rows(where: str) -> Issue:
    """The issue of a table that has a header and nothing below it."""
    return Issue(
        where, "a header and no rows", "so there is nothing to import", "export it again", "warning", "no_rows"
    )


def unique(header: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """(unique names, what was renamed): exact text, told apart without regard to case."""
    names: list[str] = []
    renamed: list[str] = []
    taken = {"_line"}
    numbers: dict[str, int] = {}
    for place, name in enumerate(header, 1):
        base = name.replace("\0", "").strip() or f"column_{place}"
        new, number = base, numbers.get(base.casefold(), 1)
        while new.casefold() in taken:
            number += 1
            new = f"{base}_{number}"
        numbers[base.casefold()] = number
        taken.add(new.casefold())
        names.append(new)
        if new != name.strip():
            renamed.append(f"{name.strip() or 'unnamed'} -> {new}")
    return tuple(names), renamed
