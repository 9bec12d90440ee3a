"""How many wins, qualified deals and leads reach the target? Asked of the record: past sales, win rates and leads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.lib.issue import USAGE, Issue, Stop
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.flow import book
from saleswright.measure.flow.columns import Floats
from saleswright.measure.forecast.needed.count import LEVEL, Needed, Step, needed
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import ask, metrics_in_force
from saleswright.measure.metrics.compute import sums
from saleswright.measure.metrics.figures import Sums

if TYPE_CHECKING:
    from saleswright.measure.forecast.law.bookings import Bookings
    from saleswright.measure.forecast.outlook.asked import Forecast
    from saleswright.measure.forecast.outlook.past import Past

SEED = 0
YEARS_KEPT = 730
"""Days back from which sales and win rates are taken; so many leads as came in a year of them."""
YEAR = 365
QUALIFIED, LEADS = "qualified deals", "leads"


@dataclass(frozen=True)
class Reach:
    """The numbers that reach the target.

    beyond: on top of all that the forecast expects, deals not created yet among it. anew: on top of today's open deals alone.
    reason: why nothing can be told; then both are None. average: of past sales. left: days until the period ends.
    sales, rate, leads: what stands behind it, wins that told, (won, tried), (qualified, delivered). notes: what to mind.
    """

    wanted: float
    target: Money | None
    mean: Money | None
    left: int
    beyond: Needed | None = None
    anew: Needed | None = None
    average: Money | None = None
    sales: int = 0
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    reason: str = ""


def chance_of(text: str) -> float:
    """The chance that is wanted, from 0.8 or 80%. Stop (usage) for anything that is none."""
    typed = text.strip().replace(" ", "")
    try:
        value = float(typed.removesuffix("%")) / (100 if typed.endswith("%") else 1)
    except ValueError:
        value = float("nan")
    if not 0 < value < 1:
        why = "a chance lies between 0 and 1, and nothing is certain"
        raise Stop(
            Issue("chance", f"'{text}' is no chance to reach a target with", why, "0.8, or 80%"), exit_code=USAGE
        )
    return value


def reach(at: Snapshot, one: Forecast, where: Pairs = (), wanted: float = LEVEL) -> Reach:
    """The numbers for the target of a forecast, by the sales and conversions of the last two years."""
    told, past = one.foretold, one.learned.past
    left = max(0, told.last - told.day)
    mean = Money(round(told.law.mean), at.currency)
    if one.target is None:
        return Reach(wanted, None, mean, left, reason=one.no_target or "no target is set for the period")
    bare = Reach(wanted, Money(one.target, at.currency), mean, left)
    if not left:
        return replace(bare, reason=f"{one.period.label} is over")
    sales = sold(past)
    steps, notes = [won_in_time(past, left)], []
    leads, why = _leads(at, one.day, left, where)
    if leads is not None:
        steps.append(leads)
    else:
        notes.append(why)
    x, upto = columns(told.open_law)
    beyond = needed(float(one.target), *columns(told.law), sales, steps, SEED, wanted)
    anew = needed(float(one.target), x + told.won, upto, sales, steps, SEED, wanted)
    average = Money(round(float(sales.mean())), at.currency) if sales.size else None
    return replace(
        bare, beyond=beyond, anew=anew, average=average, sales=sales.size, steps=tuple(steps), notes=tuple(notes)
    )


def sold(past: Past) -> Floats:
    """What each win of the last two years was booked at, in minor units; those nobody knows the amount of are not in it."""
    told = (past.fate == book.WON) & ~past.unknown & (past.booked > 0) & (past.ended > past.told - YEARS_KEPT)
    return np.asarray(past.booked[told], np.float64)


def won_in_time(past: Past, left: int) -> Step:
    """Of the deals qualified in two years, as long ago as days are left now or longer: how many were won within those days?"""
    tried = (past.came <= past.told - left) & (past.came > past.told - left - YEARS_KEPT)
    hit = tried & (past.fate == book.WON) & (past.ended - past.came <= left)
    return Step(QUALIFIED, int(hit.sum()), int(tried.sum()))


def columns(law: Bookings) -> tuple[Floats, Floats]:
    """A law as pairs of places and chances: each knot with the share below it, then the share up to it."""
    curve = law.curve
    return np.repeat(curve.x, 2), np.stack([curve.left, curve.right], axis=1).ravel()


def _leads(at: Snapshot, day: date, left: int, where: Pairs) -> tuple[Step | None, str]:
    """Of the leads of a year that had as many days as are left: how many became a qualified deal? Or why nobody can say."""
    if "lead_quality" not in metrics_in_force(at):
        return None, "this workspace has no metric lead_quality, so leads are not told"
    end = day - timedelta(days=left) + timedelta(days=1)
    try:
        asked: Any = ask(at, "lead_quality", (), "all", where)
    except Stop as stop:
        return None, f"leads are not told here: {stop.issues[0].what if stop.issues else 'you may not see them'}"
    one = Sums()
    for part in sums(at, replace(asked, period=Period.between(end - timedelta(days=YEAR), end))).values():
        one += part
    if not one.n:
        return None, "no leads of that age in the record, so leads are not told"
    return Step(LEADS, one.num, one.n), ""
