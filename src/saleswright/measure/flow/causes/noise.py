"""Is a difference between people or stages more than chance would make? Exact tests, shrinkage, and few false alarms.

Nothing is assumed about how amounts and days are spread: a person's deals are compared with what handing the same deals
out at random, inside each kind of deal, would give. Counts of wins so follow the hypergeometric law exactly, and ranks
have a known mean and variance. Of many such questions at once, findings are chosen so that at most one in ten of them is
false on average (Benjamini and Hochberg 1995), so a company in which all are alike shows any finding in at most one of
ten cases. Estimates are drawn towards the team as far as the record shows people to be alike (Efron and Morris 1975).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import erfc, log1p, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from saleswright.measure.flow.columns import Bools, Floats, Ints

LEVEL = 0.10
"""Of all findings shown, the share that may be false on average."""
MOST_KAPPA = 1000.0
FEWEST = 10
"""Fewer rows than this are neither ranked nor judged."""


def found(p: Sequence[float], level: float = LEVEL) -> list[bool]:
    """Which of these questions have an answer that is no noise? Benjamini and Hochberg's step-up rule at `level`."""
    order = sorted(range(len(p)), key=lambda i: p[i])
    last = max((rank for rank, i in enumerate(order, 1) if p[i] <= level * rank / len(p)), default=0)
    chosen = set(order[:last])
    return [i in chosen for i in range(len(p))]


def hypergeometric(whole: int, good: int, drawn: int) -> Floats:
    """The chance of each number of good ones, 0..drawn, where `drawn` of `whole` are taken and `good` of these are good."""
    count = np.arange(drawn + 1)
    fits = (count <= good) & (drawn - count <= whole - good)
    log = _choose(good, count) + _choose(whole - good, drawn - count) - _choose(whole, np.array([drawn]))
    return np.where(fits, np.exp(np.where(fits, log, 0.0)), 0.0)


def binomial(n: int, p: float) -> Floats:
    """The chance of each number of successes, 0..n."""
    count = np.arange(n + 1)
    if p <= 0 or p >= 1:
        return np.asarray(count == (0 if p <= 0 else n), np.float64)
    return np.asarray(np.exp(_choose(n, count) + count * np.log(p) + (n - count) * np.log1p(-p)))


def two_sided(chances: Floats, seen: int) -> float:
    """How seldom is a number at least as far out as this, on its side, doubled; itself counted half (mid-p)?"""
    half = float(chances[seen]) / 2
    return min(1.0, 2 * min(float(chances[:seen].sum()) + half, float(chances[seen + 1 :].sum()) + half))


def shares(good: Sequence[int], drawn: Sequence[int], all_good: Sequence[int], whole: Sequence[int]) -> float:
    """p of a person's share of good ones against handing all out at random inside each stratum: exact."""
    chances = np.ones(1)
    for n, k, size in zip(drawn, all_good, whole, strict=True):
        chances = np.convolve(chances, hypergeometric(size, k, n))
    return two_sided(chances, int(sum(good)))


def scores(values: Floats, stratum: Ints) -> Floats:
    """Normal scores of the ranks inside each stratum, ties sharing the middle rank (van der Waerden 1952)."""
    out = np.zeros(len(values))
    inverse = NormalDist().inv_cdf
    for one in np.unique(stratum):
        mine = np.flatnonzero(stratum == one)
        distinct, place, count = np.unique(values[mine], return_inverse=True, return_counts=True)
        rank = np.cumsum(count) - (count - 1) / 2
        out[mine] = np.array([inverse(float(r) / (len(mine) + 1)) for r in rank])[place] if len(distinct) > 1 else 0.0
    return out


def ranked(score: Floats, stratum: Ints, mine: Bools) -> float:
    """p of a person's sum of scores against handing the same deals out at random inside each stratum."""
    centre = spread = 0.0
    for one in np.unique(stratum[mine]):
        of = stratum == one
        n, size = int((of & mine).sum()), int(of.sum())
        if size < 2:
            continue
        centre += n * float(score[of].mean())
        spread += n * (1 - n / size) * float(score[of].var(ddof=1))
    if spread <= 0:
        return 1.0
    return erfc(_normal(abs(float(score[mine].sum()) - centre) / sqrt(spread), 2 * int(mine.sum())) / sqrt(2))


def _normal(t: float, v: int) -> float:
    """What Student's t with v degrees of freedom is as a normal deviate (Wallace 1959): few rows have wider tails."""
    return float((8 * v + 1) / (8 * v + 3) * sqrt(v * log1p(t * t / v)))


def counted(seen: int, others: int, share: float, bursts: float = 1.0) -> float:
    """p of a count against a share of the whole. share: what of all work time is this person's.

    bursts: how many times the counts vary as much as they would if each came alone (1 or more); so many fewer are told.
    """
    total = seen + others
    if not total or not 0 < share < 1:
        return 1.0
    exact = two_sided(binomial(total, share), seen)
    if bursts <= 1:
        return exact
    # As if only one in `bursts` had come of itself: the lattice is coarse, so the count stays on the side of the usual.
    fewer = round(total / bursts)
    usual, told = fewer * share, min(fewer, seen / bursts)
    kept = int(np.ceil(told)) if told < usual else int(told)
    chances = binomial(fewer, share)
    return max(exact, min(1.0, 2 * min(float(chances[: kept + 1].sum()), float(chances[kept:].sum()))))


def bursts(counts: Floats) -> float:
    """How many times more than alone do counts vary from month to month? counts: (people, months).

    Each person's own level is taken out first, so that who has more than the others does not make it larger.
    """
    people, months = counts.shape
    level = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0, keepdims=True) / max(1.0, float(counts.sum()))
    room = (people - 1) * (months - 1)
    if room < 1:
        return 1.0
    told = np.divide((counts - level) ** 2, level, out=np.zeros_like(level), where=level > 0)
    # What is told by few months of few people is itself uncertain, so its upper side is taken.
    return max(1.0, float(told.sum() / room) * (1 + sqrt(2 / room)))


def kappa(means: Floats, n: Floats, variance: float, expected: Floats) -> float:
    """What is the team worth, in rows, beside a person's own? The rows' variance over that between people.

    means: each person's own; expected: what the team has at the same kinds of deal. Between people: what the spread of
    means is more than chance makes of it (DerSimonian and Laird 1986). Where it is no more, the team is worth MOST_KAPPA.
    """
    if len(means) < 3 or variance <= 0:
        return 20.0
    weight = n / variance
    off = means - expected
    off = off - float((weight * off).sum() / weight.sum())
    excess = float((weight * off * off).sum()) - (len(means) - 1)
    room = float(weight.sum() - (weight * weight).sum() / weight.sum())
    between = excess / room if room > 0 else 0.0
    return float(min(MOST_KAPPA, variance / between)) if between > 0 else MOST_KAPPA


def pulled(own: float, team: float, n: float, worth: float) -> float:
    """A person's value drawn to the team's: (n x own + kappa x team) / (n + kappa). Golden vector G14."""
    return (n * own + worth * team) / (n + worth)


def _choose(n: int, k: NDArray[np.int64]) -> Floats:
    log, inside = _factorials(max(n, 1).bit_length()), np.clip(k, 0, n)
    return np.asarray(log[n] - log[inside] - log[n - inside])


@lru_cache(maxsize=32)
def _factorials(bits: int) -> Floats:
    """log n! of 0 to 2^bits."""
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, 2**bits + 1, dtype=np.float64)))])
