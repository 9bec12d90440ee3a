"""Which facts do raw rows hold under a mapping? One query, that can be run again at any time and gives the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from saleswright.data.mapping.facts import Cells
from saleswright.data.mapping.keys import hashed, id_sql
from saleswright.data.mapping.model import Mapping
from saleswright.data.mapping.rule import Rule
from saleswright.data.read.forms import bool_sql
from saleswright.data.read.sql import ident, text, texts
from saleswright.history.changes import Source, StageMap
from saleswright.history.schema import Entity

_PLAIN = Rule(())


def project(
    mapping: Mapping,
    entity: Entity,
    segment_sql: str,
    *,
    headers: Iterable[str],
    run_id: int,
    number: int,
    imported_at: datetime,
    zone: str,
    currency: str,
    stages: StageMap,
    file: str = "",
) -> Source:
    """Which typed facts are in these raw rows? `segment_sql` is a table or table function with the raw columns
    `headers` and `_line`; `zone` and `currency` are the workspace's.

    What a bad value would set is NULL here: `rejects` finds such rows, and the caller leaves them out. Rows layout of
    deals also yields `qualified_fallback` DATE: the created date of a deal whose stage counts as qualified and which
    has no qualified date.
    """
    cells = Cells(mapping, entity, zone, currency, tuple(headers))
    base = cells.select(segment_sql)
    anchors: tuple[str, ...] = ()
    if mapping.layout == "fields":
        query, sets = _fields(cells, base)
    elif mapping.layout == "events":
        query, sets = _events(cells, base)
    else:
        query, sets, anchors = _rows(cells, base, stages)
    return Source(
        entity=entity.name,
        run_id=run_id,
        number=number,
        layout=mapping.layout,
        query=query,
        sets=sets,
        imported_at=imported_at,
        anchors=anchors,
        full=mapping.full,
        file=file,
    )


Fact = tuple[Rule, str]


def record_forms(cells: Cells) -> list[dict[str, list[Fact]]]:
    """The records one row holds: for each, the (rule, text) pairs behind every field. One, unless columns lie side by
    side (`with:`), then one for each of those."""
    shared: dict[str, list[Fact]] = {}
    side: list[dict[str, list[Fact]]] = []
    # What a rule says outright goes before what other columns hold.
    for name, rule in sorted(cells.rules, key=lambda found: not found[1].says):
        own = shared
        if rule.constants:
            own = {f: [(_PLAIN, text(constant))] for f, constant in rule.constants.items()}
            side.append(own)
        for field in rule.fields:
            own.setdefault(field, []).append((rule, cells.value(rule, name)))
    for field, constant in cells.mapping.defaults.items():
        if field != "currency" and not any(field in form for form in (shared, *side)):
            shared[field] = [(_PLAIN, text(constant))]
    return [{**shared, **own} for own in side] or [shared]


def record_id(cells: Cells, form: dict[str, list[Fact]]) -> str:
    """SQL of the id: its column's key, or the key fields put together."""
    mapping, entity = cells.mapping, cells.entity
    if "id" in form:
        return id_sql(_first(v for _, v in form["id"]), entity.name, mapping.source, mapping.ids)
    parts = []
    for name in mapping.key:
        field, found = cells.field(name), form.get(name, [])
        part = _first(cells.fact(name, rule, v) for rule, v in found) if found else "NULL"
        if field.ref:
            part = f"substr({part}, {len(f'{field.ref}_{mapping.source}_') + 1})"
        elif field.personal:
            part = hashed(part)
        # A bar inside a value must not look like the bar between two.
        parts.append(f"replace(replace(CAST({part} AS VARCHAR), '%', '%25'), '|', '%7C')")
    bare = " || '|' || ".join(f"coalesce({part}, '')" for part in parts)
    start = text(f"{entity.name}_{mapping.source}_")
    return f"CASE WHEN coalesce({', '.join(parts)}) IS NOT NULL THEN {start} || {bare} END"


def _rows(cells: Cells, base: str, stages: StageMap) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    mapping, entity = cells.mapping, cells.entity
    records = record_forms(cells)
    sets = _sets(cells, records)
    anchors = tuple(
        a
        for a in entity.anchors
        if a in mapping.fixed and any(a in r or (a == "closed" and "close" in r) for r in records)
    )
    selects = []
    for form in records:
        deleted = cells.name(mapping.deleted)
        columns = [
            f"{record_id(cells, form)} AS id",
            "_line AS line",
            f"{f'coalesce({bool_sql(deleted)}, false)' if deleted else 'false'} AS deleted",
            *_set_columns(cells, form, sets),
            *(f"{_began(cells, form, anchor, stages)} AS {anchor}__at" for anchor in anchors),
        ]
        if entity.name == "deal":
            columns.append(f"{_fallback(cells, form, stages)} AS qualified_fallback")
        # A record beside others in its row exists when the column that makes it has a value.
        own = next((v for facts in form.values() for rule, v in facts if rule.constants), "")
        selects.append(f"SELECT {', '.join(columns)} FROM ({base})" + (f" WHERE {own} IS NOT NULL" if own else ""))
    return " UNION ALL ".join(selects), sets, anchors


def _events(cells: Cells, base: str) -> tuple[str, tuple[str, ...]]:
    form = record_forms(cells)[0]
    sets = _sets(cells, [form])
    columns = [f"{record_id(cells, form)} AS id", "_line AS line", *_clocks(cells), *_set_columns(cells, form, sets)]
    return f"SELECT {', '.join(columns)} FROM ({base})", sets


