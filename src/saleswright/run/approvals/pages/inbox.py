"""What waits for me, what of mine waits for others, what was decided lately, and what nobody knows the end of?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from saleswright.kernel.call import Desk
from saleswright.kernel.change import Place
from saleswright.kernel.clock import now
from saleswright.kernel.door.expire import microseconds
from saleswright.kernel.door.similar import similar
from saleswright.kernel.door.told import Told, ToldEffect, told_all
from saleswright.kernel.door.waiting import MOST as READ
from saleswright.kernel.door.waiting import Seen, Waiting, visible_lines, waiting
from saleswright.kernel.door.words import STATES, counted, listed
from saleswright.kernel.journal import open_journal
from saleswright.kernel.policy import COMPANY
from saleswright.lib.money import Money
from saleswright.run.approvals.pages import cards, decided
from saleswright.run.approvals.pages.cards import Card
from saleswright.run.schedules.failed import failed

MOST = 40
"""Requests shown at once; what waits behind them is counted."""

LATELY = 20
MINE = 20


@dataclass(frozen=True, slots=True)
class Group:
    """Requests of one kind: by what asks and how it goes out. many, stake: of all of them, also of those not shown."""

    name: str
    way: str
    cards: tuple[Card, ...]
    many: int
    stake: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """A request that was decided: the last word on it, and what can be done about it now."""

    request: Told
    title: str
    key: str
    state: str
    by: str
    reason: str
    at: Any
    on: date
    undo: bool


def sees(desk: Desk) -> Seen | None:
    """Which places this person may see; None for who sees the whole company."""
    policy, current = desk.policy, desk.app.current
    if policy.scope == COMPANY and not policy.hidden:
        return None

    def ask(places: Sequence[Place]) -> set[Place]:
        return set(current(desk.here, policy, places).values) if current is not None and places else set()

    return ask


def whole(desk: Desk) -> bool:
    """Does this person see the whole company?"""
    return desk.policy.scope == COMPANY and not desk.policy.hidden


def count(desk: Desk) -> tuple[int, str]:
    """How many requests wait for this person, for the navigation."""
    journal = open_journal(desk.here, create=False)
    if journal is None:
        return 0, ""
    with journal.read() as con:
        number = len(waiting(con, desk.here, desk.policy, sees(desk)))
    return number, f"{counted(number, 'request')} to approve"


def build(desk: Desk, args: Mapping[str, str]) -> dict[str, Any]:
    """The page."""
    values: dict[str, Any] = {
        "groups": [],
        "mine": [],
        "asked": 0,
        "others": 0,
        "lately": [],
        "doubt": [],
        "waiting": 0,
        "changes": 0,
        "stake": (),
        "more": 0,
        "outcomes": decided.outcomes(desk, args),
        "whole": whole(desk),
        "said": STATES,
        "me": desk.policy.actor,
        "failed": failed(desk.here, desk.policy),
    }
    journal = open_journal(desk.here, create=False)
    if journal is None:
        return values
    with journal.read() as con:
        found = waiting(con, desk.here, desk.policy, sees(desk))
        values["groups"] = _groups(desk, con, found)
        values["waiting"] = len(found)
        values["more"] = max(0, len(found) - MOST)
        values["changes"] = sum(len(one.mine) for one in found)
        values["stake"] = cards.stake([line for one in found for line in one.mine])
        values["mine"], values["asked"] = _mine(desk, con, found)
        values["others"] = _others(con, len(found) + values["asked"]) if whole(desk) else 0
        values["lately"] = lately(desk, con)
        values["doubt"] = doubt(con, desk) if whole(desk) else []
    return values


def _groups(desk: Desk, con: Any, found: Sequence[Waiting]) -> list[Group]:
    made = []
    shown = {one.request.id for one in found[:MOST]}
    ordered = sorted(found, key=lambda one: (one.request.action, one.request.adapter, one.request.id))
    for (action, adapter), some in groupby(ordered, key=lambda one: (one.request.action, one.request.adapter)):
        of = list(some)
        told = tuple(_waiting_card(desk, con, one) for one in of if one.request.id in shown)
        if told:
            sums = cards.stake([line for one in of for line in one.mine])
            made.append(Group(asked_by(desk, action), cards.way(adapter), told, len(of), sums))
    return made


def _waiting_card(desk: Desk, con: Any, one: Waiting) -> Card:
    past = similar(con, one.request, 1)
    return cards.card(
        desk.here,
        one.request,
        one.mine,
        now(),
        mine=len(one.mine),
        waits=agreement(one.persons, one.agreed),
        short=one.said,
        similar=before(past.yes, past.no, [(each.verdict, each.reason) for each in past.last]),
    )


def agreement(persons: int, agreed: Sequence[str]) -> str:
    """Who else must agree, in a sentence; nothing where one person is enough."""
    if persons < 2:
        return ""
    have = f"; {listed(agreed)} {'has' if len(agreed) == 1 else 'have'} agreed" if agreed else ""
    return f"{persons} people must agree{have}"


def before(yes: int, no: int, last: Sequence[tuple[str, str]]) -> str:
    """How the like of it was decided before, in a sentence."""
    if not yes and not no:
        return ""
    said = f"Changes like these before: {yes:,} approved, {no:,} refused"
    verdict, reason = last[0] if last else ("", "")
    if not verdict:
        return f"{said}."
    why = f": “{reason.rstrip('.')}”" if reason else ""
    return f"{said}; the last was {'approved' if verdict == 'yes' else 'refused'}{why}."


def asked_by(desk: Desk, action: str) -> str:
    """The action that asks, by its title."""
    known = desk.app.actions.get(action)
    return (known.title if known else "") or action.replace("_", " ").capitalize() or "By hand"


def _mine(desk: Desk, con: Any, found: Sequence[Waiting]) -> tuple[list[Card], int]:
    """What this person asked for and that waits for others: the newest, and how many in all."""
    from sqlalchemy import select

    from saleswright.kernel.journal.tables import actor, request

    of = (actor.c.name == desk.policy.actor) & (request.c.state == "open") & (request.c.expires > microseconds())
    for_me = {one.request.id for one in found}
    asked = select(request.c.id).join(actor).where(of).order_by(request.c.id.desc())
    ids = [row.id for row in con.execute(asked) if row.id not in for_me]
    told = sorted(told_all(con, ids[:MINE], effects=False), key=lambda one: -one.id)
    return [cards.card(desk.here, one, one.open, now()) for one in told], len(ids)


def _others(con: Any, known: int) -> int:
    """How many more requests wait that this person neither may decide nor asked for; 0 where too many wait to tell."""
    from sqlalchemy import func, select

    from saleswright.kernel.journal.tables import request

    open_ = (request.c.state == "open") & (request.c.expires > microseconds())
    many = int(con.execute(select(func.count()).select_from(request).where(open_)).scalar_one())
    return max(0, many - known) if many <= READ else 0


def lately(desk: Desk, con: Any) -> list[Ended]:
    """What was decided last, as far as this person sees it."""
    from sqlalchemy import func, select

    from saleswright.kernel.journal import tables as t

    last = func.max(t.decision.c.id)
    asked = select(t.decision.c.request).group_by(t.decision.c.request).order_by(last.desc()).limit(LATELY)
    ids = [row.request for row in con.execute(asked)]
    told = {one.id: one for one in told_all(con, ids)}
    found = []
    for number in ids:
        one = told[number]
        if one.state == "open" or not visible_lines(desk.policy, one, one.lines, sees(desk)):
            continue
        word = one.decisions[-1]
        by = f"approval {word.policy}" if word.policy else word.actor
        undo = any(line.state == "applied" for line in one.lines)
        found.append(
            Ended(
                one, *cards.titled(one), _state(one), by, word.reason, word.at, cards.day_of(desk.here, word.at), undo
            )
        )
    return found


def _state(one: Told) -> str:
    """Where the changes stand, counted where they differ."""
    counts = one.counts()
    if len(counts) == 1:
        return STATES.get(next(iter(counts)), next(iter(counts)))
    return listed(f"{number:,} {STATES.get(state, state)}" for state, number in sorted(counts.items()))


def doubt(con: Any, desk: Desk) -> list[tuple[ToldEffect, int, str, str, str, date]]:
    """What was sent and nobody can tell whether it arrived, and what failed and may be tried again.

    Each with the number of its request (0 where it has none), the request's title and record id, the way, and since when.
    """
    from sqlalchemy import select

    from saleswright.kernel.door.words import moment
    from saleswright.kernel.journal.tables import effect

    wanted = effect.c.state.in_(("in_doubt", "failed"))
    rows = con.execute(select(effect).where(wanted).order_by(effect.c.state.desc(), effect.c.id).limit(50)).all()
    told = {one.id: one for one in told_all(con, sorted({row.request for row in rows if row.request}))}
    made = [
        ToldEffect(row.id, row.n or 0, row.adapter, row.state, row.attempts, row.said, moment(row.changed))
        for row in rows
    ]
    return [
        (
            one,
            row.request or 0,
            *(cards.titled(told[row.request]) if row.request in told else (f"Sending {row.id}", "")),
            cards.way(row.adapter),
            cards.day_of(desk.here, one.changed),
        )
        for one, row in zip(made, rows, strict=True)
    ]
