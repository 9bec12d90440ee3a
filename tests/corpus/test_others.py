"""Parquet, packed files, folders, and files that are no tables at all. Each as expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus.case import Case, chosen
from tests.corpus.judge import run
from tests.corpus.others import CASES


@pytest.mark.parametrize("case", chosen(CASES), ids=lambda case: case.name)
def test_outcome(case: Case, place: Path) -> None:
    assert run(case, place) == []
