"""How does the projection keep up with the journal? What is new becomes a segment; a broken projection is made again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from saleswright.history import engine
from saleswright.history.authored import EventType, types
from saleswright.history.facts import literal, quoted
from saleswright.history.projected.events import End, State, end, end_in, hash_at, lines, reading
from saleswright.history.projected.pointer import Projection, Segment, folder_of, hold, publish, writing
from saleswright.history.projected.view import events_of, linked, stored
from saleswright.history.schema import Field
from saleswright.kernel.workspace import Workspace

RATIO = 4
"""A segment is at least so many times as large as the one behind it, so that all but the first are a third of it at most."""


def opened(workspace: Workspace, now: End) -> Projection:
    """The projection, reaching at least to `now`, held until it is closed. Made or brought up to date where it is not."""
    if not now.position and not folder_of(workspace.state).exists():
        return Projection(folder_of(workspace.state))
    kinds = types(workspace)
    found = hold(workspace.state)
    if found.end == now and found.fits(kinds):
        return found
    found.close()
    state = workspace.state if os.access(workspace.state, os.W_OK) else _elsewhere(workspace.state)
    with writing(state) as folder:
        return _caught_up(workspace, kinds, hold(state), folder)


_places: dict[Path, tempfile.TemporaryDirectory[str]] = {}


def _elsewhere(state: Path) -> Path:
    """Where this process keeps the projection of a workspace that it may read and not write."""
    if state not in _places:
        _places[state] = tempfile.TemporaryDirectory(prefix="saleswright-projected-")
    return Path(_places[state].name)


def rebuild(workspace: Workspace) -> End:
    """Make the whole projection again from the journal; says how far it reaches. Readers keep what they opened."""
    if not end(workspace).journal and not folder_of(workspace.state).exists():
        return End()
    with writing(workspace.state) as folder:
        made = _caught_up(workspace, types(workspace), Projection(folder), folder)
        made.close()
        return made.end


def _caught_up(workspace: Workspace, kinds: Mapping[str, EventType], found: Projection, folder: Path) -> Projection:
    """The next generation: what `found` has of this journal, and what was said since. Under the writer's lock."""
    with reading(workspace) as state:
        now = end_in(state) if state else End()
        of_it = state is not None and _of(found.end, now, state)
        if of_it and found.end == now and found.fits(kinds):
            return found
        forms, segments = {}, {}
        for name, kind in kinds.items():
            kept = found.segments.get(name, ()) if of_it and found.forms.get(name) == kind.form else None
            after = found.end.position if kept is not None else 0
            forms[name] = kind.form
            segments[name] = _grown(folder, kind, kept or (), state, after, now) if state else ()
    found.close()
    made = Projection(folder, now, 0, forms, {name: files for name, files in segments.items() if files})
    return publish(made)


def _of(before: End, now: End, state: State) -> bool:
    """Is what was projected a beginning of this journal? A journal that was put back may have others under its numbers."""
    return (
        before.journal == now.journal
        and before.position <= now.position
        and hash_at(state, before.position) == before.hash
    )


def _grown(
    folder: Path, kind: EventType, kept: tuple[Segment, ...], state: State, after: int, now: End
) -> tuple[Segment, ...]:
    """A kind's segments with what is new: one more, into which those go that are not much larger."""
    raw = folder / f"{kind.name}.lines"
    with raw.open("wb", buffering=1 << 20) as out:
        out.writelines(lines(state, kind.name, after, now.position))
    if not raw.stat().st_size:
        raw.unlink()
        return kept
    first, rows = _counted(raw)
    files = list(kept)
    old: list[Segment] = []
    while files and files[-1].rows < RATIO * rows:
        old.append(files.pop())
        rows, first = rows + old[-1].rows, old[-1].first
    sources = [_parsed(kind, raw)]
    if old:
        sources.insert(0, events_of(kind, [str(folder / one.file) for one in reversed(old)]))
    file = f"{kind.name}-{now.position}-{len(files)}-{os.urandom(4).hex()}.parquet"
    target = folder / file
    engine.write_select(linked(kind, " UNION ALL ".join(sources)), target)
    engine.sync(target)
    raw.unlink()
    return (*files, Segment(file, rows, first, target.stat().st_size))


def _counted(raw: Path) -> tuple[int, int]:
    """(the record of the first event, how many) of lines."""
    with raw.open("rb") as told:
        first = int(told.readline().split(b",", 1)[0].split(b":")[1])
        return first, 1 + sum(chunk.count(b"\n") for chunk in iter(lambda: told.read(1 << 20), b""))


def _parsed(kind: EventType, raw: Path) -> str:
    """SQL that reads lines of events. A value that is not of its field's type any more is empty: the field was changed."""
    told = {one.name: "VARCHAR" for one in kind.plain} | {"removed": "VARCHAR"}
    body = ", ".join(f"{quoted(name)} {sql}" for name, sql in told.items())
    stands = "seq" if kind.key else "coalesce(TRY_CAST(b.removed AS BIGINT), seq)"
    fields = {
        "seq": "seq",
        "at": 'make_timestamp("at")',
        "actor": "actor",
        "stands": stands,
        "removed": "b.removed IS NOT NULL",
        **{f"f_{one.name}": _told(kind, one) for one in kind.plain},
    }
    shown = ", ".join(f"{fields[name]} AS {quoted(name)}" for name, _ in stored(kind))
    columns = f"{{seq: 'BIGINT', \"at\": 'BIGINT', actor: 'BIGINT', b: {literal(f'STRUCT({body})')}}}"
    return f"SELECT {shown} FROM read_json({literal(str(raw))}, format = 'newline_delimited', columns = {columns})"


def _told(kind: EventType, one: Field) -> str:
    """What was said of a field; of one with a default, what was said of the other where nothing was."""
    other = kind.defaults.get(one.name)
    names = [one.name, other] if other else [one.name]
    told = [f"TRY_CAST(b.{quoted(name)} AS {one.sql})" for name in names]
    return told[0] if len(told) == 1 else f"coalesce({', '.join(told)})"
