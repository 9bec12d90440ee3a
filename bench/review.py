"""How long does the Monday review take? A warm server process over 100k deals with their history."""

from __future__ import annotations

from pathlib import Path

from bench.company import LAST, company
from bench.line import Line, alternate, median, spread
from bench.web import served, took

FULL, SMALL = 100_000, 2_000
REPS = 40


def review_scrub(small: bool, place: Path) -> Line:
    """The scrub, another rep each time, so that no answer is one that was kept."""
    return _page("review_scrub", "/review/scrub", 0.3, small, place)


def review_whole(small: bool, place: Path) -> Line:
    """Scrub, roll, number and the leader's page together, another rep each time."""
    return _page("review_whole", "/review", 3.0, small, place)


def _page(name: str, path: str, target: float, small: bool, place: Path) -> Line:
    runs = 2 if small else 15
    deals = SMALL if small else FULL
    people = iter(range(REPS))

    def another() -> str:
        return f"asof={LAST}&owner=person_bench_{next(people)}"

    with served(company(place, deals, lively=True).root) as port:
        first = took(port, f"{path}?{another()}")
        mine, theirs = alternate(
            lambda: took(port, f"{path}?{another()}"), lambda: took(port, f"/?asof={LAST}&{another()}"), runs=runs
        )
    note = (
        f"{deals:,} deals, five versions each, as of {LAST}; the first time, with its compiling, {first:.2f} s; the baseline "
        f"is the first screen of the same server; {spread('ours', mine)}, {spread('first screen', theirs)}"
    )
    return Line(name, median(mine), median(theirs), f"<= {target:g} s", median(mine) <= target, "s", runs, note)
