"""What does the plan ask of the company, and how far from it are we? The lines of the plan by day, against what was won.

Renewals are planned and measured apart, as everywhere: a line whose name says renewal is left out of the target that new
business is held against. The causes of a deviation are a chapter of their own. Formulas 7.3 and 3.3.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.policy import COMPANY
from saleswright.kernel.report import Figure
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.metrics.asked import Asked, part_of
from saleswright.measure.metrics.compute import Result, evaluate, reference
from saleswright.measure.metrics.due import RENEWALS
from saleswright.measure.metrics.figures import Sums
from saleswright.measure.metrics.frozen import frozen, note
from saleswright.measure.metrics.quota_lines import Line, Span, gap, last_day, rows, shorter_first, stretches
from saleswright.measure.metrics.words import plural

Key = tuple[str, ...]
RENEWED = str(RENEWALS["type"]["has"])
APART = "renewals are planned apart"


def plan(at: Snapshot, asked: Asked) -> Result:
    """What is planned in the period, renewals apart: by the plan's own lines and by stretches of time."""
    return _planned(at, asked, apart=True)


def plan_with_renewals(at: Snapshot, asked: Asked) -> Result:
    """What is planned in the period, every line of it."""
    return _planned(at, asked, apart=False)


def _planned(at: Snapshot, asked: Asked, apart: bool) -> Result:
    ref = reference(at, asked)
    every = _lines(at, asked.period)
    chosen = [one for one in every if all(one.members.get(d.name, "") in members for d, members in asked.where)]
    kept = (
        chosen if asked.where or not apart else [one for one in chosen if RENEWED not in one.members["name"].casefold()]
    )
    reason = _why_not(at, asked, every, kept)
    left_out = Counter({APART: len(chosen) - len(kept)} if len(chosen) > len(kept) else {})

    def figure(mine: list[tuple[Line, Span]], text: str) -> Figure:
        lacking = sum(one.minor is None for one, _ in mine)
        why = reason or (
            f"no exchange rate to {at.currency} for {lacking} of {len(mine)} plan lines" if lacking else ""
        )
        value = None if why else Money(sum(one.inside(*span) for one, span in mine), at.currency)
        metric = asked.metric
        return Figure(metric.name, value, metric.unit, metric.label, len(mine), reason=why, ref=text)

    whole: Span = (asked.period.start, asked.period.end)
    total = replace(figure([(one, whole) for one in kept], str(ref)), excluded=sum(left_out.values()))
    split: dict[Key, list[tuple[Line, Span]]] = defaultdict(list)
    grain = next((d for d in asked.by if d.grain is not None), None)
    for one in kept if asked.by and not reason else ():
        for name, span in stretches(at, grain, one, whole):
            split[tuple(name if d is grain else one.members.get(d.name, "") for d in asked.by)].append((one, span))
    groups = {}
    for key, mine in split.items():
        groups[key] = figure(mine, str(ref.only(tuple(zip((d.name for d in asked.by), key, strict=True)))))
    sums = {key: Sums(one.n or 0) for key, one in groups.items()}
    facts = Sums(total.n or 0, left_out=left_out)
    return Result(asked, ref, total, facts, groups, sums, tuple({} for _ in asked.by))


def plan_deviation(at: Snapshot, asked: Asked) -> Result:
    """What was won less what was planned, whole and by stretches of time. Below zero the plan was missed."""
    then = frozen(at, asked)
    ref = reference(at, asked)
    strange = [d.label.lower() for d in (*asked.by, *(d for d, _ in asked.where)) if d.grain is None]
    if strange:
        words = " and ".join(dict.fromkeys(strange))
        total = _figure(asked, None, f"a plan is the company's, so nothing is planned by {words}", None, str(ref))
        return Result(asked, ref, total, Sums(), {}, {}, tuple({} for _ in asked.by))
    won, target = (evaluate(then, part_of(then, asked, name)) for name in asked.metric.parts)
    groups = {}
    for key in {**target.groups, **won.groups}:
        text = str(ref.only(tuple(zip((d.name for d in asked.by), key, strict=True))))
        nothing = _figure(asked, None, f"nothing is planned in {' '.join(key)}", 0, "")
        groups[key] = _less(at, asked, won.groups.get(key), target.groups.get(key, nothing), text)
    total = _less(at, asked, won.total, target.total, str(ref))
    sums = {key: Sums(one.n or 0) for key, one in groups.items()}
    notes = (*note(at, asked), *won.notes, *target.notes)
    return Result(
        asked, ref, total, Sums(total.n or 0), groups, sums, ({},) * len(asked.by), notes, (won.total, target.total)
    )


def _less(at: Snapshot, asked: Asked, won: Figure | None, target: Figure, ref: str) -> Figure:
    """Nobody won is 0 won; an amount that cannot be told is not."""
    if not isinstance(target.value, Money):
        return _figure(asked, None, target.reason, won.n if won else 0, ref)
    if won is None or (won.value is None and not won.n):
        return _figure(asked, -target.value, "", 0, ref)
    if not isinstance(won.value, Money):
        return _figure(asked, None, won.reason, won.n, ref)
    return _figure(asked, won.value - target.value, "", won.n, ref)


def _figure(asked: Asked, value: Money | None, reason: str, n: int | None, ref: str) -> Figure:
    metric = asked.metric
    return Figure(metric.name, value, metric.unit, metric.label, n, reason=reason, ref=ref)


def _lines(at: Snapshot, period: Period) -> list[Line]:
    """The plan's lines that reach into the period; of one name's, the shorter holds."""
    named: dict[str, list[Line]] = defaultdict(list)
    for name, starts, ends, value, _ in rows(at, period, ["plan"], lambda q: q.plan_rows(at.schema)):
        end = last_day(starts, ends)
        if end > period.start:
            named[name or ""].append(Line({"name": name or ""}, False, (starts, end), value))
    return [one for mine in named.values() for one in shorter_first(mine)]


def _why_not(at: Snapshot, asked: Asked, every: list[Line], kept: list[Line]) -> str:
    if at.policy.scope != COMPANY or not at.policy.field_allowed("plan_line", "amount"):
        return "the plan is outside this person's access"
    if not every:
        return f"no plan for {asked.period.label}: import the plan, by month"
    if not kept:
        return f"no such line in the plan for {asked.period.label}: {plural(len(every), 'line')} of other names"
    lacking = gap(kept, asked.period) if asked.period.bounded else None
    return f"no plan for {lacking}, a part of {asked.period.label}: import the rest of the plan" if lacking else ""


__all__ = ["plan", "plan_deviation", "plan_with_renewals"]
