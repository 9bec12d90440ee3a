"""What became of rows that are those of a whole period, month by month? Each piece is asked for by itself."""

from __future__ import annotations

from dataclasses import replace

from saleswright.history.snapshot import Snapshot
from saleswright.lib.period import Period
from saleswright.measure.metrics.asked import Asked
from saleswright.measure.metrics.compute import Result, assemble, first_day, replace_by, sums
from saleswright.measure.metrics.dimensions import Dimension, period_of
from saleswright.measure.metrics.figures import Sums


def each_span(at: Snapshot, asked: Asked, grain: Dimension) -> Result:
    """What became of the rows from the first day of each month to its last: every month has rows of its own."""
    assert grain.grain is not None
    others = tuple(d for d in asked.by if d is not grain)
    still, place = replace_by(asked, others), asked.by.index(grain)
    found: dict[tuple[str, ...], Sums] = {}
    day = max(asked.period.start, first_day(at, asked.metric))
    while day < asked.period.end and day <= at.day:
        period = period_of(grain.grain, day, at.workspace.calendar)
        start, end = max(period.start, asked.period.start), min(period.end, asked.period.end)
        for key, one in sums(at, replace(still, period=Period(start, end, str(period), "range"))).items():
            found[(*key[:place], str(period), *key[place:])] = one
        day = period.end
    return assemble(at, asked, found, sums(at, replace_by(asked, ())).get((), Sums()))


__all__ = ["each_span"]
