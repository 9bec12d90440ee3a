"""What both ways of folding share: names in SQL, the instants an export's dates stand for, what a stage means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import duckdb

from saleswright.history.changes import Source, StageMap
from saleswright.history.schema import Entity

FOREVER = "TIMESTAMP '9999-12-31 00:00:00'"
ORIGIN = "TIMESTAMP '0001-01-01 00:00:00'"
TERMINAL = "('won', 'lost', 'disqualified')"
# Carried by facts beside the entity's own fields: a date whose meaning hangs on the standing, and a stand-in.
EXTRA = {"close": "DATE", "qualified_fallback": "DATE"}

Loaded = Sequence[tuple[Source, str]]


def quoted(name: str) -> str:
    """An identifier, safe whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text literal, safe whatever it holds."""
    return "'" + text.replace("'", "''") + "'"


def instant(source: Source) -> str:
    return f"TIMESTAMP {literal(source.imported_at.replace(tzinfo=None).isoformat(sep=' '))}"


def first_export(sources: Iterable[Source]) -> int:
    """The run of an entity's first export, 0 without one: its dates are known on their days, a later one's since then."""
    return min((source.run_id for source in sources if source.layout == "rows"), default=0)


def anchor_times(entity: Entity, source: Source) -> dict[str, str]:
    """SQL for the instant each anchor's fields became true: never before the record existed, never after the import."""
    trusted = [a for a in entity.anchors if a in source.anchors]
    if not trusted:
        return {}
    ats = {a: quoted(f"{a}__at") for a in trusted}
    if entity.name == "deal" and "closed" in ats:
        ats["closed"] = f"CASE WHEN standing IN {TERMINAL} THEN {ats['closed']} END"
    # A record begins at its creation; where that is not told, at the earliest of its trusted dates.
    earliest = f"least({', '.join(ats.values())})"
    created = ats.get(entity.anchors[0])
    begins = f"coalesce({created}, {earliest})" if created else earliest
    now = instant(source)
    first = entity.anchors[0]
    times = {}
    for anchor in entity.anchors:
        if anchor == first:
            times[anchor] = f"least({begins}, {now})"
        elif anchor in ats:
            times[anchor] = (
                f"CASE WHEN {ats[anchor]} IS NOT NULL THEN least(greatest({ats[anchor]}, {begins}), {now}) END"
            )
    return times


def with_standing(source: Source, table: str) -> str:
    if "stage" not in source.sets:
        return f"SELECT s.*, 'open' AS standing FROM {table} s"
    return (
        f"SELECT s.*, coalesce(stage_of.standing, 'open') AS standing FROM {table} s LEFT JOIN stage_of USING (stage)"
    )


def stage_table(con: duckdb.DuckDBPyConnection, loaded: Loaded, stages: StageMap) -> None:
    con.execute("CREATE OR REPLACE TEMP TABLE stage_of (stage VARCHAR, standing VARCHAR, qualified BOOLEAN)")
    found: set[str] = set()
    for source, table in loaded:
        if source.layout == "fields" and "stage" in source.sets:
            rows = con.execute(f"SELECT DISTINCT value FROM {table} WHERE field = 'stage'").fetchall()
        elif "stage" in source.sets:
            rows = con.execute(f"SELECT DISTINCT stage FROM {table}").fetchall()
        else:
            continue
        found.update(row[0] for row in rows if row[0] is not None)
    mapped = [(stage, *stages.standing(stage)) for stage in sorted(found)]
    if mapped:
        values = ", ".join(f"({literal(stage)}, '{standing}', {qualified})" for stage, standing, qualified in mapped)
        con.execute(f"INSERT INTO stage_of VALUES {values}")
