"""How likely is an open deal won, and when? A life table with two ways out: won and lost compete for every deal.

Dividing wins by wins and losses forgets the deals that are still open, and taking losses for "not seen any longer"
promises wins to deals that can never be won again. So both are counted by age, among the deals that were at risk of them
(Aalen and Johansen 1978). Ages are days; a bucket is half-open. A deal may come under observation at a later age than 0.
Formulas 4.2; the worked example there is a test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import lgamma
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saleswright.measure.flow.columns import Floats, Ints

OPEN, WON, LOST = 0, 1, 2
FEWEST = 10
FOR_EVER = 1e12
KAPPA = 20.0
KAPPAS = (2.0, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0)


@dataclass(frozen=True, slots=True)
class Counts:
    """What happened in every bucket of `width` days: arrays of (groups, buckets).

    entering: at risk as the bucket begins. joined: first seen inside it. won, lost, left: how they went out of it; who is
    still open, or gone for another reason, left. endless: the last bucket stands for itself and all that follow. exact: in
    a bucket of one day nobody was there for half of it.
    """

    width: float
    entering: Floats
    joined: Floats
    won: Floats
    lost: Floats
    left: Floats
    endless: bool = False
    exact: bool = False

    @property
    def at_risk(self) -> Floats:
        """n' = n + joined/2 - left/2: who was there for half of a bucket was at risk for half of it. Exact: n + joined."""
        if self.exact:
            return self.entering + self.joined
        return self.entering + self.joined / 2 - self.left / 2

    def times(self, factor: Floats) -> Counts:
        """Each bucket's deals count so many times."""
        return self.each(lambda one: one * factor)

    def over(self) -> Counts:
        """All groups as one, (1, buckets)."""
        return self.each(lambda one: one.sum(axis=0, keepdims=True))

    def pooled(self, fewest: int = FEWEST) -> Counts:
        """From the oldest age that `fewest` deals of all groups reached, one bucket that stands for all older ones."""
        reached = np.flatnonzero(self.entering.sum(axis=0) >= fewest)
        return self.pooled_from(int(reached[-1]) if reached.size else 0)

    def pooled_from(self, last: int) -> Counts:
        """The bucket with this place stands for all older ones, too."""
        starts = np.arange(last + 1)
        pooled = self.each(lambda one: np.add.reduceat(one, starts, axis=1))
        return replace(pooled, endless=True)

    def each(self, change: Callable[[Floats], Floats]) -> Counts:
        """The same change to every count."""
        parts = (self.entering, self.joined, self.won, self.lost, self.left)
        entering, joined, won, lost, left = (change(one) for one in parts)
        return Counts(self.width, entering, joined, won, lost, left, self.endless, self.exact)


def count(
    first: Ints,
    last: Ints,
    outcome: Ints,
    width: float,
    group: Ints | None = None,
    groups: int = 1,
    buckets: int = 0,
    weight: Floats | None = None,
    exact: bool = False,
) -> Counts:
    """Count deals by age. first, last: the ages at which each came under observation and went out of it, in days.

    outcome: OPEN, WON or LOST at the last age. group: which of `groups` each belongs to. buckets: at least so many.
    weight: for how many deals each counts; 1 where none is given. exact: ages are whole days and so are buckets.
    ValueError where a deal goes out before it came in, or the width is not positive.
    """
    if width <= 0:
        raise ValueError(f"a bucket is wider than nothing, not {width} days")
    if first.size and (first.min() < 0 or (last < first).any()):
        raise ValueError("an age is at least 0, and nobody goes out before coming in")
    whole = np.floor_divide(last, width).astype(np.int64)
    came = np.floor_divide(first, width).astype(np.int64)
    inside = first > came * width
    size = max(buckets, int(whole.max()) + 1 if whole.size else 1, 1)
    row = np.zeros(first.size, np.int64) if group is None else np.asarray(group, np.int64)

    def tally(column: Ints, kind: Ints | NDArray[np.bool_], kinds: int) -> Floats:
        at = (row * size + column) * kinds + kind
        found = np.bincount(at, weight, minlength=groups * size * kinds).reshape(groups, size, kinds)
        return np.moveaxis(found.astype(np.float64), -1, 0)

    left, won, lost = tally(whole, outcome, 3)
    begun, joined = tally(came, inside, 2)
    gone = won + lost + left - joined
    entering = np.cumsum(begun, axis=1) - np.cumsum(gone, axis=1) + gone
    if weight is not None:
        # What is left of sums that should be nothing is no deal.
        entering = np.maximum(entering, 0.0)
    return Counts(float(width), entering, joined, won, lost, left, exact=exact)


