"""May it be called? The lock, the reason, who leads whom; everything wrong is said at once, and nothing is written then."""

from __future__ import annotations

from pathlib import Path

import pytest

from saleswright.kernel.journal import open_journal
from saleswright.kernel.journal.via import came
from saleswright.lib.issue import Stop
from saleswright.measure.forecast.calls.trail import trail
from tests.measure.forecast.calls.company import APP, call, define, on, row, usd

LOCK = """kind: forecast
name: calls
categories: [commit, best case]
limit: 10%
lock: {day: Friday, time: "17:00"}
stages: {Negotiation: commit}
"""


def _codes(folder: Path, *args: object, **more: str) -> list[str]:
    with pytest.raises(Stop) as refused:
        call(folder, *args, **more)  # type: ignore[arg-type]
    return [issue.code for issue in refused.value.issues]


def test_everything_that_is_wrong_is_said_at_once_and_nothing_is_written(folder: Path) -> None:
    with pytest.raises(Stop) as refused:
        call(folder, "2026-07-07T09:00:00", "12x", "Nobody", category="comit", period="2026Q2", allowed_by="Noone")
    told = [issue.where for issue in refused.value.issues]
    assert told == ["period", "category", "amount", "about", "allowed-by"]
    journal = open_journal(APP.open_workspace(folder), create=False)
    assert journal is None or journal.position() == 0
    assert not on(folder, "2026-07-08").calls


def test_a_number_beyond_the_limit_needs_a_reason(folder: Path) -> None:
    # Ann has won 30,000 and 27,000 are open in commit: 10 % of 57,000 either way is free.
    assert call(folder, "2026-07-07T09:00:00", 62_700, "Ann").exit_code == 0
    assert _codes(folder, "2026-07-07T09:00:00", "62700.01", "Ann") == ["reason-missing"]
    assert _codes(folder, "2026-07-07T09:00:00", "51299.99", "Ann") == ["reason-missing"]
    assert call(folder, "2026-07-07T10:00:00", 90_000, "Ann", reason="a large one came back").exit_code == 0
    # A manager's own number departs from what those below have called.
    assert _codes(folder, "2026-07-07T11:00:00", 70_000, "Eve") == ["reason-missing"]
    assert call(folder, "2026-07-07T11:00:00", 95_000, "Eve").exit_code == 0
    eve = row(on(folder, "2026-07-07"), "Eve")
    assert eve.held.call is not None
    assert (eve.held.call.rollup, eve.held.call.against) == (usd(90_000), "calls of 1 of 2")


def test_a_limit_may_be_an_amount(folder: Path) -> None:
    define(folder, "kind: forecast\nname: calls\ncategories: [commit]\nlimit: 500 USD\n")
    call(folder, "2026-07-07T09:00:00", 50_000, "Ann", reason="as agreed")
    assert _codes(folder, "2026-07-07T10:00:00", 50_501, "Ann", by="Eve") == ["reason-missing"]
    assert call(folder, "2026-07-07T10:00:00", 50_500, "Ann", by="Eve").exit_code == 0


def test_a_limit_in_another_currency_is_never_held_against_an_amount_as_if_it_were_this_one(folder: Path) -> None:
    define(folder, "kind: forecast\nname: calls\ncategories: [commit]\nlimit: 500 EUR\n")
    call(folder, "2026-07-07T09:00:00", 50_000, "Ann", reason="as agreed")
    with pytest.raises(Stop, match="the limit is in EUR"):
        call(folder, "2026-07-07T10:00:00", 50_400, "Ann", by="Eve")
    assert call(folder, "2026-07-07T10:00:00", 50_000, "Ann", by="Eve").exit_code == 0


def test_a_call_in_another_currency_is_held_against_the_limit_at_the_rate_of_the_day(folder: Path) -> None:
    """57,000 USD are 45,600 EUR at 0.8: 10 % either way is free. Without a rate nobody can tell how far it is."""
    with pytest.raises(Stop, match=r"EUR 50,000\.00 has no rate to USD"):
        call(folder, "2026-07-07T09:00:00", "50000 EUR", "Ann")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", "2026-07-07T08:00:00+00:00")
        APP.call(APP.open_workspace(folder), "rate", {"rates": ["EUR=0.8"], "starts": "2026-01-01"})
    assert call(folder, "2026-07-07T09:00:00", "50160 EUR", "Ann").exit_code == 0
    assert _codes(folder, "2026-07-07T09:00:00", "50160.01 EUR", "Ann") == ["reason-missing"]
    assert _codes(folder, "2026-07-07T09:00:00", "90000 EUR", "Ann") == ["reason-missing"]


def test_standing_in_for_a_call_that_is_not_in_needs_a_reason(folder: Path) -> None:
    assert _codes(folder, "2026-07-07T09:00:00", 50_000, "Ann", by="Eve") == ["reason-missing"]
    call(folder, "2026-07-07T09:00:00", 50_000, "Ann", by="Eve", reason="Ann is away")
    ann = row(on(folder, "2026-07-07"), "Ann")
    assert ann.call.value == usd(50_000) and ann.held.original is None and ann.cells["commit"].amount is None


