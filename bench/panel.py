"""What does a panel of many days cost? 20k deals on 100 days in one pass, against a panel of each day by itself."""

from __future__ import annotations

import gc
import tracemalloc
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import numpy as np

from bench.company import LAST, VERSIONS, company
from bench.line import Line, median, seconds, spread
from saleswright.history.snapshot import open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.measure.flow import book
from saleswright.measure.flow.bridge_rows import on
from saleswright.measure.forecast.panel.panel import CODED, Panel
from saleswright.measure.forecast.panel.record import panel, read

FULL, SMALL = 20_000, 2_000
DAYS, ALONE = 100, 5
MANY, WEEKS = 100_000, 160


def panel_100(small: bool, place: Path) -> Line:
    """A panel of 100 weeks, warm, with what became of its deals; against 100 panels of a day, reckoned from 5 of them. Every row
    of the five days is in the book of its day, to the cent."""
    runs = 2 if small else 5
    deals = SMALL if small else FULL
    made: dict[str, Panel] = {}
    with closing(open_snapshot(company(place, deals, lively=True), Ambient(as_of=LAST))) as at:
        weeks = [at.day - timedelta(7 * week) for week in range(DAYS)]
        some = weeks[:: DAYS // ALONE]

        def ours() -> float:
            return seconds(lambda: made.update(whole=panel(at, weeks)))

        def books() -> float:
            return seconds(lambda: [book.read(on(at, day), CODED) for day in some]) * DAYS / ALONE

        def single() -> float:
            return seconds(lambda: [panel(at, [day]) for day in some]) * DAYS / ALONE

        def origins() -> float:
            record = read(at)
            whole = record.panel(weeks)
            return seconds(lambda: [record.told(whole, day) for day in weeks])

        for work in (ours, books, single):
            work()
        gc.collect()
        mine, theirs = [], []
        for _ in range(runs):
            mine.append(ours())
            theirs.append(single())
        told, bare = origins(), books()
        whole = made["whole"]
        for day in some:
            held = book.read(on(at, day))
            own = whole.only(whole.day == (day - at.day).days + int(whole.day[-1]))
            assert len(own) == int((held.fate == book.OPEN).sum()), "the panel and the book of a day differ"
            assert int(own.amount.sum()) == int(held.amount[held.fate == book.OPEN].sum())
        tracemalloc.start()
        panel(at, weeks)
        peak = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
    ratio = median(mine) / median(theirs)
    rows = len(whole)
    assert np.isfinite(whole.silent).any() and whole.entries.any()
    note = (
        f"{deals:,} deals in {deals * VERSIONS:,} versions, {rows:,} rows, {rows / median(mine):,.0f} rows a second, "
        f"{peak:.0f} MB at most in Python; {spread('ours', mine)}, {spread('days', theirs)}; 100 books of a day, which tell of "
        f"deals no more than fate, dates, amount and groups, {bare:.1f} s; what became of the deals told anew at each of the 100 "
        f"days as known then {told:.2f} s; {_many(small, place)}"
    )
    return Line("panel_100", median(mine), median(theirs), "<= 0.05x", ratio <= 0.05, "s", runs, note)


def _many(small: bool, place: Path) -> str:
    """How long does a panel of a million rows take?"""
    if small:
        return "no large panel in a small run"
    with closing(open_snapshot(company(place, MANY, lively=True), Ambient(as_of=LAST))) as at:
        weeks = [at.day - timedelta(7 * week) for week in range(WEEKS)]
        made: list[Panel] = []
        took = seconds(lambda: made.append(panel(at, weeks)))
        return f"{MANY:,} deals on {WEEKS} days, {len(made[0]):,} rows: {took:.1f} s"
