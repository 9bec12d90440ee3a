"""What has waited too long? A request that nobody decided in time ends, noticed by whoever asks next."""

from __future__ import annotations

from typing import Any

from saleswright.kernel.clock import now
from saleswright.kernel.door.settled import ENDED, drop
from saleswright.kernel.door.told import Told, told_all
from saleswright.kernel.door.words import counted, day
from saleswright.kernel.journal import Writing, open_journal
from saleswright.kernel.workspace import Workspace

NOTICED = "saleswright"
"""Under which name it is written down: nobody decided it."""


def microseconds() -> int:
    """Now, as the journal counts."""
    return int(now().timestamp() * 1_000_000)


def overdue(con: Any) -> list[int]:
    """Requests whose time has passed and that still stand as open."""
    from sqlalchemy import select

    from saleswright.kernel.journal.tables import request

    late = (request.c.state == "open") & (request.c.expires <= microseconds())
    return [row.id for row in con.execute(select(request.c.id).where(late).order_by(request.c.id))]


def expire(workspace: Workspace) -> list[int]:
    """Write down what has expired, each with one record; gives their numbers. Nothing is written where nothing has."""
    journal = open_journal(workspace, create=False)
    if journal is None:
        return []
    with journal.read() as con:
        late = overdue(con)
    if not late:
        return []
    with journal.write(NOTICED) as w:
        # Asked again under the lock: somebody may have decided, or noticed, meanwhile.
        found = told_all(w.con, overdue(w.con), effects=False)
        for told in found:
            end(w, told, workspace.zone)
    return [told.id for told in found]


def end(w: Writing, told: Told, zone: str) -> tuple[str, str]:
    """This request has expired: its open lines come to nothing. Gives (state, sentence): what was decided in time holds."""
    from saleswright.kernel.journal.tables import request

    on = day(int(told.expires.timestamp() * 1_000_000), zone)
    ns = [line.n for line in told.open]
    passed = len(ns) < len(told.lines) and any(line.state not in ENDED for line in told.lines if line.n not in set(ns))
    who = f"{counted(len(ns), 'line')} of it" if passed else "it"
    said = f"{who} expired on {on} without a decision"
    drop(w, told, ns, "expired", f"it expired on {on} without a decision")
    state = "approved" if passed else "expired"
    w.con.execute(request.update().where(request.c.id == told.id).values(state=state))
    w.record("expired", f"request:{told.id}", {"lines": ns, "state": state, "said": said})
    return state, said
