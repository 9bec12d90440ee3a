"""Where are our backups, and is one whole? A folder with a sealed list of its files; a register of all that were made.

    BACKUP/backup.json       what it is: workspace, moment, state of the record, head of the audit log, every file's hash
    BACKUP/workspace/        a workspace as it was: settings, definitions, .saleswright/
    .saleswright/backups.json    where they were put, and when each was last verified

`backup.json` is written last and the folder gets its name after it: a folder without it is no backup.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from saleswright.history import engine
from saleswright.kernel import clock
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import INTEGRITY, USAGE, Issue, Stop

SEAL, INSIDE, REGISTER = "backup.json", "workspace", "backups.json"
FORMAT = 1
PART = ".part"
_CHUNK = 1 << 20


def inside(folder: Path) -> Path:
    """The workspace in a backup."""
    return folder / INSIDE


def whole(folder: Path) -> bool:
    """Is there a backup that was finished?"""
    return (folder / SEAL).is_file()


def content(folder: Path) -> dict[str, Any]:
    """What a backup says of itself. Stop when it is none, or of another form."""
    try:
        found: dict[str, Any] = json.loads((folder / SEAL).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Stop(
            Issue(str(folder), "this is no finished backup", f"it has no readable {SEAL}", "saleswright backup list"),
            exit_code=USAGE,
        ) from None
    if found.get("format") != FORMAT:
        what = f"this backup is in form {found.get('format')}, this version reads {FORMAT}"
        raise Stop(Issue(str(folder), what, "so it cannot be restored", "use the version that made it"))
    return found


def files(folder: Path) -> Iterator[Path]:
    """Every file below a folder, in one order."""
    for at, _, names in sorted(os.walk(folder)):
        yield from (Path(at) / name for name in sorted(names))


def digest(path: Path) -> str:
    """The hash of a file's bytes."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()


def hashes(folder: Path) -> dict[str, dict[str, Any]]:
    """Size and hash of every file of a backup, as they are on the disk."""
    found = {}
    for path in files(inside(folder)):
        found[path.relative_to(folder).as_posix()] = {"bytes": path.stat().st_size, "sha256": digest(path)}
    return found


def write_seal(folder: Path, told: dict[str, Any]) -> None:
    """Say what a backup is, whole or not at all."""
    fresh = folder / f"{SEAL}.new"
    with fresh.open("w", encoding="utf-8") as out:
        json.dump({**told, "format": FORMAT}, out, indent=1)
        out.flush()
        os.fsync(out.fileno())
    os.replace(fresh, folder / SEAL)
    engine.sync(folder)


def unseal(folder: Path) -> None:
    """Say that a backup is being changed by us, so that nobody takes it for broken or for whole."""
    write_seal(folder, {**content(folder), "changing": clock.now().isoformat()})


def seal(folder: Path) -> None:
    """Seal a backup anew after an erasure; where it holds an audit log as lines, that one's hash as well."""
    told = content(folder)
    told.pop("changing", None)
    write_seal(folder, {**told, "files": hashes(folder)})


def differing(folder: Path) -> list[Issue]:
    """Every file of a backup that is not what its seal says."""
    told = content(folder)
    if told.get("changing"):
        return [Issue(str(folder), "an erasure on this backup was broken off", "so it is not whole",
                      "run the erasure again on the workspace", code="unfinished")]  # fmt: skip
    there, issues = hashes(folder), []
    for name in sorted({*told["files"], *there}):
        want, has = told["files"].get(name), there.get(name)
        if want != has:
            what = "it is missing" if has is None else "it was added" if want is None else "its bytes were changed"
            issues.append(Issue(f"{folder.name}/{name}", what, "so the backup is not the one that was made",
                                "restore another one: saleswright backup list", code="differs"))  # fmt: skip
    return issues


def verified(folder: Path) -> dict[str, Any]:
    """What a backup says, when every byte of it is as it says. Stop (integrity) with every file that differs."""
    told = content(folder)
    if issues := differing(folder):
        raise Stop(*issues, exit_code=INTEGRITY)
    return told


def register(workspace: Workspace) -> list[dict[str, Any]]:
    """All backups that were made of a workspace: {place, at, release, verified}, oldest first."""
    try:
        found: list[dict[str, Any]] = json.loads((workspace.state / REGISTER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return found


def note(workspace: Workspace, folder: Path, told: dict[str, Any]) -> None:
    """Remember a backup, or that it was verified again."""
    kept = [one for one in register(workspace) if one["place"] != str(folder)]
    fresh = workspace.state / f"{REGISTER}.new"
    fresh.write_text(json.dumps([*kept, {"place": str(folder), **told}], indent=1), encoding="utf-8")
    engine.sync(fresh)
    os.replace(fresh, workspace.state / REGISTER)


def known(workspace: Workspace) -> list[Path]:
    """Every backup of a workspace that we know of, there or not: the registered ones, and those in its own folder."""
    found = [Path(one["place"]) for one in register(workspace)]
    own = workspace.state / "backups"
    found += [path for path in sorted(own.glob("*")) if path.is_dir() and whole(path)] if own.is_dir() else []
    return list(dict.fromkeys(found))


def newest(workspace: Workspace) -> Path:
    """The youngest backup that is there. Stop (usage) when there is none."""
    there = [(str(content(folder)["at"]), folder) for folder in known(workspace) if whole(folder)]
    if not there:
        what, why = "there is no backup that could be brought back", "so nothing proves that it can be"
        raise Stop(Issue("backup", what, why, "saleswright backup --to ANOTHER-DISK"), exit_code=USAGE)
    return max(there)[1]


def sweep(workspace: Workspace, *more: Path) -> None:
    """Remove what a backup that was broken off left; while this is the one backup or erasure at work."""
    for parent in {workspace.state / "backups", *(folder.parent for folder in known(workspace)), *more}:
        for part in parent.glob(f"{glob.escape(workspace.root.name)}-*{PART}"):
            shutil.rmtree(part, ignore_errors=True)


def last_verified(workspace: Workspace) -> tuple[str, str] | None:
    """(moment, place) of the youngest backup that was verified and is still there; None when there is none."""
    there = [one for one in register(workspace) if one.get("verified") and whole(Path(one["place"]))]
    return max(((str(one["at"]), str(one["place"])) for one in there), default=None)


OLD = 8
"""Days after which a backup is said to be old: a week, and a day for a late one."""


def fitness(workspace: Workspace) -> tuple[str, str, str]:
    """A row of the doctor's table: how old the last verified backup is."""
    found = last_verified(workspace)
    if found is None:
        return "last backup", "none that was verified and is still there", "saleswright backup --to ANOTHER-DISK"
    at, place = found
    days = (clock.now() - datetime.fromisoformat(at)).days
    said = "today" if days < 1 else f"{days} day{'s' if days > 1 else ''} old"
    here = Path(place).is_relative_to(workspace.root)
    verdict = "old: saleswright backup" if days > OLD else "on the same disk as the workspace" if here else "ok"
    return "last backup", f"{said}, verified, {place}", verdict
