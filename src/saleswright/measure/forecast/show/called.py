"""What do people call for the period, to stand beside the model? Read from the call sheet; neither changes the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saleswright.history.snapshot import Snapshot
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.forecast.show.shown import Called
from saleswright.measure.metrics.apart import Pairs

if TYPE_CHECKING:
    from saleswright.measure.forecast.calls.sheet import Sheet


def sheet(at: Snapshot, period: Period, where: Pairs) -> Sheet | None:
    """The call sheet of the period; None where only a part is asked about, or who asks may not see calls."""
    from saleswright.measure.forecast.calls.sheet import sheet as made

    if where:
        return None
    try:
        return made(at, str(period), with_model=False)
    except Stop:
        return None


def total(found: Sheet | None, where: Pairs) -> Called:
    """The calls of the top that are in, added; whoever is not in is outside and counted."""
    if found is None:
        return Called(
            None,
            reason="calls are made for people, not for a part of the deals" if where else "calls are not shown here",
        )
    number = found.total.number
    if not isinstance(number.amount, Money):
        return Called(
            None, 0, number.of, found.reason or ("no call is in" if number.of else "nobody calls in this company")
        )
    return Called(number.amount.minor, len(number.into), number.of)


def missing(found: Sheet | None, split: str) -> set[str]:
    """Who is asked for a call and is not in."""
    return {row.person for row in found.out} if found is not None and split == "owner" else set()


def by(found: Sheet | None, split: str) -> dict[str, int]:
    """What each person calls who is in, in minor units; a call is a person's, so only the split by owner has them."""
    if found is None or split != "owner":
        return {}
    held = ((row.person, row.held.call) for row in found.rows if row.state == "in" and not row.leads)
    return {person: call.amount.minor for person, call in held if call is not None and call.amount is not None}
