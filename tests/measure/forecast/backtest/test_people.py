"""What people called, as a back-test holds it against what came."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from saleswright.lib.issue import Stop
from saleswright.lib.period import parse_period
from saleswright.measure.forecast.backtest.origins import Origin
from saleswright.measure.forecast.backtest.people import ALL, People
from tests.measure.forecast.calls import company


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield from company.copies(company.made(tmp_path / "made"), tmp_path)


def _called(folder: Path) -> None:
    company.call(folder, "2026-07-07T09:00:00", 50_000, "Ann", reason="as agreed")
    company.call(folder, "2026-07-07T09:00:00", 5_000, "Cleo", reason="as agreed")
    company.call(folder, "2026-07-07T12:00:00", 65_000, "Max", reason="as agreed")


def _told(folder: Path, day: str) -> dict[str, Any]:
    """By name, what is told of the eighth of July."""
    with closing(company.at(folder, day)) as at:
        period = parse_period("2026Q3", at.day, at.workspace.calendar)
        found = People(at).at_origin(Origin(period, 1, date(2026, 7, 8)))
    return {one["name"] if key else ALL: one for key, one in found.items()}


def test_every_human_stands_in_the_table_and_who_leads_is_held_against_all_of_theirs(folder: Path) -> None:
    _called(folder)
    told = _told(folder, "2026-10-05")
    assert {name: (one["call"], one["actual"]) for name, one in told.items()} == {
        "Ann": (5_000_000, 3_000_000),
        "Cleo": (500_000, 2_000_000),
        "Max": (6_500_000, 2_500_000),
        ALL: (5_500_000, 5_000_000),
    }


def test_a_re_organisation_after_the_period_leaves_past_accuracy_as_it_was(folder: Path) -> None:
    """Ann leads Cleo from November on: what both called in July is told as before."""
    _called(folder)
    before = _told(folder, "2026-10-05")
    rows = [dict(one) for one in company.people(moved=False)]
    next(one for one in rows if one["name"] == "Cleo")["manager"] = "u1"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", "2026-11-02T08:00:00+00:00")
        company.write(folder.parent / "two" / "users.csv", rows)
        app = company.APP
        assert (
            app.call(app.open_workspace(folder), "import", {"path": str(folder.parent / "two")}).report.exit_code == 0
        )
    assert _told(folder, "2026-11-05") == before


def test_a_period_told_from_the_day_is_told_from_the_day_of_the_call(folder: Path) -> None:
    """An imported call of "this quarter" speaks of the quarter it was made in, whenever it is read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", "2026-07-08T08:00:00+00:00")
        row = {"user_id": "u1", "call_date": "2026-07-07", "period": "this quarter", "category": "Commit"}
        company.write(folder.parent / "two" / "forecast_calls.csv", [row | {"amount": 40_000, "currency": "USD"}])
        app = company.APP
        assert (
            app.call(app.open_workspace(folder), "import", {"path": str(folder.parent / "two")}).report.exit_code == 0
        )
    assert _told(folder, "2026-10-05")["Ann"]["call"] == 4_000_000
    assert company.row(company.on(folder, "2026-07-08"), "Ann").call.value == company.usd(40_000)
    assert company.row(company.on(folder, "2026-10-05"), "Ann").held.last is not None


def test_wins_without_an_exchange_rate_are_refused_and_not_told_as_nothing_that_came(folder: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", "2026-10-05T08:00:00+00:00")
        rows = [dict(one) for one in company.deals()]
        next(one for one in rows if one["id"] == "wu1")["currency"] = "EUR"
        company.write(folder.parent / "two" / "deals.csv", rows)
        app = company.APP
        assert (
            app.call(app.open_workspace(folder), "import", {"path": str(folder.parent / "two")}).report.exit_code == 0
        )
        with pytest.raises(Stop, match="EUR has no rate"):
            app.call(app.open_workspace(folder), "forecast backtest", {"periods": 1})


def test_what_the_others_called_is_no_forecast_of_the_whole_where_somebody_is_missed(folder: Path) -> None:
    """Eve called the second quarter, and leads Ann. While neither has called the third, the reps' sum is silent; then it speaks."""
    day = date(2026, 7, 8)
    company.call(folder, "2026-07-07T09:00:00", 5_000, "Cleo", reason="as agreed")
    with closing(company.at(folder, "2026-10-05")) as at:
        asked, last = (parse_period(one, at.day, at.workspace.calendar) for one in ("2026Q3", "2026Q2"))
        assert People(at)._sum(asked, day, None) == (500_000.0, 0) and People(at)._sum(asked, day, last) == (None, 1)
    company.call(folder, "2026-07-08T09:00:00", 30_000, "Ann", reason="as agreed")
    with closing(company.at(folder, "2026-10-05")) as at:
        assert People(at)._sum(asked, day, last) == (3_500_000.0, 0)


def test_a_call_that_has_run_out_by_the_rules_is_not_in(folder: Path) -> None:
    """Calls are made anew each week: that of July says nothing any more in August, on the sheet and here."""
    _called(folder)
    with closing(company.at(folder, "2026-10-05")) as at:
        period = parse_period("2026Q3", at.day, at.workspace.calendar)
        people = People(at)
        assert set(people.held(period, date(2026, 7, 8)).values()) == {5_000_000, 500_000, 6_500_000}
        assert people.held(period, date(2026, 8, 5)) == {}
