"""The deal model: what must always hold, whatever the deals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from saleswright.lib.issue import Stop
from saleswright.measure.flow.lifetable import OPEN, WON
from saleswright.measure.forecast.chance import fit
from saleswright.measure.forecast.chance.lead import known_by
from tests.measure.forecast.chance.measured import seeds
from tests.measure.forecast.worlds import World

DAYS = np.array([0, 1, 7, 10, 28, 91, 182, 365, 3_650, 36_500])


def grown(number, kind="stable"):
    seed = next(iter(seeds(1)))
    world = World(kind, seed, number)
    return world, world.training()


@pytest.mark.parametrize("number", [100, 700])
def test_within_rises_in_days_and_ever_is_never_less(number):
    """P_ever >= P_in_period; one model answers "will it close" and "when"."""
    world, rows = grown(number)
    model, today = fit(rows), world.open()
    within, ever = model.within(today, DAYS), model.ever(today)
    assert within.shape == (len(today), len(DAYS)) and ever.shape == (len(today),)
    assert (within[:, 0] == 0).all() and (np.diff(within, axis=1) >= 0).all()
    assert (ever >= within[:, -1]).all() and (ever <= 1).all() and (within > -1e-300).all()
    assert np.allclose(within[:, -1], ever, atol=1e-3)
    # In any order, and any number of rows at a time.
    back = model.within(today, DAYS[::-1])[:, ::-1]
    assert np.array_equal(within, back)
    one = model.within(today.only(np.array([3])), DAYS)
    assert np.array_equal(one[0], within[3])


def test_shuffling_everything_known_after_the_cut_changes_no_prediction_by_one_bit():
    for seed in seeds(1):
        told = []
        for otherwise in (0, 1, 2):
            world = World("stable", seed, 700, otherwise=otherwise)
            told.append(fit(world.training(), ends=world.quarter_ends).within(world.open(), DAYS))
        assert np.array_equal(told[0], told[1]) and np.array_equal(told[0], told[2])
        # Rows that know more, cut back to the day, are the rows known then.
        later = World("stable", seed, 700)
        now, then = later.training(), later.training(known=70)
        cut = known_by(now, then.told)
        assert all(
            np.array_equal(getattr(cut, name), getattr(then, name))
            for name in ("deal", "day", "until", "fate", "cleaned")
        )


def test_a_stated_close_in_the_past_carries_no_information():
    world, rows = grown(600)
    today = world.open()
    rng = np.random.default_rng(1)

    def told(panel):
        """The same panel, with days since the stated close that passed."""
        since = np.where(panel.past_due, -rng.integers(1, 400, len(panel)).astype(float), panel.to_close)
        return replace(panel, to_close=since)

    assert rows.past_due.any() and today.past_due.any()
    one, two = fit(rows), fit(told(rows))
    assert np.array_equal(one.within(today, DAYS), two.within(told(today), DAYS))


def test_usable_from_30_closed_deals():
    """From 30 closed deals the model speaks of itself as one of cells; with fewer it says that what is shipped decides."""
    for seed in seeds(3):
        world = World("small", seed, 40)
        rows = world.training()
        closed = np.unique(rows.deal[rows.fate != OPEN])
        model = fit(rows)
        assert model.kind == ("cells" if len(closed) >= 30 else "shipped prior") and model.n_closed == len(closed)
        assert model.calibrated == "none" and not model.promoted
        few = fit(rows.only(np.isin(rows.deal, closed[:12])))
        assert few.kind == "shipped prior"
        p = few.within(world.open(), np.array([91]))
        assert ((p > 0) & (p < 0.9)).all()


def test_without_any_deal_the_shipped_prior_speaks():
    world, rows = grown(50)
    model = fit(rows.only(np.zeros(0, int)))
    assert model.kind == "shipped prior" and model.n_deals == 0
    p = model.within(world.open(), np.array([7, 91]))
    assert ((p > 0) & (p < 0.5)).all() and (p[:, 1] > p[:, 0]).all()


def test_why_says_how_many_were_in_the_cell_and_how_far_it_was_pulled():
    """It explains itself: "7 of 20 in this cell, pulled to 31 %"."""
    world, rows = grown(300)
    model, today = fit(rows), world.open()
    for row in range(3):
        found = model.why(today, row)
        stage, segment = int(today.stage[row]), int(today.segment[row])
        first = next(one for one in found if one.factor == "segment x stage")
        mine = rows.only((rows.stage == stage) & (rows.segment == segment) & (rows.fate != OPEN))
        n, won = np.unique(mine.deal).size, np.unique(mine.deal[mine.fate == WON]).size
        assert f"Stage {stage}, Segment {segment}: {won} of {n} in this cell, pulled to " in first.text
        assert first.text.endswith(" %")
        for one in found:
            between = sorted((one.raw, 1.0)) if one.due > 0 else (0, 9)
            # Ratios are drawn from what was seen towards what is expected, or towards what is shipped.
            assert min(between[0], 0.3) <= one.pulled <= max(between[1], 1.4)


def test_losses_on_a_clean_up_day_are_not_taken_for_the_day_on_which_deals_are_lost():
    seed = next(iter(seeds(1)))
    world = World("dirty", seed, 1_000)
    rows, today = world.training(), world.open()
    assert rows.cleaned.any()
    flagged, plain = fit(rows), fit(replace(rows, cleaned=np.zeros(len(rows), bool)))
    lose = [model.cells.intensities(today)[1].mean() for model in (flagged, plain)]
    assert lose[0] < lose[1]


def test_names_are_what_counts_and_new_names_are_like_all_others():
    world, rows = grown(400)
    model, today = fit(rows), world.open()
    told = model.within(today, DAYS)
    other = {**today.names, "owner": ("Somebody new", *reversed(today.names["owner"]))}
    turned = replace(today, owner=len(today.names["owner"]) - today.owner, names=other)
    assert np.array_equal(told, model.within(turned, DAYS))
    new = replace(today, owner=np.zeros(len(today), int), names=other)
    assert np.isfinite(model.within(new, DAYS)).all()
    assert any("a new owner" not in one.text for one in model.why(new, 0))


def test_unknown_columns_are_left_out_and_missing_values_are_no_zeros():
    world, rows = grown(300)
    lacking = replace(rows, lacking={"owner": "hidden", "silent": "nobody tells"})
    model = fit(lacking)
    assert not {"owner", "owner history", "silent"} & {one.name for one in model.cells.factors}
    n = len(rows)
    blank = replace(
        rows, stage=np.full(n, -1), in_stage=np.full(n, -1), segment=np.full(n, -1), owner=np.full(n, -1),
        change=np.full(n, np.nan), to_close=np.full(n, np.nan), silent=np.full(n, np.nan), unknown=np.ones(n, bool),
    )  # fmt: skip
    p = fit(blank).within(world.open(), DAYS)
    assert np.isfinite(p).all()


def test_a_split_that_came_with_the_decision_is_refused():
    _, rows = grown(400)
    end = np.where(rows.fate == OPEN, 0, rows.fate)
    leak = replace(rows, groups={"loss reason": end}, names={**rows.names, "loss reason": ("", "none", "price")})
    with pytest.raises(Stop, match="loss reason"):
        fit(leak, groups=("segment", "loss reason"))
    with pytest.raises(Stop, match="unknown group 'region'"):
        fit(rows, groups=("region",))
    fair = replace(rows, groups={"team": rows.owner % 3}, names={**rows.names, "team": ("A", "B", "C")})
    assert "team x stage" in {one.name for one in fit(fair, groups=("team",)).cells.factors}


def test_rows_that_contradict_themselves_are_refused_all_at_once():
    _, rows = grown(100)
    wrong = replace(rows, until=rows.until - 10_000, weight=rows.weight * 0, day=rows.day + 10_000)
    with pytest.raises(Stop) as stop:
        fit(wrong)
    text = str(stop.value)
    assert "end before their day" in text and "have no weight" in text and "later day than is known" in text


def test_draws_are_ordered_reproducible_and_spread_less_with_more_deals():
    spread = []
    for number in (100, 1_200):
        world, rows = grown(number)
        model, today = fit(rows), world.open()
        drawn = model.draws(today, np.array([28, 91]), 60, 5)
        assert drawn.shape == (60, len(today), 2) and (np.diff(drawn, axis=2) >= 0).all()
        assert np.array_equal(drawn, model.draws(today, np.array([28, 91]), 60, 5))
        sums = drawn[:, :, 1].sum(axis=1)
        spread.append(sums.std() / sums.mean())
        assert abs(np.log(sums.mean() / model.within(today, np.array([91])).sum())) < 0.6
    assert spread[1] < spread[0]


def test_weights_count_rows_and_order_of_rows_is_nothing():
    world, rows = grown(200)
    model = fit(rows)
    turned = fit(rows.only(np.arange(len(rows))[::-1]))
    assert np.allclose(model.within(world.open(), DAYS), turned.within(world.open(), DAYS), rtol=1e-4)
    light = fit(replace(rows, weight=rows.weight * np.where(rows.day < world.day(50), 0.01, 1.0)))
    assert not np.allclose(model.ever(world.open()), light.ever(world.open()), rtol=1e-3)
