"""What are the four factors, and what are the new deals worth? Flow, deal size, win rate and cycle, per member and period.

New Value stands twice: as documented, new deals x deal size x win rate of the trailing window, which mixes the deals that
came in with others that were decided; and cohort-exact, the sum of the amounts of the deals that came in then and were
won by now, for which new deals x the cohort's own win rate x its own deal size is an identity. Formulas 2.1 and 2.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from math import ceil, hypot
from typing import Literal

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.reference import Pairs
from saleswright.kernel.report import Figure
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.flow import book as deals
from saleswright.measure.flow.book import WON, Book
from saleswright.measure.flow.columns import EPOCH, NO_DAY
from saleswright.measure.flow.factors import shrink
from saleswright.measure.flow.factors.came import Came, Cohort, cohort
from saleswright.measure.flow.factors.trailing import ALL, Facts, Window, read, window
from saleswright.measure.metrics.asked import ask, suits
from saleswright.measure.metrics.combine import product
from saleswright.measure.metrics.compute import evaluate, reference
from saleswright.measure.metrics.dimensions import Dimension, names
from saleswright.measure.metrics.figures import quantile
from saleswright.measure.metrics.ripe import ENOUGH as FEWEST
from saleswright.measure.metrics.ripe import RIPE, ripe_after
from saleswright.measure.metrics.words import are, plural

Grain = Literal["month", "quarter"]
USUAL = "last 12 months"
MOST = 120
FACTS = ("new_deals", "deal_size", "win_rate", "sales_cycle")


@dataclass(frozen=True, slots=True)
class Factors:
    """The four factors of a member (None: the whole) and a period, and its New Value both ways.

    size and rate are those used: the window's own, or drawn towards the whole (`drawn`), then own_size and own_rate are
    as counted.
    """

    member: str | None
    label: str
    period: Period
    window: Window
    flow: Figure
    size: Figure
    rate: Figure
    cycle: Figure
    quarters: tuple[float, float] | None
    value: Figure
    cohort: Cohort
    own_size: Figure
    own_rate: Figure
    drawn: bool


@dataclass(frozen=True)
class Found:
    """The factors of a question: the whole, its periods, and for a split its members, whole and by period."""

    at: Snapshot
    period: Period
    grain: Grain
    by: Dimension | None
    where: Pairs
    whole: Factors
    periods: tuple[Factors, ...]
    members: tuple[Factors, ...]
    by_period: tuple[Factors, ...]
    ripe_after: int | None
    notes: tuple[str, ...]
    checks: tuple[str, ...]
    mix: Money | None
    to_lost: Figure


class Reader:
    """The facts and the book of a question, and what is made of them for one member (None: the whole) and period."""

    def __init__(self, at: Snapshot, by: Dimension | None, where: Pairs, book: Book | None = None) -> None:
        self.at = at
        self.facts: Mapping[str, Facts] = {name: read(at, name, by, where) for name in FACTS}
        self.by = by
        self.where = where
        self.book = book if book is not None else deals.read(at, (by.name,) if by else (), where)
        self.came = Came(self.book, by.name if by else "")
        self.of_value = reference(at, ask(at, "new_value", (), "all", where))
        self._usual = ripe_after(at, ask(at, "win_rate_by_qualified", (), "all", where))

    def ripe(self, member: str | None) -> int | None:
        """After how many days three in four of a member's wins were in; those of all where it has fewer than ten."""
        spans = self.facts["sales_cycle"].sums(member, ALL).spans
        return ceil(quantile(spans, RIPE)) if sum(spans.values()) >= FEWEST else self._usual

    def now(self, member: str | None) -> Factors:
        """The factors as of the day, over the window that ends with it."""
        return self.one(member, member or "", self.at.workspace.calendar.containing("month", self.at.day))

    def one(self, member: str | None, label: str, period: Period) -> Factors:
        facts = self.facts
        span = window(facts["win_rate"], facts["sales_cycle"], member, period, self.at.day)
        flow = facts["new_deals"].figure(member, period)
        own_size, own_rate, cycle = (facts[name].figure(member, span.period) for name in FACTS[1:])
        size, rate, each = own_size, own_rate, None
        if not span.enough:
            size, rate, each = self._drawn(member, period, span, own_size, own_rate)
        spans = facts["sales_cycle"].sums(member, span.period).spans
        apart = (float(quantile(spans, 0.25)), float(quantile(spans, 0.75))) if spans else None
        value = self._value(member, period, span, flow, size, rate, each)
        cohort = self._cohort(member, period)
        drawn = not span.enough
        return Factors(
            member, label, period, span, flow, size, rate, cycle, apart, value, cohort, own_size, own_rate, drawn
        )

    def _drawn(
        self, member: str | None, period: Period, span: Window, own_size: Figure, own_rate: Figure
    ) -> tuple[Figure, Figure, Fraction | None]:
        """Deal size and win rate drawn towards the whole's in the whole's own window, and exactly what both make of a deal."""
        facts, currency = self.facts, self.at.currency
        above = window(facts["win_rate"], facts["sales_cycle"], None, period, self.at.day).period
        size_of, rate_of = facts["deal_size"].sums(None, above), facts["win_rate"].sums(None, above)
        size, rate = facts["deal_size"].sums(member, span.period), facts["win_rate"].sums(member, span.period)
        made_size, made_rate = own_size, own_rate
        share = mean = None
        if rate_of.n:
            share = shrink.rate(rate.num, rate.n, Fraction(rate_of.num, rate_of.n))
            low, high = shrink.rate_interval(float(share), rate.n)
            made_rate = Figure("win_rate", float(share), "share", own_rate.label, rate.n, low, high)
        if size_of.n and not size_of.unconverted and not size.unconverted:
            mean = shrink.mean(size, size_of)
            band = shrink.mean_range(size, size_of)
            sides = [Money(max(0, round(side)), currency) for side in band] if band else [None, None]
            made_size = Figure(
                "deal_size", Money(round(mean), currency), "money", own_size.label, size.n, sides[0], sides[1]
            )
        return made_size, made_rate, None if share is None or mean is None else share * mean

    def _value(
        self,
        member: str | None,
        period: Period,
        span: Window,
        flow: Figure,
        size: Figure,
        rate: Figure,
        each: Fraction | None,
    ) -> Figure:
        """New Value as documented. The whole's is the metric's, to the cent, and opens as it."""
        currency, n = self.at.currency, flow.n or 0
        if span.enough:
            sums = [self.facts[name].sums(member, span.period) for name in ("deal_size", "win_rate")]
            worth, reason = product(sums[0], sums[1], Fraction(n), currency)
        else:
            worth, reason = None, size.reason or rate.reason
            if each is not None:
                worth, reason = Money(round(n * each), currency), ""
        # The metric takes one window for all members, so only the whole says the same.
        ref = str(replace(self.of_value, period=str(period))) if member is None else ""
        low, high = range_of(worth, size, rate)
        return Figure(
            "new_value", worth, "money", "New value", n, low, high, excluded=flow.excluded, reason=reason, ref=ref
        )

    def _cohort(self, member: str | None, period: Period) -> Cohort:
        return cohort(self.at, self.came.of(member, period), period, self.ripe(member))


