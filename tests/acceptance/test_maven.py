"""The public CRM of 8,800 deals, imported as it lies there: every figure as its README says."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import saleswright
from saleswright.app import build
from saleswright.faces.python import Book
from saleswright.kernel.report import Table
from saleswright.lib.money import Money
from tests.workspaces import book

WON, LOST = 4238, 2473


def figures(given: Book) -> dict[str, object]:
    names = ("won_deals", "lost_deals", "win_rate", "won_value", "deal_size", "sales_cycle", "new_deals", "open_deals")
    return {name: given.measure(name).value for name in names}


def test_figures_to_the_unit(maven: Book) -> None:
    found = figures(maven)
    assert found["won_deals"] == WON and found["lost_deals"] == LOST
    assert found["won_value"] == Money(10_005_534_00, "USD")
    assert found["deal_size"] == Money(2360_91, "USD")
    assert found["sales_cycle"] == 57
    assert round(100 * float(str(found["win_rate"])), 2) == 63.15
    assert maven.measure("win_rate").figures[0].of == (WON, WON + LOST)


def test_quarterly_won_value_as_in_the_data_readme(maven: Book) -> None:
    points = maven.measure("won_value", by="quarter").rows
    values = (
        [row["won_value"] for row in points] if "won_value" in points[0] else [list(row.values())[1] for row in points]
    )
    amounts = [v.minor // 100 if isinstance(v, Money) else v for v in values]
    assert amounts == [1_134_672, 3_086_111, 2_982_255, 2_802_496]


def test_the_near_miss_joins_and_is_reported(shared: Path, tmp_path: Path) -> None:
    report = build().call(None, "init", {"folder": str(tmp_path / "w"), "from": str(shared / "maven_crm")}).report
    repairs = next(b for b in report.blocks if isinstance(b, Table) and b.name == "repairs")
    assert [row[1:] for row in repairs.rows] == [("product", "GTXPro", "GTX Pro", 1480)]
    assert "GTXPro: GTX Pro" in (tmp_path / "w/definitions/mappings/sales_pipeline.yaml").read_text(encoding="utf-8")
    assert any("USD" in issue.what and "currency" in issue.what for issue in report.issues)
    made = saleswright.open(tmp_path / "w")
    assert made.measure("won_deals", where=["product=GTX Pro"]).figures[0].n == 729
    assert made.measure("won_deals", where=["family=GTX"]).value != made.measure("won_deals").value


def test_taking_the_repair_line_out_takes_it_back(shared: Path, tmp_path: Path) -> None:
    build().call(None, "init", {"folder": str(tmp_path / "w"), "from": str(shared / "maven_crm")})
    path = tmp_path / "w/definitions/mappings/sales_pipeline.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("    GTXPro: GTX Pro\n", "").replace("  product:\n", "  {}\n"), encoding="utf-8")
    stale = saleswright.open(tmp_path / "w").check()
    assert any(issue.code == "stale-history" for issue in stale.issues)
    build().call(build().open_workspace(tmp_path / "w"), "rebuild", {})
    made = saleswright.open(tmp_path / "w")
    assert made.measure("won_deals", by="product").figures[0].n == WON
    names = {row[next(iter(row))] for row in made.measure("won_deals", by="product").rows}
    assert "GTXPro" in names


def test_lost_rows_stay_out_of_deal_size_and_open_deals_have_no_amount(maven: Book) -> None:
    assert maven.measure("deal_size").figures[0].n == WON
    pipeline = maven.measure("open_pipeline").figures[0]
    assert pipeline.value is None and "1,589 no amount" in pipeline.reason


def test_undated_prospecting_rows_stay_outside_flow_counted(maven: Book) -> None:
    flow = maven.measure("flow").figures[0]
    assert flow.value == 8300 and flow.excluded == 500


def test_day_first_gives_identical_figures_with_evidence(maven: Book, shared: Path, tmp_path: Path) -> None:
    report = (
        build().call(None, "init", {"folder": str(tmp_path / "w"), "from": str(shared / "maven_crm/day_first")}).report
    )
    assert figures(saleswright.open(tmp_path / "w")) == figures(maven)
    evidence = next(b for b in report.blocks if isinstance(b, Table) and b.name == "evidence")
    said = [str(row[1]) for row in evidence.rows]
    assert any("day first" in text for text in said)


@pytest.mark.parametrize("day", ["2016-12-31", "2017-03-31", "2017-08-15", "2017-12-31"])
def test_open_deals_on_a_past_day_as_counted_from_the_file(maven: Book, shared: Path, day: str) -> None:
    with (shared / "maven_crm/sales_pipeline.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    begun = [row for row in rows if row["engage_date"] and row["engage_date"] <= day]
    still = [row for row in begun if not row["close_date"] or row["close_date"] > day]
    then = maven.as_of(day)
    assert then.measure("open_deals").value == len(still)
    assert then.measure("new_deals").value == len(begun)
    won = [row for row in begun if row["deal_stage"] == "Won" and row["close_date"] <= day]
    assert then.measure("won_deals").value == len(won)


def test_importing_the_same_again_changes_nothing(shared: Path, tmp_path: Path) -> None:
    book(shared / "maven_crm")(tmp_path / "w")
    app = build()
    before = saleswright.open(tmp_path / "w").measure("win_rate").figures[0].ref
    again = app.call(app.open_workspace(tmp_path / "w"), "import", {"path": str(shared / "maven_crm")}).report
    assert again.changed == 0
    assert saleswright.open(tmp_path / "w").measure("win_rate").figures[0].ref == before


@pytest.mark.parametrize("alias", ["conversion", "average_sale", "time_to_close", "flow"])
def test_osm_names_work_everywhere_a_name_is_typed(maven: Book, alias: str) -> None:
    name = {"conversion": "win_rate", "average_sale": "deal_size", "time_to_close": "sales_cycle", "flow": "new_deals"}[
        alias
    ]
    assert maven.measure(alias).figures[0] == maven.measure(name).figures[0]
