"""Who is named in a file that is not about people? Owners and managers written by name are people with that name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from saleswright.data.mapping.facts import Cells
from saleswright.data.mapping.keys import IMPERSONAL, id_sql
from saleswright.data.mapping.model import Mapping
from saleswright.data.read.sql import text
from saleswright.history.changes import ASIDE, Source
from saleswright.history.schema import Entity


def people_named(
    source: Source, mapping: Mapping, entity: Entity, segment: str, headers: Iterable[str], zone: str, currency: str
) -> Source | None:
    """A source of people beside `source`: everybody its reference columns name in words, each with that name.

    None when the file names nobody in words. The people's own file, where there is one, has the last word.
    """
    cells = Cells(mapping, entity, zone, currency, tuple(headers))
    parts = []
    for column, rule in cells.rules:
        for name in rule.fields:
            if name != "id" and cells.field(name).ref == "person":
                value = cells.value(rule, column)
                parts.append(f"SELECT {value} AS v, _line FROM ({cells.select(segment)})")
    if not parts:
        return None
    key = id_sql("v", "person", mapping.source, mapping.ids)
    query = (
        f"SELECT {key} AS id, min(_line) AS line, false AS deleted, min(v) AS name FROM ({' UNION ALL '.join(parts)})"
        f" WHERE v IS NOT NULL AND NOT regexp_full_match(v, {text(IMPERSONAL)}) GROUP BY 1"
    )
    number = ASIDE + source.number
    return replace(
        source, entity="person", layout="rows", query=query, sets=("name",), anchors=(), number=number, full=False
    )
