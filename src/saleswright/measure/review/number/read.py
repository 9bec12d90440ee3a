"""Which deals does the number stand on? Those of `won_value` and `open_pipeline`, and the lost beside them, as columns.

Both metrics are asked as the workspace defines them, with its rules of what is left out, its rates, the caller's filters
and the actor's scope; so "won so far" and "open" are the figures of those metrics.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saleswright.history.compiled import compiled
from saleswright.history.snapshot import Snapshot
from saleswright.measure.flow.columns import Ints
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import Asked, ask
from saleswright.measure.metrics.compute import bind, question
from saleswright.measure.metrics.dimensions import Dimension, allowed, dimensions
from saleswright.measure.metrics.reasons import reasons
from saleswright.measure.review.number.deals import Bools

NO_DAY = -1
DAYS = ("created", "qualified", "closed", "expected_close", "last_activity")
NEEDED = ("created", "qualified", "closed")
_EPOCH = "DATE '1970-01-01'"
UNIX = 719_163
LEAST_IN_SEGMENT, MOST_SEGMENTS = 15, 7
_PRIME = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Rows:
    """Deals of one metric. Days are ordinals, NO_DAY where there is none. amount: minor units, 0 where `unknown`.

    left: rows that a rule leaves out of this metric only. apart: without an exchange rate. undated: without a closing day.
    """

    asked: Asked
    standing: Ints
    amount: Ints
    unknown: Bools
    segment: NDArray[np.uint64]
    left: Bools
    days: dict[str, Ints]
    apart: int
    undated: int

    def day(self, name: str) -> Ints:
        return self.days.get(name, np.full(self.amount.size, NO_DAY))


WON, LOST, DISQUALIFIED, OPEN = 1, 2, 3, 0


def read_closed(at: Snapshot, where: Pairs) -> Rows:
    """Won, lost and disqualified deals that won_value would count, whatever their standing."""
    asked = ask(at, "won_value", (), "all", where)
    rows = {**asked.metric.rows, "standing": ["won", "lost", "disqualified"]}
    return _read(at, replace(asked, metric=replace(asked.metric, rows=rows)), asked, ())


def read_open(at: Snapshot, where: Pairs) -> Rows:
    """Open qualified deals, as open_pipeline counts them."""
    asked = ask(at, "open_pipeline", (), "all", where)
    general = {rule.name for rule in ask(at, "won_value", (), "all", where).rules}
    return _read(at, asked, asked, [rule.because for rule in asked.rules if rule.name not in general])


def _read(at: Snapshot, asked: Asked, of: Asked, here_only: Sequence[str]) -> Rows:
    """Run the rows of a question: counted, without an amount, or left out by a rule that holds for this metric only."""
    days = [name for name in DAYS if name in NEEDED or at.policy.field_allowed("deal", name)]
    splits = [Dimension(name, name, field=name) for name in (*days, "standing")]
    segment = dimensions(at.schema).get("segment")
    if segment is not None and allowed(at, segment):
        splits.append(segment)
    key, make = question(at, replace(asked, by=tuple(splits)))

    def build() -> Any:
        from saleswright.measure.metrics.query import base

        rows = base(make())
        return rows.select("code", "value", *(f"d_{split.name}" for split in splits))

    text = compiled(at.workspace.state / "cache", {**key, "want": "columns", "rows": dict(asked.metric.rows)}, build)
    words = reasons(asked.metric, asked.lifted, asked.rules)
    missing = [i for i, (_, test) in enumerate(words, 1) if test == {asked.metric.sum: {"is": "missing"}}]
    undated = [i for i, (_, test) in enumerate(words, 1) if test == {asked.metric.date: {"is": "missing"}}]
    ruled = [i for i, (because, _) in enumerate(words, 1) if because in here_only]
    wanted = ", ".join(map(str, (0, *missing, *ruled, *(undated if not asked.metric.at_moment else ()))))
    told = [f"coalesce((d_{name}::DATE - {_EPOCH})::INTEGER + {UNIX}, {NO_DAY}) AS {name}" for name in days]
    by_segment = "hash(d_segment)" if segment is not None and segment in splits else "0"
    sql = (
        f"SELECT code, value IS NULL AS unknown, coalesce(value, 0)::BIGINT AS amount, {', '.join(told)}, "
        "CASE d_standing WHEN 'won' THEN 1 WHEN 'lost' THEN 2 WHEN 'disqualified' THEN 3 ELSE 0 END AS standing, "
        f"coalesce({by_segment}, 0)::UBIGINT AS segment FROM ({text}) WHERE code IN ({wanted})"
    )
    found = {name: np.ma.getdata(column) for name, column in at.reader.columns(sql, bind(at, sql, asked)).items()}
    code, unknown = found["code"], found["unknown"].astype(bool)
    without = np.isin(code, missing)
    lost_day = np.isin(code, undated) if not asked.metric.at_moment else np.zeros(code.size, bool)
    # An amount that is there and became nothing has no exchange rate.
    apart = unknown & ~without & (code == 0)
    kept = ~apart & ~lost_day
    # The engine hands rows over in any order; the same question has to give the same number.
    mixed = found["segment"][kept].astype(np.uint64)
    for name in ("amount", *days, "standing"):
        mixed = (mixed ^ found[name][kept].astype(np.uint64)) * _PRIME
        mixed ^= mixed >> np.uint64(29)
    order = np.argsort(mixed)

    def column(name: str) -> Any:
        return found[name][kept][order]

    return Rows(
        of,
        column("standing").astype(np.int64),
        column("amount").astype(np.int64),
        unknown[kept][order],
        column("segment"),
        np.isin(code, ruled)[kept][order],
        {name: column(name).astype(np.int64) for name in days},
        int(apart.sum()),
        int(lost_day.sum()),
    )


def segments(segment: NDArray[np.uint64], closed: Bools) -> tuple[Ints, int]:
    """(segment of each deal, how many there are). Those with few closed deals are one, and without any all are one."""
    names, which = np.unique(segment, return_inverse=True)
    decided = np.bincount(which[closed], minlength=names.size)
    large = [int(i) for i in np.argsort(-decided, kind="stable") if decided[i] >= LEAST_IN_SEGMENT][:MOST_SEGMENTS]
    number = np.full(names.size, len(large), np.int64)
    number[large] = np.arange(len(large))
    found = number[which]
    return found, max(int(found.max(initial=0)) + 1, len(large), 1)
