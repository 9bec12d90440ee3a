"""Which days were clean-ups of the CRM and no days of losses? The rule of `measure.junk.find.bulk_lost`, as known on a day.

A day stands out when it has more than 20 losses and more than 8 times what 95 of 100 other days with losses have, of which
there are at least 10. It is a clean-up when most of its deals were older at their loss than three in four of the other losses,
or had not been touched for 30 days. Looked at is the whole record, whoever asks.
"""

from __future__ import annotations

import numpy as np

from saleswright.measure.flow.columns import NO_DAY, Bools, Ints
from saleswright.measure.forecast.panel.versions import LOST, Versions
from saleswright.measure.junk.find import LEAST, OTHER_DAYS, TIMES, UNTOUCHED, rank


def clean_up_days(v: Versions, now: Ints, day: int) -> Ints:
    """The days of clean-ups. now: the versions that hold, as known on `day`."""
    lost = now[(v.standing[now] == LOST) & (v.days["closed"][now] != NO_DAY) & (v.days["closed"][now] <= day)]
    closed = v.days["closed"][lost]
    days, n = np.unique(closed, return_counts=True)
    found = [
        one
        for place, one in enumerate(days)
        if n[place] > LEAST
        and len(days) > OTHER_DAYS
        and n[place] > TIMES * rank(np.delete(n, place).tolist(), 0.95)
        and _old(v, now, lost, closed == one)
    ]
    return np.array(found, np.int64)


def _old(v: Versions, now: Ints, lost: Ints, mine: Bools) -> bool:
    """Were most of the losses of a day old, or long untouched?"""
    # An age runs from the creation where nearly every deal has one.
    alive = now[v.standing[now] <= LOST]
    told = (v.days["created"][alive] != NO_DAY).sum() >= 0.9 * len(alive)
    start = v.days["created" if told else "qualified"][lost]
    age = np.where(start != NO_DAY, v.days["closed"][lost] - start, -1)
    others = np.sort(age[~mine & (age >= 0)])
    old = 0
    if len(others):
        usual = others[max(0, int(np.ceil(0.75 * len(others))) - 1)]
        old = int((age[mine] > usual).sum())
    touched = v.days["last_activity"][lost][mine]
    untouched = int(((touched != NO_DAY) & (touched < v.days["closed"][lost][mine] - UNTOUCHED)).sum())
    return 2 * max(old, untouched) > int(mine.sum())
