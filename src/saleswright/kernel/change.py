"""What should be changed, and why? A rule or a plan reads the record and returns a change request; it writes nothing.

Applied it is only after somebody, or a policy, agreed, and only line by line: a line whose old value has moved is
refused on its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from saleswright.lib.money import Money

Risk = Literal["low", "medium", "high"]
RISKS: tuple[Risk, ...] = ("low", "medium", "high")

Place = tuple[str, str, str]
"""Where a value stands: (entity, subject, field)."""

JOURNAL = "journal"
"""The adapter of what is written down by ourselves: a line makes an authored event, in the transaction of the decision."""

SOON = 14
"""Days after which a request that nobody decided expires, unless it says otherwise."""


@dataclass(frozen=True, slots=True)
class Line:
    """One change: a field of one thing, from what it is to what it should be.

    entity, subject, field: what is changed, such as a record's table, its id, and the field. label: its name for people.
    old, new: plain typed values (text, number, bool, date, Money, None). reason: why this line. evidence: references of
    figures and addresses that show it. amount: what is at stake, for policies that grant up to an amount.

    An authored event (adapter "journal") is a line too: entity is its type, subject what it is about as "table:id", field
    is empty, old None, and new a mapping of its fields. To take one back old is that mapping and new None.
    """

    entity: str
    subject: str
    field: str
    old: Any
    new: Any
    reason: str
    label: str = ""
    evidence: tuple[str, ...] = ()
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """What an action that proposes returns.

    adapter: the way out by which it is applied ("journal" for authored events, "csv", "webhook", "mail" ...).
    action: which rule or command proposes it; filled in by the call. days: after how many it expires.
    undoes: the request it takes back. again: ask even for what was refused before.
    """

    title: str
    reason: str
    lines: tuple[Line, ...]
    adapter: str = "csv"
    risk: Risk = "low"
    action: str = ""
    days: int = SOON
    undoes: int | None = None
    next: tuple[str, ...] = field(default=())
    again: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What the record holds now of the places asked about; a place that is not there, or not to be seen, is absent.

    read: when the record itself was last read from where it is kept, None when that is not known. What was sent out
    after it is not in it yet.
    """

    values: Mapping[Place, Any]
    read: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """One headline figure before and after the change, with the reference of the one before."""

    name: str
    label: str
    unit: str
    before: Any
    after: Any
    ref: str = ""
    reason: str = ""
