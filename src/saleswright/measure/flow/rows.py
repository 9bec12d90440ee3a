"""Which rows does a metric count, one by one? The same expression as its figure, as columns: so what is added up here ties.

Filters, scope, exchange and what is left out are the metric's own; a row that it leaves out is not here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from saleswright.history.compiled import compiled
from saleswright.history.snapshot import Snapshot
from saleswright.measure.flow.columns import Bools, Ints, Names, by_id
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import Asked, ask
from saleswright.measure.metrics.compute import bind, question

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class Rows:
    """One row in each place of every column, ordered by id.

    day: the day it counts on. value: minor units of the reporting currency where the metric adds money, else 0; `known`
    says where there is one. groups: by dimension, "" where nobody told. fields: texts as names, days and counts as whole
    numbers, yes and no as 1 and 0.
    """

    id: Names
    day: Ints
    value: Ints
    known: Bools
    groups: dict[str, Names]
    fields: dict[str, Any]

    def __len__(self) -> int:
        return len(self.id)

    def only(self, chosen: Any) -> Rows:
        """Some of the rows, by a mask or by places."""
        groups = {name: column[chosen] for name, column in self.groups.items()}
        fields = {name: column[chosen] for name, column in self.fields.items()}
        return Rows(self.id[chosen], self.day[chosen], self.value[chosen], self.known[chosen], groups, fields)


def asked_rows(
    at: Snapshot, metric: str, by: Sequence[str], period: str, where: Pairs, of: str = "", any_row: bool = False
) -> Asked:
    """The question of a metric's rows. of: another money field to read. any_row: also rows it asks less of."""
    asked = ask(at, metric, tuple(by), period, where)
    if not of and not any_row:
        return asked
    changed = replace(asked.metric, name=f"{asked.metric.name} rows {of} {any_row}")
    if of:
        changed = replace(changed, sum=of, unit="money", shape="sum", numerator=None)
    if any_row:
        changed = replace(changed, rows={})
    return replace(asked, metric=changed)


def read(
    at: Snapshot,
    metric: str,
    by: Sequence[str] = (),
    period: str = "all",
    where: Pairs = (),
    also: Collection[str] = (),
    of: str = "",
    any_row: bool = False,
) -> Rows:
    """Every row that a metric counts, with further fields of the row. Stop as `ask` does."""
    asked = asked_rows(at, metric, by, period, where, of, any_row)
    key, make = question(at, asked)
    body = {**key, "want": "rows as columns", "also": sorted(also), "of": of, "any": any_row}

    def build() -> ir.Table:
        from saleswright.measure.flow.rows_query import columns

        return columns(make(), sorted(also), of)

    sql = compiled(at.workspace.state / "cache", body, build)
    return _rows(at.reader.columns(sql, bind(at, sql, asked)), [d.name for d in asked.by], sorted(also))


def _rows(found: dict[str, Any], splits: Sequence[str], also: Sequence[str]) -> Rows:
    column = by_id(found)
    return Rows(
        column("id"),
        column("day"),
        column("worth"),
        column("known"),
        {name: column(f"d_{name}") for name in splits},
        {name: column(f"f_{name}") for name in also},
    )
