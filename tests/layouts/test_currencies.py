"""Three currencies and no rates: totals by currency at once, one total after a line of rates, and what later rates change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import pytest

import saleswright
from saleswright.app import build
from saleswright.faces.python import Book
from saleswright.kernel.report import Figure, Table
from saleswright.lib.money import Money
from tests.layouts.company import NOW, UNTIL, Sale, sales
from tests.layouts.sheets import three_currencies
from tests.layouts.writing import text

RATES = {"USD": Decimal(1), "EUR": Decimal("0.92"), "GBP": Decimal("0.79")}
LATER = {"EUR": Decimal("0.97")}
SINCE = date(2026, 7, 1)
SPRING, SUMMER = "2026Q2", "2026Q3"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SALESWRIGHT_NOW", NOW)
    layout = three_currencies(tmp_path / "files")
    build().call(None, "init", {"folder": str(tmp_path / "w"), "from": str(layout.source)})
    return tmp_path / "w"


def book(folder: Path) -> Book:
    return saleswright.open(folder).as_of(UNTIL)


def won(code: str = "", quarter: int = 0) -> list[Sale]:
    """New business won in a quarter of 2026, or ever."""
    found = [s for s in sales(start=6, every=9) if s.standing == "won" and not s.renewal and code in ("", s.currency)]
    return [s for s in found if not quarter or (s.close.year, (s.close.month + 2) // 3) == (2026, quarter)]


def dollars(found: Iterable[Sale], later: bool = False) -> Money:
    """Each amount converted by the rate of the day it closed, to the cent, then added."""
    minor = Decimal(0)
    for s in found:
        rate = LATER.get(s.currency, RATES[s.currency]) if later and s.close >= SINCE else RATES[s.currency]
        minor += ((s.amount or 0) * 100 / rate).quantize(Decimal(1), ROUND_HALF_EVEN)
    return Money(int(minor), "USD")


def value(folder: Path, period: str = "all", code: str = "") -> Money | None:
    found = book(folder).measure("won_value", period=period, where=[f"currency={code}"] if code else [])
    assert found.value is None or isinstance(found.value, Money)
    return found.value


def give(folder: Path, *rates: str) -> None:
    app = build()
    app.call(app.open_workspace(folder), "rate", {"rates": list(rates)})


def test_without_rates_each_currency_stands_for_itself(workspace: Path) -> None:
    report = book(workspace).call("now").report
    table = next(b for b in report.blocks if isinstance(b, Table) and b.name == "by_currency")
    columns = [c.name for c in table.columns]
    said = {str(row[0]): row[columns.index("crm_open")] for row in table.rows}
    assert set(said) == {"EUR", "GBP", "USD"}
    for code, cell in said.items():
        held = sum(s.amount or 0 for s in sales(start=6, every=9) if s.standing == "open" and s.currency == code)
        assert isinstance(cell, Figure) and cell.value == Money(held * 100, code)
    assert value(workspace) is None


def test_one_line_of_rates_gives_one_total(workspace: Path) -> None:
    give(workspace, "EUR=0.92", "GBP=0.79")
    assert value(workspace) == dollars(won())
    report = book(workspace).call("now").report
    assert not any(isinstance(b, Table) and b.name == "by_currency" for b in report.blocks)


def test_later_dated_rates_change_only_what_they_should(workspace: Path, tmp_path: Path) -> None:
    give(workspace, "EUR=0.92", "GBP=0.79")
    assert all(len(won(code, quarter)) > 0 for code in RATES for quarter in (2, 3))
    path = text(tmp_path / "rates.csv", ("currency", "starts", "rate"), [("EUR", SINCE.isoformat(), "0.97")])
    app = build()
    app.call(app.open_workspace(workspace), "import", {"path": str(path)})
    assert value(workspace, SPRING) == dollars(won(quarter=2))
    for code in ("USD", "GBP"):
        assert value(workspace, SUMMER, code) == dollars(won(code, 3))
    assert value(workspace, SUMMER, "EUR") == dollars(won("EUR", 3), later=True) != dollars(won("EUR", 3))
    assert value(workspace) == dollars(won(), later=True)
