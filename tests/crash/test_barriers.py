"""Killed where a crash is rehearsed: the record is what it was or what it becomes, and the next run needs no hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.play import BARRIERS, Command, Stage, killed_and_mended


@pytest.mark.parametrize("barrier", BARRIERS)
def test_at_a_barrier(barrier: str, stage: Stage, commands: list[Command], tmp_path: Path) -> None:
    met = [killed_and_mended(stage, command, tmp_path / str(n), at=barrier) for n, command in enumerate(commands)]
    assert any(met), f"no command comes by {barrier}"
