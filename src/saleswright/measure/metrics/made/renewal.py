"""Which subscriptions were due, and were they renewed? One row for every subscription with an end that has come.

Renewed is one that the source calls so, or that another of the same account follows: it begins at most thirty days before
or after the end and runs on past it, whatever the product, for a change of plan is a renewal too. Who has not renewed
within those days may still do so: until they are over the row is pending, neither renewed nor not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from saleswright.history.schema import Entity, Field
from saleswright.measure.metrics.made.converted import count_of
from saleswright.measure.metrics.made.kind import Made

if TYPE_CHECKING:
    import ibis.expr.types as ir

ENTITY = Entity(
    "renewal_due",
    (
        Field("account", "account", dimension=True, meaning="The customer"),
        Field("deal", "deal", meaning="The deal that brought the subscription"),
        Field("product", "product", dimension=True, meaning="What is subscribed"),
        Field("due", "date", meaning="The first day after it, on which it was due"),
        Field("monthly", "money", "currency", meaning="What it brought each month"),
        Field("currency", "text", meaning="Currency of the monthly amount"),
        Field("renewed", "bool", meaning="Does another one follow?"),
        Field("pending", "bool", meaning="Is it due so lately that one still may?"),
    ),
)
GRACE = 30
_READ = ("account", "deal", "product", "starts", "ends", "monthly", "currency", "status")


def build(schema: Mapping[str, Entity], shape: str) -> ir.Table:
    """The rows as of then, of the subscriptions that a policy permits."""
    import ibis

    from saleswright.history import rows as r

    grace, day = ibis.interval(days=GRACE), r.day("day")
    subs = r.visible(schema, "subscription", shape, _READ)
    due = subs.filter(subs.account.notnull(), subs.ends <= day, subs.monthly.isnull() | (subs.monthly != 0))
    other = r.visible(schema, "subscription", shape, _READ)
    other = other.filter(other.starts <= day).select(
        o_id=other.id, o_account=other.account, o_starts=other.starts, o_ends=other.ends
    )
    joined = due.left_join(other, [due.account == other.o_account])
    follows = (
        (joined.o_id != joined.id)
        & (joined.o_starts >= (joined.ends - grace).cast("date"))
        & (joined.o_starts <= (joined.ends + grace).cast("date"))
        & (joined.o_ends.isnull() | (joined.o_ends > joined.ends))
    )
    rows = joined.group_by("id", "account", "deal", "product", "ends", "monthly", "currency", "status").aggregate(
        found=count_of(follows)
    )
    renewed = (rows.found > 0) | rows.status.lower().startswith("renewed").fill_null(False)
    return rows.select(
        "id", "account", "deal", "product", "monthly", "currency", due=rows.ends, renewed=renewed,
        pending=~renewed & (rows.ends > (day - grace).cast("date")),
    )  # fmt: skip


RENEWAL_DUE = Made(
    ENTITY, build, of=("subscription", "account"), told={"": (("subscription", "account"), ("subscription", "ends"))}
)
