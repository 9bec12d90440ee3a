"""Which way leads to the law of this sum? Four, each exact where it is taken.

* Few deals at fixed amounts: every outcome is told (up to 2^10 of them).
* Amounts with a common unit (all are multiples of 500): the law lives on that lattice, with every jump.
* Many deals: the function dies, and the law is smooth.
* The rest, such as twenty deals at uncertain amounts: a lattice that is made, fine enough to be taken for a line, on which
  every amount keeps its mean. Only here the law has a resolution, and it says so.

Every sum over the shock is checked by halving its step, and taken finer until both agree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, isinf, sqrt
from typing import Literal

import numpy as np

from saleswright.measure.flow.columns import Bools, Floats
from saleswright.measure.forecast.law.curve import Curve
from saleswright.measure.forecast.law.curve import atoms as single
from saleswright.measure.forecast.law.deals import Deals
from saleswright.measure.forecast.law.factor import Nodes, nodes, steps
from saleswright.measure.forecast.law.invert import invert
from saleswright.measure.forecast.law.mixing import AGREE, ROUNDS, Mixed, on_lattice
from saleswright.measure.forecast.law.spectrum import DEAD, Grid, Spectrum, Tables
from saleswright.measure.forecast.law.walking import until_dead

Way = Literal["certain", "outcomes", "lattice", "smooth", "made"]

_OUTCOMES = 10
_POINTS = 1 << 17
_MADE, _LEAST_MADE = 1 << 13, 1 << 11
_WORK, _WORK_MADE = 3e8, 6e7
_MOST_MADE = 3_000
_ROUGH, _ENOUGH = 5e-7, 2e-6
_SPREADS, _SEEN, _SINGLE = 7.0, 1e-8, 4.0


@dataclass(frozen=True)
class Law:
    """A law without its floor. mean, sd: from chances and amounts, not from the curve. checked: what halving changed."""

    curve: Curve
    mean: float
    sd: float
    way: Way
    checked: float
    resolution: float = 0.0


@dataclass(frozen=True)
class Worked:
    """A sum worked out up to its characteristic function, so that deals can be put beside it."""

    spectrum: Spectrum
    mixed: Mixed


def law(deals: Deals, rho: Sequence[float], weight: Sequence[float]) -> Law:
    """The law of the sum of these deals, under these correlations with their weights."""
    if not deals.size and deals.flow is None:
        none = np.zeros(1)
        return Law(single(none, np.ones(1)), 0.0, 0.0, "certain", 0.0)
    if deals.plain and deals.size <= _OUTCOMES:
        return _outcomes(deals, rho, weight)
    worked = work(deals, rho, weight)
    grid = worked.spectrum.grid
    curve = invert(worked.mixed.value, grid, float(worked.mixed.nothing[0]))
    mean = deals.mean - deals.floor
    way: Way = "made" if grid.made else "lattice" if grid.lattice else "smooth"
    return Law(curve, mean, _sd(worked), way, worked.mixed.worst, grid.lattice if grid.made else 0.0)


def watched(
    deals: Deals, chosen: Bools, rho: Sequence[float], weight: Sequence[float], target: float
) -> list[tuple[int, float, float]]:
    """Of each chosen deal: its place in `deals`, and P(sum >= target) were it won, and were it lost."""
    found = []
    places = np.flatnonzero(chosen)
    if deals.plain and deals.size <= _OUTCOMES:
        for i in places.tolist():
            lost = law(deals.only(np.arange(deals.size) != i), rho, weight).curve
            amount = float(deals.amount[i])
            found.append((i, 1 - float(lost.under(target - amount)), 1 - float(lost.under(target))))
        return found
    worked = work(deals, rho, weight, chosen)
    grid, spectrum = worked.spectrum.grid, worked.spectrum
    k = np.arange(worked.mixed.value.size)
    waves = spectrum.watched_wave(k) + 1
    for i, value, wave, none in zip(
        places.tolist(), worked.mixed.without, waves, worked.mixed.nothing[1:].tolist(), strict=True
    ):
        lost = invert(value, grid, none)
        if deals.spread or grid.made:
            won, amount = invert(value * wave, grid, 0.0), 0.0
        else:
            won, amount = lost, float(deals.amount[i])
        found.append((i, 1 - float(won.under(target - amount)), 1 - float(lost.under(target))))
    return found


def work(deals: Deals, rho: Sequence[float], weight: Sequence[float], apart: Bools | None = None) -> Worked:
    """The characteristic function of the sum on the grid that suits it, checked. apart: deals to be watched."""
    coarse = nodes(rho, weight, [0.5] * len(rho))
    grid = _grid(deals, coarse)
    spectrum = Spectrum(deals, grid) if apart is None else Spectrum(deals.only(~apart), grid, deals.only(apart, False))
    step = steps(rho, deals.size + (0 if deals.flow is None else int(deals.flow.rate.sum())))
    found = (on_lattice if grid.points else until_dead)(spectrum, rho, weight, step)
    if found.left > _ENOUGH and not grid.points and deals.size <= _MOST_MADE:
        # It does not die, so it is no smooth law: amounts hardly vary, and few may be won.
        spectrum = Spectrum(spectrum.deals, _made(deals, coarse, 2 * np.pi / grid.step), spectrum.watched)
        found = on_lattice(spectrum, rho, weight, step)
    return Worked(spectrum, found)


def _outcomes(deals: Deals, rho: Sequence[float], weight: Sequence[float]) -> Law:
    """Every set of deals that may win, with its chance."""
    sums = np.zeros(1)
    for amount in deals.amount:
        sums = np.concatenate([sums, sums + amount])

    def mass(at: Nodes) -> Floats:
        each = at.weight[None, :]
        for p in at.chances(deals.theta):
            each = np.concatenate([each * (1 - p), each * p])
        return np.asarray(each.sum(axis=1))

    chance, checked = settled(mass, rho, weight, deals.size)
    order = np.argsort(sums, kind="stable")
    sums, chance = sums[order], chance[order]
    first = np.concatenate([[True], np.diff(sums) > 1e-12 * sums[-1]])
    places = np.flatnonzero(first)
    curve = single(sums[first], np.add.reduceat(chance, places))
    mean = deals.mean - deals.floor
    variance = float(chance @ (sums - mean) ** 2)
    return Law(curve, mean, sqrt(variance), "outcomes", checked)


def settled(
    work: Callable[[Nodes], Floats], rho: Sequence[float], weight: Sequence[float], deals: int
) -> tuple[Floats, float]:
    """A sum over nodes, with the step halved until that changes nothing; and what it changed last."""
    step = steps(rho, deals)
    found = work(nodes(rho, weight, step))
    checked = float("inf")
    for _ in range(ROUNDS):
        between = work(nodes(rho, weight, step, 0.5))
        checked = float(np.abs(found - between).max()) / 2
        found = (found + between) / 2
        if checked <= AGREE:
            break
        step = [one / 2 for one in step]
    return found, checked


def _grid(deals: Deals, coarse: Nodes) -> Grid:
    """The grid that suits these deals."""
    # A first look needs no more than a rough table: mean, variance and how often chance decides, per node.
    look = Spectrum(deals, Grid(1e-300, 0.0))
    tables = look.tables(coarse)
    mean, variance = look.moments(tables)
    sd = np.sqrt(np.maximum(variance, 0.0))
    seen = coarse.weight > _SEEN
    low = max(0.0, float((mean - _SPREADS * sd)[seen].min()))
    # A deal that is hardly ever won lies further out than any number of standard deviations.
    high = float((mean + _SPREADS * sd)[seen].max()) + _SINGLE * float(deals.amount.max(initial=0.0))
    if deals.flow is None:
        high = min(high, float(deals.amount.sum()))
    high += _tails(deals)
    unit = _unit(deals) if deals.plain else 0.0
    alone, kinds = float(coarse.weight @ np.exp(-_decided(deals, look, tables))), _kinds(deals)
    # Where few deals may be won the law is as rough as these few are: of the sum of many kinds that cannot be seen.
    rough = alone / sqrt(kinds)
    if unit:
        low = np.floor(low / unit) * unit
        points = _power((high - low) / unit + 2)
        work = deals.size * points / 2 * coarse.shift.size
        if points <= _POINTS and (alone < _ROUGH or work <= _WORK):
            return Grid(2 * np.pi / (points * unit), low, unit, points=points)
    if rough < _ROUGH or deals.size > _MOST_MADE:
        # With very many deals that are hardly ever won, the lowest end (where one or two are) is not followed to the last digit.
        lowest = alone if deals.size > _MOST_MADE else 0.0
        return Grid(2 * np.pi / (1.02 * (high - low)), low, dead=max(DEAD, rough, lowest))
    return _made(deals, coarse, high)


def _made(deals: Deals, coarse: Nodes, high: float) -> Grid:
    """A lattice up to `high`, as fine as there is time for."""
    points = _MADE
    while points > _LEAST_MADE and deals.size * points / 2 * coarse.shift.size > _WORK_MADE:
        points //= 2
    # Amounts are shared by the points above and below, so the sum may come out above the highest.
    step = high / (points - 2 - min(deals.size, 8 + 6 * int(sqrt(deals.size))))
    return Grid(2 * np.pi / (points * step), 0.0, step, made=True, points=points)


def _kinds(deals: Deals) -> float:
    """As how many deals of equal weight do these count?"""
    weight = deals.chance * (1 - deals.chance)
    return max(1.0, float(weight.sum()) ** 2 / max(float(weight @ weight), 1e-300))


def _tails(deals: Deals) -> float:
    """How far a single uncertain amount may reach beyond what is usual."""
    reach = 0.0
    if deals.size and deals.spread:
        reach = float(deals.amount[0]) * exp(5.5 * deals.spread - deals.spread**2 / 2)
    if deals.flow:
        s = deals.flow.spread
        reach = max(reach, float(deals.flow.amount.max()) * (2 + exp(5.5 * s - s * s / 2)))
    return reach


def _unit(deals: Deals) -> float:
    """The largest unit of which all amounts are whole multiples, or 0: cents of whatever they are told in, or the smallest."""
    amount, smallest = deals.amount, float(deals.amount[-1])
    for scale in (1.0, 100.0, 1 / smallest):
        scaled = amount * scale
        whole = np.rint(scaled)
        if float(scaled[0]) < 2**53 and (np.abs(scaled - whole) <= 1e-11 * scaled).all():
            return float(np.gcd.reduce(whole.astype(np.int64))) / scale
    return 0.0


def _power(least: float) -> int:
    return 1 << max(3, int(np.ceil(np.log2(least))))


def _decided(deals: Deals, look: Spectrum, tables: Tables) -> Floats:
    """Sum of p (1 - p) given each node, and the wins to come: e^-that is about the part of the law that has no density."""
    found = np.zeros(tables.nodes.shift.size)
    if deals.size:
        edges = np.linspace(deals.theta.min(), deals.theta.max() + 1e-9, 65)
        count, _ = np.histogram(deals.theta, edges)
        p = tables.nodes.chances((edges[:-1] + edges[1:]) / 2)
        found = count @ (p * (1 - p))
    if flow := deals.flow:
        wins = tables.coming
        found = found + (wins if isinf(flow.shape) else flow.shape * np.log1p(wins / flow.shape))
    return found


def _sd(worked: Worked) -> float:
    mean, variance = worked.spectrum.moments(worked.mixed.tables)
    weight = worked.mixed.tables.nodes.weight
    centre = float(weight @ mean)
    return sqrt(max(0.0, float(weight @ (variance + (mean - centre) ** 2))))
