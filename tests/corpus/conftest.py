"""The corpus stands at one moment, and names a folder for each case."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus.play import NOW


@pytest.fixture(autouse=True)
def _at_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALESWRIGHT_NOW", NOW)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder of the case's own."""
    return tmp_path
