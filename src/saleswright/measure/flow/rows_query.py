"""The rows a metric counts as one expression. Imported only when no text is at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import ibis
import ibis.expr.types as ir

from saleswright.measure.flow.columns import EPOCH
from saleswright.measure.metrics.query import Question, base, local


def columns(q: Question, also: Sequence[str], of: str = "") -> ir.Table:
    """id, day, worth, known, d_ for each split and f_ for each further field.

    of: the money field that is read beside a count; a row without it is counted all the same.
    """
    rows = base(replace(q, also=q.also | set(also)))
    lacks = {of: {"is": "missing"}}
    kept = [0, *(place for place, (_, test) in enumerate(q.reasons, 1) if of and test == lacks)]
    rows = rows.filter(rows.code.isin(kept))
    value = rows["value"] if q.metric.sum else ibis.null("int64")
    return rows.select(
        "id",
        *(f"d_{split.name}" for split in q.by),
        day=_plain(rows.on_day),
        worth=value.fill_null(0).cast("int64"),
        known=value.notnull(),
        **{f"f_{name}": _plain(rows[name]) for name in also},
    )


def _plain(column: Any) -> Any:
    """Days as days since 1970, yes and no as 1 and 0, whole numbers and texts as they are."""
    kind = column.type()
    if kind.is_date() or kind.is_timestamp():
        return local(column).cast("date").delta(ibis.literal(EPOCH), unit="day").cast("int64")
    return column.cast("int64") if kind.is_boolean() else column
