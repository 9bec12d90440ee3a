"""Why did the period land where it did? Everything about one miss (or hit), worked out: nothing here is worded or laid out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.issue import USAGE, Issue, Stop, unknown
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.flow.book import Book, read
from saleswright.measure.flow.columns import EPOCH, Ints
from saleswright.measure.flow.miss import against as held
from saleswright.measure.flow.miss.against import Against, Ground
from saleswright.measure.flow.miss.fact_plan import FactPlan, plans
from saleswright.measure.flow.miss.factors import CAUSES, VOLUME, Factors, Tally, factors, fitted
from saleswright.measure.flow.miss.noise import Bands, Base, bands, dispersion, spread
from saleswright.measure.flow.miss.shapley import apportion, lmdi, sequential, shapley
from saleswright.measure.flow.miss.windows import asked, begins, elapsed, lags, so_far, trailing, year_ago
from saleswright.measure.metrics.apart import Pairs, money
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import Result, evaluate
from saleswright.measure.metrics.dimensions import Dimension, find
from saleswright.measure.metrics.pages.asking import splits, usual

SEGMENTS_ONLY = "of whole segments, whenever their deals came in, for of some periods a side has none"
TOLD = ("won_value", "new_deals", "win_rate", "deal_size")
"""The metrics that the actual side's factors are, each with its rows."""


@dataclass(frozen=True)
class Shares:
    """The change from plan to actual, shared out. parts: (5, segments) minor units that sum to the miss, in each segment
    and in all; in_order: the same one after the other; by_log: (5,) by the logarithmic mean, or why not.

    of_lags: the volume's part by when the deals came in. remainder: actual bookings less what the factors make of them.
    """

    parts: Ints
    in_order: Ints
    by_log: Ints | None
    by_log_why: str
    of_lags: Ints
    remainder: int

    def cause(self, place: int) -> int:
        return int(self.parts[place].sum())


@dataclass(frozen=True)
class Miss:
    """One miss. members and labels run as the rows of all arrays; plan and actual are without gaps."""

    at: Snapshot
    period: Period
    shown: Period
    by: Dimension | None
    where: Pairs
    members: tuple[str, ...]
    labels: tuple[str, ...]
    against: Against
    tally: Tally
    plan: Factors
    actual: Factors
    plan_by: Ints
    actual_by: Ints
    shares: Shares
    bands: Bands
    told: dict[str, Result]
    lag_names: tuple[str, ...]
    unpriced: int
    no_amount: int
    skipped: tuple[str, ...]
    issues: tuple[Issue, ...]

    @property
    def target(self) -> int:
        return self.against.minor

    @property
    def won(self) -> int:
        return int(self.actual_by.sum())

    @property
    def gap(self) -> int:
        return self.won - self.target

    @property
    def over(self) -> bool:
        """Is the period over?"""
        return self.shown == self.period

    @property
    def normal(self) -> bool:
        """Does the whole lie within normal variation?"""
        return self.bands.low_whole <= self.gap <= self.bands.high_whole

    def cause_normal(self, place: int) -> bool:
        return bool(self.bands.low_cause[place] <= self.shares.cause(place) <= self.bands.high_cause[place])

    def stands_out(self, place: int) -> bool:
        """Is it beyond what one cause in fifty gets by chance?"""
        return not bool(self.bands.far[0][place] <= self.shares.cause(place) <= self.bands.far[1][place])

    def money(self, minor: float) -> Money:
        return Money(int(np.rint(minor)), self.at.currency)


@dataclass(frozen=True)
class Cannot:
    """Why nothing can be said, what was won all the same, and how one gets there."""

    period: Period
    reason: str
    actual: Figure
    tried: tuple[str, ...]
    issues: tuple[Issue, ...]
    how: str = "import a plan by month or a quota grid, or an export that reaches back further"


