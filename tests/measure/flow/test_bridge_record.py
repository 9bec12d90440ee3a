"""Does the bridge of a real record tie to the metrics to the cent, whoever asks and in whatever currency?"""

from __future__ import annotations

import itertools
import os
import random
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from saleswright.app import build
from saleswright.history.snapshot import Snapshot
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money
from saleswright.lib.period import parse_period
from saleswright.measure.flow.bridge import LINES
from saleswright.measure.flow.bridge_block import Bridged, bridged
from saleswright.measure.flow.bridge_rows import on
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from tests.measure.flow.weekly import FIRST, SECOND, Weeks, first_week, generated, second_week, snapshot

Pin = Callable[[str], object]
NIGHTLY = bool(os.environ.get("SALESWRIGHT_NIGHTLY"))


def cents(value: object) -> int:
    return value.minor if isinstance(value, Money) else 0


def metric(at: Snapshot, name: str, period: str = "all", where: Any = ()) -> Any:
    return evaluate(at, ask(at, name, (), period, where)).total


def this_quarter(at: Snapshot, since: date, where: Any = ()) -> Bridged:
    return bridged(at, since, parse_period("this quarter", at.day, at.workspace.calendar), where)


def by_line(made: Bridged) -> dict[str, int]:
    return {line.name: made.moves.amount(line.name) for line in LINES if made.moves.amount(line.name)}


@pytest.mark.parametrize("where", [(), (("team", "Team West"),), (("owner", "Rep 05"),), (("type", "New Business"),)])
@pytest.mark.parametrize("day", ["2026-11-22", "2026-02-25"])
def test_ends_are_open_due_and_won_is_won_value_to_the_cent(demo_folder: Path, day: str, where: Any) -> None:
    at = snapshot(demo_folder, day)
    since = at.day - timedelta(days=7)
    made = this_quarter(at, since, where)
    ids = ask(at, "open_due", (), "all", where).pairs
    then = on(at, since)
    assert cents(made.opening.value) == cents(metric(then, "open_due", where=ids).value)
    assert cents(made.closing.value) == cents(metric(at, "open_due", where=ids).value)
    dates = f"{since + timedelta(days=1)}..{at.day}"
    assert -made.moves.amount("won") == cents(metric(at, "won_value", dates, where).value)
    assert made.moves.count("won") == (metric(at, "won_deals", dates, where).value or 0)
    assert cents(made.opening.value) + sum(by_line(made).values()) == cents(made.closing.value)
    assert made.moves.happened > 0, "a week without any event tests nothing"


@pytest.mark.parametrize("seed", range(40 if NIGHTLY else 3))
def test_any_two_days_any_group_and_period_tie_or_refuse(demo_folder: Path, seed: int) -> None:
    """`bridged` compares both ends with the metrics, and a deal's lines with its change: it raises where they differ."""
    rng = random.Random(seed)
    day = date(2026, 11, 22) - timedelta(days=rng.randrange(500))
    at = snapshot(demo_folder, day.isoformat())
    since = day - timedelta(days=rng.choice((1, 7, 30, 91, 200)))
    where = rng.choice(((), (("team", "Team East"),), (("segment", "Enterprise"),), (("currency", "EUR"),)))
    for period in ("this quarter", "next quarter", "this month", ""):
        span = parse_period(period, at.day, at.workspace.calendar) if period else None
        made = bridged(at, since, span, where)
        assert cents(made.opening.value) + sum(by_line(made).values()) == cents(made.closing.value)
        deals = sum(int(values.sum()) for values in made.moves.deals.values())
        assert int(made.opening_deals.value or 0) + deals == int(made.closing_deals.value or 0)  # type: ignore[arg-type]


