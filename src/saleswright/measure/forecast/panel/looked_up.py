"""What did that which a deal points to say on a day? Owners, accounts, products and territories.

Groups, filters and scope have the rule of `history.rows.standing_now`, so that they tie to the book: what held then; before the
first thing known of it, that first thing. The panel's own columns are what a model learns from, and know nothing before its day.
An account's territory is the first by name of those it was in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.policy import COMPANY
from saleswright.measure.flow.columns import Bools, Ints
from saleswright.measure.forecast.panel.clocks import Grid, expanded
from saleswright.measure.forecast.panel.codes import UNKNOWN, Codes
from saleswright.measure.forecast.panel.versions import Clocks, ask, clocks, flags
from saleswright.measure.metrics.dimensions import Dimension, link_of, scope_value

TERRITORY = "account_territory"


@dataclass(frozen=True)
class Held:
    """What records say in stretches of days, ordered by record and first day: place of the first day and of the one after
    the last, and numbers of texts by field."""

    id: Ints
    low: Ints
    high: Ints
    fields: dict[str, Ints]
    days: int

    def on(self, id: Ints, place: Ints, name: str) -> Ints:
        """The number of a field's text for each record on each day; -1 where it is not told."""
        found = self._place(id, place)
        return np.where(found >= 0, self.fields[name][found], UNKNOWN) if len(self.id) else found

    def there(self, id: Ints, place: Ints) -> Bools:
        """Is anything known of each record on each day?"""
        return np.asarray(self._place(id, place) >= 0)

    def _place(self, id: Ints, place: Ints) -> Ints:
        if not len(self.id):
            return np.full(len(id), -1, np.int64)
        step = self.days + 1
        found = np.searchsorted(self.id * step + self.low, id * step + place, side="right") - 1
        good = (found >= 0) & (self.id[found] == id) & (self.high[found] > place)
        return np.where(good, found, -1)


@dataclass(frozen=True)
class Told:
    """Every version of the records of an entity."""

    entity: str
    id: Ints
    clocks: Clocks
    first: Bools
    removed: Bools
    fields: dict[str, Ints]

    def on(self, codes: Codes, grid: Grid, strict: bool = False) -> Held:
        """What they say on each day. strict: only what was known by then."""
        began, ended, told, untold = self.clocks
        first = self.first & (not strict)
        low = np.where(first & (told <= began), 0, grid.knowledge(told))
        high = grid.knowledge(untold)
        if self.entity == TERRITORY:
            return _territories(codes, grid, self, (low, high))
        low = np.maximum(low, np.where(first, 0, grid.truth(began)))
        high = np.minimum(high, grid.truth(ended))
        seen = np.flatnonzero(low < high)
        seen = seen[np.lexsort((low[seen], self.id[seen]))]
        fields = {name: column[seen] for name, column in self.fields.items()}
        return Held(self.id[seen], low[seen], high[seen], fields, len(grid))


def read(at: Snapshot, codes: Codes, splits: Iterable[Dimension]) -> tuple[Told, ...]:
    """Every entity that the splits and the actor's scope look up."""
    wanted: dict[str, set[str]] = {}
    for split in splits:
        for entity, name in split.elsewhere:
            wanted.setdefault(entity, {"account"} if entity == TERRITORY else set()).add(name)
    if at.policy.shape != COMPANY:
        wanted.setdefault("person", set()).add("team" if at.policy.shape == "owner" else at.policy.shape)
    return tuple(_read(at, codes, entity, sorted(names)) for entity, names in sorted(wanted.items()))


def _read(at: Snapshot, codes: Codes, entity: str, names: Sequence[str]) -> Told:
    def build() -> Any:
        from saleswright.measure.forecast.panel import query

        return query.looked_up(at.schema, entity, names)

    found = ask(at, ["looked up", entity, names], build)
    texts = {name: codes.of(found[f"f_{name}"]) for name in names}
    return Told(entity, codes.of(found["id"]), clocks(found), flags(found["first"]), flags(found["removed"]), texts)


