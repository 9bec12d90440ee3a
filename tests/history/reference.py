"""The history said slowly and plainly: a record at (t, k) is, field by field, the latest fact true by t and known by k.

Nothing here is shared with the product but the contract of `Source` and the stage map.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from saleswright.history.changes import Source, StageMap
from saleswright.history.schema import Entity
from saleswright.lib.zone import local_date

TICK = timedelta(microseconds=1)
ENDS = ("won", "lost", "disqualified")
SQL = {"close": "DATE", "qualified_fallback": "DATE"}


@dataclass(frozen=True)
class Given:
    """One file of one run, as plain rows; what the rows hold is said by the contract of `Source`."""

    entity: Entity = field(repr=False)
    run: int
    number: int
    layout: str
    sets: tuple[str, ...]
    imported_at: datetime
    rows: tuple[dict[str, Any], ...]
    anchors: tuple[str, ...] = ()

    @property
    def source(self) -> Source:
        """The same as a typed query over VALUES."""
        columns = {"id": "VARCHAR", "line": "BIGINT"}
        values = {f.name: f.sql for f in self.entity.fields} | SQL
        if self.layout == "rows":
            columns |= {"deleted": "BOOLEAN"} | {name: values[name] for name in self.sets}
            columns |= {f"{anchor}__at": "TIMESTAMP" for anchor in self.anchors}
            if self.entity.name == "deal":
                columns["qualified_fallback"] = "DATE"
        else:
            columns |= {"at": "TIMESTAMP", "recorded": "TIMESTAMP"}
            fields = {"field": "VARCHAR", "value": "VARCHAR"}
            columns |= fields if self.layout == "fields" else {name: values[name] for name in self.sets}
        listed = ", ".join("(" + ", ".join(said(row.get(name)) for name in columns) + ")" for row in self.rows)
        typed = ", ".join(f'"{name}"::{sql} AS "{name}"' for name, sql in columns.items())
        names = ", ".join(f'"{name}"' for name in columns)
        query = f"SELECT {typed} FROM (VALUES {listed or '(' + ', '.join(['NULL'] * len(columns)) + ')'}) v({names})"
        query += "" if self.rows else " WHERE false"
        layout: Any = self.layout
        return Source(self.entity.name, self.run, self.number, layout, query, self.sets, self.imported_at, self.anchors)


def said(value: Any) -> str:
    """A value as SQL text."""
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


@dataclass(frozen=True)
class Fact:
    """Values that became true at one instant and known at another. `place` breaks ties at the same instant."""

    id: str
    at: datetime
    known: datetime
    place: tuple[Any, ...]
    sets: dict[str, Any]
    run: int
    layout: str = "rows"
    anchor: str = ""
    export: bool = False
    removed: bool | None = None

    @property
    def event(self) -> bool:
        return self.layout != "rows"


def facts(given: Iterable[Given], stages: StageMap) -> list[Fact]:
    """Every fact the files tell, without repeats, and without a later export's second view of the past."""
    told: list[Fact] = []
    given = list(given)
    came = {file.run: file.imported_at for file in given if file.layout == "rows"}
    for file in given:
        for row in file.rows:
            told += _rows(file, row, stages) if file.layout == "rows" else _happening(file, row)
    kept: list[Fact] = []
    for fact in told:
        if fact.event and any(e.run < fact.run and _same(e, fact) for e in told):
            continue
        if fact.anchor:
            if any(e.anchor == fact.anchor and e.id == fact.id and e.run < fact.run for e in told):
                continue
            seen = [e.at for e in told if e.export and e.id == fact.id and e.run < fact.run]
            if seen and fact.at <= max(seen):
                late = max(seen) + TICK
                fact = replace(fact, at=late, known=late, place=(late, *fact.place[1:2], late, *fact.place[3:]))
            # Only the first export's own dates are known on their days; what a later one says is known since it came.
            if fact.run != min(came):
                at = came[fact.run]
                fact = replace(fact, known=at, place=(*fact.place[:2], at, *fact.place[3:]))
        kept.append(fact)
    return kept


def _same(one: Fact, other: Fact) -> bool:
    return (one.layout, one.id, one.at, one.sets) == (other.layout, other.id, other.at, other.sets)


