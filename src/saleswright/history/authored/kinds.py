"""Which things are said here rather than imported? Each kind is one file: a table of its fields, as every entity has.

    # table: forecast_call                  only where the rows belong to a table that imports fill as well
    # What one of them is, in a sentence
    field,type,unit,required,personal,since,dimension,key,choices,meaning

`key`: yes where these fields tell one thing from another; what is said later of the same thing stands in its place. Without
a key every event stands for itself. `choices`: the values a text may have. `default`: another field, whose value this one
has where nothing is said, so that a key may grow by a field that what was said earlier does not have. The kinds that come
with the product are the files beside this one; a workspace has its own in definitions/events/.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from saleswright.history.schema import CLOCKS, SQL_TYPES, Entity, Field, standard
from saleswright.kernel.definition import digest
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import Issue, unknown

SHIPPED = Path(__file__).parent
OWN = Path("definitions", "events")
_FLAGS = ("required", "personal", "since", "dimension", "key")
COLUMNS = ("field", "type", "unit", *_FLAGS, "choices", "default", "meaning")
# Told of every event of a table that no import fills.
ALWAYS = (
    Field("said", "moment", meaning="When it was said here"),
    Field("author", "int", meaning="The number of who said it; the name is in the audit log"),
)
RESERVED = frozenset(("id", "removed", *(name for name, _ in CLOCKS), *(one.name for one in ALWAYS)))
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class EventType:
    """One kind of authored fact: its fields, which of them are its key, the table its rows are in."""

    name: str
    table: str
    doc: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def by_name(self) -> dict[str, Field]:
        return {one.name: one for one in self.fields}

    @cached_property
    def plain(self) -> tuple[Field, ...]:
        """The fields that enter the table; what names a person stays beside the audit chain."""
        return tuple(one for one in self.fields if not one.personal)

    @property
    def words(self) -> str:
        """What one of them is called."""
        return self.name.replace("_", " ")

    @cached_property
    def form(self) -> str:
        """What stored rows of this kind depend on: their columns, types and key."""
        told = [self.name, self.table, [(one.name, one.type) for one in self.plain], self.key]
        return digest([*told, dict(self.defaults)] if self.defaults else told, 10)


def types(workspace: Workspace | None = None) -> dict[str, EventType]:
    """Every kind of event by name: those that come with the product, and the workspace's. One that is wrong is left out."""
    own = _own(workspace.root / OWN)[0] if workspace is not None else {}
    return {**_shipped(), **own} if own else _shipped()


def problems(workspace: Workspace) -> tuple[Issue, ...]:
    """All that is wrong in the files of a workspace's own kinds, of every file at once."""
    return _own(workspace.root / OWN)[1]


def tables(kinds: Mapping[str, EventType]) -> dict[str, Entity]:
    """The tables that events fill, each as an entity: one of the record's, widened where an event tells more, or a new one."""
    return _tables(tuple(kinds.values()), tuple(one.form for one in kinds.values()))


def widened(schema: Mapping[str, Entity], kinds: Mapping[str, EventType]) -> dict[str, Entity]:
    """The record's entities and the tables that events fill; a table of both has the fields of both."""
    found = dict(schema)
    for name, entity in tables(kinds).items():
        known = found.get(name)
        if known is None:
            found[name] = entity
        elif more := [one for one in entity.fields if one.name not in known.by_name]:
            found[name] = Entity(name, (*known.fields, *more))
    return found


_made: dict[tuple[str, ...], dict[str, Entity]] = {}


def _tables(kinds: tuple[EventType, ...], forms: tuple[str, ...]) -> dict[str, Entity]:
    if forms not in _made:
        found: dict[str, Entity] = {}
        for kind in kinds:
            known = found.get(kind.table) or standard().get(kind.table)
            told = known.fields if known else ()
            more = [one for one in kind.fields if one.name not in {other.name for other in told}]
            found[kind.table] = Entity(kind.table, (*told, *more, *(() if known else ALWAYS)))
        _made[forms] = found
    return _made[forms]


@cache
def _shipped() -> dict[str, EventType]:
    found = {}
    for path in sorted(SHIPPED.glob("*.csv")):
        kind, issues = read(path, path.name)
        assert kind is not None and not issues, issues
        found[kind.name] = kind
    return found


Own = tuple[dict[str, EventType], tuple[Issue, ...]]
_read: dict[tuple[tuple[str, int, int], ...], Own] = {}


def _own(folder: Path) -> Own:
    if not folder.is_dir():
        return {}, ()
    paths = sorted(folder.glob("*.csv"))
    stamp = tuple((str(one), (told := one.stat()).st_mtime_ns, told.st_size) for one in paths)
    if stamp not in _read:
        found: dict[str, EventType] = {}
        issues: list[Issue] = []
        for path in paths:
            shown = (OWN / path.name).as_posix()
            kind, wrong = read(path, shown)
            if kind is not None and kind.name in _shipped():
                why = "so events of the two would be taken for each other"
                issues.append(Issue(shown, f"'{kind.name}' comes with the product", why, "another name for the file"))
            elif kind is not None:
                found[kind.name] = kind
            issues += wrong
        _read[stamp] = found, tuple(issues)
    return _read[stamp]


