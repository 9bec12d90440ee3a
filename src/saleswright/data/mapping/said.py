"""By what evidence was a column read as it is? One sentence out of the whole file, for the person who checks it."""

from __future__ import annotations

import duckdb

from saleswright.data.mapping.keys import SALESFORCE_ID
from saleswright.data.read.sql import clean, ident, text
from saleswright.data.read.values import ColumnEvidence
from saleswright.history.schema import Entity

_SHOWN = 3


def said(
    con: duckdb.DuckDBPyConnection,
    table: str,
    entity: Entity,
    fields: tuple[str, ...],
    header: str,
    seen: ColumnEvidence,
) -> str:
    """The sentence for a column that sets these fields."""
    if seen.kind == "empty" or not seen.filled:
        return "no values"
    if "id" in fields:
        return _ids(con, table, header, seen)
    if seen.kind in ("date", "moment", "number", "bool", "currency"):
        if seen.kind == "currency" or "currency" in fields:
            return _few(con, table, header, seen)
        return seen.evidence + _empty(seen)
    if fields[-1] in entity.by_name and entity[fields[-1]].ref:
        distinct = _distinct(con, table, header)
        return (
            f"{distinct:,} different name{'s' if distinct != 1 else ''} or id{'s' if distinct != 1 else ''}"
            + _empty(seen)
        )
    if fields[-1] in entity.by_name and entity[fields[-1]].dimension:
        return _few(con, table, header, seen)
    return seen.evidence + _empty(seen)


def _ids(con: duckdb.DuckDBPyConnection, table: str, header: str, seen: ColumnEvidence) -> str:
    value = clean(ident(header))
    fit = f"count(*) FILTER (WHERE regexp_full_match({value}, {text(SALESFORCE_ID)}))"
    rows, filled, salesforce, distinct = con.execute(
        f"SELECT count(*), count({value}), {fit}, count(DISTINCT {value}) FROM {ident(table)}"
    ).fetchall()[0]
    repeats = "no repeats" if distinct == filled else f"{filled - distinct:,} repeat another"
    if salesforce > rows * 0.5:
        return f"{salesforce:,} of {rows:,} values are 15 or 18 character Salesforce ids, {repeats}"
    return f"{filled:,} of {rows:,} rows have one, {repeats}"


def _few(con: duckdb.DuckDBPyConnection, table: str, header: str, seen: ColumnEvidence) -> str:
    value = clean(ident(header))
    counted = f"SELECT {value} AS v, count(*) AS n FROM {ident(table)} GROUP BY v"
    query = f"SELECT v, count(*) OVER () FROM ({counted}) WHERE v IS NOT NULL ORDER BY n DESC, v LIMIT {_SHOWN}"
    found = con.execute(query).fetchall()
    if not found:
        return "no values"
    total, names = int(found[0][1]), [str(v) for v, _ in found]
    if total == 1:
        return f"one value in the whole column: {names[0]}" + _empty(seen)
    more = f" and {total - len(names):,} more" if total > len(names) else ""
    return f"{total:,} values: {', '.join(names)}{more}" + _empty(seen)


def _distinct(con: duckdb.DuckDBPyConnection, table: str, header: str) -> int:
    return int(con.execute(f"SELECT count(DISTINCT {clean(ident(header))}) FROM {ident(table)}").fetchall()[0][0])


def _empty(seen: ColumnEvidence) -> str:
    return f"; {seen.empty:,} rows are empty" if seen.empty else ""
