"""Which record is meant where a file names it in words, and its own list has ids? The one that has exactly that name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import duckdb

from saleswright.data.mapping.facts import Cells
from saleswright.data.mapping.keys import long_id
from saleswright.data.mapping.model import Mapping, read_mapping
from saleswright.data.mapping.proposal import Facts, Guess, column_of, name_of
from saleswright.data.mapping.repairs import Repair
from saleswright.data.read.sql import ident
from saleswright.kernel.definition import Definition
from saleswright.lib.issue import Issue

Body = dict[str, Any]
Found = list[tuple[Guess, Body]]
MOST = 2_000
"""More names than that are not written into a mapping: it is to be read by a person."""


def name_references(con: duckdb.DuckDBPyConnection, found: Found, known: Facts) -> Found:
    """The proposals with lines that read a name as the id of the only record that has it, among the files."""
    lists: dict[str, dict[str, str]] = {}
    ids: dict[str, set[str]] = {}
    mappings = [(start, _mapping(body, known)) for start, body in found]
    meant = _meant([mapping for _, mapping in mappings if mapping], known)
    for start, mapping in mappings:
        if mapping is not None and mapping.layout == "rows" and mapping.entity in meant:
            names, keys = names_in(con, mapping, start.table, known)
            lists.setdefault(mapping.entity, {}).update(names)
            ids.setdefault(mapping.entity, set()).update(keys)
    done: Found = []
    for start, body in found:
        if body:
            start = _deals_by_name(start, body, lists)
            start = _resolved(con, start, body, known, lists, ids)
        done.append((start, body))
    return done


def _meant(mappings: list[Mapping], known: Facts) -> set[str]:
    """The entities that some file refers to, or tells the history of."""
    meant = {m.entity for m in mappings if m.layout != "rows"}
    for mapping in mappings:
        fields = known.entities[mapping.entity].by_name
        meant |= {fields[f].ref for _, rule in mapping.rules for f in rule.fields if f in fields and fields[f].ref}
    return meant


def names_in(
    con: duckdb.DuckDBPyConnection, mapping: Mapping, table: str, known: Facts
) -> tuple[dict[str, str], set[str]]:
    """(name in small letters -> key of the only record that has it, all keys) in a loaded list with ids of its own."""
    entity = known.entities[mapping.entity]
    key = mapping.column_of("id")
    rule = next(((c, r) for c, r in mapping.rules if "name" in r.fields and not r.says), None)
    if not key or rule is None or rule[0] == key or "name" not in entity.by_name:
        return {}, set()
    cells = _cells(con, mapping, table, known)
    own = next(r for c, r in mapping.rules if c == key and "id" in r.fields)
    k, n = cells.value(own, cells.cell(key)), cells.value(rule[1], cells.cell(rule[0]))
    full = long_id("k") if mapping.ids == "salesforce" else "k"
    rows = con.execute(
        f"SELECT lower(n), min({full}), count(DISTINCT {full}) FROM (SELECT {k} AS k, {n} AS n FROM {ident(table)}) "
        "WHERE k IS NOT NULL AND n IS NOT NULL GROUP BY 1"
    ).fetchall()
    keys = {str(v) for (v,) in con.execute(f"SELECT DISTINCT {k} FROM {ident(table)}").fetchall() if v is not None}
    return {str(name): str(one) for name, one, count in rows if count == 1 and str(name) not in keys}, keys


def by_name(
    con: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    table: str,
    known: Facts,
    lists: dict[str, dict[str, str]],
    ids: dict[str, set[str]],
) -> list[Repair]:
    """The lines that read names as keys in a loaded file; `lists` and `ids` are what `names_in` gives, by entity."""
    cells = _cells(con, mapping, table, known)
    repairs = []
    for column, rule in mapping.rules:
        if not cells.name(column) or (mapping.layout == "fields" and "id" not in rule.fields):
            continue
        for field in rule.fields:
            ref = (
                mapping.entity
                if field == "id" and mapping.layout != "rows"
                else cells.field(field).ref
                if field != "id"
                else ""
            )
            names = lists.get(ref, {})
            if not names or rule.joined or rule.first:
                continue
            v = cells.cell(column)
            rows = con.execute(f"SELECT {v} AS v, count(*) FROM {ident(table)} GROUP BY v ORDER BY v").fetchall()
            for value, count in rows:
                if value is not None and str(value) not in ids.get(ref, set()) and str(value).casefold() in names:
                    repairs.append(Repair(column, str(value), names[str(value).casefold()], int(count)))
    return repairs


def _resolved(
    con: duckdb.DuckDBPyConnection,
    start: Guess,
    body: Body,
    known: Facts,
    lists: dict[str, dict[str, str]],
    ids: dict[str, set[str]],
) -> Guess:
    mapping = _mapping(body, known)
    if mapping is None:
        return start
    repairs = by_name(con, mapping, start.table, known, lists, ids)
    where = name_of(start.evidence)
    issues = []
    for column in dict.fromkeys(r.column for r in repairs):
        mine = [r for r in repairs if r.column == column]
        if len(mine) > MOST:
            what = f"{column}: {len(mine):,} names are those of records with ids, too many to write down one by one"
            try_ = "export the id beside the name"
            issues.append(
                Issue(where, what, "so they stay records of their own", try_, level="warning", code="named_many")
            )
            repairs = [r for r in repairs if r.column != column]
            continue
        table = body.setdefault("repairs", {}).setdefault(column, {})
        for repair in mine:
            table[repair.value] = repair.target
        what = f"{column}: {len(mine):,} names are read as the ids of the records that have them"
        issues.append(Issue(where, what, level="note", code="named"))
    return replace(start, repairs=(*start.repairs, *repairs), issues=(*start.issues, *issues))


def _deals_by_name(start: Guess, body: Body, lists: dict[str, dict[str, str]]) -> Guess:
    """A history that names its deals in words, beside a list of deals with ids, is told by those ids."""
    if body["entity"] != "deal" or body["layout"] == "rows" or "name" not in (body.get("key") or ()):
        return start
    names, column = lists.get("deal", {}), column_of(body, "name")
    if not names or not column:
        return start
    body.pop("key")
    body["columns"][column] = "id"
    return start


def _mapping(body: Body, known: Facts) -> Mapping | None:
    return read_mapping(Definition("mapping", "draft", body), known.entities)[0] if body else None


def _cells(con: duckdb.DuckDBPyConnection, mapping: Mapping, table: str, known: Facts) -> Cells:
    headers = tuple(str(row[0]) for row in con.execute(f"DESCRIBE {ident(table)}").fetchall() if row[0] != "_line")
    return Cells(mapping, known.entities[mapping.entity], "UTC", known.currency, headers)
