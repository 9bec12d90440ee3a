"""Is a file the history of records: events in the life of a deal, or changes of single fields?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import duckdb

from saleswright.data.mapping.columns import ColumnGuess, column_bodies
from saleswright.data.mapping.headers import Known, find, match, plain, synonyms
from saleswright.data.mapping.proposal import Facts, Guess, first_lines, name_of, unique, values_of
from saleswright.data.mapping.rule import exact
from saleswright.data.read.sql import clean, ident, text
from saleswright.data.read.values import ColumnEvidence, read_columns
from saleswright.history.schema import Entity
from saleswright.lib.issue import Issue


def history(con: duckdb.DuckDBPyConnection, start: Guess, known: Facts) -> tuple[Guess, dict[str, Any]] | None:
    """Is this the history of an entity: events with a stage, or changes of single fields?"""
    table, headers, seen = synonyms()["history"], start.evidence.header, start.seen.by_name
    dated = [h for h in headers if seen[h].kind in ("moment", "date") or _epoch(seen[h])]
    if not find(dated, table["at"]):
        return None
    at = find(dated, table["at"])
    which, value = find([h for h in headers if h != at], table["field"]), find(headers, table["value"])
    if which and value and which != value and _names_fields(con, start, known, which):
        entity, key = _of(con, start, known, which)
        if entity and key:
            return _changes(con, start, known, entity, key, at, which, value)
    for entity_name, names in table["of"].items():
        key = find(headers, names)
        if not key or seen[key].empty > seen[key].rows * 0.01:
            continue
        entered = find(dated, ["date entered", "entered at"])
        if entity_name == "deal" and entered and value and not find(headers, ["name", "property", "field"]):
            return _events(con, start, known, {"id": key}, entered, value)
        if unique(con, start, key):
            continue
        activity = find([h for h in headers if seen[h].kind == "text"], table["activity"])
        moving = next((h for h in headers if _moves(h)), activity)
        if activity and entity_name == "deal":
            at = _changing(con, start, key, dated)
            if seen[at].kind == "moment" or _moves(moving):
                return _events(con, start, known, {"id": key}, at, moving)
    return _report(con, start, known, dated)


def _report(
    con: duckdb.DuckDBPyConnection, start: Guess, known: Facts, dated: list[str]
) -> tuple[Guess, dict[str, Any]] | None:
    """A report of stage changes that names its deals in words: one row for each step from a stage to another."""
    table, headers = synonyms()["history"], start.evidence.header
    name = find(headers, table["named"])
    to = next((h for h in headers if _moves(h)), "")
    at = find(dated, [n for n in table["at"] if n not in ("created date",)])
    if not name or not to or not at:
        return None
    matched = match(known.entities["deal"], headers)
    by_field = {k.field: h for h, k in matched.items()}
    key = {"name": name} | {f: by_field[f] for f in ("account", "created") if f in by_field and by_field[f] != at}
    return _events(con, start, known, key, at, to)


def _changing(con: duckdb.DuckDBPyConnection, start: Guess, key: str, dated: list[str]) -> str:
    """Of the columns that may date a happening the first that differs between the rows of one record: the day a deal
    was created stands in each of them."""
    names = synonyms()["history"]["at"]
    found = list(dict.fromkeys(h for name in names if (h := find(dated, [name]))))
    k = clean(ident(key))
    counts = ", ".join(f"count(DISTINCT ({k}, {clean(ident(h))}))" for h in found)
    pairs = con.execute(f"SELECT {counts} FROM {ident(start.table)}").fetchall()[0]
    return next(h for h, n in zip(found, pairs, strict=True) if n >= max(pairs) * 0.5)


def _moves(header: str) -> bool:
    """Does the name of a column say that a deal moved there?"""
    return bool(
        find([header], ["to stage", "new stage", "zu phase", "nach phase", "naar fase", "vers etape", "a etapa"])
    )


def _epoch(seen: ColumnEvidence) -> bool:
    digits = {len(v) for v in seen.samples if v.isdigit()}
    return seen.kind == "number" and digits <= {10, 13} and bool(digits)


def _names_fields(con: duckdb.DuckDBPyConnection, start: Guess, known: Facts, which: str) -> bool:
    """Are the values of a column names of fields? A column called `name` proves nothing by itself."""
    seen = start.seen.by_name[which]
    if seen.kind not in ("text", "empty"):
        return False
    if plain(which) != "name":
        return True
    return seen.distinct <= max(400, seen.filled * 0.5) and bool(find(start.evidence.header, ["value", "new value"]))


def _of(con: duckdb.DuckDBPyConnection, start: Guess, known: Facts, which: str) -> tuple[str, str]:
    """(whose history it is, the column with the id): told by that column's name, else by the fields named."""
    table, headers, seen = synonyms()["history"], start.evidence.header, start.seen.by_name
    for entity, names in table["of"].items():
        key = find(headers, names)
        if key and seen[key].empty <= seen[key].rows * 0.01:
            return entity, key
    key = find(headers, table["any"])
    if not key or seen[key].empty > seen[key].rows * 0.01 or unique(con, start, key):
        key = find(headers, table["named"])
    if not key:
        return "", ""
    fields = [v for v, _ in values_of(con, start.table, which)]
    best = max(table["of"], key=lambda e: len([k for k in match(known.entities[e], fields).values() if k.own]))
    return best, key


