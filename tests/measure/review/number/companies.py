"""Companies drawn at random, with short histories: what is known on a day, and what the period came to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from saleswright.measure.review.number.deals import ENOUGH, FAR, Deals, Window


@dataclass(frozen=True)
class Company:
    """A short history seen from inside a quarter. deals: with what came later, which the model must not look at."""

    deals: Deals
    window: Window
    past: list[Window]
    closed: int
    actual: float

    @property
    def elapsed(self) -> float:
        return (self.window.day + 1 - self.window.start) / (self.window.end - self.window.start)


def quarters(day: date, back: int) -> list[tuple[int, int]]:
    """(first day, day after) of this quarter and of those before it, latest first."""
    starts = [date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)]
    while len(starts) <= back:
        starts.append((starts[-1] - timedelta(days=1)).replace(day=1))
        starts[-1] = date(starts[-1].year, 3 * ((starts[-1].month - 1) // 3) + 1, 1)
    later = date(starts[0].year + (starts[0].month + 2) // 12, (starts[0].month + 2) % 12 + 1, 1)
    ends = [later, *starts[:-1]]
    return [(a.toordinal(), b.toordinal()) for a, b in zip(starts, ends, strict=True)]


def company(seed: int) -> Company:
    """A company with 30 to 600 closed deals in 12 to 30 months, of a shape nobody told the model."""
    rng = np.random.default_rng([seed, 20])
    for _ in range(1000):
        made = _drawn(rng)
        if made is not None:
            return made
    raise AssertionError("no company has 30 closed deals")


def _drawn(rng: np.random.Generator) -> Company | None:
    today = date(2025, 1, 1) + timedelta(days=int(rng.integers(0, 365)))
    day = today.toordinal()
    (start, end), *before = quarters(today, 10)
    months = int(rng.integers(12, 31))
    begun = day - int(months * 30.4)
    target = np.exp(rng.uniform(np.log(30), np.log(600)))
    groups = int(rng.integers(1, 4))
    # A third of the companies are as old as their record; the others had deals before it.
    warm = 0 if rng.random() < 0.33 else 400
    span = end - begun + warm
    season = 1 + rng.uniform(0, 0.4) * np.sin(2 * np.pi * (np.arange(span) / 365.25 + rng.random()))
    growth = np.exp(rng.normal(0, 0.25) * np.arange(span) / 365.25)
    weeks = rng.gamma(1 / (v := rng.uniform(0.02, 0.4)), v, span // 7 + 1)
    pace = season * growth * np.repeat(weeks, 7)[:span]
    pace *= target * 1.25 / pace[warm : warm + day - begun].sum()
    entry = np.repeat(np.arange(span), rng.poisson(pace)) + begun - warm
    n = entry.size
    group = rng.choice(groups, n, p=rng.dirichlet(np.full(groups, 4.0)))
    base, log_cycle = rng.uniform(0.12, 0.5), rng.uniform(np.log(15), np.log(110))
    rate = np.clip(base * np.exp(rng.normal(0, 0.4, groups)), 0.05, 0.8)
    cycle = np.exp(log_cycle + rng.normal(0, 0.4, groups))
    spread, bends = rng.uniform(0.2, 1.3), max(0.0, rng.normal(0, 0.4))
    z = rng.standard_normal(n)
    # In half of the companies larger deals are won less.
    won = rng.random(n) < np.minimum(rate[group] * np.exp(-bends * spread * z), 0.95)
    shape = rng.integers(0, 4)
    if shape == 0:
        life = rng.lognormal(0, rng.uniform(0.4, 0.9), n)
    elif shape == 1:
        life = rng.exponential(1.3, n)
    elif shape == 2:
        life = rng.weibull(rng.uniform(1.5, 3), n)
    else:
        life = np.where(rng.random(n) < 0.5, rng.lognormal(-1, 0.4, n), rng.lognormal(0.6, 0.3, n))
    life = life * np.where(won, 1, rng.uniform(0.7, 2.0)) * cycle[group]
    exit_ = entry + life.astype(np.int64)
    # Losers that nobody ever closes.
    exit_ = np.where(~won & (rng.random(n) < rng.uniform(0, 0.15)), FAR, exit_)
    if rng.random() < 0.5:
        # Some of what would close soon after a quarter's end is brought before it.
        for _, q_end in [(start, end), *before]:
            pulled = (exit_ >= q_end) & (exit_ < q_end + 14) & (rng.random(n) < 0.3)
            exit_ = np.where(pulled, np.maximum(entry, q_end - 1 - (exit_ - q_end) % 5), exit_)
    amount = np.round(np.exp(13 + rng.normal(0, 0.6, groups)[group] + spread * z)) + 100
    kept = exit_ >= begun
    deals = Deals(entry[kept], exit_[kept], won[kept], amount[kept], group[kept], groups)
    closed = int((deals.exit <= day).sum())
    if not ENOUGH <= closed <= 700:
        return None
    share = (day + 1 - start) / (end - start)
    past = [Window(a + round(share * (b - a)) - 1, a, b) for a, b in before if a >= begun]
    actual = deals.won_between(day + 1, end)
    return Company(deals, Window(day, start, end), past, closed, actual)
