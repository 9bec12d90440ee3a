"""What a new customer costs, month by month, as counted in plain Python from the sample company's export."""

from __future__ import annotations

import csv
from datetime import date
from fractions import Fraction
from pathlib import Path

from saleswright.demo.emit import emit
from saleswright.demo.world import build as company
from saleswright.faces.python import Book
from saleswright.kernel.report import Series
from saleswright.lib.money import Money
from tests.measure.customers.books import months
from tests.workspaces import SEED, UNTIL


def test_cost_of_a_customer_in_media_by_month(sample: Book, tmp_path: Path) -> None:
    emit(company(SEED, UNTIL), tmp_path)

    def rows(name: str) -> list[dict[str, str]]:
        with (tmp_path / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    first: dict[str, tuple[str, str, str]] = {}
    for row in rows("Opportunity"):
        if row["StageName"] == "Closed Won":
            won = (row["CloseDate"], row["Id"], row["Type"])
            first[row["AccountId"]] = min(first.get(row["AccountId"], won), won)
    spend = [(date.fromisoformat(f"{row['month']}-01"[:10]), Fraction(row["amount"])) for row in rows("spend")]
    report = sample.measure("cac_media", by="month", period="2026-01-01..2026-10-31").report
    found = {p.label: p.figure for p in next(b for b in report.blocks if isinstance(b, Series)).points}
    for label, start, end in months(date(2026, 1, 1), date(2026, 10, 31)):
        new = [w for w in first.values() if start <= date.fromisoformat(w[0]) < end and "Renewal" not in w[2]]
        cost = sum((amount for month, amount in spend if start <= month < end), Fraction(0))
        assert found[label].of == (Money(round(cost * 100), "USD"), len(new))
        assert found[label].value == Money(round(cost * 100 / len(new)), "USD")


def test_a_full_cost_is_not_told_without_salaries(sample: Book) -> None:
    for name in ("cac", "cac_payback"):
        figure = sample.measure(name, period="2026Q3").figures[0]
        assert figure.value is None and "no salary or commission" in figure.reason
