"""What is this file, and what does each column mean? A proposal for every file of an import, with its evidence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb

from saleswright.data.mapping.columns import ColumnGuess, column_bodies
from saleswright.data.mapping.headers import Known, find, match, plain, synonyms
from saleswright.data.mapping.model import Mapping, read_mapping
from saleswright.data.mapping.repairs import Repair
from saleswright.data.read.evidence import FileEvidence
from saleswright.data.read.sql import clean, ident
from saleswright.data.read.values import ColumnEvidence, Columns, read_columns
from saleswright.history.changes import StageMap
from saleswright.history.schema import Entity, entities
from saleswright.kernel.definition import Definition
from saleswright.lib.issue import Issue

_ENOUGH = 2.0  # points; a file below that is not recognised
_SALESFORCE = re.compile(r"(?=.{0,2}\d)[0-9a-zA-Z]{15}(?:[A-Z0-5]{3})?")


@dataclass(frozen=True)
class Facts:
    """What the workspace already says: its currency, its stages, its entities with own fields."""

    currency: str = "USD"
    stages: StageMap = field(default_factory=StageMap)
    entities: dict[str, Entity] = field(default_factory=entities)
    source: str = "crm"


@dataclass(frozen=True)
class Guess:
    """The proposal for one file. `mapping` is None when the file was not recognised; then an issue says so."""

    evidence: FileEvidence
    table: str
    seen: Columns
    definition: Definition | None = None
    mapping: Mapping | None = None
    score: float = 0.0
    said: str = ""
    columns: tuple[ColumnGuess, ...] = ()
    issues: tuple[Issue, ...] = ()
    repairs: tuple[Repair, ...] = ()

    def with_repairs(self, repairs: Sequence[Repair], known: Facts) -> Guess:
        """The same proposal with lines that make near misses match."""
        if not repairs or self.definition is None:
            return self
        body = dict(self.definition.body)
        table: dict[str, dict[str, str]] = {c: dict(v) for c, v in body.get("repairs", {}).items()}
        for repair in repairs:
            table.setdefault(repair.column, {})[repair.value] = repair.target
        body["repairs"] = table
        return _read(replace(self, repairs=tuple(repairs)), self.definition.name, body, known)


def guess(files: Sequence[tuple[FileEvidence, str]], con: duckdb.DuckDBPyConnection, known: Facts) -> list[Guess]:
    """What is each loaded file (evidence, table)? In the order given; a file that is not recognised gives an issue and
    the rest goes on."""
    found: list[tuple[Guess, dict[str, Any]]] = []
    names: set[str] = set()
    for evidence, table in files:
        seen = read_columns(con, table, evidence.header, evidence.delimiter, evidence.path.name)
        start = Guess(evidence, table, seen, issues=seen.issues)
        found.append(_one(con, start, known, _name(evidence, names)))
    dated = {body["entity"] for _, body in found if body and body["layout"] != "rows"}
    coded = any(body and body["entity"] == "deal" and _sets(body, "currency") for _, body in found)
    done = []
    for start, body in found:
        if body:
            name = str(body.pop("name"))
            issues = _finish(con, start, body, known, dated, coded)
            start = _read(replace(start, issues=(*start.issues, *issues)), name, body, known)
        done.append(start)
    return done


def _one(con: duckdb.DuckDBPyConnection, start: Guess, known: Facts, name: str) -> tuple[Guess, dict[str, Any]]:
    history = _history(con, start, known)
    if history:
        return history[0], {"name": name, **history[1]}
    headers = start.evidence.header
    ranked = sorted(((_score(start.evidence, e), e.name) for e in known.entities.values()), key=lambda s: -s[0][0])
    for (score, said), entity_name in ranked:
        entity = known.entities[entity_name]
        matched = match(entity, headers)
        identity = _identity(con, start, entity, matched) if score >= _ENOUGH else None
        if identity is None:
            continue
        deleted = find([h for h, c in start.seen.by_name.items() if c.kind == "bool"], synonyms()["deleted"])
        body = {"name": name, **_body(start, entity_name, "rows", known), **identity[1]}
        body |= {"deleted": deleted} if deleted else {}
        columns, issues, guesses = column_bodies(
            start.seen, entity, matched, identity[0], known.currency, start.evidence, {deleted}
        )
        body["columns"] = columns
        return replace(start, score=score, said=said, columns=guesses, issues=(*start.issues, *issues)), body
    where = start.evidence.path.name
    closest = (
        f"it is closest to {ranked[0][1]} ({ranked[0][0][1]})" if ranked and ranked[0][0][0] else "no column is known"
    )
    issue = Issue(
        where,
        f"not recognised: {closest}",
        "so it is left out; the other files go on",
        "write a mapping for it by hand (kind: mapping, entity, columns), or leave it",
        level="warning",
        code="not_recognised",
    )
    return replace(start, issues=(*start.issues, issue)), {}


def _score(evidence: FileEvidence, entity: Entity) -> tuple[float, str]:
    """(points, the sentence behind them): what the file is called, and which of its columns the entity has."""
    table = synonyms()["entities"].get(entity.name, {})
    words = re.sub(r"[^a-z]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", _stem(evidence)).casefold()).split()
    stem = "".join(words)
    called, by = 0.0, ""
    for name in table.get("files", ()):
        short = re.sub("[^a-z]", "", plain(name))
        points = (
            6.0
            if stem == short
            else 3.0 + len(short) / 100
            if short in stem and short[:1] in {w[:1] for w in words}
            else 0.0
        )
        if points > called:
            called, by = points, name
    matched = match(entity, evidence.header)
    own = sum(1 for known in matched.values() if known.own)
    points = called + own + 0.25 * (len(matched) - own)
    if not matched or (not own and not called):
        return 0.0, "no column is known"
    said = f"{len(matched)} of {len(evidence.header)} columns are of {entity.name}"
    return points, said + (f", the file is called '{by}'" if by else "")


def _identity(
    con: duckdb.DuckDBPyConnection, start: Guess, entity: Entity, matched: dict[str, Known]
) -> tuple[dict[str, list[str]], dict[str, Any]] | None:
    """(fields by header that also identify, body lines), or None when rows of this entity could not be told apart."""
    by_field = {known.field: header for header, known in matched.items()}
    table = synonyms()["entities"].get(entity.name, {})
    if "id" in by_field:
        return {}, {}
    natural = by_field.get(table.get("natural", ""))
    if natural and _unique(con, start, natural):
        return {natural: ["id"]}, {}
    beside = table.get("beside", {})
    sides = [h for h in start.evidence.header if plain(h) in map(plain, beside.get("columns", ()))]
    key = [f for f in table.get("key", ()) if f in by_field or (sides and f == beside.get("name"))]
    needed = [f.name for f in entity.fields if f.required]
    if key and (all(f in key or f in by_field for f in needed) and len(key) >= min(2, len(table["key"]))):
        return {}, {"key": key}
    return None


def _history(con: duckdb.DuckDBPyConnection, start: Guess, known: Facts) -> tuple[Guess, dict[str, Any]] | None:
    """Is this the history of an entity: events with a stage, or changes of single fields?"""
    table, headers, seen = synonyms()["history"], start.evidence.header, start.seen.by_name
    dated = [h for h in headers if seen[h].kind in ("moment", "date")]
    at = find(dated, table["at"])
    for entity_name, names in table["of"].items():
        key = find(headers, names)
        if not key or not at or _unique(con, start, key):
            continue
        which, value = find(headers, table["field"]), find(headers, table["value"])
        if which and value:
            return _changes(con, start, known, entity_name, key, at, which, value)
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
    stages = _values(con, start.table, activity)
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
    body = {**_body(start, "deal", "events", known), "at": at, "columns": columns}
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
    fields = [v for v, _ in _values(con, start.table, which)]
    names = {h: k.field for h, k in match(entity, fields).items() if k.field != "id"}
    old = find(start.evidence.header, synonyms()["history"]["old"])
    used = (key, at, which, value, old)
    columns: dict[str, Any] = {key: "id"} | {h: None for h in start.evidence.header if h not in used}
    body = {
        **_body(start, entity_name, "fields", known),
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


def _finish(
    con: duckdb.DuckDBPyConnection, start: Guess, body: dict[str, Any], known: Facts, dated: set[str], coded: bool
) -> list[Issue]:
    """What depends on the other files: which dates are trusted, and in which currency amounts are."""
    entity = known.entities[body["entity"]]
    columns = body["columns"]
    issues: list[Issue] = []
    if body["layout"] == "rows":
        anchors = [a for a in entity.anchors if _sets(body, a) or (a == "closed" and _sets(body, "close"))]
        if entity.name == "deal" and "deal" in dated:
            anchors = [a for a in anchors if a != "closed"]
        if anchors:
            body["fixed"] = anchors
    money = [f.name for f in entity.fields if f.type == "money" and _sets(body, f.name)]
    said = any(isinstance(rule, dict) and rule.get("currency") for rule in columns.values())
    if money and "currency" in entity.by_name and not _sets(body, "currency") and not said:
        of_deal = coded and (entity.name == "line_item" or (entity.name == "deal" and body["layout"] != "rows"))
        if not of_deal:
            body["defaults"] = {"currency": known.currency}
            what = f"no currency column: amounts are read as {known.currency}, the workspace's currency"
            try_ = "write another code after defaults: currency"
            level = "warning" if entity.name == "deal" else "note"
            issues.append(Issue(start.evidence.path.name, what, try_=try_, level=level, code="currency_assumed"))  # type: ignore[arg-type]
    if entity.name == "deal" and body["layout"] == "rows":
        issues += _closing(con, start, body, known)
    return issues


def _closing(con: duckdb.DuckDBPyConnection, start: Guess, body: dict[str, Any], known: Facts) -> list[Issue]:
    """Which date the close date is, told by where it is empty."""
    from saleswright.data.mapping.stages import propose_stages

    stage, close = _column(body, "stage"), _column(body, "close")
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


def _body(start: Guess, entity: str, layout: str, known: Facts) -> dict[str, Any]:
    ids = [seen for header, seen in start.seen.by_name.items() if plain(header).endswith("id") and seen.samples]
    salesforce = bool(ids) and all(_SALESFORCE.fullmatch(v) for seen in ids for v in seen.samples)
    evidence = start.evidence
    encoding = "utf-8" if evidence.encoding == "utf-8-sig" else evidence.encoding
    return {
        "file": evidence.path.name,
        "entity": entity,
        "layout": layout,
        "source": known.source,
        "ids": "salesforce" if salesforce else "plain",
        "read": {
            "encoding": encoding,
            "delimiter": evidence.delimiter,
            "dates": start.seen.dates,
            "decimal": start.seen.decimal,
        },
    }


def _read(start: Guess, name: str, body: dict[str, Any], known: Facts) -> Guess:
    doc = f"How {start.evidence.path.name} is read."
    definition = Definition("mapping", name, body, doc, file=start.evidence.path.name, line=0)
    mapping, issues = read_mapping(definition, known.entities)
    return replace(start, definition=definition, mapping=mapping, issues=(*start.issues, *issues))


def _sets(body: dict[str, Any], name: str) -> bool:
    return bool(_column(body, name)) or name in body.get("names", {}).values()


def _column(body: dict[str, Any], name: str) -> str:
    for column, given in body["columns"].items():
        for rule in given if isinstance(given, list) else [given]:
            fields = [rule.get("field"), *rule.get("fields", ())] if isinstance(rule, dict) else [rule]
            if name in fields:
                return str(column)
    return ""


def _unique(con: duckdb.DuckDBPyConnection, start: Guess, header: str) -> bool:
    """Has every row a value of its own? Identical rows may repeat, so one in a hundred is let pass."""
    seen: ColumnEvidence = start.seen.by_name[header]
    if not seen.filled or seen.empty > seen.rows * 0.01 or seen.distinct < seen.rows * 0.8:
        return False
    value = clean(ident(header))
    different = con.execute(f"SELECT count(DISTINCT {value}) FROM {ident(start.table)}").fetchall()[0][0]
    return int(different) >= seen.filled * 0.99


def _values(con: duckdb.DuckDBPyConnection, table: str, header: str) -> list[tuple[str, int]]:
    counted = f"SELECT {clean(ident(header))} AS v, count(*) AS n FROM {ident(table)} GROUP BY v"
    query = f"FROM ({counted}) ORDER BY n DESC, v LIMIT 500"
    return [(str(v), int(n)) for v, n in con.execute(query).fetchall() if v is not None]


def _stem(evidence: FileEvidence) -> str:
    return re.sub(r"(\.(csv|tsv|txt|gz))+$", "", evidence.path.name, flags=re.IGNORECASE)


def _name(evidence: FileEvidence, taken: set[str]) -> str:
    stem = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", _stem(evidence)).casefold()
    base = re.sub(r"[^a-z0-9]+", "_", stem).strip("_") or "file"
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}_{number}"
    taken.add(name)
    return name
