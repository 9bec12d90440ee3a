"""How much must be open for what is left of the target? The usual share of it that is won says, never a fixed three or four.

required = 1 ÷ share of the value due in a period, as it began, that was won in it. The share is that of the last four
periods of the same length that are over, as a ratio of sums. Without a history nobody knows what was due then, and the
value win rate of the same time stands in, which the notes say. Formulas 7.1 [R30][R31]; golden vector G18.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from fractions import Fraction

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import tier
from saleswright.kernel.report import Figure
from saleswright.lib.issue import USAGE, Issue, Stop
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.metrics.asked import Asked, part_of
from saleswright.measure.metrics.compute import Result, evaluate, reference
from saleswright.measure.metrics.coverage import COVERED
from saleswright.measure.metrics.figures import Sums

PERIODS = 4
Key = tuple[str, ...]


def coverage_required(at: Snapshot, asked: Asked) -> Result:
    """1 ÷ the value-weighted share that was won in its period, over the last four periods. Stop (usage) for a split by time."""
    _no_time(asked)
    ref = reference(at, asked)
    found, words = _shares(at, asked)
    groups = {key: _required(asked, one, _ref(ref, asked, key)) for key, one in found.items()} if asked.by else {}
    whole = Sums()
    for one in found.values():
        whole += one
    labels = evaluate(at, replace(part_of(at, asked, "win_rate_value"), period=_past(at, asked)[0])).labels
    sums = found if asked.by else {}
    return Result(asked, ref, _required(asked, whole, str(ref)), whole, groups, sums, labels, (words,))


def coverage_gap(at: Snapshot, asked: Asked) -> Result:
    """What is left of the target x coverage required, less what is open and due; 0 where that is enough."""
    _no_time(asked)
    ref = reference(at, asked)
    has = evaluate(at, part_of(at, asked, "coverage_remaining"))
    needs = coverage_required(at, part_of(at, asked, "coverage_required"))
    groups = {
        key: _gap(at, asked, figure, needs.groups.get(key, needs.total), _ref(ref, asked, key))
        for key, figure in has.groups.items()
    }
    total = _gap(at, asked, has.total, needs.total, str(ref), has.parts)
    notes = tuple(dict.fromkeys((*needs.notes, *has.notes)))
    return Result(asked, ref, total, has.sums, groups, has.group_sums, has.labels, notes, has.parts)


def _no_time(asked: Asked) -> None:
    grain = next((d for d in asked.by if d.grain is not None), None)
    if grain is not None:
        why = "what is required stands on four periods together"
        issue = Issue(f"by {grain.name}", f"{asked.metric.name} has no split by time", why, "ask for one period")
        raise Stop(issue, exit_code=USAGE)


def _past(at: Snapshot, asked: Asked) -> list[Period]:
    """The last four periods like the one asked for that are over; a year's quarters where it has no end."""
    calendar = at.workspace.calendar
    period = asked.period if asked.period.bounded else calendar.containing("quarter", at.day)
    while period.end > at.day:
        period = period.previous(calendar)
    found = [period]
    while len(found) < PERIODS:
        found.append(found[-1].previous(calendar))
    return found


def _shares(at: Snapshot, asked: Asked) -> tuple[dict[Key, Sums], str]:
    """(per group: the value due and what of it was won, in words where they come from)."""
    past = _past(at, asked)
    history = tier(at).has(2)
    name = "in_period_win_share" if history else "win_rate_value"
    part = part_of(at, asked, name)
    found: dict[Key, Sums] = defaultdict(Sums)
    for period in past:
        one = evaluate(at, replace(part, period=period))
        for key, sums in (one.group_sums if asked.by else {(): one.sums}).items():
            found[key] += sums
    span = f"{past[-1].label} to {past[0].label}"
    what = "won of what was due" if history else "value win rate, for the record has no history to tell what was due,"
    return dict(found), f"The share is the {what} of {span}."


def _required(asked: Asked, one: Sums, ref: str) -> Figure:
    metric = asked.metric
    figure = Figure(metric.name, None, metric.unit, metric.label, n=one.n, excluded=sum(one.left_out.values()), ref=ref)
    if one.unconverted:
        return replace(figure, reason=f"no exchange rate for {one.unconverted} of {one.n} deals")
    if one.total <= 0:
        return replace(figure, reason="nothing was due in the last four periods")
    if one.num_total <= 0:
        return replace(figure, reason="nothing of what was due in the last four periods was won")
    return replace(figure, value=float(Fraction(one.total, one.num_total)))


def _gap(at: Snapshot, asked: Asked, has: Figure, needs: Figure, ref: str, parts: tuple[Figure, ...] = ()) -> Figure:
    metric = asked.metric
    figure = Figure(metric.name, None, metric.unit, metric.label, n=has.n, excluded=has.excluded, ref=ref)
    if has.reason == COVERED:
        return replace(figure, value=Money(0, at.currency))
    due, left = has.of or (None, None)
    if not has.of and not has.n and len(parts) == 3 and isinstance(parts[1].value, Money):
        won = parts[2].value
        due, left = Money(0, at.currency), parts[1].value - (won if isinstance(won, Money) else Money(0, at.currency))
    if not isinstance(due, Money) or not isinstance(left, Money):
        return replace(figure, reason=has.reason or "coverage is not known")
    if not isinstance(needs.value, float):
        return replace(figure, reason=f"coverage required: {needs.reason}")
    gap = round(Fraction(needs.value) * left.minor) - due.minor
    return replace(figure, value=Money(max(gap, 0), at.currency))


def _ref(ref: object, asked: Asked, key: Key) -> str:
    return str(ref.only(tuple(zip((d.name for d in asked.by), key, strict=True))))  # type: ignore[attr-defined]


__all__ = ["coverage_gap", "coverage_required"]
