"""What did the record say then? A release, a moment, what was known, and whose eyes: frozen together when opened."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from saleswright.history.authored import types, widened
from saleswright.history.engine import Reader, Rows
from saleswright.history.projected import End, Projection, end, opened
from saleswright.history.projected.view import views
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
    # The record of the last event that is seen, and the tables made of the events, held until the snapshot is closed.
    position: int = 0
    projection: Projection | None = None

    @property
    def snap(self) -> str:
        """Release and position among the things said here: both frozen when opened."""
        return f"r{self.release.number}.j{self.position}"

    @cached_property
    def schema(self) -> dict[str, Entity]:
        """The entities as this release holds them, custom fields included, and the tables that events make."""
        found = entities((e, Field(**{**f, "custom": True})) for e, f in self.meta.get("custom", ()))
        return widened(found, types(self.workspace))

    @cached_property
    def own_events(self) -> list[str]:
        """What the tables of this workspace's own kinds of events depend on; empty where it has none."""
        shipped = types()
        return [kind.form for name, kind in types(self.workspace).items() if name not in shipped]

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
        if self.projection is not None:
            self.projection.close()


def open_snapshot(workspace: Workspace, ambient: Ambient) -> Snapshot:
    """Open the record under the actor's policy. Stop with the reason when there is none, or none such any more."""
    workspace.policy(ambient.actor).narrow(ambient.scope)  # who may see nothing is told so first
    if workspace.engine == "spark":
        return _on_spark(workspace, ambient)
    now, last = frozen(workspace)
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
    number, position = _asked(ambient.snap, now.number)
    path = release_path(workspace.state, number)
    if number > now.number or not path.exists():
        raise _gone(ambient.snap)
    if position is not None and position > last.position:
        raise _gone(ambient.snap, last.position)
    return snapshot_on(workspace, ambient, now, path, number, last, position)


def frozen(workspace: Workspace) -> tuple[Release | None, End]:
    """What is published and how far events go, of one moment: no release came between the two."""
    now = current(workspace.state)
    while True:
        last, before, now = end(workspace), now, current(workspace.state)
        if now == before:
            return now, last


def snapshot_on(
    workspace: Workspace,
    ambient: Ambient,
    now: Release,
    path: Path,
    number: int | None = None,
    last: End | None = None,
    position: int | None = None,
) -> Snapshot:
    """The record in a given release file, under the actor's policy: one published, or one made as a rehearsal.

    last: how far events go. position: the last event that is seen; all of them where nothing is said.
    """
    number = now.number if number is None else number
    eyes = _eyes(workspace, ambient)
    last = end(workspace) if last is None else last
    position = last.position if position is None else position
    projection = opened(workspace, last)
    try:
        reader = Reader(path, *views(types(workspace), projection, position, path.stem))
    except FileNotFoundError:
        projection.close()
        raise _gone(ambient.snap or f"r{number}.j{position}") from None
    meta = {key: json.loads(value) for key, value in reader.rows("SELECT key, value FROM meta")}
    release = now if number == now.number else Release(number, tuple(meta["runs"]), (), meta["definitions"], "")
    return Snapshot(
        workspace, release=release, reader=reader, meta=meta, position=position, projection=projection, **eyes
    )


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
    number, position = _asked(ambient.snap, there["release"])
    folder = there["releases"].get(str(number))
    told = exported.told(workspace, at, folder) if folder else None
    if told is None:
        raise _gone(ambient.snap or f"r{number}")
    last = int(told.get("position", 0))
    position = last if position is None else position
    if position > last:
        raise _gone(ambient.snap, last)
    exported.remember(workspace, told)
    eyes = _eyes(workspace, ambient)
    made = told["at"] if number == there["release"] else ""
    release = Release(number, tuple(told["runs"]), tuple(told["used"]), told["definitions"], made)
    events = spark.Events(types(workspace), told.get("events", {}), position)
    reader = spark.reader(f"{at}/{folder}", told["tables"], told["meta"]["zone"], workspace.spark, events)
    return Snapshot(workspace, release=release, reader=reader, meta=told["meta"], position=position, **eyes)


def published(workspace: Workspace) -> str:
    """The state of the record that answers now, such as r12.j8841; empty before the first release."""
    if workspace.engine == "spark":
        from saleswright.history import exported

        there = exported.pointer(workspace, exported.place(workspace))
        return f"r{there['release']}.j{there.get('position', 0)}" if there else ""
    now, last = frozen(workspace)
    return f"r{now.number}.j{last.position}" if now else ""


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


def _gone(snap: str, beyond: int | None = None) -> Stop:
    if beyond is not None:
        return Stop(
            Issue(
                snap,
                f"gone: what was said here goes as far as j{beyond}",
                "this state came from another workspace, or from before a backup was put back",
                "ask for the figure as of its date in the present record: leave snap out",
                code="gone",
            ),
            exit_code=FAILURE,
        )
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


def _asked(snap: str, now: int) -> tuple[int, int | None]:
    """(release, position) of a state that was asked for; the newest release, and no position, where none is said."""
    if not snap:
        return now, None
    found = re.fullmatch(r"r(\d{1,9})(?:\.j(\d{1,18}))?", snap)
    if found is None:
        raise Stop(Issue("snap", f"'{snap}' is not of the form r12.j0", "", f"such as r{now}.j0"), exit_code=USAGE)
    return int(found[1]), None if found[2] is None else int(found[2])


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