def test_rolling_ties_to_the_whole_open_pipeline_and_new_to_new_deals(demo_folder: Path) -> None:
    at = snapshot(demo_folder, "2026-11-22")
    since = date(2026, 11, 15)
    made = bridged(at, since, None)
    assert made.opening.value == metric(on(at, since), "open_pipeline").value
    assert made.closing.value == metric(at, "open_pipeline").value
    assert made.moves.count("new") == metric(at, "new_deals", "2026-11-16..2026-11-22").value
    assert not {"pulled_in", "pushed_out", "past_due", "redated"} & set(by_line(made))


def test_weeks_one_after_the_other_meet(demo_folder: Path) -> None:
    days = [date(2026, 10, 26) + timedelta(days=7 * week) for week in range(4)]
    weeks = []
    for since, day in itertools.pairwise(days):
        at = snapshot(demo_folder, day.isoformat())
        weeks.append(bridged(at, since, None))
    for before, after in itertools.pairwise(weeks):
        assert before.closing.value == after.opening.value
    at = snapshot(demo_folder, days[-1].isoformat())
    whole = bridged(at, days[0], None)
    assert whole.opening.value == weeks[0].opening.value and whole.closing.value == weeks[-1].closing.value
    assert whole.moves.amount("won") == sum(week.moves.amount("won") for week in weeks)
    assert whole.moves.count("new") == sum(week.moves.count("new") for week in weeks)


def test_teams_add_to_the_company_but_for_what_went_from_one_to_another(demo_folder: Path) -> None:
    at = snapshot(demo_folder, "2026-11-22")
    since = date(2026, 8, 20)
    whole = bridged(at, since, None)
    teams = ("Team East", "Team West", "Team North", "Team South", "Team EMEA", "Team APAC")
    parts = [bridged(at, since, None, (("team", team),)) for team in teams]
    assert sum(cents(part.opening.value) for part in parts) == cents(whole.opening.value)
    assert sum(cents(part.closing.value) for part in parts) == cents(whole.closing.value)
    moved = sum(part.moves.amount("transferred_in") + part.moves.amount("transferred_out") for part in parts)
    assert moved == 0
    for line in ("new", "lost", "won", "removed", "reopened"):
        assert sum(part.moves.amount(line) for part in parts) == whole.moves.amount(line), line


def test_references_of_the_ends_open_the_same_figure(demo_folder: Path) -> None:
    at = snapshot(demo_folder, "2026-11-22")
    made = this_quarter(at, date(2026, 11, 16))
    assert "asof=2026-11-16;known=2026-11-16" in made.opening.ref and "asof=2026-11-22" in made.closing.ref
    from saleswright import open as open_book

    for figure in (made.opening, made.closing, made.won):
        opened = open_book(demo_folder).explain(figure.ref).figures[0]
        assert (opened.value, opened.n) == (figure.value, figure.n)


def test_the_difference_of_two_weekly_exports_is_the_bridge(tmp_path: Path, pin_now: Pin) -> None:
    weeks = generated(seed=3)
    first_week(tmp_path, weeks.first, pin_now)
    second_week(tmp_path, weeks.second, pin_now)
    made = this_quarter(snapshot(tmp_path / "w"), FIRST)
    assert by_line(made) == {line: amount for line, amount in weeks.lines.items() if amount}
    assert cents(made.opening.value) == Weeks.level(weeks.first, FIRST)
    assert cents(made.closing.value) == Weeks.level(weeks.second, SECOND)


def test_the_opening_is_what_was_said_and_late_clean_up_is_its_own_line(tmp_path: Path, pin_now: Pin) -> None:
    weeks = generated(seed=4, deals=26)
    first_week(tmp_path, weeks.first, pin_now)
    said = metric(snapshot(tmp_path / "w"), "open_due").value
    dates = {"created": "2026-11-03", "qualified": "2026-11-03", "expected_close": "2026-12-12"}
    forgotten = {**weeks.first[0], **dates, "id": "D900", "name": "Deal 900", "amount": "12345.00"}
    second_week(tmp_path, [*weeks.second, forgotten], pin_now)
    made = this_quarter(snapshot(tmp_path / "w"), FIRST)
    assert made.opening.value == said
    assert (made.moves.amount("late"), made.moves.count("late")) == (12345_00, 1)
    assert any("Late clean-up" in note.text for note in made.notes)


