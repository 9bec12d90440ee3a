"""Which lines of a request are worth a decision? Not what has moved, what waits already, nor what was refused before."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from saleswright.kernel.change import ChangeRequest, Line, Place
from saleswright.kernel.door.lines import holds, is_event, key_of, not_as_said
from saleswright.kernel.door.told import MANY
from saleswright.kernel.door.value import packed
from saleswright.kernel.door.words import because, day
from saleswright.kernel.policy import Policy
from saleswright.kernel.workspace import Workspace

if TYPE_CHECKING:
    from saleswright.kernel.call import App


@dataclass(frozen=True)
class Sifted:
    """kept: lines to decide, each with its key. moved: lines out of date, with the sentence. left: lines that are not
    asked again, with the sentence. waits: the open requests that ask for some of them already."""

    kept: tuple[tuple[Line, str], ...]
    moved: tuple[tuple[Line, str, str], ...]
    left: tuple[tuple[Line, str], ...]
    waits: tuple[int, ...]


def sift(app: App, workspace: Workspace, policy: Policy, con: Any, request: ChangeRequest) -> Sifted:
    """Look at each line under the proposer's own eyes: who may not see a record or field proposes nothing on it."""
    places: list[Place] = [(line.entity, line.subject, line.field) for line in request.lines]
    held = holds(app, workspace, con, policy, places)
    wrong = not_as_said(held, request.adapter, [(i, places[i], line.old) for i, line in enumerate(request.lines)])
    for i, line in enumerate(request.lines):
        # An event is about something, and that has to be there and to be seen.
        if held is not None and is_event(request.adapter, line.field) and places[i] not in held:
            wrong[i] = "what it is about is not there, or not yours to see"
    keys = [key_of(request.adapter, line) for line in request.lines]
    before = _before(con, set(keys), workspace.zone)
    kept: list[tuple[Line, str]] = []
    moved: list[tuple[Line, str, str]] = []
    left: list[tuple[Line, str]] = []
    waits: list[int] = []
    seen: set[str] = set()
    for i, (line, key) in enumerate(zip(request.lines, keys, strict=True)):
        if key in seen:
            continue
        seen.add(key)
        standing = before.get((key, packed(line.old)))
        if standing is not None and standing.state == "open":
            waits.append(standing.request)
            left.append((line, standing.said))
        elif standing is not None and not (request.again and standing.state == "refused"):
            left.append((line, standing.said))
        elif i in wrong:
            moved.append((line, key, wrong[i]))
        else:
            kept.append((line, key))
    return Sifted(tuple(kept), tuple(moved), tuple(left), tuple(dict.fromkeys(waits)))


# What is under way counts before what was said of it once, whichever came later.
RANK = {"refused": 0, "approved": 1, "in_doubt": 1, "open": 2}


@dataclass(frozen=True, slots=True)
class _Standing:
    request: int
    state: str
    said: str


def _before(con: Any, keys: Collection[str], zone: str) -> dict[tuple[str, str], _Standing]:
    """By key and old value, what is known of the same change: it waits, is on its way, or was refused."""
    from sqlalchemy import select

    from saleswright.kernel.journal import tables as t

    found: dict[tuple[str, str], _Standing] = {}
    wanted = sorted(keys)
    for some in (wanted[start : start + MANY] for start in range(0, len(wanted), MANY)):
        asked = (
            select(t.line.c.key, t.line.c.old, t.line.c.state, t.line.c.request, t.line.c.n)
            .where(t.line.c.key.in_(some), t.line.c.state.in_(("open", "approved", "refused", "in_doubt")))
            .order_by(t.line.c.request)
        )
        rows = con.execute(asked).all()
        told = _refusals(con, sorted({row.request for row in rows if row.state == "refused"}))
        for row in rows:
            # What was agreed to is not asked for again until it has come out one way or the other, whatever it was before.
            if row.state == "open":
                standing = _Standing(
                    row.request, row.state, f"request {row.request} asks for it and waits for a decision"
                )
            elif row.state in ("approved", "in_doubt"):
                standing = _Standing(
                    row.request, row.state, f"it was approved in request {row.request} and is on its way"
                )
            else:
                who, at, reason = told.get((row.request, row.n)) or told.get((row.request, 0)) or ("", 0, "")
                when = f" on {day(at, zone)}" if at else ""
                standing = _Standing(
                    row.request, row.state, f"refused{when} by {who} in request {row.request}{because(reason)}"
                )
            held = found.get((row.key, row.old))
            if held is None or RANK[held.state] <= RANK[standing.state]:
                found[row.key, row.old] = standing
    return found


def _refusals(con: Any, requests: list[int]) -> dict[tuple[int, int], tuple[str, int, str]]:
    from sqlalchemy import select

    from saleswright.kernel.journal import tables as t

    found: dict[tuple[int, int], tuple[str, int, str]] = {}
    for some in (requests[start : start + MANY] for start in range(0, len(requests), MANY)):
        asked = (
            select(t.decision, t.actor.c.name)
            .join(t.actor)
            .where(t.decision.c.request.in_(some), t.decision.c.verdict == "no")
        )
        for row in con.execute(asked):
            found[row.request, row.n] = (row.name or "", row.at, row.reason)
    return found
