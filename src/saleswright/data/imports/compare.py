"""What is new in a file? Each row is new, changed or unchanged against the record, counted before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from saleswright.history.changes import Source, own_minor
from saleswright.history.facts import FOREVER, literal, quoted
from saleswright.history.release import Publisher


@dataclass(frozen=True, slots=True)
class Outcome:
    """Rows by what they mean for the record; `touched` names a temp table with the ids to make again.

    single: no record stands on two rows, as far as that was seen by the way.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    touched: str = ""
    single: bool = False


def compare(p: Publisher, source: Source, loaded: str, earlier: Sequence[Source]) -> Outcome:
    """Compare a source's typed rows (temp table `loaded`) with the record as it stands."""
    marks = f"marks_{source.number}"
    entity = quoted(source.entity)
    present = f"(SELECT * FROM {entity} WHERE valid_to = {FOREVER} AND known_to = {FOREVER})"
    if p.is_empty(source.entity):
        plain = _all_new(p, source, loaded)
        if plain is not None:
            return plain
        p.con.execute(
            f"CREATE OR REPLACE TEMP TABLE {marks} AS SELECT id, line,"
            " CASE WHEN row_number() OVER (PARTITION BY id ORDER BY line) = 1"
            f" THEN 'new' ELSE '{'unchanged' if source.layout == 'rows' else 'changed'}' END AS mark FROM {loaded}"
        )
    elif source.layout == "rows":
        _against_record(p, source, loaded, marks, present)
    else:
        _against_facts(p, source, loaded, marks, present, earlier)
    # A line may hold several records (a plan's columns); it is counted once, by the most that it brings.
    counts = dict(
        p.con.execute(
            f"""SELECT mark, count(*) FROM (
                SELECT CASE WHEN bool_or(mark = 'new') THEN 'new' WHEN bool_or(mark = 'changed') THEN 'changed'
                            ELSE 'unchanged' END AS mark FROM {marks} GROUP BY line) GROUP BY 1"""
        ).fetchall()
    )
    touched = f"touched_{source.number}"
    p.con.execute(
        f"CREATE OR REPLACE TEMP TABLE {touched} AS SELECT DISTINCT id FROM {marks} WHERE mark <> 'unchanged'"
    )
    return Outcome(counts.get("new", 0), counts.get("changed", 0), counts.get("unchanged", 0), 0, touched)


def _all_new(p: Publisher, source: Source, loaded: str) -> Outcome | None:
    """The counts where the record holds nothing of the kind yet; None where rows must be told apart one by one."""
    row = p.con.execute(f"SELECT count(*), count(DISTINCT id), count(DISTINCT line) FROM {loaded}").fetchone()
    assert row is not None
    facts, ids, lines = row
    if source.layout == "rows":
        return Outcome(new=lines, single=True) if facts == ids else None
    return Outcome(new=ids, changed=lines - ids) if facts == lines else None


def _against_record(p: Publisher, source: Source, loaded: str, marks: str, present: str) -> None:
    entity = p.entities[source.entity]
    differs = ["r.removed IS DISTINCT FROM s.deleted"]
    joins = []
    untold = source.untold(entity)
    for index, name in enumerate(source.sets):
        column = quoted(name)
        if name == "close":
            differs.append("coalesce(r.closed, r.expected_close) IS DISTINCT FROM s.close")
        elif name not in entity.by_name:
            continue
        elif entity[name].personal:
            joins.append(
                f"LEFT JOIN personal p{index} ON p{index}.entity = '{source.entity}' AND p{index}.id = s.id"
                f" AND p{index}.field = '{name}' AND p{index}.valid_to = {FOREVER}"
            )
            differs.append(f"p{index}.value IS DISTINCT FROM s.{column}")
        elif name == "qualified":
            # A stand-in (a stage's entry, the created date) is no change when the file still says nothing.
            differs.append(
                "((s.qualified IS NOT NULL OR r.qualified_by = 'field') AND r.qualified IS DISTINCT FROM s.qualified)"
            )
        elif name == "closed":
            differs.append("(r.standing <> 'open' AND r.closed IS DISTINCT FROM s.closed)")
        elif name in untold:
            own = own_minor(f"s.{column}", f"coalesce(r.currency, {literal(source.assumed)})")
            differs.append(f"r.{column} IS DISTINCT FROM {own}")
            if entity.name == "deal":
                # The record learns in which currency it is taken to be.
                differs.append(f"(r.currency IS NULL AND s.{column} IS NOT NULL)")
        else:
            differs.append(f"r.{column} IS DISTINCT FROM s.{column}")
    p.con.execute(
        f"""CREATE OR REPLACE TEMP TABLE {marks} AS
        SELECT s.id, s.line, CASE WHEN row_number() OVER (PARTITION BY s.id ORDER BY s.line) > 1 THEN 'unchanged'
                          WHEN r.id IS NULL THEN 'new' WHEN {" OR ".join(differs)} THEN 'changed' ELSE 'unchanged' END AS mark
        FROM {loaded} s LEFT JOIN {present} r ON r.id = s.id {" ".join(joins)}"""
    )


def _against_facts(
    p: Publisher, source: Source, loaded: str, marks: str, present: str, earlier: Sequence[Source]
) -> None:
    """A happening is known already when an earlier run told the very same one."""
    like = [e for e in earlier if e.layout == source.layout and set(e.sets) == set(source.sets)]
    columns = ["id", '"at"'] + (["field", "value"] if source.layout == "fields" else [quoted(n) for n in source.sets])
    listed = ", ".join(columns)
    known = " UNION ".join(f"SELECT {listed} FROM ({e.query})" for e in like)
    same = " AND ".join(f"k.{c} IS NOT DISTINCT FROM s.{c}" for c in columns)
    twin = f"EXISTS (SELECT 1 FROM ({known}) k WHERE {same})" if known else "false"
    p.con.execute(
        f"""CREATE OR REPLACE TEMP TABLE {marks} AS
        SELECT s.id, s.line, CASE WHEN {twin} THEN 'unchanged'
                          WHEN r.id IS NULL AND row_number() OVER (PARTITION BY s.id ORDER BY s.line) = 1 THEN 'new'
                          ELSE 'changed' END AS mark
        FROM {loaded} s LEFT JOIN {present} r ON r.id = s.id"""
    )


def missing(p: Publisher, sources: Sequence[Source], loaded: Sequence[str], origin: str) -> tuple[str, int]:
    """For declared full exports of one kind and origin, taken together: (temp table of the ids they lack, how many)."""
    first = sources[0]
    table = f"missing_{first.number}"
    prefix = f"{first.entity}_{origin}_".replace("'", "''")
    there = " UNION ".join(f"SELECT id FROM {name}" for name in loaded)
    p.con.execute(
        f"""CREATE OR REPLACE TEMP TABLE {table} AS
        SELECT id FROM {quoted(first.entity)} WHERE valid_to = {FOREVER} AND known_to = {FOREVER} AND NOT removed
          AND starts_with(id, '{prefix}') AND id NOT IN (SELECT id FROM ({there}) WHERE id IS NOT NULL)"""
    )
    row = p.con.execute(f"SELECT count(*) FROM {table}").fetchone()
    return table, int(row[0]) if row else 0
