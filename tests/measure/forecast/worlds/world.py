"""A synthetic world: its law, its deals, what was known of them on any day, their true chances, and what was booked."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from saleswright.measure.flow.columns import Floats, Ints
from saleswright.measure.flow.lifetable import LOST, OPEN, WON
from saleswright.measure.forecast.panel.panel import Panel
from tests.measure.forecast.worlds.law import OWNERS, QUARTER, SEGMENTS, SOURCES, STAGES, Law, draw
from tests.measure.forecast.worlds.oracle import true_chance
from tests.measure.forecast.worlds.play import PUSH, Deals, create, merits, play, sways

MONDAY = 18_267 - 1
"""Day 0 of a world is the Sunday before 2020-01-06; its weeks end on Sundays, and every 13th ends a quarter."""


@dataclass(frozen=True)
class Booked:
    """What a period brought, in minor units and in deals: from deals open as it began, and from those that came later."""

    from_open: int
    from_later: int
    wins_open: int
    wins_later: int

    @property
    def total(self) -> int:
        """Both together."""
        return self.from_open + self.from_later


@dataclass
class World:
    """What became of all deals that live by `law`. week: the last of the past, whose end is the day asked about.

    deals: how many came until then; about as many come for each week after. seed: the same seed, the same world.
    otherwise: another seed for everything after that day; the past stays as it is, to the bit.
    """

    kind: str
    seed: int
    number: int = 1000
    week: int = 103
    ahead: int = 26
    otherwise: int = 0
    law: Law = field(init=False)
    deals: Deals = field(init=False)
    seen: dict[str, np.ndarray] = field(init=False)

    def __post_init__(self) -> None:
        past, future = self.week + 1, self.week + 1 + self.ahead
        rng = np.random.default_rng([self.seed, 1])
        later = np.random.default_rng([self.seed, 2, self.otherwise])
        self.law = draw(self.kind, rng)
        sway = np.concatenate([sways(self.law, rng, past), sways(self.law, later, future)[past // QUARTER + 1 :]])
        old = np.sort(rng.integers(0, past, self.number))
        new = np.sort(later.integers(past, future, later.poisson(self.number / past * self.ahead)))
        self.deals = _both(create(self.law, rng, old), create(self.law, later, new))
        self.seen = play(self.law, self.deals, future, rng, sway, later, past)

    @property
    def today(self) -> int:
        """The day asked about, in days since EPOCH: the last of `week`."""
        return self.day(self.week)

    @property
    def quarter_ends(self) -> Ints:
        """The last days of quarters, in days since EPOCH."""
        return np.array([self.day(w) for w in range(QUARTER - 1, self.week + self.ahead + 2 * QUARTER, QUARTER)])

    def day(self, week: int) -> int:
        """The last day of a week, in days since EPOCH."""
        return MONDAY + 7 * (week + 1)

    def training(self, known: int | None = None, every: int = 1) -> Panel:
        """All open deals at the end of every week before `known` (a week; the last of the past), as told at its end."""
        known = self.week if known is None else known
        ends = self._starts[known]
        rows = np.arange(ends)
        if every > 1:
            rows = rows[(known - self.seen["week"][:ends]) % every == 0]
        return self._panel(rows, known)

    def open(self, week: int | None = None) -> Panel:
        """The deals that are open at the end of `week`, as known then. Nothing is told of what became of them."""
        week = self.week if week is None else week
        return self._panel(np.arange(self._starts[week], self._starts[week + 1]), week)

    def chances(self, week: int | None = None, weeks: int = QUARTER) -> Floats:
        """(open deals, weeks): the true chance to be won by the end of each of the next weeks."""
        week = self.week if week is None else week
        part = slice(self._starts[week], self._starts[week + 1])
        rows = {name: column[part] for name, column in self.seen.items()}
        of = rows["deal"]
        good, bad = merits(self.law, self.deals)
        stays = rows["stated"] <= week
        return true_chance(
            self.law, week, weeks, self.deals.came[of], good[of], bad[of], self.deals.segment[of], rows, stays
        )

    def won(self, week: int | None = None, weeks: int = QUARTER) -> np.ndarray:
        """Which of the deals open at the end of `week` were won within so many weeks?"""
        week = self.week if week is None else week
        of = self.seen["deal"][self._starts[week] : self._starts[week + 1]]
        return (self.deals.fate[of] == WON) & (self.deals.ended[of] <= 7 * (week + 1 + weeks))

    def booked(self, week: int | None = None, weeks: int = QUARTER) -> Booked:
        """What was won in the weeks after `week`."""
        week = self.week if week is None else week
        first, last = 7 * (week + 1), 7 * (week + 1 + weeks)
        deals = self.deals
        won = (deals.fate == WON) & (deals.ended > first) & (deals.ended <= last)
        old = won & (deals.created <= first)
        new = won & ~old
        return Booked(int(deals.won[old].sum()), int(deals.won[new].sum()), int(old.sum()), int(new.sum()))

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Of the deals."""
        return tuple(f"D-{i}" for i in range(len(self.deals)))

    @cached_property
    def _starts(self) -> Ints:
        return np.searchsorted(self.seen["week"], np.arange(self.week + self.ahead + 2))

    def _panel(self, rows: Ints, known: int) -> Panel:
        seen = {name: column[rows] for name, column in self.seen.items()}
        of, week, deals = seen["deal"], seen["week"], self.deals
        day = 7 * (week + 1)
        end = 7 * (known + 1)
        told = (deals.fate[of] != OPEN) & (deals.ended[of] <= end)
        left = seen["stated"] - week
        past = left <= 0
        owner, source = (self._decided(kind, of, week) for kind in ("owner", "source"))
        change = np.log(seen["amount"] / deals.first[of])
        return Panel(
            deal=of,
            day=MONDAY + day,
            age=day - deals.created[of],
            in_stage=day - seen["since"],
            stage=seen["stage"],
            segment=deals.segment[of],
            owner=deals.owner[of],
            source=deals.source[of],
            pipeline=np.zeros(of.size, np.int64),
            entries=seen["entries"],
            back=seen["back"],
            pushes=seen["pushes"],
            pushed_days=7 * PUSH * seen["pushes"],
            change=change,
            to_close=np.where(past, np.nan, 7.0 * left),
            past_due=past,
            silent=(day - seen["touched"]).astype(np.float64),
            won_owner=owner[0],
            decided_owner=owner[1],
            won_source=source[0],
            decided_source=source[1],
            amount=np.rint(seen["amount"]).astype(np.int64),
            unknown=np.zeros(of.size, bool),
            until=np.where(told, deals.ended[of], end) - day,
            fate=np.where(told, deals.fate[of], OPEN),
            gone=np.zeros(of.size, bool),
            cleaned=told & deals.cleaned[of],
            weight=np.ones(of.size),
            told=MONDAY + end,
            ids=self.ids,
            names=NAMES,
        )

    def _decided(self, kind: str, of: Ints, week: Ints) -> tuple[Ints, Ints]:
        """What the owners or sources of these rows had won and decided by the end of the row's week."""
        table = self._tables[kind]
        code = getattr(self.deals, kind)[of]
        return table[0][code, week], table[1][code, week]

    @cached_property
    def _tables(self) -> dict[str, tuple[Ints, Ints]]:
        weeks = self.week + 1 + self.ahead
        found = {}
        done = self.deals.fate != OPEN
        at = (self.deals.ended[done] - 1) // 7
        for kind, size in (("owner", OWNERS), ("source", SOURCES)):
            code = getattr(self.deals, kind)[done]
            tables = []
            for some in (self.deals.fate[done] == WON, np.ones(at.size, bool)):
                counts = np.bincount(code[some] * weeks + at[some], minlength=size * weeks).reshape(size, weeks)
                tables.append(np.cumsum(counts, axis=1))
            found[kind] = (tables[0], tables[1])
        return found


NAMES = {
    "stage": tuple(f"Stage {i}" for i in range(STAGES)),
    "segment": tuple(f"Segment {i}" for i in range(SEGMENTS)),
    "owner": tuple(f"Owner {i}" for i in range(OWNERS)),
    "source": tuple(f"Source {i}" for i in range(SOURCES)),
    "pipeline": ("Sales",),
}


def _both(one: Deals, two: Deals) -> Deals:
    names = ("came", "created", "segment", "source", "owner", "first", "stated")
    return Deals(*(np.concatenate([getattr(one, name), getattr(two, name)]) for name in names))


__all__ = ["LOST", "OPEN", "WON", "Booked", "World"]
