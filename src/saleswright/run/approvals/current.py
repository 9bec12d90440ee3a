"""What does the record hold now? Fields of many records at once, as far as somebody may see them."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from saleswright.history.schema import Entity
from saleswright.history.snapshot import Snapshot, open_snapshot, published
from saleswright.kernel import clock
from saleswright.kernel.call import Ambient
from saleswright.kernel.change import Place, Standing
from saleswright.kernel.door.lines import waiting
from saleswright.kernel.journal import open_journal
from saleswright.kernel.journal.moment import asked_once
from saleswright.kernel.policy import COMPANY, Policy
from saleswright.kernel.workspace import Workspace
from saleswright.lib.money import Money
from saleswright.lib.zone import local_date
from saleswright.measure.metrics.dimensions import scope_value

HELD = "valid_from <= $as_of AND valid_to > $as_of AND known_from <= $known AND known_to > $known"
NOW = f"{HELD} AND NOT removed"
# Those who belong to a scope are looked up as they stand, or as they were first known.
WHO = '(valid_from <= $as_of OR "first") AND valid_to > $as_of AND known_from <= $known AND known_to > $known'
# A few ids are compared one by one, for then the table is not read whole.
FEW = 8
MOST = 100_000
SHAPES = ("team", "manager", "region", "role")

_lock = threading.Lock()
_kept: dict[Path, tuple[tuple[str, date], Snapshot]] = {}
# Who decides mostly decides what waits next too, so that is read with it: the more, the more often something was lacking.
AHEAD = 16
FARTHEST = 512


@dataclass
class _Known:
    """What was read of one state of the record, which never changes. ahead: lines read beside what is asked next time,
    behind the request `upto`."""

    of: Snapshot
    values: dict[Place, Any] = field(default_factory=dict)
    ahead: int = 0
    upto: int = 0


_known: dict[Path, _Known] = {}


def whole(workspace: Workspace) -> Snapshot:
    """The newest record as of now under nobody's limits, opened once for each state of it. Stop when there is none."""
    state = asked_once(("published", workspace.root), lambda: published(workspace))
    key = (state, local_date(clock.now().replace(tzinfo=None), workspace.zone))
    with _lock:
        held = _kept.get(workspace.root)
    if held is not None and held[0] == key:
        return held[1]
    opened = open_snapshot(replace(workspace, defaults={}), Ambient())
    with _lock:
        # The one before goes when the last that asks it has done.
        _kept[workspace.root] = (key, opened)
    return opened


def current(workspace: Workspace, policy: Policy, places: Sequence[Place]) -> Standing:
    """The values of these places now, one query for each table; what is not there or not to be seen is absent.

    The subject of an authored event is "table:id": its value is None where that record is there.
    """
    newest = whole(workspace)
    read = datetime.fromisoformat(newest.release.at) if newest.release.at else None
    if read is not None and read.tzinfo is None:
        read = read.replace(tzinfo=UTC)
    if policy.scope != COMPANY or policy.hidden:
        return Standing(_found(replace(newest, policy=policy, workspace=workspace), places), read)
    with _lock:
        held = _known.get(workspace.root)
        if held is None or held.of is not newest or len(held.values) > MOST:
            held = _known[workspace.root] = _Known(newest)
    known = held.values
    lacking = [place for place in places if place not in known]
    if lacking:
        lacking += [place for place in _next(workspace, held) if place not in known]
        absent = dict.fromkeys(lacking, ABSENT)
        known |= absent | _found(replace(newest, policy=policy, workspace=workspace), list(absent))
    return Standing({place: known[place] for place in places if known[place] is not ABSENT}, read)


ABSENT: Any = object()


def _next(workspace: Workspace, held: _Known) -> list[Place]:
    """What waits to be decided next; nothing the first time, for it may have been the only one."""
    many, held.ahead = held.ahead, min(max(held.ahead * 2, AHEAD), FARTHEST)
    journal = open_journal(workspace, create=False) if many else None
    if journal is None:
        return []
    with journal.read() as con:
        found, held.upto = waiting(con, held.upto, many)
    return found


def _found(at: Snapshot, places: Sequence[Place]) -> dict[Place, Any]:
    found: dict[Place, Any] = {}
    fields: dict[str, dict[str, set[str]]] = {}
    about: dict[str, dict[str, list[Place]]] = {}
    for place in places:
        entity, subject, field = place
        if field:
            fields.setdefault(entity, {}).setdefault(field, set()).add(subject)
        else:
            table, _, id_ = subject.partition(":")
            about.setdefault(table, {}).setdefault(id_, []).append(place)
    for entity, asked in fields.items():
        for (id_, name), value in values(at, entity, asked).items():
            found[entity, id_, name] = value
    for table, events in about.items():
        kind = at.schema.get(table)
        sql = f'SELECT id FROM "{table}" WHERE {NOW}{_scope(at, kind)}' if kind else ""
        for row in _rows(at, sql, sorted(events)) if sql else ():
            found |= dict.fromkeys(events[row[0]])
    return found


