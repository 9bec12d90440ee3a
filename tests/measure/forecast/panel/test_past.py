"""Is what had become of deals by a day what the metrics of that day say, deal by deal and to the unit?"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from saleswright.app import open_workspace
from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money
from saleswright.lib.zone import end_of_day
from saleswright.measure.flow import book
from saleswright.measure.flow.bridge_rows import on
from saleswright.measure.flow.columns import days as day_of
from saleswright.measure.forecast.outlook.past import COLUMNS, Past
from saleswright.measure.forecast.panel.record import Record, read
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from tests.conftest import NIGHTLY
from tests.laws.worlds import BEGIN, DAYS
from tests.measure.forecast.panel import histories, slow
from tests.measure.forecast.panel.test_panel import ACCESS, BY, EVERY, WHERE, History, _changed
from tests.workspaces import Book as Opened
from tests.workspaces import seen

PERIODS = ("this month", "this quarter", "this year")


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALESWRIGHT_NOW", "2026-12-31T12:00:00+00:00")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    seed = random.randrange(10**6)
    print(f"history of seed {seed}")  # noqa: T201
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", "2026-12-31T12:00:00+00:00")
        facts = histories.with_wins(seed, 700 if NIGHTLY else 90)
        yield History(histories.record(tmp_path_factory.mktemp("past") / "w", facts, ACCESS), seed)


def agree(at: Snapshot, of: Record, day: date, where: tuple[tuple[str, str], ...] = ()) -> Past:
    """The past of a day, after every deal was compared with what the day's own queries say."""
    made = of.past(day)
    by = tuple(of.want.by)
    every = EVERY if any(name == "type" for name, _ in where) else ()
    fast, said = slow.past_told(made, by), slow.past_of(at, day, by, where, every)
    if where or at.policy.shape != "company":
        fast = {id_: row for id_, row in fast.items() if id_ in said or not (row["gone"] or row["unknown"])}
    wrong = slow.differences(fast, said)
    assert not wrong, f"{day}: {wrong[:5]}"
    assert (
        (made.came <= made.ended).all()
        and (made.ended <= made.told)[made.fate != book.WON].all()
        and made.told == day_of(day)
    )
    assert not (made.gone & (made.fate != book.OPEN)).any() and not made.booked[made.fate != book.WON].any()
    return made


@pytest.mark.parametrize(
    ("actor", "where"), [*(("chief", one) for one in WHERE), ("north", ()), ("rep", WHERE[2])], ids=str
)
def test_every_deal_is_what_the_metrics_of_its_day_say(
    history: History, actor: str, where: tuple[tuple[str, str], ...]
) -> None:
    at = history.at(actor)
    record = read(at, BY, where)
    pasts = [agree(at, record, day, where) for day in (*history.days(20 if NIGHTLY else 1, len(where)), at.day)]
    if actor == "chief" and not where:
        # A history in which nothing happens proves nothing.
        last = pasts[-1]
        assert last.gone.any() and last.unknown.any() and (last.booked > 0).sum() > 5


def test_deals_won_without_ever_being_seen_open_are_in_it(history: History) -> None:
    at = history.at()
    record = read(at)
    whole = record.panel([BEGIN + timedelta(day) for day in range(-5, DAYS + 1)])
    past = record.past(at.day)
    unseen = {past.ids[i] for i in np.flatnonzero(past.fate == book.WON)} - {
        whole.ids[i] for i in np.unique(whole.deal)
    }
    assert unseen and unseen <= set(slow.past_of(at, at.day, ()))


def test_an_earlier_day_is_what_a_snapshot_of_that_day_says(history: History) -> None:
    """To the bit, and whatever else was asked of the record before."""
    whole = read(history.at(), BY)
    whole.panel(history.days(5, 3))
    for day in history.days(3, 17):
        then = open_snapshot(history.space, Ambient(as_of=day.isoformat(), known=day.isoformat(), actor="chief"))
        same(read(then, BY).past(day), whole.past(day))


def same(one: Past, two: Past, groups: bool = True) -> None:
    """To the bit, and with the same names in the same places."""
    assert (one.ids, one.told) == (two.ids, two.told)
    for name in COLUMNS:
        assert getattr(one, name).tobytes() == getattr(two, name).tobytes(), name
    if not groups:
        return
    assert dict(one.names) == dict(two.names)
    for name, column in one.groups.items():
        assert column.tobytes() == two.groups[name].tobytes(), name


