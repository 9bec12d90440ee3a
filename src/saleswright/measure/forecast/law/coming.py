"""What will be won of deals that nobody has created yet? Their number, their chance by age, and their amounts.

Past cohorts (deals created in a month, say) with their wins by age make a triangle: the youngest have been seen for a short
while only. The chance of each age is all wins at that age over all deals that were seen at it, as a chain ladder does, drawn
towards nothing beyond what was seen. How many deals come is the mean of the last cohorts; their counts vary more than Poisson's
(the excess is estimated, never below 0), and the mean itself is unsure, which does not even out over the months.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from saleswright.lib.issue import Issue, Stop
from saleswright.measure.flow.columns import Floats
from saleswright.measure.forecast.law.deals import Coming

RECENT = 12
"""The rate is that of at most so many of the last cohorts."""

SAMPLE = 64
"""Amounts are held as at most so many, of which each stands for as many wins."""


def coming(created: Any, wins: Any, amount: Any, ahead: int, spread: float = 0.0, part: float = 1.0) -> Coming:
    """What comes in the next `ahead` months, from past cohorts of a month, oldest first.

    created: deals by cohort, (cohorts,). wins: by cohort and age in months, (cohorts, ages); nan where not yet seen. amount:
    what such wins were booked at. part: how much of the first month is still to come, 0 to 1. The answer's chances are
    (ahead, ahead): by month of creation and month of winning. Stop where the counts make no sense.
    """
    n, won = np.asarray(created, np.float64), np.asarray(wins, np.float64)
    sample = np.sort(np.atleast_1d(np.asarray(amount, np.float64)))
    _check(n, won, sample, part)
    by_age = _by_age(n, won)
    recent = n[-RECENT:]
    mean = float(recent.mean()) if recent.size else 0.0
    excess = max(0.0, float(recent.var(ddof=1)) - mean) / mean**2 if recent.size > 1 and mean > 0 else 0.0
    # The mean of some cohorts varies as their counts do.
    unsure = (1 / mean + excess) / recent.size if mean > 0 else 0.0
    rate = np.full(ahead, mean)
    rate[:1] *= part
    chance = np.zeros((ahead, ahead))
    for cohort in range(ahead):
        seen = by_age[: ahead - cohort]
        chance[cohort, cohort : cohort + seen.size] = seen
    return Coming(rate, chance, few(sample), spread, excess, unsure)


def few(sample: Floats, most: int = SAMPLE) -> Floats:
    """A sample as at most so many values: the means of equal shares of it, so that the mean is kept to the digit."""
    if sample.size <= most:
        return sample
    # Shares of unequal size would move the mean: each value is cut where a share ends.
    edges = np.linspace(0, sample.size, most + 1)
    running = np.concatenate([[0.0], np.cumsum(np.sort(sample))])
    at = np.interp(edges, np.arange(sample.size + 1), running)
    return np.asarray(np.diff(at) * most / sample.size)


def _by_age(n: Floats, won: Floats) -> Floats:
    seen = np.isfinite(won)
    at_risk = (seen * n[:, None]).sum(axis=0)
    found = np.divide(np.where(seen, won, 0.0).sum(axis=0), at_risk, out=np.zeros(won.shape[1]), where=at_risk > 0)
    total = found.sum()
    return np.asarray(found / total if total > 1 else found)


def _check(n: Floats, won: Floats, sample: Floats, part: float) -> None:
    issues = []
    if n.ndim != 1 or won.ndim != 2 or won.shape[0] != n.shape[0]:
        issues.append(Issue("wins", f"{won.shape} wins for {n.shape} cohorts", "by cohort and age"))
    elif (np.where(np.isfinite(won), won, 0.0).sum(axis=1) > n).any():
        issues.append(Issue("wins", "a cohort has more wins than deals"))
    if not (np.isfinite(n).all() and (n >= 0).all()) or (won < 0).any():
        issues.append(Issue("created", "counts are at least 0"))
    if not (np.isfinite(sample).all() and (sample >= 0).all()):
        issues.append(Issue("amount", "an amount is at least 0"))
    if not 0 <= part <= 1:
        issues.append(Issue("part", f"what is left of the first month is between 0 and 1, not {part}"))
    if issues:
        raise Stop(*issues)
