"""Readers while others publish, and while those are killed: they never fail, never wait, and never see half."""

from __future__ import annotations

import random
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from saleswright.app import build
from saleswright.history.release import current
from saleswright.history.snapshot import open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import CONFLICT
from tests.conftest import NIGHTLY
from tests.crash.play import Command, Stage, rehearse, state_of

ROUNDS = 100 if NIGHTLY else 12


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    opened = Stage()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def commands(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> list[Command]:
    return rehearse(tmp_path_factory.mktemp("play"), stage, 200)


class Onlooker(threading.Thread):
    """Opens the record again and again and notes the state it saw; any failure ends it and is kept."""

    def __init__(self, space: Workspace) -> None:
        super().__init__()
        self.space = space
        self.seen: list[tuple[str, tuple[int, int, int]]] = []
        self.failure: BaseException | None = None
        self.done = threading.Event()

    def run(self) -> None:
        try:
            while not self.done.is_set():
                self.seen.append(look(self.space))
        except BaseException as failure:
            self.failure = failure


def look(space: Workspace) -> tuple[str, tuple[int, int, int]]:
    """Which state it is by name, and a mark over several tables, asked one after the other."""
    with closing(open_snapshot(space, Ambient())) as at:
        asked = "SELECT coalesce(sum(hash(t)::HUGEINT) % 1000000007, 0)::BIGINT FROM {} t"
        deals, accounts, meta = (at.reader.rows(asked.format(t))[0][0] for t in ("deal", "account", "meta"))
        return at.snap, (deals, accounts, meta)


def test_every_look_is_one_state_whole(stage: Stage, commands: list[Command], tmp_path: Path) -> None:
    """Import, undo and undo of the undo follow each other, every second one killed somewhere on its way."""
    chance = random.Random(11)
    root = tmp_path / "book"
    shutil.copytree(commands[2].before, root)
    space = build().open_workspace(root)
    onlooker = Onlooker(space)
    whole = dict([look(space)])
    onlooker.start()
    for turn in range(ROUNDS):
        release = current(space.state)
        assert release is not None
        # Undo the last run, which brings back what it took: there is always something to do.
        order = Command("import undo", {"run": release.used[-1]}, commands[2].now, root, commands[2].after)
        stage.play(root, order, after=chance.uniform(0, 0.3) if turn % 2 else None)
        name, mark = look(space)
        whole.setdefault(name, mark)
    onlooker.done.set()
    onlooker.join(timeout=30)
    assert onlooker.failure is None
    assert len(set(onlooker.seen)) > 2
    assert set(onlooker.seen) <= set(whole.items())


def test_a_reader_does_not_wait_for_a_publisher(commands: list[Command], tmp_path: Path) -> None:
    """While somebody holds the publisher's lock a look takes as long as ever, and a second import is refused at once."""
    import fcntl

    root = tmp_path / "book"
    shutil.copytree(commands[1].before, root)
    space = build().open_workspace(root)
    expected = look(space)
    patient = Stage()
    with (space.state / "publish.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        began = time.monotonic()
        assert look(space) == expected
        refused = patient.play(root, commands[1])
        took = time.monotonic() - began
    assert refused["code"] == CONFLICT
    assert took < 20
    assert patient.play(root, commands[1])["code"] == 0
    assert state_of(root) == commands[1].after
    patient.close()
