"""What fold materialises is what the facts say, at every moment, whatever came in and in whatever order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from saleswright.history import engine
from saleswright.history.changes import StageMap
from saleswright.history.fold import create, create_personal, fold
from saleswright.history.release import fingerprint
from saleswright.history.schema import Entity, standard
from tests.conftest import NIGHTLY
from tests.history.reference import ENDS, TICK, Fact, Given, facts, state

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


@laws
@given(histories())
def test_every_moment_is_what_the_facts_say(runs: list[list[Given]]) -> None:
    given_files = flat(runs)
    entity = given_files[0].entity
    con = opened(entity)
    folded(con, given_files)
    stored = rectangles(con, entity)
    told = facts(given_files, STAGES)
    for identity in ("one", "two"):
        own = [f for f in told if f.id == identity]
        rows = stored.get(identity, [])
        for k in moments(own):
            for t in (m for m in moments(own) if m <= k):
                want = state(own, t, k, entity, STAGES, ZONE)
                got = holding(rows, t, k)
                assert len(got) == (want is not None), (identity, t, k, got)
                if want is not None:
                    assert {name: got[0][name] for name in want} == want, (identity, t, k)


@laws
@given(histories())
def test_rectangles_of_one_id_never_overlap_and_one_is_first(runs: list[list[Given]]) -> None:
    given_files = flat(runs)
    entity = given_files[0].entity
    con = opened(entity)
    folded(con, given_files)
    stored = rectangles(con, entity)
    for rows in stored.values():
        for index, one in enumerate(rows):
            assert one["valid_from"] < one["valid_to"]
            assert one["known_from"] < one["known_to"]
            for other in rows[index + 1 :]:
                true_together = one["valid_from"] < other["valid_to"] and other["valid_from"] < one["valid_to"]
                known_together = one["known_from"] < other["known_to"] and other["known_from"] < one["known_to"]
                assert not (true_together and known_together)
        for k in {max(r["known_from"], r["valid_from"]) for r in rows}:
            known = [r for r in rows if r["known_from"] <= k < r["known_to"] and r["valid_from"] <= k]
            assert [r["valid_from"] for r in known if r["first"]] == [min(r["valid_from"] for r in known)]


@laws
@given(histories())
def test_what_becomes_known_later_never_changes_an_earlier_answer(runs: list[list[Given]]) -> None:
    """A late happening changes what was true, never what was known of it before."""
    given_files = flat(runs)
    entity = given_files[0].entity
    exports = [f for f in given_files if f.layout == "rows"]
    happenings = [f for f in given_files if f.layout != "rows"]
    con = opened(entity)
    folded(con, exports + happenings)
    after = rectangles(con, entity)
    for k in sorted({row["recorded"] or row["at"] for file in happenings for row in file.rows})[:-1][-2:]:
        earlier = [
            Given(**{**_parts(f), "rows": tuple(r for r in f.rows if (r["recorded"] or r["at"]) <= k)})
            for f in happenings
        ]
        con = opened(entity)
        folded(con, exports + earlier)
        before = rectangles(con, entity)
        for identity in set(before) | set(after):
            for t in (START + timedelta(hours=h) for h in range(0, 47, 3)):
                if t <= k:
                    assert _shown(before.get(identity, []), t, k) == _shown(after.get(identity, []), t, k)


def _parts(file: Given) -> dict[str, Any]:
    return {name: getattr(file, name) for name in Given.__dataclass_fields__}


def _shown(rows: Sequence[dict[str, Any]], t: datetime, k: datetime) -> list[dict[str, Any]]:
    clocks = {"valid_from", "valid_to", "known_from", "known_to", "run_id", "seq", "first"}
    return [{n: v for n, v in r.items() if n not in clocks} for r in holding(rows, t, k)]


@laws
@given(histories())
def test_step_by_step_is_the_same_as_at_once_and_undo_goes_back(runs: list[list[Given]]) -> None:
    entity = runs[0][0].entity
    con = opened(entity)
    marks = [fingerprint(con, entity, whole=True)]
    for count in range(1, len(runs) + 1):
        folded(con, flat(runs[:count]), only={row["id"] for file in runs[count - 1] for row in file.rows})
        marks.append(fingerprint(con, entity, whole=True))
    for count in range(len(runs), 0, -1):
        touched = {row["id"] for file in runs[count - 1] for row in file.rows}
        if count == 1:
            con.execute(f"DELETE FROM {entity.name}")
        folded(con, flat(runs[: count - 1]), only=touched)
        assert fingerprint(con, entity, whole=True) == marks[count - 1]
    for count in range(1, len(runs) + 1):
        con = opened(entity)
        folded(con, flat(runs[:count]))
        assert fingerprint(con, entity, whole=True) == marks[count]


@laws
@given(histories())
def test_the_same_files_again_add_no_version(runs: list[list[Given]]) -> None:
    """Happenings of the future are left out: an export of now contradicts what they say of later."""
    entity = runs[0][0].entity
    last = [f for f in runs[-1] if f.layout != "rows" or len(runs[-1]) == 1]
    given_files = [*flat(runs[:-1]), *last]
    ahead = (
        [r for f in given_files if f.layout != "rows" for r in f.rows if r["at"] > last[-1].imported_at] if last else []
    )
    if not last or (ahead and any(f.layout == "rows" for f in last)):
        return
    con = opened(entity)
    folded(con, given_files)
    once = fingerprint(con, entity, whole=True)
    folded(con, [*given_files, *(again(file, len(runs) + 1) for file in last)])
    assert fingerprint(con, entity, whole=True) == once


@laws
@given(files(DEAL, 1, 0, "rows") | files(ACCOUNT, 1, 0, "rows"))
def test_one_export_is_made_the_same_way_alone_as_beside_others(file: Given) -> None:
    """A single export takes a shorter path through the code; nobody can tell."""
    empty = Given(file.entity, 2, 0, "events", (), START, ())
    con = opened(file.entity)
    folded(con, [file])
    alone = rectangles(con, file.entity)
    con = opened(file.entity)
    folded(con, [file, empty])
    assert alone == rectangles(con, file.entity)


@laws
@given(histories(only="rows"))
def test_a_later_export_never_rewrites_the_trusted_past(runs: list[list[Given]]) -> None:
    """As of the last instant before a later export, and any instant before, a record seen earlier stays as it was."""
    if len(runs) < 2:
        return
    entity = runs[0][0].entity
    con = opened(entity)
    folded(con, flat(runs[:-1]))
    before = rectangles(con, entity)
    folded(con, flat(runs))
    after = rectangles(con, entity)
    seen = runs[-2][0].imported_at
    for identity, rows in before.items():
        if any(row["id"] == identity for file in runs[-2] for row in file.rows):
            for t in (START + timedelta(hours=h) for h in range(int((seen - START).total_seconds() // 3600) + 1)):
                assert _shown(rows, t, t) == _shown(after[identity], t, t)


def test_a_closing_date_that_an_earlier_export_contradicts_counts_from_then() -> None:
    """Open in the export of day 2, closed in that of day 3 with a date of day 1: closed from just after day 2."""
    row = {"id": "one", "line": 2, "deleted": False, "created": date(2026, 3, 28), "created__at": START}
    first = Given(DEAL, 1, 0, "rows", ("stage", "created", "closed"), START + timedelta(days=1),
                  ({**row, "stage": "talk", "closed": None},), ("created", "closed"))  # fmt: skip
    closed = {**row, "stage": "won", "closed": date(2026, 3, 28), "closed__at": START + timedelta(hours=3)}
    second = Given(DEAL, 2, 0, "rows", first.sets, START + timedelta(days=2), (closed,), first.anchors)
    con = opened(DEAL)
    folded(con, [first, second])
    rows = rectangles(con, DEAL)["one"]
    standings = {r["valid_from"]: r["standing"] for r in rows if r["standing"] in ENDS}
    assert standings == {START + timedelta(days=1) + TICK: "won"}
    assert {r["closed"] for r in rows if r["standing"] == "won"} == {date(2026, 3, 28)}
