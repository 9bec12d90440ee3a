"""Which rows pass a test? The words of a definition's test as an expression over its rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.types as ir

from saleswright.history import rows as r
from saleswright.measure.metrics.conditions import NAMED, Test


def passes(rows: ir.Table, test: Test) -> ir.BooleanValue:
    """Does a row pass? Null where the record does not say, which a filter and a case take for no.

    Bare comparisons: only those does the engine answer inside the scan, from statistics and dictionaries.
    """
    passed: ir.BooleanValue = ibis.literal(True)
    for field, wanted in test.items():
        passed = passed & _one(rows, rows[field], wanted)
    return passed


def _one(rows: ir.Table, column: ir.Column, wanted: Any) -> Any:
    if isinstance(wanted, Mapping):
        answer: Any = ibis.literal(True)
        for operator, value in wanted.items():
            if operator == "not":
                answer = answer & ~_one(rows, column, value).fill_null(False)
            elif operator == "has":
                words = value if isinstance(value, (list, tuple)) else [value]
                text = column.lower()
                answer = answer & ibis.or_(*(text.contains(str(word).lower()) for word in words))
            elif operator == "is":
                answer = answer & (column.isnull() if value == "missing" else column.notnull())
            elif operator == "above":
                answer = answer & (column > value)
            elif operator == "within":
                first = as_day(rows[str(value["of"])])
                answer = answer & (as_day(column) >= first)
                answer = answer & (as_day(column) <= first + ibis.interval(days=int(value["days"])))
            else:
                answer = answer & _dated(rows, as_day(column), operator, value)
        return answer
    if isinstance(wanted, (list, tuple)):
        if not column.type().is_string():
            return column.isin(list(wanted))
        # `isin` becomes a chain of comparisons for each row; this is looked up once for each word of a dictionary.
        return ibis.literal([str(one) for one in wanted], type="array<string>").contains(column)
    return column == wanted


def _dated(rows: ir.Table, column: Any, operator: str, value: Any) -> Any:
    if operator == "same":
        return column == as_day(rows[str(value)])
    if operator == "older":
        return column < r.day("day") - ibis.interval(days=int(value))
    day = named_day(value) if value in NAMED else ibis.literal(value)
    return {"before": column < day, "to": column < day, "after": column > day, "from": column >= day}[operator]


def as_day(column: Any) -> Any:
    return r.local_day(column) if column.type().is_timestamp() else column


def named_day(name: str) -> Any:
    """The bound day of that name: the as-of day, or the first day of a quarter counted from it."""
    return r.day("day") if name == "as_of" else r.text(f"day_{name}").cast("date")
