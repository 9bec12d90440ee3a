"""Keys that are lost, doubled or shortened, and references that lead nowhere or in a circle. Each as expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus.case import Case, chosen
from tests.corpus.ids import CASES
from tests.corpus.judge import run


@pytest.mark.parametrize("case", chosen(CASES), ids=lambda case: case.name)
def test_outcome(case: Case, place: Path) -> None:
    assert run(case, place) == []
