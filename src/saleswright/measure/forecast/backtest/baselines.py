"""What would anyone have said without a model, on the day of an origin? Every plain forecast, with a law of its own past errors.

A plain forecast that looks at the open pipeline has its errors from the same day of earlier periods, with what was known on that
day; what came in is what was known of it on the day of the origin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from saleswright.lib.fiscal import FiscalCalendar
from saleswright.measure.flow.columns import Floats
from saleswright.measure.forecast.backtest.before import Before, ahead, months, timing
from saleswright.measure.forecast.backtest.pipelines import WAYS, Opened, Pipelines
from saleswright.measure.forecast.plain.ets import auto_ets
from saleswright.measure.forecast.plain.grown import SEASONAL_FROM, WINDOWS
from saleswright.measure.forecast.plain.growth import Fact, by_factors, by_members, by_revenue
from saleswright.measure.forecast.plain.guess import Guess, with_errors
from saleswright.measure.forecast.plain.open_deals import close_rate, stage_weighted
from saleswright.measure.forecast.plain.series import last_period, run_rate, seasonal_naive

if TYPE_CHECKING:
    from saleswright.measure.forecast.outlook.past import Past

SEASON = {"quarter": 4, "month": 12}


def baselines(
    known: Before, pipelines: Pipelines, grain: str, calendar: FiscalCalendar, by: str = "", ets: str | None = None
) -> list[Guess]:
    """Every plain forecast of the whole, in an order that stays. by: the dimension whose members grow apart, "" for none.
    ets: the Python that has AutoETS, "" for this one, None to leave it out."""
    season, won = SEASON[grain], known.won
    found = [last_period(known.totals, won=won), seasonal_naive(known.totals, season, won=won), _run_rate(known)]
    found += [_weighted(known, pipelines, way) for way in WAYS]
    found += _close_rates(known, pipelines, season)
    found += _growth(known.past, known, calendar, by)
    if ets is not None:
        found.append(auto_ets(known.totals, season, won=won, interpreter=ets))
    return found


def _run_rate(known: Before) -> Guess:
    passed = float(known.origin.on - known.origin.first + 1)
    passes, lefts = known.passed()
    return run_rate(
        known.won, passed, float(known.origin.left), known.by_then(), known.totals, passes=passes, lefts=lefts
    )


def _weighted(known: Before, pipelines: Pipelines, way: str) -> Guess:
    origin = known.origin
    now = pipelines.at(str(origin.period), origin.week)
    guess = replace(stage_weighted(now.amount, now.stage, now.rates[way], known.won), name=way)
    if guess.point is None:
        return guess
    then, totals, wons = _then(known, pipelines)
    said = np.array([one.more[way] for one in then]) + wons
    return with_errors(guess, said, totals, known.won, wons)


def _close_rates(known: Before, pipelines: Pipelines, season: int) -> list[Guess]:
    then, totals, wons = _then(known, pipelines)
    opens = np.array([one.worth for one in then])
    now = pipelines.at(str(known.origin.period), known.origin.week).worth
    return [close_rate(now, opens, totals - wons, known.won, season=one) for one in (0, season)]


def _then(known: Before, pipelines: Pipelines) -> tuple[list[Opened], Floats, Floats]:
    """(pipeline, won in the end, won by then) of the same day of earlier periods, from the first that had a pipeline."""
    week = known.origin.week
    held: list[tuple[Opened, float, float]] = []
    for period, total, won in zip(known.periods, known.totals, known.by_then(), strict=True):
        found = pipelines.at(str(period), week) if pipelines.has(str(period), week) else None
        if found is not None and (held or found.worth > 0):
            held.append((found, total, won))
        elif found is None:
            held = []
    return [one for one, _, _ in held], np.array([t for _, t, _ in held]), np.array([w for _, _, w in held])


def _growth(past: Past, known: Before, calendar: FiscalCalendar, by: str) -> list[Guess]:
    """The published growth method in every form; seasonal ones only where two years are known, for else they are the others."""
    weights, when, won = ahead(known.origin, calendar), timing(past), known.won
    fact = months(past, known.origin.day, calendar)
    parts: Fact | None = None
    if by:
        codes = np.asarray(past.groups[by])
        size = len(past.names[by]) + 1
        parts = months(past, known.origin.day, calendar, np.where(codes < 0, size - 1, codes), size)
    found = []
    for seasonal in (False, True) if fact.booked.size >= SEASONAL_FROM else (False,):
        for window in WINDOWS:
            found.append(by_revenue(fact.booked, weights, window, seasonal, won))
            found.append(by_factors(fact, weights, window, seasonal, won, when))
            if parts is not None:
                found.append(by_members(parts, weights, window, seasonal, won, when))
    return found
