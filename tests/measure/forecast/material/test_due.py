"""What must close by when: every open deal in exactly one row, rows that add to the mean, and the need of each week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pytest

from saleswright.lib.fiscal import FiscalCalendar
from saleswright.lib.period import parse_period
from saleswright.measure.flow.columns import days
from saleswright.measure.forecast.material import said
from saleswright.measure.forecast.material.due import NONE, Columns, by_week
from tests.measure.forecast.seeds import drawn

DAY = date(2026, 11, 18)
CALENDAR = FiscalCalendar()
QUARTER = parse_period("2026Q4", DAY, CALENDAR)


@dataclass
class Means:
    won: float
    open: float
    coming: float


def test_the_worked_example_two_deals_of_sixty_at_even_odds_against_a_hundred() -> None:
    """Expected are 60 of 100, 40 are lacking: what is due in the first week must all be closed, and 40 beside."""
    open_ = Columns(np.full(2, days(DAY) + 2), np.zeros(2, bool), np.full(2, 60), np.full(2, 30.0))
    found = by_week(open_, days(DAY), QUARTER, CALENDAR, "USD", Means(0, 60, 0), 100)
    first, *later = found.weeks
    assert (first.n, first.open.minor, first.expected.minor, first.chance) == (2, 120, 60, 0.5)
    assert found.lacking is not None and found.lacking.minor == 40
    assert [row.need.minor for row in found.weeks if row.need] == [100] * len(found.weeks)
    assert all(row.n == 0 and row.chance is None for row in later)


def test_every_deal_stands_in_one_row_and_rows_won_and_coming_add_to_the_mean() -> None:
    rng = drawn()
    for _ in range(20):
        size = int(rng.integers(0, 60))
        due = days(DAY) + rng.integers(-40, 120, size)
        past = due < days(DAY)
        stated = np.where(past | (rng.random(size) < 0.2), NONE, due)
        amount = rng.integers(1, 10**8, size)
        expected = amount * rng.random(size)
        means = Means(float(rng.integers(10**9)), float(expected.sum()), float(rng.integers(10**8)))
        target = int(rng.integers(10**10))
        found = by_week(Columns(stated, past, amount, expected), days(DAY), QUARTER, CALENDAR, "USD", means, target)
        rows = (*found.weeks, *found.groups)
        assert sum(row.n for row in rows) == size
        assert sum(row.open.minor for row in rows) == int(amount.sum())
        assert "add to the mean" in said.adds(found)
        needs = [row.need.minor for row in found.weeks if row.need is not None]
        assert needs == sorted(needs) and len(needs) == len(found.weeks)
        gap = target - means.won - means.open - means.coming
        for row in found.weeks:
            assert row.need is not None and row.upto is not None
            assert row.need.minor == pytest.approx(max(0.0, row.upto.minor + gap), abs=2)


def test_a_stated_date_in_the_past_says_no_week() -> None:
    """A stated close date in the past carries no information: such a deal stands apart, at its chance."""
    open_ = Columns(np.array([NONE, days(DAY)]), np.array([True, False]), np.array([70, 50]), np.array([7.0, 25.0]))
    found = by_week(open_, days(DAY), QUARTER, CALENDAR, "USD", Means(0, 32, 0), None)
    assert [(row.name, row.n) for row in found.groups] == [("past_due", 1)]
    assert found.weeks[0].n == 1 and found.missing is None
    assert all(row.need is None for row in found.weeks) and "No target" in said.need(found)


def test_rows_that_do_not_add_up_are_never_shown() -> None:
    open_ = Columns(np.array([days(DAY)]), np.zeros(1, bool), np.array([10**6]), np.array([10.0**5]))
    found = by_week(open_, days(DAY), QUARTER, CALENDAR, "USD", Means(0, 9e5, 0), None)
    with pytest.raises(AssertionError, match="mean"):
        said.adds(found)
