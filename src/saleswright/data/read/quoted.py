"""Text files as DuckDB reads them: every value is text, and the buffers are small."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

from saleswright.data.read.apart import FILES
from saleswright.data.read.sql import ident, text


def take(con: duckdb.DuckDBPyConnection, folder: Path, names: Iterable[str], raw: str, ragged: str) -> int:
    """Load what was set apart: table `raw` with `_line` and the named columns, and rows into the table `ragged`."""
    good, bad = (folder / name for name in FILES)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {ident(raw)} AS SELECT CAST(_line AS BIGINT) AS _line, * EXCLUDE (_line) "
        f"FROM {read_csv(good, ['_line', *names])}"
    )
    con.execute(
        f"INSERT INTO {ident(ragged)} SELECT CAST(line AS BIGINT), raw, reason "
        f"FROM {read_csv(bad, ['line', 'raw', 'reason'])}"
    )
    return int(con.execute(f"SELECT count(*) FROM {ident(raw)}").fetchall()[0][0])


def read_csv(path: Path, names: Iterable[str], delimiter: str = ",", newline: str = r"'\n'", options: str = "") -> str:
    """A text file as something to select from; every value is text, an empty one NULL unless it is quoted."""
    columns = ", ".join(f"{text(name)}: 'VARCHAR'" for name in names)
    # Without a size of its own the buffer is sixteen lines of the longest kind, which no limit of memory bears.
    return (
        f"read_csv({text(str(path))}, auto_detect=false, columns={{{columns}}}, delim={text(delimiter)}, "
        f"new_line={newline}, quote='\"', escape='\"', nullstr='', allow_quoted_nulls=false, "
        f"hive_partitioning=false, max_line_size=16777216, buffer_size=33554432{options or ', header=false'})"
    )
