"""How is it said what became of a request? The sentences of the door, the same on every face."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from saleswright.lib.money import Money
from saleswright.lib.zone import local_date

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
STATES = {
    "open": "waiting",
    "approved": "approved",
    "refused": "refused",
    "expired": "expired",
    "withdrawn": "withdrawn",
    "moved": "out of date",
    "applied": "applied",
    "failed": "failed",
    "in_doubt": "unconfirmed",
}
"""What a state is called on a face."""


def moment(at: int) -> datetime:
    """An instant of the journal (microseconds since 1970) as one with a zone."""
    return datetime.fromtimestamp(at / 1_000_000, UTC)


def day(at: int, zone: str) -> str:
    """The local day of an instant: 3 Nov 2026."""
    on = local_date(moment(at).replace(tzinfo=None), zone)
    return f"{on.day} {MONTHS[on.month - 1]} {on.year}"


def shown(value: Any) -> str:
    """A value inside a sentence."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Money):
        return f"{value.currency} {value.decimal:,}"
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, (date, int, float)):
        return str(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {shown(one)}" for key, one in value.items() if one is not None)
    if isinstance(value, (list, tuple)):
        return ", ".join(shown(one) for one in value)
    return f"'{value}'"


def counted(number: int, word: str) -> str:
    """1 line, 2 lines."""
    return f"{number:,} {word}" + ("" if number == 1 else "s")


def listed(names: Iterable[str], limit: int = 6) -> str:
    """a, b and c; the rest is counted."""
    every = list(names)
    if len(every) > limit:
        return f"{', '.join(every[:limit])} and {len(every) - limit:,} more"
    return " and ".join(part for part in (", ".join(every[:-1]), every[-1] if every else "") if part)


def moved(now: Any, old: Any) -> str:
    """Why a line is out of date."""
    return f"the record says {shown(now)} now, no longer {shown(old)}"


GONE = "there is no such record or field now, or it is not yours to see"


def because(reason: str) -> str:
    """A reason behind a sentence, where there is one."""
    return f": {reason}" if reason else ""
