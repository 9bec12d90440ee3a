"""How does a forecast stand deal by deal? What each is won at, or how likely and at what amount it will be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from saleswright.measure.flow.book import WON
from saleswright.measure.flow.columns import Bools, Floats
from saleswright.measure.forecast.show.moved import Stand

if TYPE_CHECKING:
    from saleswright.measure.forecast.outlook.foretell import Foretold
    from saleswright.measure.forecast.outlook.learn import Learned


def stand(told: Foretold, mean: int, then: Learned | None = None) -> Stand:
    """Every deal that is won in the period or open, in the order of the past, then those that only the rows know.

    mean: of the period, to the unit. then: what was learnt by an earlier day, by which the open deals are told a second time.
    """

    past, now = told.learned.past, told.now
    booked = past.booked_from(told.first, told.last)
    won_ids = [past.ids[place] for place in np.flatnonzero(booked).tolist()]
    elsewhere = frozenset(past.ids[place] for place in np.flatnonzero((past.fate == WON) & ~booked).tolist())
    open_ids = [now.ids[place] for place in now.deal.tolist()]
    ids = tuple(dict.fromkeys((*won_ids, *open_ids)))
    place = {one: number for number, one in enumerate(ids)}
    won = np.full(len(ids), np.nan)
    won[[place[one] for one in won_ids]] = past.booked[booked]
    at = np.array([place[one] for one in open_ids], np.int64)
    open_, chance, value, inside = (np.zeros(len(ids)) for _ in range(4))
    open_[at], chance[at], value[at], inside[at] = 1.0, told.chance, told.amount, due(told)
    old = None
    if then is not None:
        p, worth = np.zeros(len(ids)), np.zeros(len(ids))
        p[at], worth[at] = _by(then, told)
        old = p, worth
    return Stand(ids, won, open_ > 0, chance, value, inside > 0, told.means.coming, mean, old, elsewhere)


def _by(then: Learned, told: Foretold) -> tuple[Floats, Floats]:
    """(chance, value) of the open deals of now by what was learnt by an earlier day."""
    from saleswright.measure.forecast.outlook.foretell import chances, worth

    if told.last <= told.day:
        return told.chance, told.amount
    return chances(then, told.now, told.first, told.last, told.day), worth(then, told.now)


def due(told: Foretold) -> Bools:
    """Whose stated close lies in the period; who is past due was due by now, which is in a period that has begun."""
    close = told.now.day + np.nan_to_num(told.now.to_close, nan=-1e9)
    inside = np.isfinite(told.now.to_close) & (close >= told.first) & (close <= told.last)
    return np.asarray(inside | (told.now.past_due & (told.first <= told.day)))
