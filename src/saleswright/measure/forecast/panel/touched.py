"""When was a deal last touched, as known on a day? The last activity of a deal that had happened and was known by then."""

from __future__ import annotations

from typing import Any

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.measure.flow.columns import NO_DAY, Ints
from saleswright.measure.forecast.panel.clocks import Grid, expanded, instants
from saleswright.measure.forecast.panel.codes import Codes
from saleswright.measure.forecast.panel.versions import ask, clocks, whole


def open_to(at: Snapshot) -> bool:
    """May the actor see when which deal was touched?"""
    return all(at.policy.field_allowed("activity", name) for name in ("deal", "occurred"))


class Touches:
    """The activities of all deals."""

    def __init__(self, at: Snapshot, codes: Codes) -> None:
        def build() -> Any:
            from saleswright.measure.forecast.panel import query

            return query.activities(at.schema)

        found = ask(at, "activities", build)
        self.deal = codes.of(found["deal"])
        self.clocks = clocks(found)
        self.occurred = instants(found["occurred"])
        self.on = whole(found["on"])

    def last(self, deal: Ints, place: Ints, grid: Grid) -> Ints:
        """The day of the last one of each deal on each day of the grid; NO_DAY where there was none."""
        n = len(grid)
        low = np.maximum(grid.truth(np.maximum(self.clocks[0], self.occurred)), grid.knowledge(self.clocks[2]))
        high = np.minimum(np.minimum(grid.truth(self.clocks[1]), grid.knowledge(self.clocks[3])), n)
        of, low, high = self._joined(low, high)
        stays = high >= n
        found = _running(self.deal[of][stays], low[stays], self.on[of][stays], n, deal, place)
        fleeting, on = expanded(low[~stays], high[~stays])
        of = of[~stays][fleeting]
        return np.maximum(found, _exact(self.deal[of], on, self.on[of], n, deal, place))

    def _joined(self, low: Ints, high: Ints) -> tuple[Ints, Ints, Ints]:
        """Stretches, one for all versions of a happening that meet: (one of the versions, first place, place after the last)."""
        seen = np.flatnonzero(low < high)
        order = seen[np.lexsort((low[seen], self.occurred[seen], self.deal[seen]))]
        deal, at, low, high = self.deal[order], self.occurred[order], low[order], high[order]
        fresh = np.ones(len(order), bool)
        fresh[1:] = (deal[1:] != deal[:-1]) | (at[1:] != at[:-1]) | (low[1:] > high[:-1])
        begins = np.flatnonzero(fresh)
        return order[begins], low[begins], np.maximum.reduceat(high, begins) if len(begins) else high


def _running(own: Ints, low: Ints, on: Ints, days: int, deal: Ints, place: Ints) -> Ints:
    """The latest of what has begun by then and stays."""
    if not len(own):
        return np.full(len(deal), NO_DAY, np.int64)
    order = np.lexsort((low, own))
    own, low, on = own[order], low[order], on[order]
    # Days lie between -10^7 and 10^7, so that one running maximum serves all deals, one after the other.
    far = 10**8
    rank = np.cumsum(np.append(0, own[1:] != own[:-1]))
    latest = np.maximum.accumulate(on + rank * far) - rank * far
    step = days + 1
    found = np.searchsorted(own * step + low, deal * step + place, side="right") - 1
    good = (found >= 0) & (own[found] == deal)
    return np.where(good, latest[found], NO_DAY)


def _exact(own: Ints, on_place: Ints, on: Ints, days: int, deal: Ints, place: Ints) -> Ints:
    """The latest of what holds on that day alone."""
    if not len(own):
        return np.full(len(deal), NO_DAY, np.int64)
    step = days + 1
    key = own * step + on_place
    order = np.lexsort((on, key))
    key, on = key[order], on[order]
    asked = deal * step + place
    found = np.searchsorted(key, asked, side="right") - 1
    return np.where((found >= 0) & (key[found] == asked), on[found], NO_DAY)
