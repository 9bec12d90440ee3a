"""How is a backup made while everybody works? Copies of what never changes, texts of one moment, the log of one moment.

Nobody waits for a backup: the pointer says which files count, those are never changed but by an erasure, and only an
erasure and a backup wait for each other. A backup gets its name when every byte of it was read back.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saleswright.data.backup import log, places
from saleswright.data.erase.under_way import disk_said, keeping, under_way
from saleswright.history import engine
from saleswright.history.release import Release, current, definitions_hash, release_path
from saleswright.kernel import clock
from saleswright.kernel.call import Ambient, Desk
from saleswright.kernel.journal.place import FILE as JOURNAL
from saleswright.kernel.report import Figure
from saleswright.kernel.workspace import FILE as SETTINGS
from saleswright.kernel.workspace import SCENARIOS, Workspace
from saleswright.lib.issue import CONFLICT, USAGE, Issue, Stop

FIRST_SCREEN = "now"
"""The action whose figures a backup remembers, so that a restore can be held to them."""
KEYS = ("keys", "token", "audit.key")
"""What opens doors, not data: left out unless asked for."""
LEFT_OUT = (
    *KEYS, "backups", "backups.json", "cache", "compiled", "projected", "work", "rehearsal", "releases", "raw", "export",
    "current.json", "publish.lock", "keeping.lock", "erasing.json",
)  # fmt: skip
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made and read back: where, what it says of itself, bytes, seconds."""

    folder: Path
    told: dict[str, Any]
    size: int
    seconds: float


def backup(desk: Desk, to: str, keys: bool) -> Made:
    """Make one. Stop when the folder is taken, or an erasure is under way."""
    here, began = desk.here, time.monotonic()
    folder = _target(here, to)
    with (
        keeping(here.state),
        disk_said("so no backup was made, and nothing of one is left", "make room, or --to another disk"),
    ):
        if under_way(here.state) is not None:
            raise Stop(
                Issue("the workspace", "an erasure was begun and not finished", "the backup would keep what is to go",
                      "run the erasure again, then this", code="unfinished"),
                exit_code=CONFLICT,
            )  # fmt: skip
        part = folder.with_name(folder.name + places.PART)
        places.sweep(here, folder.parent)
        part.mkdir(parents=True, mode=0o700)
        try:
            told = _fill(desk, part, keys)
            desk.tell("reading the backup back")
            if issues := places.differing(part):
                raise Stop(*issues)
            engine.barrier("backup-read-back")
            os.replace(part, folder)
            engine.sync(folder.parent)
            engine.barrier("backup-placed")
        finally:
            shutil.rmtree(part, ignore_errors=True)
    at = clock.now().isoformat()
    places.note(here, folder, {"at": told["at"], "release": told["release"], "verified": at})
    size = sum(one["bytes"] for one in told["files"].values())
    return Made(folder, told, size, time.monotonic() - began)


def _target(here: Workspace, to: str) -> Path:
    """Where the backup is put: a folder of its own below the one that was named, or in the workspace's state."""
    parent = here.root / Path(to).expanduser() if to else here.state / "backups"
    name = f"{here.root.name}-{clock.now():%Y%m%dT%H%M%S%f}"
    folder = (parent / name).resolve()
    inside = here.root.resolve()
    if to and folder.is_relative_to(inside) and not folder.is_relative_to(here.state.resolve()):
        raise Stop(
            Issue("to", f"{to} lies in the workspace", "a backup would hold the backups before it",
                  "name a folder outside, best on another disk, or leave --to out"),
            exit_code=USAGE,
        )  # fmt: skip
    parent.mkdir(parents=True, exist_ok=True)
    return folder


