"""Which versions follow from one export? Every id stands in one row, so its versions come from the row's own dates.

The result is the same as the general way of `rectangles.py` gives (a law in the tests), without sorting anything.
"""

from __future__ import annotations

import duckdb

from saleswright.history.changes import Source, own_minor
from saleswright.history.facts import FOREVER, TERMINAL, anchor_times, instant, literal, quoted, with_standing
from saleswright.history.schema import Entity


def from_one_export(con: duckdb.DuckDBPyConnection, entity: Entity, source: Source, table: str) -> None:
    """Every id stands in one row of one export: its versions follow from the row's own dates, without a window."""
    now = instant(source)
    times = anchor_times(entity, source)
    names = [f"t{index}" for index in range(len(times))]
    time_of = dict(zip(times, names, strict=True))
    deal = entity.name == "deal"
    row = with_standing(source, table) if deal else f"SELECT s.* FROM {table} s"
    twice = con.execute(f"SELECT count(*) > count(DISTINCT id) FROM {table}").fetchone()
    if twice and twice[0]:
        row += " QUALIFY row_number() OVER (PARTITION BY s.id ORDER BY s.line DESC) = 1"
    dated = ", ".join(["r.*", *(f"{sql} AS {name}" for name, sql in zip(names, times.values(), strict=True))])
    since = {f.name: (f"coalesce({time_of[f.since]}, {now})" if f.since in time_of else now) for f in entity.fields}
    moments = _moments(entity, source, time_of, since, now)
    visible = f"vf >= {since['stage']}" if deal else ""
    values: list[str] = []
    untold = source.untold(entity)
    for field in entity.plain:
        sql = quoted(field.name) if field.name in source.sets else ""
        if field.name in untold:
            sql = own_minor(sql, literal(source.assumed))
        if deal and untold and field.name == "currency":
            shown = " OR ".join(f"(vf >= {since[name]} AND {quoted(name)} IS NOT NULL)" for name in untold)
            values.append(f"CASE WHEN {shown} THEN {literal(source.assumed)} END")
            continue
        if deal and "close" in source.sets and field.name == "expected_close":
            close = f"CASE WHEN vf >= {since['closed']} THEN close END"
            values.append(f"coalesce(CASE WHEN vf >= {now} THEN {sql} END, {close})" if sql else close)
            continue
        if deal and field.name == "closed":
            given = "coalesce(closed, close)" if {"closed", "close"} <= set(source.sets) else ""
            given = given or next((c for c in ("closed", "close") if c in source.sets), "")
            sql = f"CASE WHEN standing IN {TERMINAL} THEN {given} END" if given else ""
        if deal and field.name == "qualified" and "created" in source.sets:
            mapped = f"CASE WHEN vf >= {since['qualified']} THEN {sql} END" if sql else "NULL"
            values.append(f"coalesce({mapped}, CASE WHEN vf >= {since['created']} THEN qualified_fallback END)")
            continue
        if not sql:
            values.append(f"NULL::{field.sql}")
        elif since[field.name] == now:
            values.append(f"CASE WHEN vf >= {now} THEN {sql} END" if names else sql)
        else:
            values.append(f"CASE WHEN vf >= {since[field.name]} THEN {sql} END")
    if deal:
        values.append(f"CASE WHEN {visible} THEN standing ELSE 'open' END")
        ways = [("field", "qualified", "qualified"), ("created", "created", "qualified_fallback")]
        cases = [
            f"WHEN {column} IS NOT NULL AND vf >= {since[field]} THEN '{way}'"
            for way, field, column in ways
            if field in source.sets
        ]
        values.append(f"CASE {' '.join(cases)} END" if cases else "NULL::VARCHAR")
    con.execute(
        f"""INSERT INTO {quoted(entity.name)}
        SELECT id, {", ".join(values)}, deleted AND vf >= {now}, vf = ts[1], vf, vt, vf, {FOREVER}, {source.run_id}, line
        FROM (SELECT *, unnest(ts) AS vf, unnest(list_append(ts[2:], {FOREVER})) AS vt
              FROM (SELECT *, {moments} AS ts FROM (SELECT {dated} FROM ({row}) r)))"""
    )


def _moments(entity: Entity, source: Source, time_of: dict[str, str], since: dict[str, str], now: str) -> str:
    """SQL for the sorted instants at which the row's record really changed: where a group of fields brings a value."""
    groups: dict[str, list[str]] = {anchor: [] for anchor in time_of}
    late = ["deleted"]
    for field in entity.plain:
        if field.name in source.sets:
            brings = f"{quoted(field.name)} IS NOT NULL"
            if entity.name == "deal" and field.name == "closed":
                brings += f" AND standing IN {TERMINAL}"
            if "close" in source.sets and field.name == "expected_close":
                brings += " AND expected_close IS DISTINCT FROM close"
            if field.since in time_of:
                groups[field.since].append(brings)
                late.append(f"({brings} AND {since[field.name]} = {now})")
            else:
                late.append(f"({brings})")
    if "close" in source.sets:
        groups.setdefault("closed", []).append("close IS NOT NULL")
        late.append(f"(close IS NOT NULL AND {since['closed']} = {now})")
    steps = []
    for place, (anchor, name) in enumerate(time_of.items()):
        brings = " OR ".join(groups[anchor]) or "false"
        steps.append(name if place == 0 else f"CASE WHEN {brings} THEN {name} END")
    steps.append(f"CASE WHEN {' OR '.join(late)} THEN {now} END")
    found = f"list_sort(list_distinct(list_filter([{', '.join(steps)}], t -> t IS NOT NULL)))"
    return f"CASE WHEN len({found}) = 0 THEN [{now}] ELSE {found} END"
