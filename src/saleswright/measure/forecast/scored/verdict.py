"""What does the footer of a forecast say of itself? One sentence on how often ranges like this held, good or bad."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from saleswright.measure.forecast.scored.bands import at_most
from saleswright.measure.forecast.scored.coverage import Held

FEWEST = 6
"""Periods below which nothing is said of how often ranges hold.

The least number with which a bad range is found out more often than not: of 6 periods, a range that in truth holds every
second time holds 3 or fewer two times in three, while one that keeps its 80 % does so one time in ten. With 5, the same care
finds it out only every second time, with 4 less than one time in three.
"""
DOUBT = 0.10
"""So rare, if the promise were kept, is what is called a broken promise."""
FAR = 0.10
"""So far from the promise, a reader asks; where periods cannot tell, the sentence says so."""

Judged = Literal["too few", "held", "too narrow", "too wide"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The sentence and what it comes to. chance: of holding so seldom (or so often), had the promise been kept."""

    judged: Judged
    sentence: str
    chance: float | None = None


def verdict(held: Held, unit: str = "periods") -> Verdict:
    """Did ranges like this hold as often as they promise? unit: the plural of what was counted, such as "quarters".

    Too narrow: so few would hold less than once in ten times had the promise been kept (binomial, n = periods). Too wide: so
    many would; with fewer than 11 periods that cannot be, for a good range holds 10 of 10 that often.
    """
    if held.share is None:
        return Verdict("too few", f"Nothing is known of how often ranges like this hold: no {unit} are over yet.")
    n, told = held.periods, f"Ranges like this held {_told(held, unit)}"
    promise = f"they promise {held.level:.0%}".replace("%", " %")
    if n < FEWEST:
        return Verdict("too few", f"{told}: too few {unit} to say how good they are; {FEWEST} are the least.")
    seldom = at_most(held.held, n, held.level)
    often = at_most(n - held.held, n, 1 - held.level)
    if seldom <= DOUBT:
        told = told.replace(" held ", " held only ", 1)
        return Verdict("too narrow", f"{told}; {promise}: think them wider.{_side(held)}", seldom)
    if often <= DOUBT:
        return Verdict("too wide", f"{told}; {promise}: they are wider than they need be.", often)
    apart = abs(held.share - held.level) > FAR
    unsure = f", and {n} {unit} do not tell these apart" if apart else ""
    return Verdict("held", f"{told}; {promise}{unsure}.", min(seldom, often))


def _told(held: Held, unit: str) -> str:
    if held.rows == held.periods or abs(held.held - round(held.held)) < 1e-6:
        return f"{round(held.held)} of {held.periods} {unit}"
    return f"{held.share:.0%} of the time over {held.periods} {unit}".replace("%", " %", 1)


def _side(held: Held) -> str:
    """Where three of four misses lie on one side, that is the news."""
    low, high = held.below or 0.0, held.above or 0.0
    if max(low, high) < 0.75 * (low + high):
        return ""
    return " Mostly less came in." if low > high else " Mostly more came in."
