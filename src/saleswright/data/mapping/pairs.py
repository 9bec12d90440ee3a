"""Is a file two columns somebody pasted: who reports to whom?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import duckdb

from saleswright.data.mapping.columns import ColumnGuess
from saleswright.data.mapping.headers import find, synonyms
from saleswright.data.mapping.proposal import Facts, Guess, first_lines, values_of
from saleswright.data.read.sql import clean, ident


def pairs(con: duckdb.DuckDBPyConnection, start: Guess, known: Facts) -> tuple[Guess, dict[str, Any]] | None:
    """The proposal for a list of people and their managers; None when the file is no such list."""
    headers, seen = start.evidence.header, start.seen.by_name
    texts = [h for h in headers if seen[h].kind == "text"]
    words = synonyms()["grids"]
    rep = find(texts, words["people"])
    manager = find([h for h in texts if h != rep], words["manager"])
    heading = bool(rep and manager)
    if not heading and len(headers) == len(texts) == 2:
        rep, manager = _without_heading(con, start)
    if len(headers) > 3 or not rep or not manager:
        return None
    other = next((h for h in headers if h not in (rep, manager)), "")
    if other and not find([other], [*words["teams"], "email", "role", "title"]):
        return None
    value = clean(ident(rep))
    rows, people = con.execute(f"SELECT count({value}), count(DISTINCT {value}) FROM {ident(start.table)}").fetchall()[
        0
    ]
    if not people or people < rows:
        return None
    columns: dict[str, Any] = {rep: {"fields": ["id", "name"]}, manager: "manager"}
    guesses = [
        ColumnGuess(rep, ("id", "name"), f"{people:,} people, each once", seen[rep]),
        ColumnGuess(manager, ("manager",), f"{_known(con, start.table, rep, manager)}", seen[manager]),
    ]
    if other:
        field = "team" if find([other], words["teams"]) else "email" if find([other], ["email"]) else "role"
        columns[other] = field
        guesses.append(ColumnGuess(other, (field,), seen[other].evidence, seen[other]))
    body = {**first_lines(start, "person", "rows", known), "columns": columns}
    said = f"{people:,} people and who leads them"
    if not heading:
        body["heading"] = False
        said += f"; the first line, {rep} and {manager}, is one of them and no heading"
    return replace(start, score=5.0, said=said, columns=tuple(guesses)), body


def _known(con: duckdb.DuckDBPyConnection, table: str, rep: str, manager: str) -> str:
    """How many of the managers are in the list themselves."""
    r, m = clean(ident(rep)), clean(ident(manager))
    query = f"SELECT count(DISTINCT m), count(DISTINCT m) FILTER (WHERE m IN (SELECT {r} FROM {ident(table)}))"
    leaders, listed = con.execute(f"{query} FROM (SELECT {m} AS m FROM {ident(table)})").fetchall()[0]
    return f"{leaders:,} managers, {listed:,} of them in the list themselves"


def _without_heading(con: duckdb.DuckDBPyConnection, start: Guess) -> tuple[str, str]:
    """The columns of reps and of managers where the first line is a pair as well: its leader leads others below, too."""
    one, other = start.evidence.header
    values = {h: [v for v, _ in values_of(con, start.table, h)] for h in (one, other)}
    for rep, manager in ((one, other), (other, one)):
        once = start.seen.by_name[rep].distinct == start.seen.by_name[rep].filled and rep not in values[rep]
        known = manager in values[manager] or manager in values[rep]
        if once and known and all(any(c.isalpha() for c in v) for v in values[rep][:50]):
            return rep, manager
    return "", ""
