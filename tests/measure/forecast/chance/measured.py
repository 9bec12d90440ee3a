"""How much of the way from a stage's percentage to the truth does a model go? Against the true chances, without noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleswright.measure.flow.lifetable import OPEN, WON
from saleswright.measure.forecast.chance import Model, fit
from tests.measure.forecast.worlds import World

DAYS = 91


def say(words):
    """A measured figure, or a drawn seed, without which a failure cannot be played again."""
    print(words)  # noqa: T201


def seeds(n):
    """Drawn now, and printed, so that a failure can be played again."""
    first = int(np.random.SeedSequence().generate_state(1)[0] % 10**8)
    say(f"seeds {first} to {first + n - 1}")
    return range(first, first + n)


@dataclass(frozen=True)
class Measured:
    """Expected log loss of a world's open deals within a quarter, summed: by the truth, the model, and two ways of weighting
    by stage. told, true: chances; error: mean distance of told and true by tenth of what was told.
    """

    oracle: float
    model: float
    by_stage: float
    by_stage_and_time: float
    told: np.ndarray
    true: np.ndarray

    @property
    def error(self):
        return calibration_error(self.told, self.true)


def calibration_error(told, true):
    """Mean over tenths (by what was told) of the distance between what was told and what is so."""
    parts = np.array_split(np.argsort(told), 10)
    return sum(abs(told[one].sum() - true[one].sum()) for one in parts) / max(len(told), 1)


def loss(true, told):
    """The expected log loss of these chances where those are true."""
    q = np.clip(told, 1e-6, 1 - 1e-6)
    return float(-(true * np.log(q) + (1 - true) * np.log1p(-q)).sum())


def of_stage(training, today):
    """Stage-weighted, as a CRM has it: of all decided deals that were once in the stage, how many were won."""
    rows = training.only(training.fate != OPEN)
    seen = np.unique(np.stack([rows.deal, rows.stage, rows.fate == WON], axis=1), axis=0)
    n, won = (np.bincount(seen[some, 1], minlength=4) for some in (seen[:, 2] >= 0, seen[:, 2] == 1))
    return ((won + 0.5) / (n + 1))[today.stage]


def of_stage_and_time(training, today):
    """A harder one: of all deals that were in the stage on a past day, how many were won within the quarter after it."""
    rows = training.only(training.day + DAYS <= training.told)
    won = (rows.fate == WON) & (rows.until <= DAYS)
    n, some = np.bincount(rows.stage, minlength=4), np.bincount(rows.stage, won, minlength=4)
    return ((some + 0.5) / (n + 1))[today.stage]


def measure(kind: str, seed: int, number: int) -> tuple[Model, World, Measured]:
    """A world, a model fitted to its past, and how good it is today."""
    world = World(kind, seed, number)
    training, today, true = world.training(), world.open(), world.chances()[:, -1]
    model = fit(training, ends=world.quarter_ends)
    told = model.within(today, np.array([DAYS]))[:, 0]
    losses = (loss(true, one) for one in (true, told, of_stage(training, today), of_stage_and_time(training, today)))
    return model, world, Measured(*losses, told=told, true=true)


def closed(found: list[Measured], harder: bool = False) -> float:
    """The share of the gap that is closed, over all worlds together."""
    base = sum(one.by_stage_and_time if harder else one.by_stage for one in found)
    return (base - sum(one.model for one in found)) / (base - sum(one.oracle for one in found))
