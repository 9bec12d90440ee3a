"""The examples of the how-to: every definition in it is understood, every command in it is one."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from saleswright.app import build
from saleswright.measure.review.scrub.find import in_force, scrub
from tests.measure.review.scrub.conftest import opened
from tests.measure.review.scrub.small import deal, made, usual


@pytest.fixture
def text(root: Path) -> str:
    return (root / "docs" / "how-to" / "monday-review.md").read_text(encoding="utf-8")


def test_every_definition_is_understood(text: str, tmp_path: Path, pin_now: Callable[[str], datetime]) -> None:
    pin_now("2026-12-02T12:00:00+00:00")
    folder = made(tmp_path, [*usual(), deal("D1", Close_Date="2026-12-18", Last_Activity="2026-11-10")])
    examples = [one for one in re.findall(r"```yaml\n(.*?)```", text, re.S) if "kind: " in one]
    ours = [one for one in examples if re.search(r"kind: (check|not_a_problem|typing_time)", one)]
    assert len(ours) >= 5
    for number, one in enumerate(ours):
        (folder / "definitions" / f"example{number}.yaml").write_text(one, encoding="utf-8")
    at = opened(folder)
    found = scrub(at)
    assert not found.issues
    # The shipped rule asks for thirty days, the example for twenty-one.
    assert in_force(at).own.limits["silent"].value == 21
    assert [one.rule for one in found.suspects[0].findings if one.rule == "silent"] == ["silent"]
    assert {"no_competitor", "missing_fields"} <= {one.name for one in found.rules}
    at.close()


def test_every_command_is_one(text: str) -> None:
    actions = build().actions
    for line in re.findall(r"^\$ saleswright (.*)$", text, re.M):
        words = line.split()
        assert " ".join(words[:2]) in actions or words[0] in actions, line
