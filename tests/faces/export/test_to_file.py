"""`--to FILE`: the form by the ending, the file whole or not at all, and what was written said on stderr."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from saleswright.faces.cli.command import run
from saleswright.faces.export import file
from tests.faces import toy

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Say:
    toy.make(tmp_path / "green")
    monkeypatch.chdir(tmp_path / "green")

    def command(*argv: str) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = run(argv, toy.build)
        return code, out.getvalue(), err.getvalue()

    return command


@pytest.mark.parametrize("ending", file.ENDINGS)
def test_the_ending_says_the_form(say: Say, tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"fern.{ending}"
    code, out, err = say("grow", "fern", "--to", str(target))
    assert code == 0 and out == "" and err.startswith(f"wrote {target}: ")
    begins = {"xlsx": b"PK", "pptx": b"PK", "pdf": b"%PDF", "md": b"# ", "csv": b"\xef\xbb\xbf", "json": b"{"}[ending]
    assert target.read_bytes().startswith(begins)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"fern.{ending}", "green"]
    if ending == "json":
        _, told, _ = say("grow", "fern", "--json")
        assert json.loads(target.read_text(encoding="utf-8")) == json.loads(told)


@pytest.mark.parametrize(("name", "wanted"), [
    ("a.xls", "did you mean .xlsx?"), ("a", "the name has no ending"), ("no/a.pdf", "there is no such folder"),
])  # fmt: skip
def test_what_cannot_be_written_is_refused_before_the_question_is_asked(say: Say, name: str, wanted: str) -> None:
    code, out, err = say("grow", "fern", "--to", name)
    assert code == 2 and out == "" and wanted in err


def test_one_output_has_one_form(say: Say) -> None:
    code, _, err = say("grow", "fern", "--csv", "--to", "a.md")
    assert code == 2 and "--to and --csv together" in err and not Path("a.md").exists()


def test_a_file_that_cannot_be_replaced_is_left_whole(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "fern.md"
    target.write_text("mine", encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    code, _, err = say("grow", "fern", "--to", str(target))
    assert code == 1 and "No space left on device" in err
    assert target.read_text(encoding="utf-8") == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fern.md", "green"]


def test_quiet_says_nothing_and_writes(say: Say, tmp_path: Path) -> None:
    code, out, _ = say("grow", "fern", "--quiet", "--to", str(tmp_path / "fern.md"))
    assert code == 0 and out == "" and (tmp_path / "fern.md").exists()
