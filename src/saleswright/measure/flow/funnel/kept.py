"""What was read for this view of the record already? Pages and actions that ask the same are answered from memory."""

from __future__ import annotations

from functools import lru_cache

from saleswright.measure.flow import book
from saleswright.measure.flow.book import Book
from saleswright.measure.flow.funnel import visits
from saleswright.measure.flow.funnel.visits import Visits
from saleswright.measure.flow.view import View
from saleswright.measure.metrics.apart import Pairs

VIEWS = 4


@lru_cache(maxsize=VIEWS)
def visits_of(view: View, by: tuple[str, ...] = (), where: Pairs = ()) -> Visits:
    """The visits to stages."""
    return visits.read(view.at, by, where)


@lru_cache(maxsize=VIEWS)
def book_of(view: View, where: Pairs = ()) -> Book:
    """The deals."""
    return book.read(view.at, (), where)
