"""How does a backup become a workspace again, and how is it proved? Into a new folder, every byte and figure compared."""

from __future__ import annotations

import os
import re
import shutil
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from saleswright.data.backup import log, places
from saleswright.data.backup.making import first_screen
from saleswright.data.erase.tombstones import Forgotten, forgotten, write
from saleswright.history import engine
from saleswright.kernel import clock
from saleswright.kernel.call import Desk
from saleswright.kernel.journal import let_go, open_journal
from saleswright.kernel.journal.place import FILE as JOURNAL
from saleswright.kernel.workspace import FILE as SETTINGS
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import INTEGRITY, USAGE, Issue, Stop

_SETTING = re.compile(r"^(\s*journal\s*=.*)$", re.MULTILINE)


@dataclass
class Restored:
    """A workspace that was made of a backup: what the backup said, what was proved, who was forgotten since."""

    folder: Path
    told: dict[str, Any]
    records: int
    figures: int
    erased: list[str] = field(default_factory=list)
    parked: int = 0
    seconds: float = 0.0


def restore(desk: Desk, source: Path, to: Path, journal: str) -> Restored:
    """Make a workspace of a backup in a folder that is not there yet. Stop (integrity) for a backup that is not whole."""
    began = time.monotonic()
    to = to.expanduser().resolve()
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise Stop(
            Issue(
                str(to), "there is something already", "a restore never overwrites", "name a folder that is not there"
            ),
            exit_code=USAGE,
        )
    if source.is_file():
        return _only_log(desk, source, to, began)
    desk.tell("checking every byte of the backup")
    told = places.verified(source)
    part = to.with_name(to.name + places.PART)
    shutil.rmtree(part, ignore_errors=True)
    part.parent.mkdir(parents=True, exist_ok=True)
    workspace = None
    try:
        desk.tell("copying it")
        shutil.copytree(places.inside(source), part)
        _own_log(part, journal)
        engine.barrier("restore-copied")
        # It gets its name when it was proved and everybody is forgotten again: there is no moment before.
        workspace = desk.app.open_workspace(part)
        done = _proved(desk, workspace, source, told)
        engine.barrier("restore-proved")
        let_go(workspace)
        for path in places.files(part):
            engine.sync(path)
        if to.exists():
            to.rmdir()
        os.replace(part, to)
        engine.sync(to.parent)
    finally:
        if workspace is not None:
            let_go(workspace)
        shutil.rmtree(part, ignore_errors=True)
    done.folder = to
    if desk.workspace is not None and desk.workspace.root != to:
        _verified(desk.workspace, source, told)
    done.seconds = time.monotonic() - began
    return done


def _proved(desk: Desk, workspace: Workspace, source: Path, told: dict[str, Any]) -> Restored:
    """The audit log's chain walked, the figures compared, who was forgotten since forgotten again."""
    lines = workspace.state / log.LINES
    if lines.exists():
        log.load(lines, workspace)
    desk.tell("proving it")
    records = log.head(workspace)["records"]
    done = Restored(workspace.root, told, records, _figures(desk, workspace, told))
    done.erased = _forget(desk, workspace, source)
    done.parked = _parked(desk, workspace)
    return done


def _own_log(part: Path, journal: str) -> None:
    """A restored workspace never writes into the database of the one it was taken from."""
    path = part / SETTINGS
    text = path.read_text(encoding="utf-8")
    stands = re.search(r"^\s*journal\s*=", text, re.MULTILINE)
    if stands:
        text = _SETTING.sub(r"# where it was: \1", text)
    if journal:
        text = f'journal = "{journal}"\n' + text
    if stands or journal:
        path.write_text(text, encoding="utf-8")


def _figures(desk: Desk, workspace: Workspace, told: dict[str, Any]) -> int:
    """How many figures are what the backup says they were. Stop (integrity) with those that are not."""
    kept = told.get("figures") or {}
    if not kept:
        return 0
    now = first_screen(replace(desk, workspace=workspace), workspace, kept["as_of"])
    issues = [
        Issue(name, f"it is {now['values'].get(name)}, and was {value} when the backup was made",
              "so the restored record is not the one that was kept", "restore another backup: saleswright backup list")
        for name, value in kept["values"].items()
        if now["values"].get(name) != value
    ]  # fmt: skip
    if issues:
        raise Stop(*issues, exit_code=INTEGRITY)
    return len(kept["values"])


def _parked(desk: Desk, workspace: Workspace) -> int:
    """How many changes on their way out wait for a person now: they may have gone out since the backup was made."""
    from sqlalchemy import func, select

    from saleswright.kernel.effects.settle import park
    from saleswright.kernel.journal.tables import effect

    journal = open_journal(workspace, create=False)
    if journal is None:
        return 0
    with journal.read() as con:
        if not con.execute(select(func.count()).select_from(effect)).scalar():
            return 0
    with journal.write(desk.policy.actor) as w:
        return park(w, desk.app.adapters, workspace)


def _forget(desk: Desk, workspace: Workspace, source: Path) -> list[str]:
    """Forget again whom the present workspace forgot since the backup was made."""
    from saleswright.data.erase.erasure import again

    present = forgotten(desk.workspace.state) if desk.workspace is not None else None
    own = forgotten(workspace.state)
    if present is None:
        return []
    if own is not None and own.key != present.key:
        raise Stop(Issue(str(source), "it is the backup of another workspace", "its erasures cannot be compared",
                         "run restore outside any workspace"), exit_code=USAGE)  # fmt: skip
    done = [found.subject.said for found in again(desk, workspace, present)]
    write(workspace.state, Forgotten(present.key, present.people))
    return done


def _verified(here: Workspace, source: Path, told: dict[str, Any]) -> None:
    """Note in the present workspace that this backup was restored and proved."""
    at = clock.now().isoformat()
    places.note(here, source.resolve(), {"at": told["at"], "release": told["release"], "verified": at, "restored": at})


def _only_log(desk: Desk, source: Path, to: Path, began: float) -> Restored:
    """The copy of the audit log that was made before its tables were brought up to date, in a folder of its own."""
    if source.suffix not in (".sqlite", ".jsonl"):
        raise Stop(Issue(str(source), "this is no backup", "", "name the folder of one, or a copy of the audit log"),
                   exit_code=USAGE)  # fmt: skip
    state = to / ".saleswright"
    state.mkdir(parents=True)
    # A workspace of nothing but the log, so that it can be asked.
    (to / SETTINGS).write_text(f'format = 1\nname = "{to.name}"\n', encoding="utf-8")
    if source.suffix == ".sqlite":
        shutil.copyfile(source, state / JOURNAL)
    else:
        shutil.copyfile(source, state / log.LINES)
    workspace = desk.app.open_workspace(to)
    if (state / log.LINES).exists():
        log.load(state / log.LINES, workspace)
    told: dict[str, Any] = {"at": "", "files": {source.name: {}}, "release": None}
    done = Restored(to, told, log.head(workspace)["records"], 0)
    let_go(workspace)
    done.seconds = time.monotonic() - began
    return done
