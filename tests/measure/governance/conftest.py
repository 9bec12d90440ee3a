"""The small company, made once, and a copy of it to write into."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from tests.measure.governance.company import NOW, copied, make
from tests.workspaces import once


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company's workspace, one for all workers. Nobody writes into it."""
    base = tmp_path_factory.getbasetemp()
    place = (base.parent if base.name.startswith("popen-") else base) / "governed"

    def fill(folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SALESWRIGHT_NOW", NOW)
            make(folder)

    return once(place, fill) / "company"


@pytest.fixture
def folder(source: Path, tmp_path: Path, pin_now: Callable[[str], datetime]) -> Path:
    """A copy to write into, on the company's Monday."""
    pin_now(NOW)
    return copied(source, tmp_path)
