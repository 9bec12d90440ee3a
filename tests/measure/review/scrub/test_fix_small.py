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


def test_a_decided_day_is_never_stated_without_a_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = imported(tmp_path, [*usual(), deal("C3", Stage="Lost")], monkeypatch)
    at = opened(folder)
    (suspect,) = [one for one in scrub(at).suspects if one.key == "C3"]
    at.close()
    assert [finding.evidence for finding in suspect.findings] == ["Decided, yet without a closed date"]
    assert [(fix.field, fix.new, fix.ask) for fix in suspect.fixes] == [
        ("closed", None, "On which day was it decided?")
    ]


def test_duplicates_of_accounts_that_are_known_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        deal("A1", Name="Phase 2", Account="Acme Inc."),
        deal("A2", Name="PHASE 2", Account="ACME, Inc", Created="2026-10-22"),
        deal("A3", Name="Phase 2", Account="Acme East Inc."),
        deal("B1", Name="Phase 2", Account="北京"),
        deal("B2", Name="Phase 2", Account="---"),
    ]
    at = opened(imported(tmp_path, [*usual(), *rows], monkeypatch))
    assert {one.key for one in scrub(at, rule="duplicate_suspect").suspects} == {"A2"}
    at.close()


def repeated(place: Path, opens: int, same: int, monkeypatch: pytest.MonkeyPatch) -> tuple[set[str], Path]:
    """Who is found of so many open deals, of which some have one amount that none of the 40 wins has."""
    place.mkdir()
    rows = [deal(f"S{n}", Amount="7321") for n in range(same)]
    rows += [deal(f"O{n}", Amount=str(10_001 + 7 * n)) for n in range(opens - same)]
    folder = imported(place, [*usual(), *rows], monkeypatch)
    at = opened(folder)
    seen = {one.key for one in scrub(at, rule="placeholder_amount").suspects}
    threshold = next(one.threshold for one in scrub(at).rules if one.name == "placeholder_amount")
    at.close()
    assert "at least 5 open deals and 1 in 100 of them, more than 5 times as often" in threshold
    return seen, folder


def test_the_stated_threshold_of_a_repeated_amount_is_the_one_that_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With one more granted of 40 wins, five times as often is one open deal in eight.
    assert repeated(tmp_path / "a", 47, 6, monkeypatch)[0] == {f"S{n}" for n in range(6)}
    assert repeated(tmp_path / "b", 48, 6, monkeypatch)[0] == set()
    assert repeated(tmp_path / "c", 20, 4, monkeypatch)[0] == set()


def test_closing_some_deals_neither_finds_nor_lets_go_of_amounts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = [deal(f"S{n}", Amount="7321") for n in range(5)]
    old = {"Created": "2026-02-01", "Qualified": "2026-02-01"}
    # One of the five dies, and nine others: the rest are five of fifty before as after.
    same[0] |= old
    rows = [deal(f"O{n}", Amount=str(10_001 + 7 * n), **(old if n < 9 else {})) for n in range(45)]
    few = [deal(f"F{n}", Amount="8321") for n in range(7)]
    before, named, left = again(imported(tmp_path, [*usual(), *same, *rows, *few], monkeypatch), tmp_path)
    assert before - left == named and not left - before
    assert ("S0", "zombie") in named
