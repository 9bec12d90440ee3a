"""What does the published growth method say? Revenue grown by itself, or by its four factors, for all or by member.

FACT: deals that come in, average sale, conversion, time to close, each grown by itself (`grown`), then put together again:
revenue of month t = average sale x conversion x sum over k of new deals of month t - k x share of wins that close k months
after coming in (formulas 3.1). Where no shares are told, a deal closes as many days after coming in as the mean says.
Formulas 4.1 and 2.1; the way to put time to close into it is ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from saleswright.measure.flow.columns import Floats
from saleswright.measure.forecast.plain.grown import MONTHLY_FROM, grown
from saleswright.measure.forecast.plain.guess import Guess, rolled, silent, with_errors
from saleswright.measure.metrics.words import are, plural

MONTH = 365.25 / 12
NEVER_WON = "nothing was won yet, so no average sale is known"


@dataclass(frozen=True, slots=True)
class Fact:
    """The four factors of whole months, oldest first: (months), or (members, months).

    came: deals that came in. won, lost: decided in the month. booked: what the won brought, in minor units. days: from coming
    in to being won, summed over the won. ValueError where they do not match.
    """

    came: Floats
    won: Floats
    lost: Floats
    booked: Floats
    days: Floats

    def __post_init__(self) -> None:
        if len({one.shape for one in self.columns}) > 1:
            raise ValueError(f"months of the factors do not match: {[one.shape for one in self.columns]}")

    @property
    def columns(self) -> tuple[Floats, ...]:
        return self.came, self.won, self.lost, self.booked, self.days

    def upto(self, months: int) -> Fact:
        """The first so many months."""
        return Fact(*(one[..., :months] for one in self.columns))

    def of(self, member: int) -> Fact:
        """One member's."""
        return Fact(*(one[member] for one in self.columns))


def by_revenue(booked: Any, weights: Any, window: int, seasonal: bool = False, won: float = 0.0) -> Guess:
    """Revenue grown by its own past growth. booked: of whole months, oldest first. weights: how much of each month ahead counts,
    such as 0.5, 1, 1 half-way through the first month of a quarter. won: what the asked period has won so far."""
    months = np.asarray(booked, np.float64)
    name = _name("revenue", window, seasonal)
    return _told(name, months, weights, won, lambda n, h: _revenue(months[:n], h, window, seasonal))


def by_factors(
    fact: Fact, weights: Any, window: int, seasonal: bool = False, won: float = 0.0, timing: Any = None
) -> Guess:
    """Each of the four factors grown, then put together. fact: (months). timing: of all wins the share that closes 0, 1, 2 ...
    months after coming in; it is stretched as time to close grows. weights, won: as in `by_revenue`."""
    name = _name("FACT", window, seasonal)
    return _told(name, fact.booked, weights, won, lambda n, h: _factors(fact.upto(n), h, window, seasonal, timing))


def by_members(
    fact: Fact, weights: Any, window: int, seasonal: bool = False, won: float = 0.0, timing: Any = None
) -> Guess:
    """The same for each member of a dimension, then the sum. fact: (members, months). A member that never won adds nothing."""
    name = _name("FACT by member", window, seasonal)

    def path(n: int, ahead: int) -> tuple[Floats, str]:
        """A member whose factors cannot be told is left out, not a zero among the others."""
        parts = [_factors(fact.upto(n).of(m), ahead, window, seasonal, timing) for m in range(fact.came.shape[0])]
        there = [values for values, _ in parts if np.isfinite(values).all()]
        if not there:
            return np.full(ahead, np.nan), parts[0][1] if parts else "there is no member"
        return np.sum(there, axis=0), next(way for values, way in parts if np.isfinite(values).all())

    told = _told(name, fact.booked.sum(axis=0), weights, won, path)
    never = int((fact.won.sum(axis=1) == 0).sum())
    return (
        replace(
            told, notes=(*told.notes, f"{plural(never, 'member')} never won and {are(never, 'adds', 'add')} nothing")
        )
        if never
        else told
    )


