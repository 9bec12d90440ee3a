"""What are columns called? The table of names in several languages, compared without case, accents and punctuation."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from saleswright.data.read.forms import CURRENCY_SIGNS
from saleswright.history.schema import Entity
from saleswright.lib.money import CURRENCIES

_FOLDER = Path(__file__).parent / "words"
_ADDED = re.compile(r"^propert(?:y|ies)_|__c$|_c$")
# "Deal - Title", "Opportunity: Amount": what the record is stands before what the column is.
_PREFIX = re.compile(r"^([^\W\d_][\w ]{1,24}?)(?: [-–>] |: ?| > )(?=\S)")
_CODE = "|".join(sorted(CURRENCIES)) + "|" + "|".join(map(re.escape, sorted(CURRENCY_SIGNS, key=len, reverse=True)))
_WITH_CODE = re.compile(
    rf"^(?:(?P<a>{_CODE}|\$)\s+)?(?P<name>.*?)[\s_]*(?:\bin\s+)?[\s_(\[]*(?P<b>{_CODE}|\$|£|€)?[)\]]?$", re.IGNORECASE
)
# What stands in brackets after a name and does not change its meaning.
_ASIDE = re.compile(
    r"\s*[(\[](?:GMT|UTC|CET|CEST|EST|PST|date|days|tage|jours|%|#|optional|required)[)\]]$", re.IGNORECASE
)


@cache
def synonyms() -> dict[str, Any]:
    """The table as it is written, all files of it."""
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, Any] = {}
    for path in sorted(_FOLDER.glob("*.yaml")):
        for key, value in yaml.load(path.read_text(encoding="utf-8"), Loader=loader).items():  # noqa: S506
            if isinstance(value, dict):
                found.setdefault(key, {}).update(value)
            else:
                found[key] = value
    return found


@lru_cache(maxsize=1 << 16)
def plain(name: str) -> str:
    """The name without case, accents, spaces, punctuation and what a product adds to own fields (`__c`)."""
    bare = _ADDED.sub("", name.strip())
    bare = unicodedata.normalize("NFKD", bare.casefold())
    return "".join(char for char in bare if char.isalnum())


@dataclass(frozen=True, slots=True)
class Known:
    """A name of a field: how early it stands in its list, whether only this entity uses it, the currency it names, and
    the column that stands behind it (a last name behind a first)."""

    field: str
    rank: int
    own: bool
    currency: str = ""
    joined: str = ""


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
            found.setdefault(plain(name), Known(field, rank, not name.startswith("~")))
    for field, names in table["common"].items():
        for rank, name in enumerate(names if field in fields else ()):
            found.setdefault(plain(name), Known(field, 100 + rank, False))
    return found


def candidates(entity: Entity, headers: Iterable[str]) -> dict[str, Known]:
    """Every header whose name is known, with the field it would set."""
    headers = tuple(headers)
    names, prefix = names_of(entity.name, settable(entity)), prefix_of(headers)
    found = {header: _known(entity, names, _short(header, prefix)) for header in headers}
    return {header: known for header, known in found.items() if known}


def match(entity: Entity, headers: Iterable[str], chosen: Mapping[str, str] | None = None) -> dict[str, Known]:
    """Which header means which field? One header for a field, the best known one; others are left out. What a person
    has chosen for a header (a field, or empty for none) goes before every name."""
    chosen = {h: f for h, f in (chosen or {}).items() if not f or f in settable(entity)}
    forced = {header: Known(field, -1, True) for header, field in chosen.items() if field}
    best: dict[str, tuple[int, str, Known]] = {known.field: (-1, header, known) for header, known in forced.items()}
    for header, known in candidates(entity, headers).items():
        if header not in chosen and (known.field not in best or known.rank < best[known.field][0]):
            best[known.field] = known.rank, header, known
    if "name" in entity.by_name and "first_name" not in entity.by_name and best.get("name", (101,))[0] > 100:
        names = synonyms()["common"]
        first, last = find(headers, names["first_name"]), find(headers, names["last_name"])
        if first and last and first not in chosen:
            best["name"] = 0, first, Known("name", 0, False, joined=last)
    there = set(headers)
    return {header: known for _, header, known in best.values() if header in there}


def find(headers: Iterable[str], names: Iterable[str]) -> str:
    """The header that has one of these names, the earliest name first, or empty."""
    headers = list(headers)
    prefix = prefix_of(headers)
    by_plain = {plain(_short(header, prefix)): header for header in reversed(headers)}
    return next((by_plain[plain(name)] for name in names if plain(name) in by_plain), "")


def prefix_of(headers: Iterable[str]) -> str:
    """What half of the headers or more begin with before a dash or a colon: `Deal`, in `Deal - Title`."""
    headers = tuple(headers)
    counted = Counter(found[1] for header in headers if (found := _PREFIX.match(header)))
    word, count = counted.most_common(1)[0] if counted else ("", 0)
    return word if count >= 3 and count * 2 >= len(headers) else ""


def _short(header: str, prefix: str) -> str:
    found = _PREFIX.match(header) if prefix else None
    return header[found.end() :] if found and found[1] == prefix else header


def _known(entity: Entity, names: dict[str, Known], header: str) -> Known | None:
    known = names.get(plain(header)) or _by_its_name(entity, header)
    if known is None and _ASIDE.search(header):
        known = names.get(plain(_ASIDE.sub("", header)))
    if known is None:
        found = _WITH_CODE.match(header)
        sign = found and (found["a"] or found["b"])
        if found and sign:
            known = names.get(plain(found["name"]))
            if known is None or known.field not in entity.by_name or entity[known.field].type != "money":
                return None
            code = CURRENCY_SIGNS.get(sign, sign.upper())
            known = replace(known, rank=known.rank + 20, currency=code if code in CURRENCIES else "")
    return known


def _by_its_name(entity: Entity, header: str) -> Known | None:
    """Every field, a workspace's own too, is known by its own name."""
    name = plain(header)
    return next((Known(f, 50, True) for f in settable(entity) if plain(f) == name), None)
