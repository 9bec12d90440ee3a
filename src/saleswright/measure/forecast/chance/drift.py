"""Is this week a period's last, and is the market what it was? Factors of the day on which something ends.

Periods: wins come before a period ends, so days are told apart by the days left to the end. Level: ends against what was
expected in each quarter of a year; the level of the next is what the latest quarters had, each weighing `fade` of the one
after it and drawn to 1, with the fade and the strength of the pull weighed by how well they told each quarter beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import lgamma

import numpy as np

from saleswright.measure.flow.columns import Floats, Ints
from saleswright.measure.forecast.chance.lead import BINS, SPAN, STARTS, WIDTHS, Lives, Narrow
from saleswright.measure.forecast.chance.pull import Pulled, pull

LEFT = np.array([7, 14, 28])
"""Days left to the period's end that part its days: the last week, the one before, the two before, all others."""

PLACES = len(LEFT) + 1
RUSH = np.array([[1.5, 1.2, 1.05, 0.95], [1.0, 1.0, 1.0, 1.0]])
"""Shipped, by way and place: wins come before a period ends, losses at any time."""

RUSH_USUAL = 4.0
"""Ends that this is worth before anything is seen: as with stages, places of a period differ by much."""

AHEAD = 13
QUARTER = 91
FADES = np.array([0.0, 0.4, 0.7, 0.85, 1.0])
"""How much of what is remembered is left a quarter later. With 0 every quarter has a shock of its own, and no memory."""

WORTHS = np.array([4.0, 16.0, 64.0, 256.0])
STEPS = np.array([-0.15, -0.1, -0.05, 0.05, 0.1, 0.15])
LOOSE = 4.0
STEADY, WANDERS, MOVES = 0.5, 0.3, 0.2
"""How likely it is, before anything is seen, that the level stands still, wanders, or keeps growing or falling."""


@dataclass(frozen=True)
class Calendar:
    """ends: last days of periods. first: the first day with a table, one row for each day. shares: (days, BINS, PLACES),
    how much of each bin after the day lies in which place. place: by way, the ratios of places; level: by way, (ratio,
    seen, due) of the coming quarter.
    """

    ends: Ints
    first: int
    shares: Floats
    place: tuple[Pulled, ...]
    level: Floats

    def factor(self, day: Ints) -> Floats:
        """(2, rows, BINS): of what is to come after a day."""
        return self.usual(day) * self.level[:, 0, None, None]

    def usual(self, day: Ints) -> Floats:
        """(2, rows, BINS): of the place in the period alone, with the level that all quarters had together."""
        at = self.reaching(day)
        by_day = at.shares @ np.stack([one.ratio for one in self.place], axis=1)
        return np.moveaxis(by_day, -1, 0)[:, day - at.first]

    def drawn(self, day: Ints, times: int, rng: np.random.Generator) -> Floats:
        """(times, 2, rows, BINS): as it may truly be."""
        at = self.reaching(day)
        shipped = np.broadcast_to(RUSH[:, None], (2, times, PLACES))
        places = np.stack([one.drawn(parent, rng) for one, parent in zip(self.place, shipped, strict=True)], axis=-1)
        seen = np.maximum(self.level[:, 1], 1e-6)
        level = rng.standard_gamma(seen, size=(times, 2)) / seen * self.level[:, 0]
        by_day = np.einsum("dbp,tpw->twdb", at.shares, places) * level[:, :, None, None]
        return np.asarray(by_day[:, :, day - at.first])

    def reaching(self, day: Ints) -> Calendar:
        """The same with a table that has all these days."""
        if not day.size or (day.min() >= self.first and day.max() < self.first + len(self.shares)):
            return self
        first, last = int(day.min()), int(day.max())
        ends = _continued(self.ends, first, last)
        return replace(self, ends=ends, first=first, shares=_shares(ends, first, last))


