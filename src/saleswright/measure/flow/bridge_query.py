"""The deals of a day as one expression, with what each is worth at three rates. Imported only when no text is at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import ibis
import ibis.expr.types as ir

from saleswright.history import rows as r
from saleswright.measure.flow.bridge_rows import wanted
from saleswright.measure.metrics.conditions import Test
from saleswright.measure.metrics.passing import passes
from saleswright.measure.metrics.query import Question, base


def deals(q: Question, decided: Sequence[tuple[str, tuple[Test, ...]]], last: bool) -> ir.Table:
    """One row a deal: id, dates, standing, code (0 = counted), value; on the last day value_since too.

    Groups and rates are those of the day, of decided deals those of their closing day: as the metrics have it.
    """
    rows = base(replace(q, also=wanted(decided), decided=True))
    for name, tests in decided:
        out = ibis.literal(False)
        for test in tests:
            out = out | passes(rows, test).fill_null(False)
        rows = rows.mutate(**{name: ~out})
    names = [
        "id",
        "standing",
        "stage",
        "expected_close",
        "closed",
        "qualified",
        "qualified_by",
        "amount",
        "code",
        "value",
    ]
    if last:
        rows = _valued(rows, q, "value_since", r.day("p_start"))
        names.append("value_since")
    return rows.select(*names, *(name for name, _ in decided))


def _valued(rows: ir.Table, q: Question, name: str, when: Any) -> ir.Table:
    """The amount in the reporting currency at the rate of a day."""
    if not q.mixed:
        return rows.mutate(**{name: rows.amount})
    rows = rows.mutate(**{f"{name}_day": when})
    for side, currency in (("mine", rows.currency), ("report", r.text("cur"))):
        rates = r.rates()
        held = rates.filter(rates.known_from <= r.moment("known")).select(
            c="currency", s="starts", e="ends", **{f"{name}_{side}": rates.per_base * rates.scale}
        )
        day = rows[f"{name}_day"]
        rows = rows.left_join(held, [held.c == currency, held.s <= day, held.e > day]).drop("c", "s", "e")
    worth = r.exchange(rows.amount, rows[f"{name}_report"], rows[f"{name}_mine"])
    return rows.mutate(**{name: ibis.cases((rows.currency == r.text("cur"), rows.amount), else_=worth)})
