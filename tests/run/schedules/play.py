"""Processes that look at the calendar once, as servers do, and a product of two actions that write down each time they run.

python -m tests.run.schedules.play FOLDER
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from saleswright.kernel.action import action
from saleswright.kernel.call import App, Desk
from saleswright.kernel.chapter import Chapter
from saleswright.kernel.clock import now
from saleswright.kernel.report import Note, Report
from saleswright.kernel.workspace import find, load
from saleswright.run.schedules.schedule import schedules
from saleswright.run.schedules.tick import tick

ROOT = Path(__file__).resolve().parents[3]
TIMES = "times.txt"


def times(folder: Path) -> list[str]:
    """Which actions ran, each time anew."""
    path = folder / TIMES
    return path.read_text(encoding="utf-8").split() if path.exists() else []


def _ran(workspace: Any, what: str) -> Report:
    with (workspace.root / TIMES).open("a", encoding="utf-8") as file:
        file.write(f"{what}\n")
    return Report(what, [Note("It ran.")])


@action(effect="read")
def ask(at: Any) -> Report:
    """Ask something."""
    return _ran(at.workspace, "ask")


@action(effect="apply")
def write(desk: Desk) -> Report:
    """Write something."""
    return _ran(desk.here, "write")


def product() -> App:
    """The two actions, without a record behind them."""
    chapter = Chapter("play", "Run", "Play", "", Path(__file__).parent, (ask, write))

    def context(workspace: Any, ambient: Any) -> Any:
        return SimpleNamespace(
            workspace=workspace, policy=workspace.policy(ambient.actor), as_of_text="", known_text="", snap="",
            close=lambda: None,
        )  # fmt: skip

    return App((chapter,), lambda folder: load(find(folder)), context)


def started(folder: Path, moment: str, crash: str = "") -> subprocess.Popen[str]:
    """Such a process, begun; `crash` names the barrier at which it kills itself."""
    env = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "SALESWRIGHT_NOW": moment}
    env |= {"SALESWRIGHT_CRASH_AT": crash} if crash else {}
    words = [sys.executable, "-m", "tests.run.schedules.play", str(folder)]
    return subprocess.Popen(words, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def main(folder: str) -> None:
    app = product()
    workspace = app.open_workspace(Path(folder))
    assert not schedules(workspace)[1], schedules(workspace)[1]
    for claimed, ended in tick(app, workspace, now()):
        sys.stdout.write(f"{claimed.text.name} {claimed.due.isoformat()} {ended.state} {ended.said}\n")


if __name__ == "__main__":
    main(sys.argv[1])
