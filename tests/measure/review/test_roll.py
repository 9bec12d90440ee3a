"""Does the roll say what changed since last Monday, and only what the data can tell?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

import saleswright
from saleswright.app import build, open_workspace
from saleswright.kernel.report import Bridge, Figure, Table
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money
from saleswright.measure.flow.waterfall.said import brief
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.review.roll import roll
from tests.measure.flow.weekly import FIRST, SECOND, Weeks, first_week, generated, second_week, snapshot

Pin = Callable[[str], object]
HOSTILE = "<script>alert(1)</script>{{7*7}}"
HISTORY = "OpportunityId,CreatedDate,StageName,Amount,CloseDate\n"


@pytest.fixture(scope="module")
def two_weeks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Weeks]]:
    """Two exports one week apart, of deals whose names are hostile; the clock stands on the second Monday."""
    place, weeks = tmp_path_factory.mktemp("weeks"), generated(seed=9)
    for row in (*weeks.first, *weeks.second):
        row["name"] = HOSTILE
    with pytest.MonkeyPatch.context() as patch:

        def pin(text: str) -> None:
            patch.setenv("SALESWRIGHT_NOW", text)

        first_week(place, weeks.first, pin)
        second_week(place, weeks.second, pin)
        yield place / "w", weeks


def cents(figure: Figure) -> int:
    assert isinstance(figure.value, Money), figure.reason
    return figure.value.minor


def test_the_headline_is_won_to_go_open_and_since_won_pushed_lost(demo_folder: Path) -> None:
    at = snapshot(demo_folder, "2026-11-22")
    made = roll(at)
    assert made.since == date(2026, 11, 16) and made.bridge is not None and not made.why_not
    won = evaluate(at, ask(at, "won_value", (), "this quarter")).total
    assert made.won.value == won.value and made.won.ref == won.ref
    assert made.open.value == evaluate(at, ask(at, "open_due", (), "all")).total.value
    assert made.to_go.value is not None or made.to_go.reason
    lines = {step.name: step for step in made.bridge.steps}
    assert cents(made.pushed) == -cents(lines["pushed_out"].figure)
    assert cents(made.lost) == -cents(lines["lost"].figure)
    assert cents(made.won_since) == -cents(lines["won"].figure)
    assert made.events == sum(step.events or 0 for step in made.bridge.steps)
    assert made.headline.startswith(f"{brief(won.value)} won, ")
    assert " open. Since Mon 16 Nov " in made.headline and "down" not in made.headline
    assert made.bridge.check.startswith(f"Lines sum to the cent over {made.events:,} deal events. Opening USD ")


def test_the_bridge_of_deals_sums_on_its_own(demo_folder: Path) -> None:
    made = roll(snapshot(demo_folder, "2026-11-22"))
    assert made.by_deals is not None
    values = [int(step.figure.value or 0) for step in made.by_deals.steps]  # type: ignore[arg-type]
    assert values[0] + sum(values[1:-1]) == values[-1]


def test_who_moved_most_comes_first_in_words(demo_folder: Path) -> None:
    made = roll(snapshot(demo_folder, "2026-11-22"), most=400)
    assert len(roll(snapshot(demo_folder, "2026-11-22")).moved) == 6
    sizes = [abs(cents(move.amount)) for move in made.moved]
    assert sizes == sorted(sizes, reverse=True)
    assert len(made.moved) == made.moving
    words = {move.kind: move.words for move in made.moved}
    assert words["won"].startswith("signed ") and words["won"].endswith(" d from qualified")
    assert words["lost"].startswith(("reason: ", "no reason"))
    assert words["new"].startswith("qualified ") and ", close " in words["new"]
    assert "\u2192" in words["redated"] and "\u2192" in words["decreased"]
    assert words["past_due"].endswith(" has passed")
    assert all(cents(move.amount) >= 0 for move in made.moved if move.kind == "won")
    assert all(cents(move.amount) <= 0 for move in made.moved if move.kind == "lost")
    assert all(move.owner_name and move.name for move in made.moved)


def test_one_export_says_what_would_give_the_bridge_and_what_closing_dates_tell(tmp_path: Path, pin_now: Pin) -> None:
    weeks = generated(seed=8, deals=52)
    first_week(tmp_path, weeks.second, pin_now)
    pin_now(f"{SECOND}T08:00:00+00:00")
    made = roll(snapshot(tmp_path / "w"))
    assert made.bridge is None and made.by_deals is None and not made.moved and made.events == 0
    assert "One export" in made.why_not and "export the same list again" in made.why_not
    assert "Opportunity History" in made.why_not
    assert made.pushed.value is None and made.pushed.reason == "not in this data"
    assert cents(made.won_since) == -weeks.lines["won"]
    assert cents(made.lost) == -weeks.lines["lost"]
    told = [note.text for note in made.notes]
    assert any(
        "By their own dates, after 2026-11-16: 8 deals came in, 8 were won, 4 were lost." in text for text in told
    )
    assert any("last fed on 2026-11-16" in text for text in told)


def test_two_exports_one_week_apart_give_the_bridge_from_their_difference(two_weeks: tuple[Path, Weeks]) -> None:
    folder, weeks = two_weeks
    made = roll(snapshot(folder))
    assert made.since == FIRST and made.bridge is not None
    steps = {step.name: step for step in made.bridge.steps}
    assert cents(steps["open_then"].figure) == Weeks.level(weeks.first, FIRST)
    parts = {name: cents(step.figure) for name, step in steps.items() if step.kind == "part" and step.events}
    assert parts == weeks.lines
    assert made.moved[0].words and {move.kind for move in made.moved} <= set(steps)


def test_a_day_before_the_first_export_is_not_made_up(two_weeks: tuple[Path, Weeks]) -> None:
    made = roll(snapshot(two_weeks[0]), since="2026-11-09")
    assert made.bridge is None and "--since 2026-11-16" in made.why_not
    assert roll(snapshot(two_weeks[0]), since="2026-11-16").bridge is not None


def test_history_beside_one_export_gives_the_bridge(tmp_path: Path, pin_now: Pin) -> None:
    weeks = generated(seed=11, deals=26)
    first_week(tmp_path, weeks.first, pin_now)
    rows = "".join(
        f"{row['id']},2026-11-1{4 + i % 2 * 4}T10:00:00.000Z,Negotiation,{5000 + i},2026-12-1{i % 9}\n"
        for i, row in enumerate(weeks.first)
    )
    (tmp_path / "OpportunityHistory.csv").write_text(HISTORY + rows, encoding="utf-8")
    build().call(open_workspace(tmp_path / "w"), "import", {"path": str(tmp_path / "OpportunityHistory.csv")})
    pin_now(f"{SECOND}T08:00:00+00:00")
    assert roll(snapshot(tmp_path / "w")).bridge is not None


def test_a_rate_of_the_week_moves_no_deal_and_has_its_line(tmp_path: Path, pin_now: Pin) -> None:
    weeks = generated(seed=13, deals=26)
    alike = {"stage": "Negotiation", "amount": "1000.00", "expected_close": "2026-12-01"}
    still = [{**row, **alike} for row in weeks.first[:2]]
    for row, code in zip(still, ("EUR", "USD"), strict=True):
        row["currency"] = code
    first_week(tmp_path, still, pin_now)
    workspace = open_workspace(tmp_path / "w")
    build().call(workspace, "rate", {"rates": ["EUR=1.00"]})
    build().call(workspace, "rate", {"rates": ["EUR=0.80"], "starts": "2026-11-20"})
    born = {"id": "other", "amount": "5.00", "created": "2026-11-18", "qualified": "2026-11-18"}
    second_week(tmp_path, [*still, {**still[1], **born}], pin_now)
    made = roll(snapshot(tmp_path / "w", currency="USD"))
    assert made.bridge is not None
    told = {step.name: (cents(step.figure), step.events) for step in made.bridge.steps}
    assert told["fx"] == (25_000, 0)
    assert {name for name, (_, events) in told.items() if events} == {"new"}
    assert made.moving == made.events == len(made.moved) == 1


def test_the_same_list_a_week_later_says_that_nothing_moved(tmp_path: Path, pin_now: Pin) -> None:
    weeks = generated(seed=14, deals=26)
    first_week(tmp_path, weeks.first, pin_now)
    again = open_workspace(tmp_path / "w")
    same_day = build().call(again, "import", {"path": str(tmp_path / "deals.csv")}).report
    assert same_day.data["run"] is None and same_day.changed == 0
    pin_now(f"{SECOND}T08:00:00+00:00")
    report = build().call(again, "import", {"path": str(tmp_path / "deals.csv")}).report
    assert report.data["run"] == 2 and report.changed == 0 and "Nothing had changed since" in report.lede
    at = snapshot(tmp_path / "w")
    made = roll(at)
    assert made.bridge is not None and not made.why_not and not any("last fed" in note.text for note in made.notes)
    # Nothing was done; what moved, moved because its day came.
    assert {step.name for step in made.bridge.steps if step.events} <= {"past_due"}
    assert cents(made.bridge.steps[0].figure) == Weeks.level(weeks.first, FIRST)
    build().call(again, "import undo", {"run": 2})
    assert roll(snapshot(tmp_path / "w")).bridge is None


def test_a_team_whose_deals_were_nobodys_then_is_told_so_and_the_company_is_not(tmp_path: Path, pin_now: Pin) -> None:
    export = tmp_path / "export"
    export.mkdir()
    (export / "User.csv").write_text("Id,Name,IsActive,Team\n0055g0000000001,Ann,true,West\n", encoding="utf-8")
    (export / "Opportunity.csv").write_text(
        "Id,IsDeleted,Name,StageName,Amount,CloseDate,Type,OwnerId,CreatedDate\n"
        "0065g0000000001,false,One,Negotiation,1000,2026-12-01,New Business,0055g0000000001,2026-09-01T09:00:00.000Z\n",
        encoding="utf-8",
    )
    (export / "OpportunityHistory.csv").write_text(
        f"Id,{HISTORY}0085g0000000001,0065g0000000001,2026-09-01T09:00:00.000Z,Proposal,900,2026-12-01\n"
        "0085g0000000002,0065g0000000001,2026-09-03T09:00:00.000Z,Negotiation,1000,2026-12-01\n",
        encoding="utf-8",
    )
    pin_now(f"{SECOND}T09:00:00+00:00")
    build().call(None, "init", {"folder": str(tmp_path / "w"), "from": str(export)})
    company, team = (roll(snapshot(tmp_path / "w"), where=where) for where in ((), (("team", "West"),)))
    assert company.bridge is not None and cents(company.bridge.steps[0].figure) == 1000_00
    assert team.bridge is None and "Whose deals they were on 2026-11-16 is not in the record" in team.why_not


@pytest.mark.parametrize("since", ["soon", "2026-11-22", "2027-01-01"])
def test_a_day_that_is_none_or_not_before_is_refused(demo_folder: Path, since: str) -> None:
    with pytest.raises(Stop):
        roll(snapshot(demo_folder, "2026-11-22"), since=since)


def test_the_action_is_a_report_with_headline_bridge_and_table(demo_folder: Path) -> None:
    answer = saleswright.open(demo_folder).as_of("2026-11-22").call("review roll", top=3)
    report = answer.report
    bridges = [block for block in report.blocks if isinstance(block, Bridge)]
    assert [bridge.name for bridge in bridges] == ["bridge", "bridge_deals"]
    table = next(block for block in report.blocks if isinstance(block, Table))
    assert len(table.rows) == 3 and (table.total or 0) > 50
    assert report.lede and report.title == "What changed since Mon 16 Nov?"
    assert [figure.name for figure in report.figures()[:3]] == ["won_value", "to_go", "open"]


def test_hidden_names_and_reasons_stay_hidden(tmp_path: Path, pin_now: Pin) -> None:
    weeks = generated(seed=12, deals=52)
    first_week(tmp_path, weeks.first, pin_now)
    (tmp_path / "w/definitions/access.yaml").write_text(
        "- {kind: access, name: chief, scope: company}\n"
        "- {kind: access, name: aide, scope: company, hide: [deal.name, deal.lost_reason, person.name]}\n",
        encoding="utf-8",
    )
    second_week(tmp_path, weeks.second, pin_now)
    aide, chief = (roll(snapshot(tmp_path / "w", actor=actor), most=99) for actor in ("aide", "chief"))
    assert [move.id for move in aide.moved] == [move.id for move in chief.moved]
    said = " ".join(f"{move.name} {move.owner_name} {move.words}" for move in aide.moved)
    assert "Deal " not in said and "Rep " not in said and "budget" not in said
    assert any("budget moved" in move.words for move in chief.moved)


def test_text_of_a_row_stays_data(two_weeks: tuple[Path, Weeks]) -> None:
    assert roll(snapshot(two_weeks[0])).moved[0].name == HOSTILE


def test_losses_without_an_amount_are_not_called_nothing(tmp_path: Path, pin_now: Pin) -> None:
    weeks = generated(seed=8, deals=52)
    for row in weeks.second:
        row["amount"] = "" if row["stage"] == "Closed Lost" else row["amount"]
    first_week(tmp_path, weeks.second, pin_now)
    pin_now(f"{SECOND}T08:00:00+00:00")
    assert roll(snapshot(tmp_path / "w")).headline.endswith("was won, 4 deals without an amount lost.")


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (1_629_000_000, "USD 16.29M"),
        (21_675_300, "USD 216.75K"),
        (99_900, "USD 999"),
        (-434_000_000, "USD -4.34M"),
        (0, "USD 0"),
    ],
)
def test_amounts_in_a_sentence_are_short(amount: int, said: str) -> None:
    assert brief(Money(amount, "USD")) == said
