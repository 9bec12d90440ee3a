"""What was known of open deals on a day, and what became of them: columns, one row for each deal and day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from saleswright.measure.flow.columns import Bools, Floats, Ints
from saleswright.measure.forecast.panel.codes import by_first, ranked

CODED = ("stage", "segment", "owner", "source", "pipeline")
"""Columns that hold a place in `names`."""


@dataclass(frozen=True)
class Panel:
    """What was known of each open deal on a day, and (where told) what became of it by a later day. One row per deal and day,
    ordered by day, then by deal.

    ids: of the deals. deal: place of the row's deal in `ids`. day: the row's day, at its end, since 1970.

    As known then: age, days since the deal was qualified, 0 where it says a later day. in_stage: days since it came into its
    stage, -1 where no stage is known. stage, segment, owner, source, pipeline: places in `names[...]`, -1 unknown. entries:
    stages come into so far; back: of these, moves to an earlier stage. pushes, pushed_days: how often and by how many days in
    all the stated close was moved to a later day. change: log(amount now / first amount), nan where either is unknown or not
    above 0, or the currency is another. to_close: days to the stated close, nan where none or where it lies in the past;
    past_due: it lies in the past (a stated day in the past carries no other information). silent: days since the last activity
    known then, nan where none is known. won_owner, decided_owner, won_source, decided_source: what the owner (the source) had
    won and decided before `day`, 0 where nobody tells who it is. amount: minor units of the reporting currency, 0 where
    `unknown` (no amount, or no rate known then).

    As known on the later day `told`: until, days from `day` to the end, or to the last day it was seen open, at least 0 and
    never past `told`. fate:
    OPEN, WON or LOST (flow.book). gone: OPEN, but nobody looks at it any more: disqualified, removed, counted no more, out of the
    actor's sight. cleaned: lost on a bulk clean-up day. weight: 1 by default.

    groups: by dimension of the split, places in `names[...]`, -1 unknown: those of that day, as the book has them. So an owner
    or account of whom nothing was known yet is where it was told of first, and who learns from groups learns that too.

    lacking: columns that say nothing, and why.
    """

    ids: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]
    deal: Ints
    day: Ints
    age: Ints
    in_stage: Ints
    stage: Ints
    segment: Ints
    owner: Ints
    source: Ints
    pipeline: Ints
    entries: Ints
    back: Ints
    pushes: Ints
    pushed_days: Ints
    change: Floats
    to_close: Floats
    past_due: Bools
    silent: Floats
    won_owner: Ints
    decided_owner: Ints
    won_source: Ints
    decided_source: Ints
    amount: Ints
    unknown: Bools
    until: Ints
    fate: Ints
    gone: Bools
    cleaned: Bools
    weight: Floats
    told: int
    groups: Mapping[str, Ints] = field(default_factory=dict)
    lacking: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.deal)

    def only(self, chosen: Any) -> Panel:
        """Some of the rows, by a mask or by places. `ids` and `names` stay, and so do the places in them."""
        made = {name: getattr(self, name)[chosen] for name in COLUMNS}
        return replace(self, **made, groups={name: column[chosen] for name, column in self.groups.items()})

    def bare(self) -> Panel:
        """The rows with the deals and the names they bear, by the day each came first, as a panel of these rows alone has them: so
        no other row moves a sum, not even by its last digit."""
        present, deal = by_first(self.deal)
        names: dict[str, tuple[str, ...]] = {}
        columns: dict[str, Any] = {}
        groups: dict[str, Ints] = {}
        for name, texts in self.names.items():
            if name in CODED:
                names[name], columns[name] = ranked(getattr(self, name), self.day, texts)
            if name in self.groups:
                names[name], groups[name] = ranked(self.groups[name], self.day, texts, names.get(name, ()))
        ids = tuple(self.ids[i] for i in present.tolist())
        return replace(self, ids=ids, deal=deal, names=names, groups=groups, **columns)


COLUMNS = tuple(one.name for one in fields(Panel) if one.type in ("Ints", "Floats", "Bools"))
"""The columns that every panel has."""
