"""Does a rep differ from the team, at which factor, by how much? Numbers only: arrays in, estimates and findings out.

Every rep is compared with the others of the team (with the whole company where the team has fewer than five others), deal
against deal of the same kind (segment), for what a rep is handed is not the rep's doing. Five factors:

    win rate        won / (won + lost), exact against handing the same deals out at random
    deal size       amounts of won deals, by ranks
    sales cycle     days of won deals, by ranks
    new deals       deals qualified for each day at work, by month
    pushes          pushes for each open deal, by ranks

Estimates are drawn to what the team has at the same kinds of deal: (n x own + kappa x team) / (n + kappa), kappa = the
variance of rows over that between reps, from the team's own spread. Findings are those of Benjamini and Hochberg, each
factor at its share of 10 %, and who stands out is no part of what the others are compared with; with fewer than ten rows
nobody is judged. Formulas 4.7, algorithms J, decision 0023.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from saleswright.measure.flow.causes import noise
from saleswright.measure.flow.causes.noise import FEWEST
from saleswright.measure.flow.columns import Bools, Floats, Ints

FACTORS = ("win rate", "deal size", "sales cycle", "new deals", "pushes")
BETTER_HIGH = {"win rate": True, "deal size": True, "sales cycle": False, "new deals": True, "pushes": False}
OTHERS = 5
Z80 = 1.2815515655446004


@dataclass(frozen=True)
class Sample:
    """The rows of one factor: whose (place in the list of reps), of which kind of deal, and the value.

    Of the win rate the value is 1 for won and 0 for lost.
    """

    rep: Ints
    stratum: Ints
    value: Floats


@dataclass(frozen=True)
class Panel:
    """Everybody's rows. team: of each rep. flow: new deals by (rep, month); work: days at work by rep, 0 for who is left
    out of the comparison of new deals."""

    team: Ints
    samples: dict[str, Sample]
    flow: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    work: Floats = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True)
class Compared:
    """One rep at one factor. own: the rep's value, team: what the others have at the same kinds of deal, pulled: drawn to
    it, with an 80 % range. n: rows; p: how seldom so far apart by chance (None: not judged). finding: no noise."""

    rep: int
    factor: str
    n: int
    own: float
    team: float
    pulled: float
    low: float
    high: float
    p: float | None
    kappa: float
    finding: bool = False
    company: bool = False

    @property
    def gap(self) -> float:
        """How far the pulled value lies from the team's."""
        return self.pulled - self.team

    @property
    def good(self) -> bool:
        """Is it better than the team?"""
        return (self.gap > 0) == BETTER_HIGH[self.factor]


def compare(panel: Panel, factors: Sequence[str] = FACTORS) -> tuple[Compared, ...]:
    """Every rep at every factor with rows, findings marked.

    Twice: who stands out the first time is no part of what the others are compared with the second time, or two weak
    reps would make strong ones of all others.
    """
    first = _marked(panel, factors, {})
    apart: dict[str, set[int]] = {}
    for one in first:
        if one.finding:
            apart.setdefault(one.factor, set()).add(one.rep)
    return _marked(panel, factors, apart) if apart else first


def _marked(panel: Panel, factors: Sequence[str], apart: Mapping[str, set[int]]) -> tuple[Compared, ...]:
    made: list[Compared] = []
    for name in factors:
        out = np.isin(np.arange(len(panel.team)), sorted(apart.get(name, ())))
        if name == "new deals":
            made += _flow(panel, out)
        elif name in panel.samples:
            made += _of_rows(panel, name, panel.samples[name], out)
    # Each factor has its share of the 10 %, so that many who differ in one do not make it easier to be named in another.
    for name in factors:
        judged = [i for i, one in enumerate(made) if one.p is not None and one.factor == name]
        shown = noise.found([made[i].p or 0.0 for i in judged], noise.LEVEL / len(factors))
        for i, yes in zip(judged, shown, strict=True):
            made[i] = replace(made[i], finding=yes and made[i].gap != 0)
    return tuple(made)


def peers(panel: Panel, rows: Ints, out: Bools) -> list[tuple[Bools, bool]]:
    """For each rep: whose rows it is compared with (reps of the team, itself included), and whether that is everybody.

    out: who stands out, and is compared with the others without being one of them.
    """
    active = np.bincount(rows, minlength=len(panel.team)) > 0
    found = []
    for rep in range(len(panel.team)):
        usual = active & ~out
        usual[rep] = active[rep]
        mates = (panel.team == panel.team[rep]) & usual
        alone = panel.team[rep] < 0 or int(mates.sum()) - int(mates[rep]) < OTHERS
        found.append((usual if alone else mates, bool(alone)))
    return found


