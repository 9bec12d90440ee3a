"""What fold materialises is what the facts say, at every moment, whatever came in and in whatever order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import given

from saleswright.history.fold import create
from saleswright.history.release import fingerprint
from saleswright.history.schema import standard
from tests.history.drawn import (
    ACCOUNT,
    DEAL,
    STAGES,
    START,
    ZONE,
    again,
    files,
    flat,
    folded,
    histories,
    holding,
    laws,
    moments,
    opened,
    rectangles,
)
from tests.history.reference import ENDS, TICK, Given, facts, state


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
def test_what_was_said_of_a_day_on_that_day_never_changes_by_a_later_export(runs: list[list[Given]]) -> None:
    """Whatever its dates say, and whether or not the record was there before: it was not known until it came."""
    if len(runs) < 2:
        return
    entity = runs[0][0].entity
    con = opened(entity)
    folded(con, flat(runs[:-1]))
    before = rectangles(con, entity)
    folded(con, flat(runs))
    after = rectangles(con, entity)
    came = runs[-1][0].imported_at
    days = [START + timedelta(hours=h) for h in range(int((came - START).total_seconds() // 3600))] + [came - TICK]
    for identity in before.keys() | after.keys():
        for k in days:
            for t in (day for day in days if day <= k):
                assert _shown(before.get(identity, []), t, k) == _shown(after.get(identity, []), t, k), (identity, t, k)


@laws
@given(histories(only="rows"))
def test_a_first_export_is_known_on_its_own_dates(runs: list[list[Given]]) -> None:
    """What it says of a past day it says as of that day too, or every test on the past would be of nothing."""
    entity = runs[0][0].entity
    con = opened(entity)
    folded(con, runs[0])
    for rows in rectangles(con, entity).values():
        assert all(row["known_from"] == row["valid_from"] for row in rows)


def test_a_closing_date_that_an_earlier_export_contradicts_counts_from_then() -> None:
    """Open in the export of day 2, closed in that of day 3 with a date of day 1: closed from just after day 2, as it is
    known from day 3."""
    row = {"id": "one", "line": 2, "deleted": False, "created": date(2026, 3, 28), "created__at": START}
    first = Given(DEAL, 1, 0, "rows", ("stage", "created", "closed"), START + timedelta(days=1),
                  ({**row, "stage": "talk", "closed": None},), ("created", "closed"))  # fmt: skip
    closed = {**row, "stage": "won", "closed": date(2026, 3, 28), "closed__at": START + timedelta(hours=3)}
    second = Given(DEAL, 2, 0, "rows", first.sets, START + timedelta(days=2), (closed,), first.anchors)
    con = opened(DEAL)
    folded(con, [first, second])
    rows = rectangles(con, DEAL)["one"]
    came = START + timedelta(days=2)
    known = [r for r in rows if r["known_from"] <= came < r["known_to"]]
    standings = {r["valid_from"]: r["standing"] for r in known if r["standing"] in ENDS}
    assert standings == {START + timedelta(days=1) + TICK: "won"}
    for t in (came - TICK, START + timedelta(days=1, hours=1)):
        assert [r["standing"] for r in holding(rows, t, came - TICK)] == (["open"] if t < came else [])
        assert [r["standing"] for r in holding(rows, t, came)] == ["won"]
    assert {r["closed"] for r in rows if r["standing"] == "won"} == {date(2026, 3, 28)}


def test_a_deal_that_a_later_export_brings_was_there_but_not_known() -> None:
    """Created at hour 15 and first exported at hour 24, when another deal had been exported at hour 12."""
    row = {"id": "one", "line": 2, "deleted": False, "stage": "talk", "created": date(2026, 3, 28)}
    row["created__at"] = START + timedelta(hours=15)
    exports = [
        Given(DEAL, run, 0, "rows", ("stage", "created"), START + timedelta(hours=12 * run), (one,), ("created",))
        for run, one in ((1, {**row, "id": "two"}), (2, row))
    ]
    con = opened(DEAL)
    folded(con, exports)
    rows, came, between = rectangles(con, DEAL)["one"], exports[1].imported_at, START + timedelta(hours=20)
    assert not holding(rows, between, between) and not holding(rows, between, came - TICK)
    assert [r["created"] for r in holding(rows, between, came)] == [date(2026, 3, 28)]
    # With the first export taken back it is the first itself, and trusted.
    con = opened(DEAL)
    folded(con, exports[1:])
    assert len(holding(rectangles(con, DEAL)["one"], between, between)) == 1


def test_a_late_earlier_fact_leaves_the_first_version_first_for_who_did_not_know_it() -> None:
    rows = (
        {"id": "one", "line": 2, "at": START + timedelta(hours=2), "recorded": None, "name": "a"},
        {"id": "one", "line": 3, "at": START, "recorded": START + timedelta(hours=9), "name": "b"},
    )
    con = opened(ACCOUNT)
    folded(con, [Given(ACCOUNT, 1, 0, "events", ("name",), START + timedelta(days=1), rows)])
    for hour, first in ((8, "a"), (9, "b")):
        k = START + timedelta(hours=hour)
        known = [r for r in rectangles(con, ACCOUNT)["one"] if r["known_from"] <= k < r["known_to"]]
        assert [r["name"] for r in known if r["first"]] == [first]


def test_personal_values_come_from_every_layout() -> None:
    """Each layout alone and first among others; their values go to the personal table only."""
    person = standard()["person"]
    clocks = {"id": "one", "at": START, "recorded": None}
    changed = Given(person, 1, 0, "fields", ("name",), START, ({**clocks, "line": 2, "field": "name", "value": "Roe"},))
    happened = Given(person, 1, 1, "events", ("name",), START, ({**clocks, "line": 2, "name": "Doe"},))
    row = {"id": "one", "line": 2, "deleted": False, "name": "Poe"}
    present = Given(person, 1, 2, "rows", ("name",), START + timedelta(days=1), (row,))
    wanted = {changed.layout: ["Roe"], happened.layout: ["Doe"], present.layout: ["Poe"]}
    for files_of in ([changed], [happened], [present], [happened, present], [changed, present]):
        con = opened(DEAL)
        create(con, person)
        con.execute("DELETE FROM person")
        folded(con, files_of)
        found = con.execute("SELECT value FROM personal ORDER BY valid_from").fetchall()
        assert [value for (value,) in found] == [name for file in files_of for name in wanted[file.layout]]
