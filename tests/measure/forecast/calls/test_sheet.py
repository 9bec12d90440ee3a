"""Is a missing call not in, and do past roll-ups stay as they were?"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from random import Random, randrange

import pytest

from saleswright.kernel.report import Table
from saleswright.lib.money import Money
from saleswright.measure.forecast.calls import sheet as module
from saleswright.measure.forecast.calls.model import Model
from saleswright.measure.forecast.calls.report import report
from saleswright.measure.forecast.calls.sheet import sheet
from saleswright.measure.forecast.calls.stand import Roll
from saleswright.measure.forecast.calls.trail import trail
from tests.measure.forecast.calls.company import WON, at, call, define, on, row, told_anew, usd


def _everybody(folder: Path, day: str) -> None:
    """All call on a day, the managers 5 above those below."""
    for name, amount in (("Ann", 50_000), ("Bob", 31_000), ("Cleo", 40_000), ("Dan", 25_000)):
        call(folder, f"{day}T09:00:00", amount, name, reason="as agreed")
    call(folder, f"{day}T10:00:00", 81_005, "Eve")
    call(folder, f"{day}T10:00:00", 65_005, "Max")


def test_a_missing_call_is_not_in_never_zero_and_never_silently_replaced(folder: Path) -> None:
    call(folder, "2026-07-07T09:00:00", 50_000, "Ann", reason="as agreed")
    found = on(folder, "2026-07-08")
    assert row(found, "Ann").state == "in" and row(found, "Ann").call.value == usd(50_000)
    bob = row(found, "Bob")
    assert bob.state == "not in" and bob.call.value is None and bob.call.reason == "not in"
    west = row(found, "Eve")
    assert west.cells["commit"] == Roll(usd(50_000), (row(found, "Ann").person,), (), (bob.person,))
    # Eve called last quarter and not now: she is not in, and what Ann called does not stand for hers.
    assert west.state == "not in" and found.total.number == Roll(out=(west.person, row(found, "Max").person))
    assert found.total.call.value is None
    told = report(found)
    assert "not in" in told.lede and "Eve" in told.lede
    out = next(block for block in told.blocks if isinstance(block, Table) and block.name == "not_in")
    assert {cells[0] for cells in out.rows} == {"Eve", "Bob", "Max", "Cleo", "Dan"}


def test_a_call_of_last_week_is_not_in_this_week_or_carried_where_the_setting_says_so(folder: Path) -> None:
    _everybody(folder, "2026-07-07")
    assert on(folder, "2026-07-09").total.number.amount == usd(146_010)
    later = on(folder, "2026-07-14")
    assert later.total.number.amount is None and len(later.total.number.out) == 2
    assert row(later, "Ann").held.last is not None and row(later, "Ann").held.last.amount == usd(50_000)  # type: ignore[union-attr]
    define(folder, "kind: forecast\nname: calls\ncategories: [commit, best case]\nmissing: carried\n")
    carried = on(folder, "2026-07-14")
    assert carried.total.number.amount == usd(146_010) and row(carried, "Ann").state == "carried"
    assert set(carried.total.number.carried) == set(carried.total.number.into)
    assert "Carried from an earlier week" in report(carried).lede
    define(folder, "kind: forecast\nname: calls\ncategories: [commit, best case]\nevery: period\n")
    assert on(folder, "2026-09-14").total.number.words == "2 of 2 in"


def test_totals_changes_and_gaps_cover_the_same_people(folder: Path) -> None:
    _everybody(folder, "2026-07-07")
    for name, amount in (("Ann", 52_000), ("Cleo", 40_000), ("Dan", 26_000)):
        call(folder, "2026-07-14T09:00:00", amount, name, reason="one more deal")
    call(folder, "2026-07-14T10:00:00", 90_000, "Eve", reason="two are sure")
    found = on(folder, "2026-07-15")
    assert row(found, "Ann").change.value == usd(2_000)
    # Max is not in this week: the total holds Eve alone, and its change is hers, so that the signs agree.
    assert found.total.number.amount == usd(90_000) and found.total.number.words == "1 of 2 in"
    assert (found.total.change.value, found.total.change.n) == (usd(8_995), 1)
    # Nobody's change is told where they were not in a week before.
    assert on(folder, "2026-07-08").total.change.reason == "not all of them were in 7 days before"
    assert row(found, "Eve").change.value == usd(8_995)
    assert row(found, "Ann").line[-2:] == (usd(50_000), usd(52_000)) and row(found, "Bob").line[-1] is None
    assert (
        sum(one.won.value.minor for one in found.rows if not one.leads and isinstance(one.won.value, Money))
        == (sum(WON.values()) * 100)
        == found.total.won.value.minor
    )  # type: ignore[union-attr]


def test_a_re_organisation_a_rep_who_leaves_and_a_changed_quota_leave_past_roll_ups_as_they_were(folder: Path) -> None:
    _everybody(folder, "2026-07-07")
    before = on(folder, "2026-07-09")
    shown = [(one.name, one.depth, one.quota.value, one.cells, one.number, one.line) for one in before.rows]
    assert row(before, "Eve").cells["commit"].amount == usd(81_000)
    assert row(before, "Max").cells["commit"].amount == usd(65_000)
    told_anew(folder)
    for name, amount in (("Ann", 50_000), ("Bob", 31_000), ("Cleo", 40_000)):
        call(folder, "2026-08-19T09:00:00", amount, name, reason="as agreed")
    after = on(folder, "2026-08-20")
    assert row(after, "Eve").cells["commit"] == Roll(usd(50_000), (row(after, "Ann").person,))
    assert row(after, "Max").cells["commit"].amount == usd(71_000)
    assert row(after, "Dan").state == "left" and row(after, "Dan").person not in row(after, "Max").cells["commit"].out
    assert row(after, "Ann").quota.value == usd(150_000)
    again = on(folder, "2026-07-09")
    assert [(one.name, one.depth, one.quota.value, one.cells, one.number, one.line) for one in again.rows] == shown
    # The line of weeks is over the tree of each week: what West came to in July stays beside what it comes to now.
    assert row(on(folder, "2026-08-20"), "Eve").line[2] == usd(81_005)


def test_two_submissions_on_one_day_both_stay_in_the_record(folder: Path) -> None:
    call(folder, "2026-07-07T09:00:00", 50_000, "Ann", reason="as agreed")
    call(folder, "2026-07-07T15:00:00", 52_000, "Ann", reason="as agreed")
    call(folder, "2026-07-07T16:00:00", 50_000, "Ann", reason="as agreed")
    found = on(folder, "2026-07-07")
    steps = trail(found, row(found, "Ann").person)
    assert [(one.before, one.call.amount, one.stands) for one in steps] == [
        (usd(52_000), usd(50_000), True), (usd(50_000), usd(52_000), False), (None, usd(50_000), False),
    ]  # fmt: skip
    assert [one.replaced for one in steps] == [False, True, True]


def test_an_override_stands_beside_the_original_with_who_when_from_to_and_why(folder: Path) -> None:
    call(folder, "2026-07-07T09:00:00", 50_000, "Ann", reason="as agreed")
    call(folder, "2026-07-08T09:00:00", 44_000, "Ann", by="Eve", reason="the second deal is not ready")
    found = on(folder, "2026-07-08")
    ann = row(found, "Ann")
    assert ann.call.value == usd(44_000) and ann.cells["commit"].amount == usd(50_000)
    assert ann.held.original is not None and ann.held.original.amount == usd(50_000)
    step = trail(found, ann.person)[0]
    assert (step.who, step.whose, step.kind, step.before, step.call.amount, step.original) == (
        "Eve", "Ann", "override", usd(50_000), usd(44_000), usd(50_000),
    )  # fmt: skip
    assert step.call.reason == "the second deal is not ready" and step.call.rollup == usd(50_000) and step.stands
    assert row(found, "Eve").cells["commit"].amount == usd(44_000)
    # The record as of the day before knows nothing of it.
    assert row(on(folder, "2026-07-07"), "Ann").call.value == usd(50_000)


def test_a_stage_suggests_and_never_overwrites_a_persons_category(folder: Path) -> None:
    found = on(folder, "2026-07-08")
    ann = row(found, "Ann").person
    open_ = found.deals.open
    # Of three open deals one is in commit by a person and one by its stage; Negotiation suggests commit, but the third deal,
    # which a person put into pipeline, stays there.
    assert (open_[ann, "commit"].minor, open_[ann, "commit"].by_stage_minor) == (2_700_000, 700_000)
    assert (open_[ann, "pipeline"].minor, open_[ann, "pipeline"].by_stage) == (90_000, 0)
    assert found.deals.come_to(ann, "commit", found.rules) == usd(30_000 + 27_000)
    assert found.deals.come_to(ann, "pipeline", found.rules) == usd(30_000 + 27_900)


def test_roll_ups_are_the_sum_of_those_in_whatever_is_called(folder: Path) -> None:
    """Seeds are drawn at run time and printed."""
    seed = randrange(2**32)
    sys.stdout.write(f"seed {seed}\n")
    rng = Random(seed)
    names = ["Ann", "Bob", "Cleo", "Dan", "Eve", "Max"]
    called: dict[str, int] = {}
    for name in rng.sample(names, rng.randint(1, 6)):
        called[name] = rng.randint(0, 10**6)
        call(folder, "2026-07-07T09:00:00", called[name], name, reason="drawn")
    found = on(folder, "2026-07-07")
    for boss, below in (("Eve", ("Ann", "Bob")), ("Max", ("Cleo", "Dan"))):
        mine = [called[name] for name in below if name in called]
        roll = row(found, boss).cells["commit"]
        assert roll.amount == (usd(sum(mine)) if mine else None)
        assert (len(roll.into), len(roll.out)) == (len(mine), 2 - len(mine))
    tops = [called[name] for name in ("Eve", "Max") if name in called]
    assert found.total.number.amount == (usd(sum(tops)) if tops else None)


def test_the_model_never_overwrites_a_call(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a model beside it every call, roll-up and total is as without; only its own columns are filled."""
    call(folder, "2026-07-07T09:00:00", 55_000, "Ann")
    call(folder, "2026-07-07T10:00:00", 60_000, "Eve", reason="one more")
    without = on(folder, "2026-07-08")
    means = {one.person: 1_000_000.0 * place for place, one in enumerate(without.rows, 1)} | {"": 500.0}
    monkeypatch.setattr(module, "model", lambda snapshot, period: Model("USD", means))
    beside = sheet(at(folder, "2026-07-08"), "2026Q3")
    for one, other in zip((*without.rows, without.total), (*beside.rows, beside.total), strict=True):
        assert replace(one, model=other.model, gap=other.gap) == other
    eve, max_ = row(beside, "Eve"), row(beside, "Max")
    mean = sum(means[one] for one in (eve.person, row(beside, "Ann").person, row(beside, "Bob").person))
    assert eve.model.value == Money(round(mean), "USD") and eve.gap.value == usd(60_000) - Money(round(mean), "USD")
    # Max is not in: the gap of the total is of Eve and hers alone, the mean of the total is of all.
    assert beside.total.gap.value == eve.gap.value and max_.gap.value is None
    assert beside.total.model.value == Money(round(sum(means.values())), "USD")


