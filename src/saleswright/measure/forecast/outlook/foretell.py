"""What will a period book? The law of won so far + open deals + deals not created yet, for the whole and for its parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from saleswright.measure.flow.columns import Bools, Floats, Ints
from saleswright.measure.forecast.law import months as by_months
from saleswright.measure.forecast.law.bookings import Bookings, bookings
from saleswright.measure.forecast.law.deals import Coming
from saleswright.measure.forecast.law.unsure import unsure
from saleswright.measure.forecast.outlook.arriving import shares
from saleswright.measure.forecast.outlook.learn import Learned
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
    expected at if won (minor units; the usual one where nobody told an amount). chance: to be won in the period; ever: at all.
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
        # By name, for the order in which rows bear them would move a sum by its last digit.
        place = {name: i for i, name in enumerate(sorted({one for one in (*names, *past.names[by]) if one}))}
        place[""] = NOBODY
        was = _codes(past.groups[by], past.names[by], place)
        now = _codes(self.now.groups[by] if by in self.now.groups else getattr(self.now, by), names, place)
        booked = past.booked_from(self.first, self.last)
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
    chance, ever = chances(learned, now, first, last), learned.model.ever(now)
    amount = worth(learned, now)
    sure = _sure(learned, now, amount, day, last)
    past = learned.past
    won = int(past.booked[past.booked_from(first, last)].sum())
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
        np.stack([chances(learned, told.now, a, b, day) for a, b in spans], axis=1),
        floor=np.array([float(past.booked[past.booked_from(a, b)].sum()) for a, b in spans]),
        spread=learned.ratio.spread,
        rho=learned.shock,
        sure=told.sure,
        coming=learned.arriving.by(day, told.first, ends),
    )


def expected(coming: Coming | None) -> float:
    """What is expected of deals not created yet, in minor units."""
    return float(coming.wins) * coming.mean_amount if coming is not None else 0.0


def chances(learned: Learned, now: Panel, first: int, last: int, day: int | None = None) -> Floats:
    """The chance of each open deal to be won from first to last, asked at the end of `day`, the day of what was learnt if None."""
    day = learned.told if day is None else day
    if last <= day:
        return np.zeros(len(now))
    before = max(first - 1 - day, 0)
    within = learned.model.within(now, np.array([before, last - day]) if before else np.array([last - day]))
    chance = within[:, -1] - within[:, 0] if before else within[:, 0]
    return np.maximum(chance, 0.0)


def worth(learned: Learned, now: Panel) -> Floats:
    """What each open deal is expected at if won, minor units."""
    said = np.where(now.unknown, learned.typical, np.maximum(now.amount, 0).astype(np.float64))
    return np.asarray(said * np.where(now.unknown, 1.0, learned.ratio.mean))


def _sure(learned: Learned, now: Panel, amount: Floats, day: int, last: int) -> float:
    """How far off all chances may be together, by draws of what the counts leave open. Of many deals a part stands for all."""
    if last <= day or not len(now):
        return 0.0
    some = np.arange(len(now))
    if len(now) > MOST_DRAWN:
        some = np.random.default_rng(0).choice(some, MOST_DRAWN, replace=False)
        some.sort()
    drawn, until = now.only(some), np.array([last - day])
    draws = learned.model.draws(drawn, until, DRAWS, seed=0)[:, :, 0]
    return unsure(amount[some], learned.model.within(drawn, until)[:, 0], draws, learned.ratio.error)


def _codes(group: Ints, names: tuple[str, ...], place: dict[str, int]) -> Ints:
    """Members as they are numbered in `place`; who is not named is nobody."""
    table: Ints = np.array([*(place[name] for name in names), NOBODY], np.int64)
    return table[group]


def _part_of(coming: Coming | None, share: float, factor: float) -> Coming | None:
    if coming is None or share <= 0:
        return None
    return Coming(coming.rate * share, coming.chance, coming.amount * factor, 0.0, coming.varies, coming.unsure)
