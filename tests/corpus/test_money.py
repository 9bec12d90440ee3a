"""Amounts as people, spreadsheets and programs write them. Each as expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus.case import Case, chosen
from tests.corpus.judge import run
from tests.corpus.money import CASES


@pytest.mark.parametrize("case", chosen(CASES), ids=lambda case: case.name)
def test_outcome(case: Case, place: Path) -> None:
    assert run(case, place) == []
