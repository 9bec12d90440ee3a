"""A public CRM export in which nearly nothing predicts: no invented signal, and the page says so.

Its deals differ by age (deals open longer than some 140 days are never closed there); by agent and product they hardly do.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from saleswright.measure.flow.columns import days
from saleswright.measure.flow.lifetable import WON
from saleswright.measure.forecast.chance import fit
from saleswright.measure.forecast.chance.lead import known_by
from saleswright.measure.forecast.panel.panel import Panel
from tests.conftest import NIGHTLY, lacking
from tests.measure.forecast.chance.measured import say
from tests.measure.forecast.proof.maven import rows, shuffled
from tests.measure.forecast.seeds import drawn

WITHIN = 91
ORIGINS = (
    ("2017-04-02", "2017-05-28", "2017-07-02", "2017-08-06", "2017-09-03", "2017-10-01") if NIGHTLY else ("2017-07-02",)
)
SETTLED = "2017-07-01"
"""Before that the record is younger than a deal may be: nobody was seen open for half a year, and the first close is of March."""
AGE = 14


@pytest.fixture(scope="module")
def deals(shared: Path) -> Panel:
    folder = shared / "maven_crm"
    if not folder.is_dir():
        lacking("maven_crm is not in ../shared/data")
    return rows(folder)


def test_no_invented_signal_where_nearly_nothing_predicts(deals: Panel) -> None:
    """Chances of deals of one age differ by little, as little where agents and products are given to deals by lot; Brier is not
    worse than the base rate's beyond noise."""
    rng = drawn()
    for day in ORIGINS:
        at = days(date.fromisoformat(day))
        for name, panel in (("as it is", deals), ("by lot", shuffled(deals, rng))):
            told, now = known_by(panel, at), panel.only(panel.day == at)
            over = told.only(told.day + WITHIN <= at)
            base = float(((over.fate == WON) & (over.until <= WITHIN)).mean())
            model = fit(told)
            chance = model.within(now, np.array([WITHIN]))[:, 0]
            won = ((now.fate == WON) & (now.until <= WITHIN)).astype(float)
            worse = (chance - won) ** 2 - (base - won) ** 2
            apart = spread(chance, now.age)
            say(
                f"{day} {name}: {len(now)} open, won {won.mean():.3f}, told {chance.mean():.3f}, apart at one age {apart:.3f}, "
                f"Brier {((chance - won) ** 2).mean():.4f}, base rate {((base - won) ** 2).mean():.4f}, trust "
                f"{model.cells.trust:.2f}"
            )
            assert apart <= 0.10
            if day >= SETTLED:
                assert worse.mean() <= 4 * worse.std() / len(won) ** 0.5


def spread(chance: np.ndarray, age: np.ndarray) -> float:
    """How far chances of deals of about one age lie from their mean, as a standard deviation."""
    code = age // AGE
    n = np.bincount(code)
    mean = np.bincount(code, chance) / np.maximum(n, 1)
    return float(np.sqrt(np.mean((chance - mean[code]) ** 2)))
