"""From one flat export without history, the fix file names only what it ends, and states nothing it cannot know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from saleswright.app import build
from saleswright.faces.cli import sheet
from saleswright.measure.review.scrub.file import fix_files
from saleswright.measure.review.scrub.find import scrub
from saleswright.measure.review.scrub.model import Scrub
from tests.measure.review.scrub.conftest import opened
from tests.measure.review.scrub.small import Row, deal, made, usual

MADE = "2026-11-16T08:00:00+00:00"
NOW = "2026-11-16T12:00:00+00:00"


@pytest.fixture(autouse=True)
def _today(pin_now: Callable[[str], datetime]) -> None:
    pin_now(NOW)


def found(one: Scrub) -> set[tuple[str, str]]:
    return {(suspect.key, finding.rule) for suspect in one.suspects for finding in suspect.findings}


def again(folder: Path, place: Path) -> tuple[set[tuple[str, str]], set[tuple[str, str]], set[tuple[str, str]]]:
    """(found, named by the fix file, found once it is imported as the export it is laid out as)."""
    at = opened(folder)
    before = scrub(at)
    (file,) = fix_files(at, before.suspects)
    text, _ = sheet.of_report(build().call(at.workspace, "review fixes", {}, context=at).report)
    at.close()
    (place / "deals.csv").write_text(text, encoding="utf-8", newline="")
    app = build()
    done = app.call(app.open_workspace(folder), "import", {"path": str(place / "deals.csv")}).report
    assert done.exit_code == 0, done
    after = opened(folder)
    left = found(scrub(after))
    after.close()
    return found(before), set(file.solved), left


def imported(place: Path, rows: list[Row], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace that took these deals in this morning."""
    with monkeypatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", MADE)
        return made(place, rows)


def placeholders() -> list[Row]:
    return [deal(f"P{n}", Amount=amount) for n, amount in enumerate(["0", "1", "1", "999", "1234", "99999", "0"])]


def test_the_fix_csv_resolves_exactly_the_findings_it_names_where_amounts_are_placeholders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = [deal(f"Z{n}", Created="2026-02-01", Qualified="2026-02-01", Amount=f"{6111 + n}") for n in range(4)]
    folder = imported(tmp_path, [*usual(), *placeholders(), *dead, deal("D1", Close_Date="2026-11-09")], monkeypatch)
    before, named, left = again(folder, tmp_path)
    assert before - left == named and not left - before
    assert {(f"P{n}", "placeholder_amount") for n in range(7)} <= left
    assert ("D1", "past_due") in named and ("Z0", "zombie") in named
