"""Who sees a part of the record gets the findings of that part, and learns nothing of the rest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from saleswright.measure.review.scrub.file import fix_files
from saleswright.measure.review.scrub.find import scrub
from saleswright.measure.review.scrub.message import message
from saleswright.measure.review.scrub.saved import saved
from tests.measure.review.scrub.conftest import opened
from tests.measure.review.scrub.small import deal, made, usual

NOW = "2026-11-16T12:00:00+00:00"
ACCESS = """- {kind: access, name: ben, scope: 'owner:Ben'}
- {kind: access, name: blind, scope: company, hide: [deal.next_step, deal.amount, person.name]}
- {kind: access, name: dayless, scope: company, hide: [deal.expected_close]}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", NOW)
        rows = [
            deal("A1", Amount="5107", Close_Date="2026-11-09"),
            deal("A2", Amount="5120", Name="Twin", Account="Royal"),
            deal("B1", Amount="5133", Owner="Ben", Close_Date="2026-11-02"),
            deal("B2", Amount="5146", Owner="Ben", Next_Step="", Next_Step_Date=""),
            deal("B3", Amount="5159", Owner="Ben", Name="Twin", Account="Royal", Created="2026-10-22"),
            deal("B4", Owner="Ben", Amount="1", Created="2026-03-01", Qualified="2026-03-01"),
        ]
        made_in = made(tmp_path_factory.mktemp("scope"), [*usual(), *rows])
        (made_in / "definitions" / "access.yaml").write_text(ACCESS, encoding="utf-8")
        return made_in


@pytest.fixture(autouse=True)
def _today(pin_now: Callable[[str], datetime]) -> None:
    pin_now(NOW)


def test_a_person_sees_own_deals_alone(folder: Path) -> None:
    at, whole = opened(folder, actor="ben"), opened(folder)
    mine, all_of_it = scrub(at), scrub(whole)
    assert {one.key for one in mine.suspects} == {"B1", "B2", "B4"} and {one.owner_name for one in mine.suspects} == {
        "Ben"
    }
    assert mine.open_deals == 4 and all_of_it.open_deals == 6
    assert {one.key for one in all_of_it.suspects} == {"A1", "B1", "B2", "B4"}
    rules = {one.name: one for one in mine.rules}
    for name in ("zombie", "bad_month"):
        assert rules[name].needs == "it is measured over the whole record, of which you see a part"
    assert not mine.company
    told = repr(mine)
    assert "A1" not in told and "A2" not in told and "Ann" not in told
    assert saved(at).today == 2
    at.close()
    whole.close()


def test_hidden_fields_are_neither_shown_nor_looked_at(folder: Path) -> None:
    at = opened(folder, actor="blind")
    found = scrub(at)
    rules = {one.name: one for one in found.rules}
    assert rules["no_next_step"].needs == "next_step is not shown to you" and rules["no_next_step"].count == 0
    assert rules["placeholder_amount"].needs == "amount is not shown to you"
    assert all(one.amount is None for one in found.suspects) and found.at_stake is None
    # People stay apart though nobody is told who they are, and each can be asked about by that word.
    called = {one.owner_name for one in found.suspects}
    assert len(called) == 2 and all(name.startswith("hidden (") for name in called)
    assert not called & {one.owner.split("_", 2)[-1] for one in found.suspects}
    for one in found.owners:
        assert scrub(at, owner=one.name).findings == one.findings
        assert message(found, one.name).startswith(f"Hi {one.name},")
    assert not any(fix.field in ("next_step", "amount") for one in found.suspects for fix in one.fixes)
    at.close()


def test_a_hidden_field_is_not_carried_in_the_fix_file(folder: Path) -> None:
    whole, at = opened(folder), opened(folder, actor="dayless")
    (all_of_it,) = fix_files(whole, scrub(whole).suspects)
    assert "Close Date" in [column.name for column in all_of_it.table.columns]
    found = scrub(at)
    for file in fix_files(at, found.suspects):
        assert not {"Close Date", "Closed"} & {column.name for column in file.table.columns}
        # What a deal is closed on is hidden, so none is closed.
        assert "Stage" not in {column.name for column in file.table.columns}
    assert not any(
        fix.field in ("expected_close", "closed") and (fix.old or fix.new)
        for one in found.suspects
        for fix in one.fixes
    )
    whole.close()
    at.close()