def _territories(codes: Codes, grid: Grid, told: Told, known: tuple[Ints, Ints]) -> Held:
    """One day a stretch: the first by name of the territories that an account was in. Before anything was told of it, what
    was told first."""
    began, ended, first, removed, texts = *told.clocks[:2], told.first, told.removed, told.fields
    of, place = expanded(*known)
    account = texts["account"][of]
    true = grid.true[place]
    kept = (account >= 0) & ((began[of] <= true) | first[of])
    of, place, account, true = of[kept], place[kept], account[kept], true[kept]
    key = account * len(grid) + place
    ordered = np.lexsort((began[of], key))
    of, true, key = of[ordered], true[ordered], key[ordered]
    fresh = np.ones(len(key), bool)
    fresh[1:] = key[1:] != key[:-1]
    earliest = began[of][fresh][np.cumsum(fresh) - 1] if len(of) else began[of]
    held = (ended[of] > true) & ((began[of] <= true) | (first[of] & (began[of] == earliest))) & ~removed[of]
    of, key = of[held], key[held]
    rank = np.empty(len(codes.texts) + 1, np.int64)
    rank[np.argsort(np.array([*codes.texts, ""], object), kind="stable")] = np.arange(len(rank))
    territory = texts["territory"][of]
    # What has no name is behind all that have one.
    by_name = np.where(territory >= 0, rank[territory], len(rank))
    order = np.lexsort((by_name, key))
    key, territory = key[order], territory[order]
    alone = np.ones(len(key), bool)
    alone[1:] = key[1:] != key[:-1]
    account, place = np.divmod(key[alone], len(grid))
    return Held(account, place, place + 1, {"territory": territory[alone]}, len(grid))


class LookUps:
    """What the splits and the actor's scope need of other records, on the days of a grid."""

    def __init__(
        self, at: Snapshot, codes: Codes, grid: Grid, told: Iterable[Told], own: Iterable[Dimension] = ()
    ) -> None:
        self.at, self.codes = at, codes
        self.own = {name for name, _ in at.schema["deal"].columns}
        self.held = {one.entity: one.on(codes, grid) for one in told}
        strict = {entity for split in own for entity, _ in split.elsewhere}
        self.strict = {one.entity: one.on(codes, grid, True) for one in told if one.entity in strict}

    @property
    def everybody(self) -> bool:
        """Does the actor see the whole company?"""
        return bool(self.at.policy.shape == COMPANY)

    def member(self, split: Dimension, texts: dict[str, Ints], place: Ints, strict: bool = False) -> Ints:
        """The member of a split for each row. texts: the rows' numbers by field; place: of their days. strict: for a column."""
        found = texts[split.field] if split.field else np.full(len(place), UNKNOWN, np.int64)
        for entity, name in split.elsewhere:
            missing = np.flatnonzero(found == UNKNOWN)
            if len(missing):
                link = texts[link_of(self.own, entity)][missing]
                found = found.copy()
                found[missing] = (self.strict if strict else self.held)[entity].on(link, place[missing], name)
        return found

    def seen(self, owner: Ints, place: Ints) -> Bools:
        """Is the owner inside the actor's scope on that day?"""
        shape = self.at.policy.shape
        if self.everybody:
            return np.ones(len(owner), bool)
        wanted = self.codes.number(str(scope_value(self.at)))
        if shape == "owner":
            people = self.held["person"]
            return np.asarray((owner == wanted) & (people.there(owner, place)))
        return np.asarray(self.held["person"].on(owner, place, shape) == wanted)


def fields_of(at: Snapshot, splits: Iterable[Dimension]) -> set[str]:
    """The deal's own text fields that the splits stand on."""
    own = {name for name, _ in at.schema["deal"].columns}
    found = set()
    for split in splits:
        found |= {split.field} if split.field else set()
        found |= {link_of(own, entity) for entity, _ in split.elsewhere}
    return found
