"""What was worked out for this view of the record already? A click on a person or a rule asks for nothing anew."""

from __future__ import annotations

from functools import lru_cache

from saleswright.history.snapshot import Snapshot
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.review import roll
from saleswright.measure.review.number import simple
from saleswright.measure.review.number.model import Number
from saleswright.measure.review.rolled import Roll
from saleswright.measure.review.scrub import find
from saleswright.measure.review.scrub.model import Scrub

VIEWS = 4
"""Views of the record whose parts are kept."""


class _View:
    """A snapshot compared by all that decides what it says: definitions, state, eyes, both clocks, currency."""

    def __init__(self, at: Snapshot) -> None:
        self.at = at
        # The workspace is opened again when its text changes, and is held here, so its id is that of this text alone.
        self._key = (id(at.workspace), at.release.number, at.policy, at.t, at.k, at.currency)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _View) and other._key == self._key


def scrub(at: Snapshot, where: Pairs) -> Scrub:
    """The findings of everyone, by every rule."""
    return _scrub(_View(at), where)


def rolled(at: Snapshot, since: str, period: str, where: Pairs) -> Roll:
    """What changed since a day."""
    return _roll(_View(at), since, period, where)


def number(at: Snapshot, period: str, where: Pairs) -> Number:
    """The likely range."""
    return _number(_View(at), period, where)


def forget() -> None:
    """Keep nothing."""
    for kept in (_scrub, _roll, _number):
        kept.cache_clear()


@lru_cache(maxsize=VIEWS)
def _scrub(view: _View, where: Pairs) -> Scrub:
    return find.scrub(view.at, where)


@lru_cache(maxsize=VIEWS)
def _roll(view: _View, since: str, period: str, where: Pairs) -> Roll:
    return roll.roll(view.at, since, period, where)


@lru_cache(maxsize=VIEWS)
def _number(view: _View, period: str, where: Pairs) -> Number:
    return simple.number(view.at, period, where)
