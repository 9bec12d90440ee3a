"""What is a deal worth, said another way, and how old is it? A year of it, the whole contract, what its stage makes of it.

One amount is called ACV, ARR, TCV or monthly by whoever keeps it, and they are never added across meanings. Where the deal
says which it is and how long the contract runs, each follows from the other: a year is 12/term of the whole, the first
year no more than the whole. Cut once per deal to the minor unit, half-even. Formulas 7.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from saleswright.history.schema import Entity, Field
from saleswright.measure.metrics.made.deals import FIELDS
from saleswright.measure.metrics.made.kind import Made

if TYPE_CHECKING:
    import ibis.expr.types as ir

TOLD = (
    Field("annual", "money", "currency", meaning="A year of it (ACV); empty where the meaning or the term is not told"),
    Field("whole", "money", "currency", meaning="The whole contract (TCV); empty where it is not told"),
    Field("first_year", "money", "currency", meaning="What falls into the first year; empty where it is not told"),
    Field("by_stage", "money", "currency", meaning="The amount times the stage's percentage in the source"),
    Field("until", "date", meaning="The day it was decided; of an open deal the as-of day"),
    Field("age", "int", "days", meaning="Days since it was qualified, of an open deal"),
    Field("age_from_created", "int", "days", meaning="Days since it was created, of an open deal"),
)
ENTITY = Entity("worth", (*FIELDS, *TOLD))
MILLION = 1_000_000


def build(schema: Mapping[str, Entity], shape: str) -> ir.Table:
    """One row for each deal as of then that a policy of this shape permits."""
    import ibis

    from saleswright.history import rows as r

    names = {field.name for field in FIELDS} - {"deal"}
    rows = r.visible(schema, "deal", shape, names)
    told = rows.amount_meaning.upper()
    yearly, monthly, all_of_it = told.isin(["ACV", "ARR"]), told.isin(["MONTHLY", "MRR"]), told == "TCV"
    amount, term = rows.amount, ibis.cases((rows.term_months > 0, rows.term_months))
    first = ibis.least(term, 12)
    twelve = ibis.literal(12, type="int64")
    one = ibis.literal(1, type="int64")
    standing = rows.standing == "open"
    today = r.day("day")
    share = (rows.probability * MILLION).round().cast("int64")
    return rows.mutate(
        deal=rows.id,
        annual=ibis.cases(
            (yearly, amount), (monthly, r.exchange(amount, twelve, one)), (all_of_it, r.exchange(amount, twelve, term))
        ),
        whole=ibis.cases(
            (yearly, r.exchange(amount, term, twelve)), (monthly, r.exchange(amount, term, one)), (all_of_it, amount)
        ),
        first_year=ibis.cases(
            (yearly, r.exchange(amount, first.fill_null(12), twelve)),
            (monthly, r.exchange(amount, first, one)),
            (all_of_it, r.exchange(amount, first, term)),
        ),
        by_stage=r.exchange(amount, share, ibis.literal(MILLION, type="int64")),
        until=ibis.cases((standing, today), else_=rows.closed),
        age=ibis.cases((standing, today.delta(rows.qualified, unit="day").cast("int64"))),
        age_from_created=ibis.cases((standing, today.delta(rows.created, unit="day").cast("int64"))),
    ).select("id", *(field.name for field in ENTITY.fields))


CONTRACT = (("deal", "amount"), ("deal", "amount_meaning"), ("deal", "term_months"))
TOLD_BY = {
    "": (("deal", "created"),),
    "annual": CONTRACT,
    "whole": CONTRACT,
    "first_year": CONTRACT,
    "by_stage": (("deal", "amount"), ("deal", "probability")),
    "until": (("deal", "closed"),),
    "age": (("deal", "qualified"),),
}
WORTH = Made(ENTITY, build, told=TOLD_BY)
