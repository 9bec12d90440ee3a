"""What was worked out for this view of the record already? A click on a person or a rule asks for nothing anew."""

from __future__ import annotations

from functools import lru_cache

from saleswright.history.snapshot import Snapshot
from saleswright.measure.flow.view import View
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.review import roll
from saleswright.measure.review.number import simple
from saleswright.measure.review.number.model import Number
from saleswright.measure.review.rolled import Roll
from saleswright.measure.review.scrub import find
from saleswright.measure.review.scrub.model import Scrub

VIEWS = 4
"""Views of the record whose parts are kept."""


def scrub(at: Snapshot, where: Pairs) -> Scrub:
    """The findings of everyone, by every rule."""
    return _scrub(View(at), where)


def rolled(at: Snapshot, since: str, period: str, where: Pairs) -> Roll:
    """What changed since a day."""
    return _roll(View(at), since, period, where)


def number(at: Snapshot, period: str, where: Pairs) -> Number:
    """The likely range."""
    return _number(View(at), period, where)


def forget() -> None:
    """Keep nothing."""
    for kept in (_scrub, _roll, _number):
        kept.cache_clear()


@lru_cache(maxsize=VIEWS)
def _scrub(view: View, where: Pairs) -> Scrub:
    return find.scrub(view.at, where)


@lru_cache(maxsize=VIEWS)
def _roll(view: View, since: str, period: str, where: Pairs) -> Roll:
    return roll.roll(view.at, since, period, where)


@lru_cache(maxsize=VIEWS)
def _number(view: View, period: str, where: Pairs) -> Number:
    return simple.number(view.at, period, where)
