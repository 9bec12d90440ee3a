"""Is every command of the how-to one, and does its schedule hold?"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import yaml

from saleswright.app import build
from saleswright.faces.cli.command import run
from saleswright.kernel.definition import read_definitions
from saleswright.measure.flow.factors.schedule import read_schedule


def blocks(root: Path, kind: str) -> list[str]:
    text = (root / "docs" / "how-to" / "value-by-age.md").read_text(encoding="utf-8")
    return [body for of, body in re.findall(r"```(\w*)[^\n]*\n(.*?)```", text, re.DOTALL) if of == kind]


def test_every_command_is_one(root: Path, demo_folder: Path) -> None:
    commands = [line for block in blocks(root, "sh") for line in block.splitlines() if line]
    assert len(commands) == 4
    for command in commands:
        assert run([*shlex.split(command)[1:], "-w", str(demo_folder), "--as-of", "2026-11-22"], build) == 0, command


def test_its_schedule_holds(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "aging.yaml"
    path.write_text(blocks(root, "yaml")[0], encoding="utf-8")
    found, issues = read_definitions(path, "definitions/aging.yaml")
    made, wrong = read_schedule(found[0])
    assert not issues and not wrong and made is not None
    assert made.default and made.cuts == tuple(yaml.safe_load(path.read_text())["cuts"])
