"""The sample company's touches: credit adds to bookings in every scope, and a lead's touch is what brought its deal."""

from __future__ import annotations

import pytest

from saleswright.faces.python import Book
from saleswright.history.snapshot import open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.report import Figure, Table
from saleswright.lib.money import Money
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.attribution import primary


def sums(book: Book, **args: object) -> tuple[Money, list[int]]:
    """(bookings, the sum of each column of credit)."""
    report = book.call("attribute", **args).report
    table = next(block for block in report.blocks if isinstance(block, Table))
    columns = [[cell for cell in column if isinstance(cell, Figure)] for column in zip(*table.rows, strict=True)]
    added = [sum(cell.value.minor for cell in column if isinstance(cell.value, Money)) for column in columns if column]
    whole = report.figures()[0].value
    assert isinstance(whole, Money)
    return whole, added


@pytest.mark.parametrize("scope", ["company", "team:Team West", "team:Team EMEA"])
def test_attribution_over_touches_sums_to_bookings(sample: Book, scope: str) -> None:
    book = sample.scope(scope) if scope != "company" else sample
    whole, added = sums(book, period="last 12 months")
    assert added == [whole.minor] * 4
    assert whole == book.measure("won_value", period="last 12 months").value


def test_the_touch_of_a_lead_names_the_source_of_the_deal_it_became(sample: Book) -> None:
    at = open_snapshot(sample.workspace, Ambient(as_of="2026-11-22"))
    try:
        first = primary(at, ask(at, "won_value"))
        sql = "SELECT id, arg_max(source, valid_from) FROM deal GROUP BY id"
        source = dict(at.reader.rows(sql))
        only_lead = at.reader.rows(
            "SELECT l.deal FROM lead l JOIN touch t ON t.lead = l.id WHERE l.deal IS NOT NULL AND NOT EXISTS"
            " (SELECT 1 FROM deal_contact c JOIN touch o ON o.contact = c.contact WHERE c.deal = l.deal)"
        )
        told = [deal for (deal,) in only_lead if deal in first]
        assert len(told) > 50
        assert all(first[deal] == source[deal] for deal in told)
    finally:
        at.close()
