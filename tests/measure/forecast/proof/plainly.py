"""What do the baselines say on the same day? Each with a law made of what it missed in the past quarters of the same world."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saleswright.measure.flow.columns import Floats, Ints
from saleswright.measure.flow.lifetable import LOST, WON
from saleswright.measure.forecast.plain.growth import Fact, by_factors, by_members, by_revenue
from saleswright.measure.forecast.plain.guess import Guess, with_errors
from saleswright.measure.forecast.plain.open_deals import close_rate, stage_rates, stage_weighted
from saleswright.measure.forecast.plain.series import last_period, run_rate, seasonal_naive
from tests.measure.forecast.proof.asked import QUARTERS, Asked
from tests.measure.forecast.worlds import QUARTER
from tests.measure.forecast.worlds.law import SEGMENTS, STAGES

DAYS, MONTH = 7 * QUARTER, 7 * QUARTER / 3
FILLING = 3
"""A world begins without deals. What its first quarters brought is told to no baseline: it would spoil their errors."""
WINDOWS = ((3, False), (6, False), (12, False), (6, True))


def baselines(asked: Asked) -> list[Guess]:
    """All that need no person's call and no other environment."""
    deals, after = asked.world.deals, 7 * asked.place
    starts = DAYS * np.arange(FILLING, QUARTERS)
    totals = np.array([_won(asked, start, start + DAYS) for start in starts])
    wons = np.array([_won(asked, start, start + after) for start in (*starts, DAYS * QUARTERS)])
    won, left = float(wons[-1]), float(DAYS - after)
    opens = np.array([_open(asked, q)[1].sum() for q in range(FILLING, QUARTERS + 1)])
    more = totals - wons[:-1]
    found = [
        last_period(totals, won=won),
        seasonal_naive(totals, 4, won=won),
        run_rate(won, after, left, wons[:-1], totals),
        close_rate(float(opens[-1]), opens[:-1], more, won),
        close_rate(float(opens[-1]), opens[:-1], more, won, season=4),
    ]
    for in_time in (False, True):
        said = [_weighted(asked, q, float(w), in_time) for q, w in zip(range(FILLING, QUARTERS + 1), wons, strict=True)]
        before = [np.nan if one.point is None else one.point for one in said[:-1]]
        name = "stage-weighted in time" if in_time else "stage-weighted"
        found.append(replace(with_errors(said[-1], before, totals, won, wons[:-1]), name=name))
    known = 3 * QUARTERS + int(after / MONTH)
    edges = MONTH * np.arange(3 * FILLING, known + 1)
    weights = [1 - after / MONTH % 1, *[1.0] * (3 * (QUARTERS + 1) - known - 1)]
    whole, members = _fact(asked, edges, None), [_fact(asked, edges, one) for one in range(SEGMENTS)]
    by_segment = Fact(*(np.stack(columns) for columns in zip(*(one.columns for one in members), strict=True)))
    for window, seasonal in WINDOWS:
        found.append(by_revenue(whole.booked, weights, window, seasonal, won))
        found.append(by_factors(whole, weights, window, seasonal, won))
    found.append(by_members(by_segment, weights, 6, False, won))
    assert len(deals) and len({one.name for one in found}) == len(found)
    return found


def _won(asked: Asked, start: float, end: float) -> float:
    """Won after the day `start` up to the day `end`, in days of the world."""
    deals = asked.world.deals
    return float(deals.won[(deals.fate == WON) & (deals.ended > start) & (deals.ended <= end)].sum())


def _open(asked: Asked, quarter: int) -> tuple[Ints, Floats]:
    """(stages, amounts) of deals open as far into that quarter as it is today."""
    seen, week = asked.world.seen, quarter * QUARTER + asked.place - 1
    here = slice(*np.searchsorted(seen["week"], [week, week + 1]))
    return seen["stage"][here], seen["amount"][here]


def _weighted(asked: Asked, quarter: int, won: float, in_time: bool) -> Guess:
    """Stage-weighted that day: by the share ever won of those decided by then, or by the share won in as much time."""
    seen, deals = asked.world.seen, asked.world.deals
    week = quarter * QUARTER + asked.place - 1
    today, left = 7 * (week + 1), DAYS - 7 * asked.place
    rows = slice(0, int(np.searchsorted(seen["week"], week)))
    of, stage, day = seen["deal"][rows], seen["stage"][rows], 7 * (seen["week"][rows] + 1)
    if in_time:
        over = day + left <= today
        hit = (deals.fate[of] == WON) & (deals.ended[of] - day <= left)
        rates = stage_rates(stage[over], hit[over], STAGES)
    else:
        over = np.isin(deals.fate[of], (WON, LOST)) & (deals.ended[of] <= today)
        once = np.unique(of[over] * STAGES + stage[over])
        rates = stage_rates(once % STAGES, deals.fate[once // STAGES] == WON, STAGES)
    stages, amounts = _open(asked, quarter)
    return stage_weighted(amounts, stages, rates, won)


def _fact(asked: Asked, edges: Floats, segment: int | None) -> Fact:
    """The four factors by month between the edges (days of the world)."""
    deals = asked.world.deals
    mine = np.ones(len(deals), bool) if segment is None else deals.segment == segment

    def by_month(days: Ints, of: np.ndarray, weight: np.ndarray | None = None) -> Floats:
        there = mine & of
        # A month is open at its first edge: what happened on the day of an edge belongs to the month that ends there.
        place = np.searchsorted(edges, days[there], side="left") - 1
        ok = (place >= 0) & (place < edges.size - 1)
        w = None if weight is None else weight[there][ok]
        return np.bincount(place[ok], w, edges.size - 1).astype(np.float64)

    won, lost = deals.fate == WON, deals.fate == LOST
    return Fact(
        came=by_month(deals.created, np.ones(len(deals), bool)),
        won=by_month(deals.ended, won),
        lost=by_month(deals.ended, lost),
        booked=by_month(deals.ended, won, deals.won.astype(np.float64)),
        days=by_month(deals.ended, won, (deals.ended - deals.created).astype(np.float64)),
    )
