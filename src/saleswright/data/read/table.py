"""The rows of a file as a table of text, each with the physical line it starts on. No row is lost."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from saleswright.data.read import parquet
from saleswright.data.read.apart import Apart
from saleswright.data.read.encoding import gzipped
from saleswright.data.read.evidence import FileEvidence
from saleswright.data.read.quoted import read_csv, take
from saleswright.data.read.records import long_fields, opened, records
from saleswright.data.read.sql import ident
from saleswright.lib.issue import Issue, Stop

_BLOCK = 1 << 22
# Where values hold another line break than the lines do; what DuckDB then gives is held against the count of lines.
_NEWLINES = {"\n": r"'\n'", "\r\n": r"'\r\n'", "\r": r"'\r'"}


def load(con: duckdb.DuckDBPyConnection, evidence: FileEvidence, name: str) -> int:
    """How many rows are in the table? Makes temp view `name`: each header a VARCHAR column, and `_line` BIGINT.

    Empty cells are NULL, quoted ones keep their text; `_line` is the physical line a record starts on, also where
    values hold line breaks, in a workbook the number of its row, in Parquet that of the record. Rows with another
    number of fields are not in the view but in `ragged(con, name)`; they are not counted here. Raises Stop for a file
    that is not readable, OSError when it is gone.
    """
    if not evidence.readable:
        raise Stop(*evidence.issues)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {ident(name + '__ragged')} (line BIGINT, raw VARCHAR, reason VARCHAR)")
    if evidence.kind == "parquet":
        return _read_parquet(con, evidence, name)
    if evidence.apart is not None:
        return _take(con, evidence, name, evidence.apart)
    with _folder() as folder:
        path = _as_utf8(evidence, folder)
        if not evidence.ragged and evidence.newline in _NEWLINES:
            try:
                rows = _read(con, path, evidence, name)
            except duckdb.Error:
                rows = -1
            if rows >= 0:
                return rows
        with Apart(folder) as apart, long_fields():
            for line, cells, raw, reason in records(evidence, evidence.header_line):
                if reason:
                    apart.bad(line, raw, reason)
                elif cells:
                    apart.row(line, cells, len(evidence.header), raw)
        return _take(con, evidence, name, folder)


def ragged(con: duckdb.DuckDBPyConnection, name: str) -> list[tuple[int, str, str]]:
    """Which records could not be read as rows? (line, raw text, reason), by line."""
    return con.execute(f"SELECT line, raw, reason FROM {ident(name + '__ragged')} ORDER BY line").fetchall()


def _read(con: duckdb.DuckDBPyConnection, path: Path, evidence: FileEvidence, name: str) -> int:
    """Rows read by DuckDB in parallel, or -1 when their lines cannot be told from what it gives."""
    raw = ident(name + "__raw")
    skip = f", skip={evidence.header_line - 1}" if evidence.header_line > 1 else ""
    packed = ", compression='gzip'" if path == evidence.path and gzipped(path) else ", compression='none'"
    source = read_csv(
        path, _names(evidence), evidence.delimiter, _NEWLINES[evidence.newline], f", header=true{skip}{packed}"
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE {raw} AS SELECT * FROM {source}")
    first = evidence.header_line + 1
    rows = int(con.execute(f"SELECT count(*) FROM {raw}").fetchall()[0][0])
    # What a spreadsheet saves below its table: delimiters and nothing between them.
    blank = f"coalesce({', '.join(_names(evidence))}) IS NULL"
    nothing = int(con.execute(f"SELECT count(*) FROM {raw} WHERE {blank}").fetchall()[0][0])
    only = f" WHERE NOT ({blank})" if nothing else ""
    if rows == evidence.lines - evidence.header_line:
        _view(con, evidence, name, f"rowid + {first}", only=only)
        return rows - nothing
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
        f"CREATE OR REPLACE TEMP TABLE {lined} AS SELECT *, "
        f"{first} + sum(_size) OVER (ROWS UNBOUNDED PRECEDING) - _size AS _line "
        f"FROM (SELECT *, 1 + {more} AS _size FROM {raw})"
    )
    end = int(con.execute(f"SELECT max(_line + _size) FROM {lined}").fetchall()[0][0])
    if end != evidence.lines + 1:
        con.execute(f"DROP TABLE {lined}")
        return -1
    con.execute(f"DROP TABLE {raw}")
    con.execute(f"ALTER TABLE {lined} RENAME TO {raw}")
    _view(con, evidence, name, "CAST(_line AS BIGINT)", only=only)
    return rows - nothing


def _broken(con: duckdb.DuckDBPyConnection, raw: str, width: int) -> list[str]:
    """The columns that hold line breaks."""
    tests = ", ".join(f"bool_or(contains(c{i}, chr(10)) OR contains(c{i}, chr(13)))" for i in range(width))
    found = con.execute(f"SELECT {tests} FROM {raw}").fetchall()[0]
    return [f"c{i}" for i, has in enumerate(found) if has]


def _take(con: duckdb.DuckDBPyConnection, evidence: FileEvidence, name: str, folder: Path) -> int:
    """Rows that were told apart record by record: slower, for workbooks, reports, and files with bad records."""
    rows = take(con, folder, _names(evidence), name + "__raw", name + "__ragged")
    _view(con, evidence, name, "_line", blank=True)
    return rows


def _read_parquet(con: duckdb.DuckDBPyConnection, evidence: FileEvidence, name: str) -> int:
    columns = [f"{cell} AS c{i}" for i, cell in enumerate(parquet.cells(evidence.path, con))]
    raw = ident(name + "__raw")
    try:
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {raw} AS SELECT {', '.join(columns)} FROM {parquet.source(evidence.path)}"
        )
    except duckdb.Error as error:
        said = str(error).split("\n")[0].replace(str(evidence.path), evidence.name)
        issue = Issue(evidence.name, f"this Parquet file cannot be read: {said}", "so it is left out", "write it again")
        raise Stop(issue) from None
    _view(con, evidence, name, "rowid + 1", blank=True)
    return int(con.execute(f"SELECT count(*) FROM {raw}").fetchall()[0][0])


def _view(
    con: duckdb.DuckDBPyConnection, evidence: FileEvidence, name: str, line: str, blank: bool = False, only: str = ""
) -> None:
    cells = (f"nullif(c{i}, '')" if blank else f"c{i}" for i in range(len(evidence.header)))
    columns = [f"{cell} AS {ident(header)}" for cell, header in zip(cells, evidence.header, strict=True)]
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW {ident(name)} AS "
        f"SELECT {', '.join(columns)}, {line} AS _line FROM {ident(name + '__raw')}{only}"
    )


def _names(evidence: FileEvidence) -> list[str]:
    return [f"c{i}" for i in range(len(evidence.header))]


def _as_utf8(evidence: FileEvidence, folder: Path) -> Path:
    """The file itself where DuckDB can read it as it is, else a UTF-8 copy of it."""
    path = evidence.path
    nul = any(issue.code == "nul" for issue in evidence.issues)
    utf8 = evidence.encoding in ("utf-8", "utf-8-sig")
    if utf8 and not nul and not set(str(path)) & set("*?[]{}"):
        return path
    copy = folder / "copy.csv"
    with opened(evidence) as source, copy.open("w", encoding="utf-8", newline="", errors="replace") as target:
        while part := source.read(_BLOCK):
            target.write(part.replace("\0", "") if nul else part)
    return copy


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="saleswright-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
