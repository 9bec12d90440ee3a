"""What will a period book? The law of won so far + open deals + deals not created yet, for the whole and for its parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from saleswright.measure.flow.columns import Bools, Floats, Ints
from saleswright.measure.flow.lifetable import WON
from saleswright.measure.forecast.law import months as by_months
from saleswright.measure.forecast.law.bookings import Bookings, bookings
from saleswright.measure.forecast.law.deals import Coming
from saleswright.measure.forecast.law.unsure import unsure
from saleswright.measure.forecast.outlook.arriving import shares
from saleswright.measure.forecast.outlook.learn import Learned
from saleswright.measure.forecast.outlook.past import Past
from saleswright.measure.forecast.panel.panel import Panel

DRAWS, MOST_DRAWN = 60, 20_000
NOBODY = -1


@dataclass(frozen=True)
class Means:
    """What is expected, in minor units: won so far, of deals open now, of deals still to be created. They add up."""

    won: float
    open: float
    coming: float

    @property
    def total(self) -> float:
        """All three."""
        return self.won + self.open + self.coming


@dataclass(frozen=True)
class Foretold:
    """A period as foretold at the end of `day`; first and last are its days (all days since 1970).

    won: minor units that are won already and booked from first to last. now: the deals open then. amount: what each is
    expected at if won (minor units; `stood_in` where nobody told an amount). chance: to be won in the period; ever: at all.
    coming: what is not created yet, None where nothing can come. sure: how far all chances may be off together.
    """

    day: int
    first: int
    last: int
    won: int
    now: Panel
    amount: Floats
    chance: Floats
    ever: Floats
    coming: Coming | None
    sure: float
    learned: Learned = field(repr=False)

    @cached_property
    def stood_in(self) -> Bools:
        """Of which deals nobody told an amount, so that a usual one stands in?"""
        return self.now.unknown

    @cached_property
    def law(self) -> Bookings:
        """The distribution of what the period books."""
        return self._law(np.ones(len(self.now), bool), float(self.won), self.coming)

    @cached_property
    def open_law(self) -> Bookings:
        """Of the deals open now alone."""
        return self._law(np.ones(len(self.now), bool), 0.0, None)

    @cached_property
    def means(self) -> Means:
        """What is expected of each source."""
        return Means(float(self.won), float(self.amount @ self.chance), expected(self.coming))

    def parts(self, by: str) -> dict[str, Part]:
        """Each member's own law, by its name, "" for deals of nobody. by: a group of the rows and of the past. Means add up to the
        whole; ranges do not. AttributeError where the rows do not tell it."""
        past, names = self.learned.past, self.now.names[by]
        place = {name: i for i, name in enumerate(dict.fromkeys(one for one in (*names, *past.names[by]) if one))}
        place[""] = NOBODY
        was = _codes(past.groups[by], past.names[by], place)
        now = _codes(self.now.groups[by] if by in self.now.groups else getattr(self.now, by), names, place)
        booked = booked_from(past, self.first, self.last)
        flows = shares(past, was, self.learned.typical)
        found = {}
        for name, code in place.items():
            mine, won = now == code, int(past.booked[booked & (was == code)].sum())
            coming = _part_of(self.coming, *flows.get(code, (0.0, 1.0)))
            if mine.any() or won or coming is not None:
                means = Means(float(won), float(self.amount[mine] @ self.chance[mine]), expected(coming))
                found[name] = Part(name, won, mine, means, coming, self)
        return found

    def _law(self, mine: Bools, won: float, coming: Coming | None) -> Bookings:
        learned = self.learned
        return bookings(
            self.amount[mine],
            self.chance[mine],
            floor=won,
            spread=learned.ratio.spread,
            rho=learned.shock,
            sure=self.sure,
            coming=coming,
        )


@dataclass(frozen=True)
class Part:
    """One member's share of a period. mine: which of the open deals are its own. law: its own distribution."""

    name: str
    won: int
    mine: Bools
    means: Means
    coming: Coming | None
    whole: Foretold = field(repr=False)

    @cached_property
    def law(self) -> Bookings:
        """The distribution of what this member books."""
        return self.whole._law(self.mine, float(self.won), self.coming)


