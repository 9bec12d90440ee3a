"""What is proposed for a file, and what the workspace already says about it."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb

from saleswright.data.mapping.columns import ColumnGuess
from saleswright.data.mapping.keys import SALESFORCE_ID
from saleswright.data.mapping.model import Mapping, read_mapping
from saleswright.data.mapping.questions import Question
from saleswright.data.mapping.repairs import Repair
from saleswright.data.read.evidence import FileEvidence
from saleswright.data.read.sql import clean, ident, text
from saleswright.data.read.values import ColumnEvidence, Columns
from saleswright.history.changes import StageMap
from saleswright.history.schema import Entity, entities
from saleswright.kernel.definition import Definition
from saleswright.lib.issue import Issue

_MOST = 0.9  # of the values; the rest may be a note below the list or a name in words


@dataclass(frozen=True)
class Facts:
    """What the workspace already says: its currency, its stages, its entities with own fields."""

    currency: str = "USD"
    stages: StageMap = field(default_factory=StageMap)
    entities: dict[str, Entity] = field(default_factory=entities)
    source: str = "crm"
    taken: frozenset[str] = frozenset()
    answers: Map[str, str] = field(default_factory=dict)
    choices: Map[str, Map[str, str]] = field(default_factory=dict)
    fiscal_start: int = 1


@dataclass(frozen=True)
class Guess:
    """The proposal for one file. `mapping` is None when the file was not recognised; then an issue says so.

    standings: stage -> open, won or lost, where the file itself says so, in flags, a status, or a table of stages.
    """

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
    questions: tuple[Question, ...] = ()
    standings: Map[str, str] = field(default_factory=dict)


def name_of(evidence: FileEvidence) -> str:
    """What the file is called everywhere: its own name, or workbook and sheet."""
    return evidence.name


def first_lines(start: Guess, entity: str, layout: str, known: Facts) -> dict[str, Any]:
    """The lines of a mapping that come from the file itself; `form_of_ids` settles `ids` once the columns are known."""
    evidence = start.evidence
    encoding = "utf-8" if evidence.encoding == "utf-8-sig" else evidence.encoding
    return {
        "file": name_of(evidence),
        "entity": entity,
        "layout": layout,
        "source": known.source,
        "ids": "plain",
        "read": {
            "encoding": encoding,
            "delimiter": evidence.delimiter,
            "dates": start.seen.dates,
            "decimal": start.seen.decimal,
        },
    }


def proposed(start: Guess, name: str, body: dict[str, Any], known: Facts) -> Guess:
    """The proposal with its mapping read back from the body, and the issues in it."""
    doc = f"How {name_of(start.evidence)} is read."
    definition = Definition("mapping", name, body, doc, file=name_of(start.evidence), line=0)
    mapping, issues = read_mapping(definition, known.entities)
    return replace(start, definition=definition, mapping=mapping, issues=(*start.issues, *issues))


def form_of_ids(con: duckdb.DuckDBPyConnection, start: Guess, body: dict[str, Any], known: Facts) -> str:
    """salesforce, where a column that names records, by their id or as a reference, holds ids of that kind."""
    entity = known.entities[body["entity"]]
    refs = {"id", *(f.name for f in entity.fields if f.ref)}
    for column, given in body["columns"].items():
        rules = given if isinstance(given, list) else [given]
        fields = {f for r in rules for f in ((r.get("field"), *r.get("fields", ())) if isinstance(r, dict) else (r,))}
        if not fields & refs or column not in start.evidence.header:
            continue
        v = clean(ident(column))
        is_one = f"regexp_full_match({v}, {text(SALESFORCE_ID)})"
        # Digits alone may be any number with zeros before it.
        filled, ours, lettered = con.execute(
            f"SELECT count({v}), count(*) FILTER (WHERE {is_one}),"
            f" count(*) FILTER (WHERE {is_one} AND regexp_matches(substr({v}, 4, 12), '[A-Za-z]'))"
            f" FROM {ident(start.table)}"
        ).fetchall()[0]
        if lettered and ours >= filled * _MOST:
            return "salesforce"
    return "plain"


def sets(body: dict[str, Any], name: str) -> bool:
    """Does the body set this field?"""
    return bool(column_of(body, name)) or name in body.get("names", {}).values()


def column_of(body: dict[str, Any], name: str) -> str:
    """The column that sets a field in the body, or empty."""
    for column, given in body["columns"].items():
        for rule in given if isinstance(given, list) else [given]:
            fields = [rule.get("field"), *rule.get("fields", ())] if isinstance(rule, dict) else [rule]
            if name in fields:
                return str(column)
    return ""


def unique(con: duckdb.DuckDBPyConnection, start: Guess, header: str) -> bool:
    """Has every row a value of its own? Identical rows may repeat, so one in a hundred is let pass."""
    seen: ColumnEvidence = start.seen.by_name[header]
    if not seen.filled or seen.empty > seen.rows * 0.01 or seen.distinct < seen.rows * 0.8:
        return False
    value = clean(ident(header))
    different = con.execute(f"SELECT count(DISTINCT {value}) FROM {ident(start.table)}").fetchall()[0][0]
    return int(different) >= seen.filled * 0.99


def values_of(con: duckdb.DuckDBPyConnection, table: str, header: str) -> list[tuple[str, int]]:
    """The values of a column with their rows, the most frequent first, at most 500."""
    counted = f"SELECT {clean(ident(header))} AS v, count(*) AS n FROM {ident(table)} GROUP BY v"
    query = f"FROM ({counted}) ORDER BY n DESC, v LIMIT 500"
    return [(str(v), int(n)) for v, n in con.execute(query).fetchall() if v is not None]
