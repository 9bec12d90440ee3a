"""What does the open pipeline say by itself? Amounts by stage chances, by the share that pipelines like it brought, and calls."""

from __future__ import annotations

from typing import Any

import numpy as np

from saleswright.measure.flow.columns import Bools, Floats, Ints
from saleswright.measure.forecast.plain.guess import Guess, rolled, silent, with_errors
from saleswright.measure.metrics.words import are, plural

TRAILING = 4

TOGETHER = "rep commit"
"""The name of what the reps call together."""


def stage_rates(stage: Ints, hit: Any, stages: int, weight: Any = None, worth: float = 1.0) -> Floats:
    """Which share of deals seen in each stage was won? (stages + 1), the last of all stages, for a deal whose is unknown (-1).

    hit: whether the row's deal was won: ever, or within the time asked for. weight: how much a row counts. A stage counts
    `worth` rows of all stages beside its own, so that one never left says no more than the whole. nan where there is no row.
    """
    stage, y = np.asarray(stage, np.int64), np.asarray(hit, np.float64)
    w = np.ones(y.shape) if weight is None else np.asarray(weight, np.float64)
    if not stage.shape == y.shape == w.shape or (stage < -1).any() or (stage >= stages).any():
        raise ValueError(f"{stage.shape} stages below {stages}, {y.shape} outcomes, {w.shape} weights")
    rows, won = (np.bincount(stage + 1, one, stages + 1) for one in (w, w * y))
    whole = won.sum() / rows.sum() if rows.sum() > 0 else np.nan
    with np.errstate(invalid="ignore"):
        found = (won[1:] + worth * whole) / (rows[1:] + worth)
    return np.append(np.where(np.isfinite(found), found, whole), whole)


def stage_weighted(amount: Any, stage: Ints, rates: Any, won: float = 0.0) -> Guess:
    """Won so far, and the sum of amount x chance of its stage. amount: of open deals, nan unknown. rates: (stages + 1).

    A deal without an amount adds nothing, and a note says how many there are. rates: the CRM's, or `stage_rates`.
    """
    name = "stage-weighted"
    a, chance = np.asarray(amount, np.float64), np.asarray(rates, np.float64)
    each = chance[np.asarray(stage, np.int64)]
    if a.size and not np.isfinite(each).all():
        return silent(name, "no deal was decided yet, so no stage has a chance")
    unknown = int(np.isnan(a).sum())
    notes = (
        (f"{plural(unknown, 'open deal')} without an amount {are(unknown, 'adds', 'add')} nothing",) if unknown else ()
    )
    return Guess(name, won + float(np.nansum(a * each)), notes=notes)


def close_rate(
    open_now: float, opens: Any, afters: Any, won: float = 0.0, season: int = 0, trailing: int = TRAILING
) -> Guess:
    """Won so far, and the open pipeline x the share of it that came in before by the end of the period.

    opens: the open pipeline on the same day of past periods; afters: what came in between that day and their end, of open
    deals and new ones. Oldest first, only periods that were over by now. season: 4 of quarters, 12 of months takes the rate of
    the same period a year before; 0 the rate of the last `trailing` periods, as a ratio of sums. The law is made of what the
    same would have missed in the past periods, with what was known by then.
    """
    name = "close rate a year before" if season else "trailing close rate"
    o, a = np.asarray(opens, np.float64), np.asarray(afters, np.float64)
    if o.shape != a.shape or season < 0 or trailing < 1:
        raise ValueError(f"{o.shape} pipelines, {a.shape} amounts, season {season}, {trailing} periods")

    def at(origin: int, value: float) -> Guess:
        fewest = season or 1
        if origin < fewest:
            return silent(name, f"{plural(origin, 'past period')}, and it takes {fewest}")
        mine = slice(origin - season, origin - season + 1) if season else slice(max(0, origin - trailing), origin)
        if o[mine].sum() <= 0:
            return silent(name, "nothing was open on that day, so there is no rate")
        return Guess(name, value * float(a[mine].sum()) / float(o[mine].sum()))

    now = at(o.size, open_now)
    if now.point is None:
        return now
    forecasts, _ = rolled(lambda origin: at(origin, float(o[origin])), lambda origin: 0.0, range(o.size))
    return with_errors(Guess(name, won + now.point), forecasts, a, won, np.zeros(o.shape))


def rep_commit(called: Any, in_: Bools | None = None, won: float = 0.0) -> Guess:
    """What the reps call: the sum of their commits, each the latest one known by now. called: one a rep, nan: not in.

    A call that is not in is no zero: where one is missing the sum says nothing of the whole. in_: whose calls are asked for;
    hold the sum of these against what these people brought. The law comes from `with_errors`, with past sums and actuals.
    """
    name = TOGETHER
    c = np.asarray(called, np.float64)
    c = c if in_ is None else c[np.asarray(in_, bool)]
    missing = int(np.isnan(c).sum())
    if not c.size or missing:
        return silent(
            name,
            f"{missing} of {plural(c.size, 'call')} {are(missing)} not in" if c.size else "nobody is asked for a call",
        )
    total = float(c.sum())
    return Guess(name, max(total, won), notes=("more is won already than was called",) if won > total else ())
