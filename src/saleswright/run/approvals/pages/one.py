"""One request whole: every change, what it would do to the headline figures, who said what, and what went out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from saleswright.kernel.call import Desk
from saleswright.kernel.clock import now
from saleswright.kernel.door.lines import WHOLE, holds, not_as_said
from saleswright.kernel.door.outcomes import ended
from saleswright.kernel.door.similar import Past, similar
from saleswright.kernel.door.told import Told, ToldLine, told
from saleswright.kernel.door.waiting import as_seen, waiting
from saleswright.kernel.door.words import STATES
from saleswright.kernel.effects.states import FACE
from saleswright.kernel.journal import open_journal
from saleswright.lib.issue import USAGE, Issue, Stop
from saleswright.run.approvals.pages import cards, decided, inbox

MOST = 400
"""Changes shown; the rest is counted."""

ALIKE = 30
"""Changes decided before that are looked at, of which several may be of one record."""

LAST = 5


def build(desk: Desk, args: Mapping[str, str]) -> dict[str, Any]:
    """The page of the request named in the address."""
    number = args["id"]
    journal = open_journal(desk.here, create=False)
    if journal is None or not (number.isascii() and number.isdigit() and len(number) < 16):
        raise absent(number)
    with journal.read() as con:
        whole = told(con, int(number))
        request = as_seen(desk.policy, whole, inbox.sees(desk)) if whole else None
        if whole is None or request is None:
            raise absent(number)
        lines = request.lines
        mine = next(
            (one for one in waiting(con, desk.here, desk.policy, inbox.sees(desk)) if one.request.id == request.id),
            None,
        )
        moved: dict[int, str] = {}
        if request.state == "open":
            open_ = [(line.n, (line.entity, line.subject, line.field), line.old) for line in lines[:MOST]]
            held = holds(desk.app, desk.here, con, WHOLE, [place for _, place, _ in open_])
            moved = not_as_said(held, request.adapter, open_)
        past = similar(con, request, ALIKE)
    card = cards.card(
        desk.here,
        request,
        lines[:MOST],
        now(),
        mine=len(mine.mine) if mine else 0,
        waits=inbox.agreement(mine.persons, mine.agreed) if mine else "",
        short=mine.said if mine else "",
        similar=inbox.before(past.yes, past.no, ()),
        moved=moved,
        whole=True,
    )
    return {
        "title": request.title,
        "card": card,
        "request": request,
        "hidden": len(whole.lines) - len(lines),
        "more": len(lines) - len(lines[:MOST]),
        "mine": {line.n for line in mine.mine} if mine else set(),
        "own": request.by == desk.policy.actor,
        "undo": any(line.state == "applied" for line in lines),
        "past": _alike(past.last),
        "same": _same(lines),
        "asks": inbox.asked_by(desk, request.action),
        "way": cards.way(request.adapter),
        "state": STATES.get(request.state, request.state),
        "ended": "" if request.state == "open" else _ended(request, desk),
        "effects": [(one, FACE.get(one.state, one.state), cards.way(one.adapter)) for one in request.effects],
        "verdicts": _verdicts(request, desk.policy.actor),
        "whole": inbox.whole(desk),
        "outcomes": decided.outcomes(desk, args),
        "said": STATES,
        "me": desk.policy.actor,
    }


def _ended(request: Told, desk: Desk) -> str:
    """How it ended; who reads it is "you"."""
    return re.sub(rf" by {re.escape(desk.policy.actor)}\b", " by you", ended(request, desk.here.zone), count=1)


def _same(lines: Sequence[ToldLine]) -> ToldLine | None:
    """The first change where the same became of all of them, and there is something to say of it."""
    first = lines[0]
    alike = all((one.state, one.said) == (first.state, first.said) for one in lines)
    return first if alike and first.state != "open" and len(lines) > 1 else None


def _alike(past: Sequence[Past]) -> list[tuple[Past, int]]:
    """What was decided before, each record of a request once, and how many of its changes."""
    by: dict[tuple[int, str, str], list[Past]] = {}
    for one in past:
        by.setdefault((one.request, one.label, one.verdict), []).append(one)
    return [(some[0], len({one.n for one in some})) for some in by.values()][:LAST]


def _verdicts(request: Told, me: str) -> list[tuple[str, str, Any]]:
    """Each decision: who, what they said, when."""
    found = []
    for one in request.decisions:
        who = f"approval {one.policy}" if one.policy else "You" if one.actor == me else one.actor
        what = "approved" if one.verdict == "yes" else "refused"
        found.append(
            (who, what + (f" line {one.n}" if one.n else "") + (f": {one.reason}" if one.reason else ""), one.at)
        )
    return found


def absent(number: str) -> Stop:
    """Nothing of that number is there, or nothing this person may see."""
    shown = number if len(number) < 40 else number[:37] + "..."
    return Stop(
        Issue(
            f"request {shown}", "there is no such request here", "", "/inbox lists what waits", code="unknown-request"
        ),
        exit_code=USAGE,
    )
