"""Which deals make the sum? Columns that were checked, without those that can change nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from saleswright.lib.issue import Issue, Stop
from saleswright.measure.flow.columns import Bools, Floats, Ints
from saleswright.measure.forecast.law.amount import LARGEST_SPREAD, LEAST_SPREAD
from saleswright.measure.forecast.law.normal import probit

_NAMED = 5


@dataclass(frozen=True)
class Coming:
    """Deals that are not created yet: how many, whether they are won in time, and at which amounts.

    rate: expected new deals by cohort of creation, (cohorts,). chance: of a deal of each cohort to be won by the end,
    (cohorts,), or (cohorts, months): in each month. amount: what such wins were booked at, a sample. spread: by how much a
    win may lie off its sample, as a lognormal. varies: the variance of the number of one cohort beyond Poisson's, over its
    squared mean (0: Poisson). unsure: the same of the rate itself, common to all cohorts.
    """

    rate: Floats
    chance: Floats
    amount: Floats
    spread: float = 0.0
    varies: float = 0.0
    unsure: float = 0.0

    @property
    def wins(self) -> Floats:
        """Expected wins: () or (months,)."""
        return np.asarray(np.tensordot(self.rate, self.chance, axes=(0, 0)))

    @property
    def mean_amount(self) -> float:
        """What such a win is booked at on average."""
        return float(self.amount.mean()) if self.amount.size else 0.0

    def of(self, chance: Floats) -> Coming:
        """The same deals with other chances."""
        return Coming(self.rate, chance, self.amount, self.spread, self.varies, self.unsure)


@dataclass(frozen=True)
class Flow:
    """What is coming, ready for the sum: rate and F^-1(chance) by cohort, amounts, and the shape of the gamma (inf: none)."""

    rate: Floats
    chance: Floats
    theta: Floats
    amount: Floats
    spread: float
    shape: float


@dataclass(frozen=True)
class Deals:
    """The deals that make the sum, largest first. place: where each stood. floor: what is certain."""

    place: Ints
    amount: Floats
    chance: Floats
    theta: Floats
    spread: float
    floor: float
    flow: Flow | None

    @property
    def size(self) -> int:
        """How many deals are open."""
        return int(self.amount.size)

    @property
    def plain(self) -> bool:
        """Is every amount as it stands? Then the sum takes single values only."""
        return self.spread == 0 and self.flow is None

    @property
    def mean(self) -> float:
        """E of the sum: floor, chance x amount, and what is coming."""
        coming = float(self.flow.rate @ self.flow.chance) * float(self.flow.amount.mean()) if self.flow else 0.0
        return self.floor + float(self.amount @ self.chance) + coming

    def only(self, chosen: Bools, flow: bool = True) -> Deals:
        """Some of the deals, with what is coming or without."""
        amount, chance, theta = (one[chosen] for one in (self.amount, self.chance, self.theta))
        return Deals(self.place[chosen], amount, chance, theta, self.spread, self.floor, self.flow if flow else None)


def deals(
    amount: Any, chance: Any, floor: float = 0.0, ratio: Any = 1.0, spread: float = 0.0, coming: Coming | None = None
) -> Deals:
    """Check the columns and keep what counts. Stop with every issue where a value makes no sense."""
    value = np.atleast_1d(np.asarray(amount, np.float64))
    p = np.atleast_1d(np.asarray(chance, np.float64))
    by = np.asarray(ratio, np.float64)
    issues = [*_sized(value, p, by), *_numbers(floor, spread), *(_flow_issues(coming) if coming else ())]
    issues += _listed("amount", value, ~(np.isfinite(value) & (value >= 0)), "an amount is at least 0")
    issues += _listed("chance", p, ~((p >= 0) & (p <= 1)), "a chance is between 0 and 1")
    issues += _listed("ratio", np.atleast_1d(by), ~np.atleast_1d(np.isfinite(by) & (by >= 0)), "a ratio is at least 0")
    if issues:
        raise Stop(*issues)
    value = value * by
    spread = float(spread) if spread >= LEAST_SPREAD else 0.0
    counts = (value > 0) & (p > 0)
    if spread == 0:
        # Whoever is certain, at a certain amount, is as good as won.
        certain = p >= 1
        floor, counts = float(floor) + float(value[certain].sum()), counts & ~certain
    place = np.flatnonzero(counts)
    place = place[np.argsort(-value[place], kind="stable")]
    return Deals(place, value[place], p[place], probit(p[place]), spread, float(floor), _flow(coming))


def _flow(coming: Coming | None) -> Flow | None:
    if coming is None:
        return None
    rate, chance, amount = (np.asarray(one, np.float64) for one in (coming.rate, coming.chance, coming.amount))
    kept = (rate > 0) & (chance > 0)
    wins = rate[kept] * chance[kept]
    if not wins.sum() > 0 or not amount.max(initial=0.0) > 0:
        return None
    # Of months that vary each for itself the sum varies less than one; an unsure rate does not even out.
    varies = coming.varies * float((wins * wins).sum() / wins.sum() ** 2) + coming.unsure
    shape = 1 / varies if varies > 1e-9 else float("inf")
    spread = coming.spread if coming.spread >= LEAST_SPREAD else 0.0
    return Flow(rate[kept], chance[kept], probit(chance[kept]), amount, spread, shape)


def _sized(value: Floats, p: Floats, by: Floats) -> list[Issue]:
    found = []
    if value.ndim != 1 or value.shape != p.shape:
        found.append(Issue("chance", f"{p.shape} chances for {value.shape} amounts", "each deal has one of both"))
    if by.ndim and by.shape != value.shape:
        found.append(Issue("ratio", f"{by.shape} ratios for {value.shape} amounts", "one for all, or one each"))
    return found


def _numbers(floor: float, spread: float) -> list[Issue]:
    found = []
    if not isfinite(floor):
        found.append(Issue("floor", f"what is won so far is a number, not {floor}"))
    if not 0 <= spread <= LARGEST_SPREAD:
        found.append(Issue("spread", f"a spread of amounts is between 0 and {LARGEST_SPREAD:g}, not {spread}"))
    return found


def _flow_issues(coming: Coming) -> list[Issue]:
    rate, chance, amount = (np.asarray(one, np.float64) for one in (coming.rate, coming.chance, coming.amount))
    found = []
    if rate.ndim != 1 or chance.shape[:1] != rate.shape:
        found.append(
            Issue("coming.chance", f"{chance.shape} chances for {rate.shape} cohorts", "each cohort has its own")
        )
    for name, column in (("rate", rate), ("amount", amount)):
        wrong = ~(np.isfinite(column) & (column >= 0))
        found += _listed(f"coming.{name}", column, wrong, f"an expected {name} is at least 0")
    found += _listed("coming.chance", chance, ~((chance >= 0) & (chance <= 1)), "a chance is between 0 and 1")
    for name in ("varies", "unsure"):
        if not (isfinite(getattr(coming, name)) and getattr(coming, name) >= 0):
            found.append(Issue(f"coming.{name}", f"a variance is at least 0, not {getattr(coming, name)}"))
    if not 0 <= coming.spread <= LARGEST_SPREAD:
        found.append(Issue("coming.spread", f"a spread is between 0 and {LARGEST_SPREAD:g}, not {coming.spread}"))
    return found


def _listed(name: str, column: Floats, wrong: Any, rule: str) -> Sequence[Issue]:
    flat, places = column.ravel(), np.flatnonzero(wrong)
    named = [Issue(f"{name}[{place}]", f"{rule}, not {flat[place]:g}") for place in places[:_NAMED].tolist()]
    if places.size > _NAMED:
        named.append(Issue(name, f"{rule}: {places.size - _NAMED} more are not"))
    return named
