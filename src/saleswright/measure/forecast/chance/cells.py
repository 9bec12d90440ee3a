"""In which cells does a row of a panel lie? By stage, by segment in the stage, by age, by pushes: what was known on its day.

Every factor parts the rows into cells. What is shipped with each is a mild guess, for both ways out: how many times as many
ends as usual a cell has. It is worth a few deals, and counts nearly nothing where there are many.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from saleswright.measure.flow.columns import Floats, Ints
from saleswright.measure.forecast.panel.panel import CODED, Panel

IN_STAGE = (3, 8, 15, 29, 57, 113)
AGE = (8, 22, 46, 91, 181, 366)
TO_CLOSE = (8, 15, 29, 57, 113)
SILENT = (3, 8, 15, 29, 57, 113)
FEW = 5
WORTH = 10.0
SIZES = 5
STAGES, MAIN, CROSSED = 4.0, 48.0, 128.0
"""Stages differ by much, other kinds of deals by a seventh, and pairs of kinds by a tenth more than each alone."""


@dataclass(frozen=True)
class Factor:
    """One way to part rows into cells. title and labels: for people. shipped: (2, cells), ratios of winning and losing.

    codes: the cell of each row. usual: how many ends the shipped ratio is worth before anything is seen (pull.py).
    needs: columns without which it says nothing.
    """

    name: str
    title: str
    labels: tuple[str, ...]
    shipped: Floats
    codes: Callable[[Panel], Ints]
    needs: tuple[str, ...]
    usual: float = MAIN

    @property
    def size(self) -> int:
        """How many cells it has."""
        return len(self.labels)


def factors(panel: Panel, groups: tuple[str, ...] = ("segment",)) -> tuple[Factor, ...]:
    """The factors for rows like these, coarse ones first. groups: columns of codes that stages are told apart by, too.

    Of the rows only names, and the usual amounts and rates, are used, never what became of them.
    """
    stage, in_stage = (
        _named(panel, "stage"),
        _ages("in_stage", "in the stage", IN_STAGE, (1, 1.1, 1.1, 1.1, 1, 1, 0.85, 0.65)),
    )
    made = [stage]
    if len(panel.names.get("pipeline", ())) > 1:
        made.append(_crossed(_named(panel, "pipeline"), stage))
    for group in groups:
        one = _named(panel, group)
        made += [one, _crossed(one, stage)]
    made += [
        in_stage,
        _crossed(in_stage, stage),
        *(_crossed(in_stage, _named(panel, group)) for group in groups),
        _ages("age", "old", AGE, (1, 0.8, 0.8, 1, 1, 1, 0.85, 0.65)),
        _close(),
        _counts("pushes", "pushed", (1, 0.95, 0.85, 0.7)),
        _silent(),
        _counts("back", "moved back", (1, 0.8, 0.7)),
        _counts("entries", "stages entered", (1, 1, 1, 1, 0.95, 0.9)),
        _change(),
        *(_named(panel, one) for one in ("owner", "source")),
        *(_history(panel, one) for one in ("owner", "source")),
        _amounts(panel),
    ]
    return tuple(one for one in made if not set(one.needs) & set(panel.lacking))


def of_column(panel: Panel, name: str) -> Ints:
    """The codes of a column or of a split of this name."""
    found: Ints = panel.groups[name] if name in panel.groups else getattr(panel, name)
    return found


def recoded(panel: Panel, names: Mapping[str, tuple[str, ...]]) -> Panel:
    """The same rows with the codes of other names; a name that is not among them becomes one more than the last code."""
    changed: dict[str, Any] = {}
    groups = dict(panel.groups)
    for column in dict.fromkeys((*CODED, *groups)):
        mine, theirs = panel.names.get(column, ()), names.get(column, ())
        if mine != theirs:
            place = {name: i for i, name in enumerate(theirs)}
            table = np.array([*(place.get(name, len(theirs)) for name in mine), -1], np.int64)
            if column in CODED:
                changed[column] = table[getattr(panel, column)]
            if column in groups:
                groups[column] = table[groups[column]]
    same = not changed and all(groups[name] is panel.groups[name] for name in groups)
    return panel if same else replace(panel, **changed, groups=groups, names=names)


def _named(panel: Panel, column: str) -> Factor:
    """A cell for each name; one for no name, and one for names that nobody knew."""
    names = panel.names.get(column, ())
    last = len(names) + 1

    def codes(rows: Panel) -> Ints:
        of = of_column(rows, column)
        return np.where((of < 0) | (of > len(names)), np.where(of < 0, 0, last), of + 1)

    labels = (f"no {column}", *names, f"a new {column}")
    return Factor(
        column, column, labels, np.ones((2, last + 1)), codes, (column,), STAGES if column == "stage" else MAIN
    )


def _crossed(one: Factor, two: Factor) -> Factor:
    size = two.size
    labels = tuple(f"{two_label}, {one_label}" for one_label in one.labels for two_label in two.labels)

    def codes(rows: Panel) -> Ints:
        return one.codes(rows) * size + two.codes(rows)

    title = f"{one.title} by {two.title}"
    return Factor(
        f"{one.name} x {two.name}", title, labels, np.ones((2, one.size * size)), codes, one.needs + two.needs, CROSSED
    )


def _ages(column: str, words: str, limits: tuple[int, ...], win: tuple[float, ...]) -> Factor:
    edges = np.array((0, *limits))

    def codes(rows: Panel) -> Ints:
        return np.asarray(np.searchsorted(edges, getattr(rows, column), side="right"), np.int64)

    labels = (f"unknown days {words}", *(f"{text} days {words}" for text in _between(limits)))
    return Factor(column, f"days {words}", labels, _shipped(win), codes, (column,))


def _close() -> Factor:
    """A stated day in the past says that it has passed, and nothing else."""
    edges = np.array(TO_CLOSE, np.float64)

    def codes(rows: Panel) -> Ints:
        told = ~rows.past_due & ~np.isnan(rows.to_close)
        place = 2 + np.searchsorted(edges, np.where(told, rows.to_close, 0.0), side="right")
        return np.where(rows.past_due, 1, np.where(told, place, 0)).astype(np.int64)

    ahead = tuple(f"stated to close in {text} days" for text in _between(TO_CLOSE))
    labels = ("no stated close", "stated close has passed", *ahead)
    return Factor(
        "to_close", "stated close", labels, _shipped((0.9, 0.7, 1.3, 1.2, 1.1, 1, 0.9, 0.8)), codes, ("to_close",)
    )


def _silent() -> Factor:
    edges = np.array(SILENT, np.float64)

    def codes(rows: Panel) -> Ints:
        told = ~np.isnan(rows.silent)
        place = 1 + np.searchsorted(edges, np.where(told, rows.silent, 0.0), side="right")
        return np.where(told, place, 0).astype(np.int64)

    labels = ("no activity known", *(f"silent for {text} days" for text in _between(SILENT)))
    return Factor("silent", "last activity", labels, _shipped((1, 1.1, 1.1, 1.1, 1, 0.8, 0.5, 0.3)), codes, ("silent",))


def _counts(column: str, words: str, win: tuple[float, ...]) -> Factor:
    last = len(win) - 1

    def codes(rows: Panel) -> Ints:
        return np.asarray(np.clip(getattr(rows, column), 0, last))

    labels = (*(f"{words}: {i}" for i in range(last)), f"{words}: {last} or more")
    return Factor(column, words, labels, _shipped(win), codes, (column,))


def _change() -> Factor:
    edges = np.array([-0.25, -0.02, 0.02, 0.25])

    def codes(rows: Panel) -> Ints:
        told = ~np.isnan(rows.change)
        return np.where(told, 1 + np.searchsorted(edges, np.where(told, rows.change, 0.0)), 0).astype(np.int64)

    labels = (
        "amount never told",
        "amount far lower",
        "amount lower",
        "amount as at first",
        "amount higher",
        "far higher",
    )
    return Factor("change", "change of amount", labels, np.ones((2, 6)), codes, ("change",))


def _history(panel: Panel, column: str) -> Factor:
    """What the owner or source had won of what was decided, drawn to what all had, against what all had."""
    won, decided = getattr(panel, f"won_{column}"), getattr(panel, f"decided_{column}")
    usual = float(won.sum()) / max(float(decided.sum()), 1.0)
    edges = np.array([0.65, 0.9, 1.11, 1.5])

    def codes(rows: Panel) -> Ints:
        some, all_of = getattr(rows, f"won_{column}"), getattr(rows, f"decided_{column}")
        rate = (some + WORTH * usual) / (all_of + WORTH)
        place = 1 + np.searchsorted(edges, rate / max(usual, 1e-9))
        return np.where((all_of < FEW) | (usual <= 0), 0, place).astype(np.int64)

    kinds = ("few decided", "won far fewer", "won fewer", "won as many as usual", "won more", "won far more")
    labels = tuple(f"{column}: {kind}" for kind in kinds)
    return Factor(
        f"{column} history",
        f"{column}'s history",
        labels,
        _shipped((1, 0.85, 0.95, 1, 1.05, 1.2)),
        codes,
        (f"won_{column}", column),
    )


def _amounts(panel: Panel) -> Factor:
    told = panel.amount[~panel.unknown]
    edges = np.unique(np.quantile(told, np.arange(1, SIZES) / SIZES)) if told.size else np.zeros(0)

    def codes(rows: Panel) -> Ints:
        return np.where(rows.unknown, 0, 1 + np.searchsorted(edges, rows.amount)).astype(np.int64)

    labels = ("no amount", *(f"amount: fifth {i + 1}" for i in range(len(edges) + 1)))
    return Factor("amount", "amount", labels, np.ones((2, len(labels))), codes, ("amount",))


def _shipped(win: tuple[float, ...]) -> Floats:
    return np.array([win, (1.0,) * len(win)])


def _between(limits: tuple[int, ...]) -> tuple[str, ...]:
    first = (f"0-{limits[0] - 1}",)
    middle = tuple(f"{low}-{high - 1}" for low, high in pairwise(limits))
    return (*first, *middle, f"{limits[-1]} or more")
