"""A distribution in the units that faces show: whole minor units, parts that add to the mean, bars for a drawing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from saleswright.lib.period import Period
from saleswright.measure.forecast.law.bookings import Bookings
from saleswright.measure.forecast.law.months import Months
from saleswright.measure.forecast.show.rounded import shared
from saleswright.measure.forecast.show.shown import Month, Range, Told

if TYPE_CHECKING:
    from saleswright.measure.forecast.outlook.foretell import Foretold, Means

BARS = 24
_REACH = (0.005, 0.995)


def told(law: Bookings, means: Means, goal: int | None, why: str = "", apart: bool = True) -> Told:
    """A law with its target. What is open takes what rounding leaves, so that the parts add to the mean.

    Raises AssertionError where the parts are not the law's mean.
    """
    won, coming = round(means.won), round(means.coming)
    open_ = round(law.mean) - won - coming
    if abs(open_ - means.open) > 1.5:
        raise AssertionError(f"the parts sum to {means.total:.2f}, the mean is {law.mean:.2f}")
    chance = float(np.clip(law.at_least(float(goal)), 0.0, 1.0)) if goal is not None else None
    missed = law.shortfall_when_missed(float(goal)) if goal is not None and chance != 1.0 else None
    return Told(
        won,
        open_,
        coming,
        ranged(law),
        ranged(law.independent) if apart else None,
        goal,
        why,
        chance,
        round(max(law.shortfall(float(goal)), 0.0)) if goal is not None else None,
        round(missed) if missed is not None else None,
    )


def ranged(law: Bookings) -> Range:
    """P10, the middle and P90, to the unit; what is won is a floor."""
    low, mid, high = (max(round(float(one)), round(law.floor)) for one in law.quantile([0.1, 0.5, 0.9]))
    return Range(low, mid, high)


def bars(law: Bookings, count: int = BARS) -> tuple[tuple[int, int, float], ...]:
    """(from, to, chance) of equal steps that hold 99 of 100 outcomes; the first and last take what lies beyond."""
    low, high = (float(one) for one in law.quantile(list(_REACH)))
    if high - low < count:
        return ()
    edges = np.linspace(low, high, count + 1)
    until = np.clip(law.up_to(edges), 0.0, 1.0)
    until[0], until[-1] = 0.0, 1.0
    share = np.diff(until)
    whole = np.rint(edges).astype(np.int64).tolist()
    return tuple((a, b, float(one)) for a, b, one in zip(whole, whole[1:], share, strict=False))


def months(of: Foretold, found: Months, pieces: Sequence[Period], whole: Told) -> tuple[Month, ...]:
    """Each month and the time up to its end; won, open and still to come each add up to those of the period, to the unit."""
    won = [round(one.floor) for one in found.month]
    open_ = shared([_open(one) for one in found.month], whole.open)
    coming = shared([one.mean - one.floor - _open(one) for one in found.month], whole.coming)
    if sum(won) != whole.won:
        raise AssertionError(f"won by month is {sum(won)}, the period has {whole.won}")
    made, so_far = [], (0, 0, 0)
    for place, piece in enumerate(pieces):
        mine = won[place], open_[place], coming[place]
        so_far = (so_far[0] + mine[0], so_far[1] + mine[1], so_far[2] + mine[2])
        month, to_date = (
            Told(*parts, ranged(law)) for parts, law in ((mine, found.month[place]), (so_far, found.to_date[place]))
        )
        made.append(Month(piece.label, piece.start, month, to_date))
    return tuple(made)


def _open(law: Bookings) -> float:
    """What open deals bring on average."""
    return float(law.deals.amount @ law.deals.chance)
