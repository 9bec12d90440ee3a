"""The warm process and the rehearsed commands, once for each file of kills."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.crash.play import Command, Stage, rehearse

DEALS = 200


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    opened = Stage()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def commands(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> list[Command]:
    """A first import, a second one, the undo of the first, a rebuild."""
    return rehearse(tmp_path_factory.mktemp("play"), stage, DEALS)
