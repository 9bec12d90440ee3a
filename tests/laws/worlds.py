"""Random histories of deals, stacked in one record by world: the segment of a deal is the world it lives in.

A deal's history is a log of facts, each true from one moment and known from the same or a later one. The rectangles that the
record keeps are made of them here, slowly and by themselves: a deal at (t, k) is, field by field, the latest fact true by t and
known by k. Owners are people who change teams, some of them known late.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from saleswright.app import open_workspace
from saleswright.history.changes import StageMap
from saleswright.history.release import definitions_hash, publisher
from saleswright.history.schema import entities
from saleswright.kernel.workspace import Workspace

BEGIN, DAYS = date(2026, 1, 1), 210
PEOPLE, TEAMS = 8, ("North", "South", "East")
FOREVER = datetime(9999, 12, 31)
FIELDS = (
    "name", "type", "stage", "standing", "amount", "currency", "created", "qualified", "qualified_by", "expected_close",
    "closed", "owner", "segment", "removed",
)  # fmt: skip
CLOCKS = ("first", "valid_from", "valid_to", "known_from", "known_to", "run_id", "seq")


@dataclass(frozen=True)
class Fact:
    """Some fields of one record, true from `at`, known from `known`."""

    id: str
    at: datetime
    known: datetime
    sets: dict[str, Any]


def worlds(seed: int, count: int, deals: int = 5, prompt: bool = False) -> list[Fact]:
    """The facts of this many worlds: re-opens, team moves, changed currencies, deletions, past due, late clean-up.

    prompt: everything is entered on the day it happens.
    """
    rng = random.Random(seed)
    found = [fact for world in range(count) for fact in _world(rng, world, deals)]
    return [_prompt(fact) for fact in found] if prompt else found


def _prompt(fact: Fact) -> Fact:
    closed = {"closed": fact.at.date()} if fact.sets.get("closed") else {}
    return Fact(fact.id, fact.at, fact.at, {**fact.sets, **closed})


def _world(rng: random.Random, world: int, deals: int) -> Iterable[Fact]:
    for number in range(deals):
        yield from _deal(rng, f"deal_crm_{world:05}_{number}", f"w{world:05}")


def _deal(rng: random.Random, own: str, world: str) -> Iterable[Fact]:
    day = rng.randrange(DAYS - 30)
    born = BEGIN + timedelta(day)
    state: dict[str, Any] = dict.fromkeys(FIELDS)
    state |= {"name": own, "segment": world, "created": born, "currency": rng.choice(["USD", "USD", "EUR"])}
    state |= {"owner": _person(rng), "type": rng.choice(["new", "new", "new", "renewal"]), "removed": False}
    state |= {"stage": "talk", "standing": "open", "amount": _amount(rng), "expected_close": _due(rng, day)}
    if rng.random() < 0.85:
        state |= {"qualified": born + timedelta(rng.choice((0, 0, 3))), "qualified_by": "field"}
    yield _fact(rng, own, day, state)
    for _ in range(rng.randrange(9)):
        day += rng.choice((0, 1, 2, 5, 9, 20, 40))
        if day >= DAYS:
            return
        yield _fact(rng, own, day, _change(rng, day, state))


def _change(rng: random.Random, day: int, state: dict[str, Any]) -> dict[str, Any]:
    """Something that happens to a deal; `state` is what it was told to be so far."""
    kinds = ("amount", "amount", "due", "due", "owner", "win", "lose", "drop", "currency", "delete", "qualify", "type")
    kind = rng.choice(kinds)
    today = BEGIN + timedelta(day)
    if state["standing"] != "open" and rng.random() < 0.6:
        kind = "reopen"
    sets: dict[str, Any] = {
        "amount": {"amount": _amount(rng)},
        "due": {"expected_close": _due(rng, day)},
        "owner": {"owner": _person(rng)},
        "win": {"stage": "won", "standing": "won", "closed": today - timedelta(rng.choice((0, 0, 0, 4, -3)))},
        "lose": {"stage": "lost", "standing": "lost", "closed": today - timedelta(rng.choice((0, 0, 2)))},
        "drop": {"stage": "dropped", "standing": "disqualified", "closed": today},
        "currency": {"currency": rng.choice(["USD", "EUR"])},
        "delete": {"removed": not state["removed"]},
        "qualify": {"qualified": today, "qualified_by": "field"},
        "type": {"type": rng.choice(["new", "renewal"])},
        "reopen": {"stage": "talk", "standing": "open", "closed": None},
    }[kind]
    if kind == "lose" and rng.random() < 0.4:
        sets["amount"] = 0
    state |= sets
    return sets


def _fact(rng: random.Random, own: str, day: int, sets: dict[str, Any]) -> Fact:
    at = datetime(BEGIN.year, BEGIN.month, BEGIN.day) + timedelta(day, seconds=rng.randrange(86_000))
    late = timedelta(rng.choice((1, 6, 25, 60))) if rng.random() < 0.12 else timedelta()
    return Fact(own, at, at + late, dict(sets))


def _amount(rng: random.Random) -> int | None:
    return rng.choice([None, 0, *(rng.randrange(1, 9_000_000) for _ in range(8))])


def _due(rng: random.Random, day: int) -> date | None:
    return None if rng.random() < 0.07 else BEGIN + timedelta(day + rng.randrange(-5, 100))


def _person(rng: random.Random) -> str:
    return f"person_crm_{rng.randrange(PEOPLE)}"


def people(seed: int, later: int = 0) -> list[Fact]:
    """Who is in which team, and since when; `later`: so many re-organisations after all others."""
    rng = random.Random(seed)
    start = datetime(2025, 1, 1)
    found = [
        Fact(f"person_crm_{i}", start, start, {"team": TEAMS[i % len(TEAMS)], "removed": False}) for i in range(PEOPLE)
    ]
    for _ in range(12):
        at = datetime(2026, 1, 1, 9) + timedelta(rng.randrange(DAYS))
        known = at + timedelta(rng.choice((0, 0, 0, 20)))
        found.append(Fact(_person(rng), at, known, {"team": rng.choice(TEAMS)}))
    for turn in range(later):
        at = datetime(2026, 1, 1, 9) + timedelta(DAYS + turn)
        found += [Fact(f"person_crm_{i}", at, at, {"team": rng.choice(TEAMS)}) for i in range(PEOPLE)]
    return found


def rectangles(facts: Sequence[Fact], fields: Sequence[str]) -> list[dict[str, Any]]:
    """What one record was, in stretches of both clocks; told by its facts alone."""
    ordered = sorted(facts, key=lambda fact: (fact.at, fact.known))
    moments = sorted({fact.at for fact in facts})
    found = []
    for at, end in zip(moments, [*moments[1:], FOREVER], strict=True):
        told = [fact for fact in ordered if fact.at <= at]
        knowns = sorted({max(fact.known, at) for fact in told})
        for known, until in zip(knowns, [*knowns[1:], FOREVER], strict=True):
            state: dict[str, Any] = dict.fromkeys(fields)
            heard = [fact for fact in told if fact.known <= known]
            if not any(fact.sets.get("removed") is not None for fact in heard):
                # Nothing of its beginning is known yet.
                continue
            for fact in heard:
                state |= fact.sets
            clocks = {"valid_from": at, "valid_to": end, "known_from": known, "known_to": until}
            found.append({**state, **clocks, "first": at == moments[0]})
    return found


def record(place: Path, deals: Sequence[Fact], persons: Sequence[Fact]) -> Workspace:
    """A workspace that holds this history, published without the importer."""
    place.mkdir(parents=True)
    settings = 'format = 1\nname = "Worlds"\ncurrency = "USD"\nzone = "UTC"\n\n[defaults]\nperiod = "all"\n'
    (place / "saleswright.toml").write_text(settings, encoding="utf-8")
    space = open_workspace(place)
    with publisher(space.state, entities(), StageMap(), space.zone) as p:
        p.begin(fresh=True)
        for entity, facts, fields in (("deal", deals, FIELDS), ("person", persons, ("team", "removed"))):
            path = _written(place / f"{entity}.csv", facts, fields)
            p.con.execute(
                f"INSERT INTO {entity} BY NAME SELECT * FROM read_csv('{path}', header = true, all_varchar = true)"
            )
        p.con.execute(
            """INSERT INTO rate BY NAME SELECT 'rate_' || i AS id, 'EUR' AS currency, 'USD' AS base,
               DATE '2025-12-01' + (i * 13)::INT AS starts, 0.8 + (i * 7 % 10) / 50 AS rate, false AS removed,
               true AS first, TIMESTAMP '2025-01-01' AS valid_from, TIMESTAMP '9999-12-31' AS valid_to,
               TIMESTAMP '2025-01-01' AS known_from, TIMESTAMP '9999-12-31' AS known_to, 1 AS run_id, i AS seq
               FROM range(24) t(i)"""
        )
        p.finish((1,), (1,), definitions_hash(space), {"custom": [], "base": "USD"}, "USD")
    return space


def _written(path: Path, facts: Sequence[Fact], fields: Sequence[str]) -> Path:
    """The rectangles of every record as a file."""
    own: dict[str, list[Fact]] = {}
    for fact in facts:
        own.setdefault(fact.id, []).append(fact)
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, ["id", *fields, *CLOCKS], restval="")
        writer.writeheader()
        seq = 0
        for one, told in own.items():
            for row in rectangles(told, fields):
                seq += 1
                writer.writerow({"id": one, **row, "run_id": 1, "seq": seq})
    return path
