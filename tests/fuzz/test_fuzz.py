"""Does any parser break, hang or lose count, whatever it is given? The long version runs two million inputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus.play import NOW
from tests.fuzz.drive import drive, inputs
from tests.fuzz.targets import TARGETS, Target


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_nothing_breaks_it(target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALESWRIGHT_NOW", NOW)
    number = inputs(target)
    assert drive(target, number, tmp_path) == number


def test_every_part_of_a_long_run_is_given_away() -> None:
    assert sum(target.share for target in TARGETS.values()) == pytest.approx(1, abs=0.05)