def put_together(came: Floats, sale: Floats, conversion: Floats, shares: list[Floats], known: int) -> Floats:
    """Revenue of the months after the first `known`: sale x conversion x sum over k of came(t - k) x share(k), one a month.

    came: (known + ahead); sale, conversion, shares: (ahead). Months before the record began had as many as its mean month.
    """
    before = float(came[:known].mean()) if known else 0.0
    found = []
    for h, share in enumerate(shares):
        t = known + h
        flow = [came[t - k] if t >= k else before for k in range(share.size)]
        found.append(float(sale[h] * conversion[h] * np.dot(flow, share)))
    return np.array(found)


def _factors(fact: Fact, ahead: int, window: int, seasonal: bool, timing: Any) -> tuple[Floats, str]:
    asked: dict[str, Any] = {"ahead": ahead, "window": window, "seasonal": seasonal}
    flow = grown(fact.came, **asked)
    sale, days = grown(fact.booked, fact.won, **asked), grown(fact.days, fact.won, **asked)
    conversion = grown(fact.won, fact.lost, odds=True, **asked)
    paths = (flow, sale, days, conversion)
    if not all(np.isfinite(one.values).all() for one in paths):
        return np.full(ahead, np.nan), NEVER_WON
    now = float(fact.days.sum() / fact.won.sum())
    months = fact.days.size
    if months >= MONTHLY_FROM:
        last = np.flatnonzero(fact.won > 0)[-1]
        now = float(fact.days[last] / fact.won[last])
    shares = [_shares(float(one), now, timing) for one in days.values]
    came = np.concatenate([fact.came, flow.values])
    return put_together(came, sale.values, conversion.values, shares, months), flow.way


def _shares(days: float, now: float, timing: Any) -> Floats:
    """Of the wins, the share k months after coming in: all at the mean, or the shares told, stretched as the mean grew."""
    if timing is None:
        late = max(days, 0.0) / MONTH
        whole = int(late)
        return np.append(np.zeros(whole), [1 - (late - whole), late - whole])
    told = np.asarray(timing, np.float64)
    longer = days / now if now > 0 else 1.0
    upto = np.append(0.0, np.cumsum(told) / told.sum())
    edges = np.arange(int(np.ceil(told.size * longer - 1e-9)) + 1) / longer
    return np.diff(np.interp(edges, np.arange(upto.size), upto))


def _revenue(months: Floats, ahead: int, window: int, seasonal: bool) -> tuple[Floats, str]:
    path = grown(months, ahead=ahead, window=window, seasonal=seasonal)
    return path.values, path.way if np.isfinite(path.values).all() else "less than nothing came in, which does not grow"


def _name(what: str, window: int, seasonal: bool) -> str:
    return f"growth of {what}, {window} months{', seasonal' if seasonal else ''}"


def _told(name: str, months: Floats, weights: Any, won: float, path: Callable[[int, int], tuple[Floats, str]]) -> Guess:
    """The weighted months ahead, and a law of what the same would have missed after each earlier month."""
    share = np.asarray(weights, np.float64)
    if share.ndim != 1 or not share.size or (share < 0).any() or (share > 1).any():
        raise ValueError("of each month ahead a share between 0 and 1 counts")
    ways: dict[int, str] = {}

    def at(origin: int) -> Guess:
        values, ways[origin] = path(origin, share.size)
        if not np.isfinite(values).all():
            return silent(name, ways[origin] if origin else "there is no whole month yet")
        return Guess(name, float(values @ share))

    now = at(months.size)
    if now.point is None:
        return now
    way = ways[months.size]
    origins = range(1, months.size - share.size + 1)
    forecasts, actuals = rolled(at, lambda n: float(months[n : n + share.size] @ share), origins)
    # Errors of another step of the chain are those of another method.
    forecasts = np.where([ways[n] == way for n in origins], forecasts, np.nan)
    guess = Guess(name, won + now.point, notes=(f"by {way}",))
    return with_errors(guess, forecasts, actuals, won, np.zeros(forecasts.shape))
