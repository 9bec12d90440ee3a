"""Who are our customers? One row for every account that ever won us a deal or held a subscription.

`won` is the day of its first won deal; what came before the record began is told by a first deal that is a renewal.
A customer is active while a subscription is in force, or while its last purchase is no further back than twice its own
usual time between purchases; after a single purchase, no further than a year. Revenue is the sum of all its won deals,
each at the exchange rate of its closing day. A won deal without an account is a row of its own, without an account.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from saleswright.history.schema import Entity, Field
from saleswright.measure.metrics.made.converted import converted, count_of, lacks_rate, money_sum, with_rates
from saleswright.measure.metrics.made.kind import Made

if TYPE_CHECKING:
    import ibis.expr.types as ir

ENTITY = Entity(
    "customer",
    (
        Field("account", "account", dimension=True, meaning="The customer"),
        Field("deal", "deal", meaning="Its first won deal"),
        Field("type", "text", dimension=True, meaning="What kind of sale the first won deal was"),
        Field("won", "date", meaning="The day of its first won deal"),
        Field("last_won", "date", meaning="The day of its last won deal"),
        Field("deals", "int", meaning="How many deals it won us"),
        Field("first_amount", "money", "currency", meaning="Amount of the first won deal"),
        Field("revenue", "money", "currency", meaning="Amounts of all its won deals, first to last"),
        Field("currency", "text", meaning="Currency of the amounts"),
        Field("in_force", "bool", meaning="Does it hold a subscription in force?"),
        Field("active", "bool", meaning="Is it active?"),
    ),
)
TIMES = 2
ONCE = 365


def build(schema: Mapping[str, Entity], shape: str) -> ir.Table:
    """The rows as of then, of the deals and subscriptions that a policy permits."""
    import ibis

    from saleswright.history import rows as r

    day = r.day("day")
    deals = r.visible(schema, "deal", shape, ("account", "standing", "closed", "amount", "currency", "type"))
    deals = deals.filter(deals.standing == "won", deals.closed.notnull(), deals.closed <= day)
    deals = with_rates(deals, deals.closed)
    deals = deals.mutate(
        whose=deals.account.coalesce(deals.id), paid=converted(deals, deals.amount), lacks=lacks_rate(deals)
    )
    order = ibis.window(group_by=deals.whose, order_by=[deals.closed, deals.id])
    deals = deals.mutate(place=ibis.row_number().over(order))
    # A rate that is missing for any of its deals leaves the customer's amounts in the currency that has none.
    bought = deals.group_by("whose").aggregate(
        won=deals.closed.min(),
        last_won=deals.closed.max(),
        deals=deals.count(),
        revenue=money_sum(ibis.cases((deals.lacks, 0), else_=deals.paid)),
        lacking=ibis.cases((deals.lacks & deals.amount.notnull(), deals.currency)).max(),
    )
    first = deals.filter(deals.place == 0)
    first = first.select(
        k_whose=first.whose, deal=first.id, account=first.account, type=first.type,
        first_amount=ibis.cases((first.lacks, first.amount), else_=first.paid),
    )  # fmt: skip
    bought = bought.inner_join(first, bought.whose == first.k_whose).drop("k_whose")
    subs = r.visible(schema, "subscription", shape, ("account", "starts", "ends", "monthly"))
    subs = subs.filter(subs.account.notnull(), subs.starts <= day)
    running = (subs.ends.isnull() | (subs.ends > day)) & (subs.monthly.isnull() | (subs.monthly != 0))
    held = subs.group_by(s_whose=subs.account).aggregate(running=count_of(running))
    both = bought.outer_join(held, bought.whose == held.s_whose)
    gap = both.last_won.delta(both.won, unit="day")
    since = day.delta(both.last_won, unit="day")
    # Twice the mean time between its own purchases, without dividing: days since x gaps against 2 x days of all gaps.
    bought_lately = ibis.cases((both.deals > 1, since * (both.deals - 1) <= TIMES * gap), else_=since <= ONCE)
    in_force = (both.running > 0).fill_null(False)
    return both.select(
        "deal", "type", "won", "last_won", "deals", "first_amount", "revenue",
        id=both.whose.coalesce(both.s_whose), account=both.account.coalesce(both.s_whose),
        currency=both.lacking.fill_null(r.text("cur")), in_force=in_force,
        active=in_force | bought_lately.fill_null(False),
    )  # fmt: skip


CUSTOMER = Made(
    ENTITY,
    build,
    of=("deal", "subscription", "account"),
    told={"": (("deal", "account"), ("deal", "closed"))},
)
