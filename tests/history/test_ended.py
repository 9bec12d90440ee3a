"""A record that stands still says since when, and one that goes on does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

from saleswright.history.tiers import ended, ended_words
from saleswright.measure.review.scrub.find import scrub
from tests.measure.review.scrub.conftest import opened
from tests.measure.review.scrub.small import deal, made, usual

LAST = date(2026, 11, 13)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", "2026-11-16T08:00:00+00:00")
        rows = [deal("D1", Name="Twin", Account="Royal"), deal("D2", Name="Twin", Account="Royal", Next_Step="")]
        return made(tmp_path_factory.mktemp("ended"), [*usual(), *rows])


@pytest.mark.parametrize(
    ("today", "told"), [("2026-11-16", None), ("2026-12-13", None), ("2026-12-14", LAST), ("2027-03-01", LAST)]
)
def test_a_record_ends_when_it_stood_still_for_longer_than_usual(
    folder: Path, pin_now: Callable[[str], datetime], today: str, told: date | None
) -> None:
    pin_now("2027-03-01T12:00:00+00:00")
    at = opened(folder, today)
    assert ended(at) == told
    at.close()


def test_the_day_of_the_import_is_not_the_day_anything_happened(
    tmp_path: Path, pin_now: Callable[[str], datetime]
) -> None:
    pin_now("2027-03-01T12:00:00+00:00")
    at = opened(made(tmp_path, [*usual(), deal("D1")]))
    assert ended(at) == LAST
    at.close()


def test_few_pauses_of_its_own_make_it_wait_longer(tmp_path: Path, pin_now: Callable[[str], datetime]) -> None:
    pin_now("2026-11-16T12:00:00+00:00")
    folder = made(tmp_path, [deal("D1")])
    pin_now("2027-03-01T12:00:00+00:00")
    for today, told in (("2027-02-10", None), ("2027-03-01", LAST)):
        at = opened(folder, today)
        assert ended(at) == told
        at.close()


def test_of_a_record_that_ended_nothing_is_proposed_and_rules_that_count_to_today_say_why(
    folder: Path, pin_now: Callable[[str], datetime]
) -> None:
    pin_now("2027-03-01T12:00:00+00:00")
    at = opened(folder)
    found = scrub(at)
    at.close()
    rules = {one.name: one for one in found.rules}
    for name in ("past_due", "step_overdue", "silent", "zombie"):
        assert rules[name].needs == ended_words(LAST) and rules[name].count == 0, name
    assert rules["duplicate_suspect"].count == 1
    fixes = [fix for one in found.suspects for fix in one.fixes]
    assert fixes and all(fix.new is None and fix.ask for fix in fixes)
    assert found.notes[0].text.startswith("The record ends on 2026-11-13")
