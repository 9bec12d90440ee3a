"""Trouble in the header, and rows that do not fit it. Each as expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus.case import Case, chosen
from tests.corpus.headers import CASES
from tests.corpus.judge import run


@pytest.mark.parametrize("case", chosen(CASES), ids=lambda case: case.name)
def test_outcome(case: Case, place: Path) -> None:
    assert run(case, place) == []
