"""Who stayed, who went, who pays more: every month as a count in plain Python says, to the cent."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import saleswright
from saleswright.demo.emit import emit
from saleswright.demo.world import build as company
from saleswright.faces.python import Book
from saleswright.kernel.report import Figure, Series, Table
from saleswright.lib.money import Money
from tests.measure.customers.books import ONE, Standing, Sub, counted, drawn, months, opened, written
from tests.workspaces import SEED, UNTIL

TODAY = date(2026, 6, 30)
RATES = {"USD": Fraction(1), "EUR": Fraction(4, 5)}


@pytest.fixture(scope="module")
def subs() -> list[Sub]:
    return drawn(seed=11, accounts=150)


@pytest.fixture(scope="module")
def drawn_book(subs: list[Sub], tmp_path_factory: pytest.TempPathFactory) -> Book:
    place = tmp_path_factory.mktemp("retention")
    return opened(written(subs, place / "export"), place / "w", TODAY)


def points(book: Book, metric: str, period: str) -> dict[str, Figure]:
    series = next(b for b in book.measure(metric, by="month", period=period).report.blocks if isinstance(b, Series))
    return {point.label: point.figure for point in series.points}


def money(figure: Figure) -> int:
    """Its minor units; of nobody at all there is no amount."""
    if figure.n == 0:
        return 0
    assert isinstance(figure.value, Money)
    return figure.value.minor


def same(figures: dict[str, Figure], found: dict[str, Standing]) -> None:
    """Do the figures of one period say what the count says?"""
    start = [one for one in found.values() if one.at_start]
    kept, before = sum(min(o.before, o.after) for o in start), sum(o.before for o in start)
    assert figures["customer_churn"].of == (sum(not o.at_end for o in start), len(start))
    for name, above in (("grr", kept), ("nrr", sum(o.after for o in start)), ("gross_revenue_churn", before - kept)):
        assert figures[name].of == (Money(above, "USD"), Money(before, "USD")), name


@settings(max_examples=8)
@given(first=st.dates(date(2025, 3, 1), date(2026, 6, 1)), days=st.integers(1, 200))
def test_any_period_is_as_counted_and_grr_is_never_above_nrr(
    drawn_book: Book, subs: list[Sub], first: date, days: int
) -> None:
    end = first + ONE * days
    period = f"{first}..{end - ONE}"
    names = ("customer_churn", "grr", "nrr", "gross_revenue_churn")
    figures = {name: drawn_book.measure(name, period=period).figures[0] for name in names}
    same(figures, counted(subs, first, end, RATES, TODAY))
    grr, nrr, lost = (float(str(figures[name].value)) for name in names[1:])
    assert 0 <= grr <= min(1, nrr) + 1e-12
    assert grr + lost == pytest.approx(1, abs=1e-12)


def test_expansion_and_contraction_take_the_start_to_the_end(drawn_book: Book, subs: list[Sub]) -> None:
    names = (
        "recurring_at_start", "recurring_revenue", "expansion_revenue", "contraction_revenue", "churned_revenue",
        "new_recurring_revenue", "returned_revenue", "expansion_upsell", "expansion_cross_sell", "expansion_price",
    )  # fmt: skip
    one = {name: points(drawn_book, name, "2026Q1") for name in names}
    for month in ("2026-01", "2026-02", "2026-03"):
        start, end, more, less, gone, new, back, up, cross, price = (money(one[name][month]) for name in names)
        assert start + more - less - gone + new + back == end
        assert up + cross + price == more and more and less and gone


def test_groups_add_to_the_whole_and_the_customers_are_listed(drawn_book: Book) -> None:
    report = drawn_book.measure("recurring_given_up", by="movement", period="2026Q1").report
    whole = report.figures()[0]
    table = next(b for b in report.blocks if isinstance(b, Table))
    parts = [cell for row in table.rows for cell in row if isinstance(cell, Figure)]
    assert sum(money(part) for part in parts) == money(whole) and sum(p.n or 0 for p in parts) == whole.n
    churned = next(part for part in parts if "movement:churned" in part.ref)
    rows = next(b for b in drawn_book.explain(churned.ref).report.blocks if isinstance(b, Table) and b.name == "rows")
    assert len(rows.rows) == churned.n and all("churned" in row for row in rows.rows)
    assert sum(cell.minor for row in rows.rows for cell in row if isinstance(cell, Money)) == money(churned)


def test_a_month_of_the_split_opens_to_its_own_customers(drawn_book: Book) -> None:
    found = points(drawn_book, "customers_lost", "2026Q1")
    month = max(found.values(), key=lambda one: one.n or 0)
    rows = next(b for b in drawn_book.explain(month.ref).report.blocks if isinstance(b, Table) and b.name == "rows")
    assert month.n and len(rows.rows) == month.n


def test_an_end_that_has_not_come_takes_nobody_away(tmp_path: Path) -> None:
    subs = [Sub("A", "Base", date(2026, 1, 1), date(2026, 6, 20), 100), Sub("B", "Base", date(2026, 1, 1), None, 100)]
    book = opened(written(subs, tmp_path / "export"), tmp_path / "w", date(2026, 6, 10))
    assert book.measure("customer_churn", period="2026-06").figures[0].of == (0, 2)
    later = saleswright.open(tmp_path / "w").as_of(date(2026, 6, 20))
    assert later.measure("customer_churn", period="2026-06").figures[0].of == (1, 2)


def test_the_sample_company_by_month_as_counted_from_its_export(sample: Book, tmp_path: Path) -> None:
    emit(company(SEED, UNTIL), tmp_path)

    def rows(name: str) -> list[dict[str, str]]:
        with (tmp_path / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    subs = [
        Sub(row["account_id"], row["product_id"], date.fromisoformat(row["start_date"]),
            date.fromisoformat(row["end_date"]) if row["end_date"] else None, round(Fraction(row["mrr"]) * 100),
            row["currency"])
        for row in rows("subscriptions")
    ]  # fmt: skip
    dated: dict[str, list[tuple[date, Fraction]]] = defaultdict(list)
    for row in rows("DatedConversionRate"):
        dated[row["IsoCode"]].append((date.fromisoformat(row["StartDate"]), Fraction(row["ConversionRate"])))
    names = ("customer_churn", "grr", "nrr", "gross_revenue_churn")
    figures = {name: points(sample, name, "2026-01-01..2026-10-31") for name in names}
    for label, start, end in months(date(2026, 1, 1), date(2026, 10, 31)):
        rates = {"USD": Fraction(1)} | {code: max(r for r in told if r[0] <= start)[1] for code, told in dated.items()}
        same({name: found[label] for name, found in figures.items()}, counted(subs, start, end, rates, UNTIL))
