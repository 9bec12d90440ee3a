"""How does a release leave the machine? As Parquet, in a folder or an object store, for another engine to read.

    EXPORT/current.json                     which releases are here, and which is the last
    EXPORT/r000012-3fa2c1/release.json      what the release's own file says of itself: runs, zone, currencies, custom fields
    EXPORT/r000012-3fa2c1/deal.parquet      one file for each table
    EXPORT/r000012-3fa2c1/loss_note.events.parquet   what was said here, one file for each kind of event

A release is here when `current.json` names it, which is written last: whole or not at all, also where nothing can be
renamed. The export and the text of the workspace are all that another machine needs.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from saleswright.history import engine
from saleswright.history.authored import types
from saleswright.history.compiled import keep_json
from saleswright.history.projected import End, opened
from saleswright.history.projected.view import events_of, linked
from saleswright.history.release import FORMAT, KEEP, Release, manifest, release_path, run_folder, told_folder
from saleswright.kernel.definition import digest
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import CONFLICT, USAGE, Issue, Stop


@dataclass(frozen=True, slots=True)
class Exported:
    """A release in an export: its folder, the rows of each table, bytes written, and whether it had been there before."""

    release: Release
    at: str
    rows: dict[str, int]
    size: int
    there: bool


CURRENT, RELEASE, EVENTS = "current.json", "release.json", ".events.parquet"


def place(workspace: Workspace, folder: str = "") -> str:
    """Where the export lies: as asked, as the workspace says, else in its state. Object stores' addresses stay as they are."""
    text = folder or workspace.export or str(workspace.state / "export")
    if "://" in text:
        return text.rstrip("/")
    return str((workspace.root / Path(text).expanduser()).resolve())


def pointer(workspace: Workspace, at: str) -> dict[str, Any]:
    """What an export holds: {"workspace", "release", "releases": {number: folder}}; empty before the first. Stop: unknown form."""
    text = _read(workspace, f"{at}/{CURRENT}")
    if text is None:
        return {}
    found: dict[str, Any] = json.loads(text)
    if found.get("format") != FORMAT:
        raise Stop(
            Issue(
                at,
                f"this export is in form {found.get('format')}, this version reads {FORMAT}",
                "so nothing can be read from it",
                "saleswright export, from the machine that has the history",
            ),
            exit_code=CONFLICT,
        )
    return found


def told(workspace: Workspace, at: str, folder: str) -> dict[str, Any] | None:
    """What a release in an export says of itself; None when it is no longer there."""
    text = _read(workspace, f"{at}/{folder}/{RELEASE}")
    return None if text is None else dict(json.loads(text))


def export(workspace: Workspace, at: str) -> Exported:
    """Write the present release. Stop: nothing imported yet, or the export of another workspace lies there."""
    from saleswright.history.snapshot import frozen

    release, last = frozen(workspace)
    if release is None:
        raise Stop(
            Issue(workspace.root.name, "nothing has been imported yet", "so there is nothing to export",
                  "saleswright import PATH", code="no-data"),
            exit_code=USAGE,
        )  # fmt: skip
    there = pointer(workspace, at)
    if there and there["workspace"] != workspace.name:
        raise Stop(
            Issue(at, f"this is the export of '{there['workspace']}'", f"'{workspace.name}' would stand in its place",
                  "saleswright export --folder ANOTHER"),
            exit_code=CONFLICT,
        )  # fmt: skip
    made_by = [release.at, release.runs, release.definitions, *([last.hash] if last.position else [])]
    folder = f"r{release.number:06d}-{digest(made_by, 6)}"
    releases: dict[str, str] = there.get("releases", {})
    found = told(workspace, at, folder) if releases.get(str(release.number)) == folder else None
    if found is not None:
        if there["release"] != release.number:
            _write(workspace, f"{at}/{CURRENT}", {**there, "release": release.number, "position": last.position})
        return Exported(release, f"{at}/{folder}", _rows(found["tables"]), 0, True)
    with _beside(at) as made:
        size, tables = _tables(workspace, release, last, made)
        engine.barrier("before-placed")
        _put(workspace, made, f"{at}/{folder}")
    engine.barrier("export-placed")
    kept = {**releases, str(release.number): folder}
    gone = [number for number in kept if int(number) <= release.number - KEEP or int(number) > release.number]
    content = {
        "format": FORMAT,
        "workspace": workspace.name,
        "release": release.number,
        "position": last.position,
        "releases": {number: name for number, name in kept.items() if number not in gone},
    }
    _write(workspace, f"{at}/{CURRENT}", content)
    for number in gone:
        _remove(workspace, f"{at}/{kept[number]}")
    if (old := releases.get(str(release.number))) and old != folder:
        _remove(workspace, f"{at}/{old}")
    return Exported(release, f"{at}/{folder}", _rows(tables), size, False)


