"""Which factors made the bookings of a period? Deals counted by segment and by the period they came in.

Of the deals of segment s that came in k periods before, `came` says how many, `decided` how many of them were won or lost
in the period, `won` how many were won, `booked` what those brought. With N the deals that came in, whatever
their segment, the bookings are, for each side of a comparison, exactly

    sum over s and k of  N_k x (came_sk / N_k) x (won_sk / decided_sk) x (decided_sk / came_sk) x (booked_sk / won_sk)
                      =  volume x mix x win rate x timing x deal size,

formulas 3.1 with the conversion and the timing of those that were decided; nothing is left over (decision 0022).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saleswright.measure.flow.columns import Floats, Ints

VOLUME, MIX, WIN_RATE, TIMING, DEAL_SIZE = range(5)
CAUSES = ("volume", "mix", "win_rate", "timing", "deal_size")


@dataclass(frozen=True)
class Tally:
    """Deals counted: (segments, lags) of whole numbers, booked in minor units; squares of single amounts by segment.

    The last lag is not a period: it holds the deals that came in before all of them and were still open at the start.
    """

    came: Ints
    decided: Ints
    won: Ints
    booked: Ints
    squares: Floats

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.came + other.came,
            self.decided + other.decided,
            self.won + other.won,
            self.booked + other.booked,
            self.squares + other.squares,
        )

    @property
    def wins(self) -> Ints:
        """By segment."""
        return np.asarray(self.won.sum(axis=1), np.int64)

    @property
    def earned(self) -> Ints:
        """What the wins brought, by segment."""
        return np.asarray(self.booked.sum(axis=1), np.int64)

    def only(self, there: NDArray[np.bool_]) -> Tally:
        """Some of the segments."""
        return Tally(self.came[there], self.decided[there], self.won[there], self.booked[there], self.squares[there])


@dataclass(frozen=True)
class Factors:
    """One side: volume (1, lags), the others (segments, lags); deal_size in minor units.

    Not a number: nothing tells it, as the win rate where nothing was decided.
    """

    volume: Floats
    mix: Floats
    win_rate: Floats
    timing: Floats
    deal_size: Floats

    @property
    def all(self) -> tuple[Floats, ...]:
        """In the order of CAUSES."""
        return (self.volume, self.mix, self.win_rate, self.timing, self.deal_size)

    @property
    def came(self) -> Floats:
        """Deals that came in, by segment and lag."""
        return np.asarray(np.where(self.volume == 0, 0.0, self.volume * np.nan_to_num(self.mix)), float)

    @property
    def cells(self) -> Floats:
        """What is booked, by segment and lag."""
        made: Floats = np.prod(np.stack(np.broadcast_arrays(*map(np.nan_to_num, self.all))), axis=0)
        return made

    def by_segment(self) -> Factors:
        """The same bookings without telling deals apart by when they came in: one lag."""
        came = self.came.sum(axis=1)[:, None]
        decided = (self.came * np.nan_to_num(self.timing)).sum(axis=1)[:, None]
        won = (self.came * np.nan_to_num(self.timing) * np.nan_to_num(self.win_rate)).sum(axis=1)[:, None]
        whole = came.sum(axis=0, keepdims=True)
        booked = self.cells.sum(axis=1)[:, None]
        return Factors(whole, ratio(came, whole), ratio(won, decided), ratio(decided, came), ratio(booked, won))

    def scaled(self, by: float) -> Factors:
        """The same with so many times the deals."""
        return Factors(self.volume * by, self.mix, self.win_rate, self.timing, self.deal_size)


def ratio(over: Any, under: Any) -> Floats:
    """Not a number where there is nothing to divide by."""
    over, under = np.asarray(over, float), np.asarray(under, float)
    found = np.full(np.broadcast(over, under).shape, np.nan)
    np.divide(over, under, out=found, where=np.broadcast_to(under != 0, found.shape))
    return found


def factors(told: Tally, periods: int = 1) -> Factors:
    """The factors of counted deals; of several periods together, those of their mean."""
    volume = told.came.sum(axis=0, keepdims=True) / periods
    return Factors(
        volume,
        ratio(told.came, told.came.sum(axis=0, keepdims=True)),
        ratio(told.won, told.decided),
        ratio(told.decided, told.came),
        ratio(told.booked, told.won),
    )


def fitted(plan: Factors, actual: Factors) -> tuple[Factors, Factors]:
    """Both sides without gaps: a factor that one side does not tell is that of the other, so it explains nothing; one that
    neither tells is 0. So a segment that only one side has changes the mix, and nothing else."""
    sides: tuple[list[Floats], list[Floats]] = ([], [])
    for one, other in zip(plan.all, actual.all, strict=True):
        sides[0].append(np.nan_to_num(np.where(np.isnan(one), other, one)))
        sides[1].append(np.nan_to_num(np.where(np.isnan(other), one, other)))
    return Factors(*sides[0]), Factors(*sides[1])


def count(
    member: NDArray[np.int64],
    members: int,
    lag: NDArray[np.int64],
    lags: int,
    decided: NDArray[np.bool_],
    won: NDArray[np.bool_],
    amount: NDArray[np.int64],
) -> Tally:
    """Deals counted: each has a member and a lag (below 0: it does not belong to the period at all)."""
    counts = []
    for chosen in (lag >= 0, decided & (lag >= 0), won & (lag >= 0)):
        place = member[chosen] * lags + lag[chosen]
        counts.append(np.bincount(place, minlength=members * lags).reshape(members, lags).astype(np.int64))
    mine = won & (lag >= 0)
    booked = np.zeros((members, lags), np.int64)
    np.add.at(booked, (member[mine], lag[mine]), amount[mine])
    squares = np.bincount(member[mine], amount[mine].astype(float) ** 2, members).astype(np.float64)
    return Tally(counts[0], counts[1], counts[2], booked, squares)
