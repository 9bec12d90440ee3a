"""Is the book of deals what the metrics count, deal by deal and to the cent?"""

from __future__ import annotations

import numpy as np
import pytest

from saleswright.lib.money import Money
from saleswright.measure.flow.book import LOST, OPEN, WON, read
from saleswright.measure.flow.columns import NO_DAY
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from tests.workspaces import Book as Opened
from tests.workspaces import seen as on


@pytest.mark.parametrize(("as_of", "currency"), [("", ""), ("2026-03-31", ""), ("2026-03-31", "EUR")])
def test_book_is_what_the_metrics_count(sample: Opened, as_of: str, currency: str) -> None:
    at = on(sample, as_of, currency=currency)
    book = read(at, ("segment",))
    of_fate = {WON: ("won_deals", "won_value"), OPEN: ("open_deals", "open_pipeline"), LOST: ("lost_deals", "")}
    for fate, (deals, value) in of_fate.items():
        mine = book.fate == fate
        told = evaluate(at, ask(at, deals, ("segment",), "all", ()))
        assert int(mine.sum()) == told.total.value
        for (member,), figure in told.groups.items():
            assert int((mine & (book.groups["segment"] == member)).sum()) == figure.value
        if value:
            worth = evaluate(at, ask(at, value, (), "all", ())).total.value
            assert isinstance(worth, Money)
            assert int(book.amount[mine].sum()) == worth.minor
    assert (book.days["qualified"] != NO_DAY).all()
    assert list(book.id) == sorted(book.id)
    assert not np.any(book.amount[book.unknown])
