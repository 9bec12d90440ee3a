"""How is a record said on a page? Its act in plain words, what it says in a line, and its parts as text or as changes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from saleswright.data.audit import log
from saleswright.kernel.door.words import MONTHS

ACTS = {
    "proposed": "suggested",
    "authored": "wrote down",
    "decided by approval": "let through by a rule",
    "effect planned": "prepared to send",
    "effect approved": "let go out",
    "effect claimed": "took up to send",
    "effect sending": "began to send",
    "effect confirmed": "sent",
    "effect failed": "failed to send",
    "effect in doubt": "sent, unconfirmed",
    "effect resolved": "settled as sent",
    "effect cancelled": "called off",
    "effect narrowed": "left changes out",
    "schedule seen": "read a schedule",
    "schedule begun": "began a run",
    "schedule begun again": "began a run again",
    "schedule done": "ended a run",
    "schedule failed": "failed in a run",
    "schedule missed": "missed a run",
    "schedule unconfirmed": "ended a run, unconfirmed",
}
"""What an act is called on a page, where that is another word."""

_KINDS = {"effect": "sending", "action": ""}
_VERDICTS = {"yes": "approved", "no": "refused"}
# What says most comes first; what only proves or counts for the machine is left to the record's own page.
_FIRST = ("title", "verdict", "reason", "said", "state")
_PROOFS = frozenset({"key", "worker", "version", "from", "outside_id", "seen", "action", "args", "exit_code", "snap"})
_CALLED = {
    "snap": "as of version",
    "adapter": "goes out by",
    "n": "change",
    "said": "what was said",
    "by_hand": "by hand",
    "attempts": "try",
    "approved": "changes approved",
    "refused": "changes refused",
    "waiting": "changes still waiting",
    "moved": "changes out of date",
}
NOTHING: tuple[Any, ...] = (None, "", [], {}, 0, False)

Change = tuple[str, str, str, str, str]


def about(entry: log.Entry) -> str:
    """What a record is about, in words: request 17, sending 4, import."""
    kind, colon, _ = entry.subject.partition(":")
    if not colon or kind not in _KINDS:
        return entry.about
    return entry.about.replace(kind, _KINDS[kind], 1).strip()


def link(entry: log.Entry, requests: Mapping[int, int]) -> str:
    """Where what a record is about is shown; empty where there is no page of it. requests: of which request a sending is."""
    kind, _, name = entry.subject.partition(":")
    if not (name.isascii() and name.isdigit() and len(name) < 16):
        return ""
    number = {"request": int(name), "effect": requests.get(int(name), 0)}.get(kind, 0)
    return f"/inbox/{number}" if number else ""


def screen(seen: Mapping[str, Any]) -> tuple[str, list[Mapping[str, Any]]]:
    """What was on screen as (version, figures); what a command said there may be anything, and is left out."""
    found, snap = seen.get("figures"), seen.get("snap")
    figures = [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
    return snap if isinstance(snap, str) else "", figures


def summary(entry: log.Entry) -> str:
    """What a record says, in one line: its title, verdict and reason where it has them, else what it holds."""
    body = entry.body or {}
    parts = [str(body[key]) for key in _FIRST if isinstance(body.get(key), str) and body[key]]
    parts = [_VERDICTS.get(part, part) for part in parts]
    if not parts:
        args = body.get("args")
        held = {**(args if isinstance(args, Mapping) else {}), **body}
        parts = [_pair(key, value) for key, value in held.items() if key not in _PROOFS and value not in NOTHING]
    return "; ".join(dict.fromkeys(parts))[: log.LONG]


def parts(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A body part by part as (name, text), what says most first; without what is nothing."""
    rank = {key: place for place, key in enumerate(_FIRST)}
    ordered = sorted(body, key=lambda key: rank.get(key, len(rank)))
    return [(called(key), text(body[key])) for key in ordered if body[key] not in NOTHING]


def called(key: str) -> str:
    """A part's name in words."""
    return _CALLED.get(key, key.replace("_", " "))


def text(value: Any) -> str:
    """A part of a body: plain values as they are, what is the same for all once, the rest as JSON."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return _VERDICTS.get(value, value)
    if isinstance(value, int | float):
        return f"{value:,}"
    if isinstance(value, Mapping) and set(value) == {"amount", "currency"}:
        return f"{value['currency']} {_grouped(value['amount'])}"
    if _plain(value):
        return ", ".join(str(one) for one in value)
    if isinstance(value, Mapping) and len(value) > 1:
        every = list(value.values())
        if all(one == every[0] for one in every):
            return f"{text(every[0])}, the same for all {len(every)}"
    return json.dumps(value, ensure_ascii=False, indent=2)


def changes(lines: Any) -> list[Change]:
    """The changes of a request as (record, field, old, new, reason); none where these are no such changes."""
    if not isinstance(lines, list) or not all(isinstance(one, Mapping) and "new" in one for one in lines):
        return []
    return [
        (
            str(one.get("subject", "")),
            str(one.get("field") or one.get("entity") or "").replace("_", " "),
            _brief(one.get("old")),
            _brief(one.get("new")),
            str(one.get("reason") or ""),
        )
        for one in lines
    ]


def _brief(value: Any) -> str:
    return "" if value in (None, "") else text(value)


def _grouped(amount: Any) -> str:
    try:
        return f"{Decimal(str(amount)):,}"
    except InvalidOperation:
        return str(amount)


def _plain(value: Any) -> bool:
    return isinstance(value, Sequence) and all(isinstance(one, str | int | float) for one in value)


def _pair(key: str, value: Any) -> str:
    if value is True:
        return called(key)
    if isinstance(value, str) and "T" in value:
        return f"{called(key)} {_moment(value)}"
    return f"{called(key)} {text(value) if isinstance(value, int | float) else log.flat(value)}"


def _moment(given: str) -> str:
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        return given
    return f"{at.day} {MONTHS[at.month - 1]} {at:%Y %H:%M %Z}".strip()
