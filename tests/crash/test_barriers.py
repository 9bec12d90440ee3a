"""Killed where a crash is rehearsed: the record is what it was or what it becomes, and the next run needs no hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.play import BARRIERS, ROOT, Command, Stage, barriers, killed_and_mended


def test_each_is_played_in_one_place() -> None:
    """A barrier is known by its name alone, so no name stands in two parts; and who is said to play it is there."""
    parts = barriers()
    for test in parts:
        assert (ROOT / test).is_file(), f"{test} is said to play {sorted(parts[test])}"
    names = [name for part in parts.values() for name in part]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)


@pytest.mark.parametrize("barrier", BARRIERS)
def test_at_a_barrier(barrier: str, stage: Stage, commands: list[Command], place: Path) -> None:
    met = [
        killed_and_mended(stage, command, place / f"{barrier}-{n}", at=barrier) for n, command in enumerate(commands)
    ]
    assert any(met), f"no command comes by {barrier}"
