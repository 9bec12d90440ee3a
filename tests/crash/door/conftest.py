"""The providers and the warm process, once for each file of plays."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.door.play import Stage, opened

# What a killed process wrote is with the system, whatever the disk is: a disk in memory is the same and much quicker.
MEMORY = Path("/dev/shm")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    where = MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="door-", dir=where) as folder, opened(Path(folder)) as found:
        yield found
