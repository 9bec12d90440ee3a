"""The examples of the how-to: every definition in it is understood, every command in it can be read."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from saleswright.app import build
from saleswright.faces.cli.arguments import read, split
from saleswright.kernel.definition import Definition, read_definitions
from saleswright.kernel.door import approval
from saleswright.measure.forecast.calls import rules


def _text(root: Path) -> str:
    return (root / "docs" / "how-to" / "call-the-forecast.md").read_text(encoding="utf-8")


def test_every_definition_is_understood(root: Path, tmp_path: Path) -> None:
    found: list[Definition] = []
    for number, example in enumerate(re.findall(r"```yaml\n(.*?)```", _text(root), re.S)):
        path = tmp_path / f"{number}.yaml"
        path.write_text(example, encoding="utf-8")
        definitions, issues = read_definitions(path, path.name)
        assert not issues
        found += definitions
    how, passes = found
    made, wrong = rules.read(how)
    assert made is not None and not wrong and made.lock_words == "Friday 17:00" and made.limit_words == "10 %"
    granted, wrong = approval.read(passes)
    assert granted is not None and granted.automatic and not wrong


def test_every_command_can_be_read(root: Path) -> None:
    actions = build().actions
    lines = re.findall(r"^\$ saleswright (.*)$", _text(root), re.M)
    assert len(lines) >= 7
    for line in lines:
        name, rest = split(shlex.split(line.replace(" --as-of 2026-08-14", "")), actions)
        assert name in ("forecast submit", "forecast calls"), line
        read(actions[name], rest)