def range_of(worth: Money | None, size: Figure, rate: Figure) -> tuple[Money | None, Money | None]:
    """The 80 % range of count x size x rate: what is estimated is size and rate, taken as independent of one another."""
    widths = []
    for one in (size, rate):
        middle, low, high = (
            float(side.minor) if isinstance(side, Money) else side for side in (one.value, one.low, one.high)
        )
        if not middle or low is None or high is None:
            return None, None
        widths.append((high - low) / 2 / middle)
    if worth is None:
        return None, None
    half = hypot(*widths)
    return tuple(Money(max(0, round(worth.minor * (1 + sign * half))), worth.currency) for sign in (-1, 1))  # type: ignore[return-value]


def factors(at: Snapshot, by: str = "", period: str = "", grain: Grain = "month", where: Pairs = ()) -> Found:
    """The four factors of the deals of a period, by month or quarter, and by the members of a split.

    Stop (usage) for an unknown split, filter or period, Stop (not allowed) where what they need is hidden.
    """
    asked = ask(at, "new_deals", (by,) if by else (), period or USUAL, where)
    split = suits(at, asked.metric, by, "by") if by else None
    reader = Reader(at, split, where)
    span = asked.period
    whole = reader.one(None, "The whole", span)
    pieces = _pieces(at, reader.book, span, grain)
    periods = tuple(reader.one(None, str(piece.label), piece) for piece in pieces)
    members: tuple[Factors, ...] = ()
    by_period: tuple[Factors, ...] = ()
    if split is not None:
        there = _members(reader, span)
        called = names(at, split.ref, (m for m in there if m)) if split.ref else {}
        label = {m: called.get(m, m) if m else "(none)" for m in there}
        members = tuple(reader.one(m, label[m], span) for m in there)
        by_period = tuple(reader.one(m, label[m], piece) for m in there for piece in pieces)
    mix = _mix(whole, members)
    to_lost = evaluate(at, ask(at, "days_to_lost", (), str(whole.window.period), where)).total
    ripe = reader.ripe(None)
    found = Found(at, span, grain, split, where, whole, periods, members, by_period, ripe, (), (), mix, to_lost)
    return replace(found, notes=_notes(found), checks=_checks(reader, found))


