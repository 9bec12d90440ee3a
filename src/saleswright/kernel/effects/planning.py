"""What is to go out once it was agreed to? Effects are planned with a request, approved by a decision, or called off."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from saleswright.kernel.effects import states
from saleswright.kernel.journal import Writing
from saleswright.kernel.journal.ready import Ready

_text = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


def key_of(w: Writing, request: int | None, intent: str, subject: str, version: str) -> str:
    """The same intent, subject and version are the same act, however often it is planned (64 hex digits).

    The journal's identity and the moment of the request are in it: the numbers of requests come again in another workspace,
    and after a restore, and the other side must not take one for the other.
    """
    journal, asked = _whose()(w.con, of=request).first()
    parts = [journal, request, asked, intent, subject, version]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def plan(
    w: Writing,
    request: int | None,
    n: int | None,
    adapter: str,
    intent: str,
    subject: str,
    version: str,
    payload: Mapping[str, Any],
) -> str:
    """Put one effect on the list, waiting for a decision; gives its key.

    n: the line it carries out, 0 where it carries several (then `payload["lines"]` says which, each with its `n`).
    The same again changes nothing.
    """
    from saleswright.kernel.envelope import plain

    key = key_of(w, request, intent, subject, version)
    if _there()(w.con, key=key).first() is not None:
        return key
    values = {
        "key": key,
        "request": request,
        "n": n,
        "adapter": adapter,
        "intent": intent,
        "subject": subject,
        "version": version,
        "payload": _text(plain(dict(payload))),
        "state": states.PLANNED,
        "attempts": 0,
        "due": w.at,
        "at": w.at,
        "changed": w.at,
        "said": "",
    }
    number = _planned()(w.con, **values).first().id
    w.record("effect planned", f"effect:{number}", {"key": key, "request": request, "n": n, "adapter": adapter})
    return key


def approve(w: Writing, request: int, ns: Collection[int]) -> list[int]:
    """Let the planned effects of these lines (0: of several at once) go out from now on; gives their numbers."""
    return _each(w, request, ns, (states.PLANNED,), states.APPROVED, "")


def cancel(w: Writing, request: int, ns: Collection[int], said: str = "") -> list[int]:
    """Call off what has not gone out yet of these lines; gives the numbers of what was.

    What a worker has in hand is left: it is asked for once more inside the claim, and after that it is on its way.
    """
    return _each(w, request, ns, (states.PLANNED, states.APPROVED), states.CANCELLED, said)


def send_now(w: Writing, key: str) -> None:
    """Let one planned effect go out that belongs to no request, such as a notice that a policy allows."""
    from sqlalchemy import select

    from saleswright.kernel.journal.tables import effect

    row = w.con.execute(select(effect).where(effect.c.key == key)).one()
    if row.state == states.PLANNED:
        move(w, row, states.APPROVED, due=w.at)


def move(w: Writing, row: Any, state: str, said: str = "", **more: Any) -> bool:
    """One step of one effect, with its record; False where it is no longer as `row` shows it, and nothing is written.

    row: as read from the table. more: other columns to set. A step that the machine does not know is a ValueError.
    """
    states.step(row.state, state)
    values = {"state": state, "said": said, "changed": w.at, **more}
    same = {"of": row.id, "stood": row.state, "worked": row.worker}
    if _moving(tuple(values))(w.con, **same, **{f"{name}_": value for name, value in values.items()}).rowcount != 1:
        return False
    if state in states.LINE and (state != states.APPROVED or row.state in (states.FAILED, states.IN_DOUBT)):
        follow(w, row.request, carried(row), states.LINE[state], said)
    told = {name: value for name, value in more.items() if name in ("attempts", "outside_id", "worker") and value}
    w.record(f"effect {state.replace('_', ' ')}", f"effect:{row.id}", {"from": row.state, "said": said, **told})
    return True


@cache
def _moving(names: tuple[str, ...]) -> Ready:
    """Set these columns of an effect, while it is as it was read."""

    def made() -> Any:
        from sqlalchemy import bindparam

        from saleswright.kernel.journal.tables import effect

        stood = (effect.c.id == bindparam("of")) & (effect.c.state == bindparam("stood"))
        same = stood & effect.c.worker.is_not_distinct_from(bindparam("worked", type_=effect.c.worker.type))
        return effect.update().where(same).values({name: bindparam(f"{name}_") for name in names})

    return Ready(made)


@cache
def _whose() -> Ready:
    """The journal's identity, and the moment of a request."""

    def made() -> Any:
        from sqlalchemy import bindparam, select

        from saleswright.kernel.journal import tables as t

        moment = select(t.request.c.at).where(t.request.c.id == bindparam("of", type_=t.request.c.id.type))
        return select(t.about.c.value, moment.scalar_subquery().label("at")).where(t.about.c.name == "id")

    return Ready(made)


@cache
def _there() -> Ready:
    """The effect of a key."""

    def made() -> Any:
        from sqlalchemy import bindparam, select

        from saleswright.kernel.journal.tables import effect

        return select(effect.c.id).where(effect.c.key == bindparam("key"))

    return Ready(made)


@cache
def _planned() -> Ready:
    """One effect more; gives its number."""

    def made() -> Any:
        from sqlalchemy import bindparam

        from saleswright.kernel.journal.tables import effect

        names = (
            "key",
            "request",
            "n",
            "adapter",
            "intent",
            "subject",
            "version",
            "payload",
            "state",
            "attempts",
            "due",
        )
        values: dict[str, Any] = {name: bindparam(name) for name in (*names, "at", "changed", "said")}
        return effect.insert().values(values).returning(effect.c.id)

    return Ready(made)


@cache
def _effects() -> Ready:
    """The effects of a request."""

    def made() -> Any:
        from sqlalchemy import bindparam

        from saleswright.kernel.journal.tables import effect

        return effect.select().where(effect.c.request == bindparam("of")).order_by(effect.c.id)

    return Ready(made)


def follow(w: Writing, request: int | None, ns: Collection[int], state: str, said: str) -> None:
    """The lines that an effect carries out stand where it stands."""
    from saleswright.kernel.door.settled import stand

    if request is not None:
        stand(w, request, ns, state, said)


def carried(row: Any) -> list[int]:
    """The lines of its request that an effect carries out."""
    if row.request is None or row.n is None:
        return []
    return [row.n] if row.n else [int(line["n"]) for line in json.loads(row.payload).get("lines", [])]


def _each(w: Writing, request: int, ns: Collection[int], before: tuple[str, ...], state: str, said: str) -> list[int]:
    rows = [row for row in _effects()(w.con, of=request).all() if row.state in before]
    wanted = set(ns)
    meant = [row for row in rows if row.n in wanted or (row.n == 0 and wanted.issuperset(carried(row)))]
    due = {"due": w.at} if state == states.APPROVED else {}
    return [row.id for row in meant if move(w, row, state, said, **due)]
