"""Is a cohort old enough to be judged? Younger than three in four of its kind took, it is flagged immature."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from saleswright.history.snapshot import Snapshot
from saleswright.lib.period import ALL_TIME, Period, parse_period
from saleswright.measure.metrics.asked import Asked, part_of

RIPE = 0.75
ENOUGH = 10


def ripe_after(at: Snapshot, asked: Asked) -> int | None:
    """After how many days three in four of those that got there had; None when fewer than ten did."""
    from saleswright.measure.metrics.compute import sums
    from saleswright.measure.metrics.figures import Sums, quantile

    if asked.metric.ripens.isdigit():
        return int(asked.metric.ripens)
    part = replace(part_of(at, replace(asked, by=(), where=()), asked.metric.ripens), period=ALL_TIME)
    whole = sums(at, part).get((), Sums())
    if sum(whole.spans.values()) < ENOUGH:
        return None
    found = quantile(whole.spans, RIPE)
    return int(found / 1440) + 1 if part.metric.clock != "days" else int(found) + (found != int(found))


def immature(at: Snapshot, asked: Asked, keys: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The words that flag a cohort, or the pieces of it, that are too young; nothing when all are ripe."""
    if asked.metric.shape != "cohort-ratio" or not asked.metric.ripens:
        return ()
    days = ripe_after(at, asked)
    if days is None:
        return ()
    fixed = asked.metric.ripens.isdigit()
    last = at.day - timedelta(days=days)
    grain = next((i for i, d in enumerate(asked.by) if d.grain is not None), None)
    if grain is None:
        young = _young(asked.period, last)
        what = "some of these" if young and asked.period.start <= last else "this cohort"
        return (_words(what, days, fixed),) if young else ()
    named = dict.fromkeys(key[grain] for key in keys if key[grain])
    late = [one for one in named if _young(parse_period(one, at.day, at.workspace.calendar), last)]
    return (_words(", ".join(sorted(late)), days, fixed),) if late else ()


def _young(period: Period, last: object) -> bool:
    return period.end - timedelta(days=1) > last  # type: ignore[operator]


def _words(what: str, days: int, fixed: bool) -> str:
    verb = "are" if what.startswith("some") or "," in what else "is"
    told = "it may take" if fixed else "that three in four took"
    return f"Immature: {what} {verb} younger than the {days} days {told}; the share can still rise."
