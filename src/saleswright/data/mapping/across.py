"""What do the files of one import say about each other? Keys they agree on, histories, files that repeat another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import duckdb

from saleswright.data.mapping.finish import Records
from saleswright.data.mapping.proposal import Guess, column_of, name_of, sets, values_of
from saleswright.data.read.sql import clean, ident
from saleswright.lib.issue import Issue

Body = dict[str, Any]
Found = list[tuple[Guess, Body]]


def records_of(found: Found) -> Records:
    """Which entities have a history among the files, and whether the deals name their currency."""
    dated = frozenset(body["entity"] for _, body in found if body and body["layout"] != "rows")
    coded = any(body and body["entity"] == "deal" and sets(body, "currency") for _, body in found)
    deals = [(start, body) for start, body in found if body and body["entity"] == "deal"]
    untold = [start.table for start, body in deals if sets(body, "amount") and not sets(body, "currency")]
    alone = "" if any(body["layout"] == "rows" for _, body in deals) else next(iter(untold), "")
    return Records(dated, coded, alone)


def stages_written(con: duckdb.DuckDBPyConnection, found: Found) -> list[str]:
    """Every stage that a list of deals names in its own column."""
    values: list[str] = []
    for start, body in found:
        if body and body["entity"] == "deal" and body["layout"] != "fields":
            column = column_of(body, "stage")
            values += [v for v, _ in values_of(con, start.table, column)] if column in start.evidence.header else []
    return values


def agree_on_keys(found: Found) -> Found:
    """Files of deals without an id tell them apart by what all of them have, so that a deal is one in each."""
    keyed = [body for _, body in found if body and body["entity"] == "deal" and body.get("key")]
    if len(keyed) > 1:
        shared = [f for f in keyed[0]["key"] if all(f in body["key"] for body in keyed)]
        for body in keyed:
            body["key"] = shared or body["key"]
    return found


def left_out(con: duckdb.DuckDBPyConnection, found: Found) -> Found:
    """Of two lists of the same people under different ids, the one the other points to stays out."""
    people = [(start, body) for start, body in found if _people(body)]
    done: Found = []
    for start, body in found:
        others = [one for one in people if one[1] is not body] if _people(body) else []
        again = next((one for one in others if _points(con, one, (start, body))), None)
        if again:
            what = f"left out: {name_of(again[0].evidence)} names the same people under the ids the deals use"
            issue = Issue(name_of(start.evidence), what, "so nobody is there twice", level="note", code="same_people")
            start, body = replace(start, issues=(*start.issues, issue)), {}
        done.append((start, body))
    return done


def _people(body: Body) -> bool:
    return bool(body) and body["entity"] == "person" and body["layout"] == "rows"


def _points(con: duckdb.DuckDBPyConnection, one: tuple[Guess, Body], other: tuple[Guess, Body]) -> bool:
    """Does a column of one list, that is not its id, hold the ids of the other?"""
    target = column_of(other[1], "id")
    own = column_of(one[1], "id")
    if not target or not own or target not in other[0].evidence.header:
        return False
    ids = f"SELECT {clean(ident(target))} FROM {ident(other[0].table)}"
    columns: Sequence[str] = [
        h for h in one[0].evidence.header if h != own and "user" in h.casefold() and h.casefold().endswith("id")
    ]
    for header in columns:
        v = clean(ident(header))
        both = f"SELECT count(DISTINCT {v}) FILTER (WHERE {v} IN ({ids})) FROM {ident(one[0].table)}"
        if int(con.execute(both).fetchall()[0][0]) > 0:
            return True
    return False
