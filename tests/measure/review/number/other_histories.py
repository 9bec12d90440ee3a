"""Short histories of companies, made otherwise than the model thinks: what a range of 8 in 10 is held against.

A deal's fate is drawn at its birth (won or lost, and at what age), never from hazards; closing days bend to the ends of
quarters and to working days; some losses are never closed. So nothing here shares a formula with the life table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
OPEN, WON, LOST = 0, 1, 2
SHAPES = ("early", "middle", "bimodal")
SIZES = ((25, 60), (60, 150), (150, 300), (300, 601))
ELAPSED = (0.0, 0.25, 0.5, 0.75, 0.92)
FOREVER = np.int64(10**6)


@dataclass(frozen=True, slots=True)
class Columns:
    """What an export of one evening holds. Days count from 1970-01-01; closed is -1 where open; amounts in cents."""

    created: Ints
    closed: Ints
    outcome: Ints
    amount: Ints
    segment: Ints


@dataclass(frozen=True, slots=True)
class Traits:
    """What kind of company this is; everything a table of coverage is split by."""

    shape: str
    size: int
    sigma: float
    elapsed: float
    zombies: float
    burst: float
    season: float
    trend: float
    lumps: float
    segments: int
    quarters: int
    shock: float = 0.0
    migrated: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """A whole company, with its future. [start, end) is the quarter asked about and `day` the last day known of it."""

    seed: int
    traits: Traits
    whole: Columns
    first: int
    start: int
    end: int
    day: int

    def known(self, day: int | None = None) -> Columns:
        """The columns as an export of that evening holds them: nothing created or closed later."""
        day = self.day if day is None else day
        w = self.whole
        there = w.created <= day
        if self.traits.migrated:
            there &= w.closed >= self.first
        done = (w.closed <= day)[there]
        return Columns(
            w.created[there],
            np.where(done, w.closed[there], -1),
            np.where(done, w.outcome[there], OPEN),
            w.amount[there],
            w.segment[there],
        )

    def won(self, start: int | None = None, end: int | None = None) -> int:
        """What was won in [start, end), in cents, including deals nobody knew of yet."""
        start, end = self.start if start is None else start, self.end if end is None else end
        inside = (self.whole.outcome == WON) & (self.whole.closed >= start) & (self.whole.closed < end)
        return int(self.whole.amount[inside].sum())

    @property
    def so_far(self) -> int:
        """What was already won in the quarter by the evening of `day`, in cents."""
        return self.won(self.start, self.day + 1)


def drawn(seed: int, **given: object) -> History:
    """One company. The same seed gives the same one; any trait may be given instead of drawn."""
    rng = np.random.default_rng([20261122, seed])
    low, high = SIZES[int(rng.integers(len(SIZES)))]
    traits = {
        "shape": SHAPES[int(rng.integers(3))],
        "size": int(np.exp(rng.uniform(np.log(low), np.log(high)))),
        "sigma": float(rng.uniform(0.3, 1.5)),
        "elapsed": ELAPSED[int(rng.integers(len(ELAPSED)))],
        "zombies": float(rng.choice([0.0, 0.03, 0.1])),
        "burst": float(rng.choice([0.0, 0.4])),
        "season": float(rng.choice([0.0, 0.35])),
        "trend": float(rng.choice([-0.3, 0.0, 0.4])),
        "lumps": float(rng.choice([0.0, 0.25])),
        "segments": int(rng.integers(1, 4)),
        "quarters": int(rng.integers(4, 13)),
    }
    return _made(seed, Traits(**(traits | given)), rng)  # type: ignore[arg-type]


def _made(seed: int, traits: Traits, rng: np.random.Generator) -> History:
    quarter = int(rng.integers(8, 28))
    start, end = _quarter(quarter), _quarter(quarter + 1)
    first = _quarter(quarter - traits.quarters)
    # Of a migrated company the old closed deals were left behind, so that only what was open then is there.
    begin = first - (400 if traits.migrated else 0)
    day = start - 1 + round(traits.elapsed * (end - start))
    tries = 6000
    fate = _Fates(traits, begin, end, rng)
    trial = fate.deals(tries)
    shown = (trial.closed <= day) & ((trial.closed >= first) if traits.migrated else True)
    number = int(rng.poisson(traits.size * tries / max(int(shown.sum()), 1)))
    return History(seed, traits, fate.deals(number), first, start, end, day)


def _quarter(number: int) -> int:
    """The first day of a quarter; the 0th began with 2018."""
    return (date(2018 + number // 4, 1 + 3 * (number % 4), 1) - date(1970, 1, 1)).days


class _Fates:
    """Draws deals of one company: when they come, what becomes of them and when, how large they are."""

    def __init__(self, traits: Traits, begin: int, end: int, rng: np.random.Generator) -> None:
        self.traits, self.begin, self.end, self.rng = traits, begin, end, rng
        days = np.arange(begin, end)
        months = rng.gamma(1 / traits.lumps**2, traits.lumps**2, 200) if traits.lumps else np.ones(200)
        rate = np.exp(traits.trend * (days - begin) / 365.25)
        rate *= 1 + traits.season * np.sin(2 * np.pi * days / 365.25 + rng.uniform(0, 6.28))
        rate *= months[(days - begin) // 30] * np.where((days + 3) % 7 < 5, 1.0, 0.1)
        self.days, self.share = days, rate / rate.sum()
        self.wins = rng.uniform(0.15, 0.45, traits.segments)
        self.typical = rng.uniform(9.0, 10.5, traits.segments)
        self.mix = rng.dirichlet(np.full(traits.segments, 4.0))
        self.pace = float(rng.uniform(0.7, 1.3))
        self.market = rng.normal(0, traits.shock, 400)
        self.edges = np.array([_quarter(k) for k in range(-12, 388)])

    def deals(self, number: int) -> Columns:
        rng, traits = self.rng, self.traits
        created = np.sort(rng.choice(self.days, number, p=self.share)).astype(np.int64)
        segment = rng.choice(traits.segments, number, p=self.mix).astype(np.int64)
        win_age = np.maximum(1, np.round(self.pace * self._win_ages(number))).astype(np.int64)
        odds = self.wins[segment] / (1 - self.wins[segment])
        odds = odds * np.exp(self.market[np.searchsorted(self.edges, created + win_age, side="right")])
        won = rng.random(number) < odds / (1 + odds)
        loss_age = np.maximum(1, np.round(self.pace * rng.lognormal(np.log(70), 0.9, number))).astype(np.int64)
        closed = self._working(self._bent(created + np.where(won, win_age, loss_age), won), created)
        closed[~won & (rng.random(number) < traits.zombies)] = FOREVER
        amount = np.round(100 * np.exp(self.typical[segment] + traits.sigma * rng.normal(size=number)))
        return Columns(created, closed, np.where(won, WON, LOST).astype(np.int64), amount.astype(np.int64), segment)

    def _win_ages(self, number: int) -> NDArray[np.float64]:
        rng, shape = self.rng, self.traits.shape
        if shape == "early":
            return rng.gamma(1.2, 20.0, number)
        if shape == "middle":
            return rng.lognormal(np.log(80), 0.35, number)
        return np.where(rng.random(number) < 0.5, rng.gamma(9.0, 2.5, number), rng.normal(150, 22, number))

    def _bent(self, closed: Ints, won: NDArray[np.bool_]) -> Ints:
        """Some wins of a quarter's second half wait for its last ten days, and some of the next month are hurried."""
        rng = self.rng
        end = self.edges[np.searchsorted(self.edges, closed, side="right")]
        before = self.edges[np.searchsorted(self.edges, closed, side="right") - 1]
        bends = won & (rng.random(len(closed)) < self.traits.burst)
        late = end - 1 - rng.integers(0, 10, len(closed))
        waits = bends & (end - closed <= 45) & (late > closed)
        hurried = bends & (closed - before < 12) & (rng.random(len(closed)) < 0.5)
        return np.where(waits, late, np.where(hurried, before - 1 - rng.integers(0, 4, len(closed)), closed))

    def _working(self, closed: Ints, created: Ints) -> Ints:
        """Saturdays and Sundays close on the Friday before; nothing closes before it was created."""
        weekday = (closed + 3) % 7
        return np.maximum(closed - np.maximum(weekday - 4, 0), created)