@pytest.mark.parametrize("how", ["shuffled", "forgotten", "altered"])
def test_nothing_told_after_a_day_moves_what_it_knew(tmp_path: Path, how: str) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201
    rng = random.Random(seed)
    facts = histories.with_wins(seed, 150)
    cut = BEGIN + timedelta(rng.randrange(150, DAYS - 20))
    changed = {name: list(_changed(rng, told, end_of_day(cut, "Europe/Berlin"), how)) for name, told in facts.items()}
    told = []
    for name, one in (("as it was", facts), ("otherwise", changed)):
        at = open_snapshot(histories.record(tmp_path / name, one), Ambient(as_of=(BEGIN + timedelta(DAYS)).isoformat()))
        told.append(read(at, BY).past(cut))
    assert len(told[0]) > 10 and (told[0].booked > 0).any()
    # Whose deals they were is looked up as the metrics do: of whom nothing was known yet, what was told first.
    same(*told, groups=False)


def test_won_and_open_tie_to_the_metrics_of_the_sample_company(sample: Opened) -> None:
    """Won value of a period, of each team and territory; open pipeline of the book: to the unit."""
    at = seen(sample)
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201
    rng = random.Random(seed)
    record = read(at, ("team", "territory"))
    for day in (at.day, at.day - timedelta(rng.randrange(30, 500))):
        past, then = record.past(day), on(at, day)
        held = book.read(then)
        still = (past.fate == book.OPEN) & ~past.gone
        assert {past.ids[i] for i in np.flatnonzero(still)} == set(held.id[held.fate == book.OPEN])
        for text in PERIODS:
            _ties(then, past, text, "team")
        _ties(then, past, "last quarter", "territory")
    assert len(past) > 2_000


def _ties(then: Snapshot, past: Past, text: str, by: str) -> None:
    asked = ask(then, "won_value", (by,), text)
    found = evaluate(then, asked)
    inside = (
        (past.fate == book.WON) & (past.ended >= day_of(asked.period.start)) & (past.ended < day_of(asked.period.end))
    )
    ours: Counter[str] = Counter()
    for i in np.flatnonzero(inside):
        code = int(past.groups[by][i])
        ours[past.names[by][code] if code >= 0 else ""] += int(past.booked[i])
    theirs = {key[0]: one.value.minor for key, one in found.groups.items() if isinstance(one.value, Money)}
    assert dict(ours) == theirs, text
    # On the first days of a period nothing may be won in it yet.
    assert isinstance(found.total.value, Money) or not found.total.n
    assert sum(ours.values()) == (found.total.value.minor if isinstance(found.total.value, Money) else 0)


def test_constant_and_as_of_rates_are_those_of_the_metric(tmp_path: Path) -> None:
    shipped = Path(__file__).parents[4] / "src/saleswright/measure/metrics/standard/won_value.yaml"
    text = shipped.read_text(encoding="utf-8")
    unknown = 0
    for rate in ("constant", "as of"):
        histories.record(tmp_path / rate, histories.with_wins(11, 60))
        (tmp_path / rate / "definitions" / "won.yaml").write_text(
            text.replace("better: up", f"better: up\nrate: {rate}"), encoding="utf-8"
        )
        at = open_snapshot(open_workspace(tmp_path / rate), Ambient(as_of="2026-07-29", currency="EUR"))
        past = agree(at, read(at), at.day)
        assert past.booked.any(), rate
        unknown += int(past.unknown.sum())
    assert unknown


def test_a_won_value_of_some_deals_only_is_that_of_the_past(tmp_path: Path) -> None:
    shipped = Path(__file__).parents[4] / "src/saleswright/measure/metrics/standard/won_value.yaml"
    histories.record(tmp_path / "w", histories.with_wins(3, 40))
    text = shipped.read_text(encoding="utf-8").replace("rows: {standing: won}", "rows: {standing: won, source: Web}")
    (tmp_path / "w" / "definitions" / "won.yaml").write_text(text, encoding="utf-8")
    at = open_snapshot(open_workspace(tmp_path / "w"), Ambient(as_of="2026-07-29"))
    record = read(at, ("source",))
    past = record.past(at.day)
    assert set(past.groups["source"][past.fate == book.WON]) == {past.names["source"].index("Web")}
    with pytest.raises(Stop, match="lies after"):
        record.past(at.day + timedelta(1))
