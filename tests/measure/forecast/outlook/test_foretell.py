"""A period's forecast from arrays: what adds up, what is a floor, and that nothing later is known."""

from __future__ import annotations

import numpy as np
import pytest

from saleswright.measure.forecast.outlook.foretell import Foretold, foretell, months
from saleswright.measure.forecast.outlook.learn import learn
from tests.measure.forecast.seeds import drawn
from tests.measure.forecast.worlds.past import past_of
from tests.measure.forecast.worlds.world import World

QUARTER = 91
KINDS = ("stable", "heavy", "dirty")


def told(world: World, into: int = 0) -> Foretold:
    """The quarter that began `into` days before the day asked about."""
    learned = learn(world.training(every=2), past_of(world), world.quarter_ends)
    return foretell(learned, world.open(), world.today + 1 - into, world.today + QUARTER - into)


@pytest.mark.parametrize("kind", KINDS)
def test_means_add_and_closed_amounts_are_a_floor(kind: str) -> None:
    """Quantiles ordered; means add; closed amounts are a floor; P_ever >= P_in_period."""
    seed = int(drawn().integers(10**6))
    one = told(World(kind, seed, number=600), into=28)
    assert one.means.total == pytest.approx(one.law.mean, rel=1e-9)
    assert one.won > 0 and one.means.coming > 0
    shares = np.linspace(0.02, 0.98, 49)
    found = one.law.quantile(shares)
    assert (np.diff(found) >= 0).all() and found[0] >= one.won
    assert (one.ever >= one.chance).all()
    for by in ("segment", "owner"):
        parts = one.parts(by)
        assert sum(part.won for part in parts.values()) == one.won
        assert sum(part.means.coming for part in parts.values()) == pytest.approx(one.means.coming, rel=1e-9)
        assert sum(part.law.mean for part in parts.values()) == pytest.approx(one.law.mean, rel=1e-9)
        assert all(part.law.mean == pytest.approx(part.means.total, rel=1e-9) for part in parts.values())
    by_month = months(one, one.first + np.array([29, 60, 90]))
    assert sum(month.mean for month in by_month.month) == pytest.approx(one.law.mean, rel=1e-9)
    assert by_month.to_date[-1].mean == pytest.approx(one.law.mean, rel=1e-9)
    assert by_month.month[0].floor + by_month.month[1].floor == one.won


def test_nothing_after_the_day_changes_a_forecast_by_one_bit() -> None:
    """Shuffling everything known after the cut changes no prediction by one bit."""
    seed = int(drawn().integers(10**6))
    one, two = (told(World("stable", seed, number=400, otherwise=other)) for other in (0, 1))
    assert World("stable", seed, number=400).booked() != World("stable", seed, number=400, otherwise=1).booked()
    assert (one.chance == two.chance).all() and (one.ever == two.ever).all()
    assert one.law.mean == two.law.mean and (one.law.curve.x == two.law.curve.x).all()
    assert (one.law.curve.right == two.law.curve.right).all()


def test_a_period_that_is_over_is_what_was_won_in_it() -> None:
    """Nothing is uncertain about the past."""
    seed = int(drawn().integers(10**6))
    world = World("stable", seed, number=400)
    learned = learn(world.training(every=4), past_of(world), world.quarter_ends)
    one = foretell(learned, world.open(), world.today - QUARTER + 1, world.today)
    assert one.law.mean == one.won == world.booked(world.week - 13).total
    assert one.law.quantile(0.1) == one.law.quantile(0.9) == one.won and one.means.coming == 0


def test_the_period_after_next_counts_what_is_won_inside_it_only() -> None:
    """This quarter and the next one are worth as much as both together."""
    seed = int(drawn().integers(10**6))
    world = World("stable", seed, number=500)
    learned = learn(world.training(every=4), past_of(world), world.quarter_ends)
    now, middle, end = world.today, world.today + QUARTER, world.today + 2 * QUARTER
    this, following, both = (
        foretell(learned, world.open(), first, last)
        for first, last in ((now + 1, middle), (middle + 1, end), (now + 1, end))
    )
    assert this.means.open + following.means.open == pytest.approx(both.means.open, rel=1e-6)
    assert following.means.coming > this.means.coming
    assert following.won == 0
