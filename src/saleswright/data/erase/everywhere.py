"""Where may a person be told of? Every place of a workspace, in one order, each looked at and each told without them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from saleswright.data.erase import journal as log
from saleswright.data.erase import segments, tables
from saleswright.data.erase.papers import paper
from saleswright.data.erase.subject import PERSONAL, Subject
from saleswright.data.erase.tombstones import FILE as TOMBSTONES
from saleswright.data.erase.under_way import FILE as UNDER_WAY
from saleswright.data.erase.under_way import LOCK
from saleswright.data.imports.replay import usable
from saleswright.history import engine, exported
from saleswright.history.facts import literal
from saleswright.history.release import Release, current, manifest, release_path
from saleswright.kernel import clock
from saleswright.kernel.journal.place import FILE as JOURNAL
from saleswright.kernel.workspace import Workspace

CACHES = ("projected", "rehearsal", "work")
"""Folders of the state that are made again when they lack."""
BACKUPS = "backups"
OUT = "out"
"""The folder of the workspace that files of changes are put into, for others to take."""
_ASIDE = (TOMBSTONES, UNDER_WAY, LOCK, "publish.lock", "backups.json", ".gitignore")
_SQLITE, _DUCKDB, _PARQUET, _ROWS = b"SQLite format 3\0", b"DUCK", b"PAR1", b'{"table":'
_PDF = b"%PDF"
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Place:
    """What was found in one place: how many rows, records or files tell of the person, and of which kind they are."""

    name: str
    found: int
    unit: str = "rows"
    note: str = ""


def history(
    workspace: Workspace,
    subject: Subject,
    write: bool,
    tell: Tell,
    scratch: Path,
    move: Callable[[Release], None] | None = None,
) -> Iterator[Place]:
    """Raw rows, every kept state of the record, exports: in that order, so that nothing can be made from what is left.

    move: puts the present state's successor in place (under the publisher's lock); without it that state is rewritten
    where it lies, as in a backup.
    """
    state = workspace.state
    context = usable(workspace)
    release = current(state)
    tell("looking at the raw rows" if not write else "taking the person out of the raw rows")
    total = 0
    with closing(engine.writer(":memory:", workspace.zone, scratch / "spill")) as con:
        for run in release.used if release else ():
            if (state / "raw" / f"run-{run:06d}" / "manifest.json").exists():
                total += segments.run(con, workspace, run, context, subject, scratch, write)
    engine.barrier("erase-raw")
    yield Place("raw rows of imports", total)
    total, states = 0, 0
    for path in sorted((state / "releases").glob("r*.duckdb")):
        if release is not None and path.name == release.file and write and move is not None:
            rows = _successor(workspace, release, subject, scratch, move)
        else:
            rows = tables.database(path, subject, workspace.zone, scratch, write)
        total, states = total + rows, states + bool(rows)
        engine.barrier("erase-release")
    yield Place("states of the record", total, "rows", f"in {states} of them" if states else "")
    yield from _exports(workspace, subject, write, scratch)


def _successor(
    workspace: Workspace, release: Release, subject: Subject, scratch: Path, move: Callable[[Release], None]
) -> int:
    """The next state: the present one without the person. A new number tells every reader and cache to let the old go."""
    number = release.number + 1
    old = release_path(workspace.state, release.number)
    clean, target = scratch / f"{old.name}.new", workspace.state / "work" / f"r{number:06d}.duckdb"
    rows = tables.database(old, subject, workspace.zone, scratch, True, clean)
    if rows:
        shutil.copyfile(clean, target)
        con = engine.writer(target, workspace.zone, scratch / "spill")
        con.execute(f"UPDATE meta SET value = {literal(json.dumps(number))} WHERE key = 'release'")
        engine.seal(con, target)
        move(Release(number, release.runs, release.used, release.definitions, clock.now().isoformat()))
        if old.exists():
            tables.in_place(clean, old)
    return rows


def _exports(workspace: Workspace, subject: Subject, write: bool, scratch: Path) -> Iterator[Place]:
    """The export for another engine, where it lies on this machine."""
    at = exported.place(workspace)
    if "://" in at:
        yield Place(f"the export at {at}", 0, "rows", "out of reach: saleswright export writes it anew")
        return
    folder, total = Path(at), 0
    if not (folder / exported.CURRENT).exists():
        return
    with closing(engine.writer(":memory:", workspace.zone, scratch / "spill")) as con:
        for path in sorted(folder.glob("r*/*.parquet")):
            total += tables.parquet(con, path, subject, scratch, write, beside=True)
    total += sum(paper(path, subject, write) for path in sorted(folder.glob("r*/*.json")))
    yield Place("exports", total)


def state_files(workspace: Workspace, subject: Subject, write: bool, tell: Tell, scratch: Path) -> Iterator[Place]:
    """Everything else we keep: what runs said of themselves, rejected rows, dropped files, caches, loose databases."""
    state = workspace.state
    tell("going through all other files")
    counts = {"papers of imports": 0, "rejected rows": 0, "dropped files": 0, "files of changes": 0}
    counts["other files of ours"] = 0
    closed = 0
    theirs = set(_of_people(workspace))
    out = workspace.root / OUT
    for path in sorted([*_files(state), *_files(out)]):
        handed = path.is_relative_to(out)
        within = path.relative_to(out if handed else state)
        if (not handed and _elsewhere(within)) or not path.exists():
            continue
        group = "files of changes" if handed else _group(within)
        head = _head(path)
        if head.startswith(_SQLITE):
            hit = log.loose(path, subject, write) > 0
        elif path.suffix == ".jsonl" and head.startswith(_ROWS):
            hit = log.lines(path, subject, write) > 0
        elif head[8:12] == _DUCKDB:
            hit = tables.database(path, subject, workspace.zone, scratch, write) > 0
        elif head.startswith(_PARQUET):
            hit = _loose_rows(path, subject, workspace.zone, scratch, write) > 0
        elif head.startswith(_PDF):
            # Its text is drawn, so nobody can look whom it names: a kept report is made again, or not.
            closed += 1
            if write:
                path.unlink()
            continue
        else:
            hit = paper(path, subject, write, whole=path in theirs)
        counts[group] += hit
        if write and (name := subject.clean(path.name)) != path.name:
            os.replace(path, path.with_name(name))
    for name, found in counts.items():
        yield Place(name, found, "files")
    if closed:
        told = "were taken away" if write else "would be taken away"
        yield Place("kept reports in PDF", closed, "files", f"nobody can look into them, so they {told}")


def _loose_rows(path: Path, subject: Subject, zone: str, scratch: Path, write: bool) -> int:
    with closing(engine.writer(":memory:", zone, scratch / "spill")) as con:
        return tables.parquet(con, path, subject, scratch, write)


def clear(state: Path) -> None:
    """Take away what is made again when it lacks."""
    for name in CACHES:
        shutil.rmtree(state / name, ignore_errors=True)


def own_files(workspace: Workspace, subject: Subject, write: bool, scratch: Path) -> Iterator[Path]:
    """The user's own files in the workspace that tell of the person: exports, definitions, notes."""
    export = Path(exported.place(workspace)) if "://" not in exported.place(workspace) else None
    for path in sorted(_files(workspace.root)):
        within = path.relative_to(workspace.root)
        if within.parts[0] in (workspace.state.name, ".git", OUT) or (export and path.is_relative_to(export)):
            continue
        try:
            if _head(path).startswith(_PARQUET):
                hit = _loose_rows(path, subject, workspace.zone, scratch, write) > 0
            else:
                hit = paper(path, subject, write)
        except OSError:
            continue
        if hit:
            yield path


