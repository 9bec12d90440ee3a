"""The tutorial, walked from its own text: every command it prints works, and says what the tutorial says."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from saleswright.app import build
from saleswright.faces.cli.command import run


def blocks(text: str, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)


def say(words: list[str]) -> tuple[int, dict[str, Any]]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        code = run([*words, "--json"], build)
    told: dict[str, Any] = json.loads(out.getvalue())
    return code, told


def test_the_tutorial_says_what_happens(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (root / "docs/tutorial.md").read_text(encoding="utf-8")
    (tmp_path / "deals.csv").write_text(blocks(text, "text")[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    found: dict[str, Any] = {}
    reference = ""
    for line in [line for block in blocks(text, "sh") for line in block.splitlines()]:
        words = shlex.split(line)
        if words[0] == "cd":
            monkeypatch.chdir(tmp_path / words[1])
        elif words[0] != "saleswright" or {"demo", "serve"} & set(words) or any("demo-company" in w for w in words):
            continue
        else:
            words = [{"REF": reference, "RUN": "1"}.get(word, word) for word in words[1:]]
            code, told = say(words)
            assert code == 0, (line, told["issues"])
            figures = [block for block in told["data"]["blocks"] if block["kind"] == "figure"]
            reference = figures[0]["ref"] if words[0] == "measure" else reference
            found[" ".join(words)] = told["data"]
    checked = [note["text"] for name, data in found.items() for note in data["blocks"] if note["kind"] == "note"]
    assert any("8 read = 8 new + 0 changed + 0 unchanged + 0 rejected" in words for words in checked)
    assert sum("8 read = 0 new + 0 changed + 8 unchanged + 0 rejected" in words for words in checked) == 2

    def first(command: str) -> dict[str, Any]:
        figure: dict[str, Any] = found[command]["blocks"][0]
        return figure

    assert first("measure win_rate --period all")["of"] == [4, 6]
    assert first("measure deal_size --period all")["value"] == {"amount": "6250.00", "currency": "USD"}
    assert first("measure sales_cycle --period all")["value"] == 47
    assert first("measure win_rate --period 2026Q1")["of"] == [2, 3]
    assert first("measure win_rate --period all --where owner=Ada Park")["of"] == [3, 3]
    table = next(
        block for block in found["measure win_rate --period all --by owner"]["blocks"] if block["kind"] == "table"
    )
    assert {row[0]: row[1]["of"] for row in table["rows"]} == {"Ada Park": [3, 3], "Ben Ruiz": [1, 3]}
    assert any(name.startswith("explain") for name in found) and "import undo 1" in found
