"""The faces of roll."""

from __future__ import annotations

from typing import Annotated, Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import Arg, action
from saleswright.kernel.report import Block, Column, Report, Table
from saleswright.measure.flow.waterfall.since import SinceText
from saleswright.measure.metrics.actions import PeriodText, Where
from saleswright.measure.metrics.asked import catalogue
from saleswright.measure.review.roll import roll as rolled
from saleswright.measure.review.rolled import Roll

TOP = 20


@action(effect="read", name="review roll", example={"since": ""}, title="What changed since last Monday?")
def roll(
    at: Snapshot,
    since: SinceText = "",
    period: PeriodText = "",
    where: Where = (),
    top: Annotated[int, Arg("int", "how many of the deals that moved to list")] = TOP,
) -> Report:
    """Say what changed since last Monday: won, to go, from how much open; every line from then to now; who moved most.

    The bridge opens at the closing figure of that day and its lines sum to the cent. Past due deals that got a new date
    stand on their own line, and so does what was entered late. It needs the CRM's history or two exports.
    """
    made = rolled(at, since, period, where, max(0, top))
    blocks: list[Block] = [made.won, made.to_go, made.open, made.won_since, made.pushed, made.lost]
    if made.bridge is not None and made.by_deals is not None:
        blocks += [made.bridge, made.by_deals, _table(made)]
    blocks += made.notes
    _, issues = catalogue(at)
    day = f"{made.since.day} {made.since:%b}"
    return Report(
        f"What changed since {made.since:%a} {day}?",
        blocks,
        lede=made.headline,
        issues=(*issues, *at.stale),
        next=("saleswright measure open_pipeline --by due", "saleswright measure won_value --by owner"),
    )


def _table(made: Roll) -> Table:
    columns = (
        Column("deal", "Deal"),
        Column("line", "Line"),
        Column("owner", "Owner"),
        Column("what", "What happened"),
        Column("amount", "Amount", "money"),
        Column("id", "Id", "ref"),
    )
    rows = tuple((m.name, m.amount.label, m.owner_name, m.words, m.amount.value, m.id) for m in made.moved)
    return Table(
        "moved",
        columns,
        rows,
        "Which deals moved most?",
        total=made.moving,
    )


ACTIONS: tuple[Any, ...] = (roll,)
