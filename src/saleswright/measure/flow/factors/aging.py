"""What is the pipeline worth by age, and how do deals end by age? New and active, won and lost, cohort by cohort.

The open deals are valued twice: as documented, count x deal size x win rate, and deal by deal, odds at their age times
what they would be booked at. The gap between both is a finding, told in three parts that add up to it: what is open is another
mix of segments than what was decided, open deals are larger or smaller than wins of their segment were, and at their age
they are won more or less often than its win rate says. Formulas 2.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.reference import Pairs
from saleswright.kernel.report import Figure
from saleswright.lib.money import Money
from saleswright.lib.ratio import wilson
from saleswright.measure.flow.book import LOST, OPEN, WON
from saleswright.measure.flow.columns import Bools, Ints
from saleswright.measure.flow.factors.find import Factors, range_of
from saleswright.measure.flow.factors.schedule import Schedule, in_force
from saleswright.measure.flow.factors.worth import Worth, usual, worth
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import Result, evaluate

NEW, ACTIVE, EVERY, UNKNOWN = "New", "Active", "All ages", "Age not known"
LONGEST = 10**6


@dataclass(frozen=True, slots=True)
class Cohort:
    """Deals of the ages [low, high): open now, and won or lost at that age; UNKNOWN holds who has no age.

    value and simple: what the open ones are worth deal by deal, and as documented. chance: their odds, weighed by what
    they would be booked at. ended: of all that reached the age, the share that was won within it.
    """

    name: str
    phase: str
    low: int
    high: int | None
    open: Figure
    amount: Figure
    chance: Figure
    value: Figure
    simple: Figure
    won: Figure
    won_amount: Figure
    lost: Figure
    ended: Figure


@dataclass(frozen=True, slots=True)
class Gap:
    """From the documented value to that of the deals: simple + mix + size + odds = deals, to the minor unit.

    mix: each segment at its own deal size and win rate instead of the whole's. size: what the deals would be booked at
    instead of that deal size. odds: the odds at their age instead of that win rate. split: by segment?
    """

    simple: Money
    mix: Money
    size: Money
    odds: Money
    deals: Money
    split: bool

    @property
    def by_segment(self) -> Money:
        """The documented value, each segment at its own deal size and win rate."""
        return self.simple + self.mix


@dataclass(frozen=True, slots=True)
class Beyond:
    """Decided deals that the metrics count and the book does not, for they were never qualified: they have no age."""

    won: int = 0
    amount: int = 0
    lost: int = 0


_NOTHING = Beyond()


@dataclass(frozen=True)
class Aging:
    """The pipeline by age under one schedule. new + active = whole = the sum of the cohorts, to the minor unit.

    totals: what the metrics say of the same deals: open_deals, open_pipeline, won_deals, won_value, lost_deals.
    """

    at: Snapshot
    schedule: Schedule
    where: Pairs
    worth: Worth
    cohorts: tuple[Cohort, ...]
    new: Cohort
    active: Cohort
    whole: Cohort
    gap: Gap | None
    totals: dict[str, Result]
    checks: tuple[str, ...]
    doubts: tuple[str, ...] = ()

    @property
    def factors(self) -> Factors:
        """Deal size and win rate as the documented value takes them."""
        return self.worth.whole


def aging(at: Snapshot, schedule: str = "", where: Pairs = ()) -> Aging:
    """The pipeline by age. Stop (usage) for an unknown schedule or filter, (not allowed) where what it needs is hidden."""
    cut = in_force(at, schedule)
    held = worth(at, where)
    named = ("open_deals", "open_pipeline", "won_deals", "won_value", "lost_deals")
    totals = {name: evaluate(at, ask(at, name, (), "all", where)) for name in named}
    beyond = _beyond(held, totals)
    end = ages(held)
    place = cut.cohorts(end)
    spans: list[tuple[str, str, int, int | None]] = [
        (name, ACTIVE if index else NEW, low, high)
        for index, (name, (low, high)) in enumerate(zip(cut.names, pairwise([0, *cut.cuts, LONGEST]), strict=True))
    ]
    spans[-1] = (*spans[-1][:3], None)
    masks = [place == index for index in range(len(spans))]
    if (place < 0).any() or beyond != _NOTHING:
        spans.append((UNKNOWN, "", 0, None))
        masks.append(place < 0)
    values, simples = _shared(held, masks), _simples(held, masks)
    reached = [int((end >= low).sum()) if name != UNKNOWN else 0 for name, _, low, _ in spans]
    rows = tuple(
        _cohort(held, span, mask, values[i], simples[i], reached[i], beyond if span[0] == UNKNOWN else _NOTHING)
        for i, (span, mask) in enumerate(zip(spans, masks, strict=True))
    )
    every, young = np.ones(place.size, np.bool_), place == 0
    whole = _cohort(held, (EVERY, "", 0, None), every, _added(values), _added(simples), 0, beyond)
    new = _cohort(held, (NEW, NEW, 0, cut.new_below), young, values[0], simples[0])
    rest = (_added(values[1:]), _added(simples[1:]))
    active = _cohort(held, (ACTIVE, ACTIVE, cut.new_below, None), ~young, *rest)
    checks, doubts = _checks(rows, totals)
    return Aging(at, cut, where, held, rows, new, active, whole, _gap(held, whole), totals, checks, doubts)


def _beyond(held: Worth, totals: dict[str, Result]) -> Beyond:
    """What the metrics count beyond the book; nothing where they count less."""
    book = held.book
    won, lost = (int(np.count_nonzero(book.fate == fate)) for fate in (WON, LOST))
    booked = int(book.amount[book.fate == WON].sum())
    counted = [totals[name].total.value for name in ("won_deals", "lost_deals")]
    more = [max(0, told - n) if isinstance(told, int) else 0 for told, n in zip(counted, (won, lost), strict=True)]
    worth_ = totals["won_value"].total.value
    amount = worth_.minor - booked if isinstance(worth_, Money) and more[0] else 0
    return Beyond(more[0], amount, more[1])


def ages(held: Worth) -> Ints:
    """The age in days of every deal: today's of an open one, of a decided one that at which it was; -1 where not known."""
    book = held.book
    end = np.where(book.fate == OPEN, held.odds.ages(), book.days["closed"] - book.days["qualified"])
    return np.where((end < 0) | (end > LONGEST), -1, end).astype(np.int64)


