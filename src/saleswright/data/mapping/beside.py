"""What do the rows of a file say about other records, or about other days of the same ones?"""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import replace

from saleswright.data.mapping.facts import Cells
from saleswright.data.mapping.model import Mapping
from saleswright.data.mapping.people import people_named
from saleswright.data.mapping.project import project, record_forms, record_id
from saleswright.data.mapping.rule import Rule
from saleswright.data.read.sql import ident, text
from saleswright.history.changes import ASIDE, Source, StageMap
from saleswright.history.schema import Entity

_PLAIN = Rule(())


def sources_beside(
    source: Source,
    mapping: Mapping,
    known: Map[str, Entity],
    segment: str,
    headers: Sequence[str],
    zone: str,
    currency: str,
) -> list[Source]:
    """Further sources out of the same rows as `source`: the people they name in words, the stages they were in."""
    cells = Cells(mapping, known[mapping.entity], zone, currency, tuple(headers))
    people = people_named(source, mapping, known[mapping.entity], segment, headers, zone, currency)
    stages = _stages_entered(source, cells, segment)
    return [found for found in (people, stages, _first_line(source, cells)) if found]


def _first_line(source: Source, cells: Cells) -> Source | None:
    """The record in a first line that is no heading: its cells are the names of the columns."""
    if cells.mapping.heading or cells.mapping.layout != "rows":
        return None
    row = ", ".join(f"{text(column)} AS {ident(column)}" for column in cells.headers)
    first = f"(SELECT 1::BIGINT AS _line, {row})"
    mapping, entity = cells.mapping, cells.entity
    return project(
        mapping, entity, first, headers=cells.headers, run_id=source.run_id, number=3 * ASIDE + source.number,
        imported_at=source.imported_at, zone=cells.zone, currency=cells.currency, stages=StageMap(),
    )  # fmt: skip


def _stages_entered(source: Source, cells: Cells, segment: str) -> Source | None:
    """Each date in a column of `entered:` is a happening: on that day the deal came into that stage."""
    columns = [(cells.name(c), stage) for c, stage in cells.mapping.entered.items() if cells.name(c)]
    if not columns or cells.entity.name != "deal":
        return None
    key = record_id(cells, record_forms(cells)[0])
    base = cells.select(segment)
    parts = [
        f'SELECT {key} AS id, _line AS line, {cells.began("", _PLAIN, v)} AS "at", CAST(NULL AS TIMESTAMP) AS recorded, '
        f"{text(stage)} AS stage FROM ({base}) WHERE {v} IS NOT NULL"
        for v, stage in columns
    ]
    query = f'SELECT * FROM ({" UNION ALL ".join(parts)}) WHERE "at" IS NOT NULL'
    number = 2 * ASIDE + source.number
    return replace(
        source, layout="events", query=query, sets=("stage",), anchors=(), number=number, full=False, assumed=""
    )
