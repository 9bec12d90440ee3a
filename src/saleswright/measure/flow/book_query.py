"""The deals of the book as one expression. Imported only when no text is at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import ibis
import ibis.expr.types as ir

from saleswright.measure.flow.book import DAYS, GONE, LOST, OPEN, WON
from saleswright.measure.flow.columns import EPOCH
from saleswright.measure.metrics.conditions import Test
from saleswright.measure.metrics.passing import passes
from saleswright.measure.metrics.query import Question, base


def book(q: Question, decided: Sequence[tuple[str, tuple[Test, ...]]], fields: frozenset[str]) -> ir.Table:
    """One row a qualified deal: id, days since 1970, fate, worth and whether that is known, and its groups."""
    rows = base(replace(q, also=fields, decided=True))
    rows = rows.filter(rows.code == 0)
    counts = {}
    for name, tests in decided:
        out = ibis.literal(False)
        for test in tests:
            out = out | passes(rows, test).fill_null(False)
        counts[name] = ~out
    won = (rows.standing == "won") & counts["won_counts"]
    lost = (rows.standing == "lost") & counts["lost_counts"]
    fate = ibis.cases((rows.standing == "open", OPEN), (won, WON), (lost, LOST), else_=GONE)
    days = {f"{name}_day": rows[name].cast("date").delta(ibis.literal(EPOCH), unit="day") for name in DAYS}
    value = rows["value"]
    return rows.select(
        "id",
        *(f"d_{split.name}" for split in q.by),
        fate=fate.cast("int32"),
        worth=value.fill_null(0).cast("int64"),
        known=value.notnull(),
        unpriced=rows.amount.notnull() & value.isnull(),
        **days,
    )
