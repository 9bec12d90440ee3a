"""What does the past alone say? The last period, the same one a year ago, and the pace so far."""

from __future__ import annotations

from typing import Any

import numpy as np

from saleswright.measure.forecast.plain.guess import Guess, rolled, silent, with_errors
from saleswright.measure.metrics.words import plural

WEEK = 7


def last_period(totals: Any, ahead: int = 1, won: float = 0.0) -> Guess:
    """What came in last comes in again. totals: of whole periods that are over, oldest first, in the amounts' unit.

    ahead: how many periods after the last whole one. won: what is won of the asked one already; it is a floor. The law is
    made of what the same would have missed at earlier origins.
    """
    return _again("last period", totals, 1, ahead, won)


def seasonal_naive(totals: Any, season: int, ahead: int = 1, won: float = 0.0) -> Guess:
    """What came in `season` periods before comes in again: 4 of quarters, 12 of months. As `last_period` otherwise."""
    return _again("seasonal naive", totals, season, ahead, won)


def _again(name: str, totals: Any, season: int, ahead: int, won: float) -> Guess:
    past = np.asarray(totals, np.float64)
    if season < 1 or ahead < 1:
        raise ValueError(f"a season has at least one period and lies ahead of now, not {season} and {ahead}")
    # The latest whole period that lies whole seasons before the asked one.
    back = season * -(-ahead // season) - ahead + 1

    def at(origin: int) -> Guess:
        if origin < back:
            return silent(name, f"{plural(origin, 'whole period')}, and it takes {back}")
        return Guess(name, float(past[origin - back]))

    now = at(past.size)
    if now.point is None:
        return now
    point = max(now.point, won)
    notes = (f"more is won already than {name} says",) if point > now.point else ()
    forecasts, actuals = rolled(at, lambda origin: float(past[origin + ahead - 1]), range(1, past.size - ahead + 1))
    # What is won moves the point, not the errors of what was said.
    told = with_errors(now, forecasts, actuals, won)
    return Guess(name, point, "", told.x, told.cdf, told.errors, told.no_law, notes)


def run_rate(
    won: float, passed: float, left: float, wons: Any = (), totals: Any = (), passes: Any = None, lefts: Any = None
) -> Guess:
    """The pace so far goes on: won x (passed + left) / passed, days passed of the period and days left.

    wons, totals: of past periods what was won by the same day and in the end, oldest first, for the law; passes, lefts: their
    days, where these differ. It cannot speak in the first week: a pace of some days is that of some weekdays.
    """
    name = "run rate"
    if passed < 0 or left < 0:
        raise ValueError(f"days passed and left are at least 0, not {passed} and {left}")
    if passed < WEEK:
        return silent(name, f"a pace is told from {WEEK} days on, and {passed:g} have passed")
    then = np.asarray(wons, np.float64)
    before, after = (
        np.full(then.shape, one) if given is None else np.asarray(given, np.float64)
        for one, given in ((passed, passes), (left, lefts))
    )
    point = won * (passed + left) / passed
    notes = ("nothing is won so far, so it expects nothing",) if not won else ()
    said = np.where(before >= WEEK, then * (before + after) / np.maximum(before, 1.0), np.nan)
    return with_errors(Guess(name, point, notes=notes), said, totals, won, then)
