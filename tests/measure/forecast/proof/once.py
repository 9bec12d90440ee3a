"""One replication: a world of its own, its forecast, what came, and what the baselines said."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from saleswright.measure.forecast.law.bookings import Bookings, bookings
from saleswright.measure.forecast.outlook.foretell import Foretold, foretell
from saleswright.measure.forecast.outlook.learn import learn
from tests.measure.forecast.proof.asked import Asked
from tests.measure.forecast.proof.plainly import baselines
from tests.measure.forecast.worlds import QUARTER


def forecast(asked: Asked) -> Foretold:
    """Learnt from what was known on the day, and foretold."""
    return foretell(learn(asked.rows, asked.past, asked.ends), asked.now, asked.first, asked.last)


def once(kind: str, seed: int, number: int, plain: bool = True, closely: bool = False) -> dict[str, Any]:
    """A world of this kind, seed and number of deals, as a line of the results. Amounts in minor units.

    came, mean: (won before the day, of open deals, of deals created later). at: P(X < what came) and P(X <= what came), of the
    whole; in between lies the place of what came in the law. promised: the chance that the law gives its own range, which is
    more than 80 % where it jumps. closely: places in the parts, the range if deals did not move together (alone), and
    what the true chances expect of open deals (wins, amounts).
    """
    begun = time.process_time()
    asked = Asked.drawn(kind, seed, number)
    told = forecast(asked)
    law, came = told.law, asked.parts
    actual = float(came.sum())
    low, high = law.likely()
    took = time.process_time() - begun
    row: dict[str, Any] = {
        "kind": kind,
        "seed": seed,
        "number": number,
        "place": asked.place,
        "came": came.tolist(),
        "mean": [told.means.won, told.means.open, told.means.coming],
        "low": low,
        "high": high,
        "promised": float(law.up_to(high) - (1 - law.at_least(low))),
        "crps": law.crps(actual),
        "sd": law.sd,
        "at": {"all": _at(law, actual)},
        "wins": [float(told.chance.sum()), asked.world.booked(weeks=QUARTER - asked.place).wins_open],
        "rho": told.learned.shock.mean,
        "sure": told.sure,
        "trust": told.learned.model.cells.trust,
        "spread": told.learned.ratio.spread,
        "ratio": told.learned.ratio.mean,
        "seconds": took,
    }
    if told.coming is not None:
        row["wins_coming"] = [float(told.coming.wins), asked.world.booked(weeks=QUARTER - asked.place).wins_later]
    if closely:
        true = asked.world.chances(weeks=QUARTER - asked.place)[:, -1]
        row["true"] = [float(true.sum()), float(told.amount @ true)]
        row["alone"] = list(law.independent.likely())
        row["at"]["open"] = _at(told.open_law, came[1])
        if told.coming is not None:
            alone = bookings([], [], coming=told.coming, spread=told.learned.ratio.spread, rho=told.learned.shock)
            row["at"]["coming"] = _at(alone, came[2])
    row["plain"] = {}
    if plain:
        for one in baselines(asked):
            if one.x is not None:
                ends = one.quantile(0.1), one.quantile(0.9)
                row["plain"][one.name] = [one.point, *ends, one.crps(actual)]
    return row


def futures(row: dict[str, Any], times: int) -> dict[str, Any]:
    """Other futures of the same past, `times` of them: how many of them the range held and lay beyond it, and the CRPS of what
    came for whoever knows the law of the world (corrected for there being few futures; Ferro 2014).

    They share a past, so they are no replications; they tell coverage of the same worlds with less noise.
    """
    kind, seed, number = row["kind"], row["seed"], row["number"]
    x = np.array([Asked.drawn(kind, seed, number, otherwise=1 + i).parts.sum() for i in range(times)])
    below, above = float((x < row["low"]).mean()), float((x > row["high"]).mean())
    apart = np.abs(x[:, None] - x).sum() / (times * (times - 1))
    best = float(np.abs(x - sum(row["came"])).mean() - apart / 2)
    return {"times": times, "below": below, "above": above, "best": best, "mean": float(x.mean())}


def _at(law: Bookings, value: float) -> list[float]:
    return [1 - float(law.at_least(value)), float(law.up_to(value))]
