"""At which stage is value lost, and how much more than usual? Stage by stage, of the deals that were decided there.

In a period, of stage s: passed = visits that ended by going forward or being won; failed = deals lost in the period whose
last open stage it was, and deals standing there at its end beyond the stage's threshold (stuck). Pass rate = passed /
(passed + failed). The usual pass rate u is that of the up to three stretches of the same length before it, taken together;
where they hold fewer than ten, or when asked, that of the best comparable segment of the same period (at least ten decided
there, its rate drawn to the stage's whole). Then

    failed more than usual  m = failed - (1 - u) x (passed + failed), at least 0
    value lost              V = m / failed x value of the failed deals

so V is never more than what failed there. A stage is named a bottleneck only where failing so often would be seldom were
nothing different (Fisher's exact test, one in ten findings false at most). Decision 0023.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.lib.period import Period
from saleswright.measure.flow.causes.losses import Lost
from saleswright.measure.flow.causes.noise import FEWEST, binomial, found, hypergeometric, kappa, pulled
from saleswright.measure.flow.causes.visits import PASSED, Visits
from saleswright.measure.flow.columns import NO_DAY, Bools
from saleswright.measure.flow.columns import days as day_of
from saleswright.measure.metrics.asked import ask

STRETCHES = 3


@dataclass(frozen=True)
class Stage:
    """What came of the deals at one stage. Values are minor units; usual_*: how many passed and failed before.

    best: the best comparable segment, its pass rate and its n. against: "own past" or that segment's name; empty
    where there is nothing to compare with. p: how seldom so many fail while nothing is different. beyond: is it no noise?
    """

    name: str
    passed: int
    lost: int
    stuck: int
    lost_value: int
    stuck_value: int
    usual_passed: int = 0
    usual_failed: int = 0
    best: tuple[str, float, int] = ("", 0.0, 0)
    against: str = ""
    usual: Fraction | None = None
    p: float = 1.0
    beyond: bool = False

    @property
    def n(self) -> int:
        return self.passed + self.failed

    @property
    def failed(self) -> int:
        return self.lost + self.stuck

    @property
    def value(self) -> int:
        """Of all that failed there."""
        return self.lost_value + self.stuck_value

    @property
    def more(self) -> Fraction:
        """How many more failed than usual, at least none."""
        if self.usual is None:
            return Fraction(0)
        return max(Fraction(0), self.failed - (1 - self.usual) * self.n)

    @property
    def value_lost(self) -> int | None:
        """The value that the usual pass rate would have passed on; None where there is nothing to compare with."""
        if self.usual is None or self.n < FEWEST:
            return None
        return round(self.value * self.more / self.failed) if self.failed else 0


@dataclass(frozen=True)
class Bottlenecks:
    """The stages in their order, and what was lost at a stage that the record does not tell."""

    stages: tuple[Stage, ...]
    untold: int
    untold_value: int
    stretches: int

    @property
    def ranked(self) -> tuple[Stage, ...]:
        """Where more fails than chance makes of it, the most value first."""
        held = [one for one in self.stages if one.beyond and one.value_lost]
        return tuple(sorted(held, key=lambda one: (-(one.value_lost or 0), one.name)))

    @property
    def lost_value(self) -> int:
        return sum(one.lost_value for one in self.stages) + self.untold_value

    @property
    def lost(self) -> int:
        return sum(one.lost for one in self.stages) + self.untold


def bottlenecks(at: Snapshot, held: Visits, lost: Lost, period: Period, by: str, against: str = "past") -> Bottlenecks:
    """Every stage of the period. against: past (the stage's own, where there is enough of it) or best (segment)."""
    limits = held.thresholds()
    deals = held.rows.fields["deal"]
    begin, end = day_of(period.start), day_of(period.end)
    last = min(end - 1, held.today)
    passes, stuck = held.went(*PASSED), held.stuck_on(last, limits)
    inside = (held.left >= begin) & (held.left < end)
    gone = {str(one) for one in lost.deals.id}
    # A deal is decided once: what was lost in the period is not stuck too.
    stuck = stuck & ~np.isin(deals.astype(str), sorted(gone))
    stretches = _before(at, held, period)
    before, ended_lost = [held.stuck_on(after - 1, limits) for _, after in stretches], held.went("lost")
    places: dict[str, list[int]] = {}
    for i, deal in enumerate(lost.deals.id):
        places.setdefault(lost.stage.get(str(deal), ""), []).append(i)
    stages = []
    for name in held.stages:
        mine = held.stage == name
        of_lost = places.get(name, [])
        one = Stage(
            name,
            int((mine & passes & inside).sum()),
            len(of_lost),
            int((mine & stuck).sum()),
            sum(lost.value.get(str(lost.deals.id[i]), 0) for i in of_lost),
            int(held.rows.value[mine & stuck].sum()),
        )
        for (first, after), stood in zip(stretches, before, strict=True):
            ended = mine & (held.left >= first) & (held.left < after)
            one = replace(
                one,
                usual_passed=one.usual_passed + int((ended & passes).sum()),
                usual_failed=one.usual_failed + int((ended & ended_lost).sum()) + int((mine & stood).sum()),
            )
        best = _best(held, lost, of_lost, mine & passes & inside, mine & stuck, by)
        stages.append(_compared(replace(one, best=best), against))
    judged = [one for one in stages if one.usual is not None and one.n >= FEWEST]
    shown = dict(zip((one.name for one in judged), found([one.p for one in judged]), strict=True)) if judged else {}
    done = tuple(replace(one, beyond=shown.get(one.name, False)) for one in stages)
    other = [i for name, some in places.items() if name not in held.stages for i in some]
    return Bottlenecks(done, len(other), sum(lost.value.get(str(lost.deals.id[i]), 0) for i in other), len(stretches))


def _before(at: Snapshot, held: Visits, period: Period) -> list[tuple[int, int]]:
    """Up to three stretches of the same length before it, as far as the record goes back."""
    if not period.bounded or not len(held.rows):
        return []
    first, found = int(held.entered[held.entered > NO_DAY].min()), []
    for _ in range(STRETCHES):
        period = period.previous(at.workspace.calendar)
        start, end = day_of(period.start), day_of(period.end)
        if start < first:
            break
        found.append((start, end))
    return found


def _best(held: Visits, lost: Lost, gone: list[int], passed: Bools, stuck: Bools, by: str) -> tuple[str, float, int]:
    """The member of the split with the highest pass rate, drawn to the stage's whole; at least ten decided."""
    if by not in held.rows.groups or by not in lost.deals.groups:
        return ("", 0.0, 0)
    of, of_lost = held.rows.groups[by], lost.deals.groups[by]
    told = []
    for member in sorted({str(m) for m in set(of) if m}):
        went = int((passed & (of == member)).sum())
        failed = int((stuck & (of == member)).sum()) + sum(1 for i in gone if of_lost[i] == member)
        if went + failed >= FEWEST:
            told.append((member, went, went + failed))
    if len(told) < 2:
        return ("", 0.0, 0)
    n = np.array([float(size) for _, _, size in told])
    good = np.array([float(went) for _, went, _ in told])
    whole = float(good.sum() / n.sum())
    worth = kappa(good / n, n, whole * (1 - whole), np.full(len(n), whole))
    rates = [pulled(went / size, whole, size, worth) for _, went, size in told]
    top = max(range(len(told)), key=lambda i: (rates[i], told[i][0]))
    return told[top][0], rates[top], told[top][2]


def _compared(one: Stage, against: str) -> Stage:
    """The stage with its usual pass rate, and how seldom so many fail by chance."""
    before = one.usual_passed + one.usual_failed
    if against != "best" and before >= FEWEST:
        whole, good = one.n + before, one.failed + one.usual_failed
        p = float(hypergeometric(whole, good, one.n)[one.failed :].sum()) if one.n else 1.0
        return replace(one, against="own past", usual=Fraction(one.usual_passed, before), p=min(1.0, p))
    if one.best[0]:
        rate = Fraction(one.best[1]).limit_denominator(10**9)
        p = float(binomial(one.n, float(1 - rate))[one.failed :].sum()) if one.n else 1.0
        return replace(one, against=one.best[0], usual=rate, p=min(1.0, p))
    return one


def period_of(at: Snapshot, period: str) -> Period:
    """The stretch that is asked for, read as the metrics read it."""
    return ask(at, "lost_deals", (), period, ()).period
