"""Every open deal on every day as a row: what was known of it then, in one pass over the versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from saleswright.measure.flow.columns import NO_DAY, Bools, Floats, Ints
from saleswright.measure.forecast.panel.asking import Days, Rules, holds
from saleswright.measure.forecast.panel.clocks import Grid, Stretches, expanded
from saleswright.measure.forecast.panel.looked_up import LookUps
from saleswright.measure.forecast.panel.versions import LOST, OPEN, WON, Versions
from saleswright.measure.metrics.conditions import Test

Split = tuple[int, Test]
"""A test: place of the engine's part, and what is to be asked of each day."""


@dataclass(frozen=True)
class Sorted:
    """The rules of a stretch of days as the engine answered them."""

    rules: Rules
    out: tuple[Split, ...]
    won: tuple[Split, ...]
    lost: tuple[Split, ...]
    only: tuple[Split, ...]
    days: Days


def any_holds(tests: Sequence[Split], v: Versions, version: Ints, place: Ints, days: Days) -> Bools:
    """Does any of the tests hold for these versions on these days?"""
    found = np.zeros(len(version), bool)
    for index, moving in tests:
        mine = v.passed[index][version]
        if moving and mine.any():
            some = np.flatnonzero(mine)
            dates = {name: column[version[some]] for name, column in v.days.items()}
            mine = mine.copy()
            mine[some] = holds(moving, dates, place[some], days)
        found |= mine
    return found


def counted(v: Versions, rule: Sorted, standing: int, version: Ints, place: Ints) -> Bools:
    """Which of these versions of that standing are deals of the book on these days, and won or lost as the metrics count?"""
    out = any_holds(rule.out, v, version, place, rule.days)
    if standing != OPEN:
        out |= any_holds(rule.won if standing == WON else rule.lost, v, version, place, rule.days)
    return ~out


def rows(of: Stretches, v: Versions, rules: list[Sorted], which: Ints, looks: LookUps) -> tuple[Ints, Ints]:
    """(place in the sequences, place of the day) of every open deal of the book on every day, by day and deal."""
    open_ = np.flatnonzero((v.standing[of.version] == OPEN) & ~v.removed[of.version])
    at, place = expanded(of.low[open_], of.high[open_])
    at = open_[at]
    kept = np.ones(len(at), bool)
    for number, rule in enumerate(rules):
        mine = np.flatnonzero(which[place] == number) if len(rules) > 1 else slice(None)
        kept[mine] &= counted(v, rule, OPEN, of.version[at[mine]], place[mine])
    at, place = at[kept], place[kept]
    seen = looks.seen(v.texts["owner"][of.version[at]], place)
    at, place = at[seen], place[seen]
    # Sequences stand in the order of their deals.
    order = np.argsort(place, kind="stable")
    at, place = at[order], place[order]
    deal = v.deal[of.version[at]]
    order = np.lexsort((deal, place))
    return at[order], place[order]


def tallied(
    of: Stretches, v: Versions, rules: list[Sorted], which: Ints, looks: LookUps, grid: Grid, texts: Sequence[Ints]
) -> list[tuple[Ints, Ints, Ints]]:
    """For each column of numbers (owner, source): (the numbers, won, decided) by (number, day): what had been decided before
    the day, as known then, inside the actor's scope."""
    standing = v.standing[of.version]
    n = len(grid)
    low = np.maximum(of.low, np.searchsorted(grid.days, v.days["closed"][of.version], side="right"))
    told = (v.days["closed"][of.version] != NO_DAY) & ~v.removed[of.version] & (low < of.high)
    stretches = []
    for fate in (WON, LOST):
        chosen = np.flatnonzero(told & (standing == fate))
        stretches.append(_counted(of, v, rules, which, looks, fate, chosen, low[chosen]))
    made = []
    for column in texts:
        numbers = np.unique(np.concatenate([column[v_at] for v_at, _, _ in stretches]))
        numbers = numbers[numbers >= 0]
        sums = []
        for at, begin, end in stretches:
            known = np.flatnonzero(column[at] >= 0)
            row = np.searchsorted(numbers, column[at[known]])
            steps = np.zeros((len(numbers), n + 1), np.int64)
            np.add.at(steps, (row, begin[known]), 1)
            np.add.at(steps, (row, end[known]), -1)
            sums.append(np.cumsum(steps, axis=1)[:, :n])
        made.append((numbers, sums[0], sums[0] + sums[1]))
    return made


def _counted(
    of: Stretches, v: Versions, rules: list[Sorted], which: Ints, looks: LookUps, fate: int, at: Ints, low: Ints
) -> tuple[Ints, Ints, Ints]:
    """The stretches of days on which these decided versions count: whole where nothing moves with the day, else day by day."""
    high = of.high[at]
    moves = any(moving for rule in rules for _, moving in (*rule.out, *rule.won, *rule.lost))
    if len(rules) == 1 and not moves and looks.everybody:
        kept = counted(v, rules[0], fate, of.version[at], low)
        return at[kept], low[kept], high[kept]
    one, place = expanded(low, high)
    at = at[one]
    kept = looks.seen(v.texts["owner"][of.version[at]], place)
    for number, rule in enumerate(rules):
        mine = np.flatnonzero(which[place] == number)
        kept[mine] &= counted(v, rule, fate, of.version[at[mine]], place[mine])
    return at[kept], place[kept], place[kept] + 1


def told_of(table: tuple[Ints, Ints, Ints], number: Ints, place: Ints) -> tuple[Ints, Ints]:
    """(won, decided) of each number on each day; 0 where nobody is told of."""
    numbers, won, decided = table
    if not len(numbers):
        return np.zeros(len(number), np.int64), np.zeros(len(number), np.int64)
    row = np.minimum(np.searchsorted(numbers, number), len(numbers) - 1)
    there = numbers[row] == number
    return np.where(there, won[row, place], 0), np.where(there, decided[row, place], 0)


def ahead(due: Ints, day: Ints) -> tuple[Floats, Bools]:
    """(days to the stated close, nan where none or past; does it lie in the past?)."""
    past = (due != NO_DAY) & (due < day)
    left = np.where((due == NO_DAY) | past, np.nan, (due - day).astype(np.float64))
    return left, past
