"""Which statements does every decision run? Put together once: they hold the lock that all writers wait for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from saleswright.kernel.journal.ready import Ready


def _of(make: Callable[[Any, Any], Any]) -> Ready:
    """A statement made of the tables and of the function that names a value."""

    def made() -> Any:
        from sqlalchemy import bindparam

        from saleswright.kernel.journal import tables

        return make(tables, bindparam)

    return Ready(made)


def _request(t: Any, value: Any) -> Any:
    from sqlalchemy import select

    return select(t.request, t.actor.c.name).join(t.actor).where(t.request.c.id == value("of"))


def _lines(t: Any, value: Any) -> Any:
    return t.line.select().where(t.line.c.request == value("of")).order_by(t.line.c.n)


def _line(t: Any, value: Any) -> Any:
    return t.line.select().where((t.line.c.request == value("of")) & (t.line.c.n == value("line")))


def _decisions(t: Any, value: Any) -> Any:
    from sqlalchemy import select

    asked = select(t.decision, t.actor.c.name).join(t.actor).where(t.decision.c.request == value("of"))
    return asked.order_by(t.decision.c.id)


def _effects(t: Any, value: Any) -> Any:
    return t.effect.select().where(t.effect.c.request == value("of")).order_by(t.effect.c.id)


def _decide(t: Any, value: Any) -> Any:
    names = ("request", "n", "actor", "verdict", "reason", "policy", "at")
    return t.decision.insert().values({name: value(name) for name in names})


def _stand(t: Any, value: Any) -> Any:
    meant = (t.line.c.request == value("of")) & (t.line.c.n == value("line"))
    return t.line.update().where(meant).values(state=value("state_"), said=value("said_"))


def _states(t: Any, value: Any) -> Any:
    from sqlalchemy import select

    return select(t.line.c.state).where(t.line.c.request == value("of")).distinct()


def _end(t: Any, value: Any) -> Any:
    return t.request.update().where(t.request.c.id == value("of")).values(state=value("state_"))


def _sent(t: Any, value: Any) -> Any:
    from sqlalchemy import select

    e, one = t.effect.c, t.line.c
    same = (e.request == one.request) & ((e.n == one.n) | (e.n == 0))
    asked = select(one.entity, one.subject, one.field, one.new, e.changed, one.request, one.n).join(t.effect, same)
    asked = asked.where(one.subject == value("of"), one.state == "applied", e.changed > value("since"))
    return asked.where((e.state == "confirmed") | (e.state == "resolved"))


def _ahead(t: Any, value: Any) -> Any:
    from sqlalchemy import Integer, select

    waits = (t.request.c.state == "open") & (t.request.c.id > value("after")) & (t.line.c.state == "open")
    asked = select(t.line.c.request, t.line.c.entity, t.line.c.subject, t.line.c.field).join(t.request)
    return asked.where(waits).order_by(t.line.c.request, t.line.c.n).limit(value("many", type_=Integer()))


REQUEST, LINES, DECISIONS, EFFECTS = _of(_request), _of(_lines), _of(_decisions), _of(_effects)
DECIDE, STAND, STATES, END = _of(_decide), _of(_stand), _of(_states), _of(_end)
SENT, AHEAD, LINE = _of(_sent), _of(_ahead), _of(_line)
FEW = 4
"""So many lines are set one by one; more of them in one statement."""
