"""What is this file, and what does each column mean? A proposal for every file of an import, with its evidence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import duckdb

from saleswright.data.mapping.columns import column_bodies
from saleswright.data.mapping.happenings import closing, history
from saleswright.data.mapping.headers import Known, find, match, plain, synonyms
from saleswright.data.mapping.proposal import Facts, Guess, first_lines, proposed, sets, unique
from saleswright.data.read.evidence import FileEvidence
from saleswright.data.read.values import read_columns
from saleswright.history.schema import Entity
from saleswright.lib.issue import Issue

__all__ = ["Facts", "Guess", "guess"]

_ENOUGH = 2.0  # points; a file below that is not recognised


def guess(files: Sequence[tuple[FileEvidence, str]], con: duckdb.DuckDBPyConnection, known: Facts) -> list[Guess]:
    """What is each loaded file (evidence, table)? In the order given; a file that is not recognised gives an issue and
    the rest goes on."""
    found: list[tuple[Guess, dict[str, Any]]] = []
    names = set(known.taken)
    for evidence, table in files:
        seen = read_columns(con, table, evidence.header, evidence.delimiter, evidence.path.name)
        start = Guess(evidence, table, seen, issues=seen.issues)
        found.append(_one(con, start, known, _name(evidence, names)))
    dated = {body["entity"] for _, body in found if body and body["layout"] != "rows"}
    coded = any(body and body["entity"] == "deal" and sets(body, "currency") for _, body in found)
    done = []
    for start, body in found:
        if body:
            name = str(body.pop("name"))
            issues = _finish(con, start, body, known, dated, coded)
            start = proposed(replace(start, issues=(*start.issues, *issues)), name, body, known)
        done.append(start)
    return done


def _one(con: duckdb.DuckDBPyConnection, start: Guess, known: Facts, name: str) -> tuple[Guess, dict[str, Any]]:
    happened = history(con, start, known)
    if happened:
        return happened[0], {"name": name, **happened[1]}
    headers = start.evidence.header
    ranked = sorted(((_score(start.evidence, e), e.name) for e in known.entities.values()), key=lambda s: -s[0][0])
    for (score, said), entity_name in ranked:
        entity = known.entities[entity_name]
        matched = match(entity, headers)
        identity = _identity(con, start, entity, matched) if score >= _ENOUGH else None
        if identity is None:
            continue
        deleted = find([h for h, c in start.seen.by_name.items() if c.kind == "bool"], synonyms()["deleted"])
        body = {"name": name, **first_lines(start, entity_name, "rows", known), **identity[1]}
        body |= {"deleted": deleted} if deleted else {}
        columns, issues, guesses = column_bodies(
            start.seen, entity, matched, identity[0], known.currency, start.evidence, {deleted}
        )
        body["columns"] = columns
        return replace(start, score=score, said=said, columns=guesses, issues=(*start.issues, *issues)), body
    where = start.evidence.path.name
    (points, told), nearest = ranked[0]
    closest = f"it is closest to {nearest} ({told})" if points else "too few of its columns are known"
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
    stem = re.sub(r"[^a-z]", "", plain(_stem(evidence)))
    called, by = 0.0, ""
    for name in table.get("files", ()):
        short = re.sub("[^a-z]", "", plain(name))
        points = 6.0 if stem == short else 3.0 + len(short) / 100 if short in stem else 0.0
        if points > called:
            called, by = points, name
    matched = match(entity, evidence.header)
    own = sum(1 for known in matched.values() if known.own)
    points = called + own + 0.25 * (len(matched) - own)
    said = f"{len(matched)} of {len(evidence.header)} columns are of {entity.name}"
    # A name like account_audit_list is not enough: the less the name tells, the more the columns must.
    told = sum(1 for known in matched.values() if known.field != "id")
    enough = told >= (1 if called == 6.0 else 3 if called else 4) and (own or called)
    return points if enough else 0.0, said + (f", the file is called '{by}'" if by else "")


def _identity(
    con: duckdb.DuckDBPyConnection, start: Guess, entity: Entity, matched: dict[str, Known]
) -> tuple[dict[str, list[str]], dict[str, Any]] | None:
    """(fields by header that also identify, body lines), or None when rows of this entity could not be told apart."""
    by_field = {known.field: header for header, known in matched.items()}
    table = synonyms()["entities"].get(entity.name, {})
    if "id" in by_field:
        # An id that most rows share belongs to something else: these are rows about it, not records of it.
        seen = start.seen.by_name[by_field["id"]]
        return ({}, {}) if seen.filled >= seen.rows * 0.5 and seen.distinct >= seen.filled * 0.5 else None
    natural = by_field.get(table.get("natural", ""))
    if natural and unique(con, start, natural):
        return {natural: ["id"]}, {}
    beside = table.get("beside", {})
    sides = [h for h in start.evidence.header if plain(h) in map(plain, beside.get("columns", ()))]
    key = [f for f in table.get("key", ()) if f in by_field or (sides and f == beside.get("name"))]
    needed = [f.name for f in entity.fields if f.required]
    if key and (all(f in key or f in by_field for f in needed) and len(key) >= min(2, len(table["key"]))):
        return {}, {"key": key}
    return None


def _finish(
    con: duckdb.DuckDBPyConnection, start: Guess, body: dict[str, Any], known: Facts, dated: set[str], coded: bool
) -> list[Issue]:
    """What depends on the other files: which dates are trusted, and in which currency amounts are."""
    entity = known.entities[body["entity"]]
    columns = body["columns"]
    issues: list[Issue] = []
    if body["layout"] == "rows":
        anchors = [a for a in entity.anchors if sets(body, a) or (a == "closed" and sets(body, "close"))]
        if entity.name == "deal" and "deal" in dated:
            anchors = [a for a in anchors if a != "closed"]
        if anchors:
            body["fixed"] = anchors
    money = [f.name for f in entity.fields if f.type == "money" and sets(body, f.name)]
    said = any(isinstance(rule, dict) and rule.get("currency") for rule in columns.values())
    if money and "currency" in entity.by_name and not sets(body, "currency") and not said:
        of_deal = coded and (entity.name == "line_item" or (entity.name == "deal" and body["layout"] != "rows"))
        if not of_deal:
            body["defaults"] = {"currency": known.currency}
            what = f"no currency column: amounts are read as {known.currency}, the workspace's currency"
            try_ = "write another code after defaults: currency"
            level = "warning" if entity.name == "deal" else "note"
            issues.append(Issue(start.evidence.path.name, what, try_=try_, level=level, code="currency_assumed"))  # type: ignore[arg-type]
    if entity.name == "deal" and body["layout"] == "rows":
        issues += closing(con, start, body, known)
    return issues


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
