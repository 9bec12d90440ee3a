"""What was expected to close in a period as it began, and what became of it? One row for each deal on the opening list.

On the list stands who was open, qualified and due in the period on the evening before its first day, as known then; so what
comes in or is moved in later is not on it. `became` is how the deal stands at the period's end, or now where that is still
to come: won, lost, pushed (open, due later), pulled (open, due earlier than the period), undated, or still due. Formulas 7.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from saleswright.history.schema import Entity, Field
from saleswright.kernel.policy import COMPANY
from saleswright.measure.metrics.made.kind import Made

if TYPE_CHECKING:
    import ibis.expr.types as ir

FIELDS = (
    Field("deal", "deal", meaning="The deal that was expected"),
    Field("was_due", "date", meaning="When it was expected to close, as the period began"),
    Field("due", "date", meaning="When it is expected to close, at the period's end or now"),
    Field(
        "became", "text", dimension=True, meaning="won, lost, disqualified, pushed, pulled, undated, gone or still due"
    ),
    Field("standing", "text", dimension=True, meaning="What became of it"),
    Field("owner", "person", dimension=True, meaning="Who owned it as the period began"),
    Field("stage", "text", dimension=True, meaning="The stage it was in as the period began"),
    Field("type", "text", dimension=True, meaning="What kind of sale it was"),
    Field("amount", "money", "currency", meaning="What it was worth as the period began"),
    Field("currency", "text", dimension=True, meaning="Currency of the amount"),
)
ENTITY = Entity("expected", FIELDS)
KEPT = ("standing", "qualified", "expected_close", "owner", "stage", "type", "amount", "currency")


def build(schema: Mapping[str, Entity], shape: str) -> ir.Table:
    """The rows of the period asked for, of the deals that a policy of this shape permits."""
    import ibis

    from saleswright.history import rows as r

    start, end = r.day("p_start"), r.day("p_end")
    t, k = r.moment("as_of"), r.moment("known")
    rows = r.table(schema["deal"], KEPT)
    told = rows.filter(rows.valid_from <= t, rows.known_from <= k, ~rows.removed)
    # Days in the workspace's zone: what began before the first day, as it was known before the first day.
    then = told.filter(
        r.local_day(told.valid_from) < start,
        r.local_day(told.valid_to) >= start,
        r.local_day(told.known_from) < start,
        r.local_day(told.known_to) >= start,
    )
    then = then.filter(
        then.standing == "open", then.qualified < start, then.expected_close >= start, then.expected_close < end
    )
    now = told.filter(told.known_to > k, r.local_day(told.valid_from) < end, r.local_day(told.valid_to) >= end)
    # Still running: what holds as of then.
    last = told.filter(told.known_to > k, told.valid_to > t)
    now = now.select(n_id=now.id, n_standing=now.standing, n_due=now.expected_close)
    last = last.select(l_id=last.id, l_standing=last.standing, l_due=last.expected_close)
    rows = then.select("id", "owner", "stage", "type", "amount", "currency", was_due=then.expected_close, deal=then.id)
    rows = rows.left_join(now, rows.id == now.n_id).left_join(last, rows.id == last.l_id)
    over = r.day("day") >= end
    rows = rows.mutate(
        standing=ibis.cases((over, rows.n_standing), else_=rows.l_standing),
        due=ibis.cases((over, rows.n_due), else_=rows.l_due),
    )
    rows = rows.mutate(
        became=ibis.cases(
            (rows.standing.isnull(), "gone"),
            (rows.standing != "open", rows.standing),
            (rows.due.isnull(), "undated"),
            (rows.due >= end, "pushed"),
            (rows.due < start, "pulled"),
            else_="still due",
        )
    ).select("id", *(field.name for field in FIELDS))
    if shape == COMPANY:
        return rows
    deals = r.visible(schema, "deal", shape, ()).select(k_id="id")
    return rows.semi_join(deals, rows.deal == deals.k_id)


EXPECTED = Made(ENTITY, build, tier=2, spans=True, told={"": (("deal", "expected_close"),)})
