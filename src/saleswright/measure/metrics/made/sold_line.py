"""What was sold at which price? One row for every line of a won deal, with what it lists for and what it cost us.

List and cost are the product's, times the quantity, in the line's own currency; where the product says them in another
one nothing is compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from saleswright.history.schema import Entity, Field
from saleswright.measure.metrics.made.kind import Made

if TYPE_CHECKING:
    import ibis.expr.types as ir

ENTITY = Entity(
    "sold_line",
    (
        Field("deal", "deal", meaning="The deal it belongs to"),
        Field("product", "product", dimension=True, meaning="What was sold"),
        Field("won", "date", meaning="The day the deal was won"),
        Field("net", "money", "currency", meaning="What the customer pays for the line"),
        Field("list", "money", "currency", meaning="What it lists for"),
        Field("discount", "money", "currency", meaning="List less net"),
        Field("cost", "money", "currency", meaning="What it costs us"),
        Field("margin", "money", "currency", meaning="Net less cost"),
        Field("currency", "text", meaning="Currency of the amounts"),
    ),
)


def build(schema: Mapping[str, Entity], shape: str) -> ir.Table:
    """The rows as of then, of the deals that a policy permits."""
    import ibis

    from saleswright.history import rows as r

    deals = r.visible(schema, "deal", shape, ("standing", "closed", "currency"))
    deals = deals.filter(deals.standing == "won")
    deals = deals.select(d_id=deals.id, won=deals.closed, d_currency=deals.currency)
    lines = r.as_of(r.table(schema["line_item"], ("deal", "product", "quantity", "price", "amount", "currency")))
    lines = lines.select("id", "deal", "product", "quantity", "price", "amount", "currency")
    lines = lines.inner_join(deals, lines.deal == deals.d_id)
    products = r.standing_now(r.table(schema["product"], ("price", "cost", "currency")))
    products = products.select(
        p_id=products.id, p_price=products.price, p_cost=products.cost, p_currency=products.currency
    )
    rows = lines.left_join(products, lines.product == products.p_id)
    currency = rows.currency.coalesce(rows.d_currency)
    same = (rows.p_currency.isnull() | (rows.p_currency == currency)) & rows.quantity.notnull()

    def times(price: ir.Column) -> ir.Column:
        return (price.cast("float64") * rows.quantity).round().cast("int64")

    net = rows.amount.coalesce(ibis.cases((rows.quantity.notnull(), times(rows.price))))
    listed, cost = ibis.cases((same, times(rows.p_price))), ibis.cases((same, times(rows.p_cost)))
    return rows.select(
        "id", "deal", "product", "won", net=net, list=listed, discount=listed - net, cost=cost, margin=net - cost,
        currency=currency,
    )  # fmt: skip


SOLD_LINE = Made(
    ENTITY,
    build,
    of=("line_item", "product", "deal"),
    told={
        "": (("line_item", "deal"), ("line_item", "product")),
        "list": (("product", "price"),),
        "discount": (("product", "price"),),
        "cost": (("product", "cost"),),
        "margin": (("product", "cost"),),
    },
)
