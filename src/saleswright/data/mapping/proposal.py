"""What is proposed for a file, and what the workspace already says about it."""

from __future__ import annotations

import re
from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb

from saleswright.data.mapping.columns import ColumnGuess
from saleswright.data.mapping.headers import plain
from saleswright.data.mapping.model import Mapping, read_mapping
from saleswright.data.mapping.questions import Question
from saleswright.data.mapping.repairs import Repair
from saleswright.data.read.evidence import FileEvidence
from saleswright.data.read.sql import clean, ident
from saleswright.data.read.values import ColumnEvidence, Columns
from saleswright.history.changes import StageMap
from saleswright.history.schema import Entity, entities
from saleswright.kernel.definition import Definition
from saleswright.lib.issue import Issue

_SALESFORCE = re.compile(r"(?=.{0,2}\d)[0-9a-zA-Z]{15}(?:[A-Z0-5]{3})?")


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

    def with_repairs(self, repairs: Sequence[Repair], known: Facts) -> Guess:
        """The same proposal with lines that make near misses match."""
        if not repairs or self.definition is None:
            return self
        body = dict(self.definition.body)
        table: dict[str, dict[str, str]] = {c: dict(v) for c, v in body.get("repairs", {}).items()}
        for repair in repairs:
            table.setdefault(repair.column, {})[repair.value] = repair.target
        body["repairs"] = table
        return proposed(replace(self, repairs=tuple(repairs)), self.definition.name, body, known)


def name_of(evidence: FileEvidence) -> str:
    """What the file is called everywhere: its own name, or workbook and sheet."""
    return str(getattr(evidence, "name", "") or evidence.path.name)


def first_lines(start: Guess, entity: str, layout: str, known: Facts) -> dict[str, Any]:
    """The lines of a mapping that come from the file itself."""
    ids = [seen for header, seen in start.seen.by_name.items() if plain(header).endswith("id") and seen.samples]
    salesforce = bool(ids) and all(_SALESFORCE.fullmatch(v) for seen in ids for v in seen.samples)
    evidence = start.evidence
    encoding = "utf-8" if evidence.encoding == "utf-8-sig" else evidence.encoding
    return {
        "file": name_of(evidence),
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


def proposed(start: Guess, name: str, body: dict[str, Any], known: Facts) -> Guess:
    """The proposal with its mapping read back from the body, and the issues in it."""
    doc = f"How {name_of(start.evidence)} is read."
    definition = Definition("mapping", name, body, doc, file=name_of(start.evidence), line=0)
    mapping, issues = read_mapping(definition, known.entities)
    return replace(start, definition=definition, mapping=mapping, issues=(*start.issues, *issues))


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
