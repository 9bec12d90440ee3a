"""What became of each customer in a period? One row for every account that paid something recurring at its start or end.

In force at a moment is a subscription that began before it and has not ended by it; `ends` is the first day without it. Of
an account that ends one day and begins again the next day or the day after nothing is gone: many sources write the last
day with service. A longer gap is a loss and, later, a return. A subscription that brings nothing (a trial) makes nobody a
customer; one whose amount is not told does, but adds to no amount. Both ends of the period are valued at the exchange
rate of its first day, so that a currency that moves is no expansion. An end that lies after the as-of day has not happened.

What comes in more is told apart by product: of one the account did not have it is cross-sell, unless another went away,
which is a change of plan; of one it had, more units are an upsell and the same units a rise of price. What went down
elsewhere in the same account is taken off the upsell first, so the three always sum to the expansion. Formulas 7.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from saleswright.history.schema import Entity, Field
from saleswright.measure.metrics.made.converted import converted, count_of, lacks_rate, money_sum, with_rates
from saleswright.measure.metrics.made.kind import Made

if TYPE_CHECKING:
    import ibis.expr.types as ir

ENTITY = Entity(
    "recurring",
    (
        Field("account", "account", dimension=True, meaning="The customer"),
        Field("owner", "person", dimension=True, meaning="Who looks after the account"),
        Field("opening", "date", meaning="The first day of the period"),
        Field("movement", "text", dimension=True, meaning="new, returned, kept, expanded, contracted or churned"),
        Field("at_start", "bool", meaning="Was it a customer when the period began?"),
        Field("at_end", "bool", meaning="Was it one when it ended?"),
        Field("net_loss", "int", meaning="Customers at its start less customers at its end: 1, 0 or -1"),
        Field("monthly_before", "money", "currency", meaning="What it paid each month when the period began"),
        Field("monthly_after", "money", "currency", meaning="What it paid each month when it ended"),
        Field("change", "money", "currency", meaning="The one less the other"),
        Field("kept", "money", "currency", meaning="What is left of what it paid, no more than that"),
        Field("given_up", "money", "currency", meaning="What is gone of what it paid: churn and contraction"),
        Field("contraction", "money", "currency", meaning="What a customer that stayed pays less"),
        Field("expansion", "money", "currency", meaning="What a customer that stayed pays more"),
        Field("cross_sell", "money", "currency", meaning="Expansion by products it did not have"),
        Field("upsell", "money", "currency", meaning="Expansion by more units of a product, or a higher plan"),
        Field("price_rise", "money", "currency", meaning="Expansion by the price of the same units"),
        Field("currency", "text", meaning="Currency of the amounts"),
    ),
)
# A part of the expansion needs what tells it apart.
PRODUCT, QUANTITY = ("subscription", "product"), ("subscription", "quantity")
TOLD = {
    "": (("subscription", "account"), ("subscription", "starts")),
    **dict.fromkeys(("monthly_before", "monthly_after", "kept", "given_up"), (("subscription", "monthly"),)),
    **dict.fromkeys(("change", "contraction", "expansion"), (("subscription", "monthly"),)),
    "cross_sell": (PRODUCT,),
    "upsell": (PRODUCT, QUANTITY),
    "price_rise": (PRODUCT, QUANTITY),
}
_READ = ("account", "product", "starts", "ends", "monthly", "quantity", "currency")


def build(schema: Mapping[str, Entity], shape: str) -> ir.Table:
    """The rows of the period bound as `p_start` and `p_end`, as of then, of the subscriptions that a policy permits."""
    from saleswright.history import rows as r

    accounts = _accounts(_lines(schema, shape))
    owners = r.standing_now(r.table(schema["account"], {"owner"}))
    owners = owners.select(k_id=owners.id, owner=owners.owner)
    return accounts.left_join(owners, accounts.account == owners.k_id).drop("k_id")


def _lines(schema: Mapping[str, Entity], shape: str) -> ir.Table:
    """Per account and product: what it paid and how many units it had at the period's two ends."""
    import ibis

    from saleswright.history import rows as r

    entity = schema["subscription"]
    one = ibis.interval(days=1)
    subs = r.visible(schema, "subscription", shape, _READ)
    subs = subs.filter(subs.account.notnull(), subs.starts.notnull()).mutate(next_day=(subs.ends + one).cast("date"))
    follows = subs.select(f_account=subs.account, f_starts=subs.starts).distinct()
    subs = subs.left_join(follows, [subs.account == follows.f_account, subs.next_day == follows.f_starts])
    until = ibis.cases((subs.f_account.notnull(), subs.next_day), else_=subs.ends)
    subs = subs.select("id", "account", "product", "starts", "currency", until=until)
    start = r.day("p_start")
    end = ibis.least(r.day("p_end"), (r.day("day") + one).cast("date"))
    moments = (start.cast("timestamp"), ibis.least(end.cast("timestamp"), r.moment("as_of")))
    for name, moment in zip(("b", "a"), moments, strict=True):
        # What it brought at that moment: an amount that changed since is another version of the subscription.
        kept = r.known(r.table(entity, {"monthly", "quantity"}))
        kept = kept.filter((kept.valid_from <= moment) | kept["first"], kept.valid_to > moment, ~kept.removed)
        kept = kept.select(k_id=kept.id, **{f"{name}_monthly": kept.monthly, f"{name}_quantity": kept.quantity})
        subs = subs.left_join(kept, subs.id == kept.k_id).drop("k_id")
    subs = with_rates(subs, start)
    lacks = lacks_rate(subs)
    columns: dict[str, Any] = {"lacking": ibis.cases((lacks, subs.currency)).max()}
    for name, day in (("b", start), ("a", end)):
        monthly = subs[f"{name}_monthly"]
        held = (subs.starts < day) & (subs.until.isnull() | (subs.until >= day)) & (monthly.isnull() | (monthly != 0))
        paid = converted(subs, monthly).fill_null(0)
        columns |= {
            f"{name}_held": count_of(held & (monthly.isnull() | (monthly > 0))),
            f"{name}_known": count_of(held & monthly.notnull()),
            f"{name}_paid": money_sum(ibis.cases((held, paid))).fill_null(0),
            f"{name}_units": ibis.cases((held, subs[f"{name}_quantity"])).sum(),
            f"{name}_uncounted": count_of(held & subs[f"{name}_quantity"].isnull()),
        }
    earlier = (subs.starts < start) & (subs.until < start)
    return subs.group_by("account", "product").aggregate(**columns, earlier=count_of(earlier))


