"""Does a panel of many days say what each day's own queries say, and nothing that was told later?"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import Stop
from saleswright.lib.zone import end_of_day
from saleswright.measure.flow import book
from saleswright.measure.flow.columns import EPOCH
from saleswright.measure.forecast.panel.panel import CODED, COLUMNS, Panel
from saleswright.measure.forecast.panel.record import Record, panel, read
from tests.conftest import NIGHTLY
from tests.laws.worlds import BEGIN, DAYS, Fact
from tests.measure.forecast.panel import histories, slow
from tests.workspaces import Book as Opened
from tests.workspaces import seen as on

BY = ("team", "region", "territory", "segment")
EVERY = (("type", "new"), ("type", "renewal"))
ACCESS = """
- {kind: access, name: chief, scope: company}
- {kind: access, name: north, scope: 'team:North'}
- {kind: access, name: rep, scope: 'owner:person_crm_3'}
- {kind: access, name: blind, scope: company, hide: [deal.expected_close]}
- {kind: access, name: aide, scope: company, hide: [deal.owner, deal.stage, deal.last_activity, activity.occurred, account.segment]}
"""
LATER = ("until", "fate", "gone", "cleaned")


@dataclass(frozen=True)
class History:
    """A history drawn from a seed, and the days to look at it."""

    space: Workspace
    seed: int

    def at(self, actor: str = "chief", day: date = BEGIN + timedelta(DAYS)) -> Snapshot:
        return open_snapshot(self.space, Ambient(as_of=day.isoformat(), actor=actor))

    def days(self, many: int, own: int) -> list[date]:
        rng = random.Random(self.seed + own)
        return sorted({BEGIN + timedelta(rng.randrange(20, DAYS)) for _ in range(many)})


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALESWRIGHT_NOW", "2026-12-31T12:00:00+00:00")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    seed = random.randrange(10**6)
    print(f"history of seed {seed}")  # noqa: T201
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", "2026-12-31T12:00:00+00:00")
        facts = histories.drawn(seed, 900 if NIGHTLY else 140)
        yield History(histories.record(tmp_path_factory.mktemp("panel") / "w", facts, ACCESS), seed)


def agree(at: Snapshot, of: Record, days: list[date], where: tuple[tuple[str, str], ...] = ()) -> Panel:
    """The panel of these days, after every row was compared with what the day's own queries say."""
    made = of.panel(days)
    fast = slow.told(made, tuple(of.want.by))
    # A filter on a field lifts the rules about it.
    every = EVERY if any(name == "type" for name, _ in where) else ()
    for day in days:
        wrong = slow.differences(fast.get(day, {}), slow.day_of(at, day, tuple(of.want.by), where, every))
        assert not wrong, f"{day}: {wrong[:5]}"
    return made


WHERE: tuple[tuple[tuple[str, str], ...], ...] = ((), (("team", "South"),), (("type", "renewal"),), (("segment", ""),))


@pytest.mark.parametrize(
    ("actor", "where"), [*(("chief", one) for one in WHERE), ("north", ()), ("rep", WHERE[2])], ids=str
)
def test_rows_of_random_days_are_what_a_snapshot_of_each_day_says(
    history: History, actor: str, where: tuple[tuple[str, str], ...]
) -> None:
    at = history.at(actor)
    days = history.days(40 if NIGHTLY else 2, len(where) + len(actor))
    made = agree(at, read(at, BY, where), days, where)
    if actor == "chief" and not where:
        # A history in which nothing happens proves nothing.
        whole = panel(at, [BEGIN + timedelta(day) for day in range(20, DAYS, 3)])
        for name in ("back", "pushes", "won_owner", "decided_source", "past_due", "unknown"):
            assert getattr(whole, name).any(), name
        assert np.isfinite(whole.change).any() and np.isfinite(whole.silent).any() and len(made) > 10


