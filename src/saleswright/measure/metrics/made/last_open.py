"""What was a deal worth when it was last open? Many a CRM sets the amount of a lost deal to nothing.

One row for each deal, with the amount and the currency of its last open version that had one, as known then; where the
record keeps no such version, the amount as it stands, and `of_then` says which. Formulas 7.1, lost value rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from saleswright.history.schema import Entity, Field
from saleswright.measure.metrics.made.deals import FIELDS, versions
from saleswright.measure.metrics.made.kind import Made

if TYPE_CHECKING:
    import ibis.expr.types as ir

TOLD = (
    Field("amount_when_open", "money", "currency", meaning="The amount of the last open version that had one"),
    Field("of_then", "bool", meaning="Is it that of an open version, or, for want of one, the amount as it stands?"),
)
ENTITY = Entity("last_open", (*FIELDS, *TOLD))


def build(schema: Mapping[str, Entity], shape: str) -> ir.Table:
    """One row for each deal as of then that a policy of this shape permits."""
    from saleswright.history import rows as r

    names = {field.name for field in FIELDS} - {"deal"}
    rows = r.visible(schema, "deal", shape, names)
    seen = versions(schema, {"standing", "amount", "currency"})
    seen = seen.filter(seen.standing == "open", seen.amount.notnull())
    seen = seen.group_by(of=seen.id).aggregate(
        k_amount=seen.amount.argmax(seen.valid_from), k_currency=seen.currency.argmax(seen.valid_from)
    )
    rows = rows.left_join(seen, rows.id == seen.of)
    return rows.mutate(
        deal=rows.id,
        amount_when_open=rows.k_amount.coalesce(rows.amount),
        currency=rows.k_currency.coalesce(rows.currency),
        of_then=rows.k_amount.notnull(),
    ).select("id", *(field.name for field in ENTITY.fields))


LAST_OPEN = Made(ENTITY, build, told={"": (("deal", "created"),), "amount_when_open": (("deal", "amount"),)})
