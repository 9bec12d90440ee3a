"""Where do dropped files wait? In a folder nobody can guess, with what was said about them, for a day."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn
from weakref import WeakValueDictionary

from saleswright.data.imports.told import Told
from saleswright.data.mapping.questions import Option, Question
from saleswright.kernel import clock
from saleswright.kernel.call import Desk
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import USAGE, Issue, Stop

KEPT = timedelta(days=1)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")
_ABOUT, _FILES = "about.json", "files"
_locks: WeakValueDictionary[str, Any] = WeakValueDictionary()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Dropped:
    """One drop: its folder, what was said about it, and the questions that were put."""

    folder: Path
    told: Told
    asked: tuple[Question, ...] = ()

    @property
    def token(self) -> str:
        return self.folder.name

    @property
    def paths(self) -> list[Path]:
        """The files, by name. Stop when they were taken away meanwhile."""
        try:
            return sorted(p for p in (self.folder / _FILES).iterdir() if p.is_file() and not p.is_symlink())
        except FileNotFoundError:
            _gone()

    @property
    def source(self) -> Path:
        """What is imported: the one file, or the folder of them."""
        found = self.paths
        return found[0] if len(found) == 1 else self.folder / _FILES

    @property
    def size(self) -> int:
        try:
            return sum(path.stat().st_size for path in self.paths)
        except FileNotFoundError:
            _gone()

    def keep(self, told: Told, asked: tuple[Question, ...] | None = None) -> Dropped:
        """The same drop with more said about it, written down. Stop when it is gone: it is not to come back."""
        made = Dropped(self.folder, told, self.asked if asked is None else asked)
        with held(self.token):
            if "led" in (_about(self.folder) or {"led": ""}):
                _gone()
            _write(made)
        return made

    def remove(self, led: str = "") -> None:
        """Forget the drop; of one that was committed, the address that it led to is known for the rest of its day."""
        with held(self.token):
            if led:
                _note(self.folder, {"at": clock.now().isoformat(), "led": led})
                shutil.rmtree(self.folder / _FILES, ignore_errors=True)
            else:
                shutil.rmtree(self.folder, ignore_errors=True)


def held(token: str) -> Any:
    """The lock of one drop: what is sent twice is done once."""
    with _lock:
        found = _locks.get(token)
        if found is None:
            found = _locks[token] = threading.RLock()
        return found


def fresh(desk: Desk) -> Path:
    """A new folder for files, after old ones were swept away."""
    root = _root(desk.here)
    root.mkdir(parents=True, exist_ok=True)
    ignore = desk.here.state / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    sweep(desk.here)
    made = Dropped(root / secrets.token_urlsafe(24), Told())
    made.folder.mkdir(mode=0o700)
    (made.folder / _FILES).mkdir(mode=0o700)
    _write(made)
    return made.folder / _FILES


def find(workspace: Workspace, token: str) -> Dropped:
    """The drop of that name. Stop when there is none any more; what is older than a day is gone from now on."""
    about = _known(workspace, token)
    if about is None or "led" in about:
        _gone()
    folder = _root(workspace) / token
    asked = tuple(
        Question(**{**question, "options": tuple(Option(**option) for option in question["options"])})
        for question in about.get("asked", [])
    )
    return Dropped(folder, Told(about["answers"], about["choices"], about["whole"]), asked)


def led(workspace: Workspace, token: str) -> str:
    """The address that a committed drop led to; empty for any other."""
    return str((_known(workspace, token) or {}).get("led", ""))


def sweep(workspace: Workspace) -> None:
    """Remove what was dropped more than a day ago."""
    root = _root(workspace)
    for folder in root.iterdir() if root.is_dir() else ():
        # What is not a drop is somebody else's, and a drop without its paper is being made just now.
        _known(workspace, folder.name)


def _known(workspace: Workspace, token: str) -> dict[str, Any] | None:
    """The paper of a drop. One that is older than a day is removed and is none."""
    folder = _root(workspace) / token
    about = _about(folder) if _TOKEN.fullmatch(token) and not folder.is_symlink() else None
    if about is not None and datetime.fromisoformat(about["at"]) + KEPT < clock.now():
        shutil.rmtree(folder, ignore_errors=True)
        return None
    return about


def _gone() -> NoReturn:
    raise Stop(
        Issue(
            "this import",
            "the files that were dropped here are no longer kept",
            "they were committed or cancelled, or a day has gone by",
            "drop them again at /data/import; what was committed is listed there",
            code="unknown_import",
        ),
        exit_code=USAGE,
    )


def _root(workspace: Workspace) -> Path:
    return workspace.state / "inbox"


def _about(folder: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def _write(made: Dropped) -> None:
    told = made.told
    before = _about(made.folder)
    content = {
        "at": before["at"] if before else clock.now().isoformat(),
        "answers": dict(told.answers),
        "choices": {file: dict(columns) for file, columns in told.choices.items()},
        "whole": told.whole,
        "asked": [q.as_dict() for q in made.asked],
    }
    _note(made.folder, content)


def _note(folder: Path, content: dict[str, Any]) -> None:
    part = folder / f"{_ABOUT}.new"
    part.write_text(json.dumps(content, indent=1), encoding="utf-8")
    part.replace(folder / _ABOUT)
