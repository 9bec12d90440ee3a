"""What was worked out for this view of the record already? A second look at the page asks for nothing anew."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from saleswright.history.snapshot import Snapshot
from saleswright.lib.period import Period
from saleswright.measure.flow.view import View
from saleswright.measure.forecast.material.find import Material
from saleswright.measure.forecast.material.find import material as found
from saleswright.measure.metrics.apart import Pairs

VIEWS = 8
"""Questions whose answers are kept."""


def material(at: Snapshot, period: Period, where: Pairs, most: int) -> Material:
    """The deals that decide a period, and what must close by when."""
    found = _material(View(at), period, where, most)
    # The snapshot that was asked first may be closed by now.
    return replace(found, at=at, forecast=found.forecast.through(at) if found.forecast else None)


def forget() -> None:
    """Keep nothing."""
    _material.cache_clear()


@lru_cache(maxsize=VIEWS)
def _material(view: View, period: Period, where: Pairs, most: int) -> Material:
    return found(view.at, period, where, most)
