"""Which effects are this worker's now? Claimed under a lease, and taken over when a lease is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from saleswright.kernel.call import App
from saleswright.kernel.effects import states
from saleswright.kernel.effects.judge import RECHECK, Way, in_hand, judge, places_of, still_of, wait
from saleswright.kernel.effects.planning import move
from saleswright.kernel.effects.rows import moment, read
from saleswright.kernel.effects.terms import Terms
from saleswright.kernel.journal import Journal
from saleswright.kernel.workspace import Workspace

ACTOR = "outbox"
"""Under which name workers write records."""
GONE = "it may have gone out: the worker was gone before it was confirmed"


def waiting(journal: Journal) -> bool:
    """Is there anything that a worker could take now?"""
    from sqlalchemy import or_, select

    from saleswright.kernel.journal.tables import effect

    now = moment()
    with journal.read() as con:
        some = select(effect.c.id).where(or_(_due(now), _expired(now))).limit(1)
        return con.execute(some).first() is not None


def expired(
    journal: Journal, worker: str, terms: Terms, promise: Callable[[str], str]
) -> tuple[list[Any], Counter[str]]:
    """What workers that are gone left behind: (what this worker has to settle now, how many came to which state).

    Not begun: approved again. Perhaps gone out, and nobody can be asked: in doubt, for a person.
    """
    from sqlalchemy import select

    from saleswright.kernel.journal.tables import effect

    now = moment()
    came: Counter[str] = Counter()
    mine = []
    found = select(effect).where(_expired(now)).order_by(effect.c.lease, effect.c.id).limit(terms.batch)
    with journal.read() as con:
        if con.execute(found).first() is None:
            return [], came
    with journal.write(ACTOR) as w:
        for row in w.con.execute(found).all():
            if row.state == states.CLAIMED:
                move(w, row, states.APPROVED, row.said, lease=None, worker=None)
                came[states.APPROVED] += 1
            elif promise(row.adapter) == "neither":
                move(w, row, states.IN_DOUBT, row.said or GONE)
                came[states.IN_DOUBT] += 1
            else:
                move(w, row, states.SENDING, row.said, worker=worker, lease=now + int(terms.lease * 1_000_000))
                mine.append(read(w.con, row.id))
    return mine, came


def due(
    app: App, workspace: Workspace, journal: Journal, worker: str, terms: Terms, way: Way
) -> tuple[list[Any], Counter[str]]:
    """Claim what is due, the oldest first, in one transaction: (the claimed, how many came to another state instead)."""
    from sqlalchemy import select

    from saleswright.kernel.journal.tables import effect

    found = select(effect).where(_due(moment())).order_by(effect.c.due, effect.c.id).limit(terms.batch)
    with journal.read() as con:
        if con.execute(found).first() is None:
            return [], Counter()
    came: Counter[str] = Counter()
    mine = []
    with journal.write(ACTOR) as w:
        rows = w.con.execute(found).all()
        against = still_of(app, workspace, w, rows)
        changed = {row.id: places_of(w, row) for row in rows}
        held = in_hand(w, (place for places in changed.values() for place in places))
        for row in rows:
            places = changed[row.id]
            if other := next((held[place] for place in places if place in held), None):
                wait(w, row, f"effect {other} changes the same and is not settled yet", RECHECK / 12)
                continue
            state, row = judge(way, workspace, w, row, against)
            if state == states.CLAIMED:
                lease = {"worker": worker, "lease": moment() + int(terms.lease * 1_000_000)}
                move(w, row, state, row.said, **lease)
                mine.append(read(w.con, row.id))
                held |= dict.fromkeys(places, row.id)
            elif state:
                came[state] += 1
    return mine, came


def _due(now: int) -> Any:
    from saleswright.kernel.journal.tables import effect

    return (effect.c.state == states.APPROVED) & (effect.c.due <= now)


def _expired(now: int) -> Any:
    from saleswright.kernel.journal.tables import effect

    return effect.c.state.in_((states.CLAIMED, states.SENDING)) & (effect.c.lease <= now)