def _events(
    con: duckdb.DuckDBPyConnection, start: Guess, known: Facts, key: dict[str, str], at: str, activity: str
) -> tuple[Guess, dict[str, Any]]:
    entity = known.entities["deal"]
    taken = (*key.values(), at, activity)
    matched = {h: k for h, k in match(entity, start.evidence.header).items() if h not in taken}
    matched = {h: k for h, k in matched.items() if k.field not in ("id", "stage") and (k.own or k.field != "name")}
    if activity and not _moves(activity):
        matched = {h: k for h, k in matched.items() if k.field != "created"}
    matched |= {header: Known(field, 0, True) for field, header in key.items()}
    matched[activity] = Known("stage", 0, True)
    names = [*synonyms()["entities"]["deal"]["fields"]["stage"], "date entered"]
    if find([at], ["date entered", "entered at"]):
        # Beside the day of entering a stage, a source says who changed it, not where the deal came from.
        matched = {h: k for h, k in matched.items() if k.field not in ("source", "amount")}
    is_log = not _moves(activity) and not find([activity], names) and not find([at], ["date entered", "entered at"])
    if is_log or _epoch(start.seen.by_name[at]) or start.seen.by_name[at].format != start.seen.dates:
        matched[at] = Known("last_activity", 0, True)
    columns, issues, guesses = column_bodies(
        con, start.table, start.seen, entity, matched, {}, known.currency, start.evidence, {at}
    )
    stages = values_of(con, start.table, activity)
    declared = [v for v, _ in stages if v.casefold() in known.stages.stages]
    if is_log:
        columns[activity] = {"field": "stage", "only": exact(declared)} if declared else "stage"
    groups = sorted({v.split("_")[0] for v, _ in stages if "_" in v})
    if is_log and not declared and len(groups) > 1:
        issues.append(
            Issue(
                name_of(start.evidence),
                f"{activity}: its values are of several kinds: {', '.join(f'{g}_*' for g in groups)}",
                "each of them is taken for a stage of the deal",
                f'if only one kind is, write {{field: stage, only: ["{groups[0]}_*"]}}, or declare the stages',
                level="warning",
                code="several_kinds",
            )
        )
    body = {**first_lines(start, "deal", "events", known), "at": at, "columns": columns}
    if "id" not in key:
        body["key"] = list(key)
    by = " and ".join(key.values())
    said = f"{start.evidence.rows:,} rows, several for each {by}, dated by {at}: the history of deals"
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
    # A name that never comes with a value ("created") changes nothing.
    there = f"SELECT DISTINCT {clean(ident(which))} FROM {ident(start.table)} WHERE {clean(ident(value))} IS NOT NULL"
    filled = {str(v) for (v,) in con.execute(there).fetchall() if v is not None}
    fields = [v for v, _ in values_of(con, start.table, which)]
    names: dict[str, Any] = {h: k.field for h, k in match(entity, [f for f in fields if f in filled]).items()}
    names = {theirs: ours for theirs, ours in names.items() if ours != "id"}
    for theirs, ours in names.items():
        form = _form(con, start, entity, which, value, theirs, ours)
        if form:
            names[theirs] = {"field": ours, **form}
    old = find(start.evidence.header, synonyms()["history"]["old"])
    used = (key, at, which, value, old)
    columns: dict[str, Any] = {key: "id" if key not in _named(start) else "name"}
    columns |= {h: None for h in start.evidence.header if h not in used}
    if _epoch(start.seen.by_name[at]):
        columns[at] = {"field": "last_activity" if entity_name == "deal" else "created"} | _clock(
            start.seen.by_name[at]
        )
    body = {
        **first_lines(start, entity_name, "fields", known),
        "at": at,
        "field": which,
        "value": value,
        **({"old": old} if old else {}),
        "names": names,
        "columns": columns,
        **({"key": ["name"]} if key in _named(start) else {}),
    }
    left = [f for f in fields if f not in names]
    issues = []
    if left:
        what = f"{which}: not known and kept only in raw: {', '.join(left[:12])}"
        issues.append(
            Issue(name_of(start.evidence), what, try_="add them under names:", level="note", code="unknown_names")
        )
    if not names:
        issues.append(
            Issue(
                name_of(start.evidence),
                f"not recognised: each row is one changed field of a {entity_name}, but no name in {which} is known",
                "so it is left out; the other files go on",
                "export it with the fields' own names (Stage, Amount, Close Date), or write a mapping with names:",
                level="warning",
                code="not_recognised",
            )
        )
        return replace(start, issues=(*start.issues, *issues)), {}
    said = f"each row is one changed field of a {entity_name}: {which}, {value}, dated by {at}"
    guesses = tuple(
        ColumnGuess(h, (f,), w, start.seen.by_name[h])
        for h, f, w in (
            (key, "id", "whose history it is"),
            (at, "when", start.seen.by_name[at].evidence),
            (which, "field", f"{len(names)} of {len(fields)} names are known: {', '.join(list(names)[:6])}"),
            (value, "new value", "read as the field named beside it"),
        )
    )
    return replace(start, score=5.0, said=said, columns=guesses, issues=(*start.issues, *issues)), body