def miss(at: Snapshot, period: str = "", by: str = "", against: str = "", where: Pairs = ()) -> Miss | Cannot:
    """Explain a period: against what was asked for, or the first of a plan, the quotas, a year ago, the period before.

    Stop (usage) for unknown periods, splits and filters, Stop (not allowed) where amounts are hidden.
    """
    if against and against not in held.KINDS:
        raise Stop(unknown("comparison", against, held.KINDS, where="against"), exit_code=USAGE)
    span = asked(at, period)
    days = elapsed(at, span)
    shown = so_far(span, days)
    _, issues = plans(at)
    facts = held.plan_for(at, span, find(at, by).name if by else "") if against in ("", held.PLAN) else None
    split, book = _split(at, by or (facts.by if facts else ""), where)
    ground = _ground(at, book, split, where, span, days, facts)
    worth = _measured(at, "won_value", split, shown, where)
    lacking = ground.unpriced(span)
    if lacking or (worth.total.value is None and worth.total.n):
        why = worth.total.reason or f"no exchange rate to {at.currency} for {lacking} wins"
        return Cannot(shown, why, worth.total, (), tuple(issues), "import the exchange rates that are missing")
    chosen, tried = _against(ground, against, facts)
    if chosen is None:
        return Cannot(
            shown, tried[-1] if tried else "nothing to compare with", worth.total, tuple(tried), tuple(issues)
        )
    told = ground.told(span, chosen.lags)
    made = _trimmed(ground, chosen, told)
    ground, chosen, told = made
    plan, actual = fitted(chosen.plan, factors(told))
    measured = worth.total.value.minor if isinstance(worth.total.value, Money) else 0
    if int(told.booked.sum()) != measured:
        # What does not add up is never shown.
        mine = Money(int(told.booked.sum()), at.currency)
        why = f"won value is {money(Money(measured, at.currency))}, the deals behind the factors bring {money(mine)}"
        how = "a rule leaves deals out of open_pipeline or of won_value alone: let it name both, or neither"
        return Cannot(shown, why, worth.total, (), tuple(issues), how)
    results = {"won_value": worth, **{name: _measured(at, name, split, shown, where) for name in TOLD[1:]}}
    of_period = chosen.compared is not None and chosen.base is not None
    plan_by = chosen.base.told.earned if of_period and chosen.base else apportion(plan.cells.sum(axis=1), chosen.minor)
    return Miss(
        at,
        span,
        shown,
        split,
        where,
        ground.members,
        _labels(ground.members, results, split),
        chosen,
        told,
        plan,
        actual,
        plan_by,
        told.earned,
        shared(plan, actual, plan_by, told.earned),
        _bands(ground, chosen, plan, told),
        results,
        _lag_names(ground, chosen.lags),
        lacking,
        _no_amount(ground, shown),
        tuple(tried),
        tuple(issues),
    )


def shared(plan: Factors, actual: Factors, plan_by: Ints, actual_by: Ints) -> Shares:
    """The change between two sides without gaps, apportioned to whole minor units in each segment."""
    cells = shapley(plan.all, actual.all)
    gaps = actual_by - plan_by
    parts = apportion(cells.sum(axis=2), gaps)
    ordered = apportion(sequential(plan.all, actual.all).sum(axis=2), gaps)
    by_log, why = _by_log(plan, actual, int(gaps.sum()))
    of_lags = apportion(cells[VOLUME].sum(axis=0), int(parts[VOLUME].sum()))
    remainder = int(actual_by.sum()) - int(np.rint(actual.cells.sum()))
    return Shares(parts, ordered, by_log, why, of_lags, remainder)


def _by_log(plan: Factors, actual: Factors, gap: int) -> tuple[Ints | None, str]:
    """The logarithmic mean where every part is above zero on both sides; else of whole segments, if those are."""
    zeros = 0
    for one, other, said in ((plan, actual, ""), (plan.by_segment(), actual.by_segment(), SEGMENTS_ONLY)):
        logs = lmdi(one.all, other.all)
        # Where neither side has anything, nothing is to be shared out.
        empty = (one.cells == 0) & (other.cells == 0)
        undefined = np.isnan(logs).any(axis=0) & ~empty
        if not undefined.any():
            return apportion(np.where(empty, 0.0, np.nan_to_num(logs)).sum(axis=(1, 2)), gap), said
        zeros = int(undefined.sum())
    return None, f"{zeros} of {len(plan.mix)} segments have a zero on one side, where a logarithm ends"


def _split(at: Snapshot, by: str, where: Pairs) -> tuple[Dimension | None, Book]:
    """The split asked for; else segments, or the first usual one that tells the deals apart."""
    if by:
        split = find(at, by)
        if split.grain is not None or split.at_moment:
            why = "a miss is split by what a deal is, not by when"
            raise Stop(Issue(f"by {by}", "time is not a segment", why, "--by segment"), exit_code=USAGE)
        return split, read(at, (split.name,), where)
    known = splits(at)
    names = [name for name in dict.fromkeys(("segment", *usual(at))) if name in known]
    for name in names[:2]:
        book = read(at, (name,), where)
        if len(np.unique(book.groups[name])) > 1:
            return known[name], book
    return None, read(at, (), where)


