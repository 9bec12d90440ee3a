"""What does the log say? Its records with the names and bodies that are kept beside the chain, newest first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

ERASED = "erased"
LONG = 160
_MICRO = 1_000_000
# What of a body stands in a column of its own, or says nothing to people.
_ELSEWHERE = ("seen", "action", "args", "exit_code")


@dataclass(frozen=True, slots=True)
class Entry:
    """One record. at: its moment (UTC). actor, body: None where they were erased. event: its type, empty for most."""

    seq: int
    at: datetime
    actor: str | None
    act: str
    subject: str
    event: str
    body: Mapping[str, Any] | None

    @property
    def about(self) -> str:
        """Its subject for people: "request:17" -> "request 17"."""
        return self.subject.replace(":", " ", 1).replace("-", " ")

    @property
    def words(self) -> str:
        """Its body in one line, without what was on screen; that it was erased where it was."""
        if self.body is None:
            return ERASED
        shown = {key: value for key, value in self.body.items() if key not in _ELSEWHERE}
        return flat({**self.body.get("args", {}), **shown})[:LONG]

    @property
    def seen(self) -> Mapping[str, Any]:
        """What was on screen when it was decided: "snap" and "figures", by reference; empty for most."""
        found = (self.body or {}).get("seen")
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records: whole texts of actor and act, the beginning of a subject, moments (UTC; until is exclusive)."""

    actor: str = ""
    act: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


def entries(con: Any, wanted: Wanted = Wanted(), limit: int = 50, before: int | None = None) -> list[Entry]:
    """Records by number, the newest first. before: only those with a smaller number, for the next page."""
    from sqlalchemy import select

    from saleswright.kernel.journal.tables import actor as actors
    from saleswright.kernel.journal.tables import detail, record

    asked = select(
        record.c.seq,
        record.c.at,
        actors.c.name,
        record.c.act,
        record.c.subject,
        detail.c.event,
        detail.c.body,
    ).select_from(_joined())
    asked = asked.where(*_conditions(wanted)).order_by(record.c.seq.desc()).limit(limit)
    if before is not None:
        asked = asked.where(record.c.seq < before)
    return [
        Entry(row.seq, moment(row.at), row.name, row.act, row.subject, row.event, _read(row.body))
        for row in con.execute(asked)
    ]


def count(con: Any, wanted: Wanted = Wanted()) -> int:
    """How many records are there of this kind?"""
    from sqlalchemy import func, select

    asked = select(func.count()).select_from(_joined()).where(*_conditions(wanted))
    return int(con.execute(asked).scalar_one())


def choices(con: Any, column: str) -> list[str]:
    """The actors ("actor") or acts ("act") that occur, by name."""
    from sqlalchemy import select

    from saleswright.kernel.journal.tables import actor as actors
    from saleswright.kernel.journal.tables import record

    wanted = actors.c.name if column == "actor" else record.c.act
    return sorted(str(row[0]) for row in con.execute(select(wanted).distinct()) if row[0] is not None)


def moment(at: int) -> datetime:
    """A record's moment: microseconds since 1970 -> UTC."""
    return datetime.fromtimestamp(at // _MICRO, UTC).replace(microsecond=at % _MICRO)


def _joined() -> Any:
    from saleswright.kernel.journal.tables import actor as actors
    from saleswright.kernel.journal.tables import detail, record

    return record.join(detail, detail.c.seq == record.c.seq).join(actors, actors.c.id == record.c.actor)


def _conditions(wanted: Wanted) -> list[Any]:
    from saleswright.kernel.journal.tables import actor as actors
    from saleswright.kernel.journal.tables import record

    found: list[Any] = []
    if wanted.actor:
        found.append(actors.c.name == wanted.actor)
    if wanted.act:
        found.append(record.c.act == wanted.act)
    if wanted.subject:
        found.append(record.c.subject.startswith(wanted.subject, autoescape=True))
    if wanted.since:
        found.append(record.c.at >= int(wanted.since.timestamp() * _MICRO))
    if wanted.until:
        found.append(record.c.at < int(wanted.until.timestamp() * _MICRO))
    return found


def _read(body: bytes | None) -> Mapping[str, Any] | None:
    return None if body is None else json.loads(bytes(body))


def flat(value: Any) -> str:
    """Any value in one line."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {flat(one)}" for key, one in value.items() if one not in (None, "", [], {}))
    if isinstance(value, list):
        return " ".join(flat(one) for one in value)
    return str(value)
