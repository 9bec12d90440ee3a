"""Who gets how much of the credit of a deal? One row for each deal and credited person, the shares of a deal summing to 1.

Where splits are told they hold, each as its part of all shares of the deal, so that what a team is credited counts the
deal once whatever the shares add up to; else the whole deal is its owner's. What is credited is cut to the minor unit by
running totals, so the parts of a deal sum to its amount exactly. Formulas 7.0.7.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from saleswright.history.schema import Entity, Field
from saleswright.kernel.policy import COMPANY
from saleswright.measure.metrics.made.deals import DEAL, OF_DEAL, STANDING
from saleswright.measure.metrics.made.kind import Made

if TYPE_CHECKING:
    import ibis.expr.types as ir

# A credited person's team is meant, not the one that the source keeps with the deal.
_OF_DEAL = {name: field for name, field in OF_DEAL.items() if name != "team"}
FIELDS = (
    DEAL,
    Field("share", "share", meaning="The share of the credit; the shares of a deal sum to 1"),
    Field("credited", "money", "currency", meaning="The share of the deal's amount, to the minor unit"),
    STANDING,
    *(_OF_DEAL | {"owner": Field("owner", "person", dimension=True, meaning="Who is credited")}).values(),
)
ENTITY = Entity("credit", FIELDS)
# Shares are whole parts of a million: sums of these are the same in any order and on any engine.
MILLION = 1_000_000


def build(schema: Mapping[str, Entity], shape: str) -> ir.Table:
    """The rows as of then: id, deal, owner (who is credited), share, credited and the deal's own fields.

    Under a narrower policy those of the people it permits, whoever owns the deal.
    """
    import ibis

    from saleswright.history import rows as r

    deals = r.as_of(r.table(schema["deal"], {*_OF_DEAL, "standing"}))
    # Looked up, not reported: who shares a deal is known from the first time it is told, and holds before it.
    told = r.standing_now(r.table(schema["split"], {"deal", "person", "share"}))
    told = told.filter(~told.removed).mutate(parts=lambda t: (t.share * MILLION).round().cast("int64"))
    told = told.filter(told.parts > 0, told.person.notnull(), told.deal.notnull())
    told = told.group_by(of=told.deal, who=told.person).aggregate(parts=told.parts.sum().cast("int64"))
    running = ibis.window(group_by="of", order_by="who", rows=(None, 0))
    told = told.mutate(upto=told.parts.sum().over(running).cast("int64"))
    told = told.mutate(whole=told.parts.sum().over(ibis.window(group_by="of")).cast("int64"))
    rows = deals.left_join(told, deals.id == told.of)
    alone = rows.of.isnull()
    rows = rows.mutate(
        deal=rows.id,
        owner=ibis.cases((alone, rows.owner), else_=rows.who),
        id=ibis.cases((alone, rows.id), else_=rows.id.concat("/").concat(rows.who)),
        share=ibis.cases((alone, ibis.literal(1.0)), else_=rows.parts.cast("float64") / rows.whole.cast("float64")),
        credited=ibis.cases(
            (alone, rows.amount),
            else_=r.exchange(rows.amount, rows.upto, rows.whole)
            - r.exchange(rows.amount, rows.upto - rows.parts, rows.whole),
        ),
    ).select("id", *(field.name for field in FIELDS))
    if shape == COMPANY:
        return rows
    allowed = r.people(schema, shape)
    return rows.semi_join(allowed, rows.owner == allowed.id)


CREDIT = Made(ENTITY, build, of=("deal", "split"), told={"": (("deal", "created"),), "credited": (("deal", "amount"),)})