def read(path: Path, shown: str) -> tuple[EventType | None, list[Issue]]:
    """The kind of event a file declares, or every issue of it at once. shown: how to name the file to a person."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return None, [Issue(shown, "it is not text in UTF-8", "so it cannot be read", "save it as CSV in UTF-8")]
    told = [line[1:].strip() for line in lines if line.startswith("#")]
    named = next((one.removeprefix("table:").strip() for one in told if one.startswith("table:")), "")
    table = named or path.stem
    doc = " ".join(one for one in told if not one.startswith("table:"))
    start = next((place for place, line in enumerate(lines) if line.strip() and not line.startswith("#")), len(lines))
    issues: list[Issue] = []
    if not NAME.fullmatch(path.stem):
        what = f"'{path.stem}' cannot be the name of a table"
        issues.append(Issue(shown, what, "", "small letters, digits and _, a letter first"))
    if table != path.stem and table not in standard():
        issues.append(unknown("table", table, standard(), where=shown))
    elif not named and table in standard():
        what = f"'{table}' is a table that imports fill"
        issues.append(Issue(shown, what, "so it must be said to be meant", f"a first line: # table: {table}"))
    rows = csv.DictReader(lines[start:])
    headers = rows.fieldnames or ()
    issues += [unknown("column", name, COLUMNS, where=shown) for name in headers if name not in COLUMNS]
    issues += [
        Issue(shown, f"there is no column '{name}'", "", f"the first line: {','.join(COLUMNS)}")
        for name in ("field", "type")
        if name not in headers
    ]
    if issues:
        return None, issues
    fields: list[Field] = []
    choices: dict[str, tuple[str, ...]] = {}
    defaults: dict[str, str] = {}
    keys: list[str] = []
    for place, row in enumerate(rows, start + 2):
        where = f"{shown}:{place}"
        one = _field(row)
        issues += _wrong(one, row, where, fields, table)
        if row.get("key") == "yes":
            keys.append(one.name)
        if row.get("choices"):
            choices[one.name] = tuple(row["choices"].split())
        if row.get("default"):
            defaults[one.name] = row["default"]
        fields.append(one)
    names = {one.name for one in fields}
    issues += [
        Issue(shown, f"the amount '{one.name}' has no field for its currency", "so nobody could say how much it is",
              f"unit: the name of a text field of this table, such as currency (not '{one.unit}')")
        for one in fields
        if one.type == "money" and one.unit not in names
    ]  # fmt: skip
    types_ = {one.name: one.type for one in fields if not one.personal}
    issues += [
        Issue(shown, f"'{name}' has the default '{other}'", "so it would have no value where nothing is said",
              "another field of this table, of the same type and not personal")
        for name, other in defaults.items()
        if other == name or other in defaults or types_.get(other) is None or types_.get(other) != types_.get(name)
    ]  # fmt: skip
    if not fields:
        issues.append(Issue(shown, "it names no field", "so nothing could be said", "one line for each field"))
    if issues:
        return None, issues
    return EventType(path.stem, table, doc, tuple(fields), tuple(keys), choices, defaults), []


def _field(row: Mapping[str, Any]) -> Field:
    told = {name: (row.get(name) or "").strip() for name in COLUMNS}
    flags = {name: told[name] == "yes" for name in ("required", "personal", "dimension")}
    key = told["key"] == "yes"
    return Field(
        told["field"], told["type"], told["unit"], flags["required"] or key, flags["personal"], told["since"],
        flags["dimension"], told["meaning"],
    )  # fmt: skip


def _wrong(one: Field, row: Mapping[str, Any], where: str, before: list[Field], table: str) -> list[Issue]:
    """What is wrong about one line of the file."""
    issues: list[Issue] = []
    if not NAME.fullmatch(one.name):
        issues.append(Issue(where, f"'{one.name}' cannot be the name of a field", "", "small letters, digits and _"))
    if one.name in RESERVED:
        issues.append(Issue(where, f"'{one.name}' is told of every row already", "", "another name"))
    if one.name in {other.name for other in before}:
        issues.append(Issue(where, f"'{one.name}' is there twice", "", "one line for each field"))
    if one.type not in SQL_TYPES and one.type not in standard():
        issues.append(unknown("type", one.type, [*SQL_TYPES, *standard()], where=where))
    if one.personal and row.get("key") == "yes":
        why = "so erasing the person would leave nothing to tell these facts apart by"
        issues.append(Issue(where, f"'{one.name}' is personal and a key", why, "an id, or the hash of it"))
    known = standard()[table].by_name.get(one.name) if table in standard() else None
    if known is not None and (known.sql, known.personal) != (one.sql, one.personal):
        what = f"'{one.name}' is {one.type} here and {known.type} in {table}"
        issues.append(Issue(where, what, "", "the same type, and personal alike"))
    for name in ("required", "personal", "dimension", "key"):
        if (row.get(name) or "") not in ("", "yes"):
            issues.append(Issue(where, f"{name} is '{row[name]}'", "", "yes, or nothing"))
    return issues