def test_rows_of_the_sample_company_are_what_a_snapshot_of_each_day_says(sample: Opened) -> None:
    at = on(sample)
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201
    days = [at.day - timedelta(random.Random(seed).randrange(500))]
    made = agree(at, read(at, ("team",)), days)
    open_ = book.read(at)
    today = panel(at, [at.day])
    assert int(today.amount.sum()) == int(open_.amount[open_.fate == book.OPEN].sum())
    assert len(today) == int((open_.fate == book.OPEN).sum()) and len(made) > 50


def test_fate_and_end_are_those_of_the_book_of_the_later_day(history: History) -> None:
    at = history.at()
    days = [BEGIN + timedelta(day) for day in range(10, DAYS, 5)]
    record = read(at)
    made = record.panel(days)
    fates = set()
    for later in (*history.days(3, 9), at.day, None):
        told = record.told(made, later) if later else made
        said = slow.became(at, later)
        assert len(told) == int((made.day <= told.told).sum()) > 0
        for i in range(len(told)):
            fate, end, gone = said.get(told.ids[told.deal[i]], (book.OPEN, None, True))
            until = 0 if end is None else max(0, end - int(told.day[i]))
            assert (fate, until, gone) == (told.fate[i], told.until[i], told.gone[i]), told.ids[told.deal[i]]
        fates |= set(zip(told.fate.tolist(), told.gone.tolist(), strict=True))
        assert ((told.until >= 0) & (told.day + told.until <= told.told)).all()
    assert fates == {(book.OPEN, False), (book.OPEN, True), (book.WON, False), (book.LOST, False)}


def same(one: Panel, other: Panel) -> None:
    """The same rows, bit by bit, and every place in a list of names means the same name."""
    assert len(one) == len(other)
    for name in COLUMNS:
        if name not in LATER:
            assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), name
    assert [one.ids[i] for i in one.deal] == [other.ids[i] for i in other.deal]
    for name in CODED:
        for code in np.unique(getattr(one, name)):
            assert code < 0 or one.names[name][code] == other.names[name][code]


@pytest.mark.parametrize("how", ["forgotten", "shuffled", "altered"])
def test_nothing_known_after_a_day_changes_a_row_of_it_by_one_bit(tmp_path: Path, how: str) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201
    rng = random.Random(seed)
    facts = histories.drawn(seed, 120)
    cut = BEGIN + timedelta(rng.randrange(60, DAYS - 20))
    limit = end_of_day(cut, "Europe/Berlin")
    # Which currencies the record has is told of the whole of it.
    changed = {name: list(_changed(rng, told, limit, how)) for name, told in facts.items()}
    assert sum(len(told) for told in changed.values()) < sum(map(len, facts.values())) or how != "forgotten"
    days = sorted({cut, *(cut - timedelta(rng.randrange(1, 60)) for _ in range(6))})
    more = [] if how == "forgotten" else [cut + timedelta(9), cut + timedelta(19)]
    told = []
    for name, one in (("as it was", facts), ("otherwise", changed)):
        at = open_snapshot(histories.record(tmp_path / name, one), Ambient(as_of=(BEGIN + timedelta(DAYS)).isoformat()))
        found = panel(at, [*days, *more], BY)
        told.append(found.only(found.day <= (cut - EPOCH).days))
    assert len(told[0]) > 20 and (told[0].decided_owner > 0).any()
    same(*told)


def _changed(rng: random.Random, told: list[Fact], limit: datetime, how: str) -> Iterator[Fact]:
    late = [fact for fact in told if fact.known > limit]
    yield from (fact for fact in told if fact.known <= limit)
    if how == "forgotten":
        return
    sets = [fact.sets for fact in late]
    rng.shuffle(sets)
    for fact, mine in zip(late, sets, strict=True):
        if how == "shuffled":
            yield replace(fact, sets=mine)
            continue
        # Told of another moment, which may lie before the day, and still later than the day; with names that nobody had yet
        # and that stand before all others, and so do some of the deals.
        at = min(fact.known, fact.at + timedelta(rng.randrange(-80, 80)))
        named = {name: f"aa {name}" for name in ("stage", "source", "owner", "segment", "pipeline") if mine.get(name)}
        other = replace(fact, at=at, sets={**mine, **named} if rng.random() < 0.5 else mine)
        yield other
        if "created" in fact.sets:
            whole = {**fact.sets, **named, "qualified": fact.sets["created"], "type": "new", "standing": "open"}
            yield replace(other, id=f"aa_{fact.id}", sets=whole)


