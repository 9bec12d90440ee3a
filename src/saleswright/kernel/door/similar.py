"""How was the like of it decided before? Earlier decisions on the same field, asked for by the same action."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from saleswright.kernel.door.told import Told
from saleswright.kernel.door.value import unpacked
from saleswright.kernel.door.words import moment


@dataclass(frozen=True, slots=True)
class Past:
    """One line that was decided before. by: who, or which approval."""

    request: int
    n: int
    entity: str
    field: str
    label: str
    old: Any
    new: Any
    verdict: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Similar:
    """How often the like of it was approved and refused, and the last few, the newest first."""

    yes: int
    no: int
    last: tuple[Past, ...]


def similar(con: Any, told: Told, limit: int = 5) -> Similar:
    """Decisions on lines of other requests with the same action, entity and field as one of these."""
    from sqlalchemy import func, or_, select

    from saleswright.kernel.journal import tables as t

    fields = {(line.entity, line.field) for line in told.lines}
    if not fields:
        return Similar(0, 0, ())
    same = or_(*((t.line.c.entity == entity) & (t.line.c.field == field) for entity, field in sorted(fields)))
    ended = t.line.c.state.in_(("approved", "applied", "failed", "in_doubt", "refused"))
    where = (t.request.c.action == told.action) & (t.request.c.id != told.id) & same & ended
    joined = t.line.join(t.request, t.request.c.id == t.line.c.request)
    counts = {"yes": 0, "no": 0}
    for row in con.execute(
        select(t.line.c.state, func.count()).select_from(joined).where(where).group_by(t.line.c.state)
    ):
        counts["no" if row[0] == "refused" else "yes"] += row[1]
    by = joined.join(
        t.decision,
        (t.decision.c.request == t.line.c.request) & ((t.decision.c.n == t.line.c.n) | (t.decision.c.n == 0)),
    ).join(t.actor, t.actor.c.id == t.decision.c.actor)
    asked = (
        select(t.line, t.decision.c.verdict, t.decision.c.reason.label("why"), t.decision.c.policy, t.decision.c.at)
        .add_columns(t.actor.c.name)
        .select_from(by)
        .where(where)
        .order_by(t.decision.c.id.desc(), t.line.c.n)
        .limit(limit)
    )
    last = tuple(
        Past(
            row.request, row.n, row.entity, row.field, row.label, unpacked(row.old), unpacked(row.new), row.verdict, row.why,
            f"approval {row.policy}" if row.policy else row.name or "", moment(row.at),
        )
        for row in con.execute(asked)
    )  # fmt: skip
    return Similar(counts["yes"], counts["no"], last)
