"""Killed at the worst moment: the record is what it was before or what it is after, and the next run needs no hand."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NIGHTLY
from tests.crash.play import ROOT, Command, Stage, rehearse, state_of, strays

DEALS = 300
KILLS = 1000 if NIGHTLY else 60
SEED = 6
COMMANDS = ("first import", "second import", "undo", "rebuild")
BARRIERS = sorted(
    {
        name
        for path in (ROOT / "src" / "saleswright").rglob("*.py")
        for name in re.findall(r'\bbarrier\("([a-z-]+)"\)', path.read_text(encoding="utf-8"))
    }
)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    opened = Stage()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def commands(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> list[Command]:
    return rehearse(tmp_path_factory.mktemp("play"), stage, DEALS)


def killed_and_mended(stage: Stage, command: Command, root: Path, at: str = "", after: float | None = None) -> bool:
    """Kill the command there or then, check what is left, give it again, check the end. Did the kill come in time?"""
    shutil.copytree(command.before, root)
    before = state_of(root)
    done = stage.play(root, command, at, after)
    left = state_of(root)
    finished = left.pointer == command.after.pointer
    if finished:
        assert left == command.after
    else:
        # Text of mappings may have come already: it is whole, and the next run begins from it.
        assert (left.tables, left.pointer) == (before.tables, before.pointer)
        assert set(left.texts) <= set(before.texts) | set(command.after.texts)
    again = stage.play(root, command)
    if finished and command.name == "rebuild":
        end = state_of(root)
        assert again["code"] == 0
        assert (end.tables, end.raw) == (command.after.tables, command.after.raw)
        assert end.pointer[1:] == command.after.pointer[1:]
    else:
        # An undo that went through is refused a second time; an import that did finds nothing new.
        assert again["code"] == (2 if finished and command.name == "import undo" else 0)
        assert state_of(root) == command.after
    assert strays(root) == []
    shutil.rmtree(root)
    return bool(done["killed"])


@pytest.mark.parametrize("barrier", BARRIERS)
def test_at_a_barrier(barrier: str, stage: Stage, commands: list[Command], tmp_path: Path) -> None:
    met = [killed_and_mended(stage, command, tmp_path / str(n), at=barrier) for n, command in enumerate(commands)]
    assert any(met), f"no command comes by {barrier}"


def test_at_random_moments(stage: Stage, commands: list[Command], tmp_path: Path) -> None:
    chance = random.Random(SEED)
    kills = max(0, KILLS - len(BARRIERS) * len(commands))
    assert kills
    times = []
    for n, command in enumerate(commands):
        shutil.copytree(command.before, tmp_path / f"timed-{n}")
        times.append(stage.play(tmp_path / f"timed-{n}", command)["took"])
    hits = 0
    for n in range(kills):
        which = n % len(commands)
        after = chance.uniform(0, times[which] * 1.05)
        hits += killed_and_mended(stage, commands[which], tmp_path / f"kill-{n}", after=after)
    assert hits >= kills // 2