def foretell(learned: Learned, now: Panel, first: int, last: int) -> Foretold:
    """The period from `first` to `last` as known at the end of the day of `now`, the rows of one day.

    A period that is over is what was won in it; one that lies ahead counts what is won inside it only.
    """
    day = learned.told
    if len(now) and not (now.day == day).all():
        raise ValueError(f"the open deals are those of day {day}, the day of what was learnt")
    chance, ever = _chances(learned, now, day, first, last)
    said = np.where(now.unknown, learned.typical, np.maximum(now.amount, 0).astype(np.float64))
    amount = np.asarray(said * np.where(now.unknown, 1.0, learned.ratio.mean))
    sure = _sure(learned, now, amount, chance, day, last)
    past = learned.past
    won = int(past.booked[booked_from(past, first, last)].sum())
    coming = learned.arriving.by(day, first, np.array([last]))
    coming = coming.of(coming.chance[:, 0]) if coming is not None else None
    return Foretold(day, first, last, won, now, amount, chance, ever, coming, sure, learned)


def months(told: Foretold, ends: Ints) -> by_months.Months:
    """The laws of the months of a period and of the time up to each of their ends. ends: their last days, the last one the
    period's. The means of the months add up to that of the period."""
    learned, past, day = told.learned, told.learned.past, told.day
    spans = list(zip([told.first, *(ends[:-1] + 1).tolist()], ends.tolist(), strict=True))
    return by_months.months(
        told.amount,
        np.stack([_chances(learned, told.now, day, a, b)[0] for a, b in spans], axis=1),
        floor=np.array([float(past.booked[booked_from(past, a, b)].sum()) for a, b in spans]),
        spread=learned.ratio.spread,
        rho=learned.shock,
        sure=told.sure,
        coming=learned.arriving.by(day, told.first, ends),
    )


def expected(coming: Coming | None) -> float:
    """What is expected of deals not created yet, in minor units."""
    return float(coming.wins) * coming.mean_amount if coming is not None else 0.0


def _chances(learned: Learned, now: Panel, day: int, first: int, last: int) -> tuple[Floats, Floats]:
    """(to be won from first to last, to be won at all) of each open deal."""
    if last <= day:
        return np.zeros(len(now)), learned.model.ever(now)
    before = max(first - 1 - day, 0)
    within = learned.model.within(now, np.array([before, last - day]) if before else np.array([last - day]))
    chance = within[:, -1] - within[:, 0] if before else within[:, 0]
    return np.maximum(chance, 0.0), learned.model.ever(now)


def _sure(learned: Learned, now: Panel, amount: Floats, chance: Floats, day: int, last: int) -> float:
    """How far off all chances may be together, by draws of what the counts leave open. Of many deals a part stands for all."""
    if last <= day or not len(now):
        return 0.0
    some = np.arange(len(now))
    if len(now) > MOST_DRAWN:
        some = np.random.default_rng(0).choice(some, MOST_DRAWN, replace=False)
        some.sort()
    draws = learned.model.draws(now.only(some), np.array([last - day]), DRAWS, seed=0)[:, :, 0]
    return unsure(
        amount[some], learned.model.within(now.only(some), np.array([last - day]))[:, 0], draws, learned.ratio.error
    )


def booked_from(past: Past, first: int, last: int) -> Bools:
    """Which deals are won and booked from first to last, both included? Also those dated ahead: decided is not to come."""
    return np.asarray((past.fate == WON) & (past.ended >= first) & (past.ended <= last))


def _codes(group: Ints, names: tuple[str, ...], place: dict[str, int]) -> Ints:
    """Members as they are numbered in `place`; who is not named is nobody."""
    table: Ints = np.array([*(place[name] for name in names), NOBODY], np.int64)
    return table[group]


def _part_of(coming: Coming | None, share: float, factor: float) -> Coming | None:
    if coming is None or share <= 0:
        return None
    return Coming(coming.rate * share, coming.chance, coming.amount * factor, 0.0, coming.varies, coming.unsure)
