"""A kill during a backup leaves no half backup that looks whole, and the next one sweeps what is left."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from saleswright.data.backup import places
from saleswright.kernel.call import App
from saleswright.kernel.journal import let_go
from saleswright.kernel.workspace import Workspace
from tests.conftest import NIGHTLY, ROOT
from tests.crash.play import Command, Stage, State

BARRIERS = re.findall(
    r'barrier\("(backup-[a-z-]+)"\)', (ROOT / "src/saleswright/data/backup/making.py").read_text("utf-8")
)
NOW = "2026-07-01T09:00:00+00:00"


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    opened = Stage()
    yield opened
    opened.close()


def test_killed_during_a_backup_or_a_restore(
    stage: Stage, planted: tuple[App, Workspace, Path], tmp_path: Path
) -> None:
    _, workspace, _ = planted
    let_go(workspace)
    safe = tmp_path / "safe"
    seed = random.SystemRandom().randrange(1_000_000)
    drawn = BARRIERS if NIGHTLY else random.Random(seed).sample(BARRIERS, 1)
    for n, at in enumerate(drawn):
        now = f"2026-07-01T09:0{n}:00+00:00"
        command = Command("backup", {"to": str(safe)}, now, workspace.root, State((), (), (), ()))
        assert stage.play(workspace.root, command, at)["killed"], (seed, at)
        finished = [p for p in safe.glob("*") if places.whole(p) and p.suffix != places.PART]
        assert len(finished) == (at == "backup-placed"), at
        assert all(places.differing(p) == [] for p in finished)
        shutil.rmtree(safe)
    command = Command("backup", {"to": str(safe)}, NOW, workspace.root, State((), (), (), ()))
    assert stage.play(workspace.root, command, "backup-log")["killed"]
    assert [p.suffix for p in safe.glob("*")] == [places.PART]
    assert stage.play(workspace.root, command)["code"] == 0
    (folder,) = safe.glob("*")
    assert places.differing(folder) == []
    to = tmp_path / "again"
    back = Command("restore", {"source": str(folder), "to": str(to)}, NOW, workspace.root, State((), (), (), ()))
    at = random.Random(seed).choice(["restore-copied", "restore-proved"])
    assert stage.play(workspace.root, back, at)["killed"] and not to.exists()
    assert stage.play(workspace.root, back)["code"] == 0 and to.exists()
    assert not list(tmp_path.glob("*.part"))
