"""What every forecast promises, whatever it is made of: nothing later moves it, quantiles are ordered, means add, what is closed is
a floor, and to be won in the period is never likelier than to be won at all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from saleswright.measure.flow.lifetable import LOST, OPEN, WON
from saleswright.measure.forecast.chance.lead import known_by
from saleswright.measure.forecast.outlook.foretell import Foretold, foretell, months
from saleswright.measure.forecast.outlook.learn import learn
from tests.conftest import NIGHTLY
from tests.measure.forecast.chance.measured import seeds
from tests.measure.forecast.proof.asked import Asked
from tests.measure.forecast.proof.once import forecast
from tests.measure.forecast.worlds import KINDS


def bits(told: Foretold) -> tuple[bytes, ...]:
    """Every number of a forecast, to the bit."""
    law, coming = told.law, told.coming
    arrays = [law.curve.x, law.curve.left, law.curve.right, told.chance, told.ever, told.amount]
    arrays += [] if coming is None else [np.asarray(coming.rate), np.asarray(coming.chance), coming.amount]
    arrays += [np.array([law.mean, law.sd, told.won, told.sure, *law.rho.rho, *law.rho.weight])]
    arrays += [np.array([one.law.mean, *one.law.likely()]) for one in told.parts("segment").values()]
    return tuple(one.tobytes() for one in arrays)


@pytest.mark.parametrize("kind", ["stable", "dirty"])
def test_shuffling_everything_known_after_the_cut_changes_no_prediction_by_one_bit(kind):
    """Another future of the same past: other fates, days, amounts, arrivals."""
    for seed in seeds(1):
        ways = [Asked.drawn(kind, seed, 250, otherwise=n) for n in (0, 1)]
        assert ways[0].parts[1:].tolist() != ways[1].parts[1:].tolist()
        one, two = (bits(forecast(asked)) for asked in ways)
        assert one == two


def test_what_is_known_later_of_the_same_deals_changes_nothing_once_it_is_cut_back_to_the_day():
    """A record that knows all, its later fates given to deals by lot, cut back to the day, foretells what the day knew."""
    for seed in seeds(1):
        asked = Asked.drawn("stable", seed, 250, place=4)
        told, rng = asked.rows, np.random.default_rng(seed)
        knows = replace(told, told=told.told + 63)
        opened = knows.fate == OPEN
        lot = rng.choice([OPEN, WON, LOST], len(knows.ids))[knows.deal]
        end = rng.integers(1, 63, len(knows.ids))[knows.deal]
        fate, until = np.where(opened, lot, knows.fate), np.where(opened, knows.until + end, knows.until)
        cut = known_by(replace(knows, fate=fate, until=until), told.told)
        past = asked.past
        here = forecast(asked)
        again = foretell(learn(replace(cut, told=past.told), past, asked.ends), asked.now, asked.first, asked.last)
        assert bits(here) == bits(again)


def test_quantiles_are_ordered_means_add_closed_amounts_are_a_floor_and_ever_is_never_less_than_in_the_period():
    """In every kind of world, at the beginning and inside of a period."""
    levels = np.linspace(0.001, 0.999, 199)
    for seed in seeds(7 if NIGHTLY else 2):
        for kind in KINDS if NIGHTLY else KINDS[seed % 3 :: 3]:
            asked = Asked.drawn(kind, seed, 120)
            told = forecast(asked)
            law, means = told.law, told.means
            assert (np.diff(law.quantile(levels)) >= 0).all()
            assert told.won == asked.parts[0] and law.quantile(1e-6) >= told.won and law.up_to(told.won - 1) == 0
            assert (told.ever >= told.chance).all() and (told.chance >= 0).all() and (told.ever <= 1).all()
            assert law.mean == pytest.approx(means.total, rel=1e-8)
            assert means.total == pytest.approx(told.won + float(told.amount @ told.chance) + means.coming, rel=1e-12)
            parts = told.parts("segment")
            assert sum(one.law.mean for one in parts.values()) == pytest.approx(law.mean, rel=1e-8)
            assert sum(one.won for one in parts.values()) == told.won
            ends = np.array([asked.first + 29, asked.first + 60, asked.last])
            by_month = months(told, ends)
            assert sum(one.mean for one in by_month.month) == pytest.approx(law.mean, rel=1e-6)
            assert by_month.to_date[-1].mean == pytest.approx(law.mean, rel=1e-6)
