"""May a line still be applied? Lines as they are kept, and whether what they change still holds what they say.

What was sent out stands in the record only once it is read again from where it is kept. Until then the value that was
applied counts as what the field holds: so nothing is asked for twice, and what was applied can be taken back at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from saleswright.kernel.change import JOURNAL, Line, Place, Standing
from saleswright.kernel.door.told import MANY
from saleswright.kernel.door.value import packed, unpacked
from saleswright.kernel.door.words import GONE, moved
from saleswright.kernel.policy import Policy
from saleswright.kernel.workspace import Workspace

if TYPE_CHECKING:
    from saleswright.kernel.call import App

WHOLE = Policy("saleswright")
"""Nobody's eyes: whether a value has moved is asked of the whole record, whoever decides."""


def key_of(adapter: str, line: Line) -> str:
    """The same change of the same field by the same way has the same key, whoever asks and however often."""
    parts = "\x1f".join((adapter, line.entity, line.subject, line.field, packed(line.new)))
    return hashlib.sha256(parts.encode()).hexdigest()[:40]


def is_event(adapter: str, field: str) -> bool:
    """Is it an authored event? It adds to what we know and replaces nothing."""
    return adapter == JOURNAL and not field


def holds(app: App, workspace: Workspace, con: Any, policy: Policy, places: Sequence[Place]) -> dict[Place, Any] | None:
    """What the fields hold now, with what was applied since the record was read; None where nobody can say at all."""
    if app.current is None:
        return None
    return with_sent(con, app.current(workspace, policy, places))


def with_sent(con: Any, standing: Standing) -> dict[Place, Any]:
    """What the record holds, with the values that went out and arrived after it was read."""
    values = dict(standing.values)
    if standing.read is not None:
        since = int(standing.read.timestamp() * 1_000_000)
        for place, new in _applied(con, {place[1] for place in values}, since):
            if place in values:
                values[place] = new
    return values


def _applied(con: Any, subjects: Collection[str], since: int) -> Iterable[tuple[Place, Any]]:
    """Values that went out and arrived after that moment, the oldest first."""
    found: list[tuple[int, Place, Any]] = []
    wanted = sorted(subjects)
    if len(wanted) == 1:
        from saleswright.kernel.door.statements import SENT

        for row in SENT(con, of=wanted[0], since=since):
            found.append((row.changed, (row.entity, row.subject, row.field), unpacked(row.new)))
        wanted = []
    for some in (wanted[start : start + MANY] for start in range(0, len(wanted), MANY)):
        for row in con.execute(_applied_since(), {"subjects": some, "since": since}):
            found.append((row.changed, (row.entity, row.subject, row.field), unpacked(row.new)))
    return [(place, new) for _, place, new in sorted(found, key=lambda one: one[0])]


@cache
def _applied_since() -> Any:
    from sqlalchemy import bindparam, select

    from saleswright.kernel.journal.tables import effect, line

    same = (effect.c.request == line.c.request) & ((effect.c.n == line.c.n) | (effect.c.n == 0))
    return (
        select(line.c.entity, line.c.subject, line.c.field, line.c.new, effect.c.changed)
        .join(effect, same)
        .where(line.c.subject.in_(bindparam("subjects", expanding=True)), line.c.state == "applied")
        .where(effect.c.changed > bindparam("since"), effect.c.state.in_(("confirmed", "resolved")))
    )


def waiting(con: Any, after: int, many: int) -> tuple[list[Place], int]:
    """What the next so many open lines change, of requests behind that number; and the number of the last of them."""
    from saleswright.kernel.door.statements import AHEAD

    rows = AHEAD(con, after=after, many=many).all()
    return [(row.entity, row.subject, row.field) for row in rows], rows[-1].request if rows else after


def not_as_said(
    held: Mapping[Place, Any] | None, adapter: str, lines: Iterable[tuple[int, Place, Any]]
) -> dict[int, str]:
    """Which lines (number, place, old value) are out of date, and why in a sentence."""
    if held is None:
        return {}
    wrong: dict[int, str] = {}
    for n, place, old in lines:
        if is_event(adapter, place[2]):
            continue
        if place not in held:
            wrong[n] = GONE
        elif packed(held[place]) != packed(old):
            wrong[n] = moved(held[place], old)
    return wrong


def still(app: App, workspace: Workspace, con: Any, request: int, ns: Collection[int]) -> dict[int, str]:
    """Which approved lines must not go out any more, and why: asked inside the claim, right before sending."""
    from saleswright.kernel.door import statements as ready

    asked = ready.REQUEST(con, of=request).first()
    assert asked is not None
    if len(ns) <= ready.FEW:
        rows = [row for n in sorted(ns) for row in ready.LINE(con, of=request, line=n)]
    else:
        wanted = set(ns)
        rows = [row for row in ready.LINES(con, of=request) if row.n in wanted]
    stopped = {row.n: f"the line is {row.state}" for row in rows if row.state != "approved"}
    if asked.state == "withdrawn":
        return {row.n: "the request was withdrawn" for row in rows}
    left = [(row.n, (row.entity, row.subject, row.field), unpacked(row.old)) for row in rows if row.n not in stopped]
    held = holds(app, workspace, con, WHOLE, [place for _, place, _ in left]) if left else {}
    return stopped | not_as_said(held, asked.adapter, left)
