"""Which deals decide the period? Those whose outcome moves it most: by amount x odds x (1 - odds), past due among them.

A large deal that is all but won, or all but lost, decides less than a middling one at even odds. Each stands with what a
manager asks first: is it past due, how often was it pushed, how long does it stand in its stage, what comes next, when did
anybody last touch it. Fields that the reader may not see, and what the data does not hold, are None.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.flow.columns import EPOCH, NO_DAY, days
from saleswright.measure.flow.waterfall.cover import Chances
from saleswright.measure.flow.waterfall.deal_facts import told
from saleswright.measure.metrics.dimensions import names

MOST = 10


@dataclass(frozen=True, slots=True)
class Deciding:
    """One deal that decides the period. odds: to be won in it. in_stage, typical: days; pushed: times."""

    id: str
    name: str
    stage: str
    owner: str
    team: str
    amount: Money
    category: str
    due: date | None
    past_due: int
    pushed: int | None
    in_stage: int | None
    typical: int | None
    next_step: str | None
    next_on: date | None
    overdue: bool
    last: str
    last_on: date | None
    odds: float

    def quiet(self, day: date) -> int | None:
        """Days since anybody last touched it."""
        return (day - self.last_on).days if self.last_on else None


@dataclass(frozen=True, slots=True)
class Decisive:
    """The deals of the period by how much their outcome moves it. total: how many are due in it or past due.

    has: which columns the record holds anything for.
    """

    deals: tuple[Deciding, ...]
    total: int
    has: frozenset[str]


def deciding(
    at: Snapshot, period: Period, found: Chances, typical: Mapping[str, int], most: int | None = MOST
) -> Decisive:
    """The deals, the most decisive first. typical: by stage, the days that deals usually stay in it.

    Those without an amount decide nothing that can be told, and are left out.
    """
    book, due = found.book, found.book.days["expected_close"]
    mine: Any = (due != NO_DAY) & (due < days(period.end)) & (due >= days(period.start)) | (
        (due != NO_DAY) & (due < days(at.day))
    )
    total = int(mine.sum())
    odds = np.nan_to_num(found.within)
    weight = np.where(mine & ~book.unknown, book.amount * odds * (1 - odds), -1.0)
    order = np.lexsort((book.id.astype(str), -book.amount, -weight))
    chosen = [int(place) for place in order if weight[place] >= 0][:most]
    facts = told(at, [str(book.id[place]) for place in chosen])
    owners = names(at, "person", {one.owner for one in facts.values() if one.owner})
    deals = []
    for place in chosen:
        one = facts.get(str(book.id[place]))
        if one is None:
            continue
        day = EPOCH + timedelta(days=int(due[place]))
        deals.append(
            Deciding(
                one.id,
                one.name or one.account or one.id.split("_", 2)[-1],
                one.stage,
                owners.get(one.owner, one.owner),
                one.team,
                Money(int(book.amount[place]), at.currency),
                one.category,
                day,
                max(0, (at.day - day).days),
                one.pushed,
                one.in_stage(at),
                typical.get(one.stage),
                one.next_step,
                one.next_on,
                one.next_on is not None and one.next_on < at.day,
                one.last,
                one.last_on,
                float(odds[place]),
            )
        )
    return Decisive(tuple(deals), total, _has(deals))


def _has(deals: Sequence[Deciding]) -> frozenset[str]:
    """Columns that hold something."""
    asked: dict[str, list[object]] = {
        "category": [one.category for one in deals],
        "pushed": [one.pushed is not None for one in deals],
        "in_stage": [one.in_stage is not None for one in deals],
        "next_step": [one.next_step is not None or one.next_on for one in deals],
        "last": [one.last_on for one in deals],
        "team": [one.team for one in deals],
    }
    return frozenset(name for name, values in asked.items() if any(values))
