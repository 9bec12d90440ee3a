"""How are requests laid out? Tables of what waits, and one request whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from saleswright.kernel.door.similar import Similar
from saleswright.kernel.door.submit import cell, shifts_table
from saleswright.kernel.door.told import Told
from saleswright.kernel.door.waiting import Waiting
from saleswright.kernel.door.words import STATES, counted
from saleswright.kernel.effects.states import FACE
from saleswright.kernel.report import Block, Column, Note, Table
from saleswright.lib.money import Money
from saleswright.lib.zone import local_date
from saleswright.run.schedules.failed import Failed


def at_stake(amounts: Sequence[Money | None]) -> Money | None:
    """What is at stake in all of them; None where one is unknown or currencies differ."""
    if not amounts or None in amounts:
        return None
    known = [one for one in amounts if one is not None]
    if len({one.currency for one in known}) > 1:
        return None
    return Money(sum(one.minor for one in known), known[0].currency)


def stakes(request: Told) -> Money | None:
    """What is at stake in a request, each record counted once."""
    by_subject = {(line.entity, line.subject): line.amount for line in request.lines}
    return at_stake(list(by_subject.values()))


def groups(waiting: Sequence[Waiting]) -> Table:
    """What waits, by what asked for it, how it goes out and how risky it is."""
    found: dict[tuple[str, str, str], list[Waiting]] = {}
    for one in waiting:
        found.setdefault(one.group, []).append(one)
    columns = (
        Column("action", "Asked by"), Column("adapter", "Goes out by"), Column("risk", "Risk"),
        Column("requests", "Requests", "count"), Column("lines", "Changes", "count"),
    )  # fmt: skip
    rows = tuple(
        (action, adapter, risk, len(some), sum(len(one.mine) for one in some))
        for (action, adapter, risk), some in found.items()
    )
    return Table("groups", columns, rows, "What waits for you")


def requests(waiting: Sequence[Waiting], zone: str) -> Table:
    """Each request that waits; until when in days of this zone."""
    columns = (
        Column("request", "Request"), Column("title", "What"), Column("by", "Suggested by"),
        Column("lines", "Changes", "count"), Column("at_stake", "At stake", "money"), Column("reason", "Why"),
        Column("agreed", "Agreed"), Column("expires", "Until", "date"),
    )  # fmt: skip
    rows = tuple(
        (
            one.request.id, one.request.title, one.request.by, len(one.mine), stakes(one.request), one.request.reason,
            ", ".join(one.agreed), local_date(one.request.expires.replace(tzinfo=None), zone),
        )
        for one in waiting
    )  # fmt: skip
    return Table("requests", columns, rows, "Request by request")


def mine(told: Sequence[Told]) -> Table:
    """What this person asked for, and where it stands."""
    columns = (
        Column("request", "Request"), Column("title", "What"), Column("state", "State"), Column("lines", "Changes"),
        Column("at", "Suggested", "moment"),
    )  # fmt: skip
    rows = tuple((one.id, one.title, STATES.get(one.state, one.state), tally(one), one.at) for one in told)
    return Table("mine", columns, rows, "What you suggested")


def failed(broken: Sequence[Failed]) -> Table:
    """What ran by itself and did not end well, and what to do about it."""
    columns = (
        Column("schedule", "Schedule"), Column("action", "Runs"), Column("at", "When", "moment"), Column("state", "It was"),
        Column("said", "It said"), Column("how", "What to do"),
    )  # fmt: skip
    rows = tuple((one.name, one.action, one.at, one.state, one.said, f"{one.how} {one.again}") for one in broken)
    return Table("failed", columns, rows, "What ran by itself and failed")


def tally(request: Told) -> str:
    """2 applied, 1 refused."""
    return ", ".join(f"{count:,} {STATES.get(state, state)}" for state, count in request.counts().items())


def whole(request: Told, alike: Similar) -> list[Block]:
    """One request: every change with its reason and evidence, the figures it moves, who said what, what went out."""
    columns = (
        Column("n", "Line", "count"), Column("label", "What"), Column("field", "Field"), Column("old", "Was"),
        Column("new", "Suggested"), Column("reason", "Why"), Column("evidence", "Evidence"),
        Column("at_stake", "At stake", "money"), Column("state", "State"), Column("said", "Because"),
    )  # fmt: skip
    rows: tuple[tuple[Any, ...], ...] = tuple(
        (
            line.n, line.label or line.subject, line.field or line.entity.replace("_", " "), cell(line.old), cell(line.new),
            line.reason, "; ".join(line.evidence), line.amount, STATES.get(line.state, line.state), line.said,
        )
        for line in request.lines
    )  # fmt: skip
    blocks: list[Block] = [Table("lines", columns, rows, "What would change"), *shifts_table(request.preview)]
    if request.decisions:
        blocks.append(_decisions(request))
    if request.effects:
        blocks.append(_effects(request))
    return blocks + _similar(alike)


def _decisions(request: Told) -> Table:
    columns = (
        Column("who", "Who"), Column("verdict", "Said"), Column("line", "Of"), Column("reason", "Because"),
        Column("at", "When", "moment"),
    )  # fmt: skip
    rows = tuple(
        (f"approval {one.policy}" if one.policy else one.actor, one.verdict, _of(one.n), one.reason, one.at)
        for one in request.decisions
    )
    return Table("decisions", columns, rows, "Who decided")


def _effects(request: Told) -> Table:
    columns = (
        Column("effect", "Number"), Column("line", "Of"), Column("adapter", "Goes out by"), Column("state", "State"),
        Column("tries", "Tries", "count"), Column("said", "Because"),
    )  # fmt: skip
    rows = tuple(
        (one.id, _of(one.n), one.adapter, FACE.get(one.state, one.state), one.attempts, one.said)
        for one in request.effects
    )
    return Table("effects", columns, rows, "What goes out")


def _similar(alike: Similar) -> list[Block]:
    if not (alike.yes or alike.no):
        return []
    columns = (
        Column("request", "Request"), Column("label", "What"), Column("field", "Field"), Column("old", "Was"),
        Column("new", "Suggested"), Column("verdict", "Said"), Column("by", "By"), Column("reason", "Because"),
    )  # fmt: skip
    rows = tuple(
        (one.request, one.label, one.field, cell(one.old), cell(one.new), one.verdict, one.by, one.reason)
        for one in alike.last
    )
    total = counted(alike.yes + alike.no, "like change")
    note = Note(f"Of {total} decided before, {alike.yes:,} approved and {alike.no:,} refused.")
    return [*([Table("similar", columns, rows, "How the like of it was decided")] if rows else []), note]


def _of(n: int) -> str:
    return f"line {n}" if n else "all"
