"""What is an amount worth in the reporting currency, at the rate of a day as it was known then? To the unit, as the book has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.measure.flow.columns import Bools, Ints, days
from saleswright.measure.forecast.panel.clocks import Grid, instants
from saleswright.measure.forecast.panel.codes import Codes
from saleswright.measure.forecast.panel.versions import ask

ROOM = 2.0**62


@dataclass(frozen=True)
class Rates:
    """Worth of one unit by (currency, day), 0 where nobody told it by then; `report`: of the reporting currency."""

    currency: Ints
    worth: Ints
    report: Ints
    own: int

    def convert(self, amount: Ints, currency: Ints, place: Ints) -> tuple[Ints, Bools]:
        """(minor units of the reporting currency, is there a rate for it) of amounts on days of the grid."""
        row = np.searchsorted(self.currency, currency)
        row = np.minimum(row, max(0, len(self.currency) - 1))
        there = self.currency[row] == currency if len(self.currency) else np.zeros(len(currency), bool)
        down = np.where(there, self.worth[row, place] if len(self.currency) else 0, 0)
        up = self.report[place]
        known = (down > 0) & (up > 0)
        mine = currency == self.own
        made = np.where(mine, amount, 0)
        other = known & ~mine
        made[other] = exchanged(amount[other], up[other], down[other])
        return made, known | mine


def rates(at: Snapshot, codes: Codes, grid: Grid, rate: str) -> Rates:
    """The rates of each day as they were known on it; constant ones (`rate` of the metric) are those of the first day of its
    fiscal year."""

    def build() -> Any:
        from saleswright.measure.forecast.panel import query

        return query.rates()

    found = ask(at, "rates", build)
    on = grid.days
    if rate == "constant":
        calendar = at.workspace.calendar
        on = np.array([days(calendar.containing("year", day).start) for day in grid.dates()], np.int64)
    code = codes.of(found["currency"])
    # "Known by then" of a rate never forgets: what is told anew takes its place in the record.
    told = instants(found["known_from"])
    present = np.unique(code)
    worth = np.zeros((len(present), len(grid)), np.int64)
    for row, one in enumerate(present):
        mine = np.flatnonzero(code == one)
        starts, ends = (np.asarray(found[name]).astype(np.int64)[mine] for name in ("starts", "ends"))
        held = np.searchsorted(starts, on, side="right") - 1
        good = (held >= 0) & (ends[held] > on) & (told[mine][held] <= grid.known)
        worth[row] = np.where(good, np.asarray(found["worth"]).astype(np.int64)[mine][held], 0)
    codes.add([at.currency])
    own = codes.number(at.currency)
    report = worth[np.flatnonzero(present == own)[0]] if own in present else np.zeros(len(grid), np.int64)
    return Rates(present, worth, report, own)


def exchanged(minor: Ints, up: Ints, down: Ints) -> Ints:
    """minor x up / down in whole numbers, half-even: the release's `exchange`."""
    common = np.gcd(up, down)
    up, down = up // common, down // common
    size = np.abs(minor)
    # Of the same fraction the smaller terms: most products then have room in 64 bits.
    fits = size.astype(np.float64) * up < ROOM
    whole, rest = np.divmod(np.where(fits, size, 0) * up, down)
    more = (2 * rest > down) | ((2 * rest == down) & (whole % 2 == 1))
    made: Ints = np.sign(minor) * (whole + more)
    for i in np.flatnonzero(~fits):
        whole_, rest_ = divmod(int(size[i]) * int(up[i]), int(down[i]))
        twice = 2 * rest_ - int(down[i])
        made[i] = int(np.sign(minor[i])) * (whole_ + (twice > 0 or (twice == 0 and whole_ % 2 == 1)))
    return made
