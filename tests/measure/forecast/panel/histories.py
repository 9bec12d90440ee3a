"""Random histories of deals with several stages, pipelines, sources and activities, many things known late or taken back.

They are logs of facts, as in `tests.laws.worlds`, each true from one moment and known from the same or a later one; the
rectangles that the record keeps are made of them there.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from saleswright.app import open_workspace
from saleswright.history.changes import StageMap
from saleswright.history.release import definitions_hash, publisher
from saleswright.history.schema import entities
from saleswright.kernel.workspace import Workspace
from tests.laws.worlds import BEGIN, CLOCKS, DAYS, PEOPLE, Fact, rectangles

OPEN = ("talk", "show", "offer", "sign")
SETTINGS = 'format = 1\nname = "Histories"\ncurrency = "USD"\nzone = "Europe/Berlin"\n\n[defaults]\nperiod = "all"\n'
FIELDS: dict[str, tuple[str, ...]] = {
    "deal": (
        "name", "type", "stage", "standing", "amount", "currency", "created", "qualified", "qualified_by", "expected_close",
        "closed", "owner", "segment", "source", "pipeline", "account", "last_activity", "removed",
    ),
    "person": ("team", "region", "removed"),
    "account": ("segment", "removed"),
    "account_territory": ("account", "territory", "removed"),
    "activity": ("deal", "occurred", "kind", "removed"),
}  # fmt: skip
Facts = dict[str, list[Fact]]


def drawn(seed: int, deals: int) -> Facts:
    """The facts of a small company."""
    rng = random.Random(seed)
    found: Facts = {name: [] for name in FIELDS}
    for number in range(deals):
        found["deal"] += _deal(rng, f"deal_crm_{number:04}")
    for number in range(PEOPLE):
        own = f"person_crm_{number}"
        found["person"] += _moves(rng, own, "team", ("North", "South"), {"region": rng.choice(["East", "West"])})
    for number in range(12):
        own = f"account_crm_{number}"
        found["account"] += _moves(rng, own, "segment", ("Small", "Large", None), {})
        for turn in range(rng.randrange(3)):
            place = {"account": own}
            found["account_territory"] += _moves(rng, f"at_{number}_{turn}", "territory", ("T1", "T2", "T3"), place)
    for number in range(deals * 2):
        of = rng.choice(found["deal"])
        found["activity"] += _activity(rng, f"activity_crm_{number:05}", of.id)
    return found


def with_wins(seed: int, deals: int) -> Facts:
    """The facts of a company that wins half of its deals: some without an amount or a closing day, some that nobody saw open."""
    found, rng = drawn(seed, deals), random.Random(seed)
    for number in range(deals):
        day = rng.randrange(20, DAYS)
        today = BEGIN + timedelta(day)
        closed = rng.choice((today, today, today - timedelta(3), today + timedelta(40), None))
        win = {"stage": "won", "standing": "won", "closed": closed, "removed": False}
        amount = {} if rng.random() < 0.8 else {"amount": None}
        if number % 2:
            found["deal"].append(_fact(rng, f"deal_crm_{number:04}", day, {**win, **amount}))
        elif number % 5 == 0:
            told = next(fact for fact in found["deal"] if fact.id == f"deal_crm_{number:04}")
            found["deal"].append(_fact(rng, f"deal_crm_{number + deals:04}", day, {**told.sets, **win, **amount}))
    return found


def _deal(rng: random.Random, own: str) -> Iterator[Fact]:
    day = rng.randrange(DAYS - 30)
    born = BEGIN + timedelta(day)
    state: dict[str, Any] = dict.fromkeys(FIELDS["deal"])
    state |= {"name": own, "created": born, "currency": rng.choice(["USD", "USD", "EUR"]), "removed": False}
    state |= {"owner": _person(rng), "type": rng.choice(["new", "new", "new", "renewal"]), "segment": _segment(rng)}
    state |= {
        "stage": rng.choice(OPEN[:2]),
        "standing": "open",
        "amount": _amount(rng),
        "expected_close": _due(rng, day),
    }
    state |= {"source": rng.choice(["Web", "Fair", None]), "pipeline": rng.choice(["main", "main", "other", None])}
    state |= {"account": f"account_crm_{rng.randrange(14)}"}
    if rng.random() < 0.85:
        state |= {"qualified": born + timedelta(rng.choice((0, 0, 3, 9))), "qualified_by": "field"}
    if rng.random() < 0.1:
        state |= {"stage": None}
    yield _fact(rng, own, day, state)
    for _ in range(rng.randrange(12)):
        day += rng.choice((0, 1, 2, 5, 9, 20))
        if day >= DAYS:
            return
        yield _fact(rng, own, day, _change(rng, day, state))


def _change(rng: random.Random, day: int, state: dict[str, Any]) -> dict[str, Any]:
    today = BEGIN + timedelta(day)
    kind = rng.choice(("amount", "due", "due", "owner", "stage", "stage", "stage", "win", "lose", "drop", "currency", "delete",
                       "qualify", "type", "pipeline", "touch", "source"))  # fmt: skip
    if state["standing"] != "open" and rng.random() < 0.6:
        kind = "reopen"
    sets: dict[str, Any] = {
        "amount": {"amount": _amount(rng)},
        "due": {"expected_close": _due(rng, day)},
        "owner": {"owner": _person(rng)},
        "stage": {"stage": rng.choice(OPEN), "standing": "open"},
        "win": {"stage": "won", "standing": "won", "closed": today - timedelta(rng.choice((0, 0, 0, 4, -3)))},
        "lose": {"stage": "lost", "standing": "lost", "closed": rng.choice((today, today - timedelta(2), None))},
        "drop": {"stage": "dropped", "standing": "disqualified", "closed": today},
        "currency": {"currency": rng.choice(["USD", "EUR", None])},
        "delete": {"removed": not state["removed"]},
        "qualify": {"qualified": rng.choice((today, today + timedelta(4), None)), "qualified_by": "field"},
        "type": {"type": rng.choice(["new", "renewal"])},
        "pipeline": {"pipeline": rng.choice(["main", "other"])},
        "touch": {"last_activity": _moment(rng, day)},
        "source": {"source": rng.choice(["Web", "Fair", "Call"])},
        "reopen": {"stage": rng.choice(OPEN), "standing": "open", "closed": None},
    }[kind]
    state |= sets
    return sets


def _moves(
    rng: random.Random, own: str, name: str, members: Sequence[str | None], more: dict[str, Any]
) -> Iterator[Fact]:
    """A record that changes one of its fields now and then; some of it known late, some of it begun late."""
    day = rng.choice((-300, -300, 20, 90))
    yield _fact(rng, own, day, {name: rng.choice(members), "removed": False, **more})
    for _ in range(rng.randrange(4)):
        day = max(day, 0) + rng.randrange(60)
        changed: dict[str, Any] = {name: rng.choice(members)}
        if name == "territory" and rng.random() < 0.3:
            changed = {"removed": True}
        yield _fact(rng, own, day, changed)


def _activity(rng: random.Random, own: str, deal: str) -> Iterator[Fact]:
    day = rng.randrange(DAYS)
    # Some are put down beforehand, some when they are over.
    at = _moment(rng, day + rng.randrange(-4, 15))
    yield _fact(rng, own, day, {"deal": deal, "occurred": at, "kind": "call", "removed": False})
    for _ in range(rng.randrange(3)):
        day += rng.randrange(1, 30)
        changed = rng.choice(({"kind": "mail"}, {"occurred": _moment(rng, day)}, {"removed": True}, {"deal": None}))
        yield _fact(rng, own, day, dict(changed))


def _fact(rng: random.Random, own: str, day: int, sets: dict[str, Any]) -> Fact:
    at = _moment(rng, day)
    late = timedelta(rng.choice((0, 1, 6, 25, 60)), rng.randrange(50_000)) if rng.random() < 0.25 else timedelta()
    return Fact(own, at, at + late, dict(sets))


def _moment(rng: random.Random, day: int) -> datetime:
    return datetime(BEGIN.year, BEGIN.month, BEGIN.day) + timedelta(day, seconds=rng.randrange(86_400))


def _amount(rng: random.Random) -> int | None:
    return rng.choice([None, 0, *(rng.randrange(1, 9_000_000) for _ in range(8))])


def _due(rng: random.Random, day: int) -> date | None:
    return None if rng.random() < 0.07 else BEGIN + timedelta(day + rng.randrange(-5, 100))


def _person(rng: random.Random) -> str:
    return f"person_crm_{rng.randrange(PEOPLE)}"


def _segment(rng: random.Random) -> str | None:
    return rng.choice(["Small", "Large", None])


def record(place: Path, facts: Facts, access: str = "") -> Workspace:
    """A workspace that holds this history, published without the importer. access: who may see what, as YAML."""
    (place / "definitions").mkdir(parents=True)
    (place / "saleswright.toml").write_text(SETTINGS, encoding="utf-8")
    if access:
        (place / "definitions" / "access.yaml").write_text(access, encoding="utf-8")
    space = open_workspace(place)
    with publisher(space.state, entities(), StageMap(), space.zone) as p:
        p.begin(fresh=True)
        for entity, fields in FIELDS.items():
            path = _written(place / f"{entity}.csv", facts[entity], fields)
            p.con.execute(
                f"INSERT INTO {entity} BY NAME SELECT * FROM read_csv('{path}', header = true, all_varchar = true)"
            )
        p.con.execute(
            """INSERT INTO rate BY NAME SELECT 'rate_' || i AS id, 'EUR' AS currency, 'USD' AS base,
               DATE '2025-12-01' + (i * 13)::INT AS starts, 0.8 + (i * 7 % 10) / 50 + i / 700001 AS rate, false AS removed,
               true AS first, TIMESTAMP '2025-01-01' AS valid_from, TIMESTAMP '9999-12-31' AS valid_to,
               CASE WHEN i % 5 = 3 THEN TIMESTAMP '2026-05-01' ELSE TIMESTAMP '2025-01-01' END AS known_from,
               TIMESTAMP '9999-12-31' AS known_to, 1 AS run_id, i AS seq FROM range(24) t(i)"""
        )
        p.finish((1,), (1,), definitions_hash(space), {"custom": [], "base": "USD"}, "USD")
    return space


def _written(path: Path, facts: Iterable[Fact], fields: Sequence[str]) -> Path:
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
