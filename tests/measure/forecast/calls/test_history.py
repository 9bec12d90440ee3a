"""Each person's bias and accuracy history."""

from __future__ import annotations

from pathlib import Path

import pytest

from saleswright.measure.forecast.calls import history as past
from tests.measure.forecast.calls.company import at, call, define, on, told_anew


def _called(folder: Path) -> None:
    define(folder, "kind: forecast\nname: calls\ncategories: [commit, best case]\nevery: period\n")
    call(folder, "2026-07-07T09:00:00", 50_000, "Ann", reason="as agreed")
    call(folder, "2026-07-07T09:00:00", 5_000, "Dan", reason="as agreed")
    call(folder, "2026-07-07T12:00:00", 65_000, "Max", reason="as agreed")
    call(folder, "2026-09-29T09:00:00", 33_000, "Ann", reason="one slipped")


def _names(folder: Path) -> dict[str, str]:
    return {row.person: row.name for row in on(folder, "2026-07-08").rows}


def test_rows_are_person_period_weeks_ahead_called_and_actual(folder: Path) -> None:
    _called(folder)
    names = _names(folder)
    rows = {
        (names[one.person], one.weeks): one
        for one in past.history(at(folder, "2026-10-05"))
        if str(one.period) == "2026Q3"
    }
    assert (rows["Ann", 0].called, rows["Ann", 1].called, rows["Ann", 0].actual) == (3_300_000, 5_000_000, 3_000_000)
    assert rows["Dan", 4].called == rows["Dan", 4].actual == 500_000
    # Max leads Cleo and Dan, who won 25,000 together.
    assert (rows["Max", 8].called, rows["Max", 8].actual) == (6_500_000, 2_500_000)
    assert rows["Ann", 12].called == 5_000_000 and rows["Ann", 12].day.isoformat() == "2026-07-08"


def test_past_accuracy_tables_stay_after_a_re_organisation_a_leaver_and_another_quota(folder: Path) -> None:
    """What is told in November of who answers to whom, who left and what was asked changes no row of the third quarter."""
    _called(folder)
    before = past.history(at(folder, "2026-10-05"))
    told_anew(folder, "2026-11-02T08:00:00+00:00")
    after = [one for one in past.history(at(folder, "2026-11-05")) if str(one.period) == "2026Q3"]
    assert after == [one for one in before if str(one.period) == "2026Q3"] and after


def test_who_had_not_called_by_then_is_not_in_and_no_zero(folder: Path) -> None:
    define(folder, "kind: forecast\nname: calls\ncategories: [commit]\n")
    call(folder, "2026-09-29T09:00:00", 33_000, "Ann", reason="late")
    rows = [one for one in past.history(at(folder, "2026-10-05")) if _names(folder)[one.person] == "Ann"]
    assert {one.weeks: one.called for one in rows} == {0: 3_300_000, 1: None, 2: None, 4: None, 8: None, 12: None}
    late, early = past.score([rows[0]]), past.score(rows[1:])
    assert (late.n, late.out, late.bias) == (1, 0, pytest.approx(0.1)) and (early.n, early.out, early.bias) == (
        0,
        5,
        None,
    )


def test_an_override_is_the_record_of_who_made_it_and_not_of_whose_number_it_is(folder: Path) -> None:
    _called(folder)
    call(folder, "2026-09-30T09:00:00", 30_000, "Ann", by="Eve", reason="the last one is signed")
    names = _names(folder)
    rows = [one for one in past.history(at(folder, "2026-10-05")) if names[one.about] == "Ann" and one.weeks == 0]
    assert {(names[one.person], one.called) for one in rows} == {("Ann", 3_300_000), ("Eve", 3_000_000)}
    assert past.score([one for one in rows if one.own]).bias == pytest.approx(0.1)
