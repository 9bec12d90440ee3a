"""A period's forecast asked of a record: does it tie to the metrics, add up, keep to the scope, and know nothing later?"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from saleswright.app import open_workspace
from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money
from saleswright.lib.period import ALL_TIME, Period, parse_period
from saleswright.lib.zone import end_of_day
from saleswright.measure.flow import book, rows
from saleswright.measure.flow.bridge_rows import on
from saleswright.measure.flow.columns import days as day_of
from saleswright.measure.forecast.outlook.asked import USUAL, Forecast, forecast, forecast_on, forget, targets
from saleswright.measure.forecast.outlook.days import learning_days
from saleswright.measure.forecast.panel.record import read
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from tests.laws.worlds import BEGIN, DAYS
from tests.measure.forecast.panel import histories
from tests.measure.forecast.panel.test_panel import ACCESS, _changed
from tests.workspaces import Book as Opened
from tests.workspaces import seen


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SALESWRIGHT_NOW", "2026-12-31T12:00:00+00:00")
    yield
    forget()


def quarter(at: Snapshot, text: str = "this quarter") -> Period:
    return parse_period(text, at.day, at.workspace.calendar)


def money(at: Snapshot, metric: str, period: Period | None = None, where: tuple[tuple[str, str], ...] = ()) -> int:
    asked = ask(at, metric, (), "all", where)
    value = evaluate(at, replace(asked, period=period) if period else asked).total.value
    assert isinstance(value, Money)
    return value.minor


def ties(at: Snapshot, told: Forecast, where: tuple[tuple[str, str], ...] = ()) -> None:
    """Won, open and asked are the figures of the metrics, to the unit; means add; what is won is a floor."""
    one = told.foretold
    assert one.won == money(at, "won_value", told.period, where)
    assert int(one.now.amount.sum()) == money(at, "open_pipeline", None, where)
    assert one.means.total == pytest.approx(one.law.mean, rel=1e-9) and one.means.won == one.won
    low, middle, high = one.law.quantile([0.001, 0.5, 0.999]).tolist()
    assert one.won <= low <= middle <= high
    assert (one.ever >= one.chance).all()


def test_the_forecast_of_the_sample_company_ties_adds_up_and_is_kept(sample: Opened) -> None:
    """Means add; closed amounts are a floor; by team adds in means; the target is that of the quota."""
    at = seen(sample)
    period = quarter(at)
    told = forecast(at, period, by="team")
    ties(at, told)
    assert told.target == money(at, "quota", period) and told.learned.n_closed > 1_000
    # Of several currencies it is always said how many amounts are in none of them.
    assert all("have no amount in a currency that is told" in one for one in told.limits) and len(told.limits) <= 1
    assert told.reach == float(told.foretold.law.at_least(told.target)) and 0 <= told.reach <= 1
    held = book.read(at)
    assert len(told.foretold.now) == int((held.fate == book.OPEN).sum())
    for by in ("team", "owner", "segment"):
        parts = told.foretold.parts(by)
        assert sum(part.won for part in parts.values()) == told.foretold.won
        assert sum(part.means.total for part in parts.values()) == pytest.approx(told.foretold.means.total, rel=1e-9)
        assert set(parts) <= set(told.labels(by)) and len(parts) > 2
    of_team = evaluate(at, replace(ask(at, "won_value", ("team",), "all"), period=period)).groups
    won = {key[0]: one.value.minor for key, one in of_team.items() if isinstance(one.value, Money)}
    assert {name: part.won for name, part in told.foretold.parts("team").items() if part.won} == won
    assert sum(targets(at, period, "team").values()) == told.target and targets(at, period, "segment") == {}
    # A second look asks for nothing anew, and another period learns nothing anew.
    assert forecast(seen(sample), period, by="team").foretold is told.foretold
    assert forecast(at, quarter(at, "next quarter")).learned is told.learned
    over = forecast(at, quarter(at, "last quarter"))
    assert over.foretold.law.sd == 0 and over.foretold.won == money(at, "won_value", over.period)


def test_a_scope_narrows_a_forecast_to_its_own_deals(sample: Opened) -> None:
    """Who may see one team is told of that team's deals, of what they won, and of its target."""
    at = seen(sample)
    team = next(key[0] for key in evaluate(at, ask(at, "open_pipeline", ("team",), "all")).groups if key[0])
    mine = seen(sample, scope=f"team:{team}")
    told = forecast(mine, quarter(mine))
    ties(mine, told)
    ids = {told.foretold.now.ids[i] for i in told.foretold.now.deal}
    held = book.read(at, ("team",))
    theirs = set(held.id[(held.fate == book.OPEN) & (held.groups["team"] == team)])
    assert ids == theirs and 0 < len(ids) < int((held.fate == book.OPEN).sum())
    assert set(told.learned.past.ids) < set(read(at).past(at.day).ids)
    # A filter asks for the same open deals, and for what the team won when it was of it.
    filtered = forecast(at, quarter(at), (("team", team),))
    ties(at, filtered, (("team", team),))
    assert {filtered.foretold.now.ids[i] for i in filtered.foretold.now.deal} == ids


def dollars(facts: histories.Facts) -> histories.Facts:
    """The same facts, all in one currency."""
    one = {**facts}
    one["deal"] = [
        replace(fact, sets={**fact.sets, "currency": "USD"}) if "currency" in fact.sets else fact
        for fact in facts["deal"]
    ]
    return one


