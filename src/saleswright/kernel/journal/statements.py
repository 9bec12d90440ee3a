"""Which statements does every write run? They hold the lock that all writers wait for, so they are put together once."""

from __future__ import annotations

from typing import Any

from saleswright.kernel.journal.ready import Ready

LAST = "SELECT seq, at, hash FROM record ORDER BY seq DESC LIMIT 1"


def _known() -> Any:
    from sqlalchemy import bindparam, select

    from saleswright.kernel.journal.tables import actor

    return select(actor.c.id, actor.c.proof).where(actor.c.name == bindparam("name"))


def _record() -> Any:
    from saleswright.kernel.journal.tables import record

    return record.insert().values({column.name: None for column in record.columns})


def _detail() -> Any:
    from saleswright.kernel.journal.tables import detail

    return detail.insert().values({column.name: None for column in detail.columns})


def _events() -> Any:
    from sqlalchemy import bindparam, text

    from saleswright.kernel.journal.tables import about

    return about.update().where(text("name = 'events'")).values(value=bindparam("upto"))


def _answer() -> Any:
    from sqlalchemy import bindparam, select

    from saleswright.kernel.journal.tables import answered

    found = select(answered.c.digest, answered.c.status, answered.c.answer, answered.c.at)
    return found.where(answered.c.key == bindparam("of"))


def _answered() -> Any:
    from saleswright.kernel.journal.tables import answered

    return answered.insert().values({column.name: None for column in answered.columns})


def _forget() -> Any:
    from sqlalchemy import bindparam

    from saleswright.kernel.journal.tables import answered

    return answered.delete().where(answered.c.at < bindparam("before"))


KNOWN, RECORD, DETAIL, EVENTS = Ready(_known), Ready(_record), Ready(_detail), Ready(_events)
ANSWER, ANSWERED, FORGET = Ready(_answer), Ready(_answered), Ready(_forget)