def test_means_quotas_won_and_open_deals_add_up_over_the_tree(folder: Path) -> None:
    found = on(folder, "2026-07-08")
    vic, total = row(found, "Vic"), found.total
    assert (vic.quota.value, vic.won.value) == (total.quota.value, total.won.value) == (usd(430_000), usd(65_000))
    for name in ("commit", "pipeline"):
        parts = [one.deals[name].value for one in found.rows if not one.leads]
        assert sum(one.minor for one in parts if isinstance(one, Money)) == total.deals[name].value.minor  # type: ignore[union-attr]


def test_calls_of_another_company_of_the_tree_are_not_seen_outside_a_scope(folder: Path) -> None:
    define(
        folder,
        "- {kind: access, name: west, scope: 'team:West'}\n- {kind: access, name: ops, scope: company}\n",
        "a.yaml",
    )
    call(folder, "2026-07-07T09:00:00", 55_000, "Ann", actor="ops")
    call(folder, "2026-07-07T09:00:00", 27_000, "Cleo", actor="ops", reason="as agreed")
    call(folder, "2026-07-07T10:00:00", 40_000, "Ann", by="Vic", actor="ops", reason="it is too much")
    mine = on(folder, "2026-07-08", actor="west")
    assert {one.name for one in mine.rows} == {"Eve", "Ann", "Bob"}
    # Vic is outside the team, so what Vic said is not theirs to see; Ann's own call is.
    assert row(mine, "Ann").call.value == usd(55_000)
    assert all("Cleo" not in text for text in mine.names.values())
