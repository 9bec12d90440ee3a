"""Which stages did a deal visit, and how did it leave each? One row for each visit of a deal to an open stage.

Visits are read from the deal's versions as known then. A deal enters a stage when its stage or its pipeline changes; it
leaves it with the next such change. `went` says how this visit ended; `became` says what the entry came to by now: it
advanced when the deal ever reached a later stage of its pipeline (jumping over stages counts) or was won, in whatever
pipeline, else it was lost, handed off to another pipeline, fell back, or is still there, so that the five sum to the entries.

No export tells the order of stages, so it is the record's own: of two stages that one is later which most deals that were
in both, in one pipeline, came to later; a stage stands behind all that are earlier so. It is that of the whole record as of
then, whoever asks. Formulas 7.1 [R64].
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from saleswright.history.schema import Entity, Field
from saleswright.measure.metrics.made.deals import versions
from saleswright.measure.metrics.made.kind import Made

if TYPE_CHECKING:
    import ibis.expr.types as ir

FIELDS = (
    Field("deal", "deal", meaning="The deal that entered"),
    Field("stage", "text", dimension=True, meaning="The stage it entered"),
    Field("pipeline", "text", dimension=True, meaning="The pipeline of the stage"),
    Field("entered", "moment", meaning="When it came in"),
    Field("left", "moment", meaning="When it left; empty while it is there"),
    Field("next_stage", "text", dimension=True, meaning="The stage it went to; empty while it is there"),
    Field("went", "text", dimension=True, meaning="forward, back, handed off, won, lost, disqualified or still there"),
    Field("became", "text", dimension=True, meaning="advanced, lost, handed off, back or still there, as of then"),
    Field("first_visit", "bool", meaning="Is it the deal's first visit to the stage?"),
    Field("last_visit", "bool", meaning="Is it the deal's last visit to the stage?"),
    Field("days", "int", "days", meaning="Days of this visit; empty while it is there"),
    Field("days_in_all", "int", "days", meaning="Days of all visits of the deal to the stage; empty while it is there"),
    Field("owner", "person", dimension=True, meaning="Who owned the deal as it came in"),
    Field("type", "text", dimension=True, meaning="What kind of sale, as the deal came in"),
    Field("amount", "money", "currency", meaning="What the deal was worth as it came in"),
    Field("currency", "text", dimension=True, meaning="Currency of the amount"),
    Field("place", "int", meaning="How many stages this one comes after"),
)
ENTITY = Entity("stage_entry", FIELDS)
# Behind every open stage; and what is never ahead of one.
WON, GONE = 1_000_000, -1


def build(schema: Mapping[str, Entity], shape: str) -> ir.Table:
    """The rows as of then, as known then, of the deals that a policy of this shape permits."""
    import ibis

    from saleswright.history import rows as r

    entries = _entries(schema)
    places = _places(entries)
    entries = entries.left_join(places, entries.stage == places.of).drop("of")
    order = ibis.window(group_by="deal", order_by="entered")
    of_stage = ibis.window(group_by=["deal", "line", "stage"])
    open_ = entries.standing == "open"
    entries = entries.mutate(
        place=ibis.cases((open_, entries.place.fill_null(0)), (entries.standing == "won", WON), else_=GONE),
        number=ibis.row_number().over(order),
        visit=ibis.row_number().over(ibis.window(group_by=["deal", "line", "stage"], order_by="entered")),
        visits=entries.deal.count().over(of_stage),
        left=entries.entered.lead().over(order),
        next_stage=entries.stage.lead().over(order),
        next_standing=entries.standing.lead().over(order),
        next_line=entries.line.lead().over(order),
    )
    after = ibis.window(group_by=["deal", "line"], order_by="entered", rows=(1, None))
    ever_after = ibis.window(group_by="deal", order_by="entered", rows=(1, None))
    days = r.local_day(entries.left).delta(r.local_day(entries.entered), unit="day").cast("int64")
    entries = entries.mutate(
        ahead=ibis.greatest(
            entries.place.max().over(after).fill_null(GONE),
            ibis.cases((entries.standing == "won", WON), else_=GONE).max().over(ever_after).fill_null(GONE),
        ),
        next_place=entries.place.lead().over(order),
        days=days,
    )
    entries = entries.mutate(
        days_in_all=ibis.cases(
            (entries.days.count().over(of_stage) == entries.visits, entries.days.sum().over(of_stage).cast("int64"))
        )
    )
    # Where the deal stands now says what an entry that never advanced has come to.
    now = r.visible(schema, "deal", shape, {"standing", "pipeline"})
    now = now.select(k_id=now.id, k_standing=now.standing, k_line=now.pipeline.fill_null(""))
    whole = ibis.window(group_by="deal", order_by="entered", rows=(None, None))
    entries = entries.mutate(last_place=entries.place.last().over(whole))
    rows = entries.inner_join(now, entries.deal == now.k_id)
    rows = rows.filter(rows.standing == "open")
    return rows.mutate(
        id=rows.deal.concat("/").concat((rows.number + 1).cast("string")),
        went=_went(rows),
        became=_became(rows),
        first_visit=rows.visit == 0,
        last_visit=rows.visit + 1 == rows.visits,
    ).select("id", *(field.name for field in FIELDS))


def _entries(schema: Mapping[str, Entity]) -> ir.Table:
    """Every change of a deal's stage or pipeline, the closing ones too, with the deal as it stood then."""
    import ibis

    kept = ("stage", "standing", "pipeline", "owner", "type", "amount", "currency")
    rows = versions(schema, set(kept))
    rows = rows.filter(rows.stage.notnull())
    order = ibis.window(group_by="id", order_by="valid_from")
    rows = rows.mutate(line=rows.pipeline.fill_null(""))
    rows = rows.mutate(was=rows.stage.lag().over(order), was_line=rows.line.lag().over(order))
    rows = rows.filter(rows.was.isnull() | (rows.was != rows.stage) | (rows.was_line != rows.line))
    return rows.select(*kept, "line", deal=rows.id, entered=rows.valid_from)


def _places(entries: ir.Table) -> ir.Table:
    """How many stages each open stage comes after: (of, place)."""
    came = entries.filter(entries.standing == "open")
    came = came.group_by("deal", "line", "stage").aggregate(first=came.entered.min())
    other = came.view()
    pairs = came.join(other, [came.deal == other.deal, came.line == other.line, came["first"] < other["first"]])
    pairs = pairs.select(early=came.stage, late=other.stage).group_by("early", "late").aggregate(n=lambda t: t.count())
    back = pairs.view()
    back = back.select(b_early=back.early, b_late=back.late, b_n=back.n)
    both = pairs.left_join(back, [pairs.early == back.b_late, pairs.late == back.b_early])
    both = both.filter(both.n > both.b_n.fill_null(0))
    return both.group_by(of=both.late).aggregate(place=both.count())


def _went(rows: ir.Table) -> ir.Value:
    import ibis

    return ibis.cases(
        (rows.left.isnull(), "still there"),
        (rows.next_standing != "open", rows.next_standing),
        (rows.next_line != rows.line, "handed off"),
        (rows.next_place < rows.place, "back"),
        else_="forward",
    )


def _became(rows: ir.Table) -> ir.Value:
    import ibis

    return ibis.cases(
        (rows.ahead > rows.place, "advanced"),
        (rows.k_standing.isin(["lost", "disqualified"]), "lost"),
        (rows.k_line != rows.line, "handed off"),
        (rows.last_place < rows.place, "back"),
        else_="still there",
    )


STAGE_ENTRY = Made(ENTITY, build, tier=2, told={"": (("deal", "stage"),)})