def _happening(file: Given, row: dict[str, Any]) -> list[Fact]:
    at = row["at"]
    known = row.get("recorded") or at
    if file.layout == "fields":
        name = row["field"]
        sql = {f.name: f.sql for f in file.entity.fields}[name]
        sets = {name: typed(row["value"], sql)}
    else:
        sets = {name: row[name] for name in file.sets if row.get(name) is not None}
    place = (at, 1, known, file.run, file.number, row["line"])
    return [Fact(row["id"], at, known, place, sets, file.run, file.layout)]


def typed(text: str | None, sql: str) -> Any:
    """A cell's text as the value of a column."""
    if text is None:
        return None
    return {"DATE": date.fromisoformat, "BIGINT": int, "DOUBLE": float}.get(sql, str)(text)


def _rows(file: Given, row: dict[str, Any], stages: StageMap) -> list[Fact]:
    now, entity = file.imported_at, file.entity
    known = {name: row.get(name) for name in file.sets}
    if "created" in file.sets and entity.name == "deal":
        known["qualified_fallback"] = row.get("qualified_fallback")

    def fact(at: datetime, priority: int, sets: dict[str, Any], **more: Any) -> Fact:
        place = (at, priority, at, file.run, file.number, row["line"])
        return Fact(row["id"], at, at, place, sets, file.run, **more)

    found = []
    instants = {anchor: row.get(f"{anchor}__at") for anchor in entity.anchors if anchor in file.anchors}
    if entity.name == "deal" and stages.standing(known.get("stage"))[0] not in ENDS:
        instants.pop("closed", None)
    given = [at for at in instants.values() if at is not None]
    born = instants.get(entity.anchors[0]) if entity.anchors else None
    start = born or min(given, default=now)
    for place, anchor in enumerate(entity.anchors if file.anchors else ()):
        at = start if place == 0 else instants.get(anchor)
        if at is None:
            continue
        begins = min(max(at, start), now)
        sets = {n: v for n, v in known.items() if v is not None and _since(entity, n) == anchor}
        found.append(fact(begins, 0, sets, anchor=anchor, removed=False))
    return [*found, fact(now, 2, known, export=True, removed=row.get("deleted", False))]


def _since(entity: Entity, name: str) -> str:
    return {"close": "closed", "qualified_fallback": "created"}.get(name) or entity[name].since


def state(
    told: Sequence[Fact], t: datetime, k: datetime, entity: Entity, stages: StageMap, zone: str
) -> dict[str, Any] | None:
    """One record as of t, known at k: its visible fields, or None before the first fact. `told` is of one id."""
    seen = sorted((f for f in told if f.at <= t and f.known <= k), key=lambda f: f.place)
    if not seen:
        return None
    raw = _raw(seen)
    shown: dict[str, Any] = {f.name: raw.get(f.name) for f in entity.plain}
    shown["removed"] = next((f.removed for f in reversed(seen) if f.removed is not None), False)
    if entity.name != "deal":
        return shown
    shown["standing"] = stages.standing(raw.get("stage"))[0]
    happened = [f for f in seen if f.event and f.sets.get("stage") is not None]
    # Losing a deal that was never qualified does not qualify it.
    meanings = [(f.at, *stages.standing(f.sets["stage"])) for f in happened]
    reached = [at for at, standing, qualified in meanings if qualified and standing != "lost"]
    ways = {
        "field": raw.get("qualified"),
        "stage": local_date(min(reached), zone) if reached else None,
        "created": None if happened else raw.get("qualified_fallback"),
    }
    shown["qualified_by"] = next((way for way, day in ways.items() if day is not None), None)
    shown["qualified"] = ways.get(shown["qualified_by"])
    shown["expected_close"] = raw.get("expected_close") or raw.get("close")
    shown["closed"] = None
    if shown["standing"] in ENDS:
        shown["closed"] = raw.get("closed") or raw.get("close") or _entered(seen, stages, zone)
    return shown


def _raw(seen: Sequence[Fact]) -> dict[str, Any]:
    raw: dict[str, Any] = {}
    for fact in seen:
        raw.update(fact.sets)
    return raw


def _entered(seen: Sequence[Fact], stages: StageMap, zone: str) -> date | None:
    """The local day of the happening that brought the present standing; None when an export told it."""
    entered: Fact | None = None
    prior = None
    for at in sorted({f.at for f in seen}):
        until = [f for f in seen if f.at <= at]
        standing = stages.standing(_raw(until).get("stage"))[0]
        if standing != prior:
            entered = next((f for f in reversed(until) if f.sets.get("stage") is not None), None)
            day = at
        prior = standing
    return local_date(day, zone) if entered is not None and entered.event else None
