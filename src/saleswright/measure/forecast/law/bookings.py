"""What will a period book? The distribution of won so far + open deals + deals not created yet, and what is read from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from saleswright.measure.flow.columns import Bools, Floats
from saleswright.measure.forecast.law.curve import Curve
from saleswright.measure.forecast.law.deals import Coming, Deals, deals
from saleswright.measure.forecast.law.engine import Law, Way, law, watched
from saleswright.measure.forecast.law.shock import PRIOR, Shock, widened


@dataclass(frozen=True)
class Effect:
    """What does one deal do to the chance of reaching the target? chance, amount: its own, the amount as it is expected.

    as_is: with the deal as likely as it is. won, lost: were it certain to be won, or not there. Nothing else changes: that one
    deal is decided tells nothing of the market here.
    """

    place: int
    chance: float
    amount: float
    as_is: float
    won: float
    lost: float

    @property
    def swing(self) -> float:
        """How much hangs on it."""
        return self.won - self.lost


@dataclass(frozen=True)
class Bookings:
    """A distribution of bookings, in the unit of the amounts. mean, sd: exact, from chances and amounts.

    floor: won so far; nothing lies below. way: how it was found (see engine). checked: what halving the step changed, in the
    characteristic function. resolution: 0, or within how much a value can be told. rho: the correlations it stands on.
    """

    curve: Curve
    mean: float
    sd: float
    floor: float
    way: Way
    checked: float
    resolution: float
    rho: Shock
    sure: float
    deals: Deals

    def up_to(self, value: Any) -> Floats:
        """P(bookings <= value)."""
        return self.curve.up_to(value)

    def at_least(self, value: Any) -> Floats:
        """P(bookings >= value): the chance of a target, which counts as reached when it is met."""
        return 1 - self.curve.under(value)

    def quantile(self, share: Any) -> Floats:
        """The smallest value that bookings stay at or below with at least this chance (between 0 and 1). Rising."""
        q = np.asarray(share, np.float64)
        if not ((q > 0) & (q < 1)).all():
            raise ValueError(f"a quantile is between 0 and 1, not {share}")
        return self.curve.quantile(q)

    def likely(self, share: float = 0.8) -> tuple[float, float]:
        """The likely range: with the same chance below it and above it."""
        low, high = self.quantile([(1 - share) / 2, (1 + share) / 2]).tolist()
        return low, high

    def shortfall(self, target: float) -> float:
        """By how much is the target missed on average, when reaching it counts as missing it by 0? E max(target - X, 0)."""
        return self.curve.shortfall(target)

    def shortfall_when_missed(self, target: float) -> float | None:
        """By how much is the target missed when it is missed? None where it cannot be."""
        missed = float(self.curve.under(target))
        return self.shortfall(target) / missed if missed > 0 else None

    def crps(self, outcome: float) -> float:
        """How far is the distribution from what came, in the unit of the amounts? 0 is perfect."""
        return self.curve.crps(outcome)

    def drawn(self, points: int = 200) -> tuple[Floats, Floats]:
        """For a chart: middles of equal steps from P0.1 to P99.9, and the density there. A jump is spread over its step."""
        low, high = self.quantile([0.001, 0.999]).tolist()
        if high <= low:
            return np.array([low]), np.array([np.inf])
        edges = np.linspace(low, high, points + 1)
        share = self.curve.up_to(edges)
        share[0] = self.curve.under(edges[0])
        return (edges[:-1] + edges[1:]) / 2, np.diff(share) / (edges[1] - edges[0])

    def jumps(self, least: float = 0.01) -> tuple[Floats, Floats]:
        """Values that are taken with at least this chance, and the chances: such as that nothing more is won."""
        return self.curve.jumps(least)

    @cached_property
    def independent(self) -> Bookings:
        """The same, if deals did not move together (rho = 0). What is not known of the chances stays."""
        return bookings_of(self.deals, replace(self.rho, rho=(0.0,), weight=(1.0,)), self.sure)

    def without(self, places: int | Iterable[int]) -> Bookings:
        """The same without some open deals, by their place in the columns."""
        gone = np.isin(self.deals.place, np.atleast_1d(np.asarray(places)))
        return bookings_of(self.deals.only(~gone), self.rho, self.sure)

    def effects(self, target: float, places: Sequence[int] | None = None, most: int = 5) -> tuple[Effect, ...]:
        """What do single deals do to the chance of the target? Those named, or the few on which most hangs, largest first.

        All are worked out together, with the same tables. Certain, worthless and impossible deals have no effect and are not
        in the answer.
        """
        all_of = self.deals
        if places is None:
            # What a deal can move is told by its size against the range; twice as many as asked for are worked out.
            weight = all_of.amount * np.sqrt(all_of.chance * (1 - all_of.chance))
            chosen: Bools = np.zeros(all_of.size, bool)
            chosen[np.argsort(-weight, kind="stable")[: 2 * most]] = True
        else:
            chosen = np.isin(all_of.place, np.asarray(places, np.int64))
        if not chosen.any():
            return ()
        rho, share = widened(self.rho, self.sure)
        as_is = float(self.at_least(target))
        found = []
        for i, won, lost in watched(all_of, chosen, rho, share, target - all_of.floor):
            amount, chance = float(all_of.amount[i]), float(all_of.chance[i])
            found.append(Effect(int(all_of.place[i]), chance, amount, as_is, won, lost))
        found.sort(key=lambda one: (-one.swing, one.place))
        return tuple(found if places is not None else found[:most])


def bookings(
    amount: Any,
    chance: Any,
    *,
    floor: float = 0.0,
    ratio: Any = 1.0,
    spread: float = 0.0,
    rho: Shock | float = PRIOR,
    sure: float = 0.0,
    coming: Coming | None = None,
) -> Bookings:
    """The distribution of what a period books.

    amount, chance: of each open deal, what it is worth and the chance that it is won in the period. floor: won so far.
    ratio: what wins are booked at, over their amount while open, on average; one for all or one each. spread: how much that
    varies from win to win, as the standard deviation of its log. rho: how deals move together; a Shock, or one correlation.
    sure: how far off all chances may be together, as a standard deviation on the normal scale (see `unsure`). coming: deals
    that are not created yet. Stop with all issues where a value makes no sense.
    """
    shock = rho if isinstance(rho, Shock) else Shock.fixed(rho)
    return bookings_of(deals(amount, chance, floor, ratio, spread, coming), shock, sure)


def bookings_of(what: Deals, rho: Shock, sure: float) -> Bookings:
    """The distribution of deals that were checked."""
    values, weights = widened(rho, sure)
    return told(law(what, values, weights), what, rho, sure)


def told(found: Law, what: Deals, rho: Shock, sure: float) -> Bookings:
    """A law with its floor."""
    curve = Curve(found.curve.x + what.floor, found.curve.left, found.curve.right)
    mean = what.floor + found.mean
    return Bookings(curve, mean, found.sd, what.floor, found.way, found.checked, found.resolution, rho, sure, what)
