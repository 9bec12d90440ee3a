"""What will each month book, and what will be booked up to its end? And what will each team, product or region book?

The same deals and the same shock stand behind every one of these laws, so their means add up: the months to the year to date,
the parts to the whole. Ranges do not add, for what goes well in one may go badly in another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from saleswright.lib.issue import Issue, Stop
from saleswright.measure.flow.columns import Floats
from saleswright.measure.forecast.law.bookings import Bookings, bookings
from saleswright.measure.forecast.law.deals import Coming
from saleswright.measure.forecast.law.shock import PRIOR, Shock

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Months:
    """month: what each month books. to_date: what is booked from the first up to the end of each."""

    month: tuple[Bookings, ...]
    to_date: tuple[Bookings, ...]


def months(
    amount: Any,
    chance: Any,
    *,
    floor: Any = 0.0,
    ratio: Any = 1.0,
    spread: float = 0.0,
    rho: Shock | float = PRIOR,
    sure: float = 0.0,
    coming: Coming | None = None,
) -> Months:
    """The laws of some months and of the time up to their ends.

    chance: (deals, months), to be won in each. floor: won so far in each month; one number is that of the first. coming: with
    chances by (cohorts, months). The rest as in `bookings`. A deal is won once, so its months add up to at most 1.
    """
    value, p = np.atleast_1d(np.asarray(amount, np.float64)), np.asarray(chance, np.float64)
    if p.ndim != 2 or p.shape[0] != value.shape[0]:
        raise Stop(Issue("chance", f"{p.shape} chances for {value.shape} amounts", "each deal has one by month"))
    count = p.shape[1]
    won = _by_month(floor, count)
    until = _until("chance", p)
    new, new_until = None, None
    if coming:
        new = np.asarray(coming.chance, np.float64)
        if new.shape != (np.asarray(coming.rate).size, count):
            raise Stop(
                Issue(
                    "coming.chance",
                    f"{new.shape} chances for {np.asarray(coming.rate).size} cohorts and {count} months",
                )
            )
        new_until = _until("coming.chance", new)

    def law(column: Floats, sum_of: float, arriving: Floats | None) -> Bookings:
        flow = coming.of(arriving) if coming is not None and arriving is not None else None
        return bookings(value, column, floor=sum_of, ratio=ratio, spread=spread, rho=rho, sure=sure, coming=flow)

    running = np.cumsum(won)
    month = [law(p[:, m], float(won[m]), None if new is None else new[:, m]) for m in range(count)]
    to_date = month[:1] + [
        law(until[:, m], float(running[m]), None if new_until is None else new_until[:, m]) for m in range(1, count)
    ]
    return Months(tuple(month), tuple(to_date))


def by_part(
    amount: Any,
    chance: Any,
    part: Any,
    parts: int,
    *,
    floor: Any = 0.0,
    ratio: Any = 1.0,
    spread: float = 0.0,
    rho: Shock | float = PRIOR,
    sure: float = 0.0,
    coming: tuple[Coming | None, ...] | None = None,
) -> tuple[Bookings, ...]:
    """The law of each part: part[i] is 0 ... parts - 1, floor one number by part, coming one by part.

    Deals of no part (-1) are in none. Means add up to that of the whole; quantiles do not.
    """
    value, p = np.atleast_1d(np.asarray(amount, np.float64)), np.atleast_1d(np.asarray(chance, np.float64))
    code = np.atleast_1d(np.asarray(part, np.int64))
    if code.shape != value.shape or p.shape != value.shape:
        raise Stop(Issue("part", f"{code.shape} parts and {p.shape} chances for {value.shape} amounts"))
    won = _by_month(floor, parts)
    by = np.broadcast_to(np.asarray(ratio, np.float64), value.shape)
    flows = coming or (None,) * parts
    found = []
    for place in range(parts):
        mine = code == place
        new = flows[place]
        found.append(
            bookings(
                value[mine],
                p[mine],
                floor=float(won[place]),
                ratio=by[mine],
                spread=spread,
                rho=rho,
                sure=sure,
                coming=new,
            )
        )
    return tuple(found)


def _by_month(floor: Any, count: int) -> Floats:
    won = np.asarray(floor, np.float64)
    if won.ndim == 0:
        won = np.concatenate([[float(won)], np.zeros(max(count - 1, 0))])
    if won.shape != (count,):
        raise Stop(Issue("floor", f"{won.shape} values for {count}"))
    return won


def _until(name: str, p: Floats) -> Floats:
    until = np.cumsum(p, axis=1)
    over = np.flatnonzero(until[:, -1] > 1 + _ROUNDING)
    if over.size:
        first = int(over[0])
        words = f"the chances of its months add up to {until[first, -1]:g}"
        raise Stop(
            Issue(
                f"{name}[{first}]", words, "it can be won once" + (f"; {over.size - 1} more" if over.size > 1 else "")
            )
        )
    return np.minimum(until, 1.0)