def _files(folder: Path) -> Iterator[Path]:
    for at, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not (Path(at) / name).is_symlink()]
        yield from (Path(at) / name for name in names if not (Path(at) / name).is_symlink())


def _elsewhere(within: Path) -> bool:
    """Is this file somebody else's to rewrite: the record's own, the audit log, a backup, a cache?"""
    first, name = within.parts[0], within.name
    if first == BACKUPS and len(within.parts) > 2:
        return True  # a backup is told without them as a whole
    if name.endswith(("-wal", "-shm")):
        return True  # what lies beside a SQLite file goes with it
    if first in (*CACHES, "releases", "export", "keys") or name in _ASIDE or first.startswith(JOURNAL):
        return True
    return first == "raw" and name.endswith(".parquet")


def _group(within: Path) -> str:
    if within.parts[0] in ("raw", "told"):
        return "rejected rows" if within.name.startswith("rejected") else "papers of imports"
    return "dropped files" if within.parts[0] == "inbox" else "other files of ours"


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(16)


def _of_people(workspace: Workspace) -> Iterator[Path]:
    """The files of rejected rows that are rows of people."""
    for folder in sorted((workspace.state / "raw").glob("run-*")):
        if not (folder / "manifest.json").exists():
            continue
        for file in manifest(workspace.state, int(folder.name.removeprefix("run-"))).get("files", ()):
            if file["entity"] in PERSONAL and file.get("rejects"):
                yield folder / file["rejects"]
