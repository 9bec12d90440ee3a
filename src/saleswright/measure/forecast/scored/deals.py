"""How good were the chances of single deals? Brier and log loss, a calibration table, and what the Brier score is made of.

chance: what was said, 0..1. hit: whether it came true. deal: which deal a row is about; where it is given, all rows of one
deal count as one deal, for forty weeks of one open deal are one outcome, not forty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from saleswright.measure.flow.columns import Floats, Ints
from saleswright.measure.forecast.scored.bands import once_each, wilson

LEAST = 1e-6
"""A chance of 0 or 1 is taken for this much from it: a certainty that was wrong costs 13.8, not the whole score."""
BINS = 10


def brier(chance: Any, hit: Any, deal: Ints | None = None) -> float | None:
    """The mean of (chance - outcome)^2: 0 is perfect, always saying one half costs 0.25. None of no rows. Brier 1950."""
    p, y, w = _columns(chance, hit, deal)
    return float((w * (p - y) ** 2).sum() / w.sum()) if p.size else None


def log_loss(chance: Any, hit: Any, deal: Ints | None = None, least: float = LEAST) -> float | None:
    """The mean of -log(chance given to what happened), natural logarithm. None of no rows. Good 1952."""
    p, y, w = _columns(chance, hit, deal)
    if not p.size:
        return None
    p = np.clip(p, least, 1 - least)
    return float(-(w * np.where(y > 0, np.log(p), np.log1p(-p))).sum() / w.sum())


@dataclass(frozen=True, slots=True)
class Calibration:
    """Of those told a chance of about p, which share came true? One place per bin; where a bin is empty, nan.

    edges: (bins + 1). chance: the mean told. share: what came true, likely between low and high (80 %, Wilson, n = deals).
    deals, rows: how many. weight: which part of all deals the bin stands for; a deal in two bins is shared between them.
    """

    edges: Floats
    chance: Floats
    share: Floats
    low: Floats
    high: Floats
    deals: Ints
    rows: Ints
    weight: Floats

    @property
    def error(self) -> float | None:
        """The expected calibration error: mean |share - chance| over the bins, by weight. None of no rows."""
        seen = self.weight > 0
        off = np.abs(self.share[seen] - self.chance[seen])
        return float((self.weight[seen] * off).sum()) if seen.any() else None

    @property
    def error_by_chance(self) -> float | None:
        """The error that would be read of so many deals if every chance were exactly right: sqrt(2 p (1 - p) / (pi n)) a bin."""
        seen = self.weight > 0
        p = self.chance[seen]
        noise = np.sqrt(2 / np.pi * p * (1 - p) / self.deals[seen])
        return float((self.weight[seen] * noise).sum()) if seen.any() else None


def calibration(chance: Any, hit: Any, deal: Ints | None = None, bins: int = BINS, even: bool = False) -> Calibration:
    """The calibration table, in bins of equal width from 0 to 1, or with even deals in each (edges are then quantiles)."""
    p, y, w = _columns(chance, hit, deal)
    each = np.arange(p.size) if deal is None else np.unique(np.asarray(deal), return_inverse=True)[1]
    edges = np.arange(bins + 1) / bins
    if even and p.size:
        order = np.argsort(p, kind="stable")
        part = np.cumsum(w[order]) / w.sum()
        inner = p[order][np.minimum(np.searchsorted(part, edges[1:-1]), p.size - 1)]
        edges = np.concatenate([[0.0], inner, [1.0]])
    place = _bin(p, edges)
    # Inside a bin a deal counts once, however many weeks it stood there.
    pair = place * (each.max() + 1 if p.size else 1) + each
    inside = once_each(pair) if p.size else w
    deals = np.bincount(place, inside, bins)
    with np.errstate(invalid="ignore"):
        said, came = (np.bincount(place, inside * one, bins) / deals for one in (p, y))
    came = np.where(deals > 0, np.clip(came, 0.0, 1.0), np.nan)
    counted = np.rint(deals).astype(np.int64)
    low, high = wilson(came, counted)
    weight = np.asarray(np.bincount(place, w, bins), np.float64)
    if p.size:
        weight = weight / weight.sum()
    return Calibration(edges, said, came, low, high, counted, np.bincount(place, minlength=bins), weight)


def ece(chance: Any, hit: Any, deal: Ints | None = None, bins: int = BINS, even: bool = False) -> float | None:
    """The expected calibration error of the table. Few deals make it large by themselves: see `Calibration.error_by_chance`."""
    return calibration(chance, hit, deal, bins, even).error


@dataclass(frozen=True, slots=True)
class Parts:
    """What a Brier score is made of: reliability - resolution + uncertainty + within = the score, to the last digit.

    reliability: how far chances lie from what came true in their bin (0 is best). resolution: how far bins differ from the
    whole (more is better). uncertainty: of the outcome itself. within: what bins do not see of chances that differ inside one.
    """

    reliability: float
    resolution: float
    uncertainty: float
    within: float

    @property
    def score(self) -> float:
        return self.reliability - self.resolution + self.uncertainty + self.within


def parts(chance: Any, hit: Any, deal: Ints | None = None, bins: int = BINS) -> Parts | None:
    """The Brier score taken apart (Murphy 1973; within bins Stephenson, Coelho and Jolliffe 2008). None of no rows."""
    p, y, w = _columns(chance, hit, deal)
    if not p.size:
        return None
    w = w / w.sum()
    place = _bin(p, np.arange(bins + 1) / bins)
    size = np.bincount(place, w, bins)
    seen = size > 0
    said, came = (np.bincount(place, w * one, bins)[seen] / size[seen] for one in (p, y))
    size = size[seen]
    whole = min(1.0, float((w * y).sum()))
    spread = float((w * p * p).sum() - (size * said * said).sum())
    together = float((w * p * y).sum() - (size * said * came).sum())
    return Parts(
        reliability=float((size * (said - came) ** 2).sum()),
        resolution=float((size * (came - whole) ** 2).sum()),
        uncertainty=whole * (1 - whole),
        within=spread - 2 * together,
    )


def _bin(p: Floats, edges: Floats) -> Ints:
    return np.clip(np.searchsorted(edges, p, side="right") - 1, 0, edges.size - 2)


def _columns(chance: Any, hit: Any, deal: Ints | None) -> tuple[Floats, Floats, Floats]:
    p, y = np.asarray(chance, np.float64), np.asarray(hit, np.float64)
    w = np.ones(p.shape) if deal is None else once_each(np.asarray(deal))
    if p.ndim != 1 or not p.shape == y.shape == w.shape:
        raise ValueError(f"{p.shape} chances, {y.shape} outcomes, {w.shape} deals")
    if not ((p >= 0) & (p <= 1)).all() or not np.isin(y, (0.0, 1.0)).all():
        raise ValueError("a chance lies between 0 and 1, and an outcome is one of them")
    return p, y, w
