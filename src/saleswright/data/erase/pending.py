"""What was about to happen to a person who is erased? It is called off: a mark in place of a value is nothing to send."""

from __future__ import annotations

from typing import Any

from saleswright.data.erase import journal as log
from saleswright.data.erase.subject import Subject
from saleswright.kernel.journal import Writing

SAID = "the person it was about was erased"
UNSURE = f"{SAID}; whether it had gone out is not known"
AGAIN = ("planned", "approved", "claimed", "failed", "in_doubt")
"""States of an effect that may still go out, or go out again: then with marks in place of what was agreed to."""


def call_off(w: Writing, subject: Subject) -> int:
    """Call off what waits to go out, or could be sent again, and tells of the subject; refuse what is asked of them; gives
    how many. What is going out at this very moment cannot be held; it is told without them afterwards.
    """
    from sqlalchemy import select

    from saleswright.kernel.door.settled import settle, stand
    from saleswright.kernel.effects import states
    from saleswright.kernel.effects.planning import carried, move
    from saleswright.kernel.journal.tables import effect, line

    n = 0
    requests: set[int] = set()
    waiting = effect.c.state.in_(AGAIN)
    for row in w.con.execute(select(effect).where(waiting).order_by(effect.c.id)).all():
        unsure = row.state == states.IN_DOUBT
        said = UNSURE if unsure else SAID
        if log.changes("effect", row._mapping, ("payload",), subject) and move(w, row, states.CANCELLED, said):
            n += 1
            if row.request is not None:
                stand(
                    w, row.request, carried(row), "failed" if unsure or row.state == states.FAILED else "refused", said
                )
                requests.add(row.request)
    asked: dict[int, list[int]] = {}
    for row in w.con.execute(select(line).where(line.c.state == "open")).all():
        if log.changes("line", row._mapping, ("old", "new"), subject):
            asked.setdefault(row.request, []).append(row.n)
    for request, lines in asked.items():
        stand(w, request, lines, "refused", SAID)
        n += len(lines)
    for request in requests | set(asked):
        settle(w, request)
    return n


def found(con: Any, subject: Subject) -> int:
    """How much waits to go out that tells of the subject."""
    from sqlalchemy import select

    from saleswright.kernel.journal.tables import effect

    waiting = effect.c.state.in_(AGAIN)
    rows = con.execute(select(effect).where(waiting)).all()
    return sum(log.changes("effect", row._mapping, ("payload",), subject) for row in rows)
