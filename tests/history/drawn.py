"""Random histories: runs of exports, happenings and changed fields, and the tables that fold makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import duckdb
from hypothesis import settings
from hypothesis import strategies as st

from saleswright.history import engine
from saleswright.history.changes import StageMap
from saleswright.history.fold import create, create_personal, fold
from saleswright.history.schema import Entity, standard
from tests.conftest import NIGHTLY
from tests.history.reference import TICK, Fact, Given

ZONE = "Europe/Berlin"
# Clocks go forward on the second of these days.
START = datetime(2026, 3, 28)
FOREVER = datetime(9999, 12, 31)
STAGES = StageMap(
    {"raw": ("open", False), "won": ("won", True), "lost": ("lost", True), "junk": ("disqualified", False)}
)
ACCOUNT, DEAL = standard()["account"], standard()["deal"]
DAYS = st.sampled_from([None, date(2026, 3, 27), date(2026, 3, 29)])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from([None, "a", "b"]),
    "industry": st.sampled_from([None, "x", "y"]),
    "employees": st.sampled_from([None, 1, 2]),
    "stage": st.sampled_from([None, "raw", "talk", "won", "lost", "junk"]),
    "amount": st.sampled_from([None, 100, 200]),
    "probability": st.sampled_from([None, 0.5]),
    "created": DAYS,
    "qualified": DAYS,
    "expected_close": DAYS,
    "closed": DAYS,
    "close": DAYS,
}
FIELDS = {
    "account": ("name", "industry", "employees", "created"),
    "deal": ("name", "stage", "amount", "probability", "created", "qualified", "expected_close", "closed", "close"),
}

instants = st.integers(0, 45).map(lambda hours: START + timedelta(hours=hours))
identities = st.sampled_from(["one", "two"])
laws = settings(max_examples=500 if NIGHTLY else 25, deadline=None)


@st.composite
def files(draw: st.DrawFn, entity: Entity, run: int, number: int, only: str = "") -> Given:
    """One file of one run: an export of present rows, a list of happenings, or a list of changed fields."""
    layout = only or draw(st.sampled_from(["rows", "rows", "events", "fields"]))
    allowed = [f for f in FIELDS[entity.name] if layout == "rows" or f != "close"]
    sets = tuple(draw(st.lists(st.sampled_from(allowed), min_size=1, max_size=5, unique=True)))
    anchors: tuple[str, ...] = ()
    if layout == "rows":
        anchors = tuple(a for a in entity.anchors if draw(st.booleans()))
    rows: list[dict[str, Any]] = []
    ids = st.lists(identities, max_size=4, unique=layout == "rows")
    for line, identity in enumerate(draw(ids), 2):
        row: dict[str, Any] = {"id": identity, "line": line}
        if layout == "rows":
            row |= {name: draw(VALUES[name]) for name in sets}
            row |= {f"{anchor}__at": draw(st.none() | instants) for anchor in anchors}
            row["deleted"] = draw(st.sampled_from([False, False, False, True]))
            early = not STAGES.standing(row.get("stage"))[1]
            row["qualified_fallback"] = None if early or row.get("qualified") else row.get("created")
        else:
            row |= {"at": draw(instants), "recorded": draw(st.none() | instants)}
            if layout == "events":
                row |= {name: draw(VALUES[name]) for name in sets}
            else:
                name = draw(st.sampled_from(sets))
                value = draw(VALUES[name])
                row |= {"field": name, "value": None if value is None else str(value)}
        rows.append(row)
    if layout == "rows" and rows and draw(st.booleans()):
        rows.append({**rows[0], "line": len(rows) + 2})
    return Given(entity, run, number, layout, sets, START + timedelta(hours=12 * run), tuple(rows), anchors)


@st.composite
def histories(draw: st.DrawFn, entities: Sequence[Entity] = (ACCOUNT, DEAL), only: str = "") -> list[list[Given]]:
    """Several runs, oldest first; some bring a file again that came before."""
    entity = draw(st.sampled_from(entities))
    runs: list[list[Given]] = []
    for run in range(1, draw(st.integers(1, 3)) + 1):
        earlier = [file for files_of in runs for file in files_of]
        if earlier and draw(st.integers(0, 3)) == 0:
            runs.append([again(draw(st.sampled_from(earlier)), run)])
        else:
            count = draw(st.integers(1, 2))
            runs.append([draw(files(entity, run, number, only)) for number in range(count)])
    return runs


def again(file: Given, run: int) -> Given:
    """The very same file, imported by a later run."""
    when = START + timedelta(hours=12 * run)
    return Given(file.entity, run, file.number, file.layout, file.sets, when, file.rows, file.anchors)


@cache
def connection() -> duckdb.DuckDBPyConnection:
    con = engine.writer(":memory:", ZONE)
    con.execute("SET threads = 1")
    for entity in (ACCOUNT, DEAL):
        create(con, entity)
    create_personal(con)
    return con


def opened(entity: Entity) -> duckdb.DuckDBPyConnection:
    """Empty tables. One connection serves all: opening one takes longer than a fold."""
    con = connection()
    con.execute(f"DELETE FROM {entity.name}")
    con.execute("DELETE FROM personal")
    return con


def folded(con: duckdb.DuckDBPyConnection, given: Sequence[Given], only: set[str] | None = None) -> None:
    """Make the rectangles of all ids, or of those in `only`, again from these files."""
    if not given:
        return
    entity = given[0].entity
    where = "true" if only is None else f"id IN ({', '.join(repr(i) for i in sorted(only)) or 'NULL'})"
    con.execute(f"DELETE FROM {entity.name} WHERE {where}")
    loaded = []
    for file in given:
        table = f"s{file.run}_{file.number}"
        con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM ({file.source.query}) WHERE {where}")
        loaded.append((file.source, table))
    fold(con, entity, loaded, STAGES)


def rectangles(con: duckdb.DuckDBPyConnection, entity: Entity) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    cursor = con.execute(f"SELECT * FROM {entity.name}")
    names = [column[0] for column in cursor.description or ()]
    for row in cursor.fetchall():
        found.setdefault(row[0], []).append(dict(zip(names, row, strict=True)))
    return found


def flat(runs: Sequence[Sequence[Given]]) -> list[Given]:
    return [file for files_of in runs for file in files_of]


def moments(told: Sequence[Fact]) -> list[datetime]:
    marks = {f.at for f in told} | {f.known for f in told}
    return sorted(marks | {m - TICK for m in marks} | {START + timedelta(days=9)})


def holding(rows: Sequence[dict[str, Any]], t: datetime, k: datetime) -> list[dict[str, Any]]:
    return [r for r in rows if r["valid_from"] <= t < r["valid_to"] and r["known_from"] <= k < r["known_to"]]
