"""Which deals moved most, and what happened to each, in words?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.money import Money
from saleswright.measure.flow.bridge import LINES
from saleswright.measure.flow.bridge_block import Bridged
from saleswright.measure.metrics.dimensions import names

FIELDS = ("name", "owner", "amount", "currency", "expected_close", "closed", "qualified", "lost_reason", "standing")
HELD = (
    "valid_from <= $as_of AND valid_to > $as_of AND known_from <= $known AND known_to > $known AND NOT removed"
    " AND list_contains($ids::VARCHAR[], id)"
)
# What a deal came to goes before how it came in.
DECIDED = ("won", "lost")


@dataclass(frozen=True, slots=True)
class Move:
    """One deal that moved: on which line, and what happened in words.

    The amount has the line's sign; only what was won is told as what it brought.
    """

    kind: str
    id: str
    name: str
    owner_name: str
    words: str
    amount: Figure


def moved(at: Snapshot, made: Bridged, most: int) -> tuple[Move, ...]:
    """The deals that moved most, largest first: each on the line that says most about it."""
    moves = made.moves
    ranked: list[tuple[int, str, str, int]] = []
    happened = np.zeros(len(moves.ids), bool)
    for step in LINES:
        happened |= moves.events[step.name]
    for place in np.nonzero(happened)[0].tolist():
        line, amount = _line(made, place)
        ranked.append((-abs(amount), str(moves.ids[place]), line, amount))
    chosen = sorted(ranked)[:most]
    ids = [one for _, one, _, _ in chosen]
    place_of = {str(key): place for place, key in enumerate(moves.ids)} if ids else {}
    held_now = [one for one in ids if made.deals.now.held[place_of[one]]]
    held_then = [one for one in ids if made.deals.past.held[place_of[one]]]
    now, then = _details(at, held_now), _details(at.at(made.since), held_then)
    owners = names(at, "person", [row["owner"] for row in (*then.values(), *now.values()) if row.get("owner")])
    labels = {line.name: line.label for line in LINES}
    found = []
    for _, one, line, amount in chosen:
        was, is_ = then.get(one, {}), now.get(one, {})
        newest = is_ or was
        # Won is told as what it brought, not as what it takes from what is open.
        value = Money(abs(amount) if line == "won" else amount, at.currency)
        found.append(
            Move(
                kind=line,
                id=one,
                name=str(newest.get("name") or one.split("_", 2)[-1]),
                owner_name=owners.get(str(newest.get("owner")), "(no owner)"),
                words=_words(at, line, was, is_),
                amount=Figure("moved", value, "money", labels[line], n=1),
            )
        )
    return tuple(found)


def _line(made: Bridged, place: int) -> tuple[str, int]:
    """The line that says most about a deal: how it was decided, else where its amount moved most."""
    amounts, events = made.moves.amounts, made.moves.events
    own = [line.name for line in LINES if events[line.name][place]]
    first = next((name for name in DECIDED if name in own), "")
    name = first or max(own, key=lambda one: abs(int(amounts[one][place])))
    return name, int(amounts[name][place])


def _details(at: Snapshot, ids: list[str]) -> dict[str, dict[str, Any]]:
    """What the record says of these deals on that day, without the fields the reader may not see."""
    if not ids:
        return {}
    shown = [field for field in FIELDS if at.policy.field_allowed("deal", field)]
    sql = f"SELECT id, {', '.join(shown)} FROM deal WHERE {HELD}"
    rows = at.reader.rows(sql, {**at.clocks(), "ids": ids})
    return {str(row[0]): dict(zip(shown, row[1:], strict=True)) for row in rows}


def _words(at: Snapshot, line: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """What happened, in a few words: only from fields that are there."""
    if line == "won":
        closed, start = now.get("closed"), now.get("qualified")
        signed = f"signed {_day(closed, at)}" if closed else "signed"
        return (
            f"{signed}, {(closed - start).days:,} d from qualified" if closed and start and closed >= start else signed
        )
    if line == "lost":
        reason = now.get("lost_reason")
        return f"reason: {reason}" if reason else "no reason given" if "lost_reason" in now else "lost"
    if line in ("new", "reopened", "late", "other", "transferred_in"):
        parts = [f"qualified {_day(now['qualified'], at)}"] if now.get("qualified") else []
        parts += [f"close {_day(now['expected_close'], at)}"] if now.get("expected_close") else []
        return ", ".join(parts) or f"now {now.get('standing') or 'gone'}"
    if line in ("increased", "decreased"):
        return f"amount {_amount(was)} \u2192 {_amount(now)}"
    if line in ("pulled_in", "pushed_in", "redated", "pushed_out", "pulled_out", "undated"):
        return f"close {_day(was.get('expected_close'), at)} \u2192 {_day(now.get('expected_close'), at)}"
    if line == "past_due":
        return f"close {_day(now.get('expected_close'), at)} has passed"
    if line == "transferred_out":
        return "no longer in this group"
    return f"now {now['standing']}, no longer counted" if now.get("standing") else "no longer in the record"


def _day(day: date | None, at: Snapshot) -> str:
    if day is None:
        return "none"
    return f"{day.day} {day:%b}" + ("" if day.year == at.day.year else f" {day.year}")


def _amount(row: Mapping[str, Any]) -> str:
    minor, currency = row.get("amount"), row.get("currency")
    if minor is None or not currency:
        return "none"
    return f"{currency} {Money(minor, currency).decimal:,.0f}"
