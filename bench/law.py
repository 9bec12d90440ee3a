"""How long does the distribution of a period's bookings take? Against drawing it 10,000 times, as fast as numpy draws.

The drawing is fair: float32, all deals of a batch of draws at once, one comparison of normal numbers per deal and draw, chances
turned into thresholds beforehand, a product of a matrix and a vector for the sums. It is far from our result because 10,000
draws are few, not because it is told badly.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench.line import SEED, Line, alternate, median, seconds, spread
from saleswright.measure.forecast.law.bookings import bookings
from saleswright.measure.forecast.law.deals import Coming
from saleswright.measure.forecast.law.months import months
from saleswright.measure.forecast.law.normal import probit

DRAWS, RHO, MONTHS = 10_000, 0.08, 12
BATCH = 4_000_000


def deals(n: int) -> tuple[Any, Any, np.random.Generator]:
    """Amounts that vary as deals do, and chances of which most are small."""
    rng = np.random.default_rng(SEED)
    return rng.lognormal(9.0, 1.0, n), rng.beta(1.0, 3.0, n), rng


def drawn(amount: Any, chance: Any, rng: np.random.Generator, times: int = DRAWS) -> Any:
    """The sum, drawn: shock, wins given the shock, amounts."""
    theta = probit(chance).astype(np.float32)
    value = amount.astype(np.float32)
    common, own = np.float32(np.sqrt(RHO)), np.float32(np.sqrt(1 - RHO))
    found = np.empty(times, np.float32)
    batch = max(1, BATCH // value.size)
    for start in range(0, times, batch):
        size = min(batch, times - start)
        shock = rng.standard_normal((size, 1), np.float32)
        noise = rng.standard_normal((size, value.size), np.float32)
        noise *= own
        noise += theta
        found[start : start + size] = (noise > -common * shock).astype(np.float32) @ value
    return found


def law_1e4(small: bool, place: Path) -> Line:
    """10,000 open deals."""
    del place
    return _against("law_1e4", 500 if small else 10_000, 5, small)


def law_1e5(small: bool, place: Path) -> Line:
    """100,000 open deals."""
    del place
    return _against("law_1e5", 1_000 if small else 100_000, 30, small)


def _against(name: str, n: int, times: int, small: bool) -> Line:
    amount, chance, rng = deals(n)
    last: dict[str, Any] = {}
    draws = 200 if small else DRAWS
    ours, baseline = alternate(
        _timed(last, "law", lambda: bookings(amount, chance, rho=RHO)),
        _timed(last, "drawn", lambda: drawn(amount, chance, rng, draws)),
        runs=1 if small else 3,
        warm=0 if n > 20_000 else 1,
    )
    law, sums = last["law"], np.sort(last["drawn"].astype(np.float64))
    fine = bookings_finer(amount, chance)
    x = np.unique(np.concatenate([law.curve.x, sums]))
    off = float(np.abs(law.up_to(x) - fine.up_to(x)).max())
    share = np.arange(1, sums.size + 1) / sums.size
    true = fine.up_to(sums)
    theirs = float(max(np.abs(share - true).max(), np.abs(share - 1 / sums.size - true).max()))
    again = bookings(amount, chance, rho=RHO)
    assert again.curve.x.tobytes() + again.curve.right.tobytes() == law.curve.x.tobytes() + law.curve.right.tobytes()
    with_prior = seconds(lambda: bookings(amount, chance))
    beside = seconds(lambda: law.independent)
    ratio = median(baseline) / median(ours)
    mean = abs(law.mean / float(amount @ chance) - 1)
    note = (
        f"{n:,} deals, rho {RHO}, {draws:,} draws; {spread('ours', ours)}; {spread('drawn', baseline)}: {ratio:.1f}x faster; "
        f"largest distance to a law with finer steps, more range and less left out {off:.1e}, drawn {theirs:.1e} "
        f"({theirs / max(off, 1e-16):,.0f}x); "
        f"halving the step moved the function by {law.checked:.0e}; mean off by {mean:.0e}; with four correlations of the prior "
        f"{with_prior:.2g} s; the law with rho = 0 beside it {beside:.2g} s more"
    )
    met = ratio >= times and theirs >= 1000 * off and mean <= 1e-8
    target = f">= {times}x faster, error >= 1,000x smaller"
    return Line(name, median(ours), median(baseline), target, met, "s", len(ours), note)


def bookings_finer(amount: Any, chance: Any) -> Any:
    """The same law with everything that could matter taken finer: steps of the shock, range, what is left out."""
    from saleswright.measure.forecast.law import engine, factor, spectrum, table

    kept = (factor._STEP, factor._STRIP, engine._SEEN, engine._SPREADS, spectrum.DEAD, engine.DEAD, table.BUDGET)
    try:
        factor._STEP, factor._STRIP, engine._SEEN, engine._SPREADS = 0.1, 30.0, 1e-12, 9.0
        spectrum.DEAD = engine.DEAD = 1e-10
        table.BUDGET = 1e-13
        return bookings(amount, chance, rho=RHO)
    finally:
        factor._STEP, factor._STRIP, engine._SEEN, engine._SPREADS, spectrum.DEAD, engine.DEAD, table.BUDGET = kept


def law_months(small: bool, place: Path) -> Line:
    """Twelve months and the time up to the end of each, with deals that are not created yet."""
    del place
    n, ahead = (200, 2) if small else (10_000, MONTHS)
    amount, chance, rng = deals(n)
    share = rng.dirichlet(np.ones(MONTHS + 1), n)[:, :ahead]
    by_month = chance[:, None] * share
    age = np.exp(-np.arange(ahead) / 4.0) * 0.05
    new = np.array(
        [[age[month - start] if month >= start else 0.0 for month in range(ahead)] for start in range(ahead)]
    )
    flow = Coming(np.full(ahead, n / 30), new, rng.lognormal(9.0, 1.0, 64), 0.3, 0.02, 0.005)
    last: dict[str, Any] = {}
    ours, baseline = alternate(
        _timed(last, "laws", lambda: months(amount, by_month, rho=RHO, coming=flow)),
        _timed(last, "drawn", lambda: drawn(amount, chance, rng, 200 if small else DRAWS)),
        runs=1 if small else 3,
        warm=0 if n > 20_000 else 1,
    )
    laws = last["laws"]
    means = abs(sum(one.mean for one in laws.month) / laws.to_date[-1].mean - 1)
    worst = max(one.checked for one in (*laws.month, *laws.to_date))
    with_prior = seconds(lambda: months(amount, by_month, coming=flow))
    note = (
        f"{2 * ahead - 1} laws of {n:,} deals with what is coming; {spread('ours', ours)}; the baseline draws one law of open "
        f"deals only ({spread('drawn', baseline)}); the months' means add up to {means:.0e}; halving the step moved a function by "
        f"{worst:.0e} at most; with four correlations of the prior {with_prior:.2g} s"
    )
    met = median(ours) <= 3.0 and means <= 1e-8
    return Line("law_months", median(ours), median(baseline), "within 3 s", met, "s", len(ours), note)


def _timed(last: dict[str, Any], name: str, work: Callable[[], Any]) -> Callable[[], float]:
    return lambda: seconds(lambda: last.update({name: work()}))
