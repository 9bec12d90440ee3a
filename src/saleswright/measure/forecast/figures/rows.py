"""Which deals stand behind a figure of the forecast? Each with its amount, its chance in the period and what is expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Cell, Column, Figure, Table
from saleswright.lib.money import Money
from saleswright.measure.flow.waterfall.deal_facts import told
from saleswright.measure.metrics.dimensions import names
from saleswright.measure.metrics.opened_rows import PAGE

if TYPE_CHECKING:
    from saleswright.measure.forecast.outlook.asked import Forecast

COLUMNS = (
    Column("id", "Id", "ref"),
    Column("deal", "Deal"),
    Column("account", "Account"),
    Column("owner", "Owner"),
    Column("stage", "Stage"),
    Column("amount", "Amount", "money"),
    Column("chance", "Chance in the period", "share"),
    Column("expected", "Expected", "money"),
)


def rows(at: Snapshot, one: Forecast, member: tuple[str, str] | None, page: int) -> Table:
    """A page of the open deals, of which most is expected first; on the last one what is won and what is still to come.

    member: (split, member) that a figure is of; the forecast was then made by that split.
    """
    told_, means = one.foretold, one.foretold.means
    expected = told_.amount * told_.chance
    mine = expected > 0
    if member is not None:
        part = told_.parts(member[0])[member[1]]
        mine, means = mine & part.mine, part.means
    places = np.flatnonzero(mine)
    places = places[np.lexsort((told_.now.deal[places], -expected[places]))]
    shown = places[(page - 1) * PAGE : page * PAGE].tolist()
    ids = [told_.now.ids[int(told_.now.deal[place])] for place in shown]
    facts = told(at, ids)
    owners = names(at, "person", {fact.owner for fact in facts.values() if fact.owner})
    found: list[tuple[Cell | Figure, ...]] = []
    for place, id_ in zip(shown, ids, strict=True):
        fact = facts.get(id_)
        found.append(
            (
                id_,
                (fact.name or fact.account or id_) if fact else id_,
                fact.account if fact else None,
                owners.get(fact.owner, fact.owner) if fact else None,
                fact.stage if fact else None,
                None if told_.now.unknown[place] else Money(int(told_.now.amount[place]), at.currency),
                float(told_.chance[place]),
                Money(round(float(expected[place])), at.currency),
            )
        )
    if page * PAGE >= places.size:
        found.append(_line("Won so far", means.won, at.currency))
        found.append(_line("Still to be created and closed", means.coming, at.currency))
    return Table("rows", COLUMNS, tuple(found), "Open deals, and what stands beside them", int(places.size))


def _line(words: str, minor: float, currency: str) -> tuple[Cell | Figure, ...]:
    return None, words, None, None, None, None, None, Money(round(minor), currency)
