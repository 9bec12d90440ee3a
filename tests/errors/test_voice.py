"""Every refusal in one voice: where, what, why it matters, what to try. Each golden file is a command and what it says.

The first line of a file is the command, the second its exit code, the rest what stands on stderr. Files a command needs
follow after a line `== name`.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest

from saleswright.app import build
from saleswright.faces.cli.command import run
from tests.workspaces import book

GOLDEN = sorted(Path(__file__).parent.glob("*.txt"))
DEALS = """id,stage,owner,region,qualified,closed,amount
A,Won,Ada Park,West,2026-01-05,2026-02-05,100
B,Lost,Ben Ruiz,East,2026-01-05,2026-03-05,200
C,Negotiation,Ada Park,West,2026-02-05,,300
"""


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("voice")
    (place / "deals.csv").write_text(DEALS, encoding="utf-8")
    book(place / "deals.csv")(place / "acme")
    (place / "acme/definitions/access.yaml").write_text(
        "- {kind: access, name: west, scope: 'region:West'}\n- {kind: access, name: chief, scope: company}\n",
        encoding="utf-8",
    )
    return place / "acme"


def said(command: str) -> tuple[int, str]:
    """The exit code and what stands on stderr."""
    told = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(told):
        code = run(shlex.split(command)[1:], build)
    return code, re.sub(r"today's is [0-9a-f]{6}", "today's is VERSION", told.getvalue())


def parts(text: str) -> tuple[str, int, str, dict[str, str]]:
    head, *files = text.split("\n== ")
    command, code, *rest = head.rstrip("\n").split("\n")
    named = {name: content + "\n" for name, _, content in (file.partition("\n") for file in files)}
    return command.removeprefix("$ "), int(code.removeprefix("exit ")), "\n".join(rest), named


@pytest.mark.parametrize("path", GOLDEN, ids=lambda p: p.stem)
def test_a_refusal_says_what_its_golden_file_says(
    path: Path, company: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    command, code, wanted, files = parts(path.read_text(encoding="utf-8"))
    monkeypatch.chdir(company)
    monkeypatch.setenv("SALESWRIGHT_NOW", "2026-11-22T12:00:00+00:00")
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content.rstrip("\n") + "\n", encoding="utf-8")
    got, told = said(command.replace("FILES", str(tmp_path)))
    assert (got, told.replace(str(tmp_path), "FILES").replace(str(company), "COMPANY").strip()) == (
        code,
        wanted.strip(),
    )


def test_there_are_golden_files_for_every_kind_of_refusal() -> None:
    codes = {parts(path.read_text(encoding="utf-8"))[1] for path in GOLDEN}
    assert {1, 2, 3, 5, 6, 7} <= codes and len(GOLDEN) >= 18
