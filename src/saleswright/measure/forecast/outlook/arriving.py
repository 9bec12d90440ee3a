"""How many deals come in that nobody has created yet, and how many of them are won within so many days?

**Formula.** Rate: arrivals a day over the last half year. Within a days: a life table over the deals that came in during the last
two years, by days since they came in, where won and lost compete and who is still open counts as long as it was seen. What
the rate may be off by is read from the past: at every quarter back, the rate of the half year before against what came in the
quarter after, beyond what counts vary by themselves.

**Source.** Formulas 4.2 and 4.3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleswright.measure.flow.columns import Bools, Floats, Ints
from saleswright.measure.flow.lifetable import LOST, OPEN, WON
from saleswright.measure.forecast.chance.drift import LEFT, QUARTER, Calendar, quarter_ends
from saleswright.measure.forecast.law.coming import few
from saleswright.measure.forecast.law.deals import Coming
from saleswright.measure.forecast.outlook.past import Past

WINDOW = 182
"""Days whose arrivals tell the rate."""
COHORTS = 730
"""Days back from which arrivals tell how many are won."""
FEWEST = 30
"""Wins of the last two years below which all cohorts are asked."""
OLDEST = 1095
BLOCKS = 13
"""Days ahead are looked at in at most so many blocks."""
_PRIOR_DRIFT, _PRIOR_WEIGHT = 0.15**2, 2.0
_PULL = 10.0
"""A member's mean win is drawn to that of all as so many wins would."""


@dataclass(frozen=True)
class Arriving:
    """rate: deals a day. within: chance to be won within 0, 1, 2 ... days of coming in; the last one is that of all later days.

    amount: a sample of what wins were booked at. drift: the variance of (true rate / told rate) over a quarter. unsure: the
    variance of chance and mean amount, relative. n: arrivals behind the rate; won: wins behind the chances. ends: last
    days of periods; place: how much more is won with so many days left to one (chance.drift.LEFT), 1 on average.
    """

    rate: float
    within: Floats
    amount: Floats
    drift: float
    unsure: float
    n: int
    won: int
    ends: Ints
    place: Floats

    def by(self, day: int, first: int, ends: Ints) -> Coming | None:
        """What comes in after `day` and is won in each of the periods that follow one another from `first`, whose last days are
        `ends`; None where nothing can. Its chances are (blocks of arrivals, periods)."""
        left = int(ends[-1]) - day
        if left <= 0 or self.rate <= 0 or not self.amount.size:
            return None
        ahead = np.arange(1, left + 1)
        # By day of arrival and day of winning; an arrival may be won on its own day.
        on_age = np.concatenate([self.within[:1], np.diff(self.within), np.zeros(1)])
        age = ahead[None, :] - ahead[:, None]
        on_day = np.where(age < 0, 0.0, on_age[np.clip(age, 0, on_age.size - 1)]) * self._season(day + ahead)
        until = np.concatenate([np.zeros((left, 1)), np.cumsum(on_day, axis=1)], axis=1)
        spans = np.array([max(first, day + 1) - 1, *np.maximum(ends, day)]) - day
        edges = np.unique(np.linspace(0, left, min(BLOCKS, left) + 1).astype(np.int64))
        size = np.diff(edges)
        chance = np.add.reduceat(np.diff(until[:, spans], axis=1), edges[:-1]) / size[:, None]
        # A season can promise more wins than deals only where nearly all are won.
        chance = np.clip(chance, 0.0, 1.0) / np.maximum(chance.sum(axis=1, keepdims=True), 1.0)
        return Coming(self.rate * size, chance, self.amount, 0.0, 0.0, self.drift + self.unsure)

    def _season(self, days: Ints) -> Floats:
        """How much more is won on these days than on a usual one: by the days left to a period's end."""
        following = self.ends[np.minimum(np.searchsorted(self.ends, days), len(self.ends) - 1)]
        left = np.maximum(following - days, 0)
        return np.asarray(self.place[np.searchsorted(LEFT, left, side="right")])


