"""Which version of each record was true when, and known when? Facts in, rectangles out.

A rectangle (valid_from, valid_to, known_from, known_to) is half-open on both clocks; those of one id never overlap. They
answer every question "as of t, known at k" with t <= k; a later t is asked as t = k, for nobody can see past what is
known. A fact known no later than it became true (the ordinary case) needs one rectangle. A late fact, a correction,
splits its id's rectangles at the moment it became known, so that both answers stay reachable.
"""

from __future__ import annotations

import duckdb

from saleswright.history.changes import ASIDE, StageMap
from saleswright.history.export import from_one_export
from saleswright.history.facts import FOREVER, Loaded, instant, literal, quoted, stage_table
from saleswright.history.rectangles import from_many
from saleswright.history.schema import Entity


def create(con: duckdb.DuckDBPyConnection, entity: Entity) -> None:
    """Make the entity's empty table."""
    columns = ", ".join(f"{quoted(name)} {sql}" for name, sql in entity.columns)
    con.execute(f"CREATE TABLE IF NOT EXISTS {quoted(entity.name)} ({columns})")


def create_personal(con: duckdb.DuckDBPyConnection) -> None:
    """Make the table that alone holds personal data, so that it can be erased in one place."""
    con.execute(
        "CREATE TABLE IF NOT EXISTS personal (entity VARCHAR, id VARCHAR, field VARCHAR, value VARCHAR,"
        " valid_from TIMESTAMP, valid_to TIMESTAMP, known_from TIMESTAMP, known_to TIMESTAMP,"
        " run_id INTEGER, seq BIGINT)"
    )


def fold(con: duckdb.DuckDBPyConnection, entity: Entity, loaded: Loaded, stages: StageMap) -> None:
    """Materialise the rectangles of one entity from its loaded sources (source, table name) into its table."""
    if not loaded:
        return
    if entity.name == "deal":
        stage_table(con, loaded, stages)
    if _apart(con, loaded):
        for source, table in loaded:
            from_one_export(con, entity, source, table)
    else:
        from_many(con, entity, loaded)
    _personal(con, entity, loaded)


def _apart(con: duckdb.DuckDBPyConnection, loaded: Loaded) -> bool:
    """Does every id stand in one file of one export only? Then its versions follow from that row alone."""
    if any(source.layout != "rows" for source, _ in loaded) or len({source.run_id for source, _ in loaded}) > 1:
        return False
    if len(loaded) == 1:
        return True
    each = " UNION ALL ".join(f"SELECT DISTINCT id FROM {table}" for _, table in loaded)
    row = con.execute(f"SELECT count(*) = count(DISTINCT id) FROM ({each})").fetchone()
    return bool(row and row[0])


def _personal(con: duckdb.DuckDBPyConnection, entity: Entity, loaded: Loaded) -> None:
    """Personal fields go to their own table, one row per field and version."""
    parts: list[str] = []
    said = [f"SELECT id FROM {table}" for source, table in loaded if "name" in source.sets and source.number < ASIDE]
    elsewhere = f" WHERE id NOT IN ({' UNION '.join(said)})" if said else ""
    for source, table in loaded:
        for field in entity.fields:
            if not field.personal or field.name not in source.sets:
                continue
            name, value = literal(field.name), f"{quoted(field.name)}::VARCHAR"
            common = f"{source.run_id} AS run, {source.number} AS num, line"
            if source.layout == "fields":
                parts.append(
                    f'SELECT id, {name} AS field, value, "at" AS vf, coalesce(recorded, "at") AS kf, {common}, 1 AS pri'
                    f" FROM {table} WHERE field = {name}"
                )
            elif source.layout == "events":
                parts.append(
                    f'SELECT id, {name} AS field, {value} AS value, "at" AS vf, coalesce(recorded, "at") AS kf,'
                    f" {common}, 1 AS pri FROM {table} WHERE {quoted(field.name)} IS NOT NULL"
                )
            else:
                now = instant(source)
                parts.append(
                    f"SELECT id, {name} AS field, {value} AS value, {now} AS vf, {now} AS kf, {common}, 2 AS pri"
                    f" FROM {table}{elsewhere if source.number >= ASIDE else ''}"
                )
    if not parts:
        return
    con.execute(
        f"""INSERT INTO personal
        SELECT {literal(entity.name)}, id, field, value, vf,
               coalesce(lead(vf) OVER (PARTITION BY id, field ORDER BY vf), {FOREVER}), kf, {FOREVER}, run, line
        FROM (SELECT *, lag(value) OVER p AS before, row_number() OVER p AS place
              FROM (SELECT * FROM ({" UNION ALL ".join(parts)})
                    QUALIFY row_number() OVER (PARTITION BY id, field, vf
                                               ORDER BY pri DESC, kf DESC, run DESC, num DESC, line DESC) = 1)
              WINDOW p AS (PARTITION BY id, field ORDER BY vf))
        WHERE (place = 1 AND value IS NOT NULL) OR (place > 1 AND value IS DISTINCT FROM before)"""
    )
