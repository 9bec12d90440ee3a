"""What do the rows of a file say under a mapping that is still being made? Typed rows, for evidence out of the whole file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb

from saleswright.data.mapping.model import read_mapping
from saleswright.data.mapping.project import project
from saleswright.data.mapping.proposal import Facts, Guess
from saleswright.data.mapping.stages import propose_stages
from saleswright.data.read.sql import text, texts
from saleswright.history.changes import Source, StageMap
from saleswright.kernel.definition import Definition


@dataclass(frozen=True)
class Typed:
    """The typed rows of a file: SQL, the fields they have, and SQL of where each deal stands."""

    query: str
    sets: tuple[str, ...]
    standing: str

    def has(self, *names: str) -> bool:
        return all(name in self.sets for name in names)


def source_of(start: Guess, body: dict[str, Any], known: Facts) -> Source | None:
    """The source a body means so far; None while it has an error."""
    mapping, _ = read_mapping(Definition("mapping", "draft", body), known.entities)
    if mapping is None:
        return None
    return project(
        mapping, known.entities[mapping.entity], start.table, headers=start.evidence.header, run_id=0, number=0,
        imported_at=datetime.now(UTC).replace(tzinfo=None), zone="UTC", currency=known.currency, stages=StageMap(),
    )  # fmt: skip


def typed(con: duckdb.DuckDBPyConnection, start: Guess, body: dict[str, Any], known: Facts) -> Typed | None:
    """The rows of a list of deals; None where they cannot be read yet or name no stage."""
    source = source_of(start, body, known)
    if source is None or source.entity != "deal" or source.layout != "rows" or "stage" not in source.sets:
        return None
    rows = con.execute(f"SELECT stage, count(*) FROM ({source.query}) GROUP BY 1").fetchall()
    where = standings([(str(s), int(n)) for s, n in rows if s is not None], start, known)
    cases = {kind: [s for s, k in where.items() if k == kind] for kind in ("won", "lost", "disqualified")}
    whens = " ".join(f"WHEN stage IN ({texts(names)}) THEN {text(kind)}" for kind, names in cases.items() if names)
    return Typed(source.query, source.sets, f"CASE {whens} ELSE 'open' END" if whens else "'open'")


def standings(counted: list[tuple[str, int]], start: Guess, known: Facts) -> dict[str, str]:
    """Stage -> standing: as the workspace declares it, else as the file tells, else by its name."""
    if known.stages.stages:
        return {stage: known.stages.standing(stage)[0] for stage, _ in counted}
    body, _ = propose_stages(counted, start.standings)
    return {stage: v if isinstance(v, str) else str(v["standing"]) for stage, v in body["stages"].items()}
