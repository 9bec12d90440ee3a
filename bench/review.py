"""How long does the Monday review take? A warm server process over 100k deals with their history."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from pathlib import Path

from bench.company import LAST, company
from bench.line import Line, alternate, median, spread
from bench.web import served, took

FULL, SMALL = 100_000, 2_000
REPS = 40


def review_scrub(small: bool, place: Path) -> Line:
    """The scrub of the day, another rep each time, so that no answer is one that was kept; the note has other days."""
    return _page("review_scrub", "/review/scrub", 0.3, small, place, same_day=True)


def review_whole(small: bool, place: Path) -> Line:
    """Scrub, roll, number and the leader's page together, as of another day each time."""
    return _page("review_whole", "/review", 3.0, small, place)


def _page(name: str, path: str, target: float, small: bool, place: Path, same_day: bool = False) -> Line:
    runs = 2 if small else 15
    deals = SMALL if small else FULL
    days = (date.fromisoformat(LAST) - timedelta(back) for back in count())

    def another() -> str:
        return f"asof={next(days)}&owner=person_bench_7"

    with served(company(place, deals, lively=True).root) as port:
        first = took(port, f"{path}?{another()}")
        mine, theirs = alternate(
            lambda: took(port, f"{path}?{another()}"), lambda: took(port, f"/?{another()}"), runs=runs
        )
        clicks = [took(port, f"{path}?asof={LAST}&owner=person_bench_{rep}") for rep in range(REPS)][1:]
    ours, others, words = (clicks, mine, "as of another day") if same_day else (mine, clicks, "another rep, same day")
    note = (
        f"{deals:,} deals, five versions each; the first time, with its compiling, {first:.2f} s; {words} "
        f"{median(others):.3f} s; the baseline is the first screen of the same server; {spread('ours', ours)}, "
        f"{spread('first screen', theirs)}"
    )
    return Line(name, median(ours), median(theirs), f"<= {target:g} s", median(ours) <= target, "s", len(ours), note)
