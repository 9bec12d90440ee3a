"""How long does a page wait for its queries? Each asked for the first time with these values, of a text compiled before."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench.asking import _open
from bench.company import LAST
from bench.line import SEED, Line, median
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate

FULL, SMALL = 100_000, 2_000
METRICS = ("win_rate", "deal_size", "sales_cycle", "won_value", "open_pipeline", "past_due", "new_deals", "lost_deals")


class _Timed:
    """A reader that notes how long each query took, to its last row."""

    def __init__(self, reader: Any) -> None:
        self.reader = reader
        self.took: list[float] = []

    def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> Any:
        return self.table(sql, params)[1]

    def table(self, sql: str, params: Mapping[str, Any] | None = None) -> Any:
        start = time.perf_counter()
        found = self.reader.table(sql, params)
        self.took.append(time.perf_counter() - start)
        return found


def page_100k(small: bool, place: Path) -> Line:
    """The middle one of the queries that metrics' pages put, over other days, splits and filters each time."""
    deals, runs = (SMALL, 3) if small else (FULL, 25)
    at = _open(place, deals, LAST)
    draw, timed = random.Random(SEED), _Timed(at.reader)
    whole = []
    for turn in range(runs + 1):
        for name in METRICS:
            by = draw.choice(((), ("owner",), ("segment",), ("stage",)))
            where = (("owner", f"person_bench_{draw.randrange(200)}"),) if draw.random() < 0.5 else ()
            then = at.at(date.fromisoformat(LAST) - timedelta(draw.randrange(700)))
            asked = ask(then, name, by, "all", where)
            evaluate(then.at(then.day - timedelta(1)), asked)  # compiled; other values
            start, before = time.perf_counter(), len(timed.took)
            evaluate(replace(then, reader=timed), asked)
            whole.append(time.perf_counter() - start)
            if turn == 0:
                whole.pop()
                del timed.took[before:]
    at.close()
    middle, target = median(timed.took), 0.05
    note = (
        f"{deals:,} deals, five versions each; {len(timed.took)} queries of {len(METRICS)} metrics, as of another day and of "
        f"another filter each; the slowest {max(timed.took) * 1000:.0f} ms; a whole answer with its queries "
        f"{median(whole) * 1000:.1f} ms; the baseline is the target"
    )
    return Line("page_100k", middle, target, "p50 <= 0.05 s", middle <= target, "s", len(timed.took), note)