def _of_rows(panel: Panel, name: str, sample: Sample, out: Bools) -> list[Compared]:
    groups = peers(panel, sample.rep, out)
    sizes = np.bincount(sample.rep, minlength=len(panel.team))
    made: list[Compared] = []
    known: dict[bytes, tuple[Ints, Sample, Floats, Floats, float]] = {}
    for rep in np.flatnonzero(sizes):
        mates, company = groups[rep]
        key = mates.tobytes()
        if key not in known:
            known[key] = _group(name, sample, mates)
        places, part, score, _, worth = known[key]
        mine = part.rep == rep
        own, team = float(part.value[mine].mean()), _others(part, mine)
        n = int(mine.sum())
        p = None
        if n >= FEWEST and len(places) - n >= FEWEST:
            p = _shares(part, mine) if name == "win rate" else noise.ranked(score, part.stratum, mine)
        pulled = noise.pulled(own, team, n, worth)
        weight = n / (n + worth)
        variance = team * (1 - team) if name == "win rate" else float(part.value.var(ddof=1)) if len(places) > 1 else 0
        half = Z80 * np.sqrt(max(0.0, weight * variance / n))
        low, high = pulled - half, pulled + half
        if name == "win rate":
            low, high = max(0.0, low), min(1.0, high)
        made.append(Compared(int(rep), name, n, own, team, pulled, max(0.0, low), high, p, worth, company=company))
    return made


def _group(name: str, sample: Sample, mates: Bools) -> tuple[Ints, Sample, Floats, Floats, float]:
    """The rows of a group of peers, their scores, and what the group is worth beside a rep's own."""
    places = np.flatnonzero(mates[sample.rep])
    _, stratum = np.unique(sample.stratum[places], return_inverse=True)
    part = Sample(sample.rep[places], stratum, sample.value[places])
    score = noise.scores(part.value, part.stratum) if name != "win rate" else part.value
    middle = np.bincount(stratum, part.value) / np.bincount(stratum)
    off = part.value - middle[stratum]
    _, place = np.unique(part.rep, return_inverse=True)
    n = np.bincount(place).astype(np.float64)
    means = np.bincount(place, off) / n
    spread = float((off * off).sum() / max(1, len(off) - len(middle))) if len(off) > 1 else 0.0
    enough = n >= 2
    worth = noise.kappa(means[enough], n[enough], spread, np.zeros(int(enough.sum())))
    return places, part, score, middle, worth


def _others(part: Sample, mine: Bools) -> float:
    """What the others have, at the rep's own mix of kinds; of a kind that nobody else has, what all others have."""
    rest = ~mine
    if not rest.any():
        return float(part.value.mean())
    size = int(part.stratum.max()) + 1
    n = np.bincount(part.stratum[rest], minlength=size)
    total = np.bincount(part.stratum[rest], part.value[rest], minlength=size)
    rate = np.where(n > 0, total / np.maximum(n, 1), float(part.value[rest].mean()))
    weight = np.bincount(part.stratum[mine], minlength=size)
    return float((rate * weight).sum() / weight.sum())


def _shares(part: Sample, mine: Bools) -> float:
    good, drawn, all_good, whole = [], [], [], []
    for one in np.unique(part.stratum[mine]):
        of = part.stratum == one
        good.append(int(part.value[of & mine].sum()))
        drawn.append(int((of & mine).sum()))
        all_good.append(int(part.value[of].sum()))
        whole.append(int(of.sum()))
    return noise.shares(good, drawn, all_good, whole)


def _flow(panel: Panel, out: Bools) -> list[Compared]:
    """New deals of each rep for a day at work, against the others'."""
    if not panel.flow.size:
        return []
    made: list[Compared] = []
    active = np.flatnonzero(panel.work > 0)
    groups = peers(panel, active, out)
    total = panel.flow.sum(axis=1)
    for rep in active:
        mates, company = groups[rep]
        others = mates.copy()
        others[rep] = False
        others &= panel.work > 0
        if not others.any():
            continue
        rate = float(total[others].sum() / panel.work[others].sum())
        days, seen = float(panel.work[rep]), int(total[rep])
        expected = rate * days
        all_mine = np.flatnonzero(mates & (panel.work > 0))
        worth = _flow_worth(total[all_mine], panel.work[all_mine])
        pulled = (seen + worth) / (expected + worth) * expected if expected > 0 else 0.0
        p = None
        if seen + expected >= FEWEST and float(total[others].sum()) >= FEWEST:
            share = days / float(days + panel.work[others].sum())
            p = noise.counted(seen, int(total[others].sum()), share, noise.bursts(panel.flow[all_mine]))
        half = Z80 * float(np.sqrt(max(pulled, 0.0) * expected / (expected + worth))) if expected > 0 else 0.0
        low, high = max(0.0, pulled - half), pulled + half
        made.append(
            Compared(int(rep), "new deals", seen, float(seen), expected, pulled, low, high, p, worth, company=company)
        )
    return made


def _flow_worth(seen: Floats, work: Floats) -> float:
    """How many expected deals the team is worth: the gamma law's shape, from how far counts lie apart beyond chance."""
    if len(seen) < 3 or seen.sum() <= 0:
        return 20.0
    expected = seen.sum() * work / work.sum()
    excess = float(((seen - expected) ** 2 - expected).sum() / (expected**2).sum())
    return min(noise.MOST_KAPPA, 1 / excess) if excess > 0 else noise.MOST_KAPPA
