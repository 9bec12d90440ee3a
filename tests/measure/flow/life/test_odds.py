"""Do the odds stand on the deals of the book, hold together, and stay what they were when later facts come?"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from saleswright.app import build
from saleswright.history.snapshot import open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.measure.flow import book as books
from saleswright.measure.flow.life import told
from saleswright.measure.flow.life.lives import Reading, late, observed_from
from saleswright.measure.flow.life.odds import both, odds
from saleswright.measure.flow.life.stages import Chain, stage_odds
from saleswright.measure.flow.lifetable import LOST, WON, LifeTable
from tests.conftest import lacking
from tests.laws import bpi
from tests.workspaces import Book as Opened
from tests.workspaces import seen as on


@pytest.mark.parametrize("as_of", ["2026-11-22", "2026-03-31"])
def test_lives_are_those_of_the_book(sample: Opened, as_of: str) -> None:
    at = on(sample, as_of)
    lives = Reading(at, ("segment",), ()).lives()
    book = books.read(at, ("segment",))
    today, since = ((day - date(1970, 1, 1)).days for day in (at.day, lives.since))
    end = np.where(book.fate == books.OPEN, today, book.days["closed"])
    kept = (end >= since) & (end >= book.days["qualified"]) & (end <= today)
    assert lives.deals == kept.sum() and lives.deals + sum(lives.left_out.values()) == len(book)
    first = np.maximum(since - book.days["qualified"], 0)[kept]
    assert (lives.n * lives.first).sum() == first.sum() > 0
    assert (lives.n * lives.last).sum() == (end - book.days["qualified"])[kept].sum()
    for place, member in enumerate(lives.members):
        for fate in (WON, LOST):
            mine = kept & (book.groups["segment"] == member) & (book.fate == fate)
            assert lives.n[(lives.group == place) & (lives.fate == fate)].sum() == mine.sum()
    weight = np.exp2((book.days["qualified"] - today)[kept] / 365.25).sum()
    assert lives.weight.sum() == pytest.approx(weight, rel=1e-7)


def test_odds_hold_together(sample: Opened) -> None:
    recorded, lost = both(on(sample), "segment")
    for one in (recorded, lost):
        for member in ("", *one.members):
            table = one.table(member)
            assert (table.stay + table.won + table.lost) == pytest.approx(1)
            assert one.timing(member).sum() == pytest.approx(1)
        assert sum(one.n(member) for member in one.members) == one.n()
        assert one.effective() < one.n()
        ever, soon, open_ = one.ever(), one.within(38), one.book.fate == books.OPEN
        assert np.isnan(ever[~open_]).all() and not np.isnan(ever[open_]).any()
        assert (soon[open_] <= ever[open_] + 1e-12).all() and (one.within(0)[open_] == 0).all()
        for member in one.members:
            mine = open_ & (one.book.groups["segment"] == member)
            young = mine & (one.ages() <= one.never_after(member))
            assert ever[young] == pytest.approx(one.table(member).ever(one.ages()[young]))
            assert not ever[mine & ~young].any()
    assert lost.lives.wins == recorded.lives.wins and lost.lives.decided > recorded.lives.decided
    assert recorded.stale == recorded.lives.n[recorded.lives.stale].sum() > 0 == lost.lives.n[lost.lives.stale].sum()


def test_a_person_reads_the_odds_of_own_deals(sample: Opened) -> None:
    everything = on(sample)
    owner = books.read(everything, ("owner",)).groups["owner"][0]
    at = on(sample, scope=f"owner:{owner}")
    own = odds(at, "")
    assert 0 < own.lives.deals + sum(own.lives.left_out.values()) == len(own.book) < len(books.read(everything))


def test_what_was_known_then_gives_the_same_odds_whatever_came_later(shared: Path, tmp_path: Path) -> None:
    if not (shared / bpi.FILE).is_file():
        lacking(f"{bpi.FILE} is not in ../shared/data")
    events = bpi.read(shared / bpi.FILE)
    space = bpi.workspace(tmp_path / "book")
    day = "2011-10-31"
    early = [event for event in events if event.at.date() <= date(2011, 11, 2)]
    found = []
    for name, some in (("early", early), ("all", events)):
        build().call(space, "import", {"path": str(bpi.export(tmp_path / name, some))})
        at = open_snapshot(build().open_workspace(tmp_path / "book"), Ambient(as_of=day, known=day))
        one = odds(at, "")
        found.append((one.lives.since, one.n(), one.lives.wins, one.table().win, one.ever()))
        at.close()
    for before, after in zip(*found, strict=True):
        np.testing.assert_array_equal(before, after)


def test_the_late_age_is_numpys_and_the_closings_speak_from_their_first_hundredth() -> None:
    rng = np.random.default_rng(5)
    for size in (1, 7, 40, 1000):
        ages = rng.integers(0, 300, size)
        values, n = np.unique(ages, return_counts=True)
        assert late(values, n) == int(np.quantile(ages, 0.975, method="higher"))
        first = int(np.partition(ages, size // 100)[size // 100]) + 1
        assert observed_from(values, n, -1) == first
    assert late(np.array([], np.int64), np.array([], np.int64)) is None
    assert observed_from(np.array([], np.int64), np.array([], np.int64), 12) == 12


def test_one_stage_is_the_life_table_and_two_are_won_through_each_other() -> None:
    rng = np.random.default_rng(2)
    win, lose = rng.uniform(0, 0.3, (1, 6)), rng.uniform(0, 0.3, (1, 6))
    table, chain = LifeTable(10, win, lose, True), Chain(10, win, lose, np.zeros((1, 6, 1)))
    assert chain.ever[0] == pytest.approx(table.ever(np.arange(6) * 10.0)[0])
    assert chain.within(25)[0, :60] == pytest.approx(table.within(np.arange(60.0), 25)[0])
    # From the first all move to the second, of which half come back and half are won: all are won in the end.
    move = np.zeros((2, 1, 2))
    move[0, 0, 1], move[1, 0, 0] = 1.0, 0.5
    both_ = Chain(1, np.array([[0.0], [0.5]]), np.zeros((2, 1)), move)
    assert both_.ever[:, 0] == pytest.approx([1, 1])
    assert both_.within(2)[0, 0] == pytest.approx(0.5) and both_.within(200)[:, 0] == pytest.approx([1, 1])


def test_stages_of_the_record(sample: Opened) -> None:
    one = stage_odds(on(sample), "segment")
    assert one is not None
    chain = one.whole
    assert (chain.win + chain.lose + chain.move.sum(axis=-1) <= 1 + 1e-9).all() and (chain.win >= 0).all()
    assert chain.within(5000)[:, :: int(chain.width)][:, :5] == pytest.approx(chain.ever[:, :5], abs=1e-6)
    assert one.plain.won.sum() + one.plain.lost.sum() + one.plain.left.sum() == one.n
    assert list(chain.ever[:, 0]) == sorted(chain.ever[:, 0])


def test_the_report_says_when_it_cannot(sample: Opened) -> None:
    early = told.report(on(sample, "2024-03-10"), "", "", ())
    assert early.figures()[0].value is None and early.lede.startswith("Cannot say yet")
    whole = told.report(on(sample), "segment", "", ())
    assert "100 %" in whole.footer[0]
    assert all(
        figure.low <= figure.value <= figure.high for figure in whole.figures() if figure.name in ("ever", "within")
    )  # type: ignore[operator]
    stages = told.report(on(sample), "stage", "next quarter", ())
    assert "enters" in stages.lede and {figure.name for figure in stages.figures()} == {"ever", "within"}