def _fill(desk: Desk, part: Path, keys: bool) -> dict[str, Any]:
    here, inner = desk.here, places.inside(part)
    state = inner / here.state.name
    state.mkdir(parents=True)
    with ExitStack() as held:
        release = _texts_and_pointer(desk, inner)
        desk.tell("copying the history")
        if release is not None:
            # Who reads a state holds it: nobody collects it meanwhile.
            path = release_path(here.state, release.number)
            held.callback(engine.Reader(path).close)
            (state / "releases").mkdir()
            _copied(path, state / "releases" / path.name)
            for run in release.used:
                _tree(here.state / "raw" / f"run-{run:06d}", state / "raw" / f"run-{run:06d}")
        engine.barrier("backup-history")
        for path in sorted(here.state.iterdir()):
            if path.name in LEFT_OUT and not (keys and path.name in KEYS):
                continue
            if path.name.startswith((JOURNAL, ".")) or path.name.endswith((".new", ".lock")):
                continue
            _tree(path, state / path.name) if path.is_dir() else _copied(path, state / path.name)
        desk.tell("copying the audit log")
        log.copy(here, state)
        engine.barrier("backup-log")
        figures = _figures(desk, release)
    told = {
        "workspace": here.name,
        "at": clock.now().isoformat(),
        "release": release.number if release else None,
        "keys": keys,
        "figures": figures,
        "files": places.hashes(part),
    }
    for path in places.files(part):
        engine.sync(path)
    places.write_seal(part, {**told, "format": places.FORMAT})
    engine.barrier("backup-sealed")
    return told


def _texts_and_pointer(desk: Desk, inner: Path) -> Release | None:
    """The settings, the definitions and the pointer, as they were at one moment: an import changes the texts just
    before it moves the pointer."""
    here = desk.here
    until = time.monotonic() + _PATIENCE
    while True:
        before = current(here.state)
        for name in (SETTINGS, "definitions", SCENARIOS, ".gitignore"):
            target = inner / name
            shutil.rmtree(target, ignore_errors=True) if target.is_dir() else target.unlink(missing_ok=True)
            source = here.root / name
            if source.is_dir():
                _tree(source, target)
            elif source.exists():
                _copied(source, target)
        after = current(here.state)
        fits = after is None or definitions_hash(desk.app.open_workspace(inner)) == after.definitions
        stale = after is not None and definitions_hash(desk.app.open_workspace(here.root)) != after.definitions
        if before == after and (fits or (stale and time.monotonic() > until - _PATIENCE + 1)):
            break
        if time.monotonic() > until:
            raise Stop(Issue("the definitions", "they change all the time", "so no moment of them could be kept",
                             "try again when nobody edits them"), exit_code=CONFLICT)  # fmt: skip
        time.sleep(0.05)
    if after is not None:
        pointer = here.state / "current.json"
        _copied(pointer, inner / here.state.name / "current.json")
        if current(inner / here.state.name) != after:
            return _texts_and_pointer(desk, inner)
    return after


def _figures(desk: Desk, release: Release | None) -> dict[str, Any]:
    """What the first screen says of the state that is kept: {"as_of", "values": {name: value}}."""
    if release is None:
        return {}
    return first_screen(desk, desk.here, clock.now().date().isoformat(), f"r{release.number}.j0")


def first_screen(desk: Desk, workspace: Workspace, as_of: str, snap: str = "") -> dict[str, Any]:
    """The figures of the first screen as of a day, as text that can be compared."""
    if FIRST_SCREEN not in desk.app.actions:
        return {}
    report = desk.app.call(workspace, FIRST_SCREEN, {}, Ambient(as_of=as_of, snap=snap)).report
    values = {block.name: str(block.value) for block in report.blocks if isinstance(block, Figure)}
    return {"as_of": as_of, "values": values}


def _copied(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(source.stat().st_mode & 0o777)


def _tree(source: Path, target: Path) -> None:
    """A folder with all below it; what goes away meanwhile (a drop that is a day old) is passed over."""
    for path in places.files(source):
        try:
            if not path.is_symlink() and not path.name.endswith(".new"):
                _copied(path, target / path.relative_to(source))
        except FileNotFoundError:
            continue