def same(one: Forecast, two: Forecast) -> None:
    """To the bit."""
    a, b = one.foretold, two.foretold
    assert (a.day, a.first, a.last, a.won, a.sure, one.target) == (b.day, b.first, b.last, b.won, b.sure, two.target)
    for name in ("amount", "chance", "ever"):
        assert getattr(a, name).tobytes() == getattr(b, name).tobytes(), name
    assert [a.now.ids[i] for i in a.now.deal] == [b.now.ids[i] for i in b.now.deal]
    assert (a.law.mean, a.law.sd, a.means) == (b.law.mean, b.law.sd, b.means)
    shares = np.linspace(0.01, 0.99, 99)
    assert a.law.quantile(shares).tobytes() == b.law.quantile(shares).tobytes()


@pytest.mark.parametrize("how", ["forgotten", "shuffled", "altered"])
def test_nothing_known_after_a_day_changes_its_forecast_by_one_bit(tmp_path: Path, how: str) -> None:
    """Shuffling everything known after the cut changes no prediction by one bit."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201
    rng = random.Random(seed)
    facts = dollars(histories.with_wins(seed, 110))
    cut = BEGIN + timedelta(rng.randrange(90, DAYS - 20))
    limit = end_of_day(cut, "Europe/Berlin")
    changed = dollars({name: list(_changed(rng, told, limit, how)) for name, told in facts.items()})
    told = []
    for name, one in (("as it was", facts), ("otherwise", changed)):
        at = open_snapshot(histories.record(tmp_path / name, one), Ambient(as_of=(BEGIN + timedelta(DAYS)).isoformat()))
        period = parse_period("this quarter", cut, at.workspace.calendar)
        told.append(forecast_on(read(at, ("team",)), cut, period))
    assert len(told[0].foretold.now) > 3 and told[0].foretold.means.total > 0
    same(*told)


def test_an_earlier_day_is_what_was_asked_on_it(tmp_path: Path) -> None:
    """Of the record of now, of a snapshot of that day, and from rows that go on to later days."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201
    space = histories.record(tmp_path / "w", dollars(histories.with_wins(seed, 110)), ACCESS)
    day = BEGIN + timedelta(random.Random(seed).randrange(90, DAYS - 20))
    now = open_snapshot(space, Ambient(as_of=(BEGIN + timedelta(DAYS)).isoformat(), actor="chief"))
    period = parse_period("this quarter", day, now.workspace.calendar)
    record = read(now, USUAL)
    alone = forecast_on(record, day, period)
    then = open_snapshot(space, Ambient(as_of=day.isoformat(), known=day.isoformat(), actor="chief"))
    same(forecast(then, period), alone)
    weekly = record.panel([*learning_days(day), *(day + timedelta(one) for one in (1, 7, 14))])
    same(forecast_on(record, day, period, weekly), alone)
    assert alone.foretold.won == _won(on(now, day), period)


def _won(at: Snapshot, period: Period) -> int:
    found = rows.read(at, "won_value")
    inside = (found.day >= day_of(period.start)) & (found.day < day_of(period.end))
    return int(found.value[found.known & inside].sum())


def test_what_cannot_be_asked_is_refused(tmp_path: Path) -> None:
    space = histories.record(tmp_path / "w", histories.with_wins(5, 60), ACCESS)
    at = open_snapshot(space, Ambient(as_of="2026-07-20", actor="chief"))
    with pytest.raises(Stop, match="is open"):
        forecast(at, ALL_TIME)
    with pytest.raises(Stop, match="by itself"):
        forecast(at, quarter(at), by="month")
    with pytest.raises(Stop, match="blind may not see this"):
        forecast(open_snapshot(space, Ambient(as_of="2026-07-20", actor="blind")), quarter(at))
    with pytest.raises(Stop, match="no qualified deal is known on 2020-01-01"):
        forecast_on(read(at), date(2020, 1, 1), quarter(at))
    # The euro's first rate begins in December 2025; nobody told one of the yen, and nothing is added across currencies.
    with pytest.raises(Stop, match=r"no rate|begins on"):
        forecast(open_snapshot(space, Ambient(as_of="2026-07-20", actor="chief", currency="JPY")), quarter(at))


def test_thin_data_is_said_in_sentences(tmp_path: Path) -> None:
    """Fewer than 30 closed deals, deals without an amount, hidden columns: a sentence each; no target: the reason."""
    space = histories.record(tmp_path / "w", dollars(histories.with_wins(6, 40)), ACCESS)
    at = open_snapshot(space, Ambient(as_of="2026-07-20", actor="chief"))
    told = forecast(at, quarter(at))
    assert told.learned.n_closed < 30 and told.learned.kind == "shipped prior"
    assert f"{told.learned.n_closed} are decided, fewer than 30" in told.limits[0]
    assert any("has no amount" in one or "have no amount" in one for one in told.limits)
    early = forecast_on(read(at), date(2026, 1, 20), quarter(at))
    assert "No deal was won yet" in early.limits[1] and early.foretold.means.coming == early.foretold.won == 0
    assert told.target is None and told.no_target.startswith("no quota for") and told.reach is None
    aide = forecast(open_snapshot(space, Ambient(as_of="2026-07-20", actor="aide")), quarter(at))
    assert any("owner" in one and "hidden here" in one for one in aide.limits)
    with pytest.raises(Stop):
        forecast(open_workspace_at(tmp_path / "w", "aide"), quarter(at), by="owner")


def open_workspace_at(place: Path, actor: str) -> Snapshot:
    return open_snapshot(open_workspace(place), Ambient(as_of="2026-07-20", actor=actor))
