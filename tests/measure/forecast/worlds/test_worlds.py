"""Is what the worlds call the truth the truth? Their chances against what came of the very deals, many times over."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from saleswright.measure.flow.lifetable import LOST, OPEN, WON
from tests.conftest import NIGHTLY
from tests.measure.forecast.worlds import KINDS, QUARTER, World


def seeds(n):
    first = int(np.random.SeedSequence().generate_state(1)[0] % 10**8)
    print(f"seeds {first} to {first + n - 1}")  # noqa: T201 -- a measured figure is said
    return range(first, first + n)


def same(one, two):
    return all(
        np.array_equal(getattr(one, f.name), getattr(two, f.name), equal_nan=f.name in ("change", "to_close", "silent"))
        for f in fields(one)
        if isinstance(getattr(one, f.name), np.ndarray)
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_true_chances_are_those_that_came(kind):
    """In each fifth of the chances as many were won as they say, within what chance allows (4 standard errors)."""
    told, came = [], []
    for seed in seeds(300 if NIGHTLY else 6):
        world = World(kind, seed, 500)
        told.append(world.chances()[:, -1])
        came.append(world.won())
    p, won = np.concatenate(told), np.concatenate(came)
    for part in np.array_split(np.argsort(p), 5):
        error = np.sqrt((p[part] * (1 - p[part])).sum())
        # Of a shock a whole world shares one draw, so its deals are far from independent.
        wide = 4 if kind != "shock" else 4 + 0.5 * p[part].sum() / np.sqrt(len(told)) / max(error, 1e-9)
        assert abs(won[part].sum() - p[part].sum()) <= wide * error + 1, (kind, p[part].mean())


def test_chances_by_weeks_are_those_that_came():
    p, came = np.zeros(QUARTER), np.zeros(QUARTER)
    for seed in seeds(8):
        world = World("stable", seed, 500)
        p += world.chances().sum(axis=0)
        came += np.array([world.won(weeks=k + 1).sum() for k in range(QUARTER)])
    assert (np.diff(p) > 0).all()
    assert (np.abs(came - p) < 4 * np.sqrt(p) + 1).all(), (p, came)


def test_the_same_seed_is_the_same_world_and_another_future_leaves_the_past():
    for seed in seeds(2):
        for kind in ("stable", "dirty"):
            one, again, other = World(kind, seed, 400), World(kind, seed, 400), World(kind, seed, 400, otherwise=1)
            assert same(one.training(), again.training()) and one.booked() == again.booked()
            assert same(one.training(), other.training()) and same(one.open(), other.open())
            assert np.array_equal(one.chances(), other.chances())
            ends = (one.deals.ended[: one.number], other.deals.ended[: other.number])
            assert not np.array_equal(*ends)


def test_a_panel_tells_nothing_that_came_later():
    for seed in seeds(2):
        world = World("stable", seed, 300)
        early = world.training(known=60)
        assert (early.day + early.until <= early.told).all() and early.told == world.day(60)
        later = world.training()
        rows = later.only(later.day < early.told)
        assert len(rows) == len(early) and np.array_equal(rows.stage, early.stage)
        decided = early.fate != OPEN
        assert np.array_equal(rows.fate[decided], early.fate[decided])
        assert (rows.until >= early.until).all()
        today = world.open()
        assert (today.fate == OPEN).all() and (today.until == 0).all() and (today.day == world.today).all()


def test_what_is_booked_is_what_was_won_of_deals_open_and_of_deals_that_came():
    for seed in seeds(2):
        world = World("stable", seed, 2_000)
        booked, won, today = world.booked(), world.won(), world.open()
        assert booked.wins_open == won.sum() and booked.wins_later >= 0
        assert booked.from_open == world.deals.won[today.deal[won]].sum()
        assert booked.total == booked.from_open + booked.from_later
        later = sum(World("stable", seed, 2_000, otherwise=i).booked().wins_later for i in range(4))
        assert later > 0


def test_in_the_quiet_world_every_open_deal_has_the_same_chance():
    for seed in seeds(2):
        p = World("quiet", seed, 500).chances()
        assert np.abs(p - p[0]).max() < 1e-12


def test_the_dirty_world_is_cleaned_up_on_one_day_and_says_so():
    for seed in seeds(2):
        world = World("dirty", seed, 5_000)
        deals = world.deals
        days, n = np.unique(deals.ended[deals.fate == LOST], return_counts=True)
        assert n.max() > 100 and deals.cleaned[deals.ended == days[n.argmax()]].sum() > 100
        rows = world.training()
        assert (rows.fate[rows.cleaned] == LOST).all() and rows.cleaned.any()


def test_a_heavy_world_has_whales_and_a_trend_a_slope():
    for seed in seeds(3):
        stable, heavy = World("stable", seed, 3_000), World("heavy", seed, 3_000)
        assert heavy.deals.first.max() / np.median(heavy.deals.first) > 25
        assert heavy.deals.first.max() > stable.deals.first.max()
        assert abs(World("trend", seed, 100).law.slope) == 0.5 and (stable.deals.fate == WON).any()


def test_a_kind_that_nobody_knows():
    with pytest.raises(ValueError, match="no world is called 'loud'"):
        World("loud", 1, 10)