def arriving(past: Past, calendar: Calendar | None = None) -> Arriving:
    """What past arrivals tell of coming ones. calendar: what the deal model found of periods and of the market's level."""
    now = past.told
    since = began(past)
    recent = (past.came > now - COHORTS) & (past.came <= now)
    won = past.fate == WON
    if int((recent & won).sum()) < FEWEST:
        recent = past.came <= now
    window = min(WINDOW, max(now - since, 1))
    n = int(((past.came > now - window) & (past.came <= now)).sum())
    within = _within(past, recent)
    amounts = past.booked[recent & won & ~past.unknown & (past.booked > 0)].astype(np.float64)
    wins = int((recent & won).sum())
    spread = 0.0
    if amounts.size:
        mean = float(amounts.mean())
        spread = float(((amounts - mean) ** 2).mean()) / mean**2 / amounts.size
    chance = float(within[-1]) if within.size else 0.0
    unsure = spread + ((1 - chance) / wins if wins else 0.0)
    ends, place = _calendar(calendar, now)
    return Arriving(n / window, within, few(amounts), _drift(past.came, since, now), unsure, n, wins, ends, place)


def _calendar(known: Calendar | None, now: int) -> tuple[Ints, Floats]:
    """The ends of periods, and the ratios of days by what is left to one, times the level of the coming quarter."""
    if known is None:
        return quarter_ends(now, now), np.ones(len(LEFT) + 1)
    at = known.reaching(np.array([now]))
    share = np.diff([0, *LEFT, QUARTER]) / QUARTER
    ratio = known.place[0].ratio
    return at.ends, np.asarray(ratio / float(share @ ratio) * float(known.level[0, 0]))


def began(past: Past) -> int:
    """The first day with arrivals as they usually are, since 1970: a few deals stand in many records long before the others."""
    came = np.sort(past.came[past.came <= past.told])
    return int(came[int(0.02 * came.size)]) if came.size else past.told


def _within(past: Past, chosen: Bools) -> Floats:
    """The chance to be won within 0, 1, 2 ... days of coming in (Aalen and Johansen)."""
    came, ended, fate = past.came[chosen], past.ended[chosen], past.fate[chosen]
    age = np.clip(ended - came, 0, OLDEST)
    # Who is not looked at any more is not won.
    lost = (fate == LOST) | past.gone[chosen]
    size = int(age.max(initial=0)) + 1
    wins = np.bincount(age[fate == WON], minlength=size).astype(np.float64)
    losses = np.bincount(age[lost & (fate != WON)], minlength=size).astype(np.float64)
    left = np.bincount(age[(fate == OPEN) & ~past.gone[chosen]], minlength=size).astype(np.float64)
    at_risk = np.cumsum((wins + losses + left)[::-1])[::-1]
    # Of those last seen open on a day nobody knows the rest of it: they are asked about up to the day before.
    at_risk = np.maximum(at_risk - left, 1.0)
    hazard_won, hazard = wins / at_risk, np.minimum((wins + losses) / at_risk, 1.0)
    alive = np.concatenate([[1.0], np.cumprod(1 - hazard)[:-1]])
    return np.cumsum(alive * hazard_won)


def _drift(came: Ints, since: int, now: int) -> float:
    """The variance of what came in a quarter over what the half year before said, beyond that of counts."""
    told: list[float] = []
    seen: list[float] = []
    at = now - QUARTER
    while at - WINDOW >= since and len(told) < 12:
        half = float(((came > at - WINDOW) & (came <= at)).sum())
        if half > 0:
            told.append(half * QUARTER / WINDOW)
            seen.append(float(((came > at) & (came <= at + QUARTER)).sum()))
        at -= QUARTER
    if not told:
        return _PRIOR_DRIFT
    before, after = np.array(told), np.array(seen)
    excess = (after / before - 1) ** 2 - (1 / before + QUARTER / WINDOW / before)
    total = float(excess.sum()) + _PRIOR_WEIGHT * _PRIOR_DRIFT
    return max(total / (len(told) + _PRIOR_WEIGHT), 0.0)


def shares(past: Past, member: Ints, typical: float) -> dict[int, tuple[float, float]]:
    """Of each member: its share of the arrivals of the last half year, and how much larger its wins are than all wins.

    A member's mean win is drawn to that of all as ten wins would; the means of the parts add up to that of the whole.
    """
    recent = (past.came > past.told - WINDOW) & (past.came <= past.told)
    codes, counts = np.unique(member[recent], return_counts=True)
    if not counts.sum():
        return {}
    share = counts / counts.sum()
    wins = (past.fate == WON) & ~past.unknown & (past.booked > 0) & (past.ended > past.told - COHORTS)
    size = np.array([(past.booked[wins & (member == one)].sum(), (wins & (member == one)).sum()) for one in codes])
    mean = (size[:, 0] + _PULL * typical) / (size[:, 1] + _PULL)
    factor = mean / max(float(share @ mean), 1e-9)
    return {int(code): (float(a), float(b)) for code, a, b in zip(codes, share, factor, strict=True)}
