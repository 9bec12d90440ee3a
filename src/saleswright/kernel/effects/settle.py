"""What does a person say of an effect that failed, or of which nobody can tell whether it went out?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from saleswright.kernel.effects import states
from saleswright.kernel.effects.adapter import Adapter, promise_of
from saleswright.kernel.effects.planning import carried, follow, move
from saleswright.kernel.journal import Journal, Writing
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import CONFLICT, USAGE, Issue, Stop

VERDICTS: Final[dict[str, str]] = {
    "happened": states.RESOLVED,
    "not": states.APPROVED,
    "give-up": states.FAILED,
}
"""happened: it had arrived. not: it had not, so it is sent again. give-up: it is not to be sent any more."""


def retry(journal: Journal, actor: str, number: int) -> str:
    """Send a failed effect again, with all its tries before it. Stop (conflict) for any other; gives its state."""
    return _settle(journal, actor, number, states.FAILED, states.APPROVED, "tried again by hand")


def resolve(journal: Journal, actor: str, number: int, verdict: str, because: str) -> str:
    """Say what became of an effect in doubt, and why that is known; gives its state. Stop for any other effect."""
    return _settle(journal, actor, number, states.IN_DOUBT, VERDICTS[verdict], because)


def call_off(journal: Journal, actor: str, number: int, because: str) -> str:
    """Call off an effect that was agreed to and has not gone out; its lines come to nothing. Stop for any other effect."""
    return _settle(journal, actor, number, states.APPROVED, states.CANCELLED, because)


def _settle(journal: Journal, actor: str, number: int, before: str, after: str, said: str) -> str:
    from sqlalchemy import select

    from saleswright.kernel.journal.tables import effect

    with journal.write(actor) as w:
        row = w.con.execute(select(effect).where(effect.c.id == number)).first()
        if row is None:
            raise Stop(
                Issue(f"effect {number}", "there is no such effect", "", "saleswright effects list"), exit_code=USAGE
            )
        if row.state != before:
            on_its_way = row.state == states.CLAIMED
            shown = "on its way" if on_its_way else states.FACE[row.state]
            what = f"it is {shown}, not {states.FACE[before]}"
            raise Stop(
                Issue(f"effect {number}", what, "so there is nothing to settle", "saleswright effects list"),
                exit_code=CONFLICT,
            )
        again = {"due": w.at, "attempts": 0, "lease": None, "worker": None} if after == states.APPROVED else {}
        move(w, row, after, said, **again)
        if after == states.CANCELLED:
            follow(w, row.request, carried(row), "withdrawn", said)
    return after


def park(w: Writing, adapters: Mapping[str, Adapter], workspace: Workspace) -> int:
    """Of a journal restored from a backup nobody can tell what went out since: what cannot be asked waits for a person.

    Gives how many were parked. What takes a key or can be asked goes on, for there nothing is doubled.
    """
    from sqlalchemy import select

    from saleswright.kernel.journal.tables import effect

    parked = 0
    on = effect.c.state.in_((states.APPROVED, states.CLAIMED, states.SENDING))
    for row in w.con.execute(select(effect).where(on).order_by(effect.c.id)).all():
        if promise_of(adapters, workspace, row.adapter) == "neither":
            parked += move(w, row, states.IN_DOUBT, "restored from a backup: it may have gone out since")
    return parked
