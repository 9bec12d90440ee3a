"""When was a close date moved? One row for each time, of open deals, from their versions as known then: pushes are moves
to a later day, pulls to an earlier one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from saleswright.history.schema import Entity, Field
from saleswright.measure.metrics.made.deals import versions
from saleswright.measure.metrics.made.kind import Made

if TYPE_CHECKING:
    import ibis.expr.types as ir

FIELDS = (
    Field("deal", "deal", meaning="The deal whose close date was moved"),
    Field("pushed", "moment", meaning="When it was moved"),
    Field("was_due", "date", meaning="The close date before"),
    Field("due", "date", meaning="The close date after"),
    Field("days", "int", "days", meaning="By how many days it was moved"),
    Field("amount", "money", "currency", meaning="What the deal was worth then"),
    Field("currency", "text", dimension=True, meaning="Currency of the amount"),
    Field("owner", "person", dimension=True, meaning="Who owned the deal then"),
    Field("stage", "text", dimension=True, meaning="The stage it was in"),
    Field("type", "text", dimension=True, meaning="What kind of sale it was"),
)
ENTITY = Entity("push", FIELDS)
EARLIER = Entity("pull", FIELDS)


def build(schema: Mapping[str, Entity], shape: str) -> ir.Table:
    """Moves to a later day as of then, of the deals that a policy of this shape permits."""
    return _moved(schema, shape, later=True)


def build_pulls(schema: Mapping[str, Entity], shape: str) -> ir.Table:
    """Moves to an earlier day as of then, of the deals that a policy of this shape permits."""
    return _moved(schema, shape, later=False)


def _moved(schema: Mapping[str, Entity], shape: str, later: bool) -> ir.Table:
    import ibis

    from saleswright.history import rows as r

    rows = versions(schema, {"expected_close", "standing", "owner", "stage", "type", "amount", "currency"})
    # A version that does not say when it is due says nothing of a move.
    rows = rows.filter(rows.expected_close.notnull())
    order = ibis.window(group_by="id", order_by="valid_from")
    rows = rows.mutate(was_due=rows.expected_close.lag().over(order), was=rows.standing.lag().over(order))
    rows = rows.filter(rows.standing == "open", rows.was == "open")
    rows = rows.filter(rows.expected_close > rows.was_due if later else rows.expected_close < rows.was_due)
    number = ibis.row_number().over(ibis.window(group_by="id", order_by="valid_from"))
    rows = rows.mutate(number=number)
    rows = rows.select(
        "was_due",
        "owner",
        "stage",
        "type",
        "amount",
        "currency",
        id=rows.id.concat("/").concat((rows.number + 1).cast("string")),
        deal=rows.id,
        pushed=rows.valid_from,
        due=rows.expected_close,
        days=_days(rows, later),
    )
    deals = r.visible(schema, "deal", shape, ()).select(k_id="id")
    return rows.semi_join(deals, rows.deal == deals.k_id)


def _days(rows: ir.Table, later: bool) -> ir.Value:
    first, last = (rows.was_due, rows.expected_close) if later else (rows.expected_close, rows.was_due)
    return last.delta(first, unit="day").cast("int64")


_TOLD = {"": (("deal", "expected_close"),)}
PUSH = Made(ENTITY, build, tier=2, told=_TOLD)
PULL = Made(EARLIER, build_pulls, tier=2, told=_TOLD)
