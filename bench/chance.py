"""How long does the deal model take? Fit to a million person-weeks of 100,000 deals and score them, against a plain regression."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from bench.line import SEED, Line, seconds
from saleswright.measure.flow.columns import Floats
from saleswright.measure.flow.lifetable import WON
from saleswright.measure.forecast.chance import Model, fit
from saleswright.measure.forecast.panel.panel import Panel
from tests.measure.forecast.worlds import World

LIMIT = 20.0
ROWS = 1_000_000
DEALS = 100_000
DAYS = np.array([28, 91, 182])
STEPS = 8


def chance_fit(small: bool, place: Path) -> Line:
    """fit() with its past origins, trees and calibration, then within() and ever() of every row."""
    del place
    world = World("stable", SEED, 2_000 if small else DEALS)
    rows = world.training()
    if len(rows) > ROWS:
        # All deals, and of each as many weeks as make a million; the latest of all deals, for they are scored.
        kept = np.random.default_rng(SEED).random(len(rows)) < ROWS / len(rows)
        rows = rows.only(kept)
    made: dict[str, Model] = {}

    def ours() -> None:
        made["model"] = fit(rows, ends=world.quarter_ends)
        made["model"].within(rows, DAYS)

    start = time.process_time()
    mine = seconds(ours)
    work = time.process_time() - start
    theirs = seconds(lambda: _regression(rows))
    model, today = made["model"], world.open()
    true, told = world.chances()[:, -1], model.within(today, DAYS)[:, 1]
    error = abs(float(told.sum() / true.sum()) - 1)
    note = (
        f"{len(rows):,} person-weeks of {np.unique(rows.deal).size:,} deals, {model.n_won:,} won; every row scored at "
        f"{len(DAYS)} horizons; {work:.1f} s of one core; {model.kind}, calibrated {model.calibrated} by "
        f"{model.calibration.events:,} deals won; wins of {len(today):,} open deals in 91 days told within {error:.1%} of the "
        f"truth; baseline: logistic regression by {STEPS} Newton steps on the same rows, one horizon, no check on past days"
    )
    return Line("chance_fit", mine, theirs, f"within {LIMIT:.0f} s", mine <= LIMIT, "s", 1, note)


def _regression(rows: Panel) -> Floats:
    """Won within 91 days by stage, segment, source, owner and logs of days: fitted, and every row scored."""
    kinds = [np.eye(int(code.max()) + 1)[code][:, 1:] for code in (rows.stage, rows.segment, rows.source, rows.owner)]
    numbers = [
        rows.age,
        rows.in_stage,
        np.nan_to_num(rows.silent),
        np.nan_to_num(rows.to_close),
        rows.pushes,
        rows.back,
    ]
    x = np.concatenate([np.ones((len(rows), 1)), *kinds, *(np.log1p(one)[:, None] for one in numbers)], axis=1)
    y = (rows.fate == WON) & (rows.until <= 91)
    at = np.zeros(x.shape[1])
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-(x @ at)))
        bend = (x * (p * (1 - p))[:, None]).T @ x + 1e-6 * np.eye(x.shape[1])
        at += np.linalg.solve(bend, x.T @ (y - p))
    return np.asarray(1 / (1 + np.exp(-(x @ at))))
