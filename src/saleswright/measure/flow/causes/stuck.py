"""Which open deals have stood in their stage longer than nine of ten deals of its own past did?

Open deals are those of `open_deals` with the amounts of `open_pipeline`, so that stuck, not stuck and those whose stage is
not told add up to them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.measure.flow.book import OPEN, Book
from saleswright.measure.flow.book import read as read_book
from saleswright.measure.flow.causes.visits import Threshold, Visits, visits
from saleswright.measure.metrics.apart import Pairs


@dataclass(frozen=True)
class Standing:
    """One open deal: its stage, since how many days it is there, and by how many it is beyond (0: it is not stuck).

    value: minor units, None without an amount. days: None where the record has no visit to a stage of it.
    """

    deal: str
    owner: str
    stage: str
    days: int | None
    limit: int | None
    value: int | None

    @property
    def stuck(self) -> bool:
        return self.days is not None and self.limit is not None and self.days > self.limit

    @property
    def beyond(self) -> int:
        return (self.days or 0) - (self.limit or 0) if self.stuck else 0


@dataclass(frozen=True)
class Stuck:
    """Every open deal, the stages in their order with their thresholds, and the stuck ones, the largest first."""

    open: tuple[Standing, ...]
    thresholds: dict[str, Threshold]
    book: Book

    @property
    def deals(self) -> tuple[Standing, ...]:
        held = [one for one in self.open if one.stuck]
        return tuple(sorted(held, key=lambda one: (-(one.value or 0), -one.beyond, one.deal)))

    def of(self, stage: str) -> tuple[Standing, ...]:
        return tuple(one for one in self.open if one.stage == stage)


def worth(deals: tuple[Standing, ...]) -> int:
    """Their amounts together, minor units."""
    return sum(one.value or 0 for one in deals)


def stuck(at: Snapshot, where: Pairs = ()) -> Stuck:
    """Every open qualified deal of new business against the threshold of its stage."""
    book = read_book(at, ("owner",), where)
    book = book.only(book.fate == OPEN)
    held = visits(at)
    return standing(held, book)


def standing(held: Visits, book: Book) -> Stuck:
    limits = held.thresholds()
    deals = held.rows.fields["deal"]
    now = {str(deals[i]): (str(held.stage[i]), int(held.entered[i])) for i in np.flatnonzero(held.there)}
    found = []
    for place in range(len(book)):
        deal = str(book.id[place])
        stage, since = now.get(deal, ("", 0))
        limit = limits[stage].days if stage else None
        days = held.today - since if stage else None
        value = None if book.unknown[place] else int(book.amount[place])
        found.append(Standing(deal, str(book.groups["owner"][place]), stage, days, limit, value))
    return Stuck(tuple(found), limits, book)