def test_it_is_locked_from_its_hour_to_the_end_of_the_week_unless_somebody_above_allows_it(folder: Path) -> None:
    define(folder, LOCK)
    assert call(folder, "2026-07-10T16:59:59", 57_000, "Ann").exit_code == 0
    assert _codes(folder, "2026-07-10T17:00:00", 57_000, "Ann") == ["locked"]
    assert _codes(folder, "2026-07-12T23:00:00", 57_000, "Ann") == ["locked"]
    assert _codes(folder, "2026-07-10T18:00:00", 57_000, "Ann", allowed_by="Max") == ["locked"]
    assert _codes(folder, "2026-07-10T18:00:00", 57_000, "Ann", allowed_by="Ann") == ["locked"]
    assert call(folder, "2026-07-10T18:00:00", 58_000, "Ann", allowed_by="Eve").exit_code == 0
    held = row(on(folder, "2026-07-10"), "Ann").held.call
    assert held is not None and on(folder, "2026-07-10").name(held.allowed) == "Eve"
    assert call(folder, "2026-07-13T00:00:00", 57_000, "Ann").exit_code == 0


def test_the_lock_is_in_the_workspaces_own_zone(folder: Path) -> None:
    define(folder, LOCK)
    file = folder / "saleswright.toml"
    text = file.read_text(encoding="utf-8").replace('zone = "UTC"', 'zone = "America/New_York"')
    assert "America/New_York" in text
    file.write_text(text, encoding="utf-8")
    assert call(folder, "2026-07-10T20:59:59", 57_000, "Ann").exit_code == 0
    assert _codes(folder, "2026-07-10T21:00:00", 57_000, "Ann") == ["locked"]


def test_only_who_leads_somebody_overrides_their_number(folder: Path) -> None:
    with pytest.raises(Stop) as refused:
        call(folder, "2026-07-07T09:00:00", 57_000, "Ann", by="Max", reason="I know better")
    assert "does not lead" in refused.value.issues[0].what and "Eve" in refused.value.issues[0].try_
    assert call(folder, "2026-07-07T09:00:00", 57_000, "Ann", by="Vic", reason="Eve is away").exit_code == 0


def test_who_sees_one_person_calls_for_that_person_alone(folder: Path) -> None:
    define(
        folder,
        '- {kind: access, name: ann, scope: "owner:Ann"}\n- {kind: access, name: ops, scope: company}\n',
        "access.yaml",
    )
    assert call(folder, "2026-07-07T09:00:00", 57_000, "", actor="ann").exit_code == 0
    with pytest.raises(Stop) as refused:
        call(folder, "2026-07-07T09:00:00", 57_000, "Bob", actor="ann")
    assert "unknown person" in refused.value.issues[0].what and "Bob" not in refused.value.issues[0].try_
    mine = on(folder, "2026-07-07", actor="ann")
    assert [one.name for one in mine.rows] == ["Ann"]


def test_a_rehearsal_writes_nothing(folder: Path) -> None:
    told = call(folder, "2026-07-07T09:00:00", 57_000, "Ann", dry_run="yes")
    assert told.changed == 0 and not on(folder, "2026-07-08").calls


def test_a_call_can_be_taken_back_and_what_was_called_before_stands_again(folder: Path) -> None:
    call(folder, "2026-07-06T09:00:00", 57_000, "Ann")
    told = call(folder, "2026-07-07T09:00:00", 60_000, "Ann")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", "2026-07-07T12:00:00+00:00")
        workspace = APP.open_workspace(folder)
        undo = APP.call(workspace, "undo request", {"request": str(told.data["request"])}).report
        APP.call(workspace, "decide", {"request": [str(undo.data["request"])], "verdict": "yes"})
    found = on(folder, "2026-07-08")
    assert row(found, "Ann").call.value == usd(57_000)
    assert len(found.calls) == 3 and row(on(folder, "2026-07-06"), "Ann").call.value == usd(57_000)
    call(folder, "2026-07-08T09:00:00", 58_000, "Ann")
    found = on(folder, "2026-07-08")
    # The next call departs from what stood, never from what had been taken back.
    steps = [
        (one.before, None if one.call.removed else one.call.amount) for one in trail(found, row(found, "Ann").person)
    ]
    assert steps == [
        (usd(57_000), usd(58_000)), (usd(60_000), None), (usd(57_000), usd(60_000)), (None, usd(57_000)),
    ]  # fmt: skip


def test_what_is_wrong_with_the_definition_is_said_with_its_line(folder: Path) -> None:
    text = (
        "kind: forecast\nname: calls\ncategories: [commit, best case]\ncalled: omitted\nmissing: zero\nlimit: a bit\n"
        'lock: {day: Someday, time: "25:00"}\nstages: {Proposal: likely}\ncolour: red\n'
    )
    define(folder, text)
    from saleswright.measure.forecast.calls.rules import check

    workspace = APP.open_workspace(folder)
    issues = check(workspace, workspace.today)
    assert len(issues) == 7 and all("calls.yaml:" in issue.where for issue in issues)
    assert any("zero" in issue.what for issue in issues)


def test_what_a_program_calls_in_somebodys_name_waits_for_a_person(folder: Path) -> None:
    with came("tools"):
        told = call(folder, "2026-07-07T09:00:00", 57_000, "Ann")
    assert told.data["state"] == "open" and not on(folder, "2026-07-08").calls
    assert call(folder, "2026-07-07T10:00:00", 58_000, "Ann").data["state"] == "approved"


def test_calls_wait_in_the_inbox_once_the_workspace_says_who_approves(folder: Path) -> None:
    define(folder, "kind: approval\nname: leaders\nwho: [company]\nown: true\n", "approval.yaml")
    told = call(folder, "2026-07-07T09:00:00", 57_000, "Ann")
    assert told.data["state"] == "open" and not on(folder, "2026-07-08").calls
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", "2026-07-07T12:00:00+00:00")
        APP.call(APP.open_workspace(folder), "decide", {"request": [str(told.data["request"])], "verdict": "yes"})
    assert row(on(folder, "2026-07-08"), "Ann").call.value == usd(57_000)
