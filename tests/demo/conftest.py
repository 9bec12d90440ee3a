"""One demo company, built once, and its files read back."""

import csv
from datetime import date
from pathlib import Path

import pytest

from saleswright.demo.emit import emit
from saleswright.demo.world import World, build
from tests.demo.truth import SEED, UNTIL, Truth, truth

Tables = dict[str, list[dict[str, str]]]


@pytest.fixture(scope="session")
def world() -> World:
    """The demo company of the documentation."""
    return build(SEED, date.fromisoformat(UNTIL))


@pytest.fixture(scope="session")
def folder(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its export."""
    path = tmp_path_factory.mktemp("demo")
    emit(world, path)
    return path


@pytest.fixture(scope="session")
def tables(folder: Path) -> Tables:
    """The export, read as plain rows."""
    read: Tables = {}
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            read[path.stem] = list(csv.DictReader(file))
    return read


@pytest.fixture(scope="session")
def planted(world: World) -> Truth:
    """What must be found in it."""
    return truth(world)