def _rows(tables: dict[str, Any]) -> dict[str, int]:
    return {name: one["rows"] for name, one in tables.items()}


def _tables(workspace: Workspace, release: Release, last: End, made: Path) -> tuple[int, dict[str, Any]]:
    tables, meta = engine.write_parquet(release_path(workspace.state, release.number), made)
    runs = {run: manifest(workspace.state, run) for run in release.used if _done(workspace, run)}
    events = _events(workspace, last, made)
    told = {"meta": meta, "tables": tables, "manifests": runs, "position": last.position, "events": events}
    content = {**asdict(release), **told}
    (made / RELEASE).write_text(json.dumps(content), encoding="utf-8")
    for path in made.iterdir():
        engine.sync(path)
    return sum(path.stat().st_size for path in made.iterdir()), tables


def _events(workspace: Workspace, last: End, made: Path) -> dict[str, Any]:
    """What was said here as one file for each kind of event: {kind: what its rows are made by}."""
    found: dict[str, Any] = {}
    with closing(opened(workspace, last)) as projection:
        for name, kind in types(workspace).items():
            if paths := projection.paths(name, last.position):
                told = f"{events_of(kind, paths)} WHERE seq <= {last.position}"
                engine.write_select(linked(kind, told), made / f"{name}{EVENTS}")
                found[name] = {"form": kind.form}
    return found


def _done(workspace: Workspace, run: int) -> bool:
    return (run_folder(workspace.state, run) / "manifest.json").exists()


def remember(workspace: Workspace, content: dict[str, Any]) -> None:
    """Keep what the runs did beside the text of a workspace that has no runs of its own."""
    for run, found in content.get("manifests", {}).items():
        path = told_folder(workspace.state) / f"run-{int(run):06d}.json"
        if not _done(workspace, int(run)) and not path.exists():
            keep_json(path, found)


@contextmanager
def _beside(at: str) -> Iterator[Path]:
    """A folder to write into: beside its place, so that it can be moved there, or anywhere for an object store."""
    parent = None if "://" in at else Path(at)
    if parent is not None:
        parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".export-", dir=parent))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _put(workspace: Workspace, made: Path, target: str) -> None:
    if "://" in target:
        for path in sorted(made.iterdir(), key=lambda one: one.name == RELEASE):
            _store(workspace, target).put(path, f"{target}/{path.name}")
        return
    # What a crash left, or another history of the same number: never named by the pointer.
    shutil.rmtree(target, ignore_errors=True)
    made.chmod(0o755)
    os.replace(made, target)
    engine.sync(Path(target).parent)


def _write(workspace: Workspace, target: str, content: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory(prefix=".export-", dir=None if "://" in target else Path(target).parent) as folder:
        fresh = Path(folder) / CURRENT
        fresh.write_text(json.dumps(content), encoding="utf-8")
        engine.sync(fresh)
        if "://" in target:
            _store(workspace, target).put(fresh, target)
            return
        os.replace(fresh, target)
        engine.sync(Path(target).parent)


def _read(workspace: Workspace, target: str) -> str | None:
    if "://" in target:
        found: str | None = _store(workspace, target).text(target)
        return found
    try:
        return Path(target).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _remove(workspace: Workspace, target: str) -> None:
    if "://" in target:
        _store(workspace, target).remove(target)
    else:
        shutil.rmtree(target, ignore_errors=True)


def _store(workspace: Workspace, address: str) -> Any:
    from saleswright.history.spark import Store

    return Store(workspace.spark, address)
