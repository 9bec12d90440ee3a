"""What are the odds of a deal by its stage and its age in the stage? Won, lost and moving on compete for every visit.

A deal that moved on starts anew in the next stage, at age 0 there, and so on until it is won or lost; back is a move like
any other. So the chance from a stage is what is won straight from it and, for each stage that visits went to, the chance
from that one: one linear system for all stages. A stage of one segment is drawn towards the same stage of all segments,
as that is what it is likest. Formulas 4.2; semi-Markov chains, Aalen and Johansen 1978.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.measure.flow.columns import Floats
from saleswright.measure.flow.life.lives import HALF_LIFE, UNIT, Reading, late
from saleswright.measure.flow.life.odds import width
from saleswright.measure.flow.lifetable import FEWEST, KAPPA, LOST, OPEN, WON, Counts, count, fitted_kappa, life_table
from saleswright.measure.metrics.apart import Pairs

MOVED = 5
DRAWS = 100


@dataclass(frozen=True)
class Chain:
    """Chances per bucket of age in a stage: win and lose (..., stages, buckets), move (..., stages, buckets, stages).

    The last bucket goes on for ever. What is left is staying in the stage.
    """

    width: float
    win: Floats
    lose: Floats
    move: Floats

    @cached_property
    def ever(self) -> Floats:
        """The chance to be won at all for a deal in each stage as each bucket begins: (..., stages, buckets)."""
        straight, through = self._sums(self.win), self._sums(self.move)
        size = straight.shape[-2]
        # Who never leaves a stage is never won; then the system has no more than one answer, too.
        start = np.linalg.solve(np.eye(size) - 0.999999999999 * through[..., 0, :], straight[..., 0, None])[..., 0]
        return np.asarray(straight + np.einsum("...skj,...j->...sk", through, start), np.float64)

    def _sums(self, of: Floats) -> Floats:
        """What of it comes from each bucket on, for a deal in the stage as the bucket begins."""
        out = self.win + self.lose + self.move.sum(axis=-1)
        deep = of.ndim > out.ndim
        leave = out[..., None] if deep else out
        axis = -2 if deep else -1
        buckets = out.shape[-1]

        def at(place: int, array: Floats) -> Floats:
            return np.asarray(np.take(array, place, axis=axis))

        last = np.divide(
            at(buckets - 1, of),
            at(buckets - 1, leave),
            out=np.zeros_like(at(buckets - 1, of)),
            where=at(buckets - 1, leave) > 0,
        )
        found = [last]
        for place in range(buckets - 2, -1, -1):
            found.append(at(place, of) + (1 - at(place, leave)) * found[-1])
        return np.asarray(np.stack(found[::-1], axis=axis))

    def within(self, days: int) -> Floats:
        """The chance to be won within so many days from now: (..., stages, days of age), one for each whole day of age.

        Day by day: inside a bucket every day has the same chance.
        """
        out = self.win + self.lose + self.move.sum(axis=-1)
        size = int(self.width) * out.shape[-1] + 1
        bucket = np.minimum(np.arange(size) // int(self.width), out.shape[-1] - 1)
        daily = -np.expm1(np.log1p(-np.minimum(out, 1 - 1e-15)) / self.width)
        share = np.divide(daily, out, out=np.zeros_like(out), where=out > 0)
        won, moved = self.win * share, self.move * share[..., None]
        stay = (1 - daily)[..., bucket]
        now = np.zeros((*out.shape[:-1], size))
        after = np.append(np.arange(1, size), size - 1)
        for _ in range(days):
            gained = won + np.einsum("...skj,...j->...sk", moved, now[..., 0])
            now = gained[..., bucket] + stay * now[..., after]
        return now


@dataclass(frozen=True)
class StageOdds:
    """stages: as the record names them, the least likely to be won first. members: of `by`, "" alone without a split.

    counts: weighted, (members x stages, buckets), with moves on as losses; moves: (members x stages, buckets, stages).
    plain: the same counts, every visit counting as one. since: the first day observed.
    """

    at: Snapshot
    by: str
    stages: tuple[str, ...]
    members: tuple[str, ...]
    counts: Counts
    moves: Floats
    plain: Counts
    plain_moves: Floats
    step: float
    n: int

    @cached_property
    def whole(self) -> Chain:
        """All members together."""
        return self._chain(*self._over())

    @cached_property
    def kappa(self) -> float:
        """How many visits the whole of a stage is worth to that stage of a member."""
        if len(self.members) < 2:
            return KAPPA
        parent = life_table(self._over()[0])
        times = (len(self.members), 1)
        return fitted_kappa(
            self.counts, replace(parent, win=np.tile(parent.win, times), lose=np.tile(parent.lose, times))
        )

    def member(self, name: str) -> Chain:
        """One member, each stage drawn towards that of all."""
        size = len(self.stages)
        mine = slice(self.members.index(name) * size, (self.members.index(name) + 1) * size)
        counts = _rows(self.counts, mine)
        n = (counts.at_risk + self.kappa)[..., None]
        of = self.whole
        lost = counts.lost - self.moves[mine].sum(axis=-1)
        win, lose = ((one + self.kappa * to) / n[..., 0] for one, to in ((counts.won, of.win), (lost, of.lose)))
        return Chain(counts.width, win, lose, (self.moves[mine] + self.kappa * of.move) / n)

    def draws(self, times: int = DRAWS, seed: int = 0) -> Chain:
        """Chains of all members together as they may truly be, one visit's worth of the chain itself in each bucket."""
        rng = np.random.default_rng(seed)
        counts, moves = self._over()
        of = self.whole
        lost = counts.lost - moves.sum(axis=-1)
        stay = np.maximum(counts.at_risk - counts.won - counts.lost, 0.0)
        out = of.win + of.lose + of.move.sum(axis=-1)
        single = np.stack([counts.won + of.win, lost + of.lose, stay + np.maximum(1 - out, 0)], axis=-1)
        shapes = np.concatenate([single, moves + of.move], axis=-1)
        parts = rng.standard_gamma(np.maximum(shapes, 1e-9), (times, *shapes.shape))
        parts = parts / parts.sum(axis=-1, keepdims=True)
        return Chain(counts.width, parts[..., 0], parts[..., 1], parts[..., 3:])

    def _over(self) -> tuple[Counts, Floats]:
        """The counts of all members together, and their moves; each stage's oldest ages, with few at risk, as one."""
        shape = (len(self.members), len(self.stages))

        def over(one: Floats) -> Floats:
            return np.asarray(one.reshape(*shape, *one.shape[1:]).sum(axis=0))

        counts, moves = self.counts.each(over), over(self.moves)
        enough = over(self.plain.entering) >= FEWEST
        last = [int(reached[-1]) if (reached := np.flatnonzero(row)).size else 0 for row in enough]

        def pooled(one: Floats) -> Floats:
            kept = one.copy()
            for stage, place in enumerate(last):
                kept[stage, place:] = one[stage, place:].sum(axis=0)
            return kept

        return counts.each(pooled), pooled(moves)

    def _chain(self, counts: Counts, moves: Floats) -> Chain:
        table = life_table(counts)
        lost = np.maximum(counts.lost, 1e-300)
        moving = table.lose[..., None] * moves / lost[..., None]
        return Chain(counts.width, table.win, np.maximum(table.lose - moving.sum(axis=-1), 0.0), moving)