def _named(start: Guess) -> set[str]:
    return {h for h in start.evidence.header if find([h], synonyms()["history"]["named"])}


def _clock(seen: ColumnEvidence) -> dict[str, str]:
    return {"dates": "epoch_ms" if len(seen.samples[0]) == 13 else "epoch"}


def _form(
    con: duckdb.DuckDBPyConnection, start: Guess, entity: Entity, which: str, value: str, theirs: str, ours: str
) -> dict[str, str]:
    """How the values of one changed field are written, where that is not how the file writes them."""
    kind = "date" if ours == "close" else entity[ours].type
    if kind not in ("date", "moment", "money", "number", "share", "int"):
        return {}
    view = f"__form_{start.table}"
    rows = f"SELECT {ident(value)} AS v FROM {ident(start.table)} WHERE {clean(ident(which))} = {text(theirs)}"
    con.execute(f"CREATE OR REPLACE TEMP VIEW {ident(view)} AS {rows}")
    seen = read_columns(con, view, ("v",), start.evidence.delimiter).by_name["v"]
    con.execute(f"DROP VIEW {ident(view)}")
    if kind in ("date", "moment"):
        if _epoch(seen):
            return _clock(seen)
        return {"dates": seen.format} if seen.kind in ("date", "moment") and seen.format not in ("ymd", "") else {}
    if seen.kind == "number" and seen.format == "," and not seen.undecided:
        return {"decimal": ","}
    return {}
