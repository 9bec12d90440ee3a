"""Which channels and campaigns close fastest? The middle age of wins by life table, open deals counted, with an interval.

Days and counts are those of `cycle_life_table_median`, the win rate is `win_rate` over the same period. The interval is that
of 400 tables as they may truly be. Fastest is only said where ten or more were won and the source differs from the others
by more than chance makes of it, one in ten findings false at most.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import erfc, sqrt

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.measure.flow.causes.noise import FEWEST, found
from saleswright.measure.flow.columns import Floats
from saleswright.measure.flow.life_metrics import DRAWS, WIDTH, Lives, lives, together
from saleswright.measure.flow.lifetable import WON, LifeTable, drawn, life_table
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate

METRIC = "cycle_life_table_median"


@dataclass(frozen=True)
class Source:
    """One channel or campaign: days with their interval, deals followed, won and still open, and the win rate beside it.

    faster: -1 slower than the others, 1 faster, 0 no more apart than chance makes of it or too few to say.
    """

    member: str
    label: str
    days: Figure
    n: int
    won: int
    open: int
    win_rate: Figure | None
    faster: int = 0

    @property
    def thin(self) -> bool:
        return self.won < FEWEST


def medians(one: Lives) -> Floats:
    """The middle age of wins in each of 400 tables drawn from what the counts allow."""
    counts = one.counts()
    table = life_table(counts)
    win, lose = (np.broadcast_to(side, (DRAWS, *side.shape)) for side in (table.win, table.lose))
    won = drawn(counts, LifeTable(WIDTH, win, lose), 1.0, np.random.default_rng(0)).won[:, 0, :]
    half = won[:, -1:] / 2
    place = np.maximum((won < half).sum(axis=1), 1)
    row = np.arange(len(won))
    step = np.maximum(won[row, place] - won[row, place - 1], 1e-12)
    return np.asarray(WIDTH * (place - 1 + (half[:, 0] - won[row, place - 1]) / step))


def speeds(at: Snapshot, by: str = "channel", period: str = "all", where: Pairs = ()) -> tuple[Source, ...]:
    """Every source that deals of the period came from: those that can be ranked first, the fastest first."""
    asked = ask(at, METRIC, (by,), period, where)
    told, followed = evaluate(at, asked), lives(at, asked)
    rates = evaluate(at, ask(at, "win_rate", (by,), period, where)).groups
    sources: list[Source] = []
    p: list[tuple[int, float, int]] = []
    for key, figure in told.groups.items():
        one = followed[key]
        won, open_ = sum(one.days[WON].values()), one.n - one.decided
        made = Source(key[0], told.label(key)[0], figure, one.n, won, open_, rates.get(key))
        if figure.value is not None and won >= 2:
            draws = medians(one)
            low, high = np.quantile(draws, (0.1, 0.9))
            value = float(str(figure.value))
            made = replace(made, days=replace(figure, low=min(value, float(low)), high=max(value, float(high))))
            if not made.thin:
                others = _others(followed, key)
                p.append((len(sources), *_apart(draws, others)))
        sources.append(made)
    chosen = found([one for _, one, _ in p])
    for (place, _, sign), yes in zip(p, chosen, strict=True):
        sources[place] = replace(sources[place], faster=sign if yes else 0)
    return tuple(sorted(sources, key=_order))


def _order(one: Source) -> tuple[bool, float, str]:
    ranked = not one.thin and one.days.value is not None
    return (not ranked, float(str(one.days.value)) if ranked else 0.0, one.label)


def _others(followed: dict[tuple[str, ...], Lives], key: tuple[str, ...]) -> Floats | None:
    rest: Iterable[Lives] = [one for name, one in followed.items() if name != key]
    whole = together(rest)
    return medians(whole) if whole.days[WON] and sum(whole.days[WON].values()) >= FEWEST else None


def _apart(mine: Floats, others: Floats | None) -> tuple[float, int]:
    """How seldom two middles lie so far apart by chance, and which way."""
    if others is None:
        return 1.0, 0
    spread = sqrt(float(mine.var()) + float(others.var()))
    off = float(np.median(others)) - float(np.median(mine))
    return (erfc(abs(off) / spread / sqrt(2)) if spread > 0 else 1.0), (1 if off > 0 else -1)
