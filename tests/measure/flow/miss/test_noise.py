"""Pure noise is called noise in at least 80 % of 1,000 replications, and a planted large change is not."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
import pytest

from saleswright.measure.flow.miss.factors import CAUSES, Factors, Tally, factors, fitted
from saleswright.measure.flow.miss.find import shared
from saleswright.measure.flow.miss.noise import Bands, Base, bands, dispersion, spread

WORLDS = 1_000
FEW = 200
"""Draws for a band here; the product takes more, and a band from fewer is a little rougher, not narrower."""

CAME = np.array([[40.0, 42, 40, 38], [90, 95, 88, 90], [160, 150, 155, 170]])
TIMING = np.array([[0.08, 0.3, 0.25, 0.15], [0.2, 0.4, 0.2, 0.1], [0.5, 0.35, 0.1, 0.02]])
WIN_RATE = np.array([[0.2], [0.32], [0.45]]) * np.array([1.1, 1.0, 0.9, 0.7])
SIZE = np.array([6e6, 1.8e6, 0.5e6])
CV = np.array([0.8, 0.7, 0.6])


@dataclass
class Change:
    """What is planted on the last period: factors on all of a factor's values."""

    came: float = 1.0
    timing: float = 1.0
    win_rate: float = 1.0
    size: float = 1.0


def period(rng: np.random.Generator, change: Change | None = None, times: int = 1) -> Tally:
    """One period of a company whose true rates never change: deals one by one, amounts lognormal."""
    change = change or Change()
    came = rng.poisson(CAME * change.came * times)
    decided = rng.binomial(came, TIMING * change.timing)
    won = rng.binomial(decided, WIN_RATE * change.win_rate)
    booked, squares = np.zeros(won.shape, np.int64), np.zeros(len(SIZE))
    for place in range(len(SIZE)):
        sigma = np.sqrt(np.log(1 + CV[place] ** 2))
        for lag, n in enumerate(won[place]):
            amounts = np.rint(SIZE[place] * change.size * np.exp(rng.normal(-(sigma**2) / 2, sigma, n)))
            booked[place, lag], squares[place] = int(amounts.sum()), squares[place] + float((amounts**2).sum())
    return Tally(came, decided, won, booked, squares)


def summed(told: list[Tally]) -> Tally:
    found = told[0]
    for one in told[1:]:
        found = found + one
    return found


def judged(
    plan: Factors, told: Tally, cv: object, base: Base | None, wider: float = 1.0
) -> tuple[bool, list[bool], Bands]:
    """(is the whole called noise, is each cause) for one period against a plan."""
    one, other = fitted(plan, factors(told))
    plan_by = np.rint(one.cells.sum(axis=1)).astype(np.int64)
    found = shared(one, other, plan_by, told.earned)
    around = bands(one, np.asarray(cv), wider, base, draws=FEW)
    gap = int(found.parts.sum())
    parts = [int(part) for part in found.parts.sum(axis=1)]
    inside = [bool(around.low_cause[n] <= part <= around.high_cause[n]) for n, part in enumerate(parts)]
    return around.low_whole <= gap <= around.high_whole, inside, around


def true_plan() -> Factors:
    whole = CAME.sum(axis=0, keepdims=True)
    return Factors(whole, CAME / whole, WIN_RATE, TIMING, np.broadcast_to(SIZE[:, None], CAME.shape))


def of_the_year_before(rng: np.random.Generator, times: int = 1) -> tuple[Factors, Base, float]:
    """The plan as it is implied: measured on four periods of the same company, with their unevenness."""
    each = tuple(period(rng, times=times) for _ in range(4))
    told = summed(list(each))
    came = np.stack([one.came[:, 0] for one in each], axis=1).astype(float)
    return factors(told, 4), Base(told, 4, frozenset({1, 2, 3, 4}), each), dispersion(came)


@pytest.mark.parametrize("plan", ["the true rates", "implied by four periods", "the period before"])
def test_pure_noise_is_called_noise(plan: str, capsys: pytest.CaptureFixture[str]) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    rng = np.random.default_rng(seed)
    whole, causes = 0, np.zeros(len(CAUSES))
    for _ in range(WORLDS):
        told = period(rng)
        if plan == "the true rates":
            normal, inside, _ = judged(true_plan(), told, CV, None)
        elif plan == "the period before":
            before = period(rng)
            base = Base(before, 1, frozenset(range(5)))
            normal, inside, _ = judged(factors(before), told, spread(before + told), base)
        else:
            made, base, wider = of_the_year_before(rng)
            normal, inside, _ = judged(made, told, spread(base.told + told), base, wider)
        whole += normal
        causes += inside
    with capsys.disabled():
        shares = ", ".join(f"{name} {n / WORLDS:.1%}" for name, n in zip(CAUSES, causes, strict=True))
        print(f"\nseed {seed}  noise against {plan}: called noise {whole / WORLDS:.1%}; {shares}")  # noqa: T201
    assert whole >= 0.8 * WORLDS, seed


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("volume", Change(came=0.6)),
        ("win_rate", Change(win_rate=0.55)),
        ("timing", Change(timing=0.6)),
        ("deal_size", Change(size=0.5)),
    ],
)
def test_a_large_change_is_not_called_noise(name: str, change: Change, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(31)
    called, named = 0, 0
    # A company that wins 150 deals a period; one that wins 40 cannot tell as much.
    for _ in range(100):
        made, base, wider = of_the_year_before(rng, 4)
        told = period(rng, change, 4)
        normal, inside, _ = judged(made, told, spread(base.told + told), base, wider)
        called += normal
        named += not inside[CAUSES.index(name)]
    with capsys.disabled():
        print(f"\n{name}: called noise {called} of 100, the cause named {named}")  # noqa: T201
    assert called <= 10 and named >= 90


def test_bands_are_the_same_each_time_and_hold_the_plan() -> None:
    one, again = bands(true_plan(), CV), bands(true_plan(), CV)
    assert (one.low == again.low).all() and one.low_whole == again.low_whole
    assert (one.low_cause <= 0).all() and (one.high_cause >= 0).all()
    assert one.low_whole < 0 < one.high_whole
    assert (one.far[0] <= one.low_cause).all() and (one.far[1] >= one.high_cause).all()


def test_nothing_decided_and_nothing_won_have_bands() -> None:
    nothing = np.zeros((2, 3), np.int64)
    plan, actual = fitted(factors(Tally(nothing, nothing, nothing, nothing, np.zeros(2))), true_plan_of(2, 3))
    around = bands(plan, np.ones(2), 3.0)
    assert around.low_whole == around.high_whole == 0.0
    assert np.isfinite(bands(actual, np.array([0.0, 2.0])).low).all()


def true_plan_of(segments: int, lags: int) -> Factors:
    ones = np.ones((segments, lags))
    return Factors(np.full((1, lags), 20.0), ones / segments, ones * 0.4, ones * 0.5, ones * 1e5)


def test_dispersion_is_one_for_chance_and_more_for_waves() -> None:
    rng = np.random.default_rng(3)
    assert dispersion(rng.poisson(50, (3, 24)).astype(float)) < 1.6
    assert dispersion(np.tile([20.0, 80.0], (2, 6))) > 10
    assert dispersion(np.zeros((2, 5))) == 1.0
