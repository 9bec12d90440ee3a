"""Every command in the how-to is one, and its set of KPIs is understood."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import yaml

from saleswright.app import build
from saleswright.faces.cli.command import run
from saleswright.measure.metrics.governance.board import governed
from saleswright.measure.metrics.keys import KEYS, WORDS
from tests.measure.governance.company import opened


def blocks(root: Path, kind: str) -> list[str]:
    text = (root / "docs" / "how-to" / "govern-kpis.md").read_text(encoding="utf-8")
    return [body for of, body in re.findall(r"```(\w*)\n(.*?)```", text, re.DOTALL) if of == kind]


def test_every_command_is_one(root: Path, folder: Path) -> None:
    commands = [line.partition("#")[0] for block in blocks(root, "") for line in block.splitlines() if line]
    assert len(commands) == 9
    for command in commands:
        assert run([*shlex.split(command)[1:], "-w", str(folder)], build) == 0, command


def test_its_words_of_a_metric_are_keys(root: Path) -> None:
    words = yaml.safe_load(blocks(root, "yaml")[0])
    assert set(words) <= set(KEYS)
    assert all(words[key] in options for key, options in WORDS.items() if key in words)


def test_its_set_holds(root: Path, folder: Path) -> None:
    (folder / "definitions/ours.yaml").write_text(blocks(root, "yaml")[1], encoding="utf-8")
    with opened(folder, "2026-12-01") as at:
        held = governed(at)
    assert not held.issues and len(held.sets["sales management"].names) == 6
