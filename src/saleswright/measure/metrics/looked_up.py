"""What do the rows not say themselves? Columns looked up in what they point to, or gathered from what points to them.

People and territories are those of the row's own day, so that a re-organisation never rewrites the past; other things are
as of then.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import ibis
import ibis.expr.types as ir

from saleswright.history import rows as r
from saleswright.history.schema import Entity
from saleswright.kernel.policy import COMPANY
from saleswright.measure.metrics.conditions import fields_of
from saleswright.measure.metrics.dimensions import Dimension, link_of
from saleswright.measure.metrics.made import MADE
from saleswright.measure.metrics.model import Derived
from saleswright.measure.metrics.passing import passes

# Looked up as of the row's own day.
DATED = ("person", "account_territory")
EVER, NEVER = date(1, 1, 1), date(9999, 12, 31)


def gathered(rows: ir.Table, schema: Mapping[str, Entity], one: Derived) -> ir.Table:
    """A column made of the rows of another entity that point here: null (a count: 0) where none does. `the`: a field of
    the one row that this one points to.

    They are looked up, not reported, so they are those of the whole record, whoever asks about this row.
    """
    made = MADE.get(one.of)
    wanted = {one.field, *(() if one.gather == "the" else (one.by,)), *fields_of(one.when)}
    other = made.build(schema, COMPANY) if made else r.as_of(r.table(schema[one.of], wanted))
    if one.when:
        other = other.filter(passes(other, one.when))
    if one.gather == "the":
        other = other.select(k_id=other.id, **{one.name: other[one.field]})
        return rows.left_join(other, rows[one.by] == other.k_id).drop("k_id")
    other = other.filter(other[one.by].notnull())
    column = other[one.field]
    if one.gather == "sum":
        value = column.cast("decimal(38,0)").sum().cast("int64") if one.sql == "BIGINT" else column.sum()
    else:
        value = {"first": column.min, "last": column.max, "count": column.count}[one.gather]()
    grouped = other.group_by(k_id=other[one.by]).aggregate(**{one.name: value})
    joined = rows.left_join(grouped, rows.id == grouped.k_id).drop("k_id")
    return joined.mutate(**{one.name: joined[one.name].fill_null(0)}) if one.gather == "count" else joined


def carried(rows: ir.Table, schema: Mapping[str, Entity], carrier: str, used: list[Dimension]) -> ir.Table:
    """The deal or lead a row belongs to, as of then: what it is split by where the row does not say so itself."""
    has = {name for name, _ in schema[carrier].columns}
    wanted = {d.field for d in used if d.field} | {link_of(has, entity) for d in used for entity, _ in d.elsewhere}
    other = r.standing_now(r.table(schema[carrier], wanted))
    other = other.select(k_id=other.id, **{f"{carrier}_{name}": other[name] for name in sorted(wanted)})
    return rows.left_join(other, rows[carrier] == other.k_id).drop("k_id")


def linked(
    rows: ir.Table, schema: Mapping[str, Entity], entity: str, fields: set[str], through: str = "", of: str = ""
) -> ir.Table:
    """The owner and the account's territory as of the row's own day, so that a re-organisation never rewrites the past;
    other things as of then."""
    carried_by = _carried_link(schema, through, entity) if through else ""
    key = f"{through}_{carried_by}" if through else link_of(set(rows.columns), entity, of)
    wanted = {column_name(through, entity, field): field for field in sorted(fields)}
    if entity not in DATED:
        other = r.standing_now(r.table(schema[entity], fields))
        other = other.select(k_id=other.id, **{name: other[field] for name, field in wanted.items()})
        return rows.left_join(other, rows[key] == other.k_id).drop("k_id")
    other = territories(schema) if entity == "account_territory" else _by_day(r.known(r.table(schema[entity], fields)))
    other = other.select("k_id", "k_from", "k_to", **{name: other[field] for name, field in wanted.items()})
    when = rows.on_day.fill_null(r.day("day"))
    joined = rows.left_join(other, [rows[key] == other.k_id, other.k_from <= when, other.k_to > when])
    return joined.drop("k_id", "k_from", "k_to")


def own_currency(rows: ir.Table, schema: Mapping[str, Entity]) -> ir.Table:
    """An amount that no currency is told of is in that of its deal."""
    deals = r.standing_now(r.table(schema["deal"], {"currency"}))
    other = deals.select(k_id=deals.id, k_currency=deals.currency)
    joined = rows.left_join(other, rows.deal == other.k_id)
    return joined.mutate(currency=joined.currency.coalesce(joined.k_currency)).drop("k_id", "k_currency")


def _carried_link(schema: Mapping[str, Entity], through: str, entity: str) -> str:
    return link_of({name for name, _ in schema[through].columns}, entity)


def column_name(through: str, entity: str, field: str) -> str:
    """What a looked-up column is called, so that the owner's team and the deal's owner's team stand apart."""
    return f"{through}_{entity}_{field}" if through else f"{entity}_{field}"


def _by_day(rows: ir.Table) -> ir.Table:
    """Versions by the days they hold, k_from to before k_to: what a day brought holds for the whole of that day, so that the
    rows of a day are seen as it ended. The first thing told holds before it as well; what holds as of then has no end."""
    starts = ibis.cases((rows["first"], ibis.literal(EVER)), else_=r.local_day(rows.valid_from))
    ends = ibis.cases((rows.valid_to > r.moment("as_of"), ibis.literal(NEVER)), else_=r.local_day(rows.valid_to))
    return rows.mutate(k_id=rows.id, k_from=starts, k_to=ends)


def territories(schema: Mapping[str, Entity]) -> ir.Table:
    """The one territory of an account (k_id) on each day, k_from to before k_to: of several the first by name, or a row would
    count once for each.

    Where an account was before anything was told of it, is what was told first; a later assignment is not older for being
    the first thing told of that assignment.
    """
    held = r.known(r.table(schema["account_territory"], {"account", "territory"}))
    told_first = held.valid_from.min().over(ibis.window(group_by="account"))
    held = _by_day(held.mutate(first=held["first"] & (held.valid_from == told_first)))
    held = held.filter(~held.removed, held.k_from < held.k_to).select("account", "territory", "k_from", "k_to")
    turns = held.select(k_id=held.account, turn=held.k_from)
    turns = turns.union(held.select(k_id=held.account, turn=held.k_to), distinct=True)
    other = held.view()
    there = [turns.k_id == other.account, other.k_from <= turns.turn, other.k_to > turns.turn]
    one = turns.left_join(other, there).group_by("k_id", k_from=turns.turn).aggregate(territory=other.territory.min())
    after = one.k_from.lead().over(ibis.window(group_by="k_id", order_by="k_from"))
    return one.mutate(k_to=after.fill_null(ibis.literal(NEVER)))