def _cohort(
    held: Worth,
    span: tuple[str, str, int, int | None],
    mine: Bools,
    value: Money | None,
    simple: Money | None,
    reached: int = 0,
    beyond: Beyond = _NOTHING,
) -> Cohort:
    name, phase, low, high = span
    book, worth_of, factors = held.book, held.value, held.whole
    open_, won, lost = (mine & (book.fate == fate) for fate in (OPEN, WON, LOST))
    n, wins, losses = int(open_.sum()), int(won.sum()) + beyond.won, int(lost.sum()) + beyond.lost
    none = held.reason or ("" if n else "no open deals of this age")
    stands = float(np.nansum(held.size[open_]))
    odds = float(np.nansum(worth_of[open_])) / stands if stands and not none else None
    unweighed = none or ("" if stands else "no amounts to weigh the odds with")
    sides = held.likely(open_) if not none else (None, None)
    documented = none if not n else factors.size.reason or factors.rate.reason
    around = range_of(simple if n else None, factors.size, factors.rate)
    ended = Figure("won_of_reached", None, "share", name, reason="nobody reached this age")
    if reached:
        band = wilson(wins, reached) or (None, None)
        ended = Figure("won_of_reached", wins / reached, "share", name, reached, band[0], band[1], (wins, reached))
    return Cohort(
        name,
        phase,
        low,
        high,
        Figure("open_deals", n, "count", name, n),
        _amount("open_amount", held, open_, name, "no open deals with an amount"),
        Figure("chance", odds, "share", name, n, reason=unweighed if odds is None else ""),
        Figure("value", value if not none else None, "money", name, n, sides[0], sides[1], reason=none),
        Figure("documented_value", simple if n else None, "money", name, n, *around, reason=documented),
        Figure("won_deals", wins, "count", name, wins),
        _amount("won_amount", held, won, name, "no won deals with an amount", beyond),
        Figure("lost_deals", losses, "count", name, losses),
        ended,
    )


def _amount(name: str, held: Worth, mine: Bools, label: str, none: str, beyond: Beyond = _NOTHING) -> Figure:
    """The amounts of some deals; those without one are counted as left out."""
    book, told = held.book, mine & ~held.book.unknown
    n, left = int(told.sum()) + (beyond.won if beyond.amount else 0), int((mine & held.book.unknown).sum())
    unpriced = int((mine & book.unpriced).sum())
    reason = (
        f"no exchange rate to {held.at.currency} for {unpriced} of {n + left} deals" if unpriced else "" if n else none
    )
    worth_ = None if reason else Money(int(book.amount[told].sum()) + beyond.amount, held.at.currency)
    return Figure(name, worth_, "money", label, n, excluded=left, reason=reason)


