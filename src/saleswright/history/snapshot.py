"""What did the record say then? A release, a moment, what was known, and whose eyes: frozen together when opened."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from saleswright.history.engine import Reader, Rows
from saleswright.history.release import Release, current, definitions_hash, release_path
from saleswright.history.schema import Entity, Field, entities
from saleswright.kernel import clock
from saleswright.kernel.call import Ambient
from saleswright.kernel.policy import Policy
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import FAILURE, USAGE, Issue, Stop, unknown
from saleswright.lib.money import CURRENCIES
from saleswright.lib.zone import end_of_day, local_date

_FAR = datetime(9999, 12, 30)


@dataclass(frozen=True)
class Snapshot:
    """The argument of every measure. `t` and `k` bind the two clocks (UTC, without zone), `day` is t's local day."""

    workspace: Workspace
    policy: Policy
    release: Release
    reader: Rows
    as_of_text: str
    known_text: str
    t: datetime
    k: datetime
    day: date
    currency: str
    meta: dict[str, Any]

    @property
    def snap(self) -> str:
        """Release and position among the things we did; until there is a journal that position is j0."""
        return f"r{self.release.number}.j0"

    @cached_property
    def schema(self) -> dict[str, Entity]:
        """The entities as this release holds them, custom fields included."""
        return entities((e, Field(**{**f, "custom": True})) for e, f in self.meta.get("custom", ()))

    @cached_property
    def stale(self) -> tuple[Issue, ...]:
        """Said beside figures that stand on a history older than the definitions next to it."""
        if not self.release.at or self.release.definitions == definitions_hash(self.workspace):
            return ()
        return (
            Issue(
                "definitions/",
                "a mapping, stage map, field or this program changed since this history was made",
                "figures still stand on the earlier one",
                "saleswright rebuild",
                level="warning",
                code="stale-history",
            ),
        )

    @property
    def currencies(self) -> list[str]:
        """The currencies that deals of this release are in."""
        found: list[str] = self.meta.get("currencies", [])
        return found

    def clocks(self) -> dict[str, Any]:
        """The bound parameters of every as-of query."""
        return {"as_of": self.t, "known": self.k}

    def at(self, day: date) -> Snapshot:
        """The same record and eyes, as of an earlier day's end (never later than this one)."""
        if day >= self.day:
            return self
        t = end_of_day(day, self.workspace.zone)
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return Snapshot(**{**values, "t": min(t, self.k), "day": day, "as_of_text": day.isoformat()})

    def close(self) -> None:
        self.reader.close()


def open_snapshot(workspace: Workspace, ambient: Ambient) -> Snapshot:
    """Open the record under the actor's policy. Stop with the reason when there is none, or none such any more."""
    workspace.policy(ambient.actor).narrow(ambient.scope)  # who may see nothing is told so first
    if workspace.engine == "spark":
        return _on_spark(workspace, ambient)
    now = current(workspace.state)
    if now is None:
        raise Stop(
            Issue(
                workspace.root.name,
                "nothing has been imported yet",
                "so there are no numbers",
                "saleswright import PATH",
                code="no-data",
            ),
            exit_code=USAGE,
        )
    number = _number(ambient.snap, now.number)
    path = release_path(workspace.state, number)
    if number > now.number or not path.exists():
        raise _gone(ambient.snap or f"r{number}.j0")
    return snapshot_on(workspace, ambient, now, path, number)


def snapshot_on(
    workspace: Workspace, ambient: Ambient, now: Release, path: Path, number: int | None = None
) -> Snapshot:
    """The record in a given release file, under the actor's policy: one published, or one made as a rehearsal."""
    number = now.number if number is None else number
    eyes = _eyes(workspace, ambient)
    try:
        reader = Reader(path)
    except FileNotFoundError:
        raise _gone(ambient.snap or f"r{number}.j0") from None
    meta = {key: json.loads(value) for key, value in reader.rows("SELECT key, value FROM meta")}
    release = now if number == now.number else Release(number, tuple(meta["runs"]), (), meta["definitions"], "")
    return Snapshot(workspace, release=release, reader=reader, meta=meta, **eyes)


