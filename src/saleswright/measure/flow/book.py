"""Which deals does the flow stand on? Every qualified deal of new business, as columns: its days, its fate, its worth.

The rows are those that `open_pipeline`, `won_value` and `lost_deals` count, with the rules in force, the caller's filters,
the actor's scope and the metrics' own rates: an open deal at the rate of the day asked about, a decided one at that of its
closing day. Groups are those of that same day, so what was won before a re-organisation stays with the team that won it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from saleswright.history.compiled import compiled
from saleswright.history.snapshot import Snapshot
from saleswright.measure.flow.bridge_rows import WANTED, whole
from saleswright.measure.flow.columns import Bools, Ints, Names, by_id
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.compute import bind, question
from saleswright.measure.metrics.conditions import fields_of
from saleswright.measure.metrics.dimensions import find

if TYPE_CHECKING:
    import ibis.expr.types as ir

OPEN, WON, LOST, GONE = 0, 1, 2, 3
"""What became of a deal; GONE is disqualified, or decided in a way that no metric counts."""

DAYS = ("created", "qualified", "closed", "expected_close")


@dataclass(frozen=True)
class Book:
    """One deal in each place of every column, ordered by id.

    fate: OPEN, WON, LOST or GONE. amount: minor units of the reporting currency, 0 where `unknown` (no amount, or no rate
    for it: `unpriced`). days: by name, NO_DAY where there is none. groups: by dimension, "" where nobody told.
    """

    id: Names
    fate: Ints
    amount: Ints
    unknown: Bools
    unpriced: Bools
    days: dict[str, Ints]
    groups: dict[str, Names]

    def __len__(self) -> int:
        return len(self.id)

    def only(self, chosen: Any) -> Book:
        """Some of the deals, by a mask or by places."""
        days = {name: column[chosen] for name, column in self.days.items()}
        groups = {name: column[chosen] for name, column in self.groups.items()}
        unknown, unpriced = self.unknown[chosen], self.unpriced[chosen]
        return Book(self.id[chosen], self.fate[chosen], self.amount[chosen], unknown, unpriced, days, groups)


def read(at: Snapshot, by: Sequence[str] = (), where: Pairs = ()) -> Book:
    """Every qualified deal of new business as of `at`, with its member of each dimension in `by`.

    Stop (usage) for an unknown dimension or filter, Stop (not allowed) where the days or amounts are hidden from the actor.
    """
    told = whole(at, where, "n")
    splits = tuple(find(at, name, entity="deal") for name in by)
    key, make = question(at, replace(told.asked, by=splits))
    decided = told.decided
    fields = (
        WANTED | {"created", "qualified_by"} | {f for _, tests in decided for test in tests for f in fields_of(test)}
    )
    body = {**key, "want": "book of deals", "decided": [[n, list(t)] for n, t in decided], "fields": sorted(fields)}

    def build() -> ir.Table:
        from saleswright.measure.flow.book_query import book

        return book(make(), decided, fields)

    sql = compiled(at.workspace.state / "cache", body, build)
    found = at.reader.columns(sql, bind(at, sql, told.asked))
    return _book(found, [split.name for split in splits])


def _book(found: dict[str, Any], splits: Sequence[str]) -> Book:
    column = by_id(found)
    return Book(
        column("id"),
        column("fate"),
        column("worth"),
        ~column("known"),
        column("unpriced"),
        {name: column(f"{name}_day") for name in DAYS},
        {name: column(f"d_{name}") for name in splits},
    )