def values(at: Snapshot, entity: str, asked: dict[str, set[str]]) -> dict[tuple[str, str], Any]:
    """By (record, field), what stands there: `asked` names the records of each field."""
    kind = at.schema.get(entity)
    if kind is None:
        return {}
    plain = [f for f in asked if f in kind.by_name and not kind[f].personal and at.policy.field_allowed(entity, f)]
    own = [f for f in asked if f in kind.by_name and kind[f].personal and at.policy.field_allowed(entity, f)]
    ids = sorted(set().union(*(asked[f] for f in (*plain, *own)))) if plain or own else []
    found: dict[tuple[str, str], Any] = {}
    if not ids:
        return found
    units = list(dict.fromkeys(kind[f].unit for f in plain if kind[f].type == "money" and kind[f].unit in kind.by_name))
    columns = [*plain, *(u for u in units if u not in plain)]
    shown = "".join(f', "{name}"' for name in columns)
    sql = f'SELECT id{shown} FROM "{entity}" WHERE {NOW}{_scope(at, kind)}'
    there: list[str] = []
    for id_, *row in _rows(at, sql, ids):
        there.append(id_)
        held = dict(zip(columns, row, strict=True))
        for name in plain:
            if id_ in asked[name]:
                found[id_, name] = _typed(at, kind, name, held)
    if own and there:
        found |= {(id_, name): None for name in own for id_ in there if id_ in asked[name]}
        sql = (
            "SELECT id, field, arg_max(value, valid_from) FROM personal WHERE entity = $entity AND "
            f"list_contains($fields::VARCHAR[], field) AND {HELD}"
        )
        told = {"entity": entity, "fields": own}
        for id_, name, value in _rows(at, sql, there, told, " GROUP BY id, field"):
            if id_ in asked[name]:
                found[id_, name] = value or None
    return found


def _rows(
    at: Snapshot, sql: str, ids: Sequence[str], more: Mapping[str, Any] | None = None, after: str = ""
) -> list[tuple[Any, ...]]:
    """The rows of these records."""
    told: dict[str, Any] = {**(more or {}), "as_of": at.t, "known": at.k}
    if len(ids) <= FEW:
        told |= {f"id{place}": ids[min(place, len(ids) - 1)] for place in range(FEW)}
        among = f"id IN ({', '.join(f'$id{place}' for place in range(FEW))})"
    else:
        told["ids"] = list(ids)
        among = "id IN (SELECT unnest($ids::VARCHAR[]))"
    if "$scope" in sql:
        told["scope"] = scope_value(at)
    return at.reader.rows(f"{sql} AND {among}{after}", told)


def scoped(at: Snapshot, sql: str, entity: str, more: Mapping[str, Any], after: str = "") -> list[tuple[Any, ...]]:
    """The rows of a question that ends in its condition, as of now, only those inside the actor's scope."""
    told: dict[str, Any] = {**more, "as_of": at.t, "known": at.k}
    mine = _scope(at, at.schema[entity])
    if mine:
        told["scope"] = scope_value(at)
    if "$scope" not in mine:
        told.pop("scope", None)
    return at.reader.rows(f"{sql}{mine}{after}", told)


def _scope(at: Snapshot, kind: Entity) -> str:
    """The condition that a row is inside the actor's scope, as text; false where the table belongs to nobody."""
    shape = at.policy.shape
    if at.policy.scope == COMPANY:
        return ""
    if shape != "owner" and shape not in SHAPES:
        return " AND false"
    column = "id" if shape == "owner" else f'"{shape}"'
    people = f"(SELECT id FROM person WHERE {WHO} AND {column} = $scope)"
    if kind.name == "person":
        return f" AND id IN {people}"
    for name in ("owner", "person"):
        if name in kind.by_name:
            return f' AND "{name}" IN {people}'
    if "deal" in kind.by_name:
        return f" AND deal IN (SELECT id FROM deal WHERE {NOW} AND owner IN {people})"
    return " AND false"


def _typed(at: Snapshot, kind: Entity, name: str, held: dict[str, Any]) -> Any:
    value = held[name]
    if value is None or kind[name].type != "money":
        return value
    currency = held.get(kind[name].unit) if kind[name].unit in kind.by_name else None
    return Money(value, str(currency or at.workspace.currency))
