"""The warm process and the rehearsed commands, once for each file of kills."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.play import Command, Stage, rehearse

DEALS = 200
# What a killed process wrote is with the system, whatever the disk is: a disk in memory is the same and much quicker.
MEMORY = Path("/dev/shm")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    opened = Stage()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    where = MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="play-", dir=where) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def commands(stage: Stage, place: Path) -> list[Command]:
    """A first import, a second one, the undo of the first, a rebuild."""
    return rehearse(place / "play", stage, DEALS)
