"""The how-to for facts of one's own, followed to the letter: its files, its case, its program; and figures stay as they were."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from saleswright.app import build
from saleswright.commands.cases import _write
from saleswright.history.authored import author
from saleswright.kernel.call import Ambient
from saleswright.lib.issue import Stop

APP = build()


@pytest.fixture(scope="module")
def followed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """(a workspace made of the guide's own files, the file it shows to be wrong)."""
    text = (root / "docs/how-to/author-facts.md").read_text(encoding="utf-8")
    files = dict(re.findall(r"```\w+ file=(\S+)\n(.*?)```", text, re.DOTALL))
    place = tmp_path_factory.mktemp("own")
    (place / "export").mkdir()
    (case,) = yaml.safe_load(files["cases/visits.yaml"])
    for name in ("users", "deals"):
        _write(place / "export" / f"{name}.csv", case["given"][name])
    folder = place / "co"
    (folder / "definitions").mkdir(parents=True)
    APP.call(None, "init", {"folder": str(folder)})
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    APP.call(APP.open_workspace(folder), "import", {"path": str(place / "export")})
    return folder, re.findall(r"```csv wrong=\S+\n(.*?)```", text, re.DOTALL)[0]


def call(folder: Path, name: str, args: dict[str, Any] | None = None, **ambient: str) -> Any:
    return APP.call(APP.open_workspace(folder), name, args or {}, Ambient(**ambient)).report


def test_its_case_holds_under_the_workspaces_own_kind_of_event(followed: tuple[Path, str]) -> None:
    report = call(followed[0], "test")
    assert report.lede == "1 hold, 0 fail.", report.issues


def test_its_program_says_a_fact_and_a_figure_opened_again_stays_the_same(followed: tuple[Path, str]) -> None:
    """measures read only the projected tables; a reference opened later says what it said."""
    folder, _ = followed
    asked = {"metric": "good_visits", "period": "2026"}

    def said(deal: str) -> None:
        ran = subprocess.run(
            [sys.executable, "say.py", ".", deal], cwd=folder, capture_output=True, text=True, timeout=60
        )
        assert ran.returncode == 0 and ran.stdout.strip().isdigit(), ran.stderr

    nothing = call(folder, "measure", asked).figures()[0]
    assert nothing.value is None and "site visit" in nothing.reason
    said("A")
    one = call(folder, "measure", asked).figures()[0]
    assert (one.value, one.n) == (1, 1)
    said("B")
    assert call(folder, "measure", asked).figures()[0].n == 2
    opened = call(folder, "explain", {"ref": one.ref})
    assert (opened.figures()[0].value, opened.figures()[0].n, opened.figures()[0].ref) == (1, 1, one.ref)


def test_the_file_it_shows_to_be_wrong_is_told_by_check_in_the_words_it_shows_and_breaks_nothing_else(
    followed: tuple[Path, str], root: Path
) -> None:
    folder, wrong = followed
    path = folder / "definitions" / "events" / "site_visit.csv"
    right = path.read_text(encoding="utf-8")
    path.write_text(wrong, encoding="utf-8")
    try:
        told = [str(issue) for issue in call(folder, "check").issues if "events" in issue.where]
        assert call(folder, "measure", {"metric": "new_deals_by_created", "period": "2026"}).figures()[0].value == 2
        with pytest.raises(Stop, match="site_visit"):
            call(folder, "measure", {"metric": "good_visits"})
        with pytest.raises(Stop, match="has no field for its currency"):
            author(None, "site_visit", {}, workspace=APP.open_workspace(folder))  # type: ignore[arg-type]
    finally:
        path.write_text(right, encoding="utf-8")
    (one,) = told
    assert one in (root / "docs/how-to/author-facts.md").read_text(encoding="utf-8")
