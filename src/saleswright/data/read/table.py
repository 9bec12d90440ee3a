"""The rows of a file as a table of text, each with the physical line it starts on. No row is lost."""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from saleswright.data.read.encoding import open_bytes
from saleswright.data.read.evidence import FileEvidence
from saleswright.data.read.sql import ident, text
from saleswright.lib.issue import Stop

_BLOCK = 1 << 22
# Where values hold another line break than the lines do; what DuckDB then gives is held against the count of lines.
_NEWLINES = {"\n": r"'\n'", "\r\n": r"'\r\n'", "\r": r"'\r'"}
_LONGEST = 1_000  # lines; a record longer than that is a quote somebody forgot to close


def load(con: duckdb.DuckDBPyConnection, evidence: FileEvidence, name: str) -> int:
    """How many rows are in the file? Makes temp view `name`: each header a VARCHAR column, and `_line` BIGINT.

    Empty cells are NULL, quoted ones keep their text; `_line` is the physical line a record starts on, also where
    values hold line breaks. Rows with another number of fields are not in the view but in `ragged(con, name)`; they
    are not counted here. Raises Stop for a file that is not readable, OSError when it is gone.
    """
    if not evidence.readable:
        raise Stop(*evidence.issues)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {ident(name + '__ragged')} (line BIGINT, raw VARCHAR, reason VARCHAR)")
    with _folder() as folder:
        path = _as_utf8(evidence, folder)
        if not evidence.ragged and evidence.newline in _NEWLINES:
            try:
                rows = _read(con, path, evidence, name)
            except duckdb.Error:
                rows = -1
            if rows >= 0:
                return rows
        return _read_exactly(con, evidence, name, folder)


def ragged(con: duckdb.DuckDBPyConnection, name: str) -> list[tuple[int, str, str]]:
    """Which records could not be read as rows? (line, raw text, reason), by line."""
    return con.execute(f"SELECT line, raw, reason FROM {ident(name + '__ragged')} ORDER BY line").fetchall()


def _read(con: duckdb.DuckDBPyConnection, path: Path, evidence: FileEvidence, name: str) -> int:
    """Rows read by DuckDB in parallel, or -1 when their lines cannot be told from what it gives."""
    raw = ident(name + "__raw")
    con.execute(f"CREATE OR REPLACE TEMP TABLE {raw} AS SELECT * FROM {_csv(path, evidence, _names(evidence))}")
    first = evidence.header_line + 1
    rows = int(con.execute(f"SELECT count(*) FROM {raw}").fetchall()[0][0])
    if rows == evidence.lines - evidence.header_line:
        _view(con, evidence, name, f"rowid + {first}")
        return rows
    broken = _broken(con, raw, len(evidence.header))
    if not broken:
        return -1
    more = " + ".join(
        f"coalesce(length({c}) - length(replace({c}, chr(10), '')), 0)"
        f" + coalesce(length({c}) - length(replace({c}, chr(13), '')), 0)"
        f" - coalesce((length({c}) - length(replace({c}, chr(13)||chr(10), ''))) // 2, 0)"
        for c in broken
    )
    lined = ident(name + "__lined")
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {lined} AS SELECT *, {first} + sum(_size) OVER (ORDER BY _row) - _size AS _line "
        f"FROM (SELECT *, rowid AS _row, 1 + {more} AS _size FROM {raw}) ORDER BY _row"
    )
    end = int(con.execute(f"SELECT max(_line + _size) FROM {lined}").fetchall()[0][0])
    if end != evidence.lines + 1:
        con.execute(f"DROP TABLE {lined}")
        return -1
    con.execute(f"DROP TABLE {raw}")
    con.execute(f"ALTER TABLE {lined} RENAME TO {raw}")
    _view(con, evidence, name, "CAST(_line AS BIGINT)")
    return rows


def _broken(con: duckdb.DuckDBPyConnection, raw: str, width: int) -> list[str]:
    """The columns that hold line breaks."""
    tests = ", ".join(f"bool_or(contains(c{i}, chr(10)) OR contains(c{i}, chr(13)))" for i in range(width))
    found = con.execute(f"SELECT {tests} FROM {raw}").fetchall()[0]
    return [f"c{i}" for i, has in enumerate(found) if has]


