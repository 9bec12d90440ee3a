"""Deals drawn for a comparison of forecasts: stages, hazards by age, one shock a quarter, and what was known on each day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saleswright.measure.flow.lifetable import LOST, OPEN, WON

WEEK, QUARTER, BEFORE = 7, 13, 3
STAGES = 4
ADVANCE, LOSE, WIN = 0.14, (0.05, 0.04, 0.03, 0.03), (0.0, 0.004, 0.03, 0.10)


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns of deals as they were known on a day, named as those of a Panel; one row per deal and day."""

    deal: NDArray[np.int64]
    day: NDArray[np.int64]
    age: NDArray[np.int64]
    in_stage: NDArray[np.int64]
    stage: NDArray[np.int64]
    segment: NDArray[np.int64]
    entries: NDArray[np.int64]
    amount: NDArray[np.float64]
    until: NDArray[np.int64]
    fate: NDArray[np.int64]

    def only(self, mine: NDArray[np.bool_]) -> Rows:
        """These rows."""
        return Rows(*(getattr(self, name)[mine] for name in self.__slots__))

    def known_by(self, day: int) -> Rows:
        """Rows of earlier days, with what had become of their deals by the end of `day`."""
        rows = self.only(self.day < day)
        over = rows.day + rows.until <= day
        changed: Mapping[str, NDArray[np.int64]] = {
            "until": np.where(over, rows.until, day - rows.day),
            "fate": np.where(over, rows.fate, OPEN),
        }
        return Rows(*(changed.get(name, getattr(rows, name)) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class World:
    """rows: each open deal on the days that forecasts are made. ended, worth, fate: of all deals, ended in days."""

    rows: Rows
    ended: NDArray[np.int64]
    fate: NDArray[np.int64]
    worth: NDArray[np.float64]

    def won(self, after: int, until: int) -> float:
        """What was won in (after, until], in minor units."""
        mine = (self.fate == WON) & (self.ended > after) & (self.ended <= until)
        return float(self.worth[mine].sum())


def world(seed: int, quarters: int, a_week: float, shock: float, weeks: tuple[int, ...]) -> World:
    """Deals of so many quarters. weeks: of each quarter those after which a forecast is made; 0 is before its first.

    The company is older than its record: what came in during the BEFORE quarters before it may still be open as it begins.
    """
    rng = np.random.default_rng(seed)
    first, last = -BEFORE * QUARTER, quarters * QUARTER
    came = np.sort(rng.integers(first, last, rng.poisson(a_week * (last - first))))
    n = came.size
    segment, worth = rng.integers(0, 2, n), np.round(rng.lognormal(10.0, 0.9, n)) * 100
    stage, since, entries = np.zeros(n, int), came.copy(), np.ones(n, int)
    fate, ended = np.full(n, OPEN), np.full(n, last + 1)
    seen: list[list[NDArray[np.int64]]] = []
    mood = np.exp(shock * rng.standard_normal(quarters + BEFORE))
    for week in range(first, last):
        there = np.flatnonzero((came < week) & (fate == OPEN))
        if week >= 0 and week % QUARTER in weeks:
            columns = (there, np.full(there.size, week), week - came[there], week - since[there], stage[there])
            seen.append([*columns, segment[there], entries[there]])
        win = np.array(WIN)[stage[there]] * mood[week // QUARTER + BEFORE] * (1.3 - 0.6 * segment[there])
        dice = rng.random(there.size)
        goes = np.array(LOSE)[stage[there]] * (1 + (week - came[there] > 30))
        won, lost = dice < win, (dice >= win) & (dice < win + goes)
        on = (dice >= win + goes) & (dice < win + goes + ADVANCE) & (stage[there] < STAGES - 1)
        fate[there[won]], fate[there[lost]] = WON, LOST
        ended[there[won | lost]] = week + 1
        stage[there[on]] += 1
        since[there[on]], entries[there[on]] = week + 1, entries[there[on]] + 1
    deal, at, age, in_stage, stages, segments, entered = (np.concatenate(one) for one in zip(*seen, strict=True))
    rows = Rows(
        deal,
        at * WEEK,
        age * WEEK,
        in_stage * WEEK,
        stages,
        segments,
        entered,
        worth[deal],
        (ended[deal] - at) * WEEK,
        fate[deal],
    )
    return World(rows, ended * WEEK, fate, worth)
