"""Two months of real events: any day asked later is answered as it was answered then, and as the raw events say."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from saleswright.app import build
from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.workspace import Workspace
from tests.conftest import NIGHTLY, lacking
from tests.laws import bpi
from tests.laws.bpi import Event

SEED = 20111130
MOMENTS = 200 if NIGHTLY else 16
ASKED = "valid_from <= $as_of AND valid_to > $as_of AND known_from <= $known AND known_to > $known AND NOT removed"
SHOWN = "id, stage, standing, closed, qualified"


@pytest.fixture(scope="module")
def events(shared: Path) -> list[Event]:
    path = shared / bpi.FILE
    if not path.is_file():
        lacking(f"{bpi.FILE} is not in ../shared/data")
    return bpi.read(path)


@pytest.fixture(scope="module")
def late_events(events: list[Event]) -> list[Event]:
    return bpi.delayed([e for e in events if e.activity in bpi.STANDINGS], random.Random(SEED))


@pytest.fixture(scope="module")
def whole(events: list[Event], tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """All events, and offers and calls as activities."""
    return brought(tmp_path_factory.mktemp("whole"), events, work=True)


@pytest.fixture(scope="module")
def late(late_events: list[Event], tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """All events, many of them written down days after they happened."""
    return brought(tmp_path_factory.mktemp("late"), late_events, recorded=True)


def brought(root: Path, told: list[Event], recorded: bool = False, work: bool = False) -> Workspace:
    space = bpi.workspace(root / "book", recorded)
    build().call(space, "import", {"path": str(bpi.export(root / "export", told, work))})
    return space


class Asked:
    """What a workspace says as of a moment."""

    def __init__(self, space: Workspace, t: datetime, k: datetime | None = None) -> None:
        self.space = space
        known = "" if k is None else k.isoformat() + "Z"
        self.ambient = Ambient(as_of=t.isoformat() + "Z", known=known)

    def snapshot(self) -> Iterator[Snapshot]:
        at = open_snapshot(self.space, self.ambient)
        try:
            yield at
        finally:
            at.close()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [row for at in self.snapshot() for row in at.reader.rows(sql, at.clocks())]

    @property
    def records(self) -> dict[str, bpi.Shown]:
        found = self.rows(f"SELECT {SHOWN} FROM deal WHERE {ASKED}")
        return {row[0].removeprefix("deal_bpi_"): tuple(row[1:]) for row in found}  # type: ignore[misc]

    @property
    def fingerprint(self) -> tuple[Any, ...]:
        return self.rows(f"SELECT count(*), bit_xor(hash({SHOWN}, amount, qualified_by)) FROM deal WHERE {ASKED}")[0]

    @property
    def standings(self) -> Counter[str]:
        return Counter(dict(self.rows(f"SELECT standing, count(*) FROM deal WHERE {ASKED} GROUP BY 1")))

    def win_rate(self, period: str) -> tuple[Any, ...]:
        report = build().call(self.space, "measure", {"metric": "win_rate", "period": period}, self.ambient).report
        figure = next(block for block in report.blocks if getattr(block, "name", "") == "win_rate")
        return figure.of, figure.n, figure.value  # type: ignore[union-attr]


def test_every_case_is_a_deal_and_every_other_step_an_activity(whole: Workspace, events: list[Event]) -> None:
    asked = Asked(whole, datetime(2012, 6, 1))
    assert sum(asked.standings.values()) == len({e.case for e in events}) == 5337
    other = {e.cells for e in events if e.activity.startswith(("O_", "W_"))}
    keys = {(cells[0], cells[2], cells[3], cells[5]) for cells in other}
    assert asked.rows(f"SELECT count(*) FROM activity WHERE {ASKED}") == [(len(keys),)]
    assert {row[0] for row in asked.rows(f"SELECT DISTINCT stage FROM deal WHERE {ASKED}")} <= set(bpi.STANDINGS)


def test_any_moment_is_what_the_raw_events_say(whole: Workspace, events: list[Event]) -> None:
    chance = random.Random(SEED + 1)
    steps = [e for e in events if e.activity in bpi.STANDINGS]
    for t in bpi.instants(steps, chance, MOMENTS):
        assert Asked(whole, t).records == bpi.recomputed(steps, t, datetime.max), t


def test_any_two_moments_are_what_the_raw_events_say(late: Workspace, late_events: list[Event]) -> None:
    """As of t, as it was known at a later k: what was written down after k is not seen, whatever it says of t."""
    chance = random.Random(SEED + 2)
    for t in bpi.instants(late_events, chance, MOMENTS):
        k = t + timedelta(seconds=chance.randrange(12 * 86400))
        assert Asked(late, t, k).records == bpi.recomputed(late_events, t, k), (t, k)


def test_facts_known_later_never_change_an_earlier_answer(
    whole: Workspace, late: Workspace, events: list[Event], late_events: list[Event], tmp_path: Path
) -> None:
    """A workspace that got only what was known by some day answers every earlier moment as the whole one does now."""
    chance = random.Random(SEED + 3)
    for number, (book, told) in enumerate(((whole, events), (late, late_events))):
        cut = datetime(2011, 10, 20) + timedelta(seconds=chance.randrange(40 * 86400))
        early = [e for e in told if e.known <= cut]
        part = brought(tmp_path / str(number), early, recorded=number == 1)
        for t in [*bpi.instants(bpi.happened_by(early, cut), chance, 6), cut]:
            t = min(t, cut)
            now, then = Asked(book, t, cut), Asked(part, t, cut)
            assert now.standings == then.standings
            assert now.fingerprint == then.fingerprint, (t, cut)
        for period in ("2011-10", "2011-11"):
            assert Asked(book, cut, cut).win_rate(period) == Asked(part, cut, cut).win_rate(period)


def test_a_second_import_of_more_events_leaves_the_past_alone(
    whole: Workspace, events: list[Event], tmp_path: Path
) -> None:
    """The first month, then all steps again: the same record as importing them at once, and an unchanged past."""
    cut = datetime(2011, 11, 1)
    space = brought(tmp_path / "first", bpi.happened_by(events, cut))
    before = Asked(space, cut).fingerprint
    report = build().call(space, "import", {"path": str(bpi.export(tmp_path / "all", events))}).report
    read, *kinds = next(b for b in report.blocks if getattr(b, "name", "") == "files").rows[0][2:]  # type: ignore[union-attr]
    assert read == sum(kinds) == sum(e.activity in bpi.STANDINGS for e in events)
    assert Asked(space, cut).fingerprint == before == Asked(whole, cut).fingerprint
    for t in bpi.instants(events, random.Random(SEED + 4), 6):
        assert Asked(space, t).fingerprint == Asked(whole, t).fingerprint


def test_the_win_rate_counts_what_the_raw_events_say(whole: Workspace, events: list[Event]) -> None:
    asked_at = datetime(2011, 11, 25, 12)
    decided = [
        standing
        for _, standing, closed, _ in bpi.recomputed(events, asked_at, asked_at).values()
        if closed is not None and (closed.year, closed.month) == (2011, 11)
    ]
    won = decided.count("won")
    assert Asked(whole, asked_at).win_rate("2011-11") == ((won, len(decided)), len(decided), won / len(decided))
