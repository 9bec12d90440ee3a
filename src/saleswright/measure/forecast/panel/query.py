"""The record as a panel reads it, as expressions: every version known by then. Imported only when no text is at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir

from saleswright.history import rows as r
from saleswright.history.schema import Entity
from saleswright.measure.flow.columns import EPOCH
from saleswright.measure.metrics.conditions import Test, fields_of
from saleswright.measure.metrics.passing import passes
from saleswright.measure.metrics.query import local

CLOCKS = ("valid_from", "valid_to", "known_from", "known_to")
DATES = ("qualified", "closed", "expected_close")


def deals(schema: Mapping[str, Entity], texts: Sequence[str], dates: Sequence[str], tests: Sequence[Test]) -> ir.Table:
    """Every version of every deal that began by then and was known by then, in order: clocks, days, texts, amount, and whether
    each test holds (t0, t1, ...). started, stopped: the local days on which it began and ended."""
    asked = {field for test in tests for field in fields_of(test)}
    rows = r.table(schema["deal"], {*texts, *dates, *asked, "amount", "standing"})
    t, k = r.moment("as_of"), r.moment("known")
    rows = rows.filter(rows.valid_from <= t, rows.known_from <= k)
    held = {f"t{place}": passes(rows, test).fill_null(False) for place, test in enumerate(tests)}
    return rows.select(
        "id",
        *CLOCKS,
        "removed",
        "amount",
        started=_day(rows.valid_from),
        stopped=ibis.cases((rows.valid_to > t, None), else_=_day(rows.valid_to)),
        standing=ibis.cases(
            (rows.standing == "open", 0), (rows.standing == "won", 1), (rows.standing == "lost", 2), else_=3
        ),
        **{f"f_{name}": rows[name].cast("string") for name in texts},
        **{f"d_{name}": _day(rows[name]) for name in dates},
        **held,
    ).order_by("id", "valid_from", "known_from")


def looked_up(schema: Mapping[str, Entity], entity: str, fields: Sequence[str]) -> ir.Table:
    """Every version of what deals point to that began by then, or was the first told of it; known by then."""
    rows = r.table(schema[entity], set(fields))
    t, k = r.moment("as_of"), r.moment("known")
    rows = rows.filter((rows.valid_from <= t) | rows["first"])
    rows = rows.filter((rows.known_from <= k) | (rows["first"] & (rows.known_from <= rows.valid_from)))
    found = {f"f_{name}": rows[name].cast("string") for name in fields}
    return rows.select("id", *CLOCKS, "removed", "first", **found).order_by("id", "valid_from", "known_from")


def activities(schema: Mapping[str, Entity]) -> ir.Table:
    """Every version of the activities of deals that began by then and was known by then: on: the day it happened."""
    rows = r.table(schema["activity"], {"deal", "occurred"})
    t, k = r.moment("as_of"), r.moment("known")
    rows = rows.filter(
        rows.valid_from <= t, rows.known_from <= k, rows.occurred <= t, ~rows.removed, rows.deal.notnull()
    )
    # A day of many touches is told once.
    found = rows.select("deal", *CLOCKS, on=_day(rows.occurred), occurred=rows.occurred)
    return found.order_by("deal", "occurred", "valid_from", "known_from")


def rates() -> ir.Table:
    """What each currency is worth and since when: as `with_rates` of the metrics takes them."""
    rows = r.rates()
    return rows.select(
        "currency", "known_from", starts=_day(rows.starts), ends=_day(rows.ends), worth=rows.per_base * rows.scale
    ).order_by("currency", "starts")


def _day(column: Any) -> Any:
    return local(column).cast("date").delta(ibis.literal(EPOCH), unit="day").cast("int64")
