"""Days that can be read two ways, days that do not exist, days that cannot be meant. Each as expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus.case import Case, chosen
from tests.corpus.dates import CASES
from tests.corpus.judge import run


@pytest.mark.parametrize("case", chosen(CASES), ids=lambda case: case.name)
def test_outcome(case: Case, place: Path) -> None:
    assert run(case, place) == []
