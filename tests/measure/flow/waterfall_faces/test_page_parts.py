"""Do the cards of the pipeline tie to the metrics, and does each say only what the data can tell?"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.policy import Policy
from saleswright.kernel.report import Figure
from saleswright.lib.money import Money
from saleswright.lib.period import parse_period
from saleswright.measure.flow.bridge_block import bridged
from saleswright.measure.flow.columns import days
from saleswright.measure.flow.pages.pipeline import moves, pipeline
from saleswright.measure.flow.waterfall import kept
from saleswright.measure.flow.waterfall.cover import Cover, Share, chances, cover
from saleswright.measure.flow.waterfall.deal_facts import told
from saleswright.measure.flow.waterfall.deciding import deciding
from saleswright.measure.flow.waterfall.standing import Standing
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from tests.measure.flow.weekly import SECOND, first_week, generated, second_week, snapshot

Pin = Callable[[str], object]
DAY = "2026-11-22"


@pytest.fixture(scope="module")
def at(demo_folder: Path) -> Snapshot:
    return snapshot(demo_folder, DAY)


@pytest.fixture(scope="module")
def page(at: Snapshot) -> dict[str, Any]:
    return pipeline(at, {})


def total(at: Snapshot, metric: str, period: str = "all", where: Any = ()) -> Figure:
    return evaluate(at, ask(at, metric, (), period, where)).total


def minor(figure: Figure) -> int:
    assert isinstance(figure.value, Money), figure.reason
    return figure.value.minor


def test_the_head_is_the_metrics_own(at: Snapshot, page: dict[str, Any]) -> None:
    head = page["head"]
    assert head.won.value == total(at, "won_value", "this quarter").value
    assert head.open.value == total(at, "open_due").value == total(at, "open_due_in", "this quarter").value
    assert head.past_due == total(at, "past_due")
    assert head.coverage == total(at, "coverage_remaining", "this quarter")
    assert head.expected == total(at, "weighted_pipeline")
    assert minor(head.to_go) == minor(total(at, "quota", "this quarter")) - minor(head.won)
    assert head.of_target == minor(head.won) / minor(head.target)
    assert head.gone == 53 / 92


def test_what_a_figure_changed_is_now_less_what_was_said_last_monday(at: Snapshot, page: dict[str, Any]) -> None:
    head, week = page["head"], bridged(at, date(2026, 11, 16), parse_period("2026Q4", at.day, at.workspace.calendar))
    assert page["asked"].week == date(2026, 11, 16)
    assert head.changes["won"].value == week.won.value
    assert minor(head.changes["open"]) == minor(head.open) - minor(week.opening)
    then = replace(at.at(date(2026, 11, 16)), k=at.at(date(2026, 11, 16)).t)
    assert minor(head.changes["past_due"]) == minor(head.past_due) - minor(total(then, "past_due"))
    was = minor(week.opening) / (minor(head.to_go) + minor(week.won))
    assert head.changes["coverage"].value == pytest.approx(head.coverage.value - was)


def test_what_the_crm_calls_open_is_taken_apart_to_the_cent(at: Snapshot, page: dict[str, Any]) -> None:
    apart = page["apart"]
    assert sum(part.minor for part in apart.parts) == minor(total(at, "crm_open"))
    others = sum(apart.part(name).minor for name in ("not_qualified", "renewals"))
    assert page["qualified"].minor + others == minor(total(at, "crm_open"))
    assert page["qualified"] == total(at, "open_pipeline").value
    assert apart.part("due").amount.value == page["head"].open.value


def test_expected_and_still_to_create_add_up_to_what_is_to_go(at: Snapshot, page: dict[str, Any]) -> None:
    covered: Cover = page["cover"]
    due, past, later = covered.parts
    assert due.open == total(at, "open_due").value and past.open == total(at, "past_due").value
    assert due.open.minor + past.open.minor + later.open.minor == minor(total(at, "open_pipeline"))
    assert covered.expected is not None and covered.still is not None and covered.to_go is not None
    assert covered.expected.minor == sum(part.expected.minor for part in covered.parts)
    assert covered.expected.minor + covered.still.minor == covered.to_go.minor
    assert covered.needed == pytest.approx(due.open.minor / due.expected.minor)


def shares(due: int, past: int, to_go: int | None) -> Cover:
    parts = (
        Share("due", "", Money(1000, "USD"), Money(due, "USD"), 3),
        Share("past_due", "", Money(500, "USD"), Money(past, "USD"), 2),
    )
    return Cover(parts, None if to_go is None else Money(to_go, "USD"), 1000 / due, Money(due + past, "USD"))


@pytest.mark.parametrize(
    ("due", "past", "to_go", "enough", "still"),
    [(300, 20, 250, "yes", 0), (300, 50, 320, "with others", 0), (300, 20, 340, "nearly", 20), (300, 20, 900, "no", 580),
     (300, 20, None, "", None)],
)  # fmt: skip
def test_whether_it_is_enough_is_said_by_what_is_expected(
    due: int, past: int, to_go: int | None, enough: str, still: int | None
) -> None:
    made = shares(due, past, to_go)
    assert (made.enough, made.still.minor if made.still else None) == (enough, still)


def test_odds_in_the_period_are_within_its_days_and_of_the_filtered_deals_alone(at: Snapshot) -> None:
    period = parse_period("2026Q4", at.day, at.workspace.calendar)
    whole, west = (chances(at, period, where, kept.odds(at)) for where in ((), (("team", "Team West"),)))
    assert np.array_equal(whole.within, kept.odds(at).within(39)[kept.odds(at).book.fate == 0], equal_nan=True)
    assert len(west.book) == total(at, "open_deals", where=(("team", "Team West"),)).n
    # One deal has the same odds, whoever is filtered: they are those of all deals.
    mine = dict(zip(whole.book.id, whole.within, strict=True))
    assert all(mine[one] == odds for one, odds in zip(west.book.id, west.within, strict=True))


def test_the_deals_that_decide_are_ranked_by_amount_and_doubt(at: Snapshot, page: dict[str, Any]) -> None:
    decisive = page["decisive"]
    weights = [one.amount.minor * one.odds * (1 - one.odds) for one in decisive.deals]
    assert weights == sorted(weights, reverse=True) and len(weights) == 10
    everything = pipeline(at, {"deals": "all"})["decisive"]
    assert len(everything.deals) + len_without_amount(page) == everything.total == decisive.total
    assert everything.deals[:10] == decisive.deals
    late = [one for one in everything.deals if one.past_due]
    assert late and all(one.due < at.day and one.past_due == (at.day - one.due).days for one in late)
    assert sum(one.amount.minor for one in late) == minor(total(at, "past_due"))


def len_without_amount(page: dict[str, Any]) -> int:
    apart = page["apart"]
    return int(apart.part("due").missing + apart.part("past_due").missing)


def test_pushes_and_days_in_stage_are_those_of_the_record(at: Snapshot, page: dict[str, Any]) -> None:
    everything = pipeline(at, {"deals": "all"})["decisive"].deals
    ids = [one.id for one in everything]
    rows = at.reader.rows(
        "SELECT id, expected_close, standing, stage, valid_from FROM deal WHERE valid_from <= $as_of AND NOT removed AND "
        "known_from <= $known AND known_to > $known AND list_contains($ids::VARCHAR[], id) ORDER BY id, valid_from",
        {**at.clocks(), "ids": ids},
    )
    seen: dict[str, list[Any]] = {}
    for one, *row in rows:
        seen.setdefault(one, []).append(row)
    for deal in everything:
        states = seen[deal.id]
        moved = [b for a, b in itertools.pairwise(states) if a[0] and b[0] and b[0] > a[0]]
        assert deal.pushed == len(moved), deal.id
        entered = next((b[3] for a, b in list(itertools.pairwise(states))[::-1] if a[2] != b[2]), None)
        if entered is not None:
            assert deal.in_stage is not None and abs(deal.in_stage - (at.day - entered.date()).days) <= 1
    assert {"pushed", "in_stage", "last", "team", "category"} <= page["decisive"].has


def test_typical_is_the_metric_time_in_stage(at: Snapshot, page: dict[str, Any]) -> None:
    groups = evaluate(at, ask(at, "time_in_stage", ("stage",), "last 12 months")).groups
    for one in page["decisive"].deals:
        assert one.typical == groups[(one.stage,)].value


def test_the_table_by_member_adds_up_in_rows_and_columns(page: dict[str, Any]) -> None:
    table, whole = page["members"].table, page["fall"].whole
    for row in table.rows:
        values = [value.minor for value in row[1:]]
        assert sum(values[:-1]) == values[-1]
    for place in range(1, len(table.columns)):
        column = [row[place].minor for row in table.rows]
        assert sum(column[:-1]) == column[-1]
    assert (table.rows[-1][1], table.rows[-1][-1]) == (whole.opening.value, whole.closing.value)


def test_a_line_lists_all_its_deals(at: Snapshot) -> None:
    found = moves(at, {"line": "won"})
    assert len(found["listed"]) == found["line"].events
    assert sum(minor(one.amount) for one in found["listed"]) == minor(total(at, "won_value", "this quarter"))


def test_hidden_fields_are_not_in_the_deals(at: Snapshot) -> None:
    hidden = ("deal.next_step", "deal.stage", "deal.name", "activity.kind", "person.team")
    blind = replace(at, policy=Policy(actor="bo", scope="company", hidden=hidden))
    period = parse_period("2026Q4", at.day, at.workspace.calendar)
    found = deciding(blind, period, chances(blind, period, (), kept.odds(blind)), {})
    assert found.deals and not {"next_step", "in_stage", "team"} & found.has
    assert all(not one.stage and not one.last and one.name for one in found.deals)


def test_without_history_it_says_which_export_gives_it_and_what_stands_stands(tmp_path: Path, pin_now: Pin) -> None:
    weeks = generated(seed=5, deals=78)
    first_week(tmp_path, weeks.second, pin_now)
    pin_now(f"{SECOND}T08:00:00+00:00")
    page = pipeline(snapshot(tmp_path / "w"), {})
    assert "export the same list again" in page["fall"].untold and not page["biggest"] and not page["head"].changes
    assert page["members"] is None and page["checks"] == ()
    assert minor(page["head"].open) == weeks.level(weeks.second, SECOND)
    assert "18 decided deals; 12 more are needed" in page["cover"].missing and page["decisive"] is None


def test_two_exports_tell_what_changed_and_no_days_in_stage_before_them(tmp_path: Path, pin_now: Pin) -> None:
    weeks = generated(seed=6, deals=130)
    first_week(tmp_path, weeks.first, pin_now)
    second_week(tmp_path, weeks.second, pin_now)
    at = snapshot(tmp_path / "w")
    page = pipeline(at, {"since": "2026-11-16"})
    parts = {s.name: minor(s.figure) for s in page["fall"].whole.amounts.steps if s.kind == "part" and s.events}
    assert parts == weeks.lines
    pushed = {one.name: one.pushed for one in pipeline(at, {"period": "2027Q1", "deals": "all"})["decisive"].deals}
    moved = {after["name"] for after in weeks.second if after["expected_close"] == "2027-02-22"}
    assert moved and {name for name, times in pushed.items() if times} >= moved


def test_facts_of_no_deals_are_none(at: Snapshot) -> None:
    assert told(at, []) == {} and told(at, ["deal_crm_nobody"]) == {}


def test_a_period_to_come_counts_what_is_won_inside_it(at: Snapshot) -> None:
    period = parse_period("2027Q1", at.day, at.workspace.calendar)
    found = chances(at, period, (), kept.odds(at))
    odds = kept.odds(at)
    chosen = odds.book.fate == 0
    first, last = days(period.start) - days(at.day) - 1, days(period.end) - days(at.day) - 1
    assert np.allclose(found.within, odds.within(last, chosen) - odds.within(first, chosen), equal_nan=True)


def test_a_period_that_is_over_has_no_odds(at: Snapshot) -> None:
    period = parse_period("2026Q3", at.day, at.workspace.calendar)
    made = cover(at, period, chances(at, period, (), kept.odds(at)), standing_of(at, period))
    assert made.missing == "2026Q3 is over" and not made.parts


def standing_of(at: Snapshot, period: Any) -> Standing:
    return pipeline(at, {"period": str(period)})["head"]  # type: ignore[no-any-return]


def test_days_between_are_whole(at: Snapshot) -> None:
    one = pipeline(at, {})["decisive"].deals[0]
    assert one.quiet(one.last_on + timedelta(days=3)) == 3
