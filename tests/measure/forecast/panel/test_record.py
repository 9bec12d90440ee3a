"""Does a panel hold on what a record brings: first imports without history, second exports, rules of some days, clean-ups,
and 5,337 real loan applications?"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from saleswright.app import build, open_workspace
from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.lib.issue import Stop
from saleswright.lib.zone import end_of_day, local_date
from saleswright.measure.flow import book
from saleswright.measure.flow.columns import EPOCH, days
from saleswright.measure.forecast.panel.record import panel, read
from saleswright.measure.junk.find import bulk_lost
from tests.conftest import lacking
from tests.laws import bpi
from tests.laws.worlds import BEGIN, DAYS
from tests.measure.flow.weekly import FIRST, SECOND, first_week, generated, second_week, snapshot, write
from tests.measure.forecast.panel import histories
from tests.measure.forecast.panel.test_panel import agree, same

Pin = Callable[[str], object]
RULES = {
    "fair": "{kind: leave_out, name: fair, from: 2026-04-01, because: a fair, when: {source: Fair}}",
    "old": "{kind: leave_out, name: old, from: 2026-05-01, because: old, when: {created: {older: 60}, segment: Small}}",
    "early": "{kind: leave_out, name: early, from: 2026-03-01, to: 2026-06-01, because: early, metrics: [lost_deals],"
    " when: {closed: {not: {before: as_of}}}}",
    "past": "{kind: leave_out, name: past, from: 2026-02-10, because: past, metrics: [won_value],"
    " when: {expected_close: {before: this_quarter}}}",
}


def test_rules_hold_on_their_own_days_also_where_they_look_at_the_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Left out on some days only, by how old a deal was on that day, and of wins and losses alone."""
    monkeypatch.setenv("SALESWRIGHT_NOW", "2026-12-31T12:00:00+00:00")
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201
    facts = histories.drawn(seed, 150)
    histories.record(tmp_path / "w", facts)
    folder = tmp_path / "w" / "definitions" / "leave_out"
    folder.mkdir()
    for name, text in RULES.items():
        (folder / f"{name}.yaml").write_text(text + "\n", encoding="utf-8")
    at = open_snapshot(open_workspace(tmp_path / "w"), Ambient(as_of=(BEGIN + timedelta(DAYS)).isoformat()))
    born = [one.sets["created"] for one in facts["deal"] if one.sets.get("created") and one.sets["segment"] == "Small"]
    # On the very day on which a deal is as old as the rule says.
    edges = sorted(
        day + timedelta(60) for day in set(born) if date(2026, 5, 1) <= day + timedelta(60) < BEGIN + timedelta(DAYS)
    )
    asked = [date(2026, 2, 1), date(2026, 3, 20), date(2026, 4, 15), *edges[::4]]
    record = read(at)
    made = agree(at, record, asked)
    assert len(record.force.rules) >= 5
    fairs = [made.names["source"][code] for code in made.source[made.day >= days(date(2026, 4, 1))] if code >= 0]
    assert "Fair" not in fairs and "Fair" in made.names["source"]


def test_first_import_without_history_and_what_later_ones_bring(tmp_path: Path, pin_now: Pin) -> None:
    """Days before the first import know what its trusted dates tell, and no stage, amount or date; a deal that is gone from a
    full list is no loss."""
    weeks = generated(seed=random.randrange(10**6), deals=52)
    first_week(tmp_path, weeks.first, pin_now)
    before = snapshot(tmp_path / "w")
    early = [FIRST - timedelta(60), FIRST - timedelta(1), FIRST]
    then = panel(before, early)
    assert (then.stage[then.day < days(FIRST)] < 0).all() and (then.in_stage[then.day < days(FIRST)] == -1).all()
    assert then.unknown[then.day < days(FIRST)].all() and not then.unknown[then.day == days(FIRST)].any()
    second_week(tmp_path, weeks.second, pin_now)
    pin_now(f"{SECOND + timedelta(1)}T08:00:00+00:00")
    export = write(tmp_path / "deals.csv", weeks.second[1:])
    build().call(open_workspace(tmp_path / "w"), "import", {"path": str(export), "whole": True})
    at = snapshot(tmp_path / "w")
    late = [SECOND, SECOND + timedelta(1)]
    record = read(at)
    made = agree(at, record, [*early, *late])
    # What the second export brought was not known before it came.
    same(then, made.only(made.day <= days(FIRST)))
    gone = f"deal_crm_{weeks.first[0]['id']}"
    mine = np.array([made.ids[one] == gone for one in made.deal])
    assert mine.any() and (made.fate[mine] == book.OPEN).all() and made.gone[mine].all()
    assert set(made.until[mine] + made.day[mine]) == {days(SECOND)}
    won = {made.ids[one] for one in made.deal[made.fate == book.WON]}
    assert won == {f"deal_crm_{row['id']}" for row in weeks.second if row["stage"] == "Closed Won"} & set(then.ids)
    # As known on the first Monday nobody had decided anything.
    assert (record.told(made, FIRST).fate == book.OPEN).all()


