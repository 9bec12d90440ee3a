"""The visits of deals to stages as one expression. Imported only when no text is at hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import ibis
import ibis.expr.types as ir

from saleswright.history import rows as r
from saleswright.measure.metrics.conditions import Test
from saleswright.measure.metrics.query import Question, base

EPOCH = date(1970, 1, 1)
NO_AMOUNT: Test = {"amount": {"is": "missing"}}
FIELDS = frozenset({"deal", "stage", "entered", "left", "went", "became", "first_visit", "place"})


def visits(q: Question) -> ir.Table:
    """One row a visit: deal, stage and its place, days since 1970 of coming and going, how it went, its worth, its groups."""
    rows = base(replace(q, also=FIELDS))
    # An entry without an amount is an entry all the same.
    counted = [0, *(code for code, (_, test) in enumerate(q.reasons, 1) if test == NO_AMOUNT)]
    rows = rows.filter(rows.code.isin(counted))
    days = {
        f"{name}_day": r.local_day(rows[name]).delta(ibis.literal(EPOCH), unit="day").cast("int64")
        for name in ("entered", "left")
    }
    return rows.select(
        "id",
        "deal",
        "stage",
        "went",
        "became",
        "first_visit",
        "place",
        *(f"d_{split.name}" for split in q.by),
        worth=rows["value"].fill_null(0).cast("int64"),
        known=rows["value"].notnull(),
        **days,
    )
