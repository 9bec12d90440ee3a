"""A law of past errors: its places by hand, its coverage measured, and what is won stays won."""

from __future__ import annotations

import numpy as np
import pytest

from saleswright.measure.forecast.plain.guess import FEWEST, Guess, rolled, silent, spread, with_errors
from saleswright.measure.forecast.scored.laws import below, crps_law, crps_samples
from tests.conftest import NIGHTLY
from tests.measure.forecast.seeds import drawn

SAID = Guess("naive", 100.0)


def test_the_law_rises_evenly_from_error_to_error():
    told = with_errors(SAID, [100, 100, 50, 200], [80, 120, 50, 180])
    assert told.x.tolist() == pytest.approx([100 * (0.8 - 2 * 0.4 / 3), 80, 90, 100, 120, 100 * (1.2 + 2 * 0.4 / 3)])
    assert told.cdf.tolist() == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])
    assert (told.errors, told.no_law) == (4, "")
    assert told.quantile(0.4) == pytest.approx(90) and told.crps(95) == pytest.approx(
        float(crps_law(told.x, told.cdf, 95))
    )


def test_too_few_errors_make_no_law_and_say_so():
    told = with_errors(SAID, [100, np.nan, 0, 50], [80, 90, 10, 60])
    assert told.x is None and told.no_law == f"2 past errors: {FEWEST} are the least" and told.errors == 2
    assert told.quantile(0.5) is None and np.isnan(told.crps(5))
    mute = silent("naive", "no history")
    assert with_errors(mute, [1], [1]) is mute and np.isnan(mute.crps(1))
    with pytest.raises(ValueError):
        with_errors(SAID, [1], [1, 2])


def test_what_is_won_is_a_floor_under_the_law():
    told = with_errors(SAID, [100] * 6, [50, 70, 90, 110, 130, 150], won=80)
    assert told.x[0] == 80 and told.cdf[0] == pytest.approx(2.5 / 7)
    assert below(told.x, told.cdf, 80)[0] == 0.0 and told.quantile(0.1) == 80
    free = with_errors(SAID, [100] * 6, [50, 70, 90, 110, 130, 150])
    for level in (0.5, 0.8, 0.95):
        assert told.quantile(level) == pytest.approx(free.quantile(level))


def test_what_adds_to_what_is_won_errs_in_what_it_adds():
    told = with_errors(SAID, [50, 70, 90, 110], [40, 80, 90, 130], won=60, floors=[30, 50, 70, 90])
    assert told.x[1:-1].tolist() == pytest.approx([60 + 40 * 0.5, 60 + 40 * 1.0, 60 + 40 * 1.5, 60 + 40 * 2.0])
    assert told.x[0] >= 60
    done = with_errors(Guess("rate", 60.0), [50] * 5, [40] * 5, won=60, floors=[30] * 5)
    assert done.x is None and "expects nothing more" in done.no_law


def test_no_error_is_below_nothing_unless_one_was():
    assert spread(np.array([0.1, 2.0]))[0][0] == 0.0
    assert spread(np.array([-0.5, 2.0]))[0][0] == -0.5
    with pytest.raises(ValueError):
        spread(np.array([1.0]))


def test_only_where_it_could_speak_is_there_an_error():
    f, a = rolled(lambda n: Guess("x", float(n)) if n > 2 else silent("x", "too few"), lambda n: n * 2.0, range(5))
    assert np.isnan(f[:3]).all() and f[3:].tolist() == [3, 4] and a.tolist() == [0, 2, 4, 6, 8]


def test_the_ranges_of_few_errors_hold_what_they_promise_and_cost_less_than_bare_samples():
    """Errors drawn alike, heavy-tailed or not: from four on the 80 % range holds 77-83 %; the sample alone holds half."""
    rng = drawn()
    worlds = 12_000 if NIGHTLY else 1200
    for draw in (lambda n: np.exp(0.3 * rng.standard_normal(n)), lambda n: rng.gamma(2, 0.5, n)):
        for n in (FEWEST, 8, 20):
            held, bare, costs = 0, 0, np.zeros(2)
            for _ in range(worlds // 2):
                r, y = np.sort(draw(n)), float(draw(1)[0])
                x, cdf = spread(r)
                held += np.interp(0.1, cdf, x) <= y <= np.interp(0.9, cdf, x)
                bare += np.quantile(r, 0.1) <= y <= np.quantile(r, 0.9)
                costs += crps_law(x, cdf, y), crps_samples(r, y)
            # Three standard errors of so many worlds.
            slack = 3 * np.sqrt(0.16 / (worlds // 2))
            assert 0.76 - slack <= held / (worlds // 2) <= 0.83 + slack, n
            assert bare < held and costs[0] < costs[1] * 1.01
