"""flow miss and its page: they say what the metrics say, to whom may see it, and refuse in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import saleswright
from saleswright.app import build
from saleswright.faces.web.app import create_app
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.report import Bridge, Figure, Table
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money
from saleswright.measure.flow.miss.find import Cannot, Miss, miss
from saleswright.measure.flow.miss.report import report
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from tests.workspaces import UNTIL, Book, copied


@pytest.fixture(scope="module")
def at(sample: Book) -> Snapshot:
    found = build().open_context(sample.workspace, Ambient(as_of=UNTIL.isoformat()))
    assert isinstance(found, Snapshot)
    return found


@pytest.fixture(scope="module")
def client(sample: Book) -> Iterator[TestClient]:
    app = build()
    with TestClient(create_app(app, app.open_workspace(sample.workspace.root)), base_url="http://127.0.0.1") as made:
        yield made


def found(at: Snapshot, *given: str) -> Miss:
    made = miss(at, *given)
    assert isinstance(made, Miss), made
    return made


@pytest.mark.parametrize("against", ["", "quota", "last year", "previous"])
@pytest.mark.parametrize(
    ("period", "by"), [("2026Q3", ""), ("2026-07", "region"), ("2026Q4", "owner"), ("last 90 days", "type")]
)
def test_lines_sum_and_tie_to_the_metrics(at: Snapshot, period: str, by: str, against: str) -> None:
    m = found(at, period, by, against)
    won = evaluate(at, ask(at, "won_value", (), str(m.shown), ())).total.value
    assert isinstance(won, Money) and m.won == won.minor
    assert int(m.shares.parts.sum()) == m.gap and m.shares.remainder == 0
    assert (m.shares.parts.sum(axis=0) == m.actual_by - m.plan_by).all()
    assert int(m.plan_by.sum()) == m.target
    assert (m.shares.in_order.sum(axis=0) == m.actual_by - m.plan_by).all()
    assert m.shares.of_lags.sum() == m.shares.cause(0)
    if m.shares.by_log is not None:
        assert int(m.shares.by_log.sum()) == m.gap
    decided = evaluate(at, ask(at, "win_rate", (), str(m.shown), ())).total
    assert decided.of == (int(m.tally.won.sum()), int(m.tally.decided.sum()))
    came = evaluate(at, ask(at, "new_deals", (), str(m.shown), ())).total.value
    assert int(m.tally.came[:, 0].sum()) == came
    if against in ("last year", "previous") and m.against.compared:
        was = evaluate(at, ask(at, "won_value", (), str(m.against.compared), ())).total.value
        assert isinstance(was, Money) and was.minor == m.target
    if m.against.kind == "plan":
        planned = evaluate(at, ask(at, "plan", (), str(m.shown), ())).total.value
        assert isinstance(planned, Money) and planned.minor == m.target


def test_the_report_is_the_bridge_the_causes_and_their_deals(at: Snapshot) -> None:
    m = found(at, "2026-07")
    made = report(m)
    bridge = next(block for block in made.blocks if isinstance(block, Bridge) and block.name == "miss")
    assert [step.label for step in bridge.steps] == [
        "Plan",
        "New deals",
        "Mix",
        "Win rate",
        "Timing",
        "Deal size",
        "Won",
    ]
    amounts = [step.figure.value.minor for step in bridge.steps if isinstance(step.figure.value, Money)]
    assert amounts[0] + sum(amounts[1:-1]) == amounts[-1]
    tables = {block.name: block for block in made.blocks if isinstance(block, Table)}
    for row in tables["causes"].rows:
        assert "@" in str(row[-1]), row[0]
        assert str(row[-2]).startswith(f"{row[0]}: ") and str(row[-2]).endswith(".")
    won = [row[7] for row in tables["segments"].rows[:-1]]
    assert all(isinstance(one, Figure) and one.ref for one in won)
    story = next(block for block in made.blocks if isinstance(block, Bridge) and block.name == "story")
    parts = [step.figure.value.minor for step in story.steps if isinstance(step.figure.value, Money)]
    assert parts[0] + parts[1] + parts[2] == parts[3]
    assert "implied" in " ".join(block.text for block in made.blocks if hasattr(block, "text"))
    assert made.footer[0].endswith("the factors give what was won to the cent.")


def test_a_period_that_goes_on_is_held_against_its_part_of_the_plan(at: Snapshot) -> None:
    m = found(at, "this quarter")
    assert not m.over and m.shown.days == 53
    assert "to date" in report(m).lede
    whole = evaluate(at, ask(at, "plan", (), "this quarter", ())).total.value
    assert isinstance(whole, Money) and 0 < m.target < whole.minor


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("all",), "has no end"),
        (("2027Q1",), "has not begun"),
        (("2026Q3", "month"), "time is not a segment"),
        (("2026Q3", "segmnt"), "segmnt"),
        (("2026Q3", "", "budget"), "budget"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(at: Snapshot, given: tuple[str, ...], words: str) -> None:
    with pytest.raises(Stop) as stop:
        miss(at, *given)
    assert words in "\n".join(str(issue) for issue in stop.value.issues)


def test_what_the_record_cannot_tell_is_said(at: Snapshot) -> None:
    nothing = miss(at, "2024-12", "", "last year")
    assert isinstance(nothing, Cannot)
    made = report(nothing)
    assert "cannot be explained" in made.lede and "the record begins on" in made.lede
    assert any("To get there" in getattr(block, "text", "") for block in made.blocks)


def test_a_rep_sees_own_deals_only(sample: Book, at: Snapshot) -> None:
    owner = max(
        evaluate(at, ask(at, "won_value", ("owner",), "2026Q3", ())).groups.items(), key=lambda pair: pair[1].n or 0
    )[0][0]
    own = saleswright.open(sample.workspace.root).as_of(UNTIL)
    narrow = build().open_context(own.workspace, Ambient(as_of=UNTIL.isoformat(), scope=f"owner:{owner}"))
    assert isinstance(narrow, Snapshot)
    mine = miss(narrow, "2026Q3")
    everyone = found(at, "2026Q3")
    assert isinstance(mine, Miss)
    assert 0 < mine.won < everyone.won
    # The company's plan is not theirs to see: their own quota is what they are held against.
    assert mine.against.kind == "quota"
    filtered = miss(at, "2026Q3", "", "quota", (("owner", owner),))
    assert isinstance(filtered, Miss)
    assert (filtered.won, filtered.target) == (mine.won, mine.target)
    narrow.close()


def test_the_page(client: TestClient) -> None:
    page = client.get(f"/flow/miss?period=2026-07&asof={UNTIL}")
    assert page.status_code == 200
    for words in ("What made the difference?", "Is it more than chance?", "within normal variation", "Ambition or performance?",
                  "Cross-check (LMDI)", "Finance view", "to the cent", "Which intake fed the period?"):  # fmt: skip
        assert words in page.text, words
    assert (
        client.get(f"/flow/miss?period=2026Q3&against=last+year&by=region&team=Team+North&asof={UNTIL}").status_code
        == 200
    )
    owners = client.get(f"/flow/miss?period=2026Q3&by=owner&asof={UNTIL}")
    assert owners.status_code == 200
    early = client.get(f"/flow/miss?period=2024-12&against=last+year&asof={UNTIL}")
    assert early.status_code == 200 and "To get there" in early.text
    assert client.get("/flow/miss?perod=2026Q3").status_code == 400


def test_a_rule_that_lifts_deals_out_of_one_side_is_said_not_shown(sample: Book, tmp_path: Path) -> None:
    """A rule of open_pipeline alone keeps deals from the flow that won value still counts."""
    folder = tmp_path / "w"
    copied(sample.workspace.root, folder)
    rules = folder / "definitions" / "leave_out"
    rules.mkdir(parents=True, exist_ok=True)
    text = "kind: leave_out\nname: odd\nbecause: odd\nwhen: {segment: Enterprise}\nmetrics: [open_pipeline]\n"
    (rules / "odd.yaml").write_text(text, encoding="utf-8")
    narrow = build().open_context(saleswright.open(folder).workspace, Ambient(as_of=UNTIL.isoformat()))
    assert isinstance(narrow, Snapshot)
    told = miss(narrow, "2026Q3")
    narrow.close()
    assert isinstance(told, Cannot)
    assert "the deals behind the factors bring" in told.reason and "a rule leaves deals out" in told.how