def test_a_deal_that_is_gone_from_a_full_list_is_removed_never_lost(tmp_path: Path, pin_now: Pin) -> None:
    weeks = generated(seed=5, deals=26)
    first_week(tmp_path, weeks.first, pin_now)
    pin_now(f"{SECOND}T08:00:00+00:00")
    from saleswright.app import open_workspace
    from tests.measure.flow.weekly import write

    export = write(tmp_path / "deals.csv", weeks.second[1:])
    build().call(open_workspace(tmp_path / "w"), "import", {"path": str(export), "whole": True})
    made = this_quarter(snapshot(tmp_path / "w"), FIRST)
    assert made.moves.amount("removed") == -round(float(weeks.first[0]["amount"]) * 100)
    assert made.moves.amount("lost") == weeks.lines["lost"]


def team_of(place: Path, pin_now: Pin) -> Path:
    """Two teams; on Tuesday one deal went from West to East."""
    pin_now(f"{FIRST}T08:00:00+00:00")
    export = place / "export"
    export.mkdir()
    (export / "users.csv").write_text("id,name,team\n1,Ann,West\n2,Bo,East\n", encoding="utf-8")
    head = "id,name,owner_id,stage,created,qualified,expected_close,closed,amount\n"

    def rows(owner: int, last: str) -> str:
        return head + "".join(
            f"{i},Deal {i},{owner if i == 1 else 1 + i % 2},{last if i == 2 else 'Negotiation'},2026-09-01,2026-09-01,"
            f"2026-12-1{i},{'2026-11-18' if i == 2 and last != 'Negotiation' else ''},{i}000\n"
            for i in range(6)
        )

    (export / "deals.csv").write_text(rows(1, "Negotiation"), encoding="utf-8")
    build().call(None, "init", {"folder": str(place / "w"), "from": str(export)})
    (place / "w/definitions/access.yaml").write_text(
        "- {kind: access, name: chief, scope: company}\n- {kind: access, name: west, scope: 'team:West'}\n",
        encoding="utf-8",
    )
    pin_now(f"{SECOND}T08:00:00+00:00")
    (export / "deals.csv").write_text(rows(2, "Closed Won"), encoding="utf-8")
    from saleswright.app import open_workspace

    build().call(open_workspace(place / "w"), "import", {"path": str(export)})
    return place / "w"


def test_a_team_sees_a_bridge_of_its_rows_only(tmp_path: Path, pin_now: Pin) -> None:
    folder = team_of(tmp_path, pin_now)
    chief, west = (this_quarter(snapshot(folder, actor=actor), FIRST) for actor in ("chief", "west"))
    assert by_line(chief) == {"won": -2000_00}
    assert cents(west.opening.value) == (1000 + 2000 + 4000) * 100
    assert by_line(west) == {"won": -2000_00, "transferred_out": -1000_00}
    assert "scope=team:West" in west.opening.ref
    east = this_quarter(snapshot(folder, actor="chief"), FIRST, (("team", "East"),))
    assert by_line(east) == {"transferred_in": 1000_00}
    assert {str(one) for one in west.moves.ids} == {"deal_crm_1", "deal_crm_2"}
    assert west.moves.opening_deals < chief.moves.opening_deals


def test_who_may_not_see_close_dates_is_refused(tmp_path: Path, pin_now: Pin) -> None:
    folder = team_of(tmp_path, pin_now)
    path = folder / "definitions/access.yaml"
    path.write_text(path.read_text() + "- {kind: access, name: blind, scope: company, hide: [deal.expected_close]}\n")
    with pytest.raises(Stop, match="blind may not see this"):
        this_quarter(snapshot(folder, actor="blind"), FIRST)


def test_what_became_of_deals_is_no_filter(demo_folder: Path) -> None:
    for where in ((("standing", "open"),), (("due", "this quarter"),)):
        with pytest.raises(Stop):
            this_quarter(snapshot(demo_folder, "2026-11-22"), date(2026, 11, 16), where)


