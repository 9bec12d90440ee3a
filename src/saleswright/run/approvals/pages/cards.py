"""How is a request shown? Its changes as old and new, what is at stake, who asks and who has agreed; words for people."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, get_args

from saleswright.kernel.change import Place, Shift
from saleswright.kernel.door.told import Told, ToldLine
from saleswright.kernel.door.words import STATES
from saleswright.kernel.report import Figure, Unit
from saleswright.kernel.workspace import Workspace
from saleswright.lib.money import Money
from saleswright.lib.zone import local_date

SHOWN = 3
"""Records of a request whose changes are shown in a list; the rest is counted."""

FIGURES = 4

WAYS = {
    "csv": "as a file of changes",
    "webhook": "to another program",
    "mail": "by mail",
    "journal": "as a note of ours",
}
"""How a change goes out, in words; another way says its name."""

_UNITS = frozenset(get_args(Unit))
_ADDRESS = re.compile(r"/(?!/)[\w/.,:@;=?&%+~-]*")


@dataclass(frozen=True, slots=True)
class Diff:
    """One change as it is read: what, from what, to what. parts: of an event, its fields instead."""

    line: ToldLine
    what: str
    old: Any
    new: Any
    parts: tuple[tuple[str, Any], ...]
    state: str
    moved: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """One record and what would change of it, with what shows it, said once. key: its own id, where it was given one."""

    label: str
    key: str
    diffs: tuple[Diff, ...]
    amount: Money | None
    evidence: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Card:
    """One request in a list. mine: the changes that wait for the reader; `short` says why not all of them.

    named: its title says which record it is about.
    """

    request: Told
    title: str
    key: str
    named: bool
    records: tuple[Changed, ...]
    more: int
    mine: int
    stake: tuple[Money, ...]
    shifts: tuple[tuple[Figure, Figure], ...]
    expires: date
    left: int
    waits: str
    short: str
    similar: str
    seen: str

    @property
    def soon(self) -> bool:
        """Is there hardly any time left?"""
        return self.left <= 2


def diff(line: ToldLine, moved: str = "") -> Diff:
    """A change; fields of an event are told one by one."""
    new = line.new
    parts: tuple[tuple[str, Any], ...] = ()
    if isinstance(new, Mapping):
        parts = tuple((str(key).replace("_", " "), value) for key, value in new.items() if value is not None)
    what = (line.field or line.entity).replace("_", " ")
    return Diff(line, what, line.old, new, parts, STATES.get(line.state, line.state), moved)


def changed(lines: Sequence[ToldLine], moved: Mapping[int, str] | None = None) -> list[Changed]:
    """The changes record by record, in the order in which they were asked for."""
    by: dict[tuple[str, str], list[ToldLine]] = {}
    for line in lines:
        by.setdefault((line.entity, line.subject), []).append(line)
    return [
        Changed(
            *named(some[0].label or some[0].subject, some[0].subject),
            tuple(diff(line, (moved or {}).get(line.n, "")) for line in some),
            next((line.amount for line in some if line.amount is not None), None),
            tuple(_evidence(text) for text in dict.fromkeys(text for line in some for text in line.evidence)),
        )
        for some in by.values()
    ]


def named(text: str, subject: str) -> tuple[str, str]:
    """A name, and apart from it the record's own id where the text ends with it: it only tells two of one name apart."""
    name, _, rest = text.rpartition(" (")
    key = rest.removesuffix(")")
    return (name, key) if name and key and rest.endswith(")") and subject.endswith(f"_{key}") else (text, "")


def titled(told: Told) -> tuple[str, str]:
    """What a request is called, and apart from it the id of the record that it is about."""
    return named(told.title, told.lines[0].subject if told.lines else "")


def _evidence(text: str) -> tuple[str, str, str]:
    """(kind, words, address): a figure by its reference, a page of ours, or plain words. Nothing else becomes a link."""
    if "@" in text and "snap=" in text:
        return "figure", text.partition("@")[0].replace("_", " "), text
    if _ADDRESS.fullmatch(text):
        return "page", text, text
    return "words", text, ""


def stake(lines: Sequence[ToldLine]) -> tuple[Money, ...]:
    """What is at stake, a sum for each currency: of each record once, however many of its fields would change."""
    sums: dict[str, Money] = {}
    known: set[tuple[str, str]] = set()
    for line in lines:
        if line.amount is not None and (line.entity, line.subject) not in known:
            known.add((line.entity, line.subject))
            held = sums.get(line.amount.currency)
            sums[line.amount.currency] = line.amount if held is None else held + line.amount
    return tuple(sums[code] for code in sorted(sums))


def moving(told: Told, most: int | None = None) -> list[Shift]:
    """The headline figures that would be others."""
    return [one for one in told.preview if one.before != one.after][:most]


def shift(one: Shift) -> tuple[Figure, Figure]:
    """A headline figure as it is now, and what it would be."""
    unit: Any = one.unit if one.unit in _UNITS else "text"
    now = Figure(one.name, one.before, unit, one.label, reason=one.reason, ref=one.ref)
    return now, Figure(one.name, one.after, unit, one.label, reason=one.reason)


def seen(told: Told, most: int | None = None) -> str:
    """What stands on the screen beside the buttons, as the decision will keep it."""
    figures = [{"ref": one.ref, "before": _plain(one.before), "after": _plain(one.after)} for one in moving(told, most)]
    return json.dumps({"snap": told.snap, "figures": figures}, separators=(",", ":"))


def was_seen(given: str, told: Told) -> dict[str, Any]:
    """What a form says was on the screen. Only figures of this very request are believed, and only as it shows them."""
    shown = json.loads(seen(told))
    try:
        said = json.loads(given)
        refs = {str(one["ref"]) for one in said["figures"]}
    except (ValueError, TypeError, KeyError):
        return {}
    figures = [one for one in shown["figures"] if one["ref"] in refs]
    return {"snap": shown["snap"], "figures": figures} if figures or said.get("snap") == shown["snap"] else {}


def _plain(value: Any) -> Any:
    from saleswright.kernel.envelope import plain

    return plain(value)


def card(
    workspace: Workspace,
    told: Told,
    lines: Sequence[ToldLine],
    now: datetime,
    *,
    mine: int = 0,
    waits: str = "",
    short: str = "",
    similar: str = "",
    moved: Mapping[int, str] | None = None,
    whole: bool = False,
) -> Card:
    """A request as a list shows it; `whole` shows every change of it."""
    every = changed(lines, moved)
    shown = every if whole else every[:SHOWN]
    most = None if whole else FIGURES
    title, key = titled(told)
    expires = day_of(workspace, told.expires)
    return Card(
        told,
        title,
        key,
        len(every) == 1 and bool(every[0].label) and title.endswith(every[0].label),
        tuple(shown),
        len(lines) - sum(len(one.diffs) for one in shown),
        mine,
        stake([line for line in lines if line.state == "open"] or lines),
        tuple(shift(one) for one in moving(told, most)),
        expires,
        (expires - day_of(workspace, now)).days,
        waits,
        short,
        similar,
        seen(told, most),
    )


def day_of(workspace: Workspace, at: datetime) -> date:
    """The day of a moment where the company is."""
    return local_date(at.replace(tzinfo=None), workspace.zone)


def way(adapter: str) -> str:
    """How it goes out, in words."""
    kind, _, name = adapter.partition(":")
    said = WAYS.get(kind, f"by {kind}")
    return f"{said} ({name})" if name else said


def places(lines: Sequence[ToldLine]) -> list[Place]:
    """Where the values of these lines stand."""
    return [(line.entity, line.subject, line.field) for line in lines]
