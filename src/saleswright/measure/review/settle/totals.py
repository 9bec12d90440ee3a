"""Why does a column of totals (by rep, by month) not agree with ours?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from saleswright.history.snapshot import Snapshot
from saleswright.measure.review.settle.match import Columns
from saleswright.measure.review.settle.ours import Deal
from saleswright.measure.review.settle.sheet import Sheet


@dataclass(frozen=True)
class Column:
    """A column of totals."""


def strength(at: Snapshot, sheet: Sheet, columns: Columns, deals: Mapping[str, Deal]) -> float:
    return 0.0


def column_of(at: Snapshot, sheet: Sheet, columns: Columns, deals: Mapping[str, Deal]) -> Column | None:
    return None