def _rows(counts: Counts, rows: Any) -> Counts:
    return counts.each(lambda one: one[rows])


def stage_odds(at: Snapshot, by: str = "", where: Pairs = ()) -> StageOdds | None:
    """Count the visits of deals to stages, by age in the stage. None where there is no visit."""
    reading = Reading(at, (by,) if by else (), where)
    found = reading.visits()
    n = found["n"].astype(np.int64)
    if not n.size:
        return None
    names = [_texts(found[name]) for name in ("stage", "target")]
    stages = tuple(sorted({*names[0], *names[1]} - {""}))
    place = {stage: i for i, stage in enumerate(stages)}
    stage, target = (np.array([place.get(name, -1) for name in one], np.int64) for one in names)
    members, group = reading.groups(found, np.ones(n.size, bool))
    first, last, went = (found[name].astype(np.int64) for name in ("first", "last", "went"))
    moved = went == MOVED
    fate = np.where(moved, LOST, np.where(np.isin(went, (WON, LOST)), went, OPEN))
    over = last[went != OPEN], n[went != OPEN]
    wide, step = width(late(*over))
    cell = group * len(stages) + stage
    cells = len(members) * len(stages)
    made = []
    for weight in (found["weight"] / UNIT, n.astype(np.float64)):
        counts = count(first, last, fate, wide, cell, cells, weight=weight)
        size = counts.won.shape[1]
        at_ = ((cell * size) + (last // wide).astype(np.int64)) * len(stages) + target
        moves = np.bincount(at_[moved], weight[moved], minlength=cells * size * len(stages))
        made.append((counts, moves.reshape(cells, size, len(stages))))
    (counts, moves), (plain, plain_moves) = made
    factor = np.exp2(np.arange(plain.won.shape[1]) * wide / HALF_LIFE)
    counts, moves = counts.times(factor), moves * factor[:, None]
    reached = np.flatnonzero(plain.entering.sum(axis=0) >= FEWEST)
    cut = int(reached[-1]) if reached.size else 0
    starts = np.arange(cut + 1)
    deep = [np.asarray(np.add.reduceat(one, starts, axis=1), np.float64) for one in (moves, plain_moves)]
    made_ = StageOdds(
        at, by, stages, members, counts.pooled_from(cut), deep[0], plain.pooled_from(cut), deep[1], step, int(n.sum())
    )
    return _in_order(made_)


def _in_order(one: StageOdds) -> StageOdds:
    """The stage with the least chance first."""
    order = np.argsort(one.whole.ever[:, 0], kind="stable")
    rows = (np.arange(len(one.members))[:, None] * len(one.stages) + order).ravel()
    return replace(
        one,
        stages=tuple(one.stages[i] for i in order),
        counts=_rows(one.counts, rows),
        plain=_rows(one.plain, rows),
        moves=one.moves[rows][..., order],
        plain_moves=one.plain_moves[rows][..., order],
    )


def _texts(column: Any) -> list[str]:
    values = np.ma.asarray(column)
    return np.where(np.ma.getmaskarray(values), "", np.asarray(np.ma.getdata(values), object)).tolist()  # type: ignore[no-any-return]
