"""What would the forecast have said on the day of an origin, and what came? As plain data, to be kept and scored."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from saleswright.measure.flow.columns import Ints
from saleswright.measure.flow.lifetable import WON
from saleswright.measure.forecast.backtest.before import between, by_member
from saleswright.measure.forecast.scored import laws
from saleswright.measure.forecast.scored.bands import LEVEL

if TYPE_CHECKING:
    from saleswright.measure.forecast.backtest.origins import Origin
    from saleswright.measure.forecast.law.bookings import Bookings
    from saleswright.measure.forecast.outlook.foretell import Foretold
    from saleswright.measure.forecast.outlook.past import Past
    from saleswright.measure.forecast.panel.panel import Panel
    from saleswright.measure.forecast.plain.guess import Guess

MODEL = "model"
LEVELS = tuple(round(0.05 * k, 2) for k in range(1, 20))
LOW, HIGH = LEVELS.index(0.1), LEVELS.index(0.9)
FEWEST = 30
"""Closed deals below which a forecast is no number, so it is none here either."""
DIGITS = 6


def answered(origin: Origin, told: Foretold, now: Past, seen: Panel, by: str) -> dict[str, Any]:
    """The model's answer of an origin. now: what became of all deals as known now. seen: the rows of `told.now` with that."""
    actual = between(now, origin.first, origin.last)
    found = _named(origin, now) | {"won": told.won, "kind": told.learned.kind, "n_closed": told.learned.n_closed}
    if told.learned.n_closed < FEWEST:
        found["reason"] = f"{told.learned.n_closed} closed deals were known: {FEWEST} are the least"
        return found
    found[MODEL] = _law(told.law, actual)
    low, high = told.law.independent.likely(LEVEL)
    found["alone"] = [low, high]
    if by:
        found["parts"] = _parts(origin, told, now, by)
    found["deals"] = _deals(origin, told, seen)
    return found


def nothing_known(origin: Origin, now: Past) -> dict[str, Any]:
    """The answer of a day from before the record had open deals."""
    return _named(origin, now) | {"reason": "no open deal was known yet", "plain": {}, "people": {}}


def plainly(guesses: list[Guess], actual: int) -> dict[str, dict[str, Any]]:
    """What every plain forecast said, by its name."""
    return {one.name: _plain(one, actual) for one in guesses}


def _named(origin: Origin, now: Past) -> dict[str, Any]:
    return {
        "period": str(origin.period),
        "week": origin.week,
        "day": origin.day.isoformat(),
        "left": origin.left,
        "actual": between(now, origin.first, origin.last),
    }


def _law(law: Bookings, actual: int) -> dict[str, Any]:
    under, up_to = float(law.curve.under(actual)), float(law.up_to(actual))
    at = law.quantile(LEVELS)
    loss = [float(laws.pinball(q, actual, level)) for q, level in zip(at.tolist(), LEVELS, strict=True)]
    return {
        "point": law.mean,
        "at": at.tolist(),
        "crps": law.crps(actual),
        "pinball": float(np.mean(loss)),
        "pit": [round(under, DIGITS), round(up_to, DIGITS)],
    }


def _parts(origin: Origin, told: Foretold, now: Past, by: str) -> dict[str, Any]:
    actuals = by_member(now, by, origin.first, origin.last)
    parts = told.parts(by)
    found = {}
    for name in dict.fromkeys((*parts, *(name for name, value in actuals.items() if value))):
        actual = actuals.get(name, 0)
        mine: dict[str, Any] = {"actual": actual}
        if name in parts:
            law = parts[name].law
            low, high = law.likely(LEVEL)
            mine |= {"point": law.mean, "low": low, "high": high, "crps": law.crps(actual)}
        found[name] = mine
    return found


def _plain(guess: Guess, actual: int) -> dict[str, Any]:
    if guess.point is None:
        return {"reason": guess.reason}
    found: dict[str, Any] = {"point": guess.point}
    if guess.x is None:
        return found | {"no_law": guess.no_law}
    found["at"] = [guess.quantile(level) for level in (0.1, 0.9)]
    return found | {"crps": guess.crps(actual)}


def _deals(origin: Origin, told: Foretold, seen: Panel) -> dict[str, Any]:
    """Of every open deal: who it is (a number that nobody can read), the chance it was told, and whether it was won in time."""
    won = (seen.fate == WON) & (seen.day + seen.until <= origin.last)
    return {
        "deal": numbers(seen.ids, seen.deal).tolist(),
        "chance": np.round(told.chance, DIGITS).tolist(),
        "won": won.astype(int).tolist(),
    }


def numbers(ids: tuple[str, ...], place: Ints) -> Ints:
    """A number of each deal, the same on every day and in every run."""
    unique, back = np.unique(place, return_inverse=True)
    made = [int.from_bytes(blake2b(ids[i].encode(), digest_size=6).digest()) for i in unique.tolist()]
    return np.array(made, np.int64)[back] if made else np.zeros(0, np.int64)
