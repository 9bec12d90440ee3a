"""How long does a customer stay? One row for every stretch in which an account held subscriptions without a gap.

A gap of one day is none, as in `recurring`; after a longer one a new stretch begins. `until` is the first day without any,
or the day after the as-of day while it lasts: then it is not over, and nobody knows yet how long it will be.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from saleswright.history.schema import Entity, Field
from saleswright.measure.metrics.made.kind import Made

if TYPE_CHECKING:
    import ibis.expr.types as ir

ENTITY = Entity(
    "tenure",
    (
        Field("account", "account", dimension=True, meaning="The customer"),
        Field("began", "date", meaning="The first day of the stretch"),
        Field("until", "date", meaning="The first day after it, or after the as-of day while it lasts"),
        Field("over", "bool", meaning="Is it over?"),
    ),
)
FAR = date(9999, 12, 31)


def build(schema: Mapping[str, Entity], shape: str) -> ir.Table:
    """The rows as of then, of the subscriptions that a policy permits."""
    import ibis

    from saleswright.history import rows as r

    day = r.day("day")
    subs = r.visible(schema, "subscription", shape, ("account", "starts", "ends", "monthly"))
    subs = subs.filter(subs.account.notnull(), subs.starts <= day, subs.monthly.isnull() | (subs.monthly != 0))
    ends = ibis.cases((subs.ends > day, ibis.literal(FAR)), else_=subs.ends.fill_null(ibis.literal(FAR)))
    subs = subs.select("id", "account", "starts", ends=ends)
    subs = subs.filter(subs.ends > subs.starts)
    before = ibis.window(group_by=subs.account, order_by=[subs.starts, subs.id], preceding=(None, 1))
    subs = subs.mutate(reached=subs.ends.max().over(before))
    apart = subs.reached.isnull() | (subs.starts > (subs.reached + ibis.interval(days=1)).cast("date"))
    subs = subs.mutate(new=ibis.cases((apart, 1), else_=0))
    so_far = ibis.window(group_by=subs.account, order_by=[subs.starts, subs.id], preceding=(None, 0))
    subs = subs.mutate(stretch=subs.new.sum().over(so_far))
    rows = subs.group_by("account", "stretch").aggregate(began=subs.starts.min(), last=subs.ends.max())
    over = rows.last < ibis.literal(FAR)
    return rows.select(
        "account", "began",
        id=rows.account + "/" + rows.stretch.cast("string"),
        # By way of a timestamp: a day and an interval is one to DuckDB, which a cast to what Ibis thinks it is leaves.
        until=ibis.cases((over, rows.last), else_=(day.cast("timestamp") + ibis.interval(days=1)).cast("date")), over=over,
    )  # fmt: skip


TENURE = Made(
    ENTITY, build, of=("subscription", "account"), told={"": (("subscription", "account"), ("subscription", "starts"))}
)
