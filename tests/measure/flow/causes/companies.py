"""Drawn companies: reps in teams, segments of different luck and size, and nobody better than another unless planted."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from saleswright.measure.flow.causes.panel import Panel, Sample

MONTHS = 12


@dataclass(frozen=True)
class Planted:
    """By how much a factor of a rep is multiplied: 0.7 of a win rate is a relative leak of 30 %."""

    win: dict[int, float] = field(default_factory=dict)
    size: dict[int, float] = field(default_factory=dict)
    flow: dict[int, float] = field(default_factory=dict)


def drawn(
    rng: np.random.Generator,
    reps: int,
    teams: int,
    planted: Planted | None = None,
    rate: float | None = None,
    deals: int | None = None,
) -> Panel:
    """A company of a year. Reps have different mixes of segments and numbers of deals, which is no difference of theirs.

    rate: every segment's win rate, drawn between 0.15 and 0.55 when not said. deals: decided by each rep.
    """
    planted = planted or Planted()
    luck = rng.uniform(0.15, 0.55, 3) if rate is None else np.full(3, rate)
    mix = rng.dirichlet(np.full(3, 2.0), reps)
    counts = [int(rng.poisson(rng.uniform(15, 120))) if deals is None else deals for _ in range(reps)]
    owner = np.repeat(np.arange(reps), counts)
    segment = np.concatenate([rng.choice(3, n, p=mix[i]) for i, n in enumerate(counts)])
    factor = np.array([planted.win.get(i, 1.0) for i in range(reps)])
    won = rng.random(len(owner)) < luck[segment] * factor[owner]
    scale = np.array([planted.size.get(i, 1.0) for i in range(reps)])
    size = np.exp(rng.normal(9 + segment, 1.2)) * scale[owner]
    cycle = np.ceil(rng.gamma(2, 20, len(owner)) * (1 + segment / 2))
    pushes = rng.negative_binomial(0.7, 0.6, len(owner)).astype(float)
    rates = np.array([4 * planted.flow.get(i, 1.0) for i in range(reps)])
    # More spread than chance alone: deals come in bursts.
    flow = rng.negative_binomial(3, 3 / (3 + rates[:, None]), (reps, MONTHS)).astype(float)
    samples = {
        "win rate": Sample(owner, segment, won.astype(float)),
        "deal size": Sample(owner[won], segment[won], size[won]),
        "sales cycle": Sample(owner[won], segment[won], cycle[won]),
        "pushes": Sample(owner, segment, pushes),
    }
    team = np.arange(reps) % teams
    return Panel(team, samples, flow, np.full(reps, 365.0))
