"""Can any two days be told apart by any dimension, down to each deal and each of its changes, under the actor's policy?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from saleswright.lib.issue import Stop
from saleswright.lib.period import parse_period
from saleswright.measure.flow.bridge import LINES
from saleswright.measure.flow.bridge_block import found
from saleswright.measure.flow.waterfall.find import waterfall
from saleswright.measure.flow.waterfall.movers import changes, movers
from tests.measure.flow.test_bridge_record import team_of
from tests.measure.flow.weekly import FIRST, first_week, generated, second_week, snapshot

Pin = Callable[[str], object]


@pytest.mark.parametrize("by", ["team", "owner", "segment", "source", "account"])
def test_every_line_of_the_members_adds_to_the_whole(demo_folder: Path, by: str) -> None:
    at = snapshot(demo_folder, "2026-11-22")
    span = parse_period("this quarter", at.day, at.workspace.calendar)
    made = waterfall(at, date(2026, 10, 5), span, by)
    assert len(made.groups) > 2 and set(made.labels) == set(made.groups)
    parts = {line.name: sum(one.lines[line.name] for one in made.groups.values()) for line in LINES}
    # What one member took another gave.
    assert parts.pop("transferred_in") == -parts.pop("transferred_out")
    assert parts == {name: made.total.lines[name] for name in parts}
    for one in made.groups.values():
        assert one.opening + sum(one.lines.values()) == one.closing


def test_the_end_may_be_any_day_and_the_whole_ties_to_the_metrics(demo_folder: Path) -> None:
    at = snapshot(demo_folder, "2026-11-22")
    made = waterfall(at.at(date(2026, 6, 30)), date(2026, 3, 31), None, "team")
    assert made.whole.day == date(2026, 6, 30) and "asof=2026-06-30" in made.whole.closing.ref
    assert made.total.closing == made.whole.closing.value.minor  # type: ignore[union-attr]
    assert sum(one.opening for one in made.groups.values()) == made.total.opening


@pytest.mark.parametrize("by", ["month", "due", "standing", "status", "colour"])
def test_what_tells_itself_or_is_not_there_is_no_split(demo_folder: Path, by: str) -> None:
    with pytest.raises(Stop):
        waterfall(snapshot(demo_folder, "2026-11-22"), date(2026, 11, 16), None, by)


@pytest.mark.parametrize("since", ["2026-11-22", "2026-11-23"])
def test_a_waterfall_needs_a_day_before_its_end(demo_folder: Path, since: str) -> None:
    with pytest.raises(Stop, match="not before"):
        waterfall(snapshot(demo_folder, "2026-11-22"), date.fromisoformat(since))


@pytest.mark.parametrize("gross", [False, True])
def test_every_deal_on_a_line_is_reached_and_sums_to_it(demo_folder: Path, gross: bool) -> None:
    at = snapshot(demo_folder, "2026-11-22")
    made = waterfall(at, date(2026, 11, 8), None, "team", gross=gross)
    every = movers(at, made)
    assert len(every) == len({one.id for one in every}) == made.whole.moves.moving
    assert [one.moved for one in every] == sorted((one.moved for one in every), reverse=True)
    for line in LINES:
        on_line = movers(at, made, line.name)
        assert sum(one.lines[line.name] for one in on_line) == made.total.lines[line.name]
        assert line.name == "fx" or len(on_line) >= made.total.events[line.name]
    for member, part in made.groups.items():
        own = movers(at, made, "", member)
        assert {line.name: sum(one.lines.get(line.name, 0) for one in own) for line in LINES} == {
            **part.lines, "fx": sum(one.lines.get("fx", 0) for one in own)
        }  # fmt: skip
    assert movers(at, made, start=3, size=4) == every[3:7]


def test_gross_tells_what_net_hides_and_wins_are_the_same(demo_folder: Path) -> None:
    at = snapshot(demo_folder, "2026-11-22")
    span = parse_period("this quarter", at.day, at.workspace.calendar)
    net, gross = (waterfall(at, date(2026, 11, 1), span, "", (), one) for one in (False, True))
    assert gross.total.happened > net.total.happened
    assert gross.total.lines["won"] == net.total.lines["won"]
    assert gross.total.opening + sum(gross.total.lines.values()) == net.total.closing
    for block in (gross.whole.amounts, gross.whole.counts):
        values = [getattr(step.figure.value, "minor", step.figure.value) for step in block.steps]
        assert values[0] + sum(values[1:-1]) == values[-1]


def test_each_change_of_a_deal_says_when_it_was_so_and_when_it_became_known(tmp_path: Path, pin_now: Pin) -> None:
    weeks = generated(seed=21, deals=26)
    first_week(tmp_path, weeks.first, pin_now)
    second_week(tmp_path, weeks.second, pin_now)
    at = snapshot(tmp_path / "w")
    made = waterfall(at, FIRST)
    more = movers(at, made, "increased")[0]
    found = changes(at, more.id, FIRST)
    assert [one.field for one in found] == ["amount"]
    assert found[0].new - found[0].old == more.lines["increased"]
    assert found[0].when <= found[0].known and not found[0].late
    came = movers(at, made, "new")[0]
    assert {one.field: one.old for one in changes(at, came.id, FIRST)}["amount"] is None
    assert changes(at, "deal_crm_none", FIRST) == ()


def test_what_became_known_late_of_the_first_day_is_marked(tmp_path: Path, pin_now: Pin) -> None:
    weeks = generated(seed=4, deals=26)
    first_week(tmp_path, weeks.first, pin_now)
    dates = {"created": "2026-11-03", "qualified": "2026-11-03", "expected_close": "2026-12-12"}
    forgotten = {**weeks.first[0], **dates, "id": "D900", "name": "Deal 900", "amount": "12345.00"}
    second_week(tmp_path, [*weeks.second, forgotten], pin_now)
    at = snapshot(tmp_path / "w")
    late = movers(at, waterfall(at, FIRST), "late")
    assert [one.name for one in late] == ["Deal 900"]
    found = changes(at, late[0].id, FIRST)
    assert any(one.late and one.field == "qualified" and one.known.date() > FIRST for one in found)


def test_an_actor_sees_movers_and_changes_of_own_rows_without_hidden_fields(tmp_path: Path, pin_now: Pin) -> None:
    folder = team_of(tmp_path, pin_now)
    path = folder / "definitions/access.yaml"
    path.write_text(path.read_text() + "- {kind: access, name: aide, scope: company, hide: [deal.owner, deal.name]}\n")
    chief, west, aide = (snapshot(folder, actor=actor) for actor in ("chief", "west", "aide"))
    gone = "deal_crm_1"
    made = waterfall(west, FIRST)
    moved = {one.id: one for one in movers(west, made)}
    assert set(moved) == {gone, "deal_crm_2"} and moved[gone].is_ == {} and moved[gone].was["amount"] == 100_000
    assert {one.field for one in changes(chief, gone, FIRST)} == {"owner"}
    assert changes(west, gone, FIRST) == (), "what it became after it left is not West's to see"
    assert {one.field for one in changes(west, "deal_crm_2", FIRST)} >= {"stage", "standing", "closed"}
    assert changes(west, "deal_crm_3", FIRST) == () and changes(west, "deal_crm_1", date(2026, 8, 1))
    assert changes(aide, gone, FIRST) == ()
    assert all("owner" not in one.is_ and one.owner == "(no owner)" for one in movers(aide, waterfall(aide, FIRST)))


def test_a_bridge_of_many_years_is_asked_once(demo_folder: Path) -> None:
    """Neither the number of members nor that of days makes more questions of the record."""
    at = snapshot(demo_folder, "2026-11-22")
    asked: list[str] = []

    class Counting:
        def __getattr__(self, name: str) -> object:
            asked.append(name)
            return getattr(at.reader, name)

    seen = replace(at, reader=Counting())  # type: ignore[arg-type]
    for by in ("", "owner"):
        asked.clear()
        found(seen, date(2025, 1, 1), None, (), by)
        assert asked.count("columns") == 1 and "table" not in asked
