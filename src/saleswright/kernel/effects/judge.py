"""May this effect still go out? The values it changes, permission, suppression, hours: all asked again inside the claim."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from saleswright.kernel.call import App
from saleswright.kernel.change import Place
from saleswright.kernel.effects import states
from saleswright.kernel.effects.adapter import Adapter, Later, Refused, Unknown
from saleswright.kernel.effects.planning import carried, follow, move
from saleswright.kernel.effects.rows import moment, outgoing, read
from saleswright.kernel.journal import Writing
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import Stop

RECHECK = 60.0
"""Seconds until an effect is looked at again that could not be judged."""
Way = Callable[[str], Adapter]
Against = Mapping[int, Mapping[int, str] | str]
"""By request: the lines that must not go, with why; a text where nobody could look."""


def judge(way: Way, workspace: Workspace, w: Writing, row: Any, against: Against) -> tuple[str, Any]:
    """What becomes of an effect that is to go out, with everything that speaks against it now.

    ("claimed", the row) when it may go; else it was called off, has failed or waits (then the state is empty), which is
    written already.
    """
    lines = carried(row)
    said = against.get(row.request, {}) if lines else {}
    if isinstance(said, str):
        return _put_off(w, row, said, RECHECK), row
    moved = {n: said[n] for n in lines if n in said}
    for n in _approved(w, row.request, moved):
        follow(w, row.request, [n], "moved", moved[n])
    if moved and len(moved) == len(lines):
        move(w, row, states.CANCELLED, next(iter(moved.values())), lease=None, worker=None)
        return states.CANCELLED, row
    if moved:
        row = _without(w, row, moved)
    why = ""
    try:
        with w.con.begin_nested():
            why = way(row.adapter).check(workspace, outgoing(row), w.con)
    except Later as error:
        return _put_off(w, row, str(error), error.after or RECHECK), row
    except Exception as error:
        why = f"it could not be checked: {told(error)}"
    if why:
        move(w, row, states.FAILED, why, lease=None, worker=None)
        return states.FAILED, row
    return states.CLAIMED, row


def again(app: App, workspace: Workspace, w: Writing, row: Any, way: Way) -> Any:
    """A claimed effect asked about once more, right before it is sent: the row when it still may go, else None."""
    row = read(w.con, row.id)
    if row.state != states.CLAIMED:
        return None
    state, row = judge(way, workspace, w, row, still_of(app, workspace, w, [row]))
    return row if state == states.CLAIMED else None


def _approved(w: Writing, request: int | None, ns: Iterable[int]) -> list[int]:
    """Those of the lines that stand as approved; the others came to an end of their own."""
    from sqlalchemy import select

    from saleswright.kernel.journal.tables import line

    mine = (line.c.request == request) & line.c.n.in_(list(ns)) & (line.c.state == "approved")
    return list(w.con.execute(select(line.c.n).where(mine)).scalars()) if ns else []


def _put_off(w: Writing, row: Any, said: str, after: float) -> str:
    if row.state == states.CLAIMED:
        move(w, row, states.APPROVED, said, lease=None, worker=None, due=moment() + int(after * 1_000_000))
        return states.APPROVED
    wait(w, row, said, after)
    return ""


def places_of(w: Writing, row: Any) -> list[Place]:
    """The fields that an effect changes."""
    from saleswright.kernel.door.statements import LINE, LINES

    ns = set(carried(row))
    if not ns:
        return []
    rows = LINE(w.con, of=row.request, line=row.n) if row.n else LINES(w.con, of=row.request)
    return [(one.entity, one.subject, one.field) for one in rows if one.n in ns and one.field]


def in_hand(w: Writing, places: Iterable[Place]) -> dict[Place, int]:
    """Those of the fields that another effect changes of which nobody knows yet whether it arrived, with its number."""
    from sqlalchemy import select

    from saleswright.kernel.door.told import MANY
    from saleswright.kernel.journal.tables import effect, line

    wanted = set(places)
    subjects = sorted({subject for _, subject, _ in wanted})
    same = (effect.c.request == line.c.request) & ((effect.c.n == line.c.n) | (effect.c.n == 0))
    out = effect.c.state.in_((states.CLAIMED, states.SENDING, states.IN_DOUBT))
    asked = select(line.c.n.label("line"), line.c.entity, line.c.field, effect).join(effect, same).where(out)
    found: dict[Place, int] = {}
    for some in (subjects[start : start + MANY] for start in range(0, len(subjects), MANY)):
        columns = asked.add_columns(line.c.subject.label("about")).where(line.c.subject.in_(some))
        for one in w.con.execute(columns):
            place = (one.entity, one.about, one.field)
            if place in wanted and one.line in carried(one):
                found[place] = one.id
    return found


def still_of(app: App, workspace: Workspace, w: Writing, rows: Iterable[Any]) -> Against:
    """What speaks against lines since they were approved; a text for a request that cannot be looked at now."""
    from saleswright.kernel.door.lines import still

    by_request: dict[int, list[int]] = {}
    for row in rows:
        if ns := carried(row):
            by_request.setdefault(row.request, []).extend(ns)
    against: dict[int, Mapping[int, str] | str] = {}
    for request, ns in by_request.items():
        try:
            with w.con.begin_nested():
                against[request] = still(app, workspace, w.con, request, ns)
        except Exception as error:
            # One request that cannot be judged holds up no other.
            against[request] = f"the record could not be looked at: {told(error)}"
    return against


def told(error: Exception) -> str:
    """An error in words that may be kept: the text of our own, and of others the name alone, for theirs may hold secrets."""
    if isinstance(error, Stop):
        return "; ".join(f"{issue.where} {issue.what}".strip() for issue in error.issues)
    return str(error) if isinstance(error, (Refused, Later, Unknown)) else type(error).__name__


def wait(w: Writing, row: Any, said: str, after: float) -> None:
    from saleswright.kernel.journal.tables import effect

    # Still approved: nothing changed that would have to be proved, it is only looked at again later.
    due = moment() + int(after * 1_000_000)
    w.con.execute(effect.update().where(effect.c.id == row.id).values(due=due, said=said))


def _without(w: Writing, row: Any, against: Mapping[int, str]) -> Any:
    """An effect of several lines goes without those that moved; the others are none the worse for it."""
    from saleswright.kernel.journal.tables import effect

    payload = json.loads(row.payload)
    payload["lines"] = [line for line in payload["lines"] if int(line["n"]) not in against]
    text = json.dumps(payload, ensure_ascii=False, sort_keys=True)
    w.con.execute(effect.update().where(effect.c.id == row.id).values(payload=text))
    w.record("effect narrowed", f"effect:{row.id}", {"without": {str(n): why for n, why in against.items()}})
    return read(w.con, row.id)
