"""What is on its way, and what became of what went out? The list as faces show it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from saleswright.kernel import clock
from saleswright.kernel.effects.states import FACE
from saleswright.kernel.journal import open_journal
from saleswright.kernel.workspace import Workspace

MOST = 200
ORDER = ("unconfirmed", "failed", "waiting", "sent", "called off")
"""What needs somebody comes first."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One effect. age: hours since it was planned. settle: whether a person has to say what happened.

    key: the beginning of the key under which the other side has it, and of the identity of a mail.
    """

    id: int
    state: str
    what: str
    way: str
    request: int | None
    tries: int
    age: float
    changed: datetime
    said: str
    key: str
    settle: bool


def counts(workspace: Workspace) -> Counter[str]:
    """How many effects stand where, in the words of faces."""
    from sqlalchemy import func, select

    from saleswright.kernel.journal.tables import effect

    found: Counter[str] = Counter()
    journal = open_journal(workspace, create=False)
    if journal is None:
        return found
    with journal.read() as con:
        for state, count in con.execute(select(effect.c.state, func.count()).group_by(effect.c.state)):
            found[FACE[state]] += count
    return found


def listed(workspace: Workspace, state: str = "") -> list[Listed]:
    """The effects in a state, in the words of faces, the latest first, at most 200; of all states, where none is said."""
    from sqlalchemy import select

    from saleswright.kernel.journal.tables import effect

    journal = open_journal(workspace, create=False)
    if journal is None:
        return []
    rows: list[Any] = []
    with journal.read() as con:
        for word in [state] if state else ORDER:
            states = [name for name, shown in FACE.items() if shown == word]
            some = select(effect).where(effect.c.state.in_(states)).order_by(effect.c.changed.desc(), effect.c.id)
            rows += con.execute(some.limit(MOST - len(rows))).all()
    now = clock.now()
    return [_listed(row, now) for row in rows]


def _listed(row: Any, now: datetime) -> Listed:
    planned, changed = (datetime.fromtimestamp(at / 1_000_000, UTC) for at in (row.at, row.changed))
    return Listed(
        id=row.id,
        state=FACE[row.state],
        what=f"{row.intent} {row.subject}",
        way=row.adapter,
        request=row.request,
        tries=row.attempts,
        age=round(max((now - planned).total_seconds(), 0.0) / 3600, 1),
        changed=changed,
        said=row.said,
        key=row.key[:12],
        settle=row.state == "in_doubt",
    )