def _shared(held: Worth, masks: Sequence[Bools]) -> list[Money | None]:
    """The value of each cohort in minor units that add to the whole's: running sums are cut, never the parts."""
    if held.reason:
        return [None] * len(masks)
    parts = [float(np.nansum(held.value[mask])) for mask in masks]
    ends = [0, *(round(upto) for upto in accumulate(parts))]
    return [Money(after - before, held.at.currency) for before, after in pairwise(ends)]


def _simples(held: Worth, masks: Sequence[Bools]) -> list[Money | None]:
    """The documented value of each cohort: the whole's, shared out by how many open deals are in it."""
    counts = [int(np.count_nonzero(mask & (held.book.fate == OPEN))) for mask in masks]
    n = int(np.sum(counts))
    whole = simple(held.whole, n, held.at.currency)
    return [*whole.allocate(counts)] if whole is not None and n else [None] * len(masks)


def simple(factors: Factors, count: int, currency: str) -> Money | None:
    """The documented value of so many open deals: count x deal size x win rate, cut once; None where one is not known."""
    size, rate = factors.size, factors.rate
    if not isinstance(size.value, Money) or not isinstance(rate.value, float):
        return None
    worth_, share = Fraction(size.value.minor), Fraction(rate.value)
    if size.of and rate.of and isinstance(size.of[0], Money):
        worth_, share = (
            Fraction(size.of[0].minor, int(str(size.of[1]))),
            Fraction(*(int(str(side)) for side in rate.of)),
        )
    return Money(round(count * worth_ * share), currency)


def _added(parts: Sequence[Money | None]) -> Money | None:
    known = [part for part in parts if part is not None]
    return Money(sum(part.minor for part in known), known[0].currency) if known else None


def _gap(held: Worth, whole: Cohort) -> Gap | None:
    """What separates the two values; None where one of them cannot be told."""
    documented, deals = whole.simple.value, whole.value.value
    if not isinstance(documented, Money) or not isinstance(deals, Money):
        return None
    split, by_segment, at_rate = bool(held.by), 0.0, 0.0
    members = held.book.groups[held.by] if split else np.full(len(held.book), "", object)
    for member, factors in held.sizes.items():
        mine = (held.book.fate == OPEN) & (members == member)
        each, rate = usual(factors), factors.rate.value
        if not np.isfinite(each) or not isinstance(rate, float):
            return None
        by_segment += int(np.count_nonzero(mine)) * each * rate
        at_rate += float(np.nansum(held.size[mine])) * rate
    ends = (
        documented.minor,
        round(by_segment) if len(held.sizes) > 1 else documented.minor,
        round(at_rate),
        deals.minor,
    )
    parts = [Money(after - before, deals.currency) for before, after in pairwise(ends)]
    mix, size, odds = parts
    return Gap(documented, mix, size, odds, deals, len(held.sizes) > 1)


def _checks(rows: Sequence[Cohort], totals: dict[str, Result]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What was proved, and what was not: where the workspace's own metrics count other deals than stand in the ages."""
    counted = {
        "open_deals": _count([row.open for row in rows]),
        "won_deals": _count([row.won for row in rows]),
        "lost_deals": _count([row.lost for row in rows]),
    }
    doubts, same = [], []
    for name, count in counted.items():
        told = totals[name].total.value
        if told is None or told == count:
            same.append(f"{count:,} {name.split('_')[0]}")
        else:
            doubts.append(
                f"The ages count {count:,} deals where {name} says {told}: the two leave out different deals here."
            )
    checks = []
    if not doubts:
        checks.append(f"The ages add to {', '.join(same[:-1])} and {same[-1]} deals, as the metrics count them.")
    won = _added([row.won_amount.value for row in rows if isinstance(row.won_amount.value, Money)])
    if won is not None and won == totals["won_value"].total.value:
        checks.append(f"Won ties to won_value, all time: {won.currency} {won.decimal:,}.")
    return tuple(checks), tuple(doubts)


def _count(figures: Sequence[Figure]) -> int:
    return sum(figure.n or 0 for figure in figures)
