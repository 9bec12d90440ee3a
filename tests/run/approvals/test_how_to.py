"""The examples of the how-to: every definition in it is understood, every command in it can be read."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from saleswright.app import build
from saleswright.faces.cli.arguments import read, split
from saleswright.kernel.definition import read_definitions
from saleswright.kernel.door import approval
from saleswright.kernel.door.words import STATES


def text(root: Path) -> str:
    return (root / "docs" / "how-to" / "approve-changes.md").read_text(encoding="utf-8")


def test_every_definition_is_understood(root: Path, tmp_path: Path) -> None:
    made = []
    for number, example in enumerate(re.findall(r"```yaml\n(.*?)```", text(root), re.S)):
        path = tmp_path / f"{number}.yaml"
        path.write_text(example, encoding="utf-8")
        definitions, issues = read_definitions(path, path.name)
        assert not issues
        made += [approval.read(one) for one in definitions]
    assert [found.name for found, issues in made if found and not issues] == ["leaders", "large", "next_steps"]


def test_every_command_can_be_read(root: Path) -> None:
    actions = build().actions
    lines = [*re.findall(r"^\$ saleswright (.*)$", text(root), re.M), "withdraw 12"]
    assert len(lines) >= 10
    for line in lines:
        name, rest = split(shlex.split(line), actions)
        given = read(actions[name], rest).given
        assert all(param.name in given for param in actions[name].params if param.required), line


def test_every_state_has_its_line(root: Path) -> None:
    for state in ("approved", "refused", "moved", "expired", "withdrawn"):
        assert f"| {STATES[state]} |" in text(root)
