"""Planted single-factor misses: at least 99 % of the gap on the planted factor; zero wins in a segment breaks nothing."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from saleswright.faces.python import Book as Opened
from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.measure.flow.miss.factors import CAUSES, factors, fitted
from saleswright.measure.flow.miss.find import Miss, Shares, miss, shared
from saleswright.measure.flow.miss.said import lede
from saleswright.measure.flow.miss.windows import begins, lags, tally, window
from tests.measure.flow.miss.worlds import (
    CALENDAR,
    LAST,
    PLANTS,
    SEGMENTS,
    TODAY,
    YEAR_AGO,
    Deal,
    book,
    company,
    imported,
    planted,
)

Pin = Callable[[str], datetime]


def drawn_seeds(many: int) -> list[int]:
    """Drawn inside a test, for every worker collects the same tests; said where it fails."""
    rng = random.SystemRandom()
    return [rng.randrange(100_000) for _ in range(many)]


def bridged(deals: list[Deal]) -> tuple[Shares, int]:
    """The last quarter against the one a year before, from a book made directly: the shares, and the gap."""
    made = book(deals)
    names, place = np.unique(made.groups["segment"].astype(str), return_inverse=True)
    many = lags(YEAR_AGO, begins(made), CALENDAR)
    assert many > 4
    sides = [tally(made, place, len(names), window(one, 100, many, CALENDAR)) for one in (YEAR_AGO, LAST)]
    plan, actual = fitted(factors(sides[0]), factors(sides[1]))
    found = shared(plan, actual, sides[0].earned, sides[1].earned)
    assert found.remainder == 0
    assert (found.parts.sum(axis=0) == sides[1].earned - sides[0].earned).all()
    return found, int((sides[1].earned - sides[0].earned).sum())


def explained(found: Shares, gap: int, what: str) -> float:
    """The planted factor's share of the gap, less whatever stands on the others, whichever way it points."""
    others = sum(
        abs(int(part))
        for place, part in enumerate(found.parts.ravel())
        if place // found.parts.shape[1] != CAUSES.index(what)
    )
    return 1 - others / abs(gap)


def opened(made: Opened, as_of: str = "") -> Snapshot:
    return open_snapshot(made.workspace, Ambient(as_of=as_of))


def told(made: Opened, period: str = str(LAST), against: str = "last year") -> Miss:
    at = opened(made)
    try:
        found = miss(at, period, "segment", against)
    finally:
        at.close()
    assert isinstance(found, Miss), found
    return found


@pytest.mark.parametrize("what", PLANTS)
def test_a_planted_factor_has_99_percent_of_the_gap(what: str) -> None:
    for seed in drawn_seeds(20):
        found, gap = bridged(planted(company(seed), what, seed))
        assert gap, seed
        assert explained(found, gap, what) >= 0.99, seed


def test_a_fall_of_new_deals_in_the_last_quarter_alone_is_no_other_factor_either() -> None:
    """The young are won more often: a fall of new deals must not look like a fall of the win rate."""
    deals = [one for one in company(5) if not (one.copy in (1, 3) and one.came >= LAST.start)]
    found, gap = bridged(deals)
    assert gap < 0 and explained(found, gap, "volume") >= 0.99


def test_nothing_planted_is_no_gap() -> None:
    found, gap = bridged(company(1))
    assert gap == 0 and not found.parts.any() and not found.in_order.any()


def test_zero_wins_in_a_segment_breaks_nothing() -> None:
    deals = [
        replace(one, won=False) if one.segment == "Large" and one.decides_in == LAST else one for one in company(3)
    ]
    found, gap = bridged(deals)
    assert gap < 0 and np.isfinite(found.parts).all()
    assert explained(found, gap, "win_rate") >= 0.99
    # Never a win on either side: nothing on any line.
    never = [replace(one, won=False) if one.segment == "Large" else one for one in deals]
    found, gap = bridged(never)
    assert gap == 0 and not found.parts.any()


@pytest.mark.parametrize("there", ["plan", "actual"])
def test_a_segment_that_one_side_alone_has(there: str) -> None:
    start = CALENDAR.quarter(2024, 3).start
    deals = [one for one in company(4) if one.segment != "Large" or (one.came < start) == (there == "plan")]
    # On the plan's side none of its deals is still open when the last quarter begins.
    deals = [one for one in deals if one.segment != "Large" or there == "actual" or one.decides_in.end <= start]
    found, gap = bridged(deals)
    large = found.parts[:, 0]
    assert gap and large.sum() and np.isfinite(found.parts).all()
    # It came or went by the deals that came in, never by a rate or a size it has nothing to compare with.
    assert not large[2:].any()


@pytest.mark.parametrize("what", PLANTS)
def test_the_whole_path_from_an_export(what: str, tmp_path: Path, pin_now: Pin) -> None:
    seed = drawn_seeds(1)[0]
    deals = planted(company(seed), what, seed)
    found = told(imported(tmp_path, deals, pin_now))
    shares, gap = bridged(deals)
    assert (found.gap, found.shares.parts.tolist()) == (gap, shares.parts.tolist()), seed
    assert found.shares.remainder == 0 and found.members == SEGMENTS
    assert explained(found.shares, found.gap, what) >= 0.99, seed
    others = [place for place, name in enumerate(CAUSES) if name != what]
    assert all(found.cause_normal(place) for place in others), seed
    assert lede(found).startswith("2025Q2: USD "), seed


def test_zero_wins_and_the_first_year_through_the_whole_path(tmp_path: Path, pin_now: Pin) -> None:
    deals = [replace(one, won=False) if one.segment == "Large" else one for one in company(6)]
    made = imported(tmp_path, deals, pin_now)
    found = told(made)
    assert found.gap == 0 and not found.shares.parts.any() and found.normal
    assert found.labels == SEGMENTS
    # Twenty quarters before the record began there is nothing to hold anything against.
    at = opened(made)
    nothing = miss(at, "2023Q1", "segment")
    at.close()
    assert not isinstance(nothing, Miss)
    assert "the record begins on" in nothing.reason and TODAY
