"""What had a deal been through by then? Stages, pushes and amounts of each sequence of versions, up to each version.

Visits and pushes are those of the metrics (`made.stage_entry`, `made.push`), so a panel's counts are theirs of that day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleswright.measure.flow.columns import NO_DAY, Bools, Floats, Ints
from saleswright.measure.forecast.panel.clocks import Stretches
from saleswright.measure.forecast.panel.order import moved_back
from saleswright.measure.forecast.panel.versions import OPEN, Versions


@dataclass(frozen=True)
class SoFar:
    """Up to each place of the sequences. back: by (pattern, place); `pattern` of each day of the grid. entered: the day, NO_DAY
    where no stage is known."""

    entries: Ints
    entered: Ints
    back: Ints
    pattern: Ints
    pushes: Ints
    pushed_days: Ints
    change: Floats


def so_far(of: Stretches, v: Versions, days: int) -> SoFar:
    """The sums along the sequences. What was withdrawn is no version."""
    there = ~v.removed[of.version]
    open_ = v.standing[of.version] == OPEN
    stage, line = v.texts["stage"][of.version], v.texts["pipeline"][of.version]
    entered = _entered(of, there & (stage >= 0), stage, line)
    last = of.latest(entered)
    in_one = (last >= 0) & open_[last]
    back, pattern = moved_back(of, stage, line, entered, open_, days)
    pushes, by = _pushed(of, v, there, open_)
    return SoFar(
        of.running((entered & open_).astype(np.int64)),
        np.where(in_one, v.started[of.version][last], NO_DAY),
        back,
        pattern,
        of.running(pushes),
        of.running(by),
        _changed(of, v, there),
    )


def _entered(of: Stretches, told: Bools, stage: Ints, line: Ints) -> Bools:
    """Which versions came into a stage or pipeline that the one before was not in?"""
    places, earlier, same = of.before(told)
    new = ~same | (stage[places] != stage[earlier]) | (line[places] != line[earlier])
    made = np.zeros(len(of), bool)
    made[places[new]] = True
    return made


def _pushed(of: Stretches, v: Versions, there: Bools, open_: Bools) -> tuple[Ints, Ints]:
    """(is it a move of the stated close to a later day, by how many days) of each version of an open deal."""
    due = v.days["expected_close"][of.version]
    # A version that does not say when it is due says nothing of a move.
    places, earlier, same = of.before(there & (due != NO_DAY))
    later = same & open_[places] & open_[earlier] & (due[places] > due[earlier])
    many, by = np.zeros(len(of), np.int64), np.zeros(len(of), np.int64)
    many[places[later]] = 1
    by[places[later]] = (due[places] - due[earlier])[later]
    return many, by


def _changed(of: Stretches, v: Versions, there: Bools) -> Floats:
    """log(amount / first amount told), nan where there is none, one of them is not above 0, or the currency is another."""
    amount, currency = v.amount[of.version], v.texts["currency"][of.version]
    priced = there & v.priced[of.version]
    nth = of.running(priced.astype(np.int64))
    first = of.latest(priced & (nth == 1))
    good = (first >= 0) & priced & (amount > 0)
    good &= (amount[first] > 0) & (currency[first] == currency)
    change = np.full(len(of), np.nan)
    change[good] = np.log(amount[good] / amount[first[good]])
    return change
