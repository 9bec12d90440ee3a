"""What do we keep? Every entity is an attribute table: field, type, unit, required, personal, since, dimension, meaning.

The tables in `entities/*.csv` are the one source for storage, checks, forms and docs. `since` names the date a field is
true from when a source gives only its present state and the mapping trusts that date; empty means: true from the import.
A type that is an entity's name is a reference to it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

FOLDER = Path(__file__).parent / "entities"
SQL_TYPES = {
    "text": "VARCHAR",
    "date": "DATE",
    "moment": "TIMESTAMP",
    "money": "BIGINT",
    "int": "BIGINT",
    "number": "DOUBLE",
    "share": "DOUBLE",
    "bool": "BOOLEAN",
}
# Derived by the projection, never mapped: standing from the stage map, and how `qualified` was known.
DERIVED = {"deal": (("standing", "VARCHAR"), ("qualified_by", "VARCHAR"))}
CLOCKS = (
    ("removed", "BOOLEAN"),
    ("first", "BOOLEAN"),
    ("valid_from", "TIMESTAMP"),
    ("valid_to", "TIMESTAMP"),
    ("known_from", "TIMESTAMP"),
    ("known_to", "TIMESTAMP"),
    ("run_id", "INTEGER"),
    ("seq", "BIGINT"),
)


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute of an entity."""

    name: str
    type: str
    unit: str = ""
    required: bool = False
    personal: bool = False
    since: str = ""
    dimension: bool = False
    meaning: str = ""
    custom: bool = False

    @property
    def sql(self) -> str:
        """The column's storage type; references are ids, kept as text."""
        return SQL_TYPES.get(self.type, "VARCHAR")

    @property
    def ref(self) -> str:
        """The entity this field points to, or empty."""
        return "" if self.type in SQL_TYPES else self.type


@dataclass(frozen=True)
class Entity:
    """An entity and its fields, in the order of its table."""

    name: str
    fields: tuple[Field, ...]

    def __getitem__(self, name: str) -> Field:
        return self.by_name[name]

    @cached_property
    def by_name(self) -> dict[str, Field]:
        return {f.name: f for f in self.fields}

    @cached_property
    def plain(self) -> tuple[Field, ...]:
        """The fields kept in the entity's own table; personal ones live apart."""
        return tuple(f for f in self.fields if not f.personal)

    @cached_property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """(name, SQL type) of the entity's stored table."""
        return (
            ("id", "VARCHAR"),
            *((f.name, f.sql) for f in self.plain),
            *DERIVED.get(self.name, ()),
            *CLOCKS,
        )

    @cached_property
    def anchors(self) -> tuple[str, ...]:
        """The dates that may date other fields, in order."""
        return tuple(dict.fromkeys(f.since for f in self.fields if f.since))


@cache
def standard() -> dict[str, Entity]:
    """The shipped entities by name."""
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.csv"))}


def entities(custom: Iterable[tuple[str, Field]] = ()) -> dict[str, Entity]:
    """The shipped entities, widened by a workspace's custom fields: (entity, field) pairs."""
    found = dict(standard())
    for name, field in custom:
        entity = found[name]
        if field.name not in entity.by_name:
            found[name] = Entity(name, (*entity.fields, field))
    return found


def _read(path: Path) -> Entity:
    with path.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return Entity(
        path.stem,
        tuple(
            Field(
                name=row["field"],
                type=row["type"],
                unit=row["unit"],
                required=row["required"] == "yes",
                personal=row["personal"] == "yes",
                since=row["since"],
                dimension=row["dimension"] == "yes",
                meaning=row["meaning"],
            )
            for row in rows
        ),
    )
