"""How would the range have done? Past periods seen from the same point of each, with what was known then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from saleswright.lib.fiscal import FiscalCalendar
from saleswright.lib.period import Period
from saleswright.measure.review.number.deals import ENOUGH, Deals, Window
from saleswright.measure.review.number.outcome import outcome
from saleswright.measure.review.number.pace import Past

SHOWN = 8
LOOKED_AT = 12
UNITS = ("day", "week", "month", "quarter", "year")


@dataclass(frozen=True, slots=True)
class Told:
    """One past period: what the model would have said at that point, and what came, in minor units."""

    period: Period
    low: float
    mid: float
    high: float
    actual: float

    @property
    def held(self) -> bool:
        return round(self.low) <= round(self.actual) <= round(self.high)


def window(period: Period, day: int) -> Window:
    """The period seen from the end of a day."""
    return Window(day, period.start.toordinal(), period.end.toordinal())


def before(period: Period, day: int, calendar: FiscalCalendar) -> list[tuple[Period, Window]]:
    """The periods of the same kind that are over, latest first, each seen from the same share of it."""
    now = window(period, day)
    length = now.end - now.start
    elapsed = day + 1 - now.start
    found: list[tuple[Period, Window]] = []
    for back in range(1, LOOKED_AT + 40):
        other = _earlier(period, back, calendar)
        if other is None or len(found) == LOOKED_AT:
            break
        seen = window(other, 0)
        if seen.end > day + 1:
            continue
        share = round(elapsed * (seen.end - seen.start) / length) if elapsed > 0 else elapsed
        found.append((other, Window(seen.start + share - 1, seen.start, seen.end)))
    return found


def _earlier(period: Period, back: int, calendar: FiscalCalendar) -> Period | None:
    try:
        if period.grain in UNITS:
            return calendar.step(period.grain, period.start, -back)
        size = timedelta(days=(period.end - period.start).days)
        return Period.between(period.start - back * size, period.end - back * size)
    except (ValueError, OverflowError):
        return None


def record(
    deals: Deals, places: list[tuple[Period, Window]], pasts: list[Past], seed: int
) -> tuple[list[Told], list[Period]]:
    """(what was told and what came, oldest first; the periods before which too little was closed)."""
    told: list[Told] = []
    short: list[Period] = []
    then = {one.window: one.odds for one in pasts}
    for period, seen in reversed(places[:SHOWN]):
        closed = int((deals.exit <= seen.day).sum())
        if closed < ENOUGH or not (deals.won & (deals.exit <= seen.day)).any():
            short.append(period)
            continue
        won = deals.won_between(seen.start, min(seen.day + 1, seen.end))
        low, mid, high = (won + one for one in outcome(deals, seen, pasts, seed, of=then.get(seen)).range)
        told.append(Told(period, low, mid, high, deals.won_between(seen.start, seen.end)))
    return told, short


def words(told: list[Told], short: list[Period], unit: str) -> str:
    """How often it held, with the misses by name."""
    if not told:
        return f"No past {unit} had {ENOUGH} closed deals before it, so nobody knows how such a range would have done."
    held = sum(one.held for one in told)
    missed = [f"{one.period.label} ({'below' if one.actual < one.low else 'above'})" for one in told if not one.held]
    many = f"{unit}s" if len(told) != 1 else unit
    text = f"From the same point of the last {len(told)} {many} it would have held in {held}"
    text += f"; missed {', '.join(missed)}." if missed else "."
    if short:
        text += (
            f" {len(short)} earlier {unit}{'s' if len(short) != 1 else ''} had fewer than {ENOUGH} closed deals before."
        )
    return text
