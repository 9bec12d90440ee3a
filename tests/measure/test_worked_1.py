"""Worked examples hold: every fourth, from number 1 on."""

from __future__ import annotations

import pytest

from saleswright.app import build
from saleswright.commands.cases import run_case
from tests.measure.worked import dealt


@pytest.mark.parametrize(("where", "case"), dealt(0))
def test_a_worked_example_holds(where: str, case: dict[str, object]) -> None:
    assert run_case(build(), case, where) == []
