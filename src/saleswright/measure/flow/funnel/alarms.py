"""Do more deals drop out of a stage than its own history makes likely? Judged for the last whole month.

Of the visits to a stage that ended in a month, the share that ended in a loss. Whoever is still there is in no month yet,
so a young month leans to neither side. The months before it, back to the last lasting change of level, say how many losses
the judged month may have: a beta-binomial tail, which carries that the history itself is only so long. Where the history
wobbles more than chance alone (Laney's sigma of z above what chance reaches), both count for as much fewer visits.
An alarm is a tail below 1 in 200: at a stage that never changes, at most one month in 200 is called one; measured in the
tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, lgamma

import numpy as np

from saleswright.lib import limits
from saleswright.measure.flow.columns import Bools
from saleswright.measure.flow.funnel.visits import LOST, Visits

TAIL = 0.005
FEWEST_MONTHS = limits.FEWEST
FEWEST = 10


@dataclass(frozen=True, slots=True)
class Month:
    """Visits to a stage that ended in a month, and how many of them in a loss. index: months since year 0."""

    index: int
    lost: int
    ended: int


@dataclass(frozen=True, slots=True)
class Alarm:
    """A month that lost more than its history makes likely: its share, the history's, and how likely so many were."""

    stage: str
    month: Month
    usual: float
    chance: float


def months(visits: Visits, stage: str, last: int) -> list[Month]:
    """The months from the first in which a visit ended to `last`, which is whole."""
    own = visits.only((visits.stage == stage) & ~visits.there)
    index = month_of(own.left)
    lost: Bools = np.isin(own.went.astype(str), LOST)
    inside = index <= last
    if not inside.any():
        return []
    first = int(index[inside].min())
    size = last - first + 1
    ended = np.bincount(index[inside] - first, minlength=size)
    gone = np.bincount(index[inside & lost] - first, minlength=size)
    return [Month(first + i, int(gone[i]), int(ended[i])) for i in range(size)]


def month_of(days: object) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Months since year 0 of days since 1970-01-01."""
    found = np.asarray(days, np.int64).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return np.asarray(found + 1970 * 12, np.int64)


def alarm(stage: str, history: Sequence[Month], tail: float = TAIL) -> Alarm | None:
    """Is the last month out of the ordinary? None where it is not, or where too little happened to tell."""
    if not history or history[-1].ended < FEWEST:
        return None
    judged, before = history[-1], [one for one in history[:-1] if one.ended]
    if len(before) < FEWEST_MONTHS:
        return None
    hits, trials = [float(one.lost) for one in before], [float(one.ended) for one in before]
    cuts = limits.share_changes(hits, trials)
    start = cuts[-1] if cuts else 0
    wider = limits.wobble(hits, trials, cuts) ** 2
    lost, ended = sum(hits[start:]), sum(trials[start:])
    usual = lost / ended
    if judged.lost / judged.ended <= usual:
        return None
    chance = tail_chance(
        round(judged.lost / wider), round(judged.ended / wider), lost / wider + 0.5, (ended - lost) / wider + 0.5
    )
    return Alarm(stage, judged, usual, chance) if chance < tail else None


def tail_chance(lost: int, ended: int, a: float, b: float) -> float:
    """The chance of so many losses or more of so many ended, where the share is Beta(a, b) likely."""

    def log_beta(x: float, y: float) -> float:
        return lgamma(x) + lgamma(y) - lgamma(x + y)

    total = 0.0
    for k in range(lost, ended + 1):
        ways = lgamma(ended + 1) - lgamma(k + 1) - lgamma(ended - k + 1)
        total += exp(ways + log_beta(k + a, ended - k + b) - log_beta(a, b))
    return min(1.0, total)
