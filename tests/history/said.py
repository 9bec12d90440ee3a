"""Workspaces in which something was said: a small history, a journal, and every kind of event with a value of each field."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from saleswright.history.authored import EventType, author
from saleswright.history.snapshot import open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.journal import open_journal
from saleswright.kernel.workspace import Workspace
from saleswright.lib.money import Money
from tests.history.made import deal, export, publish, workspace

DAY = date(2026, 3, 2)
VALUES: dict[str, Any] = {
    "text": "said",
    "date": DAY,
    "moment": datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    "money": Money(1250, "EUR"),
    "int": 7,
    "number": 2.5,
    "share": 0.5,
    "bool": True,
}


def place(root: Path) -> Workspace:
    """A workspace with two deals, two people and one imported forecast call."""
    space = workspace(root)
    call = {
        "id": "call_1",
        "person": "p0",
        "called": DAY,
        "period": "2026Q1",
        "category": "Commit",
        "amount": 5,
        "currency": "EUR",
    }
    people = [{"id": "p1", "team": "West"}, {"id": "p2", "team": "East"}]
    deals = [deal(1, owner="p1"), deal(2, owner="p2")]
    publish(space, [export("deal", 1, deals), export("person", 1, people), export("forecast_call", 1, [call])])
    return space


def say(space: Workspace, name: str, fields: Mapping[str, Any], removed: bool | int = False, actor: str = "ann") -> int:
    """One event in a transaction of its own."""
    journal = open_journal(space)
    assert journal is not None
    with journal.write(actor) as w:
        return author(w, name, fields, removed, space)


def sample(kind: EventType, personal: str = "") -> dict[str, Any]:
    """A value for every field of a kind; `personal` for those that name people."""
    money = {one.unit for one in kind.fields if one.type == "money"}
    return {
        one.name: personal or "note"
        if one.personal
        else (kind.choices[one.name][0] if one.name in kind.choices else VALUES.get(one.type, "x1"))
        for one in kind.fields
        if one.name not in money
    }


def rows(space: Workspace, sql: str, **ambient: str) -> list[tuple[Any, ...]]:
    """What a fresh snapshot answers."""
    with closing(open_snapshot(space, Ambient(**ambient))) as at:
        return at.reader.rows(sql, {"as_of": at.t} if "$as_of" in sql else None)
