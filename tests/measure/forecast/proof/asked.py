"""On which day is the world asked, about which period, what is known by then, and what came?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import numpy as np

from saleswright.measure.flow.columns import EPOCH, Floats, Ints, days
from saleswright.measure.flow.lifetable import OPEN, WON
from saleswright.measure.forecast.outlook.days import learning_days
from saleswright.measure.forecast.outlook.past import Past
from saleswright.measure.forecast.panel.panel import Panel
from tests.measure.forecast.worlds import QUARTER, World
from tests.measure.forecast.worlds.world import MONDAY, NAMES

QUARTERS = 12
"""Quarters that are over when the forecast is made."""
PLACES = (0, 4, 8)
"""Weeks of the asked quarter that have passed."""


@dataclass(frozen=True)
class Asked:
    """A world, asked `place` weeks into its quarter about that quarter."""

    world: World
    place: int

    @classmethod
    def drawn(cls, kind: str, seed: int, number: int, otherwise: int = 0, place: int | None = None) -> Asked:
        """number: deals that came in before the day. Without a place the seed tells it."""
        place = PLACES[seed % len(PLACES)] if place is None else place
        week = QUARTERS * QUARTER + place - 1
        return cls(World(kind, seed, number, week=week, ahead=QUARTER, otherwise=otherwise), place)

    @property
    def first(self) -> int:
        """First day of the period."""
        return self.world.day(QUARTERS * QUARTER - 1) + 1

    @property
    def last(self) -> int:
        """Last day of the period."""
        return self.world.day((QUARTERS + 1) * QUARTER - 1)

    @property
    def ends(self) -> Ints:
        """Last days of past and coming quarters."""
        return self.world.quarter_ends

    @cached_property
    def rows(self) -> Panel:
        """Rows of the days that a forecast learns from, told up to the day."""
        rows = self.world.training()
        today = EPOCH + timedelta(days=self.world.today)
        return rows.only(np.isin(rows.day, [days(one) for one in learning_days(today)]))

    @cached_property
    def now(self) -> Panel:
        """Open deals on the day."""
        return self.world.open()

    @cached_property
    def past(self) -> Past:
        """What had become of every deal by the end of the day. Of the world's columns only what was so by then is read."""
        deals, today = self.world.deals, self.world.today - MONDAY
        here = np.flatnonzero(deals.created <= today)
        over = (deals.fate[here] != OPEN) & (deals.ended[here] <= today)
        return Past(
            came=MONDAY + deals.created[here],
            ended=MONDAY + np.where(over, deals.ended[here], today),
            fate=np.where(over, deals.fate[here], OPEN),
            booked=np.where(over, deals.won[here], 0),
            unknown=np.zeros(here.size, bool),
            gone=np.zeros(here.size, bool),
            told=self.world.today,
            names={"segment": NAMES["segment"]},
            groups={"segment": deals.segment[here]},
            ids=tuple(self.world.ids[i] for i in here.tolist()),
        )

    @cached_property
    def parts(self) -> Floats:
        """What came, in minor units: (won before the day, of deals open on it, of deals created later)."""
        deals, today = self.world.deals, self.world.today - MONDAY
        won = (deals.fate == WON) & (deals.ended >= self.first - MONDAY) & (deals.ended <= self.last - MONDAY)
        before, known = won & (deals.ended <= today), deals.created <= today
        told = (before, won & ~before & known, won & ~known)
        return np.array([float(deals.won[some].sum()) for some in told])