def _on_spark(workspace: Workspace, ambient: Ambient) -> Snapshot:
    """The record in an export, read by Spark. Stop when there is no export, or not of that release any more."""
    from saleswright.history import exported, spark

    at = exported.place(workspace)
    there = exported.pointer(workspace, at)
    if not there:
        raise Stop(
            Issue(
                at,
                'nothing has been exported here yet, and engine = "spark" reads an export',
                "so there are no numbers",
                'saleswright export, or export = "FOLDER" in saleswright.toml where one is',
                code="no-data",
            ),
            exit_code=USAGE,
        )
    number = _number(ambient.snap, there["release"])
    folder = there["releases"].get(str(number))
    told = exported.told(workspace, at, folder) if folder else None
    if told is None:
        raise _gone(ambient.snap or f"r{number}.j0")
    exported.remember(workspace, told)
    eyes = _eyes(workspace, ambient)
    made = told["at"] if number == there["release"] else ""
    release = Release(number, tuple(told["runs"]), tuple(told["used"]), told["definitions"], made)
    reader = spark.reader(f"{at}/{folder}", told["tables"], told["meta"]["zone"], workspace.spark)
    return Snapshot(workspace, release=release, reader=reader, meta=told["meta"], **eyes)


def published(workspace: Workspace) -> int | None:
    """The number of the release that answers now; None before the first."""
    if workspace.engine == "spark":
        from saleswright.history import exported

        found: int | None = exported.pointer(workspace, exported.place(workspace)).get("release")
        return found
    now = current(workspace.state)
    return now.number if now else None


def _eyes(workspace: Workspace, ambient: Ambient) -> dict[str, Any]:
    """Who looks, at which moment, knowing what, in which currency. Stop for what cannot be read."""
    policy = workspace.policy(ambient.actor).narrow(ambient.scope)
    as_of_text, t, day = _moment(workspace, ambient.as_of, "as-of")
    known_text, k = "", _FAR
    if ambient.known:
        known_text, k, known_day = _moment(workspace, ambient.known, "known")
        if k < t:
            # Nobody can see past what was known.
            t, day = k, known_day
    currency = ambient.currency or workspace.currency
    if currency not in CURRENCIES:
        raise Stop(unknown("currency", currency, CURRENCIES, where="currency"), exit_code=USAGE)
    told = {"policy": policy, "as_of_text": as_of_text, "known_text": known_text}
    return {**told, "t": t, "k": k, "day": day, "currency": currency}


def _gone(snap: str) -> Stop:
    return Stop(
        Issue(
            snap,
            "gone: this state of the record is no longer kept",
            "the last ten states are kept, and those somebody asked to keep",
            "ask for the figure as of its date in the present record: leave snap out",
            code="gone",
        ),
        exit_code=FAILURE,
    )


def _number(snap: str, now: int) -> int:
    if not snap:
        return now
    head = snap.partition(".")[0]
    if not head.startswith("r") or not head[1:].isdigit():
        raise Stop(Issue("snap", f"'{snap}' is not of the form r12.j0", "", f"such as r{now}.j0"), exit_code=USAGE)
    return int(head[1:])


def _moment(workspace: Workspace, text: str, name: str) -> tuple[str, datetime, date]:
    """(canonical text, instant UTC without zone, local day). A bare date means the end of that day in the zone."""
    if not text:
        day = local_date(clock.now().replace(tzinfo=None), workspace.zone)
        return day.isoformat(), end_of_day(day, workspace.zone), day
    try:
        if len(text) == 10:
            day = date.fromisoformat(text)
            return text, end_of_day(day, workspace.zone), day
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Stop(
            Issue(name, f"'{text}' is not a date or an instant", "", f"such as --{name} 2026-03-31"), exit_code=USAGE
        ) from None
    if moment.tzinfo is None:
        raise Stop(
            Issue(
                name, f"'{text}' has no zone", "the same clock time is another instant elsewhere", f"such as {text}Z"
            ),
            exit_code=USAGE,
        )
    instant = (moment - moment.utcoffset()).replace(tzinfo=None)  # type: ignore[operator]
    return instant.isoformat() + "Z", instant, local_date(instant, workspace.zone)
