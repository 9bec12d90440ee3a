"""Is it more than chance? What the plan's own factors bring when deals come, are won and are worth as luck has it.

Each draw lets deals come in (Poisson, wider where the past was), be decided and be won (binomial), and be worth what they
are (gamma of the amounts' own spread), with the plan's values. Where those values were themselves measured on few deals,
they are drawn, too. The 80 % band of a cause is what it gets when only its own factor is drawn. Formulas 3.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from saleswright.measure.flow.columns import Floats
from saleswright.measure.flow.miss.factors import (
    DEAL_SIZE,
    MIX,
    TIMING,
    VOLUME,
    WIN_RATE,
    Factors,
    Tally,
    ratio,
)

SEED = 20_240_501
DRAWS = 1_000
FEWEST = 200
ROOM = 3_000_000
"""Numbers drawn at once."""

LOW, HIGH = 0.08, 0.92
"""The 80 % band, two points outward at each end: rates and spreads are themselves measured on few deals, and bands of the
tenths alone held 81 % to 86 % of pure noise, too near to promise 80 % (decision 0022)."""

FEW_PERIODS = 3
"""From so many periods on it is told whether they differ by more than chance."""

FAR = 0.01
"""What lies beyond this share on either side stands out even where the whole does not."""


@dataclass(frozen=True)
class Base:
    """What the plan's values were measured on: deals counted over so many periods, which causes take them from there, and
    the periods one by one."""

    told: Tally
    periods: int
    causes: frozenset[int]
    each: tuple[Tally, ...] = ()

    @property
    def uneven(self) -> tuple[float, float]:
        """How much more than chance the periods differ in what they decide, and win of it: at least 1 each."""
        if len(self.each) < FEW_PERIODS:
            return 1.0, 1.0
        pairs = (("decided", "came"), ("won", "decided"))
        return tuple(_uneven(self.told, self.each, over, under) for over, under in pairs)  # type: ignore[return-value]


@dataclass(frozen=True)
class Bands:
    """Where changes fall by chance alone, in minor units: by cause and segment (5, segments), by cause (5,), and the whole.

    far: the (low, high) beyond which a cause stands out whatever the whole does.
    """

    low: Floats
    high: Floats
    low_cause: Floats
    high_cause: Floats
    low_whole: float
    high_whole: float
    far: tuple[Floats, Floats]


def spread(told: Tally) -> Floats:
    """Standard deviation over mean of single won amounts, by segment; that of all where a segment has under ten, and 1
    where nothing tells it."""

    def of(wins: Any, booked: Any, squares: Any) -> Floats:
        mean = ratio(booked, wins)
        return np.asarray(np.sqrt(np.maximum(ratio(squares, wins) / mean**2 - 1, 0)), float)

    whole = of(told.wins.sum(), told.earned.sum(), told.squares.sum())
    every = float(whole) if np.isfinite(whole) and told.wins.sum() > 1 else 1.0
    own = of(told.wins, told.earned, told.squares)
    return np.where((told.wins >= 10) & np.isfinite(own), own, every)


def dispersion(came: Floats) -> float:
    """How much more than a Poisson count do neighbouring periods differ? At least 1. came: (segments, periods in order)."""
    pairs = (came[:, 1:] - came[:, :-1]) ** 2, came[:, 1:] + came[:, :-1]
    some = pairs[1] > 0
    return float(np.clip(np.mean(pairs[0][some] / pairs[1][some]), 1.0, 50.0)) if some.any() else 1.0


def _uneven(told: Tally, each: tuple[Tally, ...], over: str, under: str) -> float:
    """Pearson's dispersion of the segments' counts over the periods."""
    share = np.nan_to_num(ratio(getattr(told, over), getattr(told, under)))
    squares, some = 0.0, 0
    for one in each:
        base = getattr(one, under)
        mean, chance = (base * share).sum(axis=1), (base * share * (1 - share)).sum(axis=1)
        there = chance > 0.5
        squares += float((((getattr(one, over).sum(axis=1) - mean) ** 2)[there] / chance[there]).sum())
        some += int(there.sum())
    freedom = some * (1 - 1 / len(each))
    return float(np.clip(squares / freedom, 1.0, 50.0)) if freedom > 0 else 1.0


def bands(
    plan: Factors, cv: Floats, wider: float = 1.0, base: Base | None = None, seed: int = SEED, draws: int = DRAWS
) -> Bands:
    """The bands of a plan (without gaps). cv: `spread` of amounts; wider: `dispersion` of what comes in. Seeded."""
    segments, lags = plan.mix.shape
    draws = max(FEWEST, min(draws, ROOM // max(1, segments * lags)))
    rng = np.random.default_rng(seed)
    single = np.empty((5, draws, segments))
    whole = np.empty(draws)
    size = max(1, ROOM // (4 * segments * lags))
    level = plan.cells.sum(axis=1)
    for first in range(0, draws, size):
        chosen = slice(first, min(first + size, draws))
        drawn = _drawn(rng, plan, cv, wider, base, chosen.stop - first)
        for cause, one in enumerate(drawn):
            parts = [one if place == cause else other for place, other in enumerate(plan.all)]
            single[cause, chosen] = _product(parts, (chosen.stop - first, segments, lags)).sum(axis=2) - level
        whole[chosen] = _product(list(drawn), (chosen.stop - first, segments, lags)).sum(axis=(1, 2)) - level.sum()
    summed = single.sum(axis=2)

    def at(share: float, of: Any) -> Any:
        # Outward: what chance itself brings counts as inside.
        return np.quantile(of, share, axis=1, method="lower" if share < 0.5 else "higher")

    ends = np.quantile(whole, LOW, method="lower"), np.quantile(whole, HIGH, method="higher")
    far = at(FAR, summed), at(1 - FAR, summed)
    return Bands(
        at(LOW, single), at(HIGH, single), at(LOW, summed), at(HIGH, summed), float(ends[0]), float(ends[1]), far
    )


def _product(parts: list[Floats], shape: tuple[int, ...]) -> Floats:
    made = np.ones(shape)
    for part in parts:
        made *= part
    return made


def _drawn(
    rng: np.random.Generator, plan: Factors, cv: Floats, wider: float, base: Base | None, draws: int
) -> tuple[Floats, ...]:
    """The five factors as chance makes them, each (draws, segments or 1, lags or 1)."""
    shape = (draws, *plan.mix.shape)
    mean, timing, win_rate, deal_size = (
        np.broadcast_to(one, shape) for one in (plan.came, plan.timing, plan.win_rate, plan.deal_size)
    )
    if base is not None:
        mean, timing, win_rate = _unsure(rng, base, mean, timing, win_rate, wider)
    if wider > 1:
        mean = rng.gamma(mean / (wider - 1), wider - 1)
    came = rng.poisson(mean)
    if base is not None:
        timing = _shaken(rng, came, timing, base.uneven[0])
        win_rate = _shaken(rng, came * np.clip(timing, 0, 1), win_rate, base.uneven[1])
    decided = rng.binomial(came, np.clip(timing, 0, 1))
    won = rng.binomial(decided, np.clip(win_rate, 0, 1))
    sizes = np.array(deal_size)
    if base is not None and DEAL_SIZE in base.causes:
        sizes *= _mean_of(rng, np.broadcast_to(base.told.won, shape), cv)
    sizes *= _mean_of(rng, won, cv)
    volume = came.sum(axis=1, keepdims=True)

    def told(over: Any, under: Any, planned: Floats) -> Floats:
        found = ratio(over, under)
        return np.where(np.isnan(found), planned, found)

    return (
        volume.astype(float),
        told(came, volume, plan.mix),
        told(won, decided, plan.win_rate),
        told(decided, came, plan.timing),
        np.where(won > 0, sizes, plan.deal_size),
    )


def _shaken(rng: np.random.Generator, under: Any, share: Any, uneven: float) -> Any:
    """A segment's shares moved together, so that what they make is as uneven from period to period as it was."""
    if uneven <= 1:
        return share
    share = np.clip(share, 0, 1)
    mean, chance = (under * share).sum(axis=2, keepdims=True), (under * share * (1 - share)).sum(axis=2, keepdims=True)
    shape = np.where((mean > 0) & (chance > 0), mean**2 / np.where(chance > 0, (uneven - 1) * chance, 1.0), 0.0)
    moved = np.where(shape > 0, rng.gamma(np.maximum(shape, 1e-9)) / np.where(shape > 0, shape, 1.0), 1.0)
    return share * moved


