"""What did people do, and what came of it? Rows made of logged activities, messages, leads and deals.

response   one row for each lead: when it arrived, when a person first answered, whether that was in time
prospect   one row for each person touched in the period: when first, by whom, what came of it
call       one row for each call, its outcome told as one of a closed list
meeting    one row for each meeting, however often it was moved
recipient  one row for each person that mail reached in the period, and what came back
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from saleswright.history.schema import Entity, Field
from saleswright.measure.metrics.made.kind import Made

if TYPE_CHECKING:
    import ibis.expr.types as ir

Build = Callable[[Mapping[str, Entity], str], "ir.Table"]


def _dims(**told: str) -> tuple[Field, ...]:
    return tuple(Field(name, kind, dimension=True) for name, kind in told.items())


def _plain(**told: str) -> tuple[Field, ...]:
    return tuple(Field(name, kind) for name, kind in told.items())


RESPONSE = Entity(
    "response",
    (
        *_dims(owner="person", source="text", channel="text", campaign="campaign", status="text"),
        *_plain(created="date", received="moment", answered="date", touched="moment", until="moment", hours="number"),
        *_plain(prompt="bool", due="bool", early="bool", deal="deal", account="account"),
    ),
)
PROSPECT = Entity(
    "prospect",
    (
        *_dims(owner="person", account="account"),
        *_plain(touched="date", touches="int", known="bool", qualified="date", answered="date"),
        *_plain(lead="lead", contact="contact"),
    ),
)
CALL = Entity(
    "call",
    (
        *_dims(owner="person", status="text", disposition="text", direction="text", automated="bool"),
        *_plain(occurred="moment", minutes="number", connected="bool", done="bool"),
        *_plain(deal="deal", account="account", contact="contact", lead="lead"),
    ),
)
MEETING = Entity(
    "meeting",
    (
        *_dims(owner="person", kind="text", status="text"),
        *_plain(booked="moment", occurred="moment", held="bool", called_off="bool", tries="int"),
        *_plain(deal="deal", account="account", contact="contact", lead="lead"),
    ),
)
RECIPIENT = Entity(
    "recipient",
    (
        *_dims(owner="person", campaign="campaign"),
        *_plain(delivered="date", mails="int", known="bool", replied="date", positive="date", clicked="date"),
        *_plain(contact="contact", lead="lead"),
    ),
)
# What the rows are made of: nothing can be said where the record has none of it.
STANDS_ON: dict[str, dict[str, tuple[str, ...]]] = {
    "response": {"lead": ("created",), "activity": ("occurred",)},
    "prospect": {"activity": ("occurred",)},
    "call": {"activity": ("occurred",)},
    "meeting": {"activity": ("occurred",)},
    "recipient": {"message": ("delivered",)},
}


def build(name: str) -> Build:
    """What makes the rows of that name; Ibis is imported only when they are made."""

    def made(schema: Mapping[str, Entity], shape: str) -> ir.Table:
        rows: Build = getattr(import_module("saleswright.measure.metrics.response_rows"), name)
        return rows(schema, shape)

    return made


KINDS = tuple(
    Made(one, build(one.name), of=tuple(STANDS_ON[one.name]), stands_on=STANDS_ON[one.name])
    for one in (RESPONSE, PROSPECT, CALL, MEETING, RECIPIENT)
)
