"""Killed at any moment: the record is what it was before or what it is after, and the next run needs no hand."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from tests.conftest import NIGHTLY
from tests.crash.play import BARRIERS, Command, Stage, killed_and_mended

SEED = 6
KILLS = 1000 if NIGHTLY else 60


def test_at_random_moments(stage: Stage, commands: list[Command], place: Path) -> None:
    chance = random.Random(SEED)
    # Those at the barriers count too.
    kills = KILLS - len(BARRIERS) * len(commands) if not NIGHTLY else KILLS
    assert kills > 0
    times = []
    for n, command in enumerate(commands):
        shutil.copytree(command.before, place / f"timed-{n}")
        times.append(stage.play(place / f"timed-{n}", command)["took"])
    hits = 0
    for n in range(kills):
        which = n % len(commands)
        after = chance.uniform(0, times[which] * 1.05)
        hits += killed_and_mended(stage, commands[which], place / f"kill-{n}", after=after)
    assert hits >= kills // 2