def _ground(
    at: Snapshot,
    book: Book,
    split: Dimension | None,
    where: Pairs,
    span: Period,
    days: int,
    facts: FactPlan | None,
) -> Ground:
    groups = book.groups[split.name].astype(str) if split else np.full(len(book), "", "U1")
    names, place = np.unique(groups, return_inverse=True)
    members = [str(name) for name in names]
    members += [name for name in held.planned_members(at, split, facts) if name not in members]
    return Ground(at, book, tuple(members or [""]), place.astype(np.int64), split, where, span, days, begins(book))


def _against(ground: Ground, against: str, facts: FactPlan | None) -> tuple[Against | None, list[str]]:
    """The first comparison that can be made, and why those before it could not."""
    kinds = (held.FACTS, held.PLAN) if against == held.PLAN else ((against,) if against else held.ORDER)
    calendar = ground.calendar
    tried: list[str] = []
    oldest = [ground.period, *trailing(ground.period, ground.first, calendar)][-1]
    many = lags(oldest, ground.first, calendar)
    base: Base | str | None = None
    for kind in kinds:
        made: Against | str
        if kind in (held.LAST_YEAR, held.PREVIOUS):
            then = year_ago(ground.period, calendar) if kind == held.LAST_YEAR else ground.period.previous(calendar)
            made = held.of_period(ground, kind, lags(then, ground.first, calendar))
        elif kind == held.FACTS and facts is None:
            continue
        else:
            base = held.baseline(ground, many) if base is None else base
            if kind == held.FACTS and facts is not None:
                made = held.of_facts(ground, facts, ground.told(ground.period, many), many, base)
            else:
                made = held.of_number(ground, kind, many, base)
        if isinstance(made, Against):
            return made, tried
        tried.append(made)
    return None, tried


def _trimmed(ground: Ground, chosen: Against, told: Tally) -> tuple[Ground, Against, Tally]:
    """Only members that one of the sides has."""
    there = (told.came.sum(axis=1) > 0) | (chosen.plan.came.sum(axis=1) > 0)
    if there.all() or not there.any():
        return ground, chosen, told

    p = chosen.plan
    plan = Factors(p.volume, *(one[there] for one in p.all[1:]))
    base = chosen.base
    if base:
        base = replace(base, told=base.told.only(there), each=tuple(one.only(there) for one in base.each))
    members = tuple(name for name, kept in zip(ground.members, there, strict=True) if kept)
    return replace(ground, members=members), replace(chosen, plan=plan, base=base), told.only(there)


def _measured(at: Snapshot, metric: str, split: Dimension | None, shown: Period, where: Pairs) -> Result:
    return evaluate(at, replace(ask(at, metric, (split.name,) if split else (), "all", where), period=shown))


def _labels(members: tuple[str, ...], results: dict[str, Result], split: Dimension | None) -> tuple[str, ...]:
    if split is None:
        return ("All",)
    words: dict[str, str] = {}
    for one in results.values():
        words |= one.labels[0] if one.labels else {}
    return tuple(words.get(name, name) if name else "(none)" for name in members)


def _bands(ground: Ground, chosen: Against, plan: Factors, told: Tally) -> Bands:
    seen = chosen.base.told + told if chosen.base else told
    # A mean cannot tell a spread of its own; what it was measured on can.
    return bands(plan, spread(seen), _wider(ground), chosen.base if chosen.base and chosen.base.causes else None)


def _wider(ground: Ground) -> float:
    """How unevenly deals came in over the periods before, more than chance makes it."""
    edges, earlier = [], ground.period
    for _ in range(24):
        earlier = earlier.previous(ground.calendar)
        if ground.first is None or earlier.start < ground.first:
            break
        edges.append(earlier)
    if len(edges) < 3:
        return 1.0
    bounds = [(one.start - EPOCH).days for one in edges[::-1]] + [(edges[0].end - EPOCH).days]
    came = ground.book.days["qualified"]
    counts = [np.histogram(came[ground.member == place], bounds)[0] for place in range(len(ground.members))]
    return dispersion(np.array(counts, float))


def _lag_names(ground: Ground, many: int) -> tuple[str, ...]:
    window = ground.window(ground.period, many)
    names = [window.period.label]
    for back in range(1, many):
        names.append(ground.period.shift(-back, ground.calendar).label)
    oldest = EPOCH + timedelta(days=window.spans[-1][0])
    return (*names, f"before {oldest}, still open at the start")


def _no_amount(ground: Ground, shown: Period) -> int:
    """Wins without an amount."""
    book = ground.book
    start, end = ((day - EPOCH).days for day in (shown.start, shown.end))
    closed = book.days["closed"]
    return int(((book.fate == 1) & book.unknown & (closed >= start) & (closed < end)).sum())


__all__ = ["CAUSES", "Cannot", "Miss", "Shares", "miss", "shared"]
