"""Is a change of a real record suggested, judged, decided, sent and taken back through one door?"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from saleswright.app import build
from saleswright.faces.cli.arguments import read, spelled
from saleswright.kernel.call import Ambient
from saleswright.kernel.door.told import ToldLine
from saleswright.kernel.effects.background import once
from saleswright.kernel.journal import let_go
from saleswright.kernel.policy import Policy
from saleswright.kernel.report import Report, Table
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money
from saleswright.run.approvals import current as now
from saleswright.run.approvals.current import current
from saleswright.run.approvals.inbox import inbox, told
from tests.measure.review.scrub.small import HEAD, deal, made, usual
from tests.workspaces import copied

READ, NOW = "2026-11-16T09:00:00+00:00", "2026-11-16T12:00:00+00:00"
PEOPLE = """kind: mapping
name: people
file: people.csv
entity: person
source: crm
columns: {Id: id, Name: name, Team: team}
"""
APP = build()
TWO = """\
- {kind: access, name: ana, scope: company}
- {kind: access, name: bob, scope: company}
- {kind: access, name: ann, scope: "owner:Ann"}
- {kind: access, name: eve, scope: company, hide: [deal.amount]}
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [
        deal("D1", Stage="Proposal", Close_Date="2026-10-30"),
        deal("D2", Name="Twin", Owner="Bea"),
        deal("D3", Name="Twin"),
        deal("D4", Amount="250000"),
        deal("D5", Close_Date="2026-11-01", Last_Activity="2026-06-01"),
    ]
    place = tmp_path_factory.mktemp("approvals")
    with pytest.MonkeyPatch.context() as clock:
        clock.setenv("SALESWRIGHT_NOW", READ)
        folder = made(place, [*usual(), *rows])
        (folder / "definitions" / "mappings" / "people.yaml").write_text(PEOPLE, encoding="utf-8")
        (place / "people.csv").write_text("Id,Name,Team\nAnn,Ann,West\nBea,Bea,East\n", encoding="utf-8")
        assert do(folder, "import", path=str(place / "people.csv")).exit_code == 0
    return folder


@pytest.fixture
def folder(base: Path, tmp_path: Path, pin_now: Callable[[str], datetime]) -> Path:
    pin_now(NOW)
    let_go()
    return copied(base, tmp_path / "w")


def do(folder: Path, name: str, actor: str = "", **args: Any) -> Report:
    return APP.call(APP.open_workspace(folder), name, args, Ambient(actor=actor)).report


def write(export: Path, rows: list[Any]) -> None:
    with export.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, HEAD, restval="")
        writer.writeheader()
        writer.writerows(rows)


def grant(folder: Path, text: str) -> None:
    (folder / "definitions" / "access.yaml").write_text(text, encoding="utf-8")


def table(report: Report, name: str) -> list[dict[str, Any]]:
    found = next(block for block in report.blocks if isinstance(block, Table) and block.name == name)
    return [dict(zip([column.name for column in found.columns], row, strict=True)) for row in found.rows]


def eyes(folder: Path, id_: int, actor: str = "") -> Sequence[ToldLine]:
    at = APP.open_context(APP.open_workspace(folder), Ambient(actor=actor))
    try:
        found = told(at, id_)  # type: ignore[arg-type]
        return found.lines if found else ()
    finally:
        at.close()


def lines(folder: Path, id_: int, actor: str = "") -> Mapping[str, str]:
    return {line.field: line.state for line in eyes(folder, id_, actor)}


