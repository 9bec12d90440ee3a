"""The faces of keeping: make a backup, list them, make a workspace of one."""

from __future__ import annotations

import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from saleswright.data.backup import places
from saleswright.data.backup.making import backup as make
from saleswright.data.backup.restoring import Restored
from saleswright.data.backup.restoring import restore as unpack
from saleswright.kernel.action import Arg, action
from saleswright.kernel.call import Desk
from saleswright.kernel.report import Block, Column, Note, Report, Table
from saleswright.lib.issue import USAGE, Issue, Stop

CHECK = "saleswright-check-"
ABANDONED = 86_400
"""Seconds after which a folder that a check was made in belongs to nobody any more."""

To = Annotated[str, Arg("path", "the folder to put it in, best on another disk; the workspace's own when left out")]
Keys = Annotated[bool, Arg("flag", "with the keys that sign and open; keep such a backup as safe as the keys")]
From = Annotated[str, Arg("path", "a backup: a folder that saleswright backup list names")]
Which = Annotated[str, Arg("path", "a backup: a folder that saleswright backup list names; the youngest when left out")]
Aside = Annotated[str, Arg("path", "a folder with room for it; the system's own for what is temporary when left out")]
Into = Annotated[str, Arg("path", "the folder of the new workspace, which must not be there yet")]
Base = Annotated[str, Arg("text", "an empty PostgreSQL database for its audit log; a file of its own when left out")]


@action(effect="apply", title="Back up", verb="Back up", back="A backup is a folder: delete it when it is not wanted.")
def backup(desk: Desk, to: To = "", keys: Keys = False) -> Report:
    """Keep the workspace as it is now: settings, definitions, the record with its raw rows, the audit log.

    Others go on working meanwhile. Every byte is read back before the backup gets its name. Keys are left out unless
    asked for; sign in and sources are then set up anew after a restore.
    """
    made = make(desk, to, keys)
    rows = (
        ("Folder", str(made.folder)),
        ("Files", f"{len(made.told['files']):,}"),
        ("Size", f"{made.size / 1e6:,.1f} MB"),
        ("Took", f"{made.seconds:.1f} s"),
        ("Keys", "with them" if keys else "without them"),
    )
    blocks: list[Block] = [Table("backup", (Column("what", "What"), Column("value", "Value")), rows)]
    blocks.append(Note("Every byte was read back and is what was written.", "check"))
    if not to:
        blocks.append(Note("It lies on the same disk as the workspace: --to another one.", "warning"))
    return Report("Backed up", blocks, lede=f"saleswright restore {made.folder} --to FOLDER", changed=1)


@action(effect="apply", name="backup list", title="Backups")
def backup_list(desk: Desk) -> Report:
    """List the backups that were made, whether they are still there, and when each was last verified."""
    notes = {one["place"]: one for one in places.register(desk.here)}
    rows = []
    for folder in places.known(desk.here):
        note = notes.get(str(folder), {})
        told = places.content(folder) if places.whole(folder) else None
        size = sum(one["bytes"] for one in told["files"].values()) / 1e6 if told else None
        state = "here" if told else "not there"
        rows.append((str(note.get("at") or (told or {}).get("at", "")), str(folder), state, size,
                     str(note.get("verified", ""))))  # fmt: skip
    heads = (Column("at", "Made", "moment"), Column("place", "Where"), Column("state", "Is it there?"),
             Column("size", "MB", "number"), Column("verified", "Verified", "moment"))  # fmt: skip
    return Report("Which backups are there?", [Table("backups", heads, tuple(sorted(rows, reverse=True)))], changed=0)


@action(effect="apply", name="backup check", title="Can the last backup be brought back?")
def backup_check(desk: Desk, source: Which = "", to: Aside = "") -> Report:
    """Restore a backup into another folder, prove it as every restore is proved, and take the folder away again.

    Compared are every byte, the audit log's chain, and the figures of the first screen. Exit code 8 when anything differs.
    """
    folder = Path(source) if source else places.newest(desk.here)
    _sweep(Path(to or tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=CHECK, dir=to or None) as aside:
        done = unpack(desk, folder, Path(aside) / "restored", "")
    said = done.told["at"] or folder.name
    lede = f"Yes: {folder}, made {said}, was restored and proved in {done.seconds:.1f} s."
    return Report("Can the last backup be brought back?", _proofs(done), lede=lede, changed=1)


@action(effect="apply", alone=True, title="Restore")
def restore(desk: Desk, source: From, to: Into = "", journal: Base = "") -> Report:
    """Make a workspace of a backup, in a new folder, and prove it: every byte, the audit log's chain, the first screen.

    It never overwrites. Run in the present workspace, it forgets again whom that one has erased since the backup.
    """
    if not to:
        raise Stop(
            Issue("restore", "to is missing", "a restore makes a new workspace and never overwrites one",
                  "such as --to ../acme-again", code="missing-argument"),
            exit_code=USAGE,
        )  # fmt: skip
    done = unpack(desk, Path(source), Path(to), journal)
    blocks = _proofs(done)
    if done.erased:
        blocks.append(Note(f"{len(done.erased)} who were erased since then were erased here, too.", "check"))
    if done.parked:
        text = f"{done.parked} changes on their way out wait for a person: they may have gone out since the backup."
        blocks.append(Note(text, "warning"))
    return Report("Restored", blocks, lede=f"{done.folder}, in {done.seconds:.1f} s", changed=1)


def _sweep(folder: Path) -> None:
    """Take away what a check that was killed left: a whole record, where no erasure looks."""
    for left in folder.glob(f"{CHECK}*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > ABANDONED:
                shutil.rmtree(left, ignore_errors=True)


def _proofs(done: Restored) -> list[Block]:
    """What a restore has proved."""
    return [
        Note(f"{len(done.told['files']):,} files are what the backup says, byte by byte.", "check"),
        Note(f"{done.records:,} records of the audit log follow from each other.", "check"),
        Note(f"{done.figures} figures of the first screen are what they were.", "check"),
    ]