def test_a_clean_up_is_marked_by_the_rule_of_the_junk_finder(tmp_path: Path, pin_now: Pin) -> None:
    """More than 20 losses, more than 8 times the 95th of 100 other days with losses, most of them old or untouched."""
    rng = random.Random(random.randrange(10**6))
    cleaned = date(2026, 10, 14)
    head = "id,name,owner,stage,created,qualified,expected_close,closed,amount\n"
    text = [head]
    for number in range(400):
        born = date(2025, 6, 1) + timedelta(rng.randrange(400))
        lost = cleaned if number < 60 else born + timedelta(rng.randrange(5, 50))
        born = date(2025, 6, 1) if number < 60 else born
        text.append(f"{number},Deal {number},Ann,Closed Lost,{born},{born},2026-12-01,{lost},1000\n")
    pin_now("2026-11-02T08:00:00+00:00")
    (tmp_path / "deals.csv").write_text("".join(text), encoding="utf-8")
    build().call(None, "init", {"folder": str(tmp_path / "w"), "from": str(tmp_path / "deals.csv")})
    at = snapshot(tmp_path / "w")
    assert [one.when["closed"] for one in bulk_lost(at)] == [cleaned]
    record = read(at)
    made = record.panel([cleaned - timedelta(30), cleaned - timedelta(1)])
    assert made.cleaned.sum() == 120 and (made.until + made.day)[made.cleaned].tolist() == [days(cleaned)] * 120
    assert not record.told(made, cleaned - timedelta(1)).cleaned.any()


@pytest.fixture(scope="module")
def loans(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Snapshot, list[bpi.Event]]:
    path = shared / bpi.FILE
    if not path.is_file():
        lacking(f"{bpi.FILE} is not in ../shared/data")
    place = tmp_path_factory.mktemp("loans")
    told = [e for e in bpi.read(path) if e.activity in bpi.STANDINGS]
    space = bpi.workspace(place / "book")
    build().call(space, "import", {"path": str(bpi.export(place / "export", told))})
    at = build().open_context(space, Ambient(as_of="2011-11-30"))
    assert isinstance(at, Snapshot)
    return at, told


def test_real_applications_are_what_the_raw_events_say(loans: tuple[Snapshot, list[bpi.Event]]) -> None:
    """Who was open on each evening, how old, where and for how long, and what became of it by 30 November 2011."""
    at, events = loans
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201
    rng = random.Random(seed)
    evenings = sorted({date(2011, 10, 3) + timedelta(rng.randrange(57)) for _ in range(8)})
    made = panel(at, evenings)
    assert len(made) > 3_000
    cases: dict[str, list[bpi.Event]] = defaultdict(list)
    for event in sorted(events, key=lambda e: (e.at, e.line)):
        cases[event.case].append(event)
    end = end_of_day(date(2011, 11, 30), bpi.ZONE)
    final = bpi.recomputed(events, end, end)
    place = {(made.ids[d], int(day)): i for i, (d, day) in enumerate(zip(made.deal, made.day, strict=True))}
    seen = 0
    for day in evenings:
        moment = end_of_day(day, bpi.ZONE)
        for case, (stage, standing, _, qualified) in bpi.recomputed(events, moment, moment).items():
            row = place.get((f"deal_bpi_{case}", days(day)))
            if standing != "open" or qualified is None:
                assert row is None
                continue
            assert row is not None
            seen += 1
            assert made.names["stage"][made.stage[row]] == stage
            assert made.age[row] == (day - qualified).days
            came, entries = _visits(cases[case], moment)
            assert (made.in_stage[row], made.entries[row]) == ((day - came).days, entries)
            _, became, closed, _ = final[case]
            fate = {"open": book.OPEN, "won": book.WON, "lost": book.LOST}[became]
            until = (closed or date(2011, 11, 30)) - day
            assert (made.fate[row], made.until[row]) == (fate, until.days)
    assert seen == len(made)


def _visits(own: list[bpi.Event], moment: datetime) -> tuple[date, int]:
    """(the day it came into its stage, how many open stages it came into) by a plain loop."""
    told = own[: bisect_right([e.at for e in own], moment)]
    steps = [e for place, e in enumerate(told) if place + 1 == len(told) or told[place + 1].at != e.at]
    path: list[bpi.Event] = []
    for step in steps:
        if not path or path[-1].activity != step.activity:
            path.append(step)
    return local_date(path[-1].at, bpi.ZONE), sum(bpi.STANDINGS[e.activity] == "open" for e in path)


def test_loans_agree_with_the_queries_of_a_day_and_nothing_later_is_told(
    loans: tuple[Snapshot, list[bpi.Event]],
) -> None:
    at, _ = loans
    cut = date(2011, 10, 5) + timedelta(random.randrange(50))
    record = read(at)
    made = agree(at, record, [cut])
    told = record.told(made, cut)
    assert (told.fate == book.OPEN).all() and not told.until.any() and (made.fate != book.OPEN).any()
    with pytest.raises(Stop):
        read(at, ("month",))
    assert EPOCH + timedelta(int(told.told)) == cut
