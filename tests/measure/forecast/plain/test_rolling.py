"""All baselines in a drawn company, rolling from quarter to quarter with only what was known then."""

from __future__ import annotations

import numpy as np

from bench.peer_world import QUARTER, WEEK, Rows, World, world
from saleswright.measure.flow.lifetable import LOST, OPEN, WON
from saleswright.measure.forecast.plain.growth import by_revenue
from saleswright.measure.forecast.plain.guess import MOST, Guess, with_errors
from saleswright.measure.forecast.plain.open_deals import close_rate, stage_rates, stage_weighted
from saleswright.measure.forecast.plain.series import last_period, run_rate, seasonal_naive
from saleswright.measure.forecast.scored.coverage import coverage
from tests.conftest import NIGHTLY
from tests.measure.forecast.seeds import drawn

DAYS, MONTH, AFTER = QUARTER * WEEK, QUARTER * WEEK / 3, 4 * WEEK
FIRST = 12


def guesses(company: World, quarter: int) -> list[Guess]:
    """What each baseline says four weeks into a quarter."""
    totals = np.array([company.won(q * DAYS, (q + 1) * DAYS) for q in range(quarter)])
    wons = np.array([company.won(q * DAYS, q * DAYS + AFTER) for q in range(quarter + 1)])
    months = np.array([company.won(m * MONTH, (m + 1) * MONTH) for m in range(quarter * 3)])
    opens = [company.rows.amount[company.rows.day == q * DAYS + AFTER].sum() for q in range(quarter + 1)]
    won, left = float(wons[-1]), DAYS - AFTER
    weighted = []
    for q in range(2, quarter + 1):
        then = q * DAYS + AFTER
        past, now = company.rows.known_by(then), company.rows.only(company.rows.day == then)
        over = past.day + left <= then
        rates = stage_rates(past.stage[over], (past.fate[over] == WON) & (past.until[over] <= left), 4)
        weighted.append(stage_weighted(now.amount, now.stage, rates, float(wons[q])))
    before = [one.point for one in weighted[:-1]]
    return [
        last_period(totals, won=won),
        seasonal_naive(totals, 4, won=won),
        run_rate(won, AFTER, left, wons[:-1], totals),
        with_errors(weighted[-1], before, totals[2:], won, wons[2:-1]),
        close_rate(opens[-1], opens[:-1], totals - wons[:-1], won),
        close_rate(opens[-1], opens[:-1], totals - wons[:-1], won, season=4),
        by_revenue(months, [1 - AFTER / MONTH % 1, 1, 1], 6, won=won),
    ]


def test_every_baseline_speaks_and_its_ranges_hold_about_what_they_promise():
    """A company with a common shock a quarter; each baseline's 80 % range, counted in quarters."""
    rng = drawn()
    quarters, companies = 34, 16 if NIGHTLY else 4
    rows: dict[str, list[tuple[float, ...]]] = {}
    paceless = 0
    for place in range(companies):
        company = world(int(rng.integers(10**6)), quarters, 10.0, 0.3, (4,))
        for q in range(FIRST, quarters):
            actual = company.won(q * DAYS, (q + 1) * DAYS)
            for one in guesses(company, q):
                if one.x is None:
                    # Where nothing is won yet, there is no pace that could have errors.
                    assert one.name == "run rate" and company.won(q * DAYS, q * DAYS + AFTER) == 0
                    paceless += 1
                    continue
                assert 4 <= one.errors <= MOST and one.quantile(0.1) <= one.quantile(0.9) and one.crps(actual) >= 0
                rows.setdefault(one.name, []).append((place * 100 + q, one.quantile(0.1), one.quantile(0.9), actual))
    assert len(rows) == 7
    for name, told in rows.items():
        period, low, high, actual = np.array(told).T
        held = coverage(low, high, actual, period)
        assert held.periods == companies * (quarters - FIRST) - paceless * (name == "run rate")
        # Four standard errors of so many periods, and errors of neighbours are not quite alike.
        assert abs(held.share - 0.79) <= 0.04 + 4 * (0.16 / held.periods) ** 0.5, name


def test_whatever_happens_later_no_baseline_changes_by_one_bit():
    rng = drawn()
    company = world(int(rng.integers(10**6)), 16, 10.0, 0.3, (4,))
    quarter = 14
    origin = quarter * DAYS + AFTER
    later = company.ended > origin
    ended, fate = company.ended.copy(), company.fate.copy()
    ended[later] = origin + rng.integers(1, 900, int(later.sum()))
    fate[later] = rng.choice([OPEN, WON, LOST], int(later.sum()))
    deal = company.rows.deal
    changed = {"until": ended[deal] - company.rows.day, "fate": fate[deal]}
    rows = Rows(*(changed.get(name, getattr(company.rows, name)) for name in Rows.__slots__))
    other = World(rows, ended, fate, company.worth)
    assert company.won(origin, origin + DAYS) != other.won(origin, origin + DAYS)
    for one, two in zip(guesses(company, quarter), guesses(other, quarter), strict=True):
        assert (one.name, one.point, one.errors) == (two.name, two.point, two.errors)
        assert one.x.tobytes() == two.x.tobytes() and one.cdf.tobytes() == two.cdf.tobytes()