def _accounts(lines: ir.Table) -> ir.Table:
    """Per account: the two balances, and what became of it between them."""
    import ibis

    from saleswright.history import rows as r

    change = lines.a_paid - lines.b_paid
    stays = (lines.b_held > 0) & (lines.a_held > 0)
    counted = (lines.b_uncounted == 0) & (lines.a_uncounted == 0)
    lines = lines.mutate(
        went=_count_if((lines.b_held > 0) & (lines.a_held == 0)),
        fresh=ibis.cases(((lines.b_held == 0) & (change > 0), change), else_=0),
        more=ibis.cases((stays & (change > 0) & (lines.a_units > lines.b_units), change), else_=0),
        dearer=ibis.cases((stays & (change > 0) & ~(lines.a_units > lines.b_units).fill_null(False), change), else_=0),
        less=ibis.cases((change < 0, -change), else_=0),
        untold=_count_if(lines.product.isnull() & ((lines.b_held > 0) | (lines.a_held > 0))),
        uncounted=_count_if(stays & (change > 0) & ~counted),
    )
    sums = ("b_held", "a_held", "b_known", "a_known", "b_paid", "a_paid", "went", "fresh", "more", "dearer", "less")
    whole = lines.group_by("account").aggregate(
        **{name: money_sum(lines[name]) for name in (*sums, "untold", "uncounted", "earlier")},
        lacking=lines.lacking.max(),
    )
    whole = whole.filter((whole.b_held > 0) | (whole.a_held > 0))
    start, end = whole.b_held > 0, whole.a_held > 0
    # A credit of more than all the rest is no payment to the customer.
    before = ibis.cases((~start, 0), (whole.b_known > 0, ibis.greatest(whole.b_paid, 0)))
    after = ibis.cases((~end, 0), (whole.a_known > 0, ibis.greatest(whole.a_paid, 0)))
    rows = whole.select(
        "account", "fresh", "more", "dearer", "less", "went", "untold", "uncounted",
        id=whole.account, opening=r.day("p_start"), at_start=start, at_end=end,
        net_loss=_count_if(start) - _count_if(end), monthly_before=before, monthly_after=after,
        currency=whole.lacking.fill_null(r.text("cur")), earlier=whole.earlier > 0,
    )  # fmt: skip
    return _movements(rows)


def _movements(rows: ir.Table) -> ir.Table:
    """What a balance lost and gained, and of what the gain is made."""
    import ibis

    change = rows.monthly_after - rows.monthly_before
    kept = ibis.least(rows.monthly_before, rows.monthly_after)
    stayed = rows.at_start & rows.at_end
    movement = ibis.cases(
        (~rows.at_start & rows.earlier, "returned"), (~rows.at_start, "new"), (~rows.at_end, "churned"),
        (change > 0, "expanded"), (change < 0, "contracted"), else_="kept",
    )  # fmt: skip
    upsold = rows.more + ibis.cases((rows.went > 0, rows.fresh), else_=0)
    across = ibis.cases((rows.went > 0, 0), else_=rows.fresh)
    grew = stayed & (change > 0)
    # What went down elsewhere is taken off the upsell first, then off the cross-sell, then off the price.
    upsell, rest = ibis.greatest(upsold - rows.less, 0), ibis.greatest(rows.less - upsold, 0)
    cross, rest = ibis.greatest(across - rest, 0), ibis.greatest(rest - across, 0)
    dearer = ibis.greatest(rows.dearer - rest, 0)
    told, counted = rows.untold == 0, (rows.untold == 0) & (rows.uncounted == 0)
    return rows.select(
        "id", "account", "opening", "at_start", "at_end", "net_loss", "monthly_before", "monthly_after", "currency",
        movement=movement, change=change, kept=ibis.cases((change.notnull(), kept)),
        given_up=rows.monthly_before - ibis.cases((change.notnull(), kept)),
        contraction=ibis.cases((stayed, ibis.greatest(-change, 0)), else_=ibis.cases((change.notnull(), 0))),
        expansion=ibis.cases((stayed, ibis.greatest(change, 0)), else_=ibis.cases((change.notnull(), 0))),
        cross_sell=ibis.cases((~grew, 0), (told, cross)),
        upsell=ibis.cases((~grew, 0), (counted, upsell)),
        price_rise=ibis.cases((~grew, 0), (counted, dearer)),
    )  # fmt: skip


def _count_if(held: Any) -> Any:
    import ibis

    return ibis.cases((held, 1), else_=0).cast("int64")


RECURRING = Made(
    ENTITY,
    build,
    of=("subscription", "account"),
    spans=True,
    told=TOLD,
)
