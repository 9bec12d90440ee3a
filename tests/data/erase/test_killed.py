"""kill -9 halfway: running it again finishes; a marker says that an erasure is under way."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from saleswright.data.audit.verify import verify
from saleswright.data.backup import places
from saleswright.data.erase.under_way import under_way
from saleswright.kernel.call import App
from saleswright.kernel.journal import let_go, open_journal
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import CONFLICT, Stop
from tests.conftest import NIGHTLY, ROOT
from tests.crash.play import Command, Stage, State
from tests.data.keeping import EMAIL, NAME, rows_of, search

SOURCE = ROOT / "src" / "saleswright" / "data" / "erase"
BARRIERS = sorted(
    {name for path in SOURCE.glob("*.py") for name in re.findall(r'barrier\("([a-z-]+)"\)', path.read_text("utf-8"))}
)
PUBLISHING = ["run-placed", "release-placed", "before-pointer", "pointed", "before-commit", "after-commit"]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    opened = Stage()
    yield opened
    opened.close()


def order(root: Path, args: dict[str, Any]) -> Command:
    return Command("erase", args, "2026-07-01T09:00:00+00:00", root, State((), (), (), ()))


def test_killed_at_any_barrier_and_finished_by_the_same_command(
    stage: Stage, planted: tuple[App, Workspace, Path], tmp_path: Path
) -> None:
    """At a barrier drawn anew each time; nightly at every one."""
    app, workspace, _ = planted
    with open_journal(workspace).write(NAME) as w:  # type: ignore[union-attr]
        w.record("wrote", "request:1", {"text": f"{NAME} <{EMAIL}>"})
    app.call(workspace, "backup", {})
    rows = rows_of(workspace)
    let_go(workspace)
    seed = random.SystemRandom().randrange(1_000_000)
    drawn = [*BARRIERS, *PUBLISHING] if NIGHTLY else random.Random(seed).sample([*BARRIERS, *PUBLISHING], 1)
    command = order(workspace.root, {"subject": EMAIL, "yes": True, "because": "asked"})
    for n, at in enumerate(drawn):
        root = tmp_path / f"killed-{n}"
        shutil.copytree(workspace.root, root)
        _moved(root, workspace.root)
        assert stage.play(root, command, at)["killed"], (seed, at)
        there = app.open_workspace(root)
        if under_way(there.state) is not None:
            with pytest.raises(Stop) as refused:
                app.call(there, "backup", {})
            assert refused.value.exit_code == CONFLICT
        let_go(there)
        # The same command again, also where the address is not known any more.
        assert stage.play(root, command)["code"] == 0, (seed, at)
        assert search(root) == [], (seed, at)
        assert under_way(there.state) is None
        assert rows_of(there) == rows, (seed, at)
        for folder in places.known(there):
            assert places.differing(folder) == [], (seed, at)
        with open_journal(there).read() as con:  # type: ignore[union-attr]
            assert verify(con).broken is None
            told = con.exec_driver_sql("SELECT count(*) FROM record WHERE act = 'erased'").scalar()
        assert told == 1, (seed, at)
        let_go(there)
        shutil.rmtree(root)


def _moved(root: Path, old: Path) -> None:
    """The copy's register names the copy's backups."""
    path = root / ".saleswright" / "backups.json"
    path.write_text(path.read_text(encoding="utf-8").replace(str(old), str(root)), encoding="utf-8")