def _pieces(at: Snapshot, book: Book, span: Period, grain: Grain) -> list[Period]:
    """The months or quarters of the period up to the as-of day; of all time from the first deal on."""
    known = book.days["qualified"][book.days["qualified"] != NO_DAY]
    if not known.size:
        return []
    first = EPOCH + timedelta(days=int(known.min()))
    start = span.start if span.bounded or span.start > first else first
    end = min(span.end, at.day + timedelta(days=1))
    if end <= start:
        return []
    whole = Period.between(at.workspace.calendar.containing(grain, start).start if start == first else start, end)
    return whole.split(grain, at.workspace.calendar)[-MOST:]


def _members(reader: Reader, span: Period) -> list[str]:
    """Members that deals of the period came in for, by the metric or by the book; those with most first."""
    of = reader.facts["new_deals"]
    counted = {m: of.sums(m, span).n for m in of.members}
    there = {m for m in reader.came.members if reader.came.of(m, span).deals}
    kept = {m for m, n in counted.items() if n} | there
    return sorted(kept, key=lambda m: (-counted.get(m, 0), m))


def _mix(whole: Factors, members: tuple[Factors, ...]) -> Money | None:
    """What the members' New Values add to, less the whole's; None without a split or where one cannot be told."""
    told = [one.value.value for one in members]
    if not members or not isinstance(whole.value.value, Money) or not all(isinstance(v, Money) for v in told):
        return None
    worth = sum(v.minor for v in told if isinstance(v, Money)) - whole.value.value.minor
    return Money(worth, whole.value.value.currency)


def _notes(found: Found) -> tuple[str, ...]:
    notes = []
    young = [one for one in found.periods if not one.cohort.mature]
    if young and found.ripe_after is not None:
        notes.append(
            f"Immature: {', '.join(one.label for one in young)} {are(len(young))} younger than the "
            f"{found.ripe_after} days that three in four wins took; what was won of them can still grow."
        )
    elif young:
        notes.append("Fewer than ten wins tell how long a cohort takes, so every cohort with open deals is immature.")
    lacking = whole_lacking(found.whole.cohort)
    return (*notes, *([lacking] if lacking else []))


def whole_lacking(cohort: Cohort) -> str:
    """The words for wins without an amount."""
    if not cohort.unknown:
        return ""
    return f"{plural(cohort.unknown, 'won deal')} without an amount {'is' if cohort.unknown == 1 else 'are'} in no cohort's value."


def _checks(reader: Reader, found: Found) -> tuple[str, ...]:
    """What was proved: the parts add up, and both sources count the same deals."""
    said = []
    n, whole = found.whole.flow.n or 0, found.whole.cohort
    if whole.deals == n:
        said.append(f"New deals tie to new_deals: {n:,}.")
    if found.periods and sum(one.flow.n or 0 for one in found.periods) == n:
        said.append(f"The {found.grain}s add to {plural(n, 'new deal')}.")
    if found.members and sum(one.flow.n or 0 for one in found.members) == n:
        said.append(f"The members add to {plural(n, 'new deal')}.")
    book = reader.book
    won = Money(int(book.amount[(book.fate == WON) & ~book.unknown].sum()), found.at.currency)
    total = ask(found.at, "won_value", (), "all", found.where)
    told = evaluate(found.at, total).total.value
    if told == won:
        said.append(f"All cohorts together tie to won_value, all time: {won.currency} {won.decimal:,}.")
    return tuple(said)
