"""Does the waterfall say on every face what the metrics say, member by member, deal by deal, and only what it can tell?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Bridge, Figure, Note, Report, Table
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money
from saleswright.measure.flow.bridge_rows import on
from saleswright.measure.flow.waterfall.actions import waterfall
from saleswright.measure.flow.waterfall.fall import fall
from saleswright.measure.flow.waterfall.said import brief
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from tests.measure.flow.weekly import FIRST, SECOND, Weeks, first_week, generated, second_week, snapshot

Pin = Callable[[str], object]
DAY = "2026-11-22"
ANSWER = waterfall.run
HOSTILE = "<script>alert(1)</script>{{7*7}}"


@pytest.fixture(scope="module")
def at(demo_folder: Path) -> Snapshot:
    """The sample company."""
    return snapshot(demo_folder, DAY)


@pytest.fixture(scope="module")
def two_weeks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Weeks]]:
    """Two exports one week apart, of deals whose names are hostile; the clock stands on the second Monday."""
    place, weeks = tmp_path_factory.mktemp("falls"), generated(seed=21, deals=52)
    for row in (*weeks.first, *weeks.second):
        row["name"] = f"{HOSTILE}{row['id']}"
    with pytest.MonkeyPatch.context() as patch:

        def pin(text: str) -> None:
            patch.setenv("SALESWRIGHT_NOW", text)

        first_week(place, weeks.first, pin)
        second_week(place, weeks.second, pin)
        yield place / "w", weeks


def cents(value: object) -> int:
    found = value.value if isinstance(value, Figure) else value
    assert isinstance(found, Money), found
    return found.minor


def block(report: Report, name: str) -> Table:
    found = next(one for one in report.blocks if isinstance(one, Table) and one.name == name)
    return found


def bridges(report: Report) -> tuple[Bridge, Bridge]:
    amounts, deals = (one for one in report.blocks if isinstance(one, Bridge))
    return amounts, deals


def test_the_sentence_says_from_how_much_to_how_much_and_the_largest_lines_and_no_cause(at: Snapshot) -> None:
    report = ANSWER(at)
    amounts, _ = bridges(report)
    first, last = (brief(step.figure.value) for step in (amounts.steps[0], amounts.steps[-1]))
    assert report.lede.startswith(f"Of the deals due in 2026Q4, {first} was open on Wed 30 Sep, {last} is open now: ")
    lost = next(step for step in amounts.steps if step.name == "lost")
    assert f"{brief(Money(abs(cents(lost.figure)), 'USD'))} was lost" in report.lede
    assert not {"because", "due to", "down", "caused"} & set(report.lede.casefold().split())


def test_its_ends_and_won_are_the_metrics_and_the_footer_says_so(at: Snapshot) -> None:
    report = ANSWER(at)
    amounts, deals = bridges(report)
    assert amounts.steps[-1].figure.value == evaluate(at, ask(at, "open_due", (), "all")).total.value
    then = on(at, date(2026, 9, 30))
    due = evaluate(then, ask(then, "open_pipeline", (), "all", (("due", "next quarter"),))).total
    assert cents(amounts.steps[0].figure) == cents(due)
    won = evaluate(at, ask(at, "won_value", (), "this quarter")).total
    step = next(step for step in amounts.steps if step.name == "won")
    assert cents(step.figure) == -cents(won)
    for bridge in (amounts, deals):
        values = [getattr(step.figure.value, "minor", step.figure.value) for step in bridge.steps]
        assert values[0] + sum(values[1:-1]) == values[-1]
    assert f"Won ties to what was won between, USD {won.value.decimal:,}." in report.footer  # type: ignore[union-attr]


@pytest.mark.parametrize(("by", "rolling"), [("team", False), ("owner", True), ("source", False)])
def test_the_members_add_up_to_the_company_line_by_line(at: Snapshot, by: str, rolling: bool) -> None:
    report = ANSWER(at, by=by, rolling=rolling)
    amounts, deals = bridges(report)
    for bridge, table in ((amounts, block(report, "members")), (deals, block(report, "member_deals"))):
        whole = dict(zip((column.name for column in table.columns), table.rows[-1], strict=True))
        steps = {step.name: step.figure.value for step in bridge.steps[1:-1]}
        moved = {name: value for name, value in steps.items() if not name.startswith("transferred")}
        assert {name: whole[name] for name in moved} == moved
        assert (whole["opening"], whole["closing"]) == (bridge.steps[0].figure.value, bridge.steps[-1].figure.value)
        for place in range(1, len(table.columns)):
            parts = [getattr(row[place], "minor", row[place]) for row in table.rows]
            assert sum(parts[:-1]) == parts[-1], table.columns[place].name
        for row in table.rows:
            told = [getattr(value, "minor", value) for value in row[1:]]
            assert sum(told[:-1]) == told[-1], row[0]


def test_every_deal_of_a_line_is_listed_and_they_add_up_to_it(at: Snapshot) -> None:
    report = ANSWER(at, line="Pushed out")
    step = next(step for step in bridges(report)[0].steps if step.name == "pushed_out")
    table = block(report, "deals")
    assert len(table.rows) == step.events == table.total and step.events
    assert sum(cents(row[4]) for row in table.rows) == cents(step.figure)
    assert all(str(row[3]).startswith("close ") for row in table.rows)
    sizes = [abs(cents(row[4])) for row in table.rows]
    assert sizes == sorted(sizes, reverse=True)


def test_a_deals_own_changes_are_listed_by_its_id(at: Snapshot) -> None:
    row = block(ANSWER(at, line="pushed_out"), "deals").rows[0]
    for named in (str(row[5]), str(row[5]).split("_", 2)[-1]):
        report = ANSWER(at, deal=named)
        table, lines = block(report, "changes"), block(report, "own_lines")
        assert ("Pushed out", row[4]) in lines.rows and "Pushed out USD" in report.lede
        total = sum(cents(amount) for _, amount in lines.rows)
        assert report.footer == (f"Its lines sum to what it changed, USD {Money(total, 'USD').decimal:,}.",)
        assert table.title == f"What was done to {row[0]}"
        dates = [one for one in table.rows if one[1] == "Expected close"]
        assert dates and str(dates[-1][3]) > str(dates[0][2])
        assert all(date(2026, 9, 30) < one[0] <= at.day for one in table.rows)  # type: ignore[operator]


def test_until_is_the_same_as_asking_as_of_that_day(at: Snapshot, demo_folder: Path) -> None:
    early = ANSWER(at, until="2026-11-10", since="2026-10-20")
    assert bridges(early)[0].steps == bridges(ANSWER(snapshot(demo_folder, "2026-11-10"), since="2026-10-20"))[0].steps


def test_two_exports_tell_the_lines_and_hostile_names_stay_text(two_weeks: tuple[Path, Weeks]) -> None:
    folder, weeks = two_weeks
    report = ANSWER(snapshot(folder), since=FIRST.isoformat(), top=500)
    parts = {s.name: cents(s.figure) for s in bridges(report)[0].steps if s.kind == "part" and s.events}
    assert parts == weeks.lines
    assert all(str(row[0]).startswith(HOSTILE) for row in block(report, "deals").rows)
    one = block(ANSWER(snapshot(folder), since=FIRST.isoformat(), deal=f"{HOSTILE}D3"), "changes")
    assert one.title.endswith(f"{HOSTILE}D3") and [row[1] for row in one.rows] == ["Expected close"]


def test_a_deal_that_did_not_change_says_so(two_weeks: tuple[Path, Weeks]) -> None:
    folder, weeks = two_weeks
    idle = next(r["id"] for r in weeks.first if r in weeks.second and r["expected_close"] == "2026-11-18")
    table = block(ANSWER(snapshot(folder), since=FIRST.isoformat(), deal=idle), "changes")
    assert not table.rows and table.footer.startswith("Nothing about it changed")


def test_one_export_says_which_export_would_tell_it(tmp_path: Path, pin_now: Pin) -> None:
    first_week(tmp_path, generated(seed=8, deals=26).second, pin_now)
    pin_now(f"{SECOND}T08:00:00+00:00")
    report = ANSWER(snapshot(tmp_path / "w"))
    assert not [one for one in report.blocks if isinstance(one, (Bridge, Table))]
    assert "cannot be said" in report.lede and report.footer == ()
    told = next(
        one for one in report.blocks if isinstance(one, Note) and one.kind == "warning" and "One export" in one.text
    )
    assert "export the same list again" in told.text and "Opportunity History" in told.text


def test_a_rep_sees_own_deals_alone(at: Snapshot) -> None:
    whole = at
    owners = evaluate(whole, ask(whole, "open_deals", ("owner",), "all"))
    key = max(owners.groups, key=lambda one: owners.groups[one].n or 0)[0]
    mine = replace(whole, policy=replace(whole.policy, scope=f"owner:{key}"))
    own = ANSWER(mine, line="lost")
    filtered = ANSWER(whole, line="lost", where=(("owner", key),))
    assert [s.figure.value for s in bridges(own)[0].steps] == [s.figure.value for s in bridges(filtered)[0].steps]
    assert {row[2] for row in block(own, "deals").rows} == {owners.labels[0][key]}
    other = next(row[5] for row in block(ANSWER(whole, line="lost"), "deals").rows if row[2] != owners.labels[0][key])
    with pytest.raises(Stop, match="no deal"):
        ANSWER(mine, deal=str(other))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"since": "soon"}, "not a date"),
        ({"since": "2027-01-01"}, "not before"),
        ({"until": "2026-12-24"}, "is after"),
        ({"until": "soon"}, "not a date"),
        ({"line": "losst"}, "line"),
        ({"deal": "nobody"}, "no deal 'nobody'"),
        ({"by": "teem"}, "dimension"),
        ({"period": "all"}, "is open"),
        ({"rolling": True, "period": "this quarter"}, "it has no period"),
    ],
)
def test_a_wrong_word_is_told(at: Snapshot, given: dict[str, object], said: str) -> None:
    with pytest.raises(Stop) as stop:
        ANSWER(at, **given)
    assert any(said in f"{i.what} {i.where} {i.why}" for i in stop.value.issues), stop.value.issues


def test_it_opens_the_day_before_the_period_began(at: Snapshot) -> None:
    assert fall(at).since == date(2026, 9, 30)
    assert fall(at, period="this month").since == date(2026, 10, 31)
    # A period that is still to come has not begun: then since last Monday.
    assert fall(at, period="2027Q1").since == at.day - timedelta(days=at.day.weekday() or 7)


def test_gross_tells_every_movement_between_the_same_ends(at: Snapshot) -> None:
    net, gross = (bridges(ANSWER(at, since="2026-11-16", gross=flag, top=0))[0] for flag in (False, True))
    assert (net.steps[0].figure.value, net.steps[-1].figure.value) == (
        gross.steps[0].figure.value,
        gross.steps[-1].figure.value,
    )
    values = [cents(step.figure) for step in gross.steps]
    assert values[0] + sum(values[1:-1]) == values[-1]
    assert sum(step.events or 0 for step in gross.steps) >= sum(step.events or 0 for step in net.steps)
