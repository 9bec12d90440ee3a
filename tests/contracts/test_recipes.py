"""The recipe of CONTRIBUTING for a metric, followed to the letter: its YAML is a metric, its case holds."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import jsonschema
import yaml

from saleswright.app import build
from saleswright.commands.cases import run_case
from saleswright.measure.metrics.model import json_schema


def test_add_a_metric(root: Path) -> None:
    text = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    blocks = [textwrap.dedent(block) for block in re.findall(r"   ```yaml\n(.*?)   ```", text, re.DOTALL)]
    metric, cases = (yaml.safe_load(block) for block in blocks)
    jsonschema.validate(metric, json_schema())
    assert len(blocks[0].strip().splitlines()) <= 10
    for case in cases:
        given = case["given"] | {"definitions": [metric]}
        assert run_case(build(), case | {"given": given}, "CONTRIBUTING.md") == []
        assert run_case(build(), case | {"given": given, "then": {"value": 99}}, "CONTRIBUTING.md")
