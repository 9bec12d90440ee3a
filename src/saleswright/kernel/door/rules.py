"""Which approvals and which access are in force at this very moment? Read anew when their text has changed."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from saleswright.kernel.clock import now
from saleswright.kernel.door.approval import Approvals, approvals
from saleswright.kernel.journal.moment import asked_once
from saleswright.kernel.policy import Policy
from saleswright.kernel.workspace import FILE, Workspace
from saleswright.lib.issue import Stop
from saleswright.lib.zone import local_date

if TYPE_CHECKING:
    from saleswright.kernel.call import App

ME = "me"
Stamp = tuple[tuple[str, int, int, int, int], ...]
_lock = threading.Lock()
_read: dict[Path, tuple[Stamp, Workspace]] = {}
_approvals: dict[Path, tuple[Workspace, date, Approvals]] = {}


def fresh(app: App, workspace: Workspace) -> Workspace:
    """The workspace as its text says now: who opened it long ago may hold rules that were changed since."""
    root = workspace.root
    if workspace.scenario:
        return workspace
    stamp = asked_once(("written", root), lambda: _stamp(root))
    if not stamp:
        return workspace
    with _lock:
        held = _read.get(root)
    if held is not None and held[0] == stamp:
        return held[1]
    opened = app.open_workspace(root)
    with _lock:
        _read[root] = (stamp, opened)
    return opened


def _stamp(root: Path) -> Stamp:
    """Which files the text is, and when each was changed; nothing where it is no workspace on the disk."""
    if not (root / FILE).is_file():
        return ()
    files = [root / FILE, *sorted((root / "definitions").rglob("*.yaml"))]
    found: list[tuple[str, int, int, int, int]] = []
    for path in files:
        try:
            told = path.stat()
        except FileNotFoundError:
            continue
        found.append((str(path), told.st_mtime_ns, told.st_ctime_ns, told.st_ino, told.st_size))
    return tuple(found)


def in_force(workspace: Workspace) -> Approvals:
    """The approvals in force today, in the workspace's own zone."""
    day = local_date(now().replace(tzinfo=None), workspace.zone)
    with _lock:
        held = _approvals.get(workspace.root)
    if held is not None and held[0] is workspace and held[1] == day:
        return held[2]
    read = approvals(workspace, day)
    with _lock:
        _approvals[workspace.root] = (workspace, day, read)
    return read


def policy_of(workspace: Workspace, actor: str) -> Policy | None:
    """What an actor may see now; None for who has no access any more."""
    try:
        found = workspace.policy("" if actor == ME else actor)
    except Stop:
        return None
    return found if found.actor == actor else None
