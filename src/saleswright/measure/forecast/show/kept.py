"""What was worked out for this view of the record already? The page and its siblings ask for nothing anew."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from saleswright.history.snapshot import Snapshot
from saleswright.measure.flow.view import View
from saleswright.measure.forecast.show import find
from saleswright.measure.forecast.show.shown import Cannot, Shown
from saleswright.measure.metrics.apart import Pairs

VIEWS = 12
"""Answers that are kept."""


def shown(
    at: Snapshot, period: str = "", by: str = "", where: Pairs = (), since: str = "", line: str = ""
) -> Shown | Cannot:
    """The forecast, worked out once for all faces of one state of the record. line: of the bridge, whose deals are all named."""
    view = View(at)
    found = _apart(view, period, by, tuple(where), since) if by else _shown(view, period, tuple(where), since)
    # A back-test is no part of the record, so how ranges held is asked anew; and the snapshot asked first may be closed by now.
    said = find.footer(at, found.period)
    if found.at is not at or said != found.footer:
        found = replace(found, at=at, footer=said)
    return find.listed(found, line) if line and isinstance(found, Shown) else found


def forget() -> None:
    """Keep nothing."""
    _shown.cache_clear()
    _apart.cache_clear()


@lru_cache(maxsize=VIEWS)
def _shown(view: View, period: str, where: Pairs, since: str) -> Shown | Cannot:
    return find.shown(view.at, period, where, since)


@lru_cache(maxsize=2 * VIEWS)
def _apart(view: View, period: str, by: str, where: Pairs, since: str) -> Shown | Cannot:
    whole = _shown(view, period, where, since)
    return find.told_apart(replace(whole, at=view.at), by) if isinstance(whole, Shown) else whole
