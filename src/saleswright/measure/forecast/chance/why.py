"""Why this chance? The cells a deal lies in, what was seen there, and how far each was pulled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from saleswright.measure.flow.columns import Ints
from saleswright.measure.forecast.chance import bayes
from saleswright.measure.forecast.chance.lead import SPAN, ever
from saleswright.measure.forecast.panel.panel import Panel

SHOWN = 0.02
"""A cell that moves chances by less is not told."""
FEW = 0.5
"""Where fewer wins were expected nothing was seen, and what is told is the prior."""


@dataclass(frozen=True)
class Reason:
    """One cell of a deal. factor, cell: which, in words. won, due: wins seen, and expected by everything else. raw: their
    ratio; pulled: what is left of it after the pull. text: a sentence for a person.
    """

    factor: str
    cell: str
    won: float
    due: float
    raw: float
    pulled: float
    text: str


def reasons(model: bayes.Bayes, row: Panel, decided: Mapping[str, tuple[Ints, Ints]]) -> tuple[Reason, ...]:
    """The cells of one row, the first with its count of deals, the others by how far they move the chance of winning."""
    found = []
    base = model.company * model.calendar.factor(row.day)[:, 0]
    for factor, told in zip(model.factors, model.told, strict=True):
        code = int(factor.codes(row)[0])
        whole = told.whole[0]
        won, due, pulled = float(whole.seen[code]), float(whole.due[code]), float(whole.ratio[code])
        raw = won / due if due > 0 else float("nan")
        label = factor.labels[code]
        if factor.name in decided:
            for way in range(2):
                base[way] = base[way] * told.ratio(way)[code][SPAN]
            n, of = int(decided[factor.name][0][code]), int(decided[factor.name][1][code])
            chance = float(ever(base[0][None], base[1][None])[0])
            text = f"{label}: {n:,} of {of:,} in this cell, pulled to {chance:.0%}".replace("%", " %")
        elif due < FEW:
            text = f"{label}: {pulled:.2f} times, as is usual elsewhere, for none was seen here"
        else:
            text = f"{label}: {won:.1f} won where {due:.1f} were expected, pulled to {pulled:.2f} times"
        found.append(Reason(factor.name, label, won, due, raw, pulled, text))
    first = [one for one in found if one.factor in decided]
    rest = [one for one in found if one.factor not in decided and abs(np.log(max(one.pulled, 1e-9))) > SHOWN]
    return (*first, *sorted(rest, key=lambda one: -abs(np.log(max(one.pulled, 1e-9)))))
