"""What waits for me? Open requests this person may decide, grouped by what asks, how it goes out and how risky it is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from saleswright.kernel.change import Place
from saleswright.kernel.door.expire import microseconds
from saleswright.kernel.door.rules import in_force
from saleswright.kernel.door.submit import asked
from saleswright.kernel.door.told import Told, ToldLine, told_all
from saleswright.kernel.policy import COMPANY, Policy
from saleswright.kernel.workspace import Workspace

Seen = Callable[[Sequence[Place]], Collection[Place]]
"""Which of these places the person may see."""
MOST = 500
SOME = 100


@dataclass(frozen=True, slots=True)
class Waiting:
    """One request that waits for this person. mine: the lines they may decide; said: why not the others, or empty.

    agreed: who has said yes already, where more than one person is asked.
    """

    request: Told
    mine: tuple[ToldLine, ...]
    said: str
    persons: int
    agreed: tuple[str, ...]

    @property
    def group(self) -> tuple[str, str, str]:
        """What it is listed with: action, way out, risk."""
        return self.request.action, self.request.adapter, self.request.risk


def waiting(con: Any, workspace: Workspace, policy: Policy, seen: Seen | None = None) -> tuple[Waiting, ...]:
    """What this person may decide now, the oldest first within its group; at most 500 requests, the oldest.

    seen: for who sees less than the whole company, what they see; without it they are shown nothing of others.
    """
    from sqlalchemy import select

    from saleswright.kernel.journal.tables import request

    rules = in_force(workspace)
    open_ = (request.c.state == "open") & (request.c.expires > microseconds())
    ids = [row.id for row in con.execute(select(request.c.id).where(open_).order_by(request.c.id))]
    found: list[Waiting] = []
    for told in _each(con, ids):
        if len(found) >= MOST:
            break
        visible = visible_lines(policy, told, told.open, seen)
        mine: list[ToldLine] = []
        said, persons = "", 1
        agreed = {one.actor for one in told.decisions if one.verdict == "yes" and not one.policy}
        # Where they have agreed their word stands, and it is others that it waits for; other lines may wait for them.
        spoken = {one.n for one in told.decisions if one.actor == policy.actor and one.verdict == "yes"}
        for line in visible if 0 not in spoken else ():
            if line.n in spoken:
                continue
            approval, why = rules.right(policy, asked(told, line, len(told.lines)))
            if approval is None:
                said = said or why
            else:
                persons = max(persons, approval.persons)
                mine.append(line)
        if mine:
            found.append(Waiting(told, tuple(mine), said, persons, tuple(sorted(agreed))))
    return tuple(sorted(found, key=lambda one: (*one.group, one.request.id)))


def _each(con: Any, ids: Sequence[int]) -> Iterator[Told]:
    """Requests some at a time: those of others, however many wait, must not keep one's own from sight."""
    for some in (ids[start : start + SOME] for start in range(0, len(ids), SOME)):
        yield from told_all(con, some, effects=False)


def visible_lines(policy: Policy, told: Told, lines: Sequence[ToldLine], seen: Seen | None) -> tuple[ToldLine, ...]:
    """The lines this person may see: all for who sees the company, else their own and those of what they see."""
    if (policy.scope == COMPANY and not policy.hidden) or told.by == policy.actor:
        return tuple(lines)
    if seen is None:
        return ()
    places = seen([(line.entity, line.subject, line.field) for line in lines])
    return tuple(line for line in lines if (line.entity, line.subject, line.field) in places)


def as_seen(policy: Policy, told: Told, seen: Seen | None) -> Told | None:
    """A request as far as this person sees it; None where none of it is theirs to see.

    Who sees but a part of its lines is told nothing of the others: not what became of them, nor figures of the whole.
    """
    lines = visible_lines(policy, told, told.lines, seen)
    if len(lines) == len(told.lines):
        return told
    ns = {line.n for line in lines}
    effects = [one if one.n else replace(one, said="") for one in told.effects if not one.n or one.n in ns]
    decisions = [one for one in told.decisions if not one.n or one.n in ns]
    part = replace(told, lines=lines, preview=(), effects=tuple(effects), decisions=tuple(decisions))
    return part if lines else None


def proposed(con: Any, actor: str, limit: int = 50) -> list[Told]:
    """What this person asked for, the newest first."""
    from sqlalchemy import select

    from saleswright.kernel.journal import tables as t

    asked_ = select(t.request.c.id).join(t.actor).where(t.actor.c.name == actor).order_by(t.request.c.id.desc())
    ids = [row.id for row in con.execute(asked_.limit(limit))]
    return list(reversed(told_all(con, ids)))
