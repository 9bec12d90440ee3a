"""What does the record say of these open deals: stage and since when, pushes, the next step, the last touch?

Only deals that a metric's rows were made of are asked about, so they are this actor's to see; a field hidden from the actor
is read as missing. Days in a stage and pushes need history; without it they are None.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import tier
from saleswright.lib.zone import local_date
from saleswright.measure.metrics.asked import ask, metrics_in_force
from saleswright.measure.metrics.compute import evaluate

FEWEST = 10
"""Deals that left a stage, from which it is said how long is typical."""

_KNOWN = "valid_from <= $as_of AND known_from <= $known AND known_to > $known AND NOT removed"
_AS_OF = f"{_KNOWN} AND valid_to > $as_of"
_MINE = "list_contains($ids::VARCHAR[], {})"
# What the sources call an activity that is still to be done.
_AHEAD = ("not started", "open", "planned", "scheduled", "in progress", "deferred", "to do", "pending", "waiting")


@dataclass(frozen=True, slots=True)
class Told:
    """One open deal as of then. since: when it came into its stage; last: kind of the last activity, with its direction."""

    id: str
    name: str
    account: str
    stage: str
    owner: str
    team: str
    category: str
    next_step: str | None
    next_on: date | None
    last: str
    last_on: date | None
    since: datetime | None
    pushed: int | None

    def in_stage(self, at: Snapshot) -> int | None:
        """Days in the present stage."""
        return (at.day - local_date(self.since, at.workspace.zone)).days if self.since else None


def told(at: Snapshot, ids: Sequence[str]) -> dict[str, Told]:
    """What is known of each of these deals, by id."""
    if not ids:
        return {}
    own = {row[0]: row[1:] for row in _rows(at, _deals(at), ids)}
    moves = {row[0]: row[1:] for row in _rows(at, _versions(at), ids)} if tier(at).has(2) or tier(at).has(3) else None
    steps = {row[0]: row[1] for row in _rows(at, _STEPS, ids)} if at.policy.field_allowed("deal", "next_step") else {}
    touched = {row[0]: row[1:] for row in _rows(at, _touches(at), ids)} if _may_touch(at) else {}
    found = {}
    for one, (name, account, stage, owner, team, category, next_on, last_on) in own.items():
        kind, direction, when = touched.get(one, (None, None, None))
        since, pushed = moves.get(one, (None, 0)) if moves is not None else (None, None)
        word = " ".join(
            part for part in (kind or "", {"inbound": "in", "outbound": "out"}.get(direction or "", "")) if part
        )
        if last_on and (when is None or last_on > when):
            word, when = ("" if when is None or last_on > when else word), last_on
        # A push is seen where close dates are, and a stage where stages are.
        pushed = pushed if at.policy.field_allowed("deal", "expected_close") else None
        found[one] = Told(
            one,
            name or "",
            account or "",
            stage or "",
            owner or "",
            team or "",
            category or "",
            steps.get(one),
            next_on,
            word,
            when,
            since if stage else None,
            pushed,
        )
    return found


def typical(at: Snapshot) -> dict[str, int]:
    """By stage, how many days deals stay in it: the middle one of those that left it in the last 12 months.

    Without history, and for a stage that fewer than ten deals left, nobody knows.
    """
    found = metrics_in_force(at)
    if "time_in_stage" not in found or not tier(at).history or not at.policy.field_allowed("deal", "stage"):
        return {}
    groups = evaluate(at, ask(at, "time_in_stage", ("stage",), "last 12 months")).groups
    return {
        key[0]: int(figure.value)
        for key, figure in groups.items()
        if isinstance(figure.value, (int, float)) and (figure.n or 0) >= FEWEST
    }


def _may_touch(at: Snapshot) -> bool:
    return all(at.policy.field_allowed("activity", field) for field in ("occurred", "kind", "direction", "status"))


def _deals(at: Snapshot) -> str:
    def own(field: str) -> str:
        return f"d.{field}" if at.policy.field_allowed("deal", field) else "NULL"

    team = f"coalesce({own('team')}, {'p.team' if at.policy.field_allowed('person', 'team') else 'NULL'})"
    account = "a.name" if at.policy.field_allowed("account", "name") and own("account") != "NULL" else "NULL"
    last = f"CASE WHEN local_day({own('last_activity')}) <= $day THEN local_day({own('last_activity')}) END"
    last = last if own("last_activity") != "NULL" else "NULL::DATE"
    told_then = 'known_from <= $known AND known_to > $known AND valid_to > $as_of AND (valid_from <= $as_of OR "first")'
    return (
        f"SELECT d.id, {own('name')}, {account}, {own('stage')}, {own('owner')}, {team}, {own('forecast_category')}, "
        f"{own('next_step_on')}, {last} FROM (SELECT * FROM deal WHERE {_AS_OF} AND {_MINE.format('id')}) d "
        f"LEFT JOIN (SELECT id, team FROM person WHERE {told_then}) p ON d.owner = p.id "
        f"LEFT JOIN (SELECT id, name FROM account WHERE {told_then}) a ON d.account = a.id"
    )


def _versions(at: Snapshot) -> str:
    """(id, since when in its stage, how often its close date was moved later while it was open)."""
    lags = ", ".join(f"lag({f}) OVER w AS was_{f}" for f in ("stage", "expected_close", "standing"))
    pushed = "expected_close > was_expected_close AND standing = 'open' AND was_standing = 'open'"
    came = (
        '(was_stage IS NULL OR stage IS DISTINCT FROM was_stage) AND (NOT "first" OR valid_from::DATE <= created + 1)'
    )
    return (
        f"SELECT id, max(valid_from) FILTER ({came}), count(*) FILTER ({pushed}) FROM "
        f"(SELECT *, {lags} FROM deal WHERE {_KNOWN} AND {_MINE.format('id')} "
        "WINDOW w AS (PARTITION BY id ORDER BY valid_from)) GROUP BY id"
    )


_STEPS = (
    "SELECT id, arg_max(coalesce(value, ''), valid_from) FROM personal WHERE entity = 'deal' AND field = 'next_step' AND "
    "valid_from <= $as_of AND valid_to > $as_of AND known_from <= $known AND known_to > $known AND "
    f"{_MINE.format('id')} GROUP BY id"
)


def _touches(at: Snapshot) -> str:
    """(deal, kind, direction, day) of its last activity that was done by then, by a person."""
    ahead = ", ".join(repr(word) for word in _AHEAD)
    done = f"occurred <= $as_of AND NOT coalesce(automated, false) AND coalesce(lower(status), '') NOT IN ({ahead})"
    return (
        "SELECT deal, arg_max(coalesce(kind, ''), occurred), arg_max(coalesce(lower(direction), ''), occurred), "
        f"local_day(max(occurred)) FROM activity WHERE {_AS_OF} AND {_MINE.format('deal')} AND {done} GROUP BY deal"
    )


def _rows(at: Snapshot, sql: str, ids: Sequence[str]) -> list[tuple[Any, ...]]:
    values = {**at.clocks(), "day": at.day, "ids": list(ids)}
    named = set(re.findall(r"\$(\w+)", sql))
    return at.reader.rows(sql, {name: value for name, value in values.items() if name in named})
