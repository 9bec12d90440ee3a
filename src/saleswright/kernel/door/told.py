"""What is this request, and what became of it? Lines, decisions and effects as faces show them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from saleswright.kernel.change import Shift
from saleswright.kernel.door.value import unpacked
from saleswright.kernel.door.words import moment
from saleswright.lib.money import Money

MANY = 500  # ids asked for in one query


@dataclass(frozen=True, slots=True)
class ToldLine:
    """One change of a request. state: open, approved, refused, moved, expired, withdrawn, applied, failed or in_doubt;
    said: why, in a sentence."""

    n: int
    entity: str
    subject: str
    field: str
    label: str
    old: Any
    new: Any
    reason: str
    evidence: tuple[str, ...]
    amount: Money | None
    state: str
    said: str
    key: str


@dataclass(frozen=True, slots=True)
class ToldDecision:
    """A yes or no: of which line (0: of the whole request), by whom, and by which approval where no person was asked."""

    n: int
    actor: str
    verdict: str
    reason: str
    policy: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ToldEffect:
    """One act on the outside for a line (0: for all lines of one decision), and how far it is."""

    id: int
    n: int
    adapter: str
    state: str
    attempts: int
    said: str
    changed: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """A request whole. by: who proposed it. state: open, approved, refused, moved, expired or withdrawn."""

    id: int
    action: str
    title: str
    reason: str
    adapter: str
    risk: str
    by: str
    at: datetime
    expires: datetime
    state: str
    undoes: int | None
    snap: str
    preview: tuple[Shift, ...]
    lines: tuple[ToldLine, ...]
    decisions: tuple[ToldDecision, ...]
    effects: tuple[ToldEffect, ...]

    @property
    def open(self) -> tuple[ToldLine, ...]:
        """The lines nobody has decided yet."""
        return tuple(line for line in self.lines if line.state == "open")

    def counts(self) -> dict[str, int]:
        """How many lines are in each state."""
        found: dict[str, int] = {}
        for line in self.lines:
            found[line.state] = found.get(line.state, 0) + 1
        return found


def told(con: Any, id: int, effects: bool = True) -> Told | None:
    """A request of that number; None where there is none. effects: with what went out for it."""
    from saleswright.kernel.door import statements as ready

    row = ready.REQUEST(con, of=id).first()
    if row is None:
        return None
    return _made(
        row,
        [line_of(one) for one in ready.LINES(con, of=id)],
        [_decision(one) for one in ready.DECISIONS(con, of=id)],
        [_effect(one) for one in ready.EFFECTS(con, of=id)] if effects else (),
    )


def told_all(con: Any, ids: Sequence[int], effects: bool = True) -> list[Told]:
    """Several requests, in the order of their numbers: a few queries for all of them."""
    ask = _statements()
    found: list[Told] = []
    for some in (ids[start : start + MANY] for start in range(0, len(ids), MANY)):
        these = {"ids": list(some)}
        rows = con.execute(ask["request"], these).all()
        lines: dict[int, list[ToldLine]] = {}
        for row in con.execute(ask["line"], these):
            lines.setdefault(row.request, []).append(line_of(row))
        decisions: dict[int, list[ToldDecision]] = {}
        for row in con.execute(ask["decision"], these):
            decisions.setdefault(row.request, []).append(_decision(row))
        sent: dict[int, list[ToldEffect]] = {}
        for row in con.execute(ask["effect"], these) if effects else ():
            sent.setdefault(row.request, []).append(_effect(row))
        for row in rows:
            found.append(_made(row, lines.get(row.id, ()), decisions.get(row.id, ()), sent.get(row.id, ())))
    return found


@cache
def _statements() -> dict[str, Any]:
    """What is asked of each table, put together once: making it anew costs more than running it."""
    from sqlalchemy import bindparam, select

    from saleswright.kernel.journal import tables as t

    ids: Any = bindparam("ids", expanding=True)
    return {
        "request": select(t.request, t.actor.c.name)
        .join(t.actor)
        .where(t.request.c.id.in_(ids))
        .order_by(t.request.c.id),
        "line": select(t.line).where(t.line.c.request.in_(ids)).order_by(t.line.c.request, t.line.c.n),
        "decision": select(t.decision, t.actor.c.name)
        .join(t.actor)
        .where(t.decision.c.request.in_(ids))
        .order_by(t.decision.c.id),
        "effect": select(t.effect).where(t.effect.c.request.in_(ids)).order_by(t.effect.c.id),
    }


def _made(
    row: Any, lines: Sequence[ToldLine], decisions: Sequence[ToldDecision], effects: Sequence[ToldEffect]
) -> Told:
    return Told(
        id=row.id,
        action=row.action,
        title=row.title,
        reason=row.reason,
        adapter=row.adapter,
        risk=row.risk,
        by=row.name or "",
        at=moment(row.at),
        expires=moment(row.expires),
        state=row.state,
        undoes=row.undoes,
        snap=row.snap,
        preview=shifts(row.preview),
        lines=tuple(lines),
        decisions=tuple(decisions),
        effects=tuple(effects),
    )


def _decision(row: Any) -> ToldDecision:
    return ToldDecision(row.n, row.name or "", row.verdict, row.reason, row.policy, moment(row.at))


def _effect(row: Any) -> ToldEffect:
    return ToldEffect(row.id, row.n or 0, row.adapter, row.state, row.attempts, row.said, moment(row.changed))


def line_of(row: Any) -> ToldLine:
    """A row of the table of lines as a value."""
    return ToldLine(
        n=row.n,
        entity=row.entity,
        subject=row.subject,
        field=row.field,
        label=row.label,
        old=unpacked(row.old),
        new=unpacked(row.new),
        reason=row.reason,
        evidence=tuple(json.loads(row.evidence)),
        amount=None if row.amount is None else Money(row.amount, row.currency),
        state=row.state,
        said=row.said,
        key=row.key,
    )


def preview_text(preview: Iterable[Shift]) -> str | None:
    """A preview as it is kept; None where there is none."""
    from saleswright.kernel.door.value import packed

    kept = [[s.name, s.label, s.unit, packed(s.before), packed(s.after), s.ref, s.reason] for s in preview]
    return json.dumps(kept) if kept else None


def shifts(text: str | None) -> tuple[Shift, ...]:
    """The kept preview of a request."""
    kept = json.loads(text) if text else []
    return tuple(
        Shift(name, label, unit, unpacked(before), unpacked(after), ref, reason)
        for name, label, unit, before, after, ref, reason in kept
    )