def _mean_of(rng: np.random.Generator, n: Any, cv: Floats) -> Floats:
    """The mean of n amounts over their expectation: the sum of n gammas is a gamma."""
    shape = np.asarray(n, float) / np.maximum(cv[:, None], 1e-9) ** 2
    return np.where(shape > 0, rng.gamma(shape) / np.where(shape > 0, shape, 1.0), 1.0)


def _unsure(
    rng: np.random.Generator, base: Base, mean: Any, timing: Any, win_rate: Any, wider: float
) -> tuple[Any, Any, Any]:
    """The plan's values where they were measured, as what they were measured on leaves them: a beta of what was seen, with
    one more deal that did as the others of the lag (timing) or of the segment (win rate), so that none is sure of nothing."""
    told = base.told

    def beta(yes: Any, of: Any, prior: Any, planned: Any) -> Any:
        prior = np.where(np.isnan(prior), 0.5, prior)
        first = rng.gamma(np.broadcast_to(yes + prior, planned.shape))
        second = rng.gamma(np.broadcast_to(of - yes + 1 - prior, planned.shape))
        whole = first + second
        return np.where((of > 0) & (whole > 0), first / np.where(whole > 0, whole, 1.0), planned)

    if VOLUME in base.causes or MIX in base.causes:
        lucky = np.broadcast_to(told.came, mean.shape) / wider
        scale = np.where(lucky > 0, rng.gamma(lucky) / np.where(lucky > 0, lucky, 1.0), 1.0)
        mean = mean * scale
    if TIMING in base.causes:
        usual = ratio(told.decided.sum(axis=0, keepdims=True), told.came.sum(axis=0, keepdims=True))
        timing = beta(told.decided, told.came, usual, timing)
    if WIN_RATE in base.causes:
        usual = ratio(told.won.sum(axis=1, keepdims=True), told.decided.sum(axis=1, keepdims=True))
        win_rate = beta(told.won, told.decided, usual, win_rate)
    return mean, timing, win_rate
