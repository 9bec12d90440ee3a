"""What is missing, strange or nobody's: said in words, counted, and never a wrong number."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from saleswright.lib.money import Money
from saleswright.measure.review.number.simple import number
from tests.measure.recount import NOW, kept, made
from tests.measure.review.number.asked import check_against_the_metrics, opened, part, sold

Pin = Callable[[str], datetime]


@pytest.fixture(autouse=True)
def _today(pin_now: Pin) -> None:
    pin_now(NOW)


def test_a_rule_that_leaves_deals_out_holds_here_too(tmp_path: Path) -> None:
    rows = sold(80)
    book = kept(made(tmp_path, rows), "big", "from: 2020-01-01\nbecause: too big\nwhen: {amount: {above: 8000000}}\n")
    book = kept(
        book,
        "old",
        "from: 2020-01-01\nbecause: old\nwhen: {standing: open, created: {older: 30}}\nmetrics: [open_pipeline]\n",
    )
    with opened(book) as at:
        check_against_the_metrics(at)
        assert any("left out of what is open by a rule" in note.text for note in number(at).notes)


@pytest.mark.parametrize("closed", [0, 29])
def test_below_30_closed_deals_it_says_what_is_missing(tmp_path: Path, closed: int) -> None:
    with opened(made(tmp_path, sold(closed))) as at:
        one = number(at)
    assert not one.enough and one.low is None and one.mean is None and one.n_closed == closed
    assert f"{30 - closed} more" in one.missing[0] and "closed deals of the last 2 years" in one.missing[0]


def test_30_closed_deals_are_enough_and_the_range_is_wide(tmp_path: Path) -> None:
    with opened(made(tmp_path, sold(30))) as at:
        check_against_the_metrics(at)
        one = number(at)
        assert (one.high - one.low).minor > one.mean.minor / 2


def test_without_dates_or_without_wins_there_is_no_number(tmp_path: Path) -> None:
    bare = [{**row, "created": "", "qualified": ""} for row in sold(60)]
    (tmp_path / "a").mkdir()
    with opened(made(tmp_path / "a", bare)) as at:
        one = number(at)
        assert not one.enough and any("Created date" in text for text in one.missing)
    (tmp_path / "b").mkdir()
    lost = [{**row, "stage": "Lost" if row["stage"] == "Won" else row["stage"]} for row in sold(60)]
    with opened(made(tmp_path / "b", lost)) as at:
        one = number(at)
        assert not one.enough and "won" in one.missing[0]


def test_strange_dates_are_handled_and_said(tmp_path: Path) -> None:
    rows = sold(80)
    won = [row for row in rows if row["stage"] == "Won"]
    won[0] |= {"created": "2026-06-10", "qualified": "2026-06-10", "closed": "2026-06-01"}
    won[1] |= {"closed": "2026-12-10", "amount": "777"}
    won[2] |= {"closed": "2027-02-10"}
    won[3] |= {"amount": ""}
    lost = [row for row in rows if row["stage"] == "Lost"]
    lost[0] |= {"closed": "2026-12-15"}
    with opened(made(tmp_path, rows)) as at:
        check_against_the_metrics(at)
        one = number(at)
    said = " ".join(note.text for note in one.notes)
    assert "closed before it began" in said
    assert "2 deals won on a day after 2026-11-22" in said and "1 deal lost on a day after" in said
    assert "1 deal won without an amount" in said
    assert part(one, "won_later").value == Money(77700, "USD") and part(one, "won_later").n == 1
    assert one.low.minor >= part(one, "won").value.minor + 77700


def test_without_a_rate_a_deal_is_counted_apart(tmp_path: Path) -> None:
    rows = sold(80)
    for row in rows[::20]:
        row["currency"] = "EUR"
    with opened(made(tmp_path, rows)) as at:
        one = number(at)
    assert one.enough and any("without an exchange rate to USD" in note.text for note in one.notes)


def test_deals_that_nobody_touches_are_treated_both_ways(tmp_path: Path) -> None:
    rows = sold(120, still=60)
    for index, row in enumerate(rows):
        if row["closed"]:
            row["last_activity"] = row["closed"]
        elif index % 2:
            row["last_activity"] = row["created"] = row["qualified"] = "2026-06-01"
        else:
            row["last_activity"] = "2026-11-20"
    with opened(made(tmp_path, rows)) as at:
        one = number(at)
    assert any("30 open deals are stale: untouched for more than 30 days" in note.text for note in one.notes)
    assert one.stale[1] < one.high


def test_the_report_says_when_it_is_not_enough(tmp_path: Path) -> None:
    report = made(tmp_path, sold(12)).call("review number").report
    assert report.lede.startswith("Not enough for a range: 12 closed deals; 18 more")
    assert report.figures()[0].value is None and report.figures()[0].reason