def test_rates_that_moved_stand_on_their_own_line(tmp_path: Path, pin_now: Pin) -> None:
    weeks = generated(seed=6, deals=26)
    rows = [row | {"currency": "EUR" if int(row["id"][1:]) % 2 else "USD"} for row in weeks.first]
    later = [row | {"currency": "EUR" if int(row["id"][1:]) % 2 else "USD"} for row in weeks.second]
    book = first_week(tmp_path, rows, pin_now)
    without = this_quarter(snapshot(tmp_path / "w"), date(2026, 11, 15))
    assert without.opening.value == Money(0, "USD")
    (tmp_path / "rates.csv").write_text(
        "currency,starts,rate\nEUR,2026-01-01,0.8\nEUR,2026-11-17,0.9\nEUR,2026-11-20,0.95\n", encoding="utf-8"
    )
    book.import_(path=str(tmp_path / "rates.csv"))
    second_week(tmp_path, later, pin_now)
    made = this_quarter(snapshot(tmp_path / "w"), FIRST)
    assert made.moves.amount("fx") < 0, "the euro buys less, so what was held is worth less"
    assert cents(made.opening.value) + sum(by_line(made).values()) == cents(made.closing.value)
    euros = this_quarter(snapshot(tmp_path / "w", currency="EUR"), FIRST, (("currency", "EUR"),))
    assert not euros.moves.amount("fx"), "in its own currency nothing moved but the deals"
    plain = by_line(euros)
    lost = sum(
        -round(float(row["amount"]) * 100)
        for row in later
        if row["stage"] == "Closed Lost" and row["currency"] == "EUR"
    )
    assert plain.get("lost", 0) == lost


def test_without_rates_what_cannot_be_added_is_counted_apart_and_said(tmp_path: Path, pin_now: Pin) -> None:
    weeks = generated(seed=6, deals=26)
    mixed = [
        [row | {"currency": "CHF" if row["id"] == "D0" else "USD"} for row in one]
        for one in (weeks.first, weeks.second)
    ]
    first_week(tmp_path, mixed[0], pin_now)
    second_week(tmp_path, mixed[1], pin_now)
    made = this_quarter(snapshot(tmp_path / "w"), FIRST)
    assert cents(made.opening.value) + sum(by_line(made).values()) == cents(made.closing.value)
    assert not made.opening.ref and any("no exchange rate to USD" in note.text for note in made.notes)
    assert cents(made.opening.value) == Weeks.level([r for r in mixed[0] if r["currency"] == "USD"], FIRST)


def test_a_rule_of_what_is_left_out_takes_deals_out_of_both_ends(tmp_path: Path, pin_now: Pin) -> None:
    weeks = generated(seed=7, deals=26)
    first_week(tmp_path, weeks.first, pin_now)
    folder = tmp_path / "w/definitions/leave_out"
    folder.mkdir(exist_ok=True)
    (folder / "one.yaml").write_text(
        "kind: leave_out\nname: one\nfrom: 2026-11-20\nbecause: a test\nwhen: {name: Deal 0}\n", encoding="utf-8"
    )
    second_week(tmp_path, weeks.second, pin_now)
    made = this_quarter(snapshot(tmp_path / "w"), FIRST)
    assert made.moves.amount("removed") == -round(float(weeks.first[0]["amount"]) * 100)


def test_warm_calls_import_neither_ibis_nor_pandas(demo_folder: Path) -> None:
    import subprocess

    this_quarter(snapshot(demo_folder, "2026-11-22"), date(2026, 11, 16))
    code = (
        "import sys; from datetime import date; from pathlib import Path\n"
        "from tests.measure.flow.test_bridge_record import snapshot, this_quarter\n"
        f"this_quarter(snapshot(Path({str(demo_folder)!r}), '2026-11-22'), date(2026, 11, 16))\n"
        "print([m for m in ('ibis', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