def test_from_a_suggestion_to_the_file_and_back(folder: Path, pin_now: Callable[[str], datetime]) -> None:
    asked = do(
        folder,
        "propose",
        entity="deal",
        record="D1",
        change=["stage=Lost", "amount=6,000"],
        because="they chose another",
    )
    assert asked.lede == "Request 1: 2 changes, waiting for a decision until 30 Nov 2026."
    shown = {row["field"]: (row["old"], row["new"]) for row in table(asked, "lines")}
    assert shown == {"stage": ("Proposal", "Lost"), "amount": (Money(500_000, "USD"), Money(600_000, "USD"))}
    assert do(folder, "inbox").lede == "1 request with 2 changes for you to decide."
    assert do(folder, "decide", request=["1"], verdict="yes").lede == "Request 1: approved."
    pin_now("2026-11-16T12:01:00+00:00")
    once(APP, APP.open_workspace(folder), "test")
    assert lines(folder, 1) == {"stage": "applied", "amount": "applied"}
    (written,) = (folder / "out").glob("changes-1-*.csv")
    with written.open(newline="") as file:
        held = [(row["field"], row["old"], row["new"]) for row in csv.DictReader(file)]
    assert held == [("stage", "Proposal", "Lost"), ("amount", "5000.00 USD", "6000.00 USD")]
    # Until the next import the record says what it said; what went out counts as what is there.
    with pytest.raises(Stop, match="stage is that already"):
        do(folder, "propose", entity="deal", record="D1", change=["stage=Lost"], because="again")
    on = do(folder, "propose", entity="deal", record="D1", change=["amount=7000"], because="more", dry_run=True)
    assert table(on, "lines")[0]["old"] == Money(600_000, "USD")
    back = do(folder, "undo request", request="1", because="they came back")
    assert {row["field"]: (row["old"], row["new"]) for row in table(back, "lines")}["stage"] == ("Lost", "Proposal")
    assert do(folder, "decide", request=["2"], verdict="yes").exit_code == 0


def test_an_amount_that_is_made_small_is_judged_by_the_large_one(folder: Path) -> None:
    """An approval up to 1,000 USD does not let 250,000 be made 1 by itself, nor what a second step would do to it then."""
    limit = "- {kind: approval, name: small, automatic: true, amount: 1000 USD}\n"
    (folder / "definitions" / "limit.yaml").write_text(limit, encoding="utf-8")
    asked = do(folder, "propose", entity="deal", record="D4", change=["amount=1"], because="a slip")
    assert asked.data["approved"] == 0 and asked.data["open"] == 1
    (line,) = eyes(folder, 1)
    assert line.amount == Money(25_000_000, "USD")
    other = do(folder, "propose", entity="deal", record="D1", change=["amount=1 JPY"], because="a slip")
    assert other.data["approved"] == 0 and eyes(folder, 2)[0].amount is None


def test_the_headline_is_measured_as_if_it_were_done(folder: Path) -> None:
    asked = do(folder, "propose", entity="deal", record="D4", change=["stage=Won"], because="signed", dry_run=True)
    moves = {row["before"].name: (row["before"].value, row["after"].value) for row in table(asked, "preview")}
    opened, after = moves["open_pipeline"]
    assert opened.minor - after.minor == 25_000_000
    won, then = moves["won_value"]
    assert then.minor - won.minor == 25_000_000 and moves["win_rate"][1] > moves["win_rate"][0]
    refs = [row["before"].ref for row in table(asked, "preview")]
    assert all(ref.startswith(name) for ref, name in zip(refs, moves, strict=True))
    assert asked.changed == 0 and do(folder, "inbox").lede == "Nothing waits for you."
    # Measured for real, the figure before is the one that the reference opens.
    assert do(folder, "explain", ref=refs[list(moves).index("open_pipeline")]).figures()[0].value == opened


def test_everything_wrong_with_a_suggestion_is_said_at_once(folder: Path) -> None:
    with pytest.raises(Stop) as stop:
        do(
            folder,
            "propose",
            entity="deal",
            record="Twin",
            change=["stage=Wonn", "expected_close=soon", "foo=1", "amount=a lot"],
        )
    said = [issue.what for issue in stop.value.issues]
    assert said[:2] == ["there is no reason", "2 records are called 'Twin'"]
    assert "unknown value of stage 'Wonn'" in said and "'soon' is not a date" in said and "unknown field 'foo'" in said
    assert len(said) == 6
    odd = [f"amount={'9' * 23}", "probability=nan", f"term_months={'9' * 20}", "last_activity=2026-11-01T10:00"]
    with pytest.raises(Stop) as stop:
        do(folder, "propose", entity="deal", record="D1", change=odd, because="x")
    assert [issue.what.partition("' is ")[2] for issue in stop.value.issues] == [
        "more than can be kept", "not a share", "not a whole number", "not a moment with its zone",
    ]  # fmt: skip
    with pytest.raises(Stop, match="stage is that already"):
        do(folder, "propose", entity="deal", record="D1", change=["stage=Proposal"], because="x")
    with pytest.raises(Stop, match="it means nothing to propose"):
        APP.call(APP.open_workspace(folder), "propose", {}, Ambient(as_of="2026-01-01"))


