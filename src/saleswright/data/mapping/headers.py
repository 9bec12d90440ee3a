"""What are columns called? The table of names in several languages, compared without case, accents and punctuation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from saleswright.history.schema import Entity

_FILE = Path(__file__).parent / "synonyms.yaml"


@cache
def synonyms() -> dict[str, Any]:
    """The table as it is written."""
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, Any] = yaml.load(_FILE.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506
    return found


def plain(name: str) -> str:
    """The name without case, accents, spaces, punctuation and what a product adds to own fields (`__c`)."""
    bare = re.sub(r"^property_|__c$|_c$", "", name.strip())
    bare = unicodedata.normalize("NFKD", bare.casefold())
    return "".join(char for char in bare if char.isalnum())


@dataclass(frozen=True, slots=True)
class Known:
    """A name of a field: how early it stands in its list, and whether only this entity uses it."""

    field: str
    rank: int
    own: bool


def settable(entity: Entity) -> tuple[str, ...]:
    """The names a column may set."""
    return ("id", *(("close",) if entity.name == "deal" else ()), *entity.by_name)


@cache
def names_of(entity: str, fields: tuple[str, ...]) -> dict[str, Known]:
    """Those fields of an entity by every plain name of theirs; its own names before those all entities share."""
    table = synonyms()
    found: dict[str, Known] = {}
    for field, names in table["entities"].get(entity, {}).get("fields", {}).items():
        for rank, name in enumerate(names if field in fields else ()):
            found.setdefault(plain(name), Known(field, rank, True))
    for field, names in table["common"].items():
        for rank, name in enumerate(names if field in fields else ()):
            found.setdefault(plain(name), Known(field, 100 + rank, False))
    return found


def match(entity: Entity, headers: Iterable[str]) -> dict[str, Known]:
    """Which header means which field? One header for a field, the best known one; others are left out."""
    names = names_of(entity.name, settable(entity))
    best: dict[str, tuple[int, str, Known]] = {}
    for header in headers:
        known = names.get(plain(header)) or _by_its_name(entity, header)
        if known and (known.field not in best or known.rank < best[known.field][0]):
            best[known.field] = known.rank, header, known
    return {header: known for _, header, known in best.values()}


def find(headers: Iterable[str], names: Iterable[str]) -> str:
    """The header that has one of these names, the earliest name first, or empty."""
    by_plain = {plain(header): header for header in reversed(list(headers))}
    return next((by_plain[plain(name)] for name in names if plain(name) in by_plain), "")


def _by_its_name(entity: Entity, header: str) -> Known | None:
    """Every field, a workspace's own too, is known by its own name."""
    name = plain(header)
    return next((Known(f, 50, True) for f in settable(entity) if plain(f) == name), None)
