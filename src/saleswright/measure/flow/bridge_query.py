"""The deals of a day as one expression, with what each is worth at three rates. Imported only when no text is at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import ibis
import ibis.expr.types as ir

from saleswright.history import rows as r
from saleswright.measure.flow.bridge_rows import wanted
from saleswright.measure.metrics.conditions import Test
from saleswright.measure.metrics.passing import passes
from saleswright.measure.metrics.query import Question, base, with_rates

NAMES = ("id", "standing", "stage", "expected_close", "closed", "qualified", "qualified_by", "amount", "code", "value")


def deals(q: Question, decided: Sequence[tuple[str, tuple[Test, ...]]], last: bool) -> ir.Table:
    """One row a deal: id, dates, standing, code (0 = counted), value, when it held; on the last day value_since too.

    mine: does it pass the filters? They take no row away, for what went out of them has to be told. member: of the split.
    Groups and rates are those of the day, of decided deals those of their closing day: as the metrics have it.
    """
    also = wanted(decided) | {"valid_from", "valid_to"}
    rows = base(replace(q, by=(*q.by, *q.where), where=(), also=also, decided=True))
    for name, tests in decided:
        out = ibis.literal(False)
        for test in tests:
            out = out | passes(rows, test).fill_null(False)
        rows = rows.mutate(**{name: ~out})
    mine = ibis.literal(True)
    for index, dimension in enumerate(q.where):
        column = rows[f"d_{dimension.name}"].cast("string").fill_null("")
        mine = mine & r.members(f"w{index}").contains(column)
    rows = rows.mutate(mine=mine)
    names = [*NAMES, "mine", "valid_from", "valid_to"]
    if q.by:
        rows = rows.mutate(member=rows[f"d_{q.by[0].name}"].cast("string").fill_null(""))
        names.append("member")
    if last:
        rows = _valued_since(rows, q)
        names.append("value_since")
    return rows.select(*names, *(name for name, _ in decided))


def _valued_since(rows: ir.Table, q: Question) -> ir.Table:
    """The amount in the reporting currency at the rate of the first day."""
    if not q.mixed:
        return rows.mutate(value_since=rows.amount)
    rows = with_rates(rows, r.day("p_start"), "since_")
    worth = r.exchange(rows.amount, rows.since_report, rows.since_mine)
    return rows.mutate(value_since=ibis.cases((rows.currency == r.text("cur"), rows.amount), else_=worth))