@dataclass(frozen=True, slots=True)
class LifeTable:
    """Chances per bucket of `width` days, (..., buckets): won or lost within it, for a deal open as it begins.

    Any dimensions before the buckets are tables beside each other: groups, or draws of what the chances may be.
    """

    width: float
    win: Floats
    lose: Floats
    endless: bool = False

    @property
    def stay(self) -> Floats:
        """Still open as each bucket begins, and after the last: (..., buckets + 1)."""
        return _before(np.cumprod(1 - self.win - self.lose, axis=-1), 1.0)

    @property
    def won(self) -> Floats:
        """Won before each bucket begins, and after the last, of all that start at age 0. stay + won + lost = 1."""
        return _before(np.cumsum(self.stay[..., :-1] * self.win, axis=-1), 0.0)

    @property
    def lost(self) -> Floats:
        """Lost before each bucket begins, and after the last, of all that start at age 0."""
        return _before(np.cumsum(self.stay[..., :-1] * self.lose, axis=-1), 0.0)

    @property
    def timing(self) -> Floats:
        """Of all wins, the share that falls into each bucket (tau). Not a number where nobody is ever won."""
        gained = self.stay[..., :-1] * self.win
        return np.asarray(gained / gained.sum(axis=-1, keepdims=True))

    def within(self, age: Any, ahead: Any) -> Floats:
        """The chance to be won within `ahead` days from now, for deals open at these ages: (..., deals).

        Inside a bucket every day has the same chance, so that any age and any end are met exactly:
        1 - (1 - h)^(days / width), shared by win and loss as in the whole bucket.
        """
        age, ahead = np.broadcast_arrays(np.asarray(age, np.float64), np.asarray(ahead, np.float64))
        if (age < 0).any() or (ahead < 0).any():
            raise ValueError("an age and the days ahead are at least 0")
        last = self.win.shape[-1] - 1
        out = self.win + self.lose
        share = np.divide(self.win, out, out=np.zeros_like(out), where=out > 0)
        log = np.log1p(-np.minimum(out, 1 - 1e-15))
        k = np.minimum(age / self.width, last).astype(np.int64)
        into, left = age / self.width - k, ahead / self.width
        found = np.zeros((*out.shape[:-1], *age.shape))
        still = np.ones_like(found)
        # Bucket after bucket, and never by what was left of age 0: of old deals that is too little to divide by.
        while (left > 0).any():
            room = np.maximum(1 - into, 0.0)
            step = np.minimum(left, np.where(k == last, np.inf, room) if self.endless else room)
            gone = -np.expm1(log[..., k] * step)
            found += still * share[..., k] * gone
            still *= 1 - gone
            left = np.where(k == last, 0.0, left - step)
            k, into = np.minimum(k + 1, last), np.zeros_like(into)
        return found

    def ever(self, age: Any) -> Floats:
        """The chance to be won at all, for deals open at these ages: (..., deals)."""
        return self.within(age, FOR_EVER)

    def of(self, group: int) -> LifeTable:
        """The table of one group."""
        return replace(self, win=self.win[..., group, :], lose=self.lose[..., group, :])