def _read_exactly(con: duckdb.DuckDBPyConnection, evidence: FileEvidence, name: str, folder: Path) -> int:
    """Rows told apart record by record: slower, for files with bad records, blank lines or stray quotes."""
    good, bad = folder / "good.csv", folder / "bad.csv"
    width = len(evidence.header)
    with (
        good.open("w", encoding="utf-8", newline="") as good_file,
        bad.open("w", encoding="utf-8", newline="") as bad_file,
        _long_fields(),
    ):
        good_rows, bad_rows = (csv.writer(f, quoting=csv.QUOTE_ALL, lineterminator="\n") for f in (good_file, bad_file))
        for line, cells, whole, reason in _records(evidence):
            if not reason and len(cells) != width:
                if len(cells) > width and not any(cells[width:]):
                    cells = cells[:width]
                else:
                    how = "too few" if len(cells) < width else "too many"
                    reason = f"{how} fields: {len(cells)} where the header has {width}"
            if reason:
                bad_rows.writerow([line, whole, reason])
            else:
                good_rows.writerow([line, *cells])
    raw = ident(name + "__raw")
    plain = FileEvidence(good)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {raw} AS SELECT CAST(_line AS BIGINT) AS _line, * EXCLUDE (_line) "
        f"FROM {_csv(good, plain, ['_line', *_names(evidence)], header=False)}"
    )
    con.execute(
        f"INSERT INTO {ident(name + '__ragged')} SELECT CAST(line AS BIGINT), raw, reason "
        f"FROM {_csv(bad, plain, ['line', 'raw', 'reason'], header=False)}"
    )
    _view(con, evidence, name, "_line", blank=True)
    return int(con.execute(f"SELECT count(*) FROM {raw}").fetchall()[0][0])


def _view(con: duckdb.DuckDBPyConnection, evidence: FileEvidence, name: str, line: str, blank: bool = False) -> None:
    cells = (f"nullif(c{i}, '')" if blank else f"c{i}" for i in range(len(evidence.header)))
    columns = [f"{cell} AS {ident(header)}" for cell, header in zip(cells, evidence.header, strict=True)]
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW {ident(name)} AS "
        f"SELECT {', '.join(columns)}, {line} AS _line FROM {ident(name + '__raw')}"
    )


def _names(evidence: FileEvidence) -> list[str]:
    return [f"c{i}" for i in range(len(evidence.header))]


def _csv(path: Path, evidence: FileEvidence, names: list[str], header: bool = True) -> str:
    columns = ", ".join(f"{text(name)}: 'VARCHAR'" for name in names)
    skip = f", skip={evidence.header_line - 1}" if header and evidence.header_line > 1 else ""
    return (
        f"read_csv({text(str(path))}, auto_detect=false, header={str(header).lower()}{skip}, columns={{{columns}}}, "
        f"delim={text(evidence.delimiter)}, new_line={_NEWLINES[evidence.newline]}, "
        f"quote='\"', escape='\"', nullstr='', allow_quoted_nulls=false, "
        "hive_partitioning=false, max_line_size=16777216)"
    )


def _as_utf8(evidence: FileEvidence, folder: Path) -> Path:
    """The file itself where DuckDB can read it as it is, else a UTF-8 copy of it."""
    path = evidence.path
    nul = any(issue.code == "nul" for issue in evidence.issues)
    utf8 = evidence.encoding in ("utf-8", "utf-8-sig")
    if utf8 and not nul and not set(str(path)) & set("*?[]{}"):
        return path
    copy = folder / "copy.csv"
    with _text(evidence) as source, copy.open("w", encoding="utf-8", newline="") as target:
        while part := source.read(_BLOCK):
            target.write(part.replace("\0", "") if nul else part)
    return copy


@contextmanager
def _text(evidence: FileEvidence) -> Iterator[io.TextIOWrapper]:
    with open_bytes(evidence.path) as file, io.TextIOWrapper(file, encoding=evidence.encoding, newline="") as lines:
        yield lines


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="saleswright-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _long_fields() -> Iterator[None]:
    before = csv.field_size_limit(1 << 30)
    try:
        yield
    finally:
        csv.field_size_limit(before)


class _OpenQuote(Exception):
    """A record runs on for too many lines."""


@dataclass(slots=True)
class _Lines:
    """Lines for the csv reader, remembering those of the record being read, so that they can be read again."""

    source: Iterator[str]
    taken: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    number: int = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= _LONGEST:
            raise _OpenQuote
        line = self.again.pop() if self.again else next(self.source).replace("\0", "")
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


def _records(evidence: FileEvidence) -> Iterator[tuple[int, list[str], str, str]]:
    """(line, cells, raw text, reason) of every record after the header; reason is set when it cannot be a row."""
    with _text(evidence) as source:
        lines = _Lines(iter(source))
        for _ in range(evidence.header_line):
            next(source)
        lines.number = evidence.header_line
        reader = csv.reader(lines, delimiter=evidence.delimiter)
        while True:
            try:
                cells = next(reader)
                # At the end of the file the csv module closes an open quote by itself and says nothing.
                if len(lines.taken) > 1 and "".join(lines.taken).count('"') % 2:
                    raise _OpenQuote
            except StopIteration:
                return
            except (_OpenQuote, csv.Error):
                if not lines.taken:
                    return
                first = lines.give_back()
                yield lines.number, [], first.rstrip("\r\n"), "a quote is opened and not closed"
                reader = csv.reader(lines, delimiter=evidence.delimiter)
                continue
            whole, start = lines.taken, lines.number - len(lines.taken) + 1
            lines.taken = []
            if any(cell.strip() for cell in cells) or len(cells) > 1:
                yield start, cells, "".join(whole).rstrip("\r\n"), ""
