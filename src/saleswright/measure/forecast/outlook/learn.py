"""What does the record of a day teach? The chances of deals, what wins are booked at, how deals move together, what comes in."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from saleswright.measure.flow.columns import Bools, Floats, Ints
from saleswright.measure.flow.lifetable import WON
from saleswright.measure.forecast.chance import model as chance
from saleswright.measure.forecast.chance import trial
from saleswright.measure.forecast.law.shock import PRIOR, Shock, shock
from saleswright.measure.forecast.law.unsure import Ratio, ratio
from saleswright.measure.forecast.outlook.arriving import Arriving, arriving, began, shares
from saleswright.measure.forecast.outlook.days import QUARTER, QUARTERS, WEEKS
from saleswright.measure.forecast.outlook.past import Past
from saleswright.measure.forecast.outlook.tried import Tried
from saleswright.measure.forecast.panel.panel import Panel

_FEW = 5


@dataclass(frozen=True)
class Learned:
    """model: the chance of a deal. ratio: what wins are booked at over what they were worth while open. shock: how deals move
    together. arriving: what comes in. past: what it was learnt from, `told` its day. typical: what an amount nobody told is taken
    for, minor units, 0 where nothing was won."""

    model: chance.Model
    ratio: Ratio
    shock: Shock
    arriving: Arriving
    past: Past
    typical: float

    @property
    def told(self) -> int:
        """The day whose end it knows, days since 1970."""
        return self.past.told

    @property
    def n_closed(self) -> int:
        """Decided deals behind it."""
        return self.model.n_closed

    @property
    def kind(self) -> str:
        """What the chances stand on, in words."""
        return self.model.kind

    def only(self, chosen: Bools, by: str = "") -> Learned:
        """The same of some deals of the past: their wins, and their share of what comes in. by: the group they are members of,
        so that members' shares add up; where none is told, they are held against all others."""
        past = self.past
        member = past.groups[by] if by else np.asarray(chosen, np.int64)
        found = shares(past, member, self.typical)
        mine = [found[code] for code in np.unique(member[chosen]).tolist() if code in found]
        share = sum(one for one, _ in mine)
        factor = sum(one * size for one, size in mine) / share if share else 1.0
        arriving = replace(self.arriving, rate=self.arriving.rate * share, amount=self.arriving.amount * factor)
        return replace(self, past=past.only(chosen), arriving=arriving)


def learn(
    panel: Panel,
    past: Past,
    ends: Ints | None = None,
    groups: tuple[str, ...] = ("segment",),
    seed: int = 0,
    kept: Tried | None = None,
) -> Learned:
    """What these rows and this past teach, both told up to the same day.

    panel: open deals on past days up to the day, those of days.learning_days. ends: the last days of past and coming
    periods. kept: where trials on past days are kept. Stop where rows contradict themselves (chance.fit).
    """
    if panel.told != past.told:
        raise ValueError(f"rows told up to day {panel.told} and deals up to day {past.told}")
    recent = panel.only(panel.day >= panel.told - 7 * WEEKS)
    model = chance.fit(recent, groups, seed, ends, kept.roll if kept else trial.roll)
    wins = past.booked[(past.fate == WON) & ~past.unknown & (past.booked > 0)]
    typical = float(wins.mean()) if wins.size else 0.0
    return Learned(
        model,
        _ratio(recent, past),
        _shock(panel, model, began(past)),
        arriving(past, model.cells.calendar),
        past,
        typical,
    )


def _ratio(panel: Panel, past: Past) -> Ratio:
    """Of every win the amount in the middle of the time it was seen open, against what it was booked at."""
    rows = np.flatnonzero((panel.fate == WON) & ~panel.unknown)
    deal, count = np.unique(panel.deal[rows], return_counts=True)
    order = rows[np.argsort(panel.deal[rows], kind="stable")]
    middle = order[np.cumsum(count) - count + count // 2]
    place = {one: i for i, one in enumerate(past.ids)}
    of = np.array([place.get(panel.ids[i], -1) for i in deal.tolist()], np.int64)
    there = of >= 0
    booked = np.where(past.unknown[of[there]], np.nan, past.booked[of[there]].astype(np.float64))
    return ratio(booked, panel.amount[middle[there]].astype(np.float64))


def _shock(panel: Panel, model: chance.Model, since: int) -> Shock:
    """Of the deals open a quarter, two quarters ... ago: how many were won within the quarter, against what was to be expected.

    A quarter that began before `since` tells nothing: the few deals that stand in a record from before its days were kept for
    another reason than that they were open.
    """
    days = np.unique(panel.day)
    won: list[float] = []
    size: list[float] = []
    expected: list[float] = []
    for back in range(1, QUARTERS + 1):
        start = panel.told - back * QUARTER
        on = days[np.searchsorted(days, start, side="right") - 1] if days.size and days[0] <= start else None
        if on is None or start - on >= 7 or start < since:
            break
        rows = panel.only(panel.day == on)
        p = model.within(rows, np.array([QUARTER]))[:, 0]
        n, mean = len(rows), float(p.mean())
        if n < _FEW or not 0 < mean < 1:
            continue
        came = float(((rows.fate == WON) & (rows.until <= QUARTER)).sum())
        # Deals whose chances differ vary less together than as many with one chance: so many coins do as they do.
        coins = n * mean * (1 - mean) / float((p * (1 - p)).mean())
        won.append(came * coins / n)
        size.append(coins)
        expected.append(mean)
    if len(won) < 3:
        return PRIOR
    told: list[Floats] = [np.array(one[::-1]) for one in (won, size, expected)]
    return shock(told[0], told[1], expected=told[2])
