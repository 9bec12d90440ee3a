"""What was worked out of the pipeline for this view of the record already? A second look asks for nothing anew."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from saleswright.history.snapshot import Snapshot
from saleswright.lib.period import Period
from saleswright.measure.flow.life.odds import Odds
from saleswright.measure.flow.life.odds import odds as counted
from saleswright.measure.flow.view import View
from saleswright.measure.flow.waterfall import deal_facts
from saleswright.measure.flow.waterfall.fall import Fall
from saleswright.measure.flow.waterfall.fall import fall as made
from saleswright.measure.metrics.apart import Apart, Pairs, taken_apart
from saleswright.measure.metrics.dimensions import allowed, dimensions

VIEWS = 4
"""Views of the record of which parts are kept; each with three waterfalls."""


def fall(at: Snapshot, since: date, period: Period, where: Pairs, by: str = "") -> Fall:
    """The waterfall since a day, over the deals due in a period, and for each member of a dimension."""
    return _fall(View(at), since, period, where, by)


def apart(at: Snapshot, where: Pairs) -> Apart:
    """What the CRM calls open, part by part."""
    return _apart(View(at), where)


def odds(at: Snapshot) -> Odds:
    """The odds by age, and by segment where this actor may see it: those of all deals the actor sees, whatever is filtered."""
    return _odds(View(at))


def typical(at: Snapshot) -> dict[str, int]:
    """By stage, how many days deals usually stay in it."""
    return _typical(View(at))


def forget() -> None:
    """Keep nothing."""
    for one in (_fall, _apart, _odds, _typical):
        one.cache_clear()


@lru_cache(maxsize=3 * VIEWS)
def _fall(view: View, since: date, period: Period, where: Pairs, by: str) -> Fall:
    return made(view.at, since.isoformat(), "", str(period), by=by, where=where)


@lru_cache(maxsize=VIEWS)
def _apart(view: View, where: Pairs) -> Apart:
    return taken_apart(view.at, where)


@lru_cache(maxsize=VIEWS)
def _odds(view: View) -> Odds:
    at = view.at
    segment = dimensions(at.schema).get("segment")
    return counted(at, "segment" if segment is not None and allowed(at, segment) else "")


@lru_cache(maxsize=VIEWS)
def _typical(view: View) -> dict[str, int]:
    return deal_facts.typical(view.at)
