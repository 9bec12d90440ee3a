"""Is a file the history of records: events in the life of a deal, or changes of single fields?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import duckdb

from saleswright.data.mapping.columns import column_bodies
from saleswright.data.mapping.headers import Known, find, match, synonyms
from saleswright.data.mapping.proposal import Facts, Guess, column_of, first_lines, unique, values_of
from saleswright.data.mapping.stages import propose_stages
from saleswright.data.read.sql import clean, ident
from saleswright.lib.issue import Issue


def history(con: duckdb.DuckDBPyConnection, start: Guess, known: Facts) -> tuple[Guess, dict[str, Any]] | None:
    """Is this the history of an entity: events with a stage, or changes of single fields?"""
    table, headers, seen = synonyms()["history"], start.evidence.header, start.seen.by_name
    dated = [h for h in headers if seen[h].kind in ("moment", "date")]
    at = find(dated, table["at"])
    for entity_name, names in table["of"].items():
        key = find(headers, names)
        if not key or not at or seen[key].empty > seen[key].rows * 0.01:
            continue
        which, value = find(headers, table["field"]), find(headers, table["value"])
        if which and value:
            return _changes(con, start, known, entity_name, key, at, which, value)
        if unique(con, start, key):
            continue
        activity = find([h for h in headers if seen[h].kind == "text"], table["activity"])
        if activity and entity_name == "deal" and seen[at].kind == "moment":
            return _events(con, start, known, key, at, activity)
    return None


def _events(
    con: duckdb.DuckDBPyConnection, start: Guess, known: Facts, key: str, at: str, activity: str
) -> tuple[Guess, dict[str, Any]]:
    entity = known.entities["deal"]
    matched = {h: k for h, k in match(entity, start.evidence.header).items() if h not in (key, at, activity)}
    matched = {h: k for h, k in matched.items() if k.field not in ("id", "name", "stage", "created")}
    matched |= {key: Known("id", 0, True), activity: Known("stage", 0, True)}
    is_log = find([activity], ["stage name", "stage", "to stage", "new stage"]) == ""
    if is_log:
        matched[at] = Known("last_activity", 0, True)
    columns, issues, guesses = column_bodies(start.seen, entity, matched, {}, known.currency, start.evidence, {at})
    stages = values_of(con, start.table, activity)
    declared = [v for v, _ in stages if v.casefold() in known.stages.stages]
    if is_log:
        columns[activity] = {"field": "stage", "only": declared} if declared else "stage"
    groups = sorted({v.split("_")[0] for v, _ in stages if "_" in v})
    if is_log and not declared and len(groups) > 1:
        issues.append(
            Issue(
                start.evidence.path.name,
                f"{activity}: its values are of several kinds: {', '.join(f'{g}_*' for g in groups)}",
                "each of them is taken for a stage of the deal",
                f'if only one kind is, write {{field: stage, only: ["{groups[0]}_*"]}}, or declare the stages',
                level="warning",
                code="several_kinds",
            )
        )
    body = {**first_lines(start, "deal", "events", known), "at": at, "columns": columns}
    rows = start.evidence.rows
    said = f"{rows:,} rows, several for each {key}, dated by {at}: the history of deals"
    return replace(start, score=5.0, said=said, columns=guesses, issues=(*start.issues, *issues)), body


def _changes(
    con: duckdb.DuckDBPyConnection,
    start: Guess,
    known: Facts,
    entity_name: str,
    key: str,
    at: str,
    which: str,
    value: str,
) -> tuple[Guess, dict[str, Any]]:
    entity = known.entities[entity_name]
    fields = [v for v, _ in values_of(con, start.table, which)]
    names = {h: k.field for h, k in match(entity, fields).items() if k.field != "id"}
    old = find(start.evidence.header, synonyms()["history"]["old"])
    used = (key, at, which, value, old)
    columns: dict[str, Any] = {key: "id"} | {h: None for h in start.evidence.header if h not in used}
    body = {
        **first_lines(start, entity_name, "fields", known),
        "at": at,
        "field": which,
        "value": value,
        **({"old": old} if old else {}),
        "names": names,
        "columns": columns,
    }
    left = [f for f in fields if f not in names]
    issues = []
    if left:
        what = f"{which}: not known and kept only in raw: {', '.join(left[:12])}"
        issues.append(
            Issue(start.evidence.path.name, what, try_="add them under names:", level="note", code="unknown_names")
        )
    said = f"each row is one changed field of a {entity_name}: {which}, {value}, dated by {at}"
    return replace(start, score=5.0, said=said, issues=(*start.issues, *issues)), body


def closing(con: duckdb.DuckDBPyConnection, start: Guess, body: dict[str, Any], known: Facts) -> list[Issue]:
    """Which date the close date is, told by where it is empty."""
    stage, close = column_of(body, "stage"), column_of(body, "close")
    if not stage or not close:
        return []
    filled = con.execute(
        f"SELECT {clean(ident(stage))} AS s, count(*), count({clean(ident(close))}) FROM {ident(start.table)} "
        "GROUP BY s HAVING s IS NOT NULL"
    ).fetchall()
    stages = known.stages.stages or {
        k.casefold(): (v if isinstance(v, str) else v["standing"], True)
        for k, v in propose_stages([(str(s), int(n)) for s, n, _ in filled])[0]["stages"].items()
    }
    n = {True: [0, 0], False: [0, 0]}
    for s, rows, dates in filled:
        is_open = stages.get(str(s).casefold(), ("open", True))[0] == "open"
        n[is_open][0] += rows
        n[is_open][1] += dates
    (open_rows, open_dates), (over_rows, over_dates) = n[True], n[False]
    if open_rows and not open_dates and over_dates:
        what = (
            f"{close} is empty on all {open_rows:,} open deals and set on {over_dates:,} of {over_rows:,} closed ones"
        )
        why = "it is the day of the decision; open deals have no expected close"
    elif open_rows:
        what = (
            f"{close} is set on {open_dates:,} of {open_rows:,} open and {over_dates:,} of {over_rows:,} closed deals"
        )
        why = "on open deals it is the expected close, on closed ones the day of the decision"
    else:
        return []
    return [Issue(start.evidence.path.name, what, why, level="note", code="close_meaning")]
