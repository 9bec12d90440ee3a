"""Why does the deal size change? The change of the mean between two periods, split without rest, in whole minor units.

Of won deals with segments s, shares w and mean amounts a (`metrics/mix.py`, both periods equally the base):

    change = sum of (w1 - w0)(a - A)      mix: more or less of the segments whose deals are large
           + sum of w (a1 - a0)           the segments' own deals

and a segment's own change is linear in what a deal's amount is made of, so it splits again:

    amount = list price of its lines - discount + what no priced line tells

list: larger or smaller orders at list price. discount: prices let go. rest: deals or lines without a list price. A deal's
lines are those of `sold_line` that have a list price (`sold_at_list`, `discount_given`). Parts are shared out so that they
sum to the change of the figures as shown (largest remainder).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from fractions import Fraction

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.issue import Stop
from saleswright.lib.period import Period, parse_period
from saleswright.measure.flow.causes.noise import FEWEST
from saleswright.measure.flow.rows import Rows, read
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.mix import Mix, shared_out, taken_apart

PARTS = ("mix", "list", "discount", "rest")
Key = tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """What one cause did to the mean, in minor units; of a segment, or of all where `member` is None."""

    cause: str
    member: str | None
    minor: int


@dataclass(frozen=True)
class Sizes:
    """Two periods, their deal sizes as the metric tells them, and the parts of the change. why_not: why there are none.

    priced: how many of the deals of both periods have a list price behind them. certain: do the ranges lie apart?
    """

    before: Period
    now: Period
    was: Figure
    is_: Figure
    parts: tuple[Part, ...] = ()
    priced: int = 0
    n: int = 0
    why_not: str = ""
    by: str = "segment"
    members: tuple[tuple[str, int, int], ...] = ()

    @property
    def change(self) -> int:
        """Minor units of the mean as shown."""
        return sum(part.minor for part in self.parts)

    def whole(self, cause: str) -> int:
        return sum(part.minor for part in self.parts if part.cause == cause)

    @property
    def apart(self) -> bool:
        """Do the ranges of the two not touch?"""
        a, b = self.was, self.is_
        known = (a.low, a.high, b.low, b.high)
        if any(one is None for one in known):
            return False
        low_a, high_a, low_b, high_b = (getattr(one, "minor", 0) for one in known)
        return bool(high_a < low_b or high_b < low_a)


@dataclass(frozen=True)
class Won:
    """The won deals of one segment in one period: how many, their amounts, what their lines list for, what was let go."""

    n: int = 0
    amount: int = 0
    listed: int = 0
    discount: int = 0
    priced: int = 0

    @property
    def rest(self) -> int:
        return self.amount - self.listed + self.discount


def sizes(
    at: Snapshot, by: str = "segment", period: str = "last 6 months", before: str = "", where: Pairs = ()
) -> Sizes:
    """The change of the deal size between a period and the one before it, or another. Stop for an open period."""
    calendar = at.workspace.calendar
    now = ask(at, "deal_size", (), period, where).period
    past = parse_period(before, at.day, calendar) if before else now.previous(calendar)
    was, is_ = (evaluate(at, ask(at, "deal_size", (), str(one), where)).total for one in (past, now))
    if was.value is None or is_.value is None:
        lacks = past if was.value is None else now
        return Sizes(past, now, was, is_, why_not=f"{lacks.label}: {(was.reason or is_.reason)}")
    first, second = (_won(at, by, str(one), where) for one in (past, now))
    return replace(_split(past, now, was, is_, first, second), by=by)


def _won(at: Snapshot, by: str, period: str, where: Pairs) -> dict[Key, Won]:
    deals = read(at, "deal_size", (by,), period, where)
    lines: dict[str, tuple[int, int]] = {}
    given: Rows | None = None
    listed: Rows | None = None
    if at.policy.field_allowed("product", "price"):
        try:
            given, listed = (read(at, m, (), "all", (), ("deal",)) for m in ("discount_given", "sold_at_list"))
        except Stop:
            # Whoever may not see lines is told the split without them.
            given, listed = None, None
        if given is not None and listed is not None:
            priced = {str(i): int(v) for i, v in zip(listed.id, listed.value, strict=True)}
            for line, deal, value in zip(given.id, given.fields["deal"], given.value, strict=True):
                held = lines.get(str(deal), (0, 0))
                lines[str(deal)] = (held[0] + priced.get(str(line), 0), held[1] + int(value))
    found: dict[Key, Won] = defaultdict(Won)
    for place in range(len(deals)):
        one, key = str(deals.id[place]), (str(deals.groups[by][place]),)
        listed_at, off = lines.get(one, (0, 0))
        held_ = found[key]
        found[key] = Won(
            held_.n + 1,
            held_.amount + int(deals.value[place]),
            held_.listed + listed_at,
            held_.discount + off,
            held_.priced + (one in lines),
        )
    return dict(found)


def _split(past: Period, now: Period, was: Figure, is_: Figure, first: dict[Key, Won], second: dict[Key, Won]) -> Sizes:
    def sides(of: dict[Key, Won], what: str) -> dict[Key, tuple[Fraction, Fraction]]:
        return {key: (Fraction(getattr(one, what)), Fraction(one.n)) for key, one in of.items()}

    mix = taken_apart(sides(first, "amount"), sides(second, "amount"))
    n = sum(one.n for one in (*first.values(), *second.values()))
    if mix is None:
        return Sizes(past, now, was, is_, n=n, why_not="the two periods have no deals to compare")
    exact = _exact(mix, first, second)
    shown = getattr(is_.value, "minor", 0) - getattr(was.value, "minor", 0)
    # The figures are rounded to minor units, so what rounding made of the change is spread over the parts evenly.
    names = sorted(exact, key=lambda one: (PARTS.index(one[0]), one[1]))
    slack = (shown - sum(exact.values(), Fraction(0))) / max(1, len(names))
    whole = shared_out([exact[name] + slack for name in names], Fraction(shown)) if names else []
    parts = tuple(Part(cause, member, minor) for (cause, member), minor in zip(names, whole, strict=True))
    priced = sum(one.priced for one in (*first.values(), *second.values()))
    counts = tuple((k[0], first.get(k, Won()).n, second.get(k, Won()).n) for k in sorted({**first, **second}))
    few = min(sum(one.n for one in first.values()), sum(one.n for one in second.values())) < FEWEST
    why = f"fewer than {FEWEST} deals were won in one of the two: the split is exact, and says little" if few else ""
    return Sizes(past, now, was, is_, parts, priced, n, why, members=counts)


def _exact(mix: Mix, first: dict[Key, Won], second: dict[Key, Won]) -> dict[tuple[str, str], Fraction]:
    """Cause and segment -> its part, as an exact fraction; their sum is the change."""
    found: dict[tuple[str, str], Fraction] = {}
    for effect in mix.effects:
        member = effect.key[0]
        found["mix", member] = effect.mix
        if not effect.stayed:
            continue
        share = (effect.share_before + effect.share_now) / 2
        a, b = first[effect.key], second[effect.key]
        for cause, sign, what in (("list", 1, "listed"), ("discount", -1, "discount"), ("rest", 1, "rest")):
            found[cause, member] = sign * share * (Fraction(getattr(b, what), b.n) - Fraction(getattr(a, what), a.n))
    return found
