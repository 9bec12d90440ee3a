"""Which values name nothing, but would name exactly one thing if case, spaces and punctuation did not count?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb

from saleswright.data.mapping import model
from saleswright.data.mapping.facts import Cells
from saleswright.data.read.sql import ident
from saleswright.history.schema import Entity


@dataclass(frozen=True, slots=True)
class Repair:
    """One value to be read as another: `value` in `column` of `rows` rows means `target`."""

    column: str
    value: str
    target: str
    rows: int

    def __str__(self) -> str:
        return f"{self.column}: {self.value} -> {self.target} ({self.rows:,} rows)"


def known_keys(con: duckdb.DuckDBPyConnection, mapping: model.Mapping, entity: Entity, table: str) -> list[str]:
    """The keys under which the records of a loaded table can be named by others, as written."""
    cells = _cells(con, mapping, entity, table)
    column = mapping.column_of("id")
    if not cells.name(column) or mapping.layout != "rows":
        return []
    found = con.execute(f"SELECT DISTINCT {cells.cell(column)} AS v FROM {ident(table)}").fetchall()
    return sorted(str(v) for (v,) in found if v is not None)


def near_misses(
    con: duckdb.DuckDBPyConnection,
    mapping: model.Mapping,
    entity: Entity,
    table: str,
    targets: Mapping[str, Iterable[str]],
) -> list[Repair]:
    """Which repairs would make references match? `targets` gives the keys known for each entity, from the same import
    and from history; an entity without any is left alone. Only values equal to exactly one target after case, spaces
    and punctuation are taken away; never a likeness. Values already repaired by the mapping are not named again.
    """
    cells = _cells(con, mapping, entity, table)
    repairs = []
    for column, rule in mapping.rules:
        if not cells.name(column) or mapping.layout == "fields":
            continue
        for name in rule.fields:
            wanted = set(targets.get(cells.field(name).ref, ())) if name != "id" else set()
            if not wanted:
                continue
            value = cells.value(rule, cells.cell(column))
            found = con.execute(f"SELECT {value} AS v, count(*) FROM {ident(table)} GROUP BY v ORDER BY v").fetchall()
            lost = [(str(v), int(rows)) for v, rows in found if v is not None and str(v) not in wanted]
            if not lost:
                continue
            plain: dict[str, list[str]] = {}
            for target in sorted(wanted):
                plain.setdefault(_plain(target), []).append(target)
            for v, rows in lost:
                near = plain.get(_plain(v), [])
                if len(near) == 1 and _plain(v):
                    repairs.append(Repair(column, v, near[0], rows))
    return repairs


def _plain(value: str) -> str:
    return "".join(char for char in value.casefold() if char.isalnum())


def _cells(con: duckdb.DuckDBPyConnection, mapping: model.Mapping, entity: Entity, table: str) -> Cells:
    headers = tuple(str(row[0]) for row in con.execute(f"DESCRIBE {ident(table)}").fetchall() if row[0] != "_line")
    return Cells(mapping, entity, "UTC", "USD", headers)