def test_the_fixes_of_the_review_are_one_suggestion_and_what_was_refused_stays_away(folder: Path) -> None:
    asked = do(folder, "review suggest")
    assert asked.data["new"] is True
    shown = do(folder, "inbox show", request="1")
    rows = table(shown, "lines")
    assert {row["field"] for row in rows} >= {"expected_close"} and all(
        row["evidence"] and row["reason"] for row in rows
    )
    assert do(folder, "review suggest").data["request"] == 1
    assert do(folder, "decide", request=["1"], verdict="no", because="they know").exit_code == 0
    again = do(folder, "review suggest")
    assert again.data["request"] is None and again.changed == 0 and "they know" in str(again.blocks)
    assert do(folder, "review suggest", again=True).data["new"] is True
    assert "0 approved and" in str(do(folder, "inbox show", request="2").blocks[-1])


def test_who_sees_less_suggests_and_decides_only_what_they_see(folder: Path) -> None:
    grant(folder, TWO + "- {kind: approval, name: by_owner, who: [ann, bob]}\n")
    with pytest.raises(Stop, match="unknown deal 'D2'"):
        do(folder, "propose", "ann", entity="deal", record="D2", change=["stage=Lost"], because="x")
    do(folder, "propose", "ana", entity="deal", record="D1", change=["stage=Lost"], because="gone")
    do(folder, "propose", "ana", entity="deal", record="D2", change=["stage=Lost"], because="gone")
    assert do(folder, "inbox", "ann").data["waiting"] == [1] and do(folder, "inbox", "bob").data["waiting"] == [1, 2]
    assert lines(folder, 2, "ann") == {} and lines(folder, 1, "ann") == {"stage": "open"}
    unseen, missing = (do(folder, "inbox show", "ann", request=number) for number in ("2", "99"))
    assert unseen.exit_code == missing.exit_code == 1 and unseen.lede == "There is no request 2."
    blind = do(folder, "decide", "ann", request=["2"], verdict="yes")
    assert blind.exit_code == 5 and "you do not see" in blind.lede
    assert do(folder, "decide", "ann", request=["1"], verdict="yes").exit_code == 0
    # Nor are they told what became of it, and by whose word.
    assert do(folder, "decide", "bob", request=["2"], verdict="no", because="a secret of bob's").exit_code == 0
    for told_ in (
        do(folder, "decide", "ann", request=["2"], verdict="yes"),
        do(folder, "withdraw", "ann", request="2"),
    ):
        assert told_.exit_code == 5 and "you do not see" in told_.lede and "secret" not in told_.lede
    # A hidden field is neither suggested nor decided.
    with pytest.raises(Stop, match="unknown field 'amount'"):
        do(folder, "propose", "eve", entity="deal", record="D1", change=["amount=1"], because="x")


def test_a_loss_note_enters_the_record_with_the_decision_and_leaves_it_again(folder: Path) -> None:
    def notes() -> list[Any]:
        at: Any = APP.open_context(APP.open_workspace(folder), Ambient())
        try:
            sql = "SELECT deal, reason FROM loss_note WHERE valid_to > $as_of AND NOT removed"
            return list(at.reader.rows(sql, {"as_of": at.t}))
        finally:
            at.close()

    with pytest.raises(Stop, match="is open"):
        do(folder, "note loss", deal="D1", reason="price")
    assert do(folder, "note loss", deal="L3", reason="price", competitor="Acme").data["new"] is True
    assert notes() == []
    assert do(folder, "decide", request=["1"], verdict="yes").exit_code == 0
    assert notes() == [("deal_crm_L3", "price")] and lines(folder, 1) == {"": "applied"}
    do(folder, "undo request", request="1")
    assert do(folder, "decide", request=["2"], verdict="yes").exit_code == 0
    assert notes() == []


