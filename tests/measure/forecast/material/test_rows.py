"""Every number of the forecast opens to its rows: deals with amount and chance, what is won, and what is still to come."""

from __future__ import annotations

import pytest

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure, Report, Table
from saleswright.lib.money import Money
from saleswright.measure.metrics.explain import explain_figure
from tests.measure.forecast.material.test_figures import asked, minor


def rows_of(at: Snapshot, ref: str) -> tuple[Report, list[tuple[object, ...]]]:
    """The opened number, and its rows of all pages."""
    first = explain_figure(at, ref)
    pages = int(str(first.data["pages"]))
    found: list[tuple[object, ...]] = []
    for page in range(1, pages + 1):
        table = next(
            block for block in explain_figure(at, ref, page).blocks if isinstance(block, Table) and block.name == "rows"
        )
        found += table.rows
    return first, found


def test_every_number_opens_to_its_rows(at: Snapshot) -> None:
    """The open deals with amount, chance and what is expected; with what is won and what is still to come they add to the mean."""
    for name in ("expected_bookings", "forecast_high", "chance_of_target"):
        figure = asked(at, name).total
        report, rows = rows_of(at, figure.ref)
        assert report.figures()[0].value == figure.value and report.figures()[0].ref == figure.ref
        deals = [row for row in rows if row[0] is not None]
        assert len(deals) == figure.n and len({row[0] for row in deals}) == len(deals)
        assert [row[1] for row in rows[-2:]] == ["Won so far", "Still to be created and closed"]
        mean = minor(asked(at, "expected_bookings").total)
        assert sum(row[-1].minor for row in rows if isinstance(row[-1], Money)) == pytest.approx(mean, abs=len(rows))
        assert all(isinstance(row[-2], float) and 0 < row[-2] <= 1 for row in deals)


def test_a_member_and_a_month_open_to_their_own_rows(at: Snapshot) -> None:
    for by in ("owner", "month"):
        found = asked(at, "expected_bookings", by)
        for figure in found.groups.values():
            report, rows = rows_of(at, figure.ref) if figure.n else (None, [])
            if report is None:
                continue
            assert report.figures()[0].value == figure.value
            added = sum(row[-1].minor for row in rows if isinstance(row[-1], Money))
            assert added == pytest.approx(minor(figure), abs=len(rows) + 1)
            if by == "owner":
                assert len({row[3] for row in rows if row[0] is not None}) == 1


def test_the_parts_of_a_member_open_in_that_member(at: Snapshot) -> None:
    found = asked(at, "expected_bookings", "owner")
    figure = next(one for one in found.groups.values() if one.n)
    parts = next(b for b in explain_figure(at, figure.ref).blocks if isinstance(b, Table) and b.name == "parts")
    for row in parts.rows:
        # Who has won nothing yet has no figure to open.
        assert isinstance(row[1], Figure) and ("by=owner" in row[1].ref or row[1].value is None)
