"""Cells that differ and move no amount are listed by field; words that mean the same to the importer are no difference."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from saleswright.app import build
from saleswright.faces.cli import sheet
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.report import Table
from saleswright.measure.review.settle.page import SHOWN
from saleswright.measure.review.settle.report import report
from saleswright.measure.review.settle.settled import Settled, settle
from tests.measure.review.settle.company import DAY, Company, Raw, company, workspace

HEAD = ("Opportunity ID", "Opportunity Name", "Amount", "Close Date", "Opportunity Owner", "Stage", "Type")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Company, Snapshot]]:
    made = company(51, deals=900)
    app = build()
    folder = workspace(made, tmp_path_factory.mktemp("cells"))
    at = app.open_context(app.open_workspace(folder), Ambient(as_of=DAY.isoformat()))
    assert isinstance(at, Snapshot)
    yield made, at
    at.close()


def won(made: Company) -> list[Raw]:
    return [r for r in made.rows if r.stage == "Closed Won" and r.type != "Renewal" and r.close.year == 2026]


def settled(book: tuple[Company, Snapshot], path: Path, edits: Mapping[int, Mapping[str, str]], **all_: str) -> Settled:
    """Their file is ours of 2026, with the cells of some rows, or of all, written otherwise."""
    with path.open("w", encoding="utf-8", newline="") as out:
        write = csv.writer(out)
        write.writerow(HEAD)
        for i, r in enumerate(won(book[0])):
            cells = dict(zip(HEAD, (r.id, r.name, f"{r.amount}", f"{r.close}", r.owner, r.stage, r.type), strict=True))
            write.writerow({**cells, **all_, **edits.get(i, {})}.values())
    return settle(book[1], str(path), "won_value", "2026")


def test_rows_that_differ_and_by_which_field_are_told_where_no_amount_differs(
    book: tuple[Company, Snapshot], tmp_path: Path
) -> None:
    mine = won(book[0])
    other = next(r.owner for r in mine if r.owner != mine[3].owner)
    day = mine[7].close.replace(day=1 if mine[7].close.day > 1 else 2)
    edits = {
        3: {"Opportunity Owner": other},
        5: {"Stage": "Negotiation"},
        7: {"Close Date": f"{day}"},
        9: {"Type": "Expansion" if mine[9].type == "New Business" else "New Business"},
    }
    made = settled(book, tmp_path / "theirs.csv", edits)
    assert not made.causes and not made.gap
    assert {(one.field, one.called, one.ours, one.theirs) for one in made.apart} == {
        ("owner", mine[3].name, mine[3].owner, other),
        ("stage", mine[5].name, "Closed Won", "Negotiation"),
        ("closed date", mine[7].name, f"{mine[7].close}", f"{day}"),
        ("deal type", mine[9].name, mine[9].type, edits[9]["Type"]),
    }
    told = report(made)
    assert "4 cells differ (1 " in told.lede and "move no amount" in told.lede and told.data["cells"] == 4
    table = next(b for b in told.blocks if isinstance(b, Table) and b.name == "cells")
    assert table.title == "Cells that differ, and move no amount"
    assert [c.label for c in table.columns] == ["Deal", "Their line", "Field", "Ours", "Theirs"]
    assert len(table.rows) == 4 and ("closed date" in {row[2] for row in table.rows})


def test_words_are_compared_as_the_importer_reads_them(book: tuple[Company, Snapshot], tmp_path: Path) -> None:
    mine = won(book[0])
    turned = {i: {"Opportunity Owner": ", ".join(reversed(r.owner.split()))} for i, r in enumerate(mine) if i % 2}
    made = settled(book, tmp_path / "same.csv", turned, Stage="won")
    assert not made.apart and not made.causes, made.apart[:3]
    assert "agree, row by row." in report(made).lede


def test_a_column_of_unknown_words_is_not_held_against_each_deal(
    book: tuple[Company, Snapshot], tmp_path: Path
) -> None:
    mails = {i: {"Opportunity Owner": r.owner.replace(" ", ".") + "@x.test"} for i, r in enumerate(won(book[0]))}
    assert not settled(book, tmp_path / "mails.csv", mails).apart


def test_all_rows_are_given_not_only_those_of_a_page(book: tuple[Company, Snapshot], tmp_path: Path) -> None:
    rows = won(book[0])
    assert len(rows) > SHOWN / 2
    edits = {i: {"Amount": f"{r.amount * 2}"} for i, r in enumerate(rows)}
    edits |= {i: {"Opportunity ID": "x", "Opportunity Name": f"Nobody's {i} of theirs"} for i in range(0, len(rows), 2)}
    told = report(settled(book, tmp_path / "twice.csv", edits))
    table = next(b for b in told.blocks if isinstance(b, Table) and b.name == "rows")
    several = len(rows) + (len(rows) + 1) // 2
    assert several > SHOWN and len(table.rows) == several and table.total is None
    assert sheet.of_report(told)[0].count("\r\n") == several + 1, "the CSV is every row, under its header"
