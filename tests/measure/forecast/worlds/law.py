"""By which law do deals live here? Weekly rates of a small world, drawn anew for every seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleswright.measure.flow.columns import Floats

STAGES, SEGMENTS, SOURCES, OWNERS = 4, 3, 5, 12
STUCK = 8
QUARTER = 13
KINDS = ("stable", "trend", "shock", "small", "heavy", "dirty", "quiet")
"""quiet is the world without signal: every open deal has the same chance on every day."""


@dataclass(frozen=True)
class Law:
    """The rates of one world, by week. Everything a deal does follows from these and from chance.

    advance, back, win, lose, die: by stage, for each week. A deal that dies is not told to anybody: nothing happens to it
    any longer until somebody closes it (bury, for each week) or cleans up. win_of, lose_of: factors of segments, sources and
    owners. slow: power of the amount (over its median) on winning. stuck: factor on winning and advancing after STUCK weeks
    in a stage, by segment. fell_back, pushed (each of up to three), past_due, near (the stated day is at most three weeks
    away): factors on winning. young: factor in a deal's first three weeks. quarter_end: factor in the last two weeks of a
    quarter. slope: log of the factor on winning for each year. sway: standard deviation of the log of a factor on winning
    that is drawn for each quarter. touched: an activity in a week, of a deal that is alive. tidy: weeks between clean-ups
    (0: never), which close what was silent for `long` weeks.
    """

    kind: str
    advance: Floats
    back: Floats
    win: Floats
    lose: Floats
    die: Floats
    bury: float
    win_of: dict[str, Floats]
    lose_of: dict[str, Floats]
    slow: float
    stuck: Floats
    fell_back: float
    pushed: float
    past_due: float
    near: float
    young: float
    quarter_end: float
    slope: float
    sway: float
    touched: float
    push: float
    tidy: int
    long: int
    spread: float
    tail: float

    def calendar(self, week: int) -> float:
        """The factor on winning in a week, by its place in the quarter and the trend."""
        last = week % QUARTER >= QUARTER - 2
        return float((self.quarter_end if last else 1.0) * np.exp(self.slope * (week - 104) / 52))


def draw(kind: str, rng: np.random.Generator) -> Law:
    """A law of this kind (KINDS). ValueError for another."""
    if kind not in KINDS:
        raise ValueError(f"no world is called {kind!r}; there are {', '.join(KINDS)}")
    blank = kind == "quiet"

    def around(middle: Floats | float, sd: float, size: int | None = None) -> Floats:
        return np.asarray(middle * np.exp((0.0 if blank else sd) * rng.standard_normal(size)))

    def between(low: float, high: float) -> float:
        return 1.0 if blank else float(rng.uniform(low, high))

    flat = np.full(STAGES, 0.02)
    win = flat if blank else around(np.array([0.002, 0.006, 0.02, 0.08]), 0.3, STAGES)
    lose = np.full(STAGES, 0.03) if blank else around(np.array([0.035, 0.03, 0.025, 0.025]), 0.3, STAGES)
    sizes = {"segment": SEGMENTS, "source": SOURCES, "owner": OWNERS}
    stuck = np.clip(between(0.3, 0.7) * around(1.0, 0.4, SEGMENTS), 0.2, 1.2) if not blank else np.ones(SEGMENTS)
    dirty = kind == "dirty"
    return Law(
        kind=kind,
        advance=around(np.array([0.2, 0.16, 0.14, 0.0]), 0.2, STAGES),
        back=np.array([0.0, 0.01, 0.015, 0.02]),
        win=win,
        lose=lose,
        die=np.zeros(STAGES) if blank else around(np.full(STAGES, 0.02 if dirty else 0.01), 0.3, STAGES),
        bury=0.002 if dirty else 0.05,
        win_of={name: around(1.0, 0.3, size) for name, size in sizes.items()},
        lose_of={name: around(1.0, 0.2, size) for name, size in sizes.items()},
        slow=0.0 if blank else float(rng.uniform(-0.3, 0.0)),
        stuck=stuck,
        fell_back=between(0.4, 0.8),
        pushed=between(0.7, 0.95),
        past_due=between(0.4, 0.8),
        near=between(1.2, 2.0),
        young=between(0.2, 0.6),
        quarter_end=between(1.3, 2.2),
        slope=float(rng.choice([-0.5, 0.5])) if kind == "trend" else 0.0,
        sway=0.4 if kind == "shock" else 0.0,
        touched=float(rng.uniform(0.35, 0.6)),
        push=0.75,
        tidy=int(rng.integers(30, 45)) if dirty else 0,
        long=16,
        spread=1.2 if kind == "heavy" else 0.7,
        tail=1.6 if kind == "heavy" else 0.0,
    )
