"""One small company for all of these tests: nothing here changes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from saleswright.history.snapshot import Snapshot
from tests.measure.forecast.material import company
from tests.measure.forecast.seeds import drawn


@pytest.fixture(autouse=True, scope="module")
def _today() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", company.NOW)
        yield


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", company.NOW)
        return company.company(tmp_path_factory.mktemp("material"), drawn(), asked=True)


@pytest.fixture(scope="session")
def at(root: Path) -> Iterator[Snapshot]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", company.NOW)
        found = company.opened(root)
    yield found
    found.close()
