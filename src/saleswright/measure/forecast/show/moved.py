"""What moved the mean of a period between two forecasts? A bridge in means, deal by deal, that balances to the unit.

A deal stands in a forecast with what it is expected to bring: what it was booked at where it is won in the period, else
its chance x what it would be booked at. Between two days it stands on one line by what happened to it, or, open on both, on
two: the change of p x a is shared between chance and amount by Shapley's rule, (p1 - p0)(a0 + a1) / 2 and
(a1 - a0)(p0 + p1) / 2, which sum to it. Where its stated close left the period, or came into it, the chance's part is told
as that. p1 and a1 are told by what the model knew then; what it has learnt since, of chances and of what wins are booked at, is
a line of its own, and so is what is still to be created and closed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleswright.measure.flow.columns import Bools, Floats
from saleswright.measure.forecast.show.rounded import shared

LINES = (
    ("won", "Won"),
    ("won_elsewhere", "Won in another period"),
    ("new", "New deals"),
    ("pulled_in", "Pulled in"),
    ("pushed_out", "Pushed out"),
    ("chance", "Chance changed"),
    ("amount", "Amount changed"),
    ("lost", "Lost or gone"),
    ("taken_back", "Win taken back"),
    ("relearnt", "Model relearnt"),
    ("coming", "Still to come"),
)
"""The lines between two forecasts, in reading order."""

LABELS = dict(LINES)


@dataclass(frozen=True)
class Stand:
    """One forecast deal by deal, in minor units. won: booked in the period so far, nan where it is not won in it.

    open: it is one of the open deals; chance: that it is won in the period; value: what it would be booked at; due: its stated
    close lies in the period. as_then: chance and value of the open deals by what was learnt by the earlier day, None where
    nobody asked. coming: the mean of what is still to be created and closed. mean: of the period, to the unit. elsewhere: who is
    won and booked in another period.
    """

    ids: tuple[str, ...]
    won: Floats
    open: Bools
    chance: Floats
    value: Floats
    due: Bools
    coming: float
    mean: int
    as_then: tuple[Floats, Floats] | None = None
    elsewhere: frozenset[str] = frozenset()

    @property
    def expected(self) -> Floats:
        """What each deal brings on average."""
        return np.where(np.isnan(self.won), np.where(self.open, self.chance * self.value, 0.0), self.won)

    def of(self, ids: tuple[str, ...]) -> Stand:
        """The same in another order of deals; whoever is not in it is neither open nor won."""
        place = {one: number for number, one in enumerate(self.ids)}
        at = np.array([place.get(one, -1) for one in ids], np.int64)
        there = at >= 0

        def column(of: Floats, missing: float) -> Floats:
            found = np.full(len(ids), missing)
            found[there] = of[at[there]]
            return found

        def flags(of: Bools) -> Bools:
            return column(of.astype(np.float64), 0.0) > 0

        won, chance, value = column(self.won, np.nan), column(self.chance, 0.0), column(self.value, 0.0)
        old = None if self.as_then is None else (column(self.as_then[0], 0.0), column(self.as_then[1], 0.0))
        due = flags(self.due)
        return Stand(ids, won, flags(self.open), chance, value, due, self.coming, self.mean, old, self.elsewhere)


@dataclass(frozen=True, slots=True)
class Part:
    """What one deal did to the mean, on one line, in minor units."""

    id: str
    line: str
    effect: int


@dataclass(frozen=True)
class Moved:
    """From one mean to another: start + sum of the lines = end, and of each line its deals, to the unit.

    lines: those that something happened on, and always what is still to come.
    """

    start: int
    end: int
    lines: dict[str, int]
    parts: tuple[Part, ...]

    def deals(self, line: str) -> tuple[Part, ...]:
        """The deals of a line, largest first."""
        return tuple(part for part in self.parts if part.line == line)


def moved(then: Stand, now: Stand) -> Moved:
    """The bridge between two forecasts of one period. Raises AssertionError where the lines do not sum to the change."""
    ids = tuple(dict.fromkeys((*then.ids, *now.ids)))
    a, b = then.of(ids), now.of(ids)
    effects = _effects(a, b)
    sums = [float(effects[name].sum()) if name in effects else now.coming - then.coming for name, _ in LINES]
    lines = dict(zip((name for name, _ in LINES), shared(sums, now.mean - then.mean), strict=True))
    parts = []
    for name, column in effects.items():
        places = np.flatnonzero(column)
        if places.size:
            told = shared(column[places].tolist(), lines[name])
            parts += [Part(ids[place], name, effect) for place, effect in zip(places, told, strict=True)]
    kept = {name for name, column in effects.items() if column.any()} | {"coming"}
    parts.sort(key=lambda part: (-abs(part.effect), part.id, part.line))
    return Moved(then.mean, now.mean, {name: lines[name] for name, _ in LINES if name in kept}, tuple(parts))


def _effects(a: Stand, b: Stand) -> dict[str, Floats]:
    """Of each deal, what it did on each line of deals."""
    before, after = ~np.isnan(a.won), ~np.isnan(b.won)
    change = b.expected - a.expected
    both = a.open & b.open & ~before & ~after
    p, worth = b.as_then or (b.chance, b.value)
    value = np.where(both, (worth - a.value) * (a.chance + p) / 2, 0.0)
    chance = np.where(both, (p - a.chance) * (a.value + worth) / 2, 0.0)
    relearnt = np.where(both, b.chance * b.value - p * worth, 0.0)
    value = value + np.where(before & after, change, 0.0)
    out, inside = both & a.due & ~b.due, both & ~a.due & b.due

    def only(some: Bools, of: Floats = change) -> Floats:
        return np.where(some, of, 0.0)

    came = ~before & ~a.open & b.open & ~after
    # Who left this period for another one was neither lost nor taken back.
    away = (before | a.open) & ~after & ~b.open & np.array([one in b.elsewhere for one in b.ids], bool)
    return {
        "won": only(after & ~before),
        "won_elsewhere": only(away),
        "new": only(came),
        "pulled_in": only(inside, chance),
        "pushed_out": only(out, chance),
        "chance": only(both & ~out & ~inside, chance),
        "amount": value,
        "lost": only(a.open & ~before & ~b.open & ~after & ~away),
        "taken_back": only(before & ~after & ~away),
        "relearnt": relearnt,
    }
