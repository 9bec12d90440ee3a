"""The rows behind calls and the tree, as expressions. Imported only when no text is at hand."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from saleswright.history import rows as r
from saleswright.history.schema import Entity
from saleswright.kernel.policy import COMPANY
from saleswright.measure.metrics.quota_query import told_in

WORDS = ("against", "reason", "allowed")
FIELDS = ("person", "about", "called", "period", "category", "amount", "currency", "rollup", *WORDS)
BACK = 400
"""Days before the period's first from which calls are read: the one before it says who calls."""


def calls(schema: Mapping[str, Entity], shape: str) -> ir.Table:
    """Every call up to the as-of moment, also those that a later one took the place of, in the reporting currency.

    Under a scope both who called and whose number it is have to be inside it.
    """
    t, k = r.moment("as_of"), r.moment("known")
    rows = r.table(schema["forecast_call"], FIELDS)
    rows = rows.filter(rows.valid_from <= t, rows.known_from <= k, rows.known_to > k, rows.person.notnull())
    rows = rows.filter(rows.called >= r.day("p_start") - ibis.interval(days=BACK), rows.called < r.day("p_end"))
    rows = rows.mutate(about=rows.about.coalesce(rows.person), currency=rows.currency.coalesce(r.text("base")))
    if shape != COMPANY:
        allowed = r.people(schema, shape)
        rows = rows.semi_join(allowed, rows.person == allowed.id)
        inside = allowed.select(whose=allowed.id)
        rows = rows.semi_join(inside, rows.about == inside.whose)
    rows = rows.mutate(starts=rows.called)
    rows = told_in(rows, "amount").drop("mine", "report").rename(minor="value")
    rows = told_in(rows, "rollup").drop("mine", "report").rename(rolled="value")
    return rows.select(
        "person", "about", "called", "period", "category", "minor", "rolled", "against", "reason", "allowed", "currency",
        "valid_from", "valid_to", "removed", "seq", "id",
    ).order_by("called", "valid_from", "seq", "id")  # fmt: skip


def people(schema: Mapping[str, Entity], shape: str) -> ir.Table:
    """Every version of who somebody is: team, manager, role, whether active; those of the future too, for what nobody had
    told yet is looked up later."""
    k = r.moment("known")
    rows = r.table(schema["person"], {"team", "manager", "role", "active"})
    rows = rows.filter(rows.known_from <= k, rows.known_to > k)
    if shape != COMPANY:
        allowed = r.people(schema, shape)
        rows = rows.semi_join(allowed, rows.id == allowed.id)
    return rows.select(
        "id", "team", "manager", "role", "active", "valid_from", "valid_to", "first", "removed"
    ).order_by("id", "valid_from")
