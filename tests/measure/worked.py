"""The worked examples that come with the metrics, dealt out to several files, so that none of them is a slow one."""

from __future__ import annotations

from typing import Any

from saleswright.commands.cases import read_cases
from saleswright.measure import metrics

FOLDER = metrics.CHAPTER.folder
CASES = [(path.name, case) for path in sorted((FOLDER / "cases").glob("*.yaml")) for case in read_cases(path)]
HANDS = 4


def dealt(hand: int) -> list[Any]:
    """Every fourth example, from the hand-th on, each with its file and words as its name."""
    import pytest

    return [pytest.param(n, case, id=f"{n}-{case['case'][:40]}") for n, case in CASES[hand::HANDS]]
