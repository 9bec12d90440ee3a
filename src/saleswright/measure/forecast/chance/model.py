"""Will an open deal be won, and when? One fitted model for both, for any number of closed deals from 30."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from saleswright.lib.issue import USAGE, Issue, Stop, unknown
from saleswright.measure.flow.columns import Floats, Ints
from saleswright.measure.flow.lifetable import OPEN, WON
from saleswright.measure.forecast.chance import bayes, trial
from saleswright.measure.forecast.chance.calibrate import Calibration, calibrate
from saleswright.measure.forecast.chance.cells import Factor, factors, of_column, recoded
from saleswright.measure.forecast.chance.guard import leaks
from saleswright.measure.forecast.chance.lead import chance, ever, lives
from saleswright.measure.forecast.chance.why import Reason, reasons
from saleswright.measure.forecast.panel.panel import CODED, Panel

FEWEST = 30
"""Closed deals below which a model says so: what is shipped then counts for more than what was seen."""

MOST = 120_000
"""Rows the cells are fitted to: of more, every second, third ... day is taken."""

BETTER = 2.0
"""Trees are promoted where they beat the cells by so many standard errors."""

CHUNK = 20_000
"""Rows that are looked at together: more of them fall out of the processor's cache."""

DRAWN = 1_000_000


@dataclass(frozen=True)
class Model:
    """What `fit` found. n_deals, n_won, n_closed: deals behind it. loss: mean log loss of the cells, and of cells with trees,
    at the past origins (nan where trees were not tried); ahead: by how many standard errors trees were better.
    """

    cells: bayes.Bayes
    trees: trial.Grown
    calibration: Calibration
    names: dict[str, tuple[str, ...]]
    told: int
    n_deals: int
    n_won: int
    n_closed: int
    loss: tuple[float, float]
    ahead: float
    decided: dict[str, tuple[Ints, Ints]]

    @property
    def promoted(self) -> bool:
        """Do trees stand on top of the cells?"""
        return self.trees != (None, None)

    @property
    def kind(self) -> str:
        """In words: cells, cells with trees, or the shipped prior where fewer than 30 deals are closed."""
        if self.n_closed < FEWEST:
            return "shipped prior"
        return "cells with trees" if self.promoted else "cells"

    @property
    def calibrated(self) -> str:
        """Which map from chances as told to chances as they came: none, beta or isotonic."""
        return self.calibration.which

    def within(self, panel: Panel, days: Ints) -> Floats:
        """(rows, len(days)): the chance to be won within so many days of the row's day; rising in days."""
        return self._chances(panel, np.asarray(days))[0]

    def ever(self, panel: Panel) -> Floats:
        """(rows): the chance to be won at all; never less than within any number of days."""
        return self._chances(panel, np.zeros(0, np.int64))[1]

    def draws(self, panel: Panel, days: Ints, times: int, seed: int) -> Floats:
        """(times, rows, len(days)): `within` as it may truly be, by what the counts behind the model leave open."""
        rng = np.random.default_rng(seed)
        rows = self._known(panel)
        model = self.cells
        ratio = trial.corrected(model.intensities(rows), self.trees, rows) / model.intensities(rows)
        at_once = max(1, DRAWN // max(1, len(rows)))
        made = []
        for first in range(0, times, at_once):
            drawn = model.drawn(rows, min(at_once, times - first), rng) * ratio
            made.append(self.calibration(chance(drawn[:, 0], drawn[:, 1], np.asarray(days))))
        return np.concatenate(made) if made else np.zeros((0, len(rows), len(days)))

    def why(self, panel: Panel, row: int) -> tuple[Reason, ...]:
        """What stands behind the chance of a row: its cells, their counts, and how far each was pulled."""
        rows = self._known(panel).only(np.array([row]))
        return reasons(self.cells, rows, self.decided)

    def _known(self, panel: Panel) -> Panel:
        return recoded(panel, self.names)

    def _chances(self, panel: Panel, days: Ints) -> tuple[Floats, Floats]:
        within, at_all = np.zeros((len(panel), len(days))), np.zeros(len(panel))
        for first in range(0, len(panel), CHUNK):
            part = slice(first, first + CHUNK)
            rows = self._known(panel.only(part))
            win, lose = trial.corrected(self.cells.intensities(rows), self.trees, rows)
            at_all[part] = self.calibration(ever(win, lose))
            within[part] = np.minimum(self.calibration(chance(win, lose, days)), at_all[part, None])
        return within, at_all


def fit(
    panel: Panel,
    groups: tuple[str, ...] = ("segment",),
    seed: int = 0,
    ends: Ints | None = None,
    roll: Callable[[Panel, tuple[str, ...], Ints | None, int], trial.Trial] = trial.roll,
) -> Model:
    """The model of these rows, told by what became of them until `panel.told`.

    groups: what stages are told apart by. seed: of the deals that trees keep apart. ends: the last days of periods (calendar
    quarters where none are given). roll: how past days are tried, or where that is kept. Stop where rows contradict themselves.
    """
    _check(panel, groups)
    won, closed = (np.unique(panel.deal[some]).size for some in (panel.fate == WON, panel.fate != OPEN))
    few = trial.thinned(panel, MOST)
    cells = bayes.fit(few, lives(few), factors(few, groups), ends)
    tried = roll(panel, groups, ends, seed)
    one, two, ahead = tried.scores()
    grown = trial.trees(few, replace(cells, trust=1.0), seed) if ahead > BETTER else (None, None)
    # On all rows trees may find nothing to split, whatever they won by on past days: then the cells alone speak.
    better = grown != (None, None)
    cells = replace(cells, trust=1.0 if better else tried.trust)
    spoken = tried.trees if better else tried.by_cells
    spoke = ~np.isnan(spoken[:, -1])
    # A deal told of at several origins is one deal; but to weigh such deals less would weigh slow deals less.
    rows = int(spoke.sum())
    weight = np.full(rows * len(trial.HORIZONS), np.unique(tried.deal[spoke]).size / max(rows, 1) / len(trial.HORIZONS))
    events = np.unique(tried.deal[tried.won[:, -1] & spoke]).size
    map_ = calibrate(spoken[spoke].ravel(), tried.won[spoke].astype(np.float64).ravel(), weight, events)
    return Model(
        cells=cells,
        trees=grown,
        calibration=map_,
        names=dict(panel.names),
        told=panel.told,
        n_deals=np.unique(panel.deal).size,
        n_won=won,
        n_closed=closed,
        loss=(one, two),
        ahead=ahead,
        decided=_decided(panel, cells.factors),
    )


def _decided(panel: Panel, factors: tuple[Factor, ...]) -> dict[str, tuple[Ints, Ints]]:
    """(won, decided) deals that were once seen in each cell of the stages, and of stages by group."""
    rows = panel.only(panel.fate != OPEN)
    found = {}
    for one in factors:
        if one.name == "stage" or (one.name.endswith(" x stage") and not one.name.startswith("in_stage")):
            key = np.unique((rows.deal * one.size + one.codes(rows)) * 2 + (rows.fate == WON))
            cell = key // 2 % one.size
            found[one.name] = (
                np.bincount(cell[key % 2 == 1], minlength=one.size),
                np.bincount(cell, minlength=one.size),
            )
    return found


def _check(panel: Panel, groups: tuple[str, ...]) -> None:
    """Rows that contradict themselves: every contradiction with how many rows have it."""
    wrong = (
        ("end before their day", panel.until < 0),
        ("are of a later day than is known", panel.day > panel.told),
        ("end later than is known", panel.day + panel.until > panel.told),
        ("have no weight", ~(panel.weight > 0)),
    )
    unknown_groups = [one for one in groups if one not in panel.groups and one not in CODED]
    issues = [unknown("group", one, (*CODED, *panel.groups)) for one in unknown_groups]
    issues += [
        Issue("", f"{int(some.sum()):,} rows of the panel {words}", "nothing may be learnt from what was not known", "")
        for words, some in wrong
        if some.any()
    ]
    if not issues:
        # A group that is known only at the end would tell what became of the deals it is asked about.
        _, first = np.unique(panel.deal, return_index=True)
        columns = {name: of_column(panel, name)[first].tolist() for name in groups if name in panel.groups}
        issues = [one for one in leaks(columns, panel.fate[first], dated=groups) if one.level == "error"]
    if issues:
        raise Stop(*issues, exit_code=USAGE)
