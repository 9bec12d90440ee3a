"""What does a plain forecast say, and how far did it miss before? A number, and a law made of its own past errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from saleswright.measure.flow.columns import Floats
from saleswright.measure.forecast.scored import laws
from saleswright.measure.metrics.words import plural

FEWEST = 4
"""Past errors below which no law is made: of three, the 80 % range held 75 % in two worlds of three."""
MOST = 20
"""Of more errors than these the latest count: five years of quarters, and what is older is of another company."""
TAIL = 2.0
"""How far beyond the least and the largest error the law goes, in mean gaps between errors."""


@dataclass(frozen=True, slots=True)
class Guess:
    """What one plain forecast says of what will have come in by the end, in the amounts' unit.

    point: None where it cannot speak, and `reason` says why. x, cdf: its law, as `scored.laws` has them; None with `no_law`.
    errors: how many past errors the law is made of. notes: what else a reader must know.
    """

    name: str
    point: float | None
    reason: str = ""
    x: Floats | None = None
    cdf: Floats | None = None
    errors: int = 0
    no_law: str = "no past errors were given"
    notes: tuple[str, ...] = ()

    def quantile(self, level: float) -> float | None:
        """The value not exceeded with the chance `level`; None where there is no law."""
        return None if self.x is None else float(laws.quantile(self.x, self.cdf, level))

    def crps(self, actual: float) -> float:
        """The score of its law, in the amounts' unit; not a number where there is no law."""
        return float("nan") if self.x is None else float(laws.crps_law(self.x, self.cdf, actual))


def silent(name: str, reason: str, *notes: str) -> Guess:
    """A baseline that cannot speak."""
    return Guess(name, None, reason, no_law=reason, notes=notes)


def with_errors(guess: Guess, forecasts: Any, actuals: Any, won: float = 0.0, floors: Any = None) -> Guess:
    """The guess with a law made of how the same method missed at the same horizon before; what is won stays won.

    forecasts, actuals: of past origins whose outcome was known by now, oldest first, nan where it could not speak. floors: what was
    won already at each of them, for a method that adds to it: errors are then those of what was still to come.

    An error is a ratio, actual / forecast. The next ratio falls into each of the n + 1 gaps between and beyond the n past
    ones equally often, where they are drawn alike; so the law rises by 1 / (n + 1) from error to error in straight lines,
    and goes TAIL mean gaps beyond either end, not below 0. What lies below `won` is put on it.
    """
    if guess.point is None:
        return guess
    f, a = np.asarray(forecasts, np.float64), np.asarray(actuals, np.float64)
    under = np.zeros(f.shape) if floors is None else np.asarray(floors, np.float64)
    if not f.shape == a.shape == under.shape:
        raise ValueError(f"{f.shape} forecasts, {a.shape} actuals, {under.shape} floors")
    more = guess.point - (0.0 if floors is None else won)
    if more <= 0:
        return replace(guess, no_law="it expects nothing more, and its errors are shares of what was expected")
    fit = np.isfinite(f) & np.isfinite(a) & (f - under > 0)
    ratio = np.sort(((a[fit] - under[fit]) / (f[fit] - under[fit]))[-MOST:])
    if ratio.size < FEWEST:
        return replace(guess, errors=ratio.size, no_law=f"{plural(ratio.size, 'past error')}: {FEWEST} are the least")
    x, cdf = spread(ratio)
    x, cdf = _on_or_above(x * more + (guess.point - more), cdf, won)
    return replace(guess, x=x, cdf=cdf, errors=int(ratio.size), no_law="")


def spread(errors: Floats) -> tuple[Floats, Floats]:
    """The law (x, cdf) of the next error, given past ones in order. ValueError of fewer than two."""
    n = errors.size
    if n < 2:
        raise ValueError("one error says nothing of the next")
    reach = TAIL * float(errors[-1] - errors[0]) / (n - 1)
    first = min(float(errors[0]), max(0.0, float(errors[0]) - reach))
    return np.concatenate([[first], errors, [errors[-1] + reach]]), np.append(np.arange(n + 1) / (n + 1), 1.0)


def rolled(method: Callable[[int], Guess], actual: Callable[[int], float], origins: range) -> tuple[Floats, Floats]:
    """(forecasts, actuals) of the same method at earlier origins; nan where it could not speak."""
    points = [method(origin).point for origin in origins]
    told = [float("nan") if point is None else point for point in points]
    return np.array(told, np.float64), np.array([actual(origin) for origin in origins], np.float64)


def _on_or_above(x: Floats, cdf: Floats, won: float) -> tuple[Floats, Floats]:
    """What lies below what is won is put on it."""
    if won <= x[0]:
        return x, cdf
    keep = x > won
    at = float(laws.below(x, cdf, won)[1])
    return np.append(won, x[keep]), np.append(at, cdf[keep])
