"""Which deals stand on a line, all of them, and what was done to each?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np

from saleswright.history.compiled import compiled
from saleswright.history.schema import CLOCKS
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.policy import COMPANY
from saleswright.measure.flow.bridge import LINES
from saleswright.measure.flow.bridge_rows import on
from saleswright.measure.flow.waterfall.find import Waterfall
from saleswright.measure.metrics.dimensions import names, scope_value

SHOWN = (
    "name",
    "owner",
    "stage",
    "standing",
    "amount",
    "currency",
    "expected_close",
    "closed",
    "qualified",
    "lost_reason",
)
FEW = 2_000
"""Up to this many deals are named in the question; of more, the whole day is read and picked from."""

Facts = dict[str, Any]
"""What the record says of a deal on a day, by field; without the fields that the actor may not see."""


@dataclass(frozen=True)
class Mover:
    """A deal that moved. lines: what it did on each line, in minor units of the reporting currency, in reading order.

    was, is_: the record of it on both days; empty where it was not in the record, or not this actor's to see.
    """

    id: str
    name: str
    owner: str
    lines: dict[str, int]
    was: Facts
    is_: Facts

    @property
    def moved(self) -> int:
        """The size it is ranked by: what it moved on its largest line."""
        return max((abs(amount) for amount in self.lines.values()), default=0)


@dataclass(frozen=True)
class Change:
    """One field of one deal that changed. when: since when it is so; known: when the record learnt it (both UTC).

    late: it was so by the first day, and the record learnt it after that day.
    """

    field: str
    old: Any
    new: Any
    when: datetime
    known: datetime
    late: bool = False


def movers(
    at: Snapshot, made: Waterfall, line: str = "", member: str | None = None, start: int = 0, size: int | None = None
) -> tuple[Mover, ...]:
    """Every deal on a line ("" = on any), of all deals or one member's, largest first. None is left out.

    start, size: one page of them, of which alone the record is then asked.
    """
    moves = made.moves(member)
    wanted = [one.name for one in LINES if one.name == line or not line]
    happened = np.zeros(len(moves.ids), bool)
    for name in wanted:
        happened |= moves.events[name] | (moves.amounts[name] != 0 if line else False)
    places = np.nonzero(happened)[0]
    largest = np.zeros(len(places), np.int64)
    for name in wanted:
        np.maximum(largest, np.abs(moves.amounts[name][places]), out=largest)
    places = places[np.lexsort((moves.ids[places].astype(str), -largest))]
    places = places[start : None if size is None else start + size]
    ids = [str(one) for one in moves.ids[places]]
    now, then = facts(at, ids), facts(at.at(made.since), ids)
    owners = names(at, "person", {str(row["owner"]) for row in (*then.values(), *now.values()) if row.get("owner")})
    # Column by column: a deal at a time would ask an array a million times.
    amounts = {one.name: moves.amounts[one.name][places].tolist() for one in LINES}
    events = {one.name: moves.events[one.name][places].tolist() for one in LINES}
    found = []
    for place, one in enumerate(ids):
        was, is_ = then.get(one, {}), now.get(one, {})
        newest = is_ or was
        did = {n: amounts[n][place] for n in amounts if events[n][place] or amounts[n][place]}
        name = str(newest.get("name") or one.split("_", 2)[-1])
        owner = owners.get(str(newest.get("owner")), "(no owner)")
        found.append(Mover(one, name, owner, did, was, is_))
    return tuple(found)


def facts(at: Snapshot, ids: Sequence[str]) -> dict[str, Facts]:
    """What the record says of these deals on that day, under the actor's policy."""
    if not ids:
        return {}
    shown = [field for field in SHOWN if field == "standing" or at.policy.field_allowed("deal", field)]
    few = len(ids) <= FEW
    sql = _text(at, shown, "few" if few else "all")
    rows = at.reader.rows(sql, _bound(at, sql, ids))
    chosen = None if few else frozenset(ids)
    return {
        str(row[0]): dict(zip(shown, row[1:], strict=True)) for row in rows if chosen is None or str(row[0]) in chosen
    }


def _text(at: Snapshot, shown: Iterable[str], want: str) -> str:
    """The compiled text: the deals of a day that the actor may see, or the versions of one deal."""
    fields = list(shown)
    shape = at.policy.shape

    def build() -> Any:
        from saleswright.history import rows as r

        if want == "versions":
            clocks = ("removed", "valid_from", "valid_to", "known_from")
            rows = r.table(at.schema["deal"], {*fields, "owner", "seq"})
            rows = rows.filter(rows.valid_from <= r.moment("as_of"))
            rows = rows.filter(rows.known_from <= r.moment("known"), rows.known_to > r.moment("known"))
            if shape != COMPANY:
                allowed = r.people(at.schema, shape)
                rows = rows.semi_join(allowed, rows.owner == allowed.id)
            rows = rows.filter(r.members("ids").contains(rows.id))
            return rows.select(*fields, *clocks, "seq").order_by("valid_from", "seq")
        rows = r.visible(at.schema, "deal", shape, {*fields, "id"})
        if want == "few":
            rows = rows.filter(r.members("ids").contains(rows.id))
        return rows.select("id", *fields)

    key = {"want": f"waterfall {want}", "fields": fields, "shape": shape, "custom": at.meta.get("custom", [])}
    return compiled(at.workspace.state / "cache", key, build)


def _bound(at: Snapshot, sql: str, ids: Sequence[str]) -> dict[str, Any]:
    values = {**at.clocks(), "ids": list(ids)}
    if "$scope" in sql:
        values["scope"] = scope_value(at)
    return {name: value for name, value in values.items() if f"${name}" in sql}


def changes(at: Snapshot, deal: str, since: date) -> tuple[Change, ...]:
    """Each change of one deal between the end of `since` and `at`, oldest first, as its version rows tell it.

    What was so by the first day and became known after it comes first, marked late. Empty for a deal that is not there or
    not this actor's to see; hidden fields are never among the changes.
    """
    clocks = {name for name, _ in CLOCKS}
    entity = at.schema["deal"]
    shown = [n for n, _ in entity.columns if n != "id" and n not in clocks and at.policy.field_allowed("deal", n)]
    said, start = on(at, since), at.at(since).t

    def versions(then: Snapshot) -> list[Facts]:
        sql = _text(then, shown, "versions")
        names_, rows = then.reader.table(sql, _bound(then, sql, [deal]))
        return [dict(zip(names_, row, strict=True)) for row in rows]

    now = versions(at)
    held = [row for row in now if row["valid_from"] <= start < row["valid_to"]]
    told = [row for row in versions(said) if row["valid_from"] <= start < row["valid_to"]]
    found: list[Change] = []
    if held and held[-1]["known_from"] > said.k:
        found += _between(told[-1] if told else {}, held[-1], shown, late=True)
    last = held[-1] if held else {}
    for row in now:
        if row["valid_from"] > start:
            found += _between(last, row, shown)
            last = row
    return tuple(found)


def _between(old: Facts, new: Facts, shown: Iterable[str], late: bool = False) -> list[Change]:
    """The fields in which one version differs from the one before; a removed deal says so in `removed`."""
    when, known = new["valid_from"], max(new["known_from"], new["valid_from"])
    fields = [name for name in shown if old.get(name) != new.get(name)]
    made = [Change(name, old.get(name), new.get(name), when, known, late) for name in fields]
    if bool(old.get("removed")) != bool(new["removed"]):
        made.append(Change("removed", bool(old.get("removed")), bool(new["removed"]), when, known, late))
    return made
