"""The deal model against the truth, in worlds whose laws are drawn with their seeds."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conftest import NIGHTLY
from tests.measure.forecast.chance.measured import calibration_error, closed, measure, say, seeds


@pytest.mark.parametrize("kind", ["stable", "trend", "shock", "heavy", "dirty"] if NIGHTLY else ["stable", "dirty"])
def test_closes_85_of_the_gap_with_5000_deals_and_calibration_error_at_most_2(kind):
    """The model closes at least 85 % of the log-loss gap from stage-weighted to the oracle with 5,000 deals; calibration
    error at most 0.02 (shock world: reported; a quarter's shock is known to nobody)."""
    found = [measure(kind, seed, 5_000)[2] for seed in seeds(20 if NIGHTLY else 1)]
    share, errors = closed(found), [one.error for one in found]
    say(
        f"{kind}: {share:.3f} of the gap (worst {min(closed([one]) for one in found):.3f}), of the harder one "
        f"{closed(found, harder=True):.3f}; calibration error {np.mean(errors):.4f}, worst {max(errors):.4f}"
    )
    assert share >= 0.85
    if kind != "shock":
        assert np.mean(errors) <= 0.02


def test_closes_half_of_the_gap_with_100_deals():
    """At least 50 % with 100 deals."""
    kinds = ("small", "trend", "shock", "heavy", "dirty") if NIGHTLY else ("small", "dirty")
    for kind in kinds:
        found = [measure(kind, seed, 100)[2] for seed in seeds(60 if NIGHTLY else 8)]
        told, true = (np.concatenate([getattr(one, name) for one in found]) for name in ("told", "true"))
        say(
            f"{kind}: {closed(found):.3f} of the gap, of the harder one {closed(found, harder=True):.3f}; calibration error "
            f"of all worlds together {calibration_error(told, true):.4f}"
        )
        assert closed(found) >= 0.5


def test_no_invented_signal_where_nothing_predicts():
    """With 5,000 deals chances differ by no more than the base rate is known: everybody gets it. With 100 nobody can know that
    nothing predicts; then they stay within twice what 100 deals leave open of the base rate."""
    trusts, apart = [], []
    for seed in seeds(20 if NIGHTLY else 4):
        model, _, one = measure("quiet", seed, 5_000)
        base = float(one.told.mean()) / np.sqrt(model.n_won)
        say(f"trust {model.cells.trust}, spread {one.told.std():.4f}, base rate known to {base:.4f}")
        trusts.append(model.cells.trust)
        apart.append(float(one.told.std()) / base)
    # One world in fifteen is above 2 by itself.
    assert np.mean(trusts) <= 0.5 and np.mean(apart) <= 2
    spread, known = [], []
    for seed in seeds(30 if NIGHTLY else 6):
        model, _, one = measure("quiet", seed, 100)
        spread.append(one.told.std())
        known.append(one.told.mean() / np.sqrt(max(model.n_won, 1)))
    say(f"100 deals: spread {np.mean(spread):.4f}, base rate known to {np.mean(known):.4f}")
    assert np.mean(spread) <= 2 * np.mean(known)


def test_what_is_drawn_holds_the_truth():
    """The sum of the true chances lies within the drawn sums about as often as they say."""
    inside = []
    for seed in seeds(60 if NIGHTLY else 6):
        model, world, one = measure("stable", seed, 300)
        sums = model.draws(world.open(), np.array([91]), 200, seed)[:, :, 0].sum(axis=1)
        low, high = np.quantile(sums, [0.05, 0.95])
        inside.append(low <= one.true.sum() <= high)
    say(f"{np.mean(inside):.0%} of worlds inside the drawn 90 %")
    assert np.mean(inside) >= (0.75 if NIGHTLY else 0.5)
