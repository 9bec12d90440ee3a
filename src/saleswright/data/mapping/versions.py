"""Does a table keep every version of a record, one row for each? Then its rows are a history."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import duckdb

from saleswright.data.mapping.columns import column_bodies
from saleswright.data.mapping.headers import find, match, synonyms
from saleswright.data.mapping.proposal import Facts, Guess, first_lines, name_of
from saleswright.data.mapping.recognise import flags, likely, ranked
from saleswright.data.read.sql import clean, ident


def versions(
    con: duckdb.DuckDBPyConnection, start: Guess, known: Facts, unmarked: bool = False
) -> tuple[Guess, dict[str, Any]] | None:
    """The proposal for a table of versions: told by a column that says since when a row held, or from which day a copy
    is, and by ids that repeat from row to row. `unmarked`: told by a column of last changes as well."""
    table, headers, seen = synonyms()["versions"], start.evidence.header, start.seen.by_name
    dated = [h for h in headers if seen[h].kind in ("moment", "date")]
    at, marked = find(dated, table["at"]), find(dated, table["marks"])
    if not at or (not marked and not unmarked):
        return None
    for one in likely(ranked(start, known)):
        key = next((h for h, k in one.matched.items() if k.field == "id"), "")
        if not key or (one.entity.by_name.keys() & {k.field for k in one.matched.values() if k.field != "id"} == set()):
            continue
        rows, ids, pairs = _counts(con, start.table, key, marked or at)
        if not ids or pairs < rows * 0.99 or (not marked and rows < ids * 1.05) or (rows == ids and not _ended(start)):
            continue
        return _proposal(con, start, known, one.entity.name, key, marked or at, rows, ids)
    return None


def _ended(start: Guess) -> bool:
    """Are there both a since and an until? Then one row for each id is a history of one version."""
    return bool(find(start.evidence.header, ["fivetran end", "dbt valid to"]))


def _counts(con: duckdb.DuckDBPyConnection, table: str, key: str, at: str) -> tuple[int, int, int]:
    k, a = clean(ident(key)), clean(ident(at))
    query = (
        f"SELECT count({k}), count(DISTINCT {k}), count(DISTINCT ({k}, {a})) FROM {ident(table)} WHERE {k} IS NOT NULL"
    )
    rows, ids, pairs = con.execute(query).fetchall()[0]
    return int(rows), int(ids), int(pairs)


def _proposal(
    con: duckdb.DuckDBPyConnection, start: Guess, known: Facts, name: str, key: str, at: str, rows: int, ids: int
) -> tuple[Guess, dict[str, Any]]:
    entity = known.entities[name]
    chosen = dict.fromkeys((*flags(start), at), "") | dict(known.choices.get(name_of(start.evidence), {}))
    matched = match(entity, start.evidence.header, chosen)
    columns, issues, guesses = column_bodies(
        con, start.table, start.seen, entity, matched, {}, known.currency, start.evidence, {at}
    )
    said = f"{rows:,} versions of {ids:,} {name}s, each since {at}: a history"
    start = replace(start, score=5.0, said=said, columns=guesses, issues=(*start.issues, *issues))
    return start, {**first_lines(start, name, "events", known), "at": at, "columns": columns}
