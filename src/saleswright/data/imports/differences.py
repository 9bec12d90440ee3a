"""What is different from last time? Columns renamed, moved, new or gone; values and owners the record has not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from saleswright.data.imports.files import FileRun
from saleswright.data.mapping.facts import fits
from saleswright.data.mapping.keys import id_sql
from saleswright.data.mapping.model import Rule
from saleswright.data.read.sql import clean, ident, swap
from saleswright.history.facts import FOREVER, quoted
from saleswright.history.release import Publisher, manifest

Kind = Literal["renamed", "moved", "new column", "gone column", "new value", "new owner"]
_SHOWN = 8
_PICKLIST = 200  # different values; more than that is no list to pick from


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference of a file from the last one of its kind."""

    file: str
    kind: Kind
    text: str


def differences(p: Publisher, file: FileRun) -> list[Difference]:
    """How a file differs from the last one that held the same, and from what the record has seen; empty at first sight."""
    if p.base is None or file.mapping is None or file.mended:
        return []
    before = _last_like(p, file)
    found = _columns(file, before) if before else []
    if not p.is_empty(file.mapping.entity):
        found += _values(p, file)
    return found


def _last_like(p: Publisher, file: FileRun) -> dict[str, Any] | None:
    """The manifest's entry of the last file that was read into the same entity in the same layout."""
    assert file.mapping is not None and p.base is not None
    for run in sorted(p.base.runs, reverse=True):
        for entry in manifest(p.state, run).get("files", []):
            if entry.get("mended"):
                continue
            same = entry["entity"] == file.mapping.entity
            if same and str(entry["body"].get("layout", "rows")) == file.mapping.layout:
                found: dict[str, Any] = entry
                return found
    return None


def _columns(file: FileRun, entry: dict[str, Any]) -> list[Difference]:
    assert file.mapping is not None
    was, now = list(entry["headers"]), list(file.evidence.header)
    gone, new = [c for c in was if c not in now], [c for c in now if c not in was]
    before, after = fields_set(entry["body"]), fields_set(file.mapping.definition.body)
    found: list[Difference] = []
    for column in list(new):
        # Where several columns set a field (the months of a grid), none takes another's place.
        place = [f for f in after.get(column, ()) if sum(f in fields for fields in after.values()) == 1]
        old = next((c for f in place for c in gone if f in before.get(c, ()) and _only(f, before)), "")
        if old:
            fields = ", ".join(after[column])
            found.append(Difference(file.name, "renamed", f"'{old}' is now '{column}': both are read as {fields}"))
            gone.remove(old)
            new.remove(column)
    for column in new:
        use = ", ".join(after.get(column, ())) or "kept, not used"
        found.append(Difference(file.name, "new column", f"'{column}' was not there before: {use}"))
    for column in gone:
        used = before.get(column, ())
        what = f"so {', '.join(used)} stays as it was" if used else "it was not used"
        found.append(Difference(file.name, "gone column", f"'{column}' is not there any more, {what}"))
    stayed = [c for c in was if c in now]
    if stayed != [c for c in now if c in was]:
        text = "columns stand in another order; they are read by their names"
        found.append(Difference(file.name, "moved", text))
    return found


def _only(field: str, columns: Mapping[str, tuple[str, ...]]) -> bool:
    return sum(field in fields for fields in columns.values()) == 1


def fields_set(body: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Column -> the fields it sets, in a mapping's body."""
    found: dict[str, tuple[str, ...]] = {}
    for column, given in (body.get("columns") or {}).items():
        fields: list[str] = []
        for rule in given if isinstance(given, list) else [given]:
            if isinstance(rule, dict):
                one, more = rule.get("field"), rule.get("fields") or ()
                fields += [one] if isinstance(one, str) else list(one or ())
                fields += list(more)
            elif rule is not None:
                fields.append(str(rule))
        if fields:
            found[str(column)] = tuple(fields)
    return found


def _values(p: Publisher, file: FileRun) -> list[Difference]:
    """Values of short lists (stage, type ...) and owners that no record of the kind has."""
    mapping = file.mapping
    assert mapping is not None
    entity = p.entities[mapping.entity]
    found: list[Difference] = []
    for column, rule in mapping.rules:
        if column not in file.evidence.header or mapping.layout == "fields" or rule.says:
            continue
        for name in rule.fields:
            field = entity.by_name.get(name)
            if field is None or field.personal or not (field.ref == "person" or (field.dimension and not field.ref)):
                continue
            if field.type != "text" and field.ref != "person":
                continue
            new = _unseen(p, file, column, rule, name)
            if new:
                words = ", ".join(f"{value} ({rows:,} rows)" for value, rows in new[:_SHOWN])
                more = f" and {len(new) - _SHOWN} more" if len(new) > _SHOWN else ""
                kind: Kind = "new owner" if field.ref else "new value"
                found.append(Difference(file.name, kind, f"{name.replace('_', ' ')} not seen before: {words}{more}"))
    return found


def _unseen(p: Publisher, file: FileRun, column: str, rule: Rule, name: str) -> Sequence[tuple[str, int]]:
    mapping = file.mapping
    assert mapping is not None
    field = p.entities[mapping.entity][name]
    text = swap(clean(ident(column)), mapping.repairs.get(column, {}))
    value = swap("v", rule.values)
    key = id_sql(value, field.ref, mapping.source, mapping.ids) if field.ref else value
    if name == "currency":
        key = f"upper({key})"
    seen = f"SELECT {quoted(name)} FROM {quoted(mapping.entity)} WHERE {quoted(name)} IS NOT NULL"
    if field.ref:
        seen += f" UNION SELECT id FROM {quoted(field.ref)} WHERE valid_to = {FOREVER}"
    rows = p.con.execute(
        f"SELECT v, n FROM (SELECT v, count(*) AS n FROM (SELECT {text} AS v FROM {file.good})"
        f" WHERE v IS NOT NULL AND {fits('v', rule.only) if rule.only else 'true'} GROUP BY v)"
        f" WHERE {key} NOT IN ({seen}) ORDER BY n DESC, v LIMIT {_PICKLIST + 1}"
    ).fetchall()
    return [] if len(rows) > _PICKLIST else [(str(v), int(n)) for v, n in rows]