def test_a_panel_of_many_days_is_the_panels_of_each(history: History) -> None:
    at = history.at()
    days = history.days(25, 5)
    record = read(at, ("team",))
    whole = record.panel(days)
    for day in days:
        own = whole.only(whole.day == (day - EPOCH).days)
        alone = record.panel([day])
        for name in COLUMNS:
            if name not in ("deal", "stage", "segment", "owner", "source", "pipeline"):
                assert getattr(own, name).tobytes() == getattr(alone, name).tobytes(), name
        assert slow.told(own, ("team",)) == slow.told(alone, ("team",))


def test_what_became_of_a_deal_that_left_the_scope_is_not_told(history: History) -> None:
    rep, chief = read(history.at("rep")), read(history.at("chief"))
    days = [BEGIN + timedelta(day) for day in range(10, DAYS)]
    mine, whole = rep.panel(days), chief.panel(days)
    fates = {(whole.ids[d], int(day)): i for i, (d, day) in enumerate(zip(whole.deal, whole.day, strict=True))}
    left = 0
    last = {mine.ids[d]: int(mine.day[mine.deal == d].max()) for d in np.unique(mine.deal)}
    now = {one.id: one for one in _owners(history.at("chief"))}
    for i in range(len(mine)):
        id_ = mine.ids[mine.deal[i]]
        theirs = fates[id_, int(mine.day[i])]
        if id_ in now and now[id_].owner == "person_crm_3":
            assert (mine.fate[i], mine.until[i]) == (whole.fate[theirs], whole.until[theirs])
        else:
            left += 1
            assert mine.fate[i] == book.OPEN and mine.gone[i] and mine.until[i] == last[id_] - mine.day[i], id_
    assert left


@dataclass(frozen=True)
class Owned:
    id: str
    owner: str


def _owners(at: Snapshot) -> list[Owned]:
    sql = slow.NOW.replace("amount, currency, local_day(last_activity)", "owner")
    return [Owned(*row) for row in at.reader.rows(sql, at.clocks())]


def test_hidden_days_are_refused_and_hidden_columns_say_nothing(history: History) -> None:
    with pytest.raises(Stop) as stop:
        read(history.at("blind"))
    with pytest.raises(Stop) as books:
        book.read(history.at("blind"))
    assert stop.value.issues == books.value.issues
    made = panel(history.at("aide"), history.days(9, 2))
    of_stage = {"stage", "in_stage", "entries", "back"}
    assert set(made.lacking) == {"owner", "segment", "silent", "won_owner", "decided_owner", *of_stage}
    assert (made.stage < 0).all() and set(made.in_stage) == {-1} and not (made.entries.any() or made.back.any())
    assert (made.owner < 0).all() and (made.segment < 0).all() and np.isnan(made.silent).all()
    assert not made.decided_owner.any() and not made.names["owner"] and made.decided_source.any()
    with pytest.raises(Stop, match="aide may not see this"):
        read(history.at("aide"), ("owner",))


@pytest.mark.parametrize("name", ["month", "due", "standing", "status", "colour"])
def test_what_changes_by_itself_or_is_not_there_is_no_split_and_no_filter(history: History, name: str) -> None:
    with pytest.raises(Stop):
        read(history.at(), (name,))
    with pytest.raises(Stop):
        read(history.at(), (), ((name, "this quarter"),))


def test_a_day_that_is_still_to_come_is_refused(history: History) -> None:
    at = history.at()
    with pytest.raises(Stop, match="lies after"):
        panel(at, [at.day + timedelta(1)])
    assert len(panel(at, [])) == 0 and len(panel(at, [date(2020, 1, 1)])) == 0