def test_what_the_record_holds_now(folder: Path) -> None:
    workspace = APP.open_workspace(folder)
    asked = [("deal", "deal_crm_D1", "stage"), ("deal", "deal_crm_D2", "amount"), ("deal", "deal_crm_D1", "next_step"),
             ("deal", "deal_crm_D1", "expected_close"), ("deal", "deal_crm_no", "stage"), ("loss_note", "deal:deal_crm_D1", ""),
             ("loss_note", "deal:deal_crm_no", ""), ("nothing", "x", "y")]  # fmt: skip
    found = current(workspace, Policy("x"), asked)
    assert list(found.values.values()) == ["Proposal", Money(500_000, "USD"), "Send contract", date(2026, 10, 30), None]
    ann = Policy("ann", "owner:Ann", frozenset({"deal.next_step"}))
    assert set(current(workspace, ann, asked).values) == {asked[0], asked[3], asked[5]}
    assert found.read is not None and found.read.tzinfo is not None


def test_what_waits_is_read_with_what_is_decided_and_anew_once_the_record_was_read_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for record in ("D1", "D2", "D3", "D4", "D5"):
        do(folder, "propose", entity="deal", record=record, change=["next_step=Call them"], because="it is silent")
    read: list[int] = []
    found = now._found

    def counted(at: Any, places: Any) -> Any:
        read.append(len(places))
        return found(at, places)

    monkeypatch.setattr(now, "_found", counted)
    now._known.clear()
    assert [do(folder, "decide", request=[str(n)], verdict="yes").lede for n in (1, 2, 3)] == [
        f"Request {n}: approved." for n in (1, 2, 3)
    ]
    # The second is read with the three behind it; the first may have been the only one.
    assert read == [1, 4]
    rows = [deal("D4", Amount="250000", Next_Step="Met them"), deal("D5", Close_Date="2026-11-01")]
    write(folder.parent / "deals.csv", rows)
    assert do(folder, "import", path=str(folder.parent / "deals.csv")).exit_code == 0
    moved = do(folder, "decide", request=["4"], verdict="yes")
    assert moved.exit_code == 6 and "the record says 'Met them' now, no longer 'Send contract'" in moved.lede
    assert do(folder, "decide", request=["5"], verdict="yes").lede == "Request 5: approved."


def test_what_waits_and_what_became_of_mine(folder: Path) -> None:
    grant(folder, TWO)
    do(folder, "propose", "ana", entity="deal", record="D1", change=["stage=Lost"], because="gone")
    do(folder, "propose", "bob", entity="deal", record="D4", change=["stage=Lost"], because="gone")
    at: Any = APP.open_context(APP.open_workspace(folder), Ambient(actor="bob"))
    found = inbox(at)
    assert [one.request.id for one in found.waiting] == [1] and [one.id for one in found.mine] == [2]
    at.close()
    assert do(folder, "decide", "bob", request=["2"], verdict="yes").exit_code == 5
    assert do(folder, "withdraw", "bob", request="2", because="wrong one").exit_code == 0
    assert [row["state"] for row in table(do(folder, "inbox", "bob"), "mine")] == ["withdrawn"]


def test_check_says_what_is_wrong_with_an_approval(folder: Path) -> None:
    grant(folder, "- kind: approval\n  name: own\n  who: ana\n")
    found = do(folder, "check").issues
    assert ("definitions/access.yaml:3  who", "who is not a list of names: ana") in [
        (one.where, one.what) for one in found
    ]


def test_several_numbers_stand_before_the_verdict_on_a_line() -> None:
    action = APP.action("decide")
    line = read(action, ["12", "13", "yes", "--because", "fine"])
    assert line.given == {"request": ["12", "13"], "verdict": "yes", "because": "fine"}
    assert spelled(action, line.given) == "saleswright decide 12 13 yes --because fine"
