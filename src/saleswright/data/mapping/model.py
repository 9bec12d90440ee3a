"""How is one kind of file read? A mapping: which entity, which column sets which field, in which form."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field as made
from fnmatch import fnmatchcase
from typing import Any, Literal, cast

from saleswright.data.mapping.headers import settable
from saleswright.data.mapping.rule import Rule, form_issues, read_rule, table, words
from saleswright.history.schema import Entity
from saleswright.kernel.definition import Definition
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import Issue, unknown

__all__ = ["KEYS", "LAYOUTS", "PERSONAL", "Mapping", "Rule", "read_mapping", "read_mappings"]

Layout = Literal["rows", "events", "fields"]
LAYOUTS = ("rows", "events", "fields")
IDS = ("plain", "salesforce")
PERSONAL = ("person", "contact", "lead")
"""Entities whose own name must not become part of an id."""

KEYS = (
    "file", "entity", "layout", "source", "ids", "read", "columns", "key", "repairs", "fixed", "defaults", "full",
    "deleted", "skip", "heading", "entered", "at", "recorded", "field", "value", "old", "names",
)  # fmt: skip
_READ = ("encoding", "delimiter", "dates", "decimal", "zone")
_SOURCE = re.compile(r"[a-z][a-z0-9]*")


@dataclass(frozen=True, slots=True)
class Mapping:
    """One mapping. `columns` has no rule for a column that is kept in raw and not used.

    layout rows: one row per record as it stands. events: one row per happening at column `at`. fields: one row per
    changed field, named in column `field` with its new text in `value` (and the one before in `old`); `names` says
    which of our fields each of the source's names is, and `forms` in which form its values are written.
    entered: column -> stage; the date in that column is when the deal entered that stage. skip: column -> patterns of
    values, without regard to case, that make a row no record, as the totals of a list are none. heading: false where the
    first line holds no names of columns but a record like the others.
    """

    name: str
    entity: str
    definition: Definition
    layout: Layout = "rows"
    source: str = "crm"
    ids: str = "plain"
    file: str = "*"
    encoding: str = ""
    delimiter: str = ""
    dates: str = "ymd"
    decimal: str = "."
    zone: str = ""
    columns: dict[str, tuple[Rule, ...]] = made(default_factory=dict)
    key: tuple[str, ...] = ()
    repairs: dict[str, dict[str, str]] = made(default_factory=dict)
    fixed: tuple[str, ...] = ()
    defaults: dict[str, str] = made(default_factory=dict)
    full: bool = False
    deleted: str = ""
    at: str = ""
    recorded: str = ""
    field: str = ""
    value: str = ""
    old: str = ""
    names: dict[str, str] = made(default_factory=dict)
    forms: dict[str, Rule] = made(default_factory=dict)
    entered: dict[str, str] = made(default_factory=dict)
    skip: dict[str, tuple[str, ...]] = made(default_factory=dict)
    heading: bool = True

    def reads(self, file_name: str) -> bool:
        """Is this file name one it is meant for?"""
        return any(fnmatchcase(file_name.casefold(), p.strip().casefold()) for p in self.file.split(","))

    @property
    def rules(self) -> list[tuple[str, Rule]]:
        """Every (column, rule), in order."""
        return [(column, rule) for column, rules in self.columns.items() for rule in rules]

    def column_of(self, name: str) -> str:
        """The first column that sets a field, or empty."""
        return next((column for column, rule in self.rules if name in rule.fields), "")

    def missing(self, headers: Iterable[str]) -> list[Issue]:
        """What the mapping names and the file does not have. An error for what identifies a record, else a warning."""
        headers = tuple(headers)
        vital = {self.at, self.field, self.value, self.column_of("id")} | {self.column_of(f) for f in self.key}
        issues = []
        single = [self.at, self.recorded, self.field, self.value, self.deleted]
        for column in dict.fromkeys([*self.columns, *single, *self.entered, *self.skip]):
            if not column or column in headers or (column in self.columns and not self.columns[column]):
                continue
            found = unknown("column", column, headers)
            issues.append(
                Issue(
                    self.definition.where(f"columns.{column}"),
                    f"the file has no column '{column}'",
                    "so its rows cannot be told apart" if column in vital else "so it sets nothing this time",
                    found.try_,
                    level="error" if column in vital else "warning",
                    code="missing_column",
                )
            )
        return issues


def read_mappings(workspace: Workspace, entities: dict[str, Entity]) -> tuple[list[Mapping], list[Issue]]:
    """The workspace's mappings by name, and every issue in them."""
    mappings, issues = [], []
    for definition in workspace.all("mapping"):
        mapping, found = read_mapping(definition, entities)
        issues += found
        if mapping:
            mappings.append(mapping)
    return mappings, issues


