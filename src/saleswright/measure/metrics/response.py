"""By when is half answered? The median of waiting with those who still wait counted for as long as they have (censored)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.measure.metrics.asked import Asked, part_of
from saleswright.measure.metrics.compute import Result, evaluate, reference
from saleswright.measure.metrics.figures import Sums
from saleswright.measure.metrics.working import hours_of

HALF = Fraction(1, 2)


def censored_median(at: Snapshot, asked: Asked) -> Result:
    """The first waiting time at which no more than half are still without an answer (Kaplan and Meier 1958).

    Null with the reason where nobody was answered, or where the table never falls to one half.
    """
    ref = reference(at, asked)
    done, waiting = (evaluate(at, part_of(at, asked, name)) for name in asked.metric.parts)
    nothing = Sums()

    def figure(answered: Sums, still: Sums, text: str) -> Figure:
        n = sum(answered.spans.values()) + sum(still.spans.values())
        minutes, reached = median(answered.spans, still.spans)
        made = Figure(asked.metric.name, None, asked.metric.unit, asked.metric.label, n, ref=text)
        if not n:
            return replace(made, reason=done.total.reason or waiting.total.reason or "no such leads in the period")
        if minutes is None:
            return replace(made, reason=f"fewer than half are answered: {reached:.0%} of {n:,} leads by the end")
        hours = Fraction(minutes, 60)
        return replace(made, value=int(hours) if hours.denominator == 1 else float(hours))

    total = figure(done.sums, waiting.sums, str(ref))
    groups = {
        key: figure(
            done.group_sums.get(key, nothing),
            waiting.group_sums.get(key, nothing),
            str(ref.only(tuple(zip((d.name for d in asked.by), key, strict=True)))),
        )
        for key in {**done.groups, **waiting.groups}
    }
    still = sum(waiting.sums.spans.values())
    notes = (f"{still:,} without an answer are counted for as long as they have waited.",) if still else ()
    notes = (*notes, f"Working hours: {hours_of(at).said}.")
    labels = tuple({**waiting.labels[i], **one} for i, one in enumerate(done.labels)) if asked.by else ()
    sums = {key: Sums(one.n or 0) for key, one in groups.items()}
    return Result(asked, ref, total, Sums(total.n or 0), groups, sums, labels, notes, (done.total, waiting.total))


def median(answered: Counter[int], still: Counter[int]) -> tuple[int | None, float]:
    """(the median in minutes, or None; the share answered by the end). Whoever waits to a minute was at risk in it."""
    left = Fraction(1)
    at_risk = sum(answered.values()) + sum(still.values())
    found: int | None = None
    for minute in sorted({*answered, *still}):
        if answered[minute]:
            left *= 1 - Fraction(answered[minute], at_risk)
        at_risk -= answered[minute] + still[minute]
        if found is None and left <= HALF:
            found = minute
    return found, float(1 - left)


__all__ = ["censored_median"]
