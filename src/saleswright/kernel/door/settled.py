"""What follows from a yes or a no? The lines, their effects and the request come to where they stand then."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from saleswright.kernel.change import JOURNAL
from saleswright.kernel.door.told import Told, ToldLine
from saleswright.kernel.door.value import packed
from saleswright.kernel.journal import Writing
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import Issue, Stop

if TYPE_CHECKING:
    from saleswright.kernel.call import App

ENDED = ("refused", "moved", "expired", "withdrawn")


def payload(told: Told, line: ToldLine) -> dict[str, Any]:
    """One line as a way out is handed it: plain data, money with its currency."""
    return {
        "n": line.n,
        "entity": line.entity,
        "subject": line.subject,
        "field": line.field,
        "label": line.label,
        "old": line.old,
        "new": line.new,
        "reason": line.reason,
        "request": told.id,
        "title": told.title,
    }


def plan_each(app: App, w: Writing, told: Told, lines: Iterable[ToldLine]) -> None:
    """One effect for each line, waiting; none for what we write down ourselves or what goes out together."""
    from saleswright.kernel.effects.adapter import groups
    from saleswright.kernel.effects.planning import plan

    if told.adapter == JOURNAL or groups(app.adapters, told.adapter):
        return
    for line in lines:
        subject = ":".join((line.entity, line.subject, line.field))
        plan(w, told.id, line.n, told.adapter, "change", subject, f"{told.id}.{line.n}.{w.at}", payload(told, line))


def approve(app: App, workspace: Workspace, w: Writing, told: Told, lines: Collection[ToldLine]) -> dict[int, int]:
    """Let these lines go ahead; gives the numbers of the events that were written down at once, by line."""
    from saleswright.kernel.effects import planning as effects
    from saleswright.kernel.effects.adapter import groups

    ns = [line.n for line in lines]
    if not ns:
        return {}
    if told.adapter == JOURNAL:
        return _write_down(app, workspace, w, told, lines)
    stand(w, told.id, ns, "approved", "")
    if groups(app.adapters, told.adapter):
        which = hashlib.sha256(",".join(map(str, ns)).encode()).hexdigest()[:12]
        body = {"request": told.id, "title": told.title, "lines": [payload(told, line) for line in lines]}
        effects.plan(w, told.id, 0, told.adapter, "change", f"request:{told.id}", f"{told.id}.{which}.{w.at}", body)
        effects.approve(w, told.id, [0])
    else:
        effects.approve(w, told.id, ns)
    return {}


def _write_down(app: App, workspace: Workspace, w: Writing, told: Told, lines: Collection[ToldLine]) -> dict[int, int]:
    """Authored events, in the transaction of the decision: what was agreed to and what is known are never apart."""
    assert app.author is not None
    events: dict[int, int] = {}
    before = _events(w, told.undoes) if told.undoes else {}
    for line in lines:
        try:
            if line.new is None:
                seq = before.get((line.entity, line.subject, packed(line.old)))
                if seq is None:
                    raise Stop(Issue("", "what it would take back is not there any more"))
                events[line.n] = app.author(w, line.entity, line.old, removed=seq, workspace=workspace)
            else:
                events[line.n] = app.author(w, line.entity, line.new, workspace=workspace)
        except Stop as stop:
            # It was checked when it was asked; a kind of event may have changed since.
            stand(w, told.id, [line.n], "failed", stop.issues[0].what)
    stand(w, told.id, list(events), "applied", "")
    return events


def _events(w: Writing, request: int) -> dict[tuple[str, str, str], int]:
    """The records of the events that a request wrote down, by (kind, subject, its fields as kept)."""
    from sqlalchemy import func, select

    from saleswright.kernel.journal import tables as t

    # Of a decision whose words named an erased person what is left still says which events it wrote down.
    body = func.coalesce(t.erased.c.body, t.detail.c.body).label("body")
    both = t.record.join(t.detail, t.detail.c.seq == t.record.c.seq)
    asked = select(body).select_from(both.outerjoin(t.erased, t.erased.c.seq == t.detail.c.seq))
    asked = asked.where(t.record.c.subject == f"request:{request}", body.is_not(None))
    numbers: dict[int, int] = {}
    for row in w.con.execute(asked):
        numbers |= {int(n): int(seq) for n, seq in json.loads(bytes(row.body)).get("events", {}).items()}
    rows = w.con.execute(select(t.line).where(t.line.c.request == request, t.line.c.n.in_(list(numbers))))
    return {(row.entity, row.subject, row.new): numbers[row.n] for row in rows}


def drop(w: Writing, told: Told, ns: Collection[int], state: str, said: str) -> None:
    """These lines come to nothing: refused, moved, expired or withdrawn."""
    from saleswright.kernel.effects import planning as effects

    if ns:
        stand(w, told.id, ns, state, said)
        effects.cancel(w, told.id, ns, said)


def stand(w: Writing, request: int, ns: Collection[int], state: str, said: str) -> None:
    """Set where lines stand."""
    from saleswright.kernel.door import statements as ready

    every = sorted(ns)
    if len(every) <= ready.FEW:
        for n in every:
            ready.STAND(w.con, of=request, line=n, state_=state, said_=said)
        return
    for some in (every[start : start + 500] for start in range(0, len(every), 500)):
        w.con.execute(_stand_many(), {"of": request, "ns": some, "to": state, "why": said})


@cache
def _stand_many() -> Any:
    from sqlalchemy import bindparam

    from saleswright.kernel.journal.tables import line

    these = (line.c.request == bindparam("of")) & line.c.n.in_(bindparam("ns", expanding=True))
    return line.update().where(these).values(state=bindparam("to"), said=bindparam("why"))


def settle(w: Writing, request: int) -> str:
    """Where the request stands, by its lines: open while one is; approved when any was; else what ended the last of them."""
    from saleswright.kernel.door import statements as ready

    states = {row[0] for row in ready.STATES(w.con, of=request)}
    if "open" in states:
        return "open"
    state = "approved" if states - set(ENDED) else next(one for one in ENDED if one in states)
    ready.END(w.con, of=request, state_=state)
    return state