def _fields(cells: Cells, base: str) -> tuple[str, tuple[str, ...]]:
    mapping = cells.mapping
    field = cells.name(mapping.field)
    names = {theirs: ours for theirs, ours in mapping.names.items() if ours != "id"}
    sets = tuple(dict.fromkeys(names.values()))
    which = " ".join(f"WHEN {text(theirs)} THEN {text(ours)}" for theirs, ours in names.items())

    def typed(column: str) -> str:
        v = cells.name(column)
        cases = " ".join(
            f"WHEN {text(theirs)} THEN CAST({typed_value(cells, theirs, v)} AS VARCHAR)" for theirs in names
        )
        return f"CASE {field} {cases} END" if v and cases else "CAST(NULL AS VARCHAR)"

    columns = [f"{record_id(cells, record_forms(cells)[0])} AS id", "_line AS line", *_clocks(cells)]
    columns += [f"CASE {field} {which} END AS field" if which else "CAST(NULL AS VARCHAR) AS field"]
    columns += [f"{typed(mapping.value)} AS value", *([f"{typed(mapping.old)} AS old"] if mapping.old else [])]
    known = f"{field} IN ({texts(names)})"
    return f"SELECT {', '.join(columns)} FROM ({base}) WHERE {known}", sets


def typed_value(cells: Cells, theirs: str, v: str) -> str:
    """SQL of the typed value of a changed field, by the source's name for it."""
    rule = cells.mapping.forms.get(theirs, _PLAIN)
    return cells.fact(cells.mapping.names[theirs], rule, cells.value(rule, v))


def _clocks(cells: Cells) -> list[str]:
    mapping = cells.mapping
    found = []
    for column, name in ((mapping.at, "at"), (mapping.recorded, "recorded")):
        v = cells.name(column)
        rule = next((rule for cell, rule in cells.rules if cell == v), _PLAIN)
        found.append(f"{cells.began('', rule, v) if v else 'CAST(NULL AS TIMESTAMP)'} AS {ident(name)}")
    return found


def _sets(cells: Cells, records: list[dict[str, list[Fact]]]) -> tuple[str, ...]:
    names = {name for form in records for name in form if name != "id"} | set(cells.mapping.defaults)
    if any(rule.currency for _, rule in cells.rules) and "currency" in cells.entity.by_name:
        names.add("currency")
    return tuple(name for name in (*cells.entity.by_name, "close") if name in names)


def _set_columns(cells: Cells, form: dict[str, list[Fact]], sets: tuple[str, ...]) -> list[str]:
    columns = []
    for name in sets:
        field = cells.field(name)
        values = [cells.fact(name, rule, v) for rule, v in form.get(name, [])]
        if name == "currency":
            values.append(_own_currency(cells, form))
        elif name in cells.mapping.defaults:
            values.append(cells.fact(name, _PLAIN, text(cells.mapping.defaults[name])))
        columns.append(f"CAST({_first(values) if values else 'NULL'} AS {field.sql}) AS {ident(name)}")
    return columns


def _own_currency(cells: Cells, form: dict[str, list[Fact]]) -> str:
    """What the currency is where no column says so: the amount's, then the mapping's."""
    for facts in form.values():
        for rule, v in facts:
            if rule.currency:
                return cells.currency_code(rule, v)
    default = cells.mapping.defaults.get("currency")
    return text(default) if default else "NULL"


def _began(cells: Cells, form: dict[str, list[Fact]], anchor: str, stages: StageMap) -> str:
    name = anchor if anchor in form else "close"
    if name not in form:
        return "CAST(NULL AS TIMESTAMP)"
    began = _first(cells.began(name, rule, v) for rule, v in form[name])
    over = [stage for stage, (standing, _) in stages.stages.items() if standing != "open"]
    if anchor == "closed" and cells.mapping.entered:
        # The file says to the minute when the deal entered the stage it ended in.
        entries: dict[str, list[str]] = {}
        for column, stage in cells.mapping.entered.items():
            if cells.name(column) and stage.casefold() in over:
                entries.setdefault(stage.casefold(), []).append(cells.began("", _PLAIN, cells.name(column)))
        cases = " ".join(f"WHEN {text(stage)} THEN {_latest(found)}" for stage, found in entries.items())
        began = f"coalesce(CASE {_stage(form)} {cases} END, {began})" if cases else began
    if name == "close":
        began = f"CASE WHEN {_stage(form)} IN ({texts(over)}) THEN {began} END"
    return began


def _fallback(cells: Cells, form: dict[str, list[Fact]], stages: StageMap) -> str:
    if "created" not in form:
        return "CAST(NULL AS DATE)"
    created = _first(cells.fact("created", rule, v) for rule, v in form["created"])
    blank = " AND ".join(f"{v} IS NULL" for _, v in form.get("qualified", [])) or "true"
    early = [stage for stage, (_, qualified) in stages.stages.items() if not qualified]
    late = f"coalesce({_stage(form)}, '') NOT IN ({texts(early)})" if early else "true"
    return f"CASE WHEN {blank} AND {late} THEN {created} END"


def _stage(form: dict[str, list[Fact]]) -> str:
    return f"lower({_first(v for _, v in form['stage'])})" if "stage" in form else "CAST(NULL AS VARCHAR)"


def _first(values: Iterable[str]) -> str:
    found = list(values)
    return found[0] if len(found) == 1 else f"coalesce({', '.join(found)})"


def _latest(instants: list[str]) -> str:
    return instants[0] if len(instants) == 1 else f"greatest({', '.join(instants)})"
