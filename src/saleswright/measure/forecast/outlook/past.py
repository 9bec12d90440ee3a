"""What had become of every deal by the end of a day? Columns, one row for each deal that ever counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from saleswright.measure.flow.columns import Bools, Ints
from saleswright.measure.flow.lifetable import WON


@dataclass(frozen=True)
class Past:
    """One row per deal, as known at the end of the day `told` (days since 1970).

    came: the day it was qualified, from which its age counts. ended: the day it was won or lost, of a win that is dated ahead a
    day after `told`; of an open one the last day it was seen open. fate: OPEN, WON or LOST (flow.book). booked: minor units of
    the reporting currency it was won at, 0 where it was not won or `unknown` (no amount or no rate was known by then). gone:
    OPEN, but nobody looks at it any more. groups: by dimension, places in `names[...]`, -1 unknown: those of the day it ended.
    """

    ids: tuple[str, ...]
    came: Ints
    ended: Ints
    fate: Ints
    booked: Ints
    unknown: Bools
    gone: Bools
    told: int
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    groups: Mapping[str, Ints] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.came)

    def booked_from(self, first: int, last: int) -> Bools:
        """Which deals are won and booked from first to last, both included? Also those dated ahead: decided is not to come."""
        return np.asarray((self.fate == WON) & (self.ended >= first) & (self.ended <= last))

    def only(self, chosen: Any) -> Past:
        """Some of the deals, by a mask or by places. `names` stay."""
        made = {name: getattr(self, name)[chosen] for name in COLUMNS}
        rows = {name: column[chosen] for name, column in self.groups.items()}
        return replace(self, **made, groups=rows, ids=tuple(self.ids[i] for i in _places(chosen, len(self))))


COLUMNS = tuple(one.name for one in fields(Past) if one.type in ("Ints", "Bools"))
"""The columns that every past has."""


def _places(chosen: Any, size: int) -> list[int]:
    found: list[int] = np.arange(size)[chosen].tolist()
    return found
