"""Does the product reconcile to what a file prints about itself, to the cent, and say so when it cannot?"""

from __future__ import annotations

from pathlib import Path

import xlsxwriter

from saleswright.app import build
from saleswright.kernel.report import Note, Report

HEAD = ["Opportunity Owner", "Opportunity Name", "Stage", "Amount", "Close Date", "Created Date", "Opportunity ID"]
ROWS = [
    ["Ann", "Alpha", "Closed Won", 100.10, "2026-03-05", "2026-01-05", "006000000000001"],
    ["Ann", "Beta", "Closed Lost", 200.20, "2026-03-06", "2026-01-05", "006000000000002"],
    ["Bob", "Gamma", "Proposal", 300.30, "2026-12-24", "2026-01-05", "006000000000003"],
    ["Bob", "Delta", "Proposal", 400.45, "2026-12-24", "2026-01-05", "006000000000004"],
]


def book(path: Path, rows: list[list[object]], total: float, count: int) -> Path:
    with xlsxwriter.Workbook(str(path)) as out:
        sheet = out.add_worksheet("report")
        sheet.write_column(0, 0, ["My Pipeline", "As of 2026-11-20 10:00", "Filtered By", "Show: All opportunities"])
        sheet.write_row(5, 0, HEAD)
        for place, row in enumerate(rows):
            sheet.write_row(6 + place, 0, row)
        end = 6 + len(rows)
        sheet.write_row(end, 0, ["Grand Total", f"{count} records", "", total])
        sheet.write(end + 2, 0, "Confidential Information - Do Not Distribute")
    return path


def take_in(folder: Path, path: Path) -> Report:
    return build().call(None, "init", {"folder": str(folder), "from": str(path)}).report


def totals(report: Report) -> list[dict[str, str]]:
    found = report.data["totals"]
    assert isinstance(found, list)
    return [one for one in found if one["column"] == "Amount"]


def notes(report: Report, word: str) -> list[Note]:
    return [block for block in report.blocks if isinstance(block, Note) and word in block.text]


def test_the_grand_total_is_met_to_the_cent_and_said(tmp_path: Path) -> None:
    report = take_in(tmp_path / "w", book(tmp_path / "pipeline.xlsx", ROWS, 1001.05, 4))
    (total,) = totals(report)
    assert (total["printed"], total["taken"], total["difference"]) == ("1001.0500", "1001.0500", "0.0000")
    (said,) = notes(report, "of Amount")
    assert said.kind == "check" and "Grand Total in row 11" in said.text


def test_rejected_rows_stand_apart_and_the_sum_still_meets(tmp_path: Path) -> None:
    rows = [*ROWS[:3], [*ROWS[3][:4], "2026-02-31", *ROWS[3][5:]]]
    report = take_in(tmp_path / "w", book(tmp_path / "pipeline.xlsx", rows, 1001.05, 4))
    (total,) = totals(report)
    assert (total["taken"], total["rejected"], total["difference"]) == ("600.6000", "400.4500", "0.0000")


def test_a_total_that_is_not_met_is_a_warning_with_the_difference(tmp_path: Path) -> None:
    report = take_in(tmp_path / "w", book(tmp_path / "pipeline.xlsx", ROWS, 1101.05, 4))
    (total,) = totals(report)
    assert total["difference"] == "100.0000"
    (said,) = notes(report, "of Amount")
    assert said.kind == "warning" and "100 apart" in said.text
