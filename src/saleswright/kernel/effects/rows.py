"""An effect as it stands in the table, and as an adapter is handed it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

from saleswright.kernel import clock
from saleswright.kernel.effects.adapter import Outgoing
from saleswright.kernel.journal.ready import Ready


def moment() -> int:
    """Now, in microseconds since 1970."""
    return int(clock.now().timestamp() * 1_000_000)


def read(con: Any, number: int) -> Any:
    """One effect as it stands."""
    found = _effect()(con, of=number).first()
    assert found is not None
    return found


@cache
def _effect() -> Ready:
    def made() -> Any:
        from sqlalchemy import bindparam

        from saleswright.kernel.journal.tables import effect

        return effect.select().where(effect.c.id == bindparam("of"))

    return Ready(made)


def outgoing(row: Any) -> Outgoing:
    """A row of the table as adapters are handed it."""
    day = datetime.fromtimestamp(row.at / 1_000_000, UTC).date().isoformat()
    payload = json.loads(row.payload)
    return Outgoing(row.key, row.intent, row.subject, row.version, payload, row.attempts, row.request, day)
