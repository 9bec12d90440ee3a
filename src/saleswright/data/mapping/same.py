"""Is there what identifies a row, and do no two rows share it?"""

from __future__ import annotations

import duckdb

from saleswright.data.mapping.facts import Cells
from saleswright.data.mapping.project import record_forms, record_id
from saleswright.data.read.sql import clean, ident, text

_COUNTED = ("deal", "activity")
"""Entities whose every row counts, so that two alike are not taken for one."""


def identify(con: duckdb.DuckDBPyConnection, cells: Cells, table: str, into: str) -> None:
    """What identifies a row is there, and no two rows share it."""
    mapping, entity = cells.mapping, cells.entity
    base = cells.select(ident(table))
    for form in record_forms(cells):
        own = next((v for facts in form.values() for rule, v in facts if rule.constants), "")
        there = f"{own} IS NOT NULL AND " if own else ""
        by = mapping.column_of("id") or ", ".join(filter(None, (mapping.column_of(f) for f in mapping.key)))
        _missing(con, f"FROM ({base}) WHERE {there}{record_id(cells, form)} IS NULL", into, by, "no id")
        needed = [f for f in entity.fields if f.required] if mapping.layout == "rows" else []
        for field in needed:
            values = " AND ".join(f"{v} IS NULL" for _, v in form.get(field.name, []))
            if values and field.name not in mapping.defaults:
                _missing(
                    con, f"FROM ({base}) WHERE {there}{values}", into, mapping.column_of(field.name), f"no {field.name}"
                )
        if mapping.layout == "rows":
            constants = [v for f in mapping.key for rule, v in form.get(f, []) if v.startswith("'")]
            ids = f"SELECT _line, {record_id(cells, form)} AS id FROM ({base})"
            _doubles(con, cells, table, into, ids, by, constants)
    if mapping.layout != "rows" and cells.name(mapping.at):
        _missing(con, f"FROM ({base}) WHERE {cells.name(mapping.at)} IS NULL", into, mapping.at, "no date")


def _missing(con: duckdb.DuckDBPyConnection, rows: str, into: str, column: str, reason: str) -> None:
    con.execute(
        f"INSERT INTO {ident(into)} SELECT _line, {text(column)}, '', {text(reason)}, "
        f"{text('fill it in, or take the row out')} {rows}"
    )


def _doubles(
    con: duckdb.DuckDBPyConnection, cells: Cells, table: str, into: str, ids: str, by: str, constants: list[str]
) -> None:
    rows, different = con.execute(f"SELECT count(id), count(DISTINCT id) FROM ({ids})").fetchall()[0]
    if rows == different:
        return
    typed = [c for c in (cells.mapping.column_of(f) for f in cells.mapping.key) if c in cells.headers]
    own = cells.mapping.column_of("id")
    shown = ident(own) if own in cells.headers else f"concat_ws(', ', {', '.join([*map(ident, typed), *constants])})"
    content = f"hash({', '.join(clean(ident(header)) for header in cells.headers)})"
    reason = "'the same id is already on line ' || first || ', with other content'"
    fix, differs = "keep one of the two rows, or give them different ids", "content <> kept"
    if not own and cells.entity.name in _COUNTED:
        # Without an id two rows that look the same may still be two records, and none may be lost in silence.
        reason = f"{text(f'the same {by} as on line ')} || first || ': without an id the two cannot be told apart'"
        fix, differs = "export the id as well, or take one of the two rows out", "_line <> first"
    con.execute(
        f"INSERT INTO {ident(into)} SELECT _line, {text(by)}, shown, {reason}, {text(fix)} FROM ("
        "SELECT *, first_value(_line) OVER same AS first, first_value(content) OVER same AS kept FROM ("
        f"SELECT i._line, i.id, t.shown, t.content FROM ({ids}) AS i "
        f"JOIN (SELECT _line AS at_line, {shown} AS shown, {content} AS content FROM {ident(table)}) AS t "
        f"ON t.at_line = i._line "
        f"WHERE i.id IN (SELECT id FROM ({ids}) WHERE id IS NOT NULL GROUP BY id HAVING count(*) > 1)) "
        f"WINDOW same AS (PARTITION BY id ORDER BY _line)) WHERE {differs}"
    )
