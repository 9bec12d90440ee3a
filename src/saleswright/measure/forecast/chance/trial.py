"""Would it have held? The model fitted to what was known on past days, against what came in the quarter after each.

Rolling origins inside the rows the model may see: as many whole quarters back as leave half a year to learn from, at most
four. What is fitted at an origin knows nothing later. The trees are promoted only where they beat the cells here, counted by
deals; and the calibration is told by these chances, which nobody had fitted to their outcomes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleswright.measure.flow.columns import Bools, Floats, Ints
from saleswright.measure.flow.lifetable import WON
from saleswright.measure.forecast.chance import bayes, boost
from saleswright.measure.forecast.chance.bayes import TRUSTS
from saleswright.measure.forecast.chance.cells import factors
from saleswright.measure.forecast.chance.lead import SPAN, SPANS, chance, known_by, lives
from saleswright.measure.forecast.panel.panel import Panel

QUARTER = 91
HORIZONS = np.array([28, QUARTER])
ORIGINS = 4
BEFORE = np.array([0.15, 0.15, 0.2, 0.2, 0.3])
"""How likely each trust is before anything is tried."""

LEARN = 182
FEWEST = 20
"""Wins before an origin without which it is left out."""

TREES_FROM = 300
"""Wins before an origin from which trees are tried."""

MOST = 30_000
"""Rows an origin is fitted to: of more, every second, third ... day is taken."""

EDGE = 1e-6


@dataclass(frozen=True)
class Trial:
    """Deals at past origins, one row for each deal and origin: what was told then of each of HORIZONS, and what came.

    deal: whose. cells: (rows, TRUSTS, HORIZONS), chances by the cells with that much trust in them. trees: (rows, HORIZONS),
    with trees on top; nan where none were tried. won: (rows, HORIZONS).
    """

    deal: Ints
    cells: Floats
    trees: Floats
    won: Bools

    @property
    def trust(self) -> float:
        """How far may deals be told apart? The power of ratios to the usual one, weighed by how well each told what came; 1
        where nothing was tried.

        Both horizons of a deal together count once."""
        if not len(self.deal):
            return 1.0
        loss = np.array([float(_loss(self.cells[:, k], self.won).mean(axis=1).sum()) for k in range(len(TRUSTS))])
        weight = BEFORE * np.exp(loss.min() - loss)
        return float(np.round(weight @ TRUSTS / weight.sum(), 2))

    @property
    def by_cells(self) -> Floats:
        """(rows, HORIZONS): chances by the cells with that trust."""
        at = self.trust * (len(TRUSTS) - 1)
        low = min(int(at), len(TRUSTS) - 2)
        return np.asarray(self.cells[:, low] * (low + 1 - at) + self.cells[:, low + 1] * (at - low))

    def scores(self) -> tuple[float, float, float]:
        """Mean log loss of the cells and of cells with trees, where both spoke, and by how many standard errors the latter
        are better: by deal, with all its origins as one. nan where trees were never tried."""
        both = ~np.isnan(self.trees[:, -1])
        if not both.any():
            return float("nan"), float("nan"), float("nan")
        one, two = (_loss(some[both, -1], self.won[both, -1]) for some in (self.by_cells, self.trees))
        _, place = np.unique(self.deal[both], return_inverse=True)
        gain = np.bincount(place, one - two)
        error = float(np.sqrt((gain**2).sum()))
        return float(one.mean()), float(two.mean()), float(gain.sum()) / max(error, 1e-12)


def thinned(panel: Panel, most: int) -> Panel:
    """Fewer rows by leaving out days, counted back from the last: a deal is nearly the same a week later."""
    if len(panel) <= most:
        return panel
    days = np.unique(panel.day)
    step = -(-len(panel) // most)
    return panel.only(np.isin(panel.day, days[::-1][::step]))


def roll(panel: Panel, groups: tuple[str, ...], ends: Ints | None, seed: int) -> Trial:
    """Fit and score at every origin."""
    days = np.unique(panel.day)
    found: list[tuple[Ints, Floats, Floats, Bools]] = []
    for back in range(1, ORIGINS + 1):
        last = panel.told - back * QUARTER
        earlier = days[days <= last]
        if not earlier.size or int(earlier[-1]) - int(days[0]) < LEARN:
            break
        origin = int(earlier[-1])
        known = known_by(panel, origin)
        wins = np.unique(known.deal[known.fate == WON]).size
        if wins >= FEWEST:
            found.append(_at(known, panel.only(panel.day == origin), groups, ends, seed, wins >= TREES_FROM))
    if not found:
        sizes = (0, len(TRUSTS), len(HORIZONS)), (0, len(HORIZONS))
        return Trial(np.zeros(0, np.int64), np.zeros(sizes[0]), np.zeros(sizes[1]), np.zeros(sizes[1], bool))
    return Trial(*(np.concatenate(part) for part in zip(*found, strict=True)))


def _at(
    known: Panel, asked: Panel, groups: tuple[str, ...], ends: Ints | None, seed: int, with_trees: bool
) -> tuple[Ints, Floats, Floats, Bools]:
    """One origin: what was known, the deals open then, and what came of them."""
    few = thinned(known, MOST)
    model = bayes.fit(few, lives(few), factors(few, groups), ends)
    plain, ratio = model.parts(asked)
    told = [model.trusting(plain, ratio, trust) for trust in TRUSTS]
    by_cells = np.stack([chance(one[0], one[1], HORIZONS) for one in told], axis=1)
    by_trees = np.full((len(asked), len(HORIZONS)), np.nan)
    if with_trees:
        win, lose = corrected(told[-1], trees(few, model, seed), asked)
        by_trees = chance(win, lose, HORIZONS)
    won = (asked.fate == WON)[:, None] & (asked.until[:, None] <= HORIZONS)
    return asked.deal, by_cells, by_trees, won


Grown = tuple[boost.Trees | None, boost.Trees | None]


def trees(panel: Panel, model: bayes.Bayes, seed: int) -> Grown:
    """Trees for both ways out on top of the cells."""
    rows = thinned(panel, MOST)
    ends = lives(rows)
    told = model.intensities(rows, 1.0)
    asked = boost.asked(rows, told[0, :, 0], told[1, :, 0])
    made = []
    for way in range(2):
        seen, due = boost.seen_and_due(ends, told[way], way)
        made.append(boost.grow(rows, asked, seen, due, seed + way))
    return made[0], made[1]


def corrected(intensity: Floats, grown: Grown, panel: Panel) -> Floats:
    """Intensities times what the trees say, less so in the last span, of which they saw little."""
    if grown == (None, None):
        return intensity
    asked = boost.asked(panel, intensity[0, :, 0], intensity[1, :, 0])
    found = intensity.copy()
    power = np.where(SPAN == SPANS - 1, 0.5, 1.0)
    for way, some in enumerate(grown):
        if some is not None:
            found[way] *= some.ratio(asked)[:, None] ** power
    return found


def _loss(p: Floats, won: Bools) -> Floats:
    q = np.clip(p, EDGE, 1 - EDGE)
    return np.asarray(-np.where(won, np.log(q), np.log1p(-q)))