def life_table(counts: Counts) -> LifeTable:
    """The table as counted, (groups, buckets); where nobody was at risk nothing happens."""
    n = counts.at_risk
    win, lose = (np.divide(one, n, out=np.zeros_like(n), where=n > 0) for one in (counts.won, counts.lost))
    return LifeTable(counts.width, *_proper(win, lose), counts.endless)


def shrunk(counts: Counts, parent: LifeTable, kappa: float = KAPPA) -> LifeTable:
    """h = (w + kappa x parent) / (n' + kappa): what few deals say is drawn towards what the parent's many say."""
    n = counts.at_risk + kappa
    win, lose = ((one + kappa * of) / n for one, of in ((counts.won, parent.win), (counts.lost, parent.lose)))
    return LifeTable(counts.width, *_proper(win, lose), counts.endless)


def drawn(counts: Counts, parent: LifeTable, kappa: float | Floats, rng: np.random.Generator) -> LifeTable:
    """Tables as they may truly be: one draw of (win, lose, stay) per bucket from its Dirichlet posterior.

    parent: (..., groups or 1, buckets); the answer has its leading dimensions, so each draw stands on its parent's.
    """
    stay = np.maximum(counts.at_risk - counts.won - counts.lost, 0.0)
    of_stay = np.maximum(1 - parent.win - parent.lose, 0.0)
    pairs = ((counts.won, parent.win), (counts.lost, parent.lose), (stay, of_stay))
    parts = [rng.standard_gamma(np.maximum(one + kappa * of, 1e-9)) for one, of in pairs]
    whole = parts[0] + parts[1] + parts[2]
    return LifeTable(counts.width, parts[0] / whole, parts[1] / whole, counts.endless)


def kappas(counts: Counts, parent: LifeTable) -> Floats:
    """How much may the parent be worth, in deals? The probability of each of KAPPAS (Dirichlet-multinomial).

    Empirical Bayes: where groups differ no more than chance would have it, the parent counts for much. Before anything is
    counted the middle of the list, 20, is likelier than its ends.
    """
    prior = -0.5 * np.log(np.array(KAPPAS) / KAPPA) ** 2 / 4
    n = counts.at_risk
    chosen = (n >= 1) & (counts.won + counts.lost > 0)
    shape, log = n.shape, prior
    if chosen.sum() >= 2:
        stay = np.maximum(n - counts.won - counts.lost, 0.0)
        of_stay = np.maximum(1 - parent.win - parent.lose, 0.0)
        parts = [
            (np.broadcast_to(one, shape)[chosen], np.maximum(np.broadcast_to(of, shape)[chosen], 1e-6))
            for one, of in ((counts.won, parent.win), (counts.lost, parent.lose), (stay, of_stay))
        ]
        size = parts[0][0] + parts[1][0] + parts[2][0]
        likelihood = []
        for kappa in KAPPAS:
            found = _lgamma(np.full(size.shape, kappa)) - _lgamma(size + kappa)
            for one, of in parts:
                found = found + _lgamma(one + kappa * of) - _lgamma(kappa * of)
            likelihood.append(float(found.sum()))
        log = prior + np.array(likelihood)
    weight = np.exp(log - log.max())
    return np.asarray(weight / weight.sum())


def fitted_kappa(counts: Counts, parent: LifeTable) -> float:
    """The likeliest worth of the parent; 20 where nothing tells."""
    return KAPPAS[int(np.argmax(kappas(counts, parent)))]


def _lgamma(values: Floats) -> Floats:
    return np.fromiter(map(lgamma, values.tolist()), np.float64, values.size)


def _before(running: Any, start: float) -> Floats:
    return np.concatenate([np.full((*running.shape[:-1], 1), start), running], axis=-1)


def _proper(win: Floats, lose: Floats) -> tuple[Floats, Floats]:
    """Chances that are no more than certain: half-counted deals can make them so where few were at risk."""
    out = np.maximum(win + lose, 1.0)
    return win / out, lose / out
