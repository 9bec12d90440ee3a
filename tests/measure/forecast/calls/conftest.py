"""The small company, made once, and a copy of it for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.measure.forecast.calls import company


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return company.made(tmp_path_factory.mktemp("calls"))


@pytest.fixture
def folder(told: Path, tmp_path: Path) -> Iterator[Path]:
    yield from company.copies(told, tmp_path)