def read_mapping(definition: Definition, entities: dict[str, Entity]) -> tuple[Mapping | None, list[Issue]]:
    """The mapping a definition means; None when an issue is an error."""
    body = dict(definition.body)
    issues = [unknown("setting", k, KEYS, definition.where(k)) for k in map(str, body) if k not in KEYS]
    name = str(body.get("entity", ""))
    if name not in entities:
        return None, [*issues, unknown("entity", name, entities, definition.where("entity"))]
    entity = entities[name]
    reading = table(body.get("read"))
    issues += [unknown("setting", k, _READ, definition.where(f"read.{k}")) for k in reading if k not in _READ]
    columns: dict[str, tuple[Rule, ...]] = {}
    for column, given in (body.get("columns") or {}).items():
        path = f"columns.{column}"
        items = given if isinstance(given, list) else [given]
        columns[str(column)] = tuple(
            rule
            for item in items
            if item is not None
            for rule in [read_rule(item, definition, path, entity, issues)]
            if rule
        )
    names, forms = _names(body.get("names"), definition, entity, issues)
    mapping = Mapping(
        name=definition.name,
        entity=name,
        definition=definition,
        layout=cast(Layout, str(body.get("layout", "rows"))),
        source=str(body.get("source", "crm")),
        ids=str(body.get("ids", "plain")),
        file=str(body.get("file", "*")),
        encoding=reading.get("encoding", ""),
        delimiter=reading.get("delimiter", ""),
        dates=reading.get("dates", "ymd"),
        decimal=reading.get("decimal", "."),
        zone=reading.get("zone", ""),
        columns=columns,
        key=words(body.get("key")),
        repairs={str(c): table(v) for c, v in (body.get("repairs") or {}).items()},
        fixed=words(body.get("fixed")),
        defaults=table(body.get("defaults")),
        full=bool(body.get("full", False)),
        heading=bool(body.get("heading", True)),
        names=names,
        forms=forms,
        entered=table(body.get("entered")),
        skip={str(c): words(v) for c, v in (body.get("skip") or {}).items()},
        **{k: str(body.get(k) or "") for k in ("deleted", "at", "recorded", "field", "value", "old")},
    )
    issues += _check(mapping, entity)
    return (None if any(i.level == "error" for i in issues) else mapping), issues


def _names(
    given: Any, definition: Definition, entity: Entity, issues: list[Issue]
) -> tuple[dict[str, str], dict[str, Rule]]:
    """(which of our fields each of the source's names is, how the values of some are written)."""
    names: dict[str, str] = {}
    forms: dict[str, Rule] = {}
    for theirs, ours in (given or {}).items():
        if not isinstance(ours, dict):
            names[str(theirs)] = "" if ours is None else str(ours)
            continue
        rule = read_rule(ours, definition, f"names.{theirs}", entity, issues)
        if rule:
            names[str(theirs)], forms[str(theirs)] = rule.fields[0], rule
    return {theirs: ours for theirs, ours in names.items() if ours}, forms


def _check(mapping: Mapping, entity: Entity) -> list[Issue]:
    d = mapping.definition
    issues = form_issues(mapping.dates, mapping.decimal, d.where("read"))
    if mapping.layout not in LAYOUTS:
        issues.append(unknown("layout", mapping.layout, LAYOUTS, d.where("layout")))
    if mapping.ids not in IDS:
        issues.append(unknown("form of ids", mapping.ids, IDS, d.where("ids")))
    if not _SOURCE.fullmatch(mapping.source):
        why = "it is part of every id"
        issues.append(
            Issue(d.where("source"), f"'{mapping.source}' cannot be a source", why, "small letters and digits")
        )
    known = settable(entity)
    fields = (*mapping.key, *mapping.defaults, *mapping.names.values())
    issues += [unknown("field", f, known, d.where()) for f in fields if f not in known]
    anchors = entity.anchors
    issues += [unknown("date", f, anchors, d.where("fixed")) for f in mapping.fixed if f not in anchors]
    for name in mapping.fixed:
        told = mapping.column_of(name) or name in mapping.defaults or _constant(mapping, name)
        if name in anchors and not told and not (name == "closed" and mapping.column_of("close")):
            why = "so it dates nothing"
            issues.append(Issue(d.where("fixed"), f"no column sets '{name}'", why, f"take {name} out of fixed"))
    needs = {"rows": (), "events": ("at",), "fields": ("at", "field", "value")}.get(mapping.layout, ())
    for need in needs:
        if not getattr(mapping, need):
            why = f"layout {mapping.layout} cannot be read without it"
            issues.append(
                Issue(d.where("layout"), f"no '{need}:' column", why, f"add a line {need}: the column's name")
            )
    if mapping.entered and entity.name != "deal":
        issues.append(Issue(d.where("entered"), "only deals enter stages", "so it sets nothing", "take entered: out"))
    if not mapping.column_of("id") and not mapping.key:
        issues.append(
            Issue(
                d.where("columns"),
                "no column is the id",
                "so rows cannot be told apart",
                "write id after the column that identifies a row, or key: [fields that do so together]",
            )
        )
    issues += _twice(mapping)
    return issues


def _constant(mapping: Mapping, name: str) -> bool:
    return any(name in rule.constants for _, rule in mapping.rules)


def _twice(mapping: Mapping) -> list[Issue]:
    """Two columns may set one field only where they never do so in one row."""
    seen: dict[str, str] = {}
    issues = []
    for column, rule in mapping.rules:
        if rule.only or rule.constants:
            continue
        for name in rule.fields:
            if name in seen and seen[name] != column:
                where = mapping.definition.where(f"columns.{column}")
                why = "so it is not clear which one counts"
                issues.append(
                    Issue(where, f"'{seen[name]}' and '{column}' both set {name}", why, "write null after one")
                )
            seen[name] = column
    return issues