def quarter_ends(first: int, last: int) -> Ints:
    """The last days of calendar quarters, from one before `first` to three years after `last`."""
    months = np.arange(first // 31 // 3 * 3 - 6, last // 28 + 40).astype("datetime64[M]")
    days = (months + 1).astype("datetime64[D]").astype(np.int64) - 1
    quarterly = days[(months.astype(np.int64) % 3) == 2]
    return np.asarray(quarterly[(quarterly >= first - 100) & (quarterly <= last + 1200)])


def none(day: Ints, ends: Ints | None) -> Calendar:
    """Nothing known of periods and levels yet; the table reaches over these days."""
    first, last = (int(day.min()), int(day.max())) if day.size else (0, 0)
    ends = quarter_ends(first, last) if ends is None else _continued(np.sort(ends), first, last)
    nothing = np.zeros(PLACES)
    one = Pulled(nothing, nothing, np.ones(PLACES), np.ones(1), np.ones(PLACES))
    return Calendar(ends, first, _shares(ends, first, last), (one, one), np.array([[1.0, 1e6, 1e6]] * 2))


def fit(day: Ints, lives: Lives, ratios: Narrow, company: Floats, old: Calendar, share: Floats, today: int) -> Calendar:
    """Ends of the next AHEAD weeks by the day on which they came, against what was expected of that day."""
    places, levels = [], []
    if not day.size:
        return old
    blocks = max(today - int(day.min()), 0) // QUARTER + 1
    for way in range(2):
        mean = np.zeros((blocks, PLACES))
        part = 0.0
        for week in range(AHEAD):
            k = int(np.searchsorted(STARTS, week, side="right")) - 1
            there = np.clip(lives.stay[:, k] - (week - STARTS[k]), 0.0, 1.0)
            # In the middle of what was seen of the week: of days after today nobody knows anything yet.
            at = day + 7 * week + np.ceil(3.5 * there).astype(np.int64)
            expected = there * ratios[way, :, SPAN[k]] * company[way, k]
            mean += np.bincount(
                _cell(at, today, old.ends, blocks), expected, minlength=blocks * PLACES
            ).reshape(blocks, PLACES)  # fmt: skip
            part += float(expected.sum()) * share[way, SPAN[k]]
        some = (lives.way == way) & (STARTS[np.maximum(lives.bin, 0)] < AHEAD)
        cell = _cell(lives.end[some], today, old.ends, blocks)
        came = np.bincount(cell, lives.counts[some], minlength=blocks * PLACES).reshape(blocks, PLACES)
        # In deals, not rows.
        scale = part / max(float(mean.sum()), 1e-9)
        seen, mean = came * scale, mean * scale
        place = pull(seen.sum(axis=0), mean.sum(axis=0), RUSH[way], RUSH_USUAL)
        places.append(place)
        levels.append(level(seen.sum(axis=1), (mean * place.ratio).sum(axis=1)))
    return replace(old, place=tuple(places), level=np.array(levels))


def level(seen: Floats, due: Floats) -> Floats:
    """(ratio, seen, due) of the coming quarter, after quarters with these ends where these were expected.

    A mixture of what may be: the level stands still; it wanders and comes back to 1 (WORTHS, FADES); it grows or falls by a
    step each quarter (STEPS). Each counts by how likely it made every quarter before it was seen.
    """
    wanders = [_told(seen, due, worth, fade, 0.0, worth) for worth in WORTHS for fade in FADES]
    moves = [_told(seen, due, LOOSE, fade, step, 0.0) for step in STEPS for fade in FADES[-2:]]
    steady = sum(n * np.log(max(mean, 1e-12)) - mean - lgamma(n + 1) for n, mean in zip(seen, due, strict=True))
    evidence = np.array([*(one[0] for one in wanders), *(one[0] for one in moves), steady])
    evidence += np.log(np.repeat([WANDERS / len(wanders), MOVES / len(moves), STEADY], [len(wanders), len(moves), 1]))
    weight = np.exp(evidence - evidence.max())
    weight /= weight.sum()
    table = np.array([*(one[1:] for one in wanders), *(one[1:] for one in moves), (1e6, 1e6)])
    middle = table[:, 0] / table[:, 1]
    ratio = float(weight @ middle)
    # The spread of the mixture, as a gamma law with the same variance.
    shape = ratio**2 / float(weight @ (middle / table[:, 1] + (middle - ratio) ** 2))
    return np.array([ratio, shape, shape / ratio])


def _told(seen: Floats, due: Floats, worth: float, fade: float, step: float, back: float) -> tuple[float, float, float]:
    """(log of how likely it made all quarters, and the gamma law (a, b) of the next). What is remembered fades, and with it
    how sure it is; the pull back to 1, worth `back`, does not."""
    a = b = worth
    log = 0.0
    for n, mean in zip(seen.tolist(), due.tolist(), strict=True):
        log += lgamma(a + n) - lgamma(a) - lgamma(n + 1)
        log += a * np.log(b / (b + mean)) + n * np.log(max(mean, 1e-12) / (b + mean))
        a = back + fade * (a - back + n)
        b = (back + fade * (b - back + mean)) * np.exp(-step)
    if fade == 0.0:
        # The coming quarter's shock is for whoever adds up deals (rho); here it is how well the usual level is known.
        a = b = worth * max(len(seen), 1)
    return float(log), a, b


def _cell(at: Ints, today: int, ends: Ints, blocks: int) -> Ints:
    block = np.clip(blocks - 1 - (today - np.minimum(at, today)) // QUARTER, 0, blocks - 1)
    return np.asarray(block * PLACES + _place(at, ends))


def _place(at: Ints, ends: Ints) -> Ints:
    left = ends[np.minimum(np.searchsorted(ends, at), len(ends) - 1)] - at
    return np.where(left < 0, PLACES - 1, np.searchsorted(LEFT, left, side="right"))


def _continued(ends: Ints, first: int, last: int) -> Ints:
    if not ends.size:
        return quarter_ends(first, last)
    ahead = np.arange(int(ends[-1]) + QUARTER, last + 1200, QUARTER)
    behind = np.arange(int(ends[0]) - QUARTER, first - 2 * QUARTER, -QUARTER)[::-1]
    return np.concatenate([behind, ends, ahead])


def _shares(ends: Ints, first: int, last: int) -> Floats:
    days = np.arange(first + 1, last + 1 + 7 * 104 + 1)
    one = np.zeros((len(days) + 1, PLACES))
    one[1:] = np.cumsum(np.eye(PLACES)[_place(days, ends)], axis=0)
    at = np.arange(last - first + 1)
    found = np.empty((len(at), BINS, PLACES))
    for k in range(BINS):
        wide = int(7 * WIDTHS[k]) if np.isfinite(WIDTHS[k]) else 364
        low = at + int(7 * STARTS[k]) if np.isfinite(WIDTHS[k]) else at + 7 * 52
        found[:, k] = (one[low + wide] - one[low]) / wide
    return found
