"""The parts of the deal model: pulling, weeks ahead, levels, calibration and trees."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from saleswright.measure.flow.columns import days
from saleswright.measure.flow.lifetable import OPEN, WON
from saleswright.measure.forecast.chance import drift, fit, trial
from saleswright.measure.forecast.chance.calibrate import calibrate
from saleswright.measure.forecast.chance.drift import LEFT, RUSH
from saleswright.measure.forecast.chance.lead import BINS, STARTS, chance, ever, lives
from saleswright.measure.forecast.chance.pull import STRENGTHS, pull
from saleswright.measure.forecast.panel.panel import COLUMNS
from tests.measure.forecast.chance.measured import say, seeds
from tests.measure.forecast.worlds import QUARTER, World


def rng_now():
    return np.random.default_rng(next(iter(seeds(1))))


def test_a_cell_is_pulled_to_its_parent_by_the_strength_in_closed_form():
    """7 seen where 10 were expected, the parent worth s: (7 + s) / (10 + s), weighed over the strengths."""
    found = pull(np.array([7.0]), np.array([10.0]), np.array([1.0]))
    by_hand = sum(w * (7 + s) / (10 + s) for w, s in zip(found.weight, STRENGTHS, strict=True))
    assert found.ratio[0] == pytest.approx(by_hand, rel=1e-12) and 0.7 < found.ratio[0] < 1
    assert found.weight.sum() == pytest.approx(1)


def test_the_strength_is_that_of_how_far_cells_differ():
    """Cells that differ by chance alone are one; cells that differ by half stay apart. Marginal likelihood."""
    rng = rng_now()
    due = rng.uniform(20, 200, 60)
    alike = pull(rng.poisson(due).astype(float), due, np.ones(60))
    apart = rng.gamma(4.0, 0.25, 60)
    differ = pull(rng.poisson(due * apart).astype(float), due, np.ones(60))
    assert alike.strength >= 64 and np.abs(np.log(alike.ratio)).max() < 0.35
    assert 1 <= differ.strength <= 16
    assert np.abs(differ.ratio - apart).mean() < np.abs(1 - apart).mean() / 2
    drawn = differ.drawn(np.ones((400, 60)), rng)
    assert np.allclose(drawn.mean(axis=0), differ.ratio, rtol=0.2)


def test_chances_are_those_of_living_day_by_day():
    rng = rng_now()
    win, lose = rng.uniform(0.001, 0.05, (2, 3, BINS))
    asked = np.array([1, 5, 20, 91, 400, 900])
    found = chance(win, lose, asked)
    still, won, by_hand = np.ones(3), np.zeros(3), []
    steps = 20
    for step in range(int(asked.max()) * steps):
        k = int(np.searchsorted(STARTS, (step + 0.5) / steps / 7, side="right")) - 1
        rate = (win[:, k] + lose[:, k]) / 7 / steps
        won += still * win[:, k] / (win[:, k] + lose[:, k]) * -np.expm1(-rate)
        still *= np.exp(-rate)
        if (step + 1) % steps == 0 and (step + 1) // steps in asked:
            by_hand.append(won.copy())
    assert np.allclose(found, np.array(by_hand).T, atol=1e-10)
    assert (ever(win, lose) >= found[:, -1]).all()
    assert np.allclose(ever(win, lose), chance(win, lose, np.array([700_000]))[:, 0], atol=1e-9)


def test_weeks_seen_open_end_at_noon_of_the_last_day():
    world = World("stable", next(iter(seeds(1))), 100)
    rows = world.training()
    found = lives(rows)
    weeks = found.stay.sum(axis=1)
    ended = rows.fate != OPEN
    assert np.allclose(weeks[ended], (rows.until[ended] - 0.5) / 7, atol=1e-4)
    assert np.allclose(weeks[~ended], rows.until[~ended] / 7, atol=1e-4)
    assert (STARTS[found.bin] <= weeks + 1e-4).all() and ((found.way == 0) == (rows.fate == WON)).all()


def test_a_level_that_stands_still_wanders_or_has_no_memory():
    rng = rng_now()
    due = np.full(8, 400.0)
    steady = drift.level(rng.poisson(due).astype(float), due)
    assert abs(steady[0] - 1) < 0.1
    falling = np.array([1.4, 1.25, 1.1, 1.0, 0.9, 0.8, 0.7, 0.6])
    assert 0.4 < drift.level(due * falling, due)[0] < 0.72
    shocks = np.array([1.5, 0.6, 1.3, 0.7, 1.4, 0.6, 1.5, 0.5])
    assert abs(drift.level(due * shocks, due)[0] - 1) < 0.15


def test_wins_before_a_period_ends_are_told_by_the_day():
    """The last weeks of a quarter have more wins, and the model says so ahead of them."""
    world = World("stable", next(iter(seeds(1))), 2_000)
    model = fit(world.training(), ends=world.quarter_ends)
    last, before, _, usual = model.cells.calendar.place[0].ratio
    assert last + before > 2 * usual
    ends = drift.quarter_ends(days(date(2024, 5, 1)), 20_000)
    assert days(date(2024, 6, 30)) in ends.tolist() and (np.diff(ends) >= 90).all()


@pytest.mark.parametrize(("deals", "which"), [(500, "none"), (4_000, "beta"), (30_000, "isotonic")])
def test_calibration_by_data_size(deals, which):
    """None for few wins, beta below about 1,000, isotonic above about 2,000; rising, 0 stays 0; and it calibrates."""
    rng = rng_now()
    told = rng.beta(1.2, 6, deals)
    odds = 0.6 * np.log(told / (1 - told)) - 0.8
    true = 1 / (1 + np.exp(-odds))
    won = rng.random(deals) < true
    events = int(won.sum())
    found = calibrate(told, won.astype(float), np.ones(deals), events)
    assert found.which == which and found.events == events
    grid = np.linspace(0, 1, 501)
    mapped = found(grid)
    assert (np.diff(mapped) >= -1e-12).all() and mapped[0] == 0 and mapped[-1] == 1
    if which != "none":
        assert np.abs(found(told) - true).mean() < 0.6 * np.abs(told - true).mean()


def test_trees_are_promoted_only_where_they_win_on_past_days():
    """A pair of features that only together tells who is lost is for trees to find, in one of two worlds at least; where effects
    multiply they find nothing."""
    promoted = []
    for seed in seeds(2):
        world = World("stable", seed, 4_000)
        rows = world.training()
        crossed = (rows.amount > np.median(rows.amount)) ^ (rows.age > 60)
        # Of deals of one kind nine wins in ten are taken for losses.
        rng = np.random.default_rng(seed)
        spoilt = (rng.random(len(rows.ids)) < 0.9)[rows.deal] & crossed
        planted = replace(rows, fate=np.where(spoilt & (rows.fate == WON), 2, rows.fate))
        found = fit(planted, ends=world.quarter_ends)
        say(f"planted {found.loss}, {found.ahead:.1f} standard errors")
        assert not found.promoted or found.ahead > 2
        if found.promoted:
            assert found.kind == "cells with trees" and found.loss[1] < found.loss[0]
            within = found.within(world.open(), np.array([28, 91, 365]))
            assert (np.diff(within, axis=1) >= 0).all() and (found.ever(world.open()) >= within[:, -1]).all()
        promoted.append(found.promoted)
    assert any(promoted)
    plain = fit(rows, ends=world.quarter_ends)
    say(f"plain {plain.loss}, {plain.ahead:.1f}")
    assert not plain.promoted or plain.ahead > 2
    assert not plain.loss[1] - plain.loss[0] >= 0.004


def test_thinned_rows_are_whole_days_counted_back_from_the_last():
    world = World("stable", next(iter(seeds(1))), 500)
    rows = world.training()
    few = trial.thinned(rows, len(rows) // 3)
    assert len(few) < len(rows) / 2 and few.day.max() == rows.day.max()
    assert set(np.unique(few.day)) <= set(np.unique(rows.day))
    assert trial.thinned(rows, len(rows)) is rows


def test_days_that_nobody_has_seen_yet_say_nothing_of_their_place_in_the_period():
    """Rows of every day, asked just before the last four weeks of the first quarter on record: of those weeks nothing is known,
    so they are what is shipped. What was expected of half weeks must not be put on days to come."""
    world = World("stable", next(iter(seeds(1))), 2_500, week=8, ahead=QUARTER)
    rows, ends = world.training(), np.array([world.day(12)])
    told = world.today
    daily = [rows.only(rows.day + k <= told) for k in range(7)]
    every = [replace(one, day=one.day + k, until=np.maximum(one.until - k, 0)) for k, one in enumerate(daily)]
    some = [one.only((one.until > 0) | (one.fate == OPEN)) for one in every]
    columns = {name: np.concatenate([getattr(one, name) for one in some]) for name in COLUMNS}
    order = np.lexsort((columns["deal"], columns["day"]))
    panel = replace(rows, **{name: column[order] for name, column in columns.items()})
    place = fit(panel, ends=ends).cells.calendar.place
    assert (LEFT == [7, 14, 28]).all() and ends[0] - told == 28
    for way, shipped in zip(place, RUSH, strict=True):
        assert np.abs(way.due[:3]).max() < 1e-9 and way.ratio[:3] == pytest.approx(shipped[:3]), (way.due, way.ratio)


def test_a_chance_is_that_of_the_deal_whatever_names_stand_beside_it():
    """Rows read with another split, or on one day alone, number their members otherwise: no chance moves by one bit."""
    world = World("stable", int(rng_now().integers(10**6)), number=300)

    def grouped(panel, names):
        place = np.array([names.index(name) for name in panel.names["segment"]] + [-1])
        code = place[panel.segment]
        return replace(panel, segment=code, groups={"segment": code}, names={**panel.names, "segment": names})

    names = world.training().names["segment"]
    model = fit(grouped(world.training(), names))
    one, other = (grouped(world.open(), order) for order in (names, ("somebody else", *reversed(names))))
    days = np.array([30, 90])
    assert (model.within(one, days) == model.within(other, days)).all() and (model.ever(one) == model.ever(other)).all()
