"""Which of the workspace's mappings reads a file? The one meant for its name, or made for the same columns, that fits best."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from saleswright.data.imports.files import FileRun
from saleswright.data.mapping.dates import date_ok
from saleswright.data.mapping.model import Mapping
from saleswright.data.mapping.rule import Rule
from saleswright.data.read import forms
from saleswright.data.read.sql import clean, ident
from saleswright.history.release import Publisher, manifest
from saleswright.lib.issue import Issue

_LOOK = 20_000  # values looked at in a column
_ORDERS = ("ymd", "dmy", "mdy", "d-mon-y", "mon-d-y")
_NUMBERS = ("money", "number", "share")
_ALIKE = 0.1  # by so much more like the file's name must one of several mappings of the same columns be


@dataclass(frozen=True)
class Fit:
    """A mapping for a file: what the file lacks of it, whether its name was meant, and which columns are written
    otherwise than the mapping says, told by values that only another reading can read."""

    mapping: Mapping
    lacking: tuple[Issue, ...]
    named: bool
    turned: tuple[str, ...]

    @property
    def broken(self) -> bool:
        """Can the file's rows not be told apart by it?"""
        return any(issue.level == "error" for issue in self.lacking)


def fit(p: Publisher, own: Sequence[Mapping], file: FileRun) -> Fit | None:
    """The mapping that fits best, or None when none is meant or made for such a file."""
    if file.mended:
        return _origin(p, own, file)
    meant = [_held(p, mapping, file, True) for mapping in own if mapping.reads(file.name)]
    if meant:
        return min(meant, key=lambda f: (f.broken, len(f.turned), len(f.lacking)))
    same = [m for m in own if columns_of(m) == set(file.evidence.header) and not m.missing(file.evidence.header)]
    found = [_held(p, mapping, file, False) for mapping in same]
    fitting = [f for f in found if not f.turned] or found
    if len(fitting) > 1 and len({_sense(f.mapping) for f in fitting}) > 1:
        # The same columns with another meaning: only the name tells, or nothing does.
        ranked = sorted(fitting, key=lambda f: -_alike(f.mapping, file))
        if _alike(ranked[0].mapping, file) < _alike(ranked[1].mapping, file) + _ALIKE:
            return None
        return ranked[0]
    return fitting[0] if fitting else None


def columns_of(mapping: Mapping) -> set[str]:
    """Every column a mapping names, used or not."""
    single = (mapping.at, mapping.recorded, mapping.field, mapping.value, mapping.old, mapping.deleted)
    return {*mapping.definition.body.get("columns", {}), *mapping.entered, *filter(None, single)}


def _origin(p: Publisher, own: Sequence[Mapping], file: FileRun) -> Fit | None:
    """The mapping that gave the rows back: named in the file itself, else that of the last import which gave back such."""
    given_back = (
        str(entry["mapping"])
        for run in sorted(p.base.used if p.base else (), reverse=True)
        for entry in manifest(p.state, run).get("files", [])
        if entry.get("rejects") and list(entry["headers"]) == list(file.evidence.header)
    )
    name = file.origin or next(given_back, "")
    mapping = next((mapping for mapping in own if mapping.name == name), None)
    return Fit(mapping, tuple(mapping.missing(file.evidence.header)), True, ()) if mapping else None


def _held(p: Publisher, mapping: Mapping, file: FileRun, named: bool) -> Fit:
    return Fit(mapping, tuple(mapping.missing(file.evidence.header)), named, _turned(p, mapping, file))


def _turned(p: Publisher, mapping: Mapping, file: FileRun) -> tuple[str, ...]:
    """The columns whose values another order of dates, or another decimal mark, reads more of."""
    found = []
    for column, rule in mapping.rules:
        if column not in file.evidence.header or column in found:
            continue
        tests = _readings(p, mapping, rule)
        if not tests:
            continue
        counts = ", ".join(f"count(*) FILTER (WHERE {test})" for test in tests)
        row = p.con.execute(
            f"SELECT {counts} FROM (SELECT {clean(ident(column))} AS v FROM {file.table}"
            f" WHERE {ident(column)} IS NOT NULL LIMIT {_LOOK}) WHERE v IS NOT NULL"
        ).fetchone()
        if row and max(row[1:]) > row[0]:
            found.append(column)
    return tuple(found)


def _readings(p: Publisher, mapping: Mapping, rule: Rule) -> list[str]:
    """SQL tests of `v`: the mapping's own reading first, then every other one."""
    entity = p.entities[mapping.entity]
    kinds = {
        "date" if f == "close" else entity[f].type
        for f in rule.fields
        if f != "id" and (f == "close" or f in entity.by_name)
    }
    if kinds & {"date", "moment"}:
        own = rule.dates or mapping.dates
        return [date_ok("v", order) for order in (own, *_ORDERS)] if own in _ORDERS else []
    if kinds & set(_NUMBERS):
        mark = rule.decimal or mapping.decimal
        return [forms.number_ok("v", one) for one in (mark, "." if mark == "," else ",")]
    return []


def _sense(mapping: Mapping) -> tuple[str, ...]:
    body = mapping.definition.body
    return (mapping.entity, mapping.layout, mapping.source, str(body.get("defaults")), str(body.get("columns")))


def _alike(mapping: Mapping, file: FileRun) -> float:
    """How like are the names, numbers and dates in them left out?"""
    one, other = (
        re.sub(r"[^a-z]+", " ", name.casefold().rpartition(".")[0]).strip() for name in (mapping.file, file.name)
    )
    return SequenceMatcher(None, one, other).ratio()
