"""Is enough open? What is open and due in a period, over what is asked in it or over what is still missing to that.

Past due deals are in neither: they are a bucket of their own. Compare with what is required, 1 ÷ the share of open value
that is won in the period, never with a fixed three or four. Formulas 7.1; golden vector G18.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.money import Money
from saleswright.lib.period import parse_period
from saleswright.lib.ratio import Ratio
from saleswright.measure.metrics.asked import Asked, ask, rules_named
from saleswright.measure.metrics.compute import Result, evaluate, moment_of, reference
from saleswright.measure.metrics.dimensions import names
from saleswright.measure.metrics.figures import Sums
from saleswright.measure.metrics.quota import quota

COVERED = "covered: the target is reached"
Key = tuple[str, ...]
Part = Callable[[Snapshot, Asked, str], Asked]


@dataclass(frozen=True)
class _Facts:
    """What coverage is made of, for one group."""

    due: Sums
    asked: Figure
    won: Sums


def coverage_remaining(at: Snapshot, asked: Asked) -> Result:
    """Open and due in the period ÷ (quota − won in the period). Golden vector G18: 4.8M over 1.6M is 3.0."""
    return _coverage(at, asked, less_won=True)


def coverage_of_quota(at: Snapshot, asked: Asked) -> Result:
    """Open and due in the period ÷ quota, as the field says it first (S0)."""
    return _coverage(at, asked, less_won=False)


def _coverage(at: Snapshot, asked: Asked, less_won: bool) -> Result:
    grain = next((d for d in asked.by if d.grain is not None), None)
    ref = reference(at, asked)
    total, facts, parts, notes = _whole(at, asked, less_won)
    figures: dict[Key, Figure] = {}
    sums: dict[Key, Sums] = {}
    if grain is not None and grain.grain is not None:
        place = asked.by.index(grain)
        still = tuple(d for d in asked.by if d is not grain)
        for piece in asked.period.split(grain.grain, at.workspace.calendar):
            period = parse_period(piece.label, at.day, at.workspace.calendar)
            inner = replace(asked, by=still, period=piece)
            of_piece = _groups(at, inner, less_won) if still else {(): _whole(at, inner, less_won)[:2]}
            for key, (figure, one) in of_piece.items():
                figures[(*key[:place], str(period), *key[place:])] = figure
                sums[(*key[:place], str(period), *key[place:])] = one.due
    elif asked.by:
        found = _groups(at, asked, less_won)
        figures, sums = {k: f for k, (f, _) in found.items()}, {k: one.due for k, (_, one) in found.items()}
    groups = {
        key: replace(figure, ref=str(ref.only(tuple(zip((d.name for d in asked.by), key, strict=True)))))
        for key, figure in figures.items()
    }
    labels = tuple(names(at, d.ref, (k[i] for k in groups if k[i])) if d.ref else {} for i, d in enumerate(asked.by))
    return Result(asked, ref, replace(total, ref=str(ref)), facts.due, groups, sums, labels, notes, parts)


def _whole(at: Snapshot, asked: Asked, less_won: bool) -> tuple[Figure, _Facts, tuple[Figure, ...], tuple[str, ...]]:
    due, target, won = _measured(at, replace(asked, by=()), less_won)
    facts = _Facts(due.sums, target.total, won.sums if won else Sums())
    parts = (due.total, target.total, *((won.total,) if won else ()))
    notes = tuple(dict.fromkeys([*due.notes, *target.notes, *(won.notes if won else ())]))
    return _figure(at, asked, facts), facts, parts, notes


def _groups(at: Snapshot, asked: Asked, less_won: bool) -> dict[Key, tuple[Figure, _Facts]]:
    due, target, won = _measured(at, asked, less_won)
    reason = target.total.reason or f"no quota for {asked.period.label}: import a quota grid"
    nothing = replace(target.total, value=None, reason=reason, n=0)
    found = {}
    for key in {**target.groups, **due.groups, **(won.groups if won else {})}:
        asked_of = target.groups.get(key, nothing)
        booked = (won.group_sums.get(key) if won else None) or Sums()
        facts = _Facts(due.group_sums.get(key, Sums()), asked_of, booked)
        found[key] = _figure(at, asked, facts), facts
    return found


def _measured(at: Snapshot, asked: Asked, less_won: bool) -> tuple[Result, Result, Result | None]:
    """(open and due, asked, won) of the same people and period, all as of the period's end or now."""
    then = moment_of(at, replace(asked, metric=_part(at, asked, "open_due_in").metric))
    due = evaluate(then, _part(at, asked, "open_due_in"))
    won = evaluate(then, _part(at, asked, "won_value")) if less_won else None
    return due, quota(then, _part(at, asked, "quota")), won


def _part(at: Snapshot, asked: Asked, name: str) -> Asked:
    part = replace(ask(at, name), by=asked.by, where=asked.where, period=asked.period)
    return replace(part, rules=rules_named(at, asked, part.metric))


def _figure(at: Snapshot, asked: Asked, facts: _Facts) -> Figure:
    due, won = facts.due, facts.won
    left = None
    if isinstance(facts.asked.value, Money):
        left = facts.asked.value - Money(won.total, at.currency)
    reason = _why_not(at, asked, facts, left)
    ratio = None if reason or left is None else Ratio(Money(due.total, at.currency), left)
    return Figure(
        asked.metric.name,
        ratio.value if ratio else None,
        asked.metric.unit,
        asked.metric.label,
        n=due.n,
        of=(Money(due.total, at.currency), left) if ratio else None,
        excluded=sum(due.left_out.values()),
        reason=reason,
    )


def _why_not(at: Snapshot, asked: Asked, facts: _Facts, left: Money | None) -> str:
    if left is None:
        return facts.asked.reason
    for one, words in ((facts.due, "open"), (facts.won, "won")):
        if one.unconverted:
            return f"no exchange rate to {at.currency} for {one.unconverted} of {one.n} {words} deals"
    if left.minor <= 0:
        return COVERED if facts.won.total else "the quota is 0"
    return "" if facts.due.n else f"nothing qualified is open and due in {asked.period.label}"
