"""What was lost, where, why, to whom and of which kind? Every lost deal in one cell, so the cells add up to what was lost.

The stage is the last open one the deal was in; a reason, competitor or stage that nobody wrote down is a cell of its own.
Deals are those of `lost_deals`, amounts those of `lost_value`, that is, as of the last moment the deal was open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import lacking
from saleswright.measure.flow.causes.noise import FEWEST
from saleswright.measure.flow.causes.visits import last_stage, visits
from saleswright.measure.flow.rows import Rows, read
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.dimensions import allowed, dimensions

SPLITS = ("lost_reason", "competitor")


@dataclass(frozen=True)
class Lost:
    """The lost deals of a period. value: minor units, where `known`. stage: "" where the record does not tell."""

    deals: Rows
    value: dict[str, int]
    stage: dict[str, str]
    splits: tuple[str, ...]
    period: str = "all"
    where: Pairs = ()

    @property
    def worth(self) -> int:
        return sum(self.value.values())

    def member(self, split: str, place: int) -> str:
        if split == "stage":
            return self.stage.get(str(self.deals.id[place]), "")
        return str(self.deals.groups[split][place])

    def cells(self, splits: Sequence[str] = ()) -> list[Cell]:
        """One cell for each combination that occurs: those with ten deals or more by value, the others by their names."""
        wanted = tuple(splits) or self.splits
        n: dict[tuple[str, ...], int] = defaultdict(int)
        worth: dict[tuple[str, ...], int] = defaultdict(int)
        valued: dict[tuple[str, ...], int] = defaultdict(int)
        for place in range(len(self.deals)):
            key = tuple(self.member(split, place) for split in wanted)
            deal = str(self.deals.id[place])
            n[key] += 1
            worth[key] += self.value.get(deal, 0)
            valued[key] += deal in self.value
        found = [Cell(key, n[key], worth[key], valued[key]) for key in n]
        return sorted(found, key=lambda c: (c.n < FEWEST, -c.value if c.n >= FEWEST else 0, c.key))


@dataclass(frozen=True)
class Cell:
    """One combination: how many deals, their value in minor units, and how many of them have an amount."""

    key: tuple[str, ...]
    n: int
    value: int
    valued: int

    @property
    def thin(self) -> bool:
        """Are these too few to rank?"""
        return self.n < FEWEST


def lost(at: Snapshot, by: str = "segment", period: str = "last 12 months", where: Pairs = ()) -> Lost:
    """Every deal lost in the period. Splits this actor may not see, or the record does not have, are left out."""
    known = dimensions(at.schema)
    splits = [name for name in (*SPLITS, by) if name in known and allowed(at, known[name])]
    deals = read(at, "lost_deals", splits, period, where)
    valued = read(at, "lost_value", (), period, where)
    value = {str(one): int(worth) for one, worth in zip(valued.id, valued.value, strict=True)}
    stage: dict[str, str] = {}
    if not lacking(at, 2):
        # All visits, whatever is filtered: which deals are asked for is settled. Split so, they are read once for all parts.
        last = last_stage(visits(at, (by,)) if by in splits else visits(at))
        stage = {str(one): last.get(str(one), "") for one in deals.id}
    return Lost(deals, value, stage, ("stage", *splits), period, tuple(where))


def untold(held: Lost, split: str) -> int:
    """Of how many deals nobody told it?"""
    return int(np.sum([not held.member(split, place) for place in range(len(held.deals))])) if len(held.deals) else 0
