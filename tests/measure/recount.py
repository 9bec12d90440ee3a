"""Figures counted again in plain Python from the rows of an export: what the measures must say."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path

import saleswright
from saleswright.app import build
from saleswright.faces.python import Book
from saleswright.kernel.report import Figure, Table
from saleswright.lib.money import Money

Row = dict[str, str]
HEAD = (
    "id", "name", "stage", "type", "created", "qualified", "expected_close", "closed", "amount", "currency",
    "lost_reason", "last_activity",
)  # fmt: skip
NOW = "2026-11-22T12:00:00+00:00"
TODAY = date(2026, 11, 22)


def made(place: Path, rows: Iterable[Row]) -> Book:
    """A workspace that holds these deals, imported as anybody would."""
    export = place / "deals.csv"
    with export.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, HEAD, restval="")
        writer.writeheader()
        writer.writerows(rows)
    build().call(None, "init", {"folder": str(place / "w"), "from": str(export)})
    return saleswright.open(place / "w")


def kept(book: Book, name: str, text: str) -> Book:
    """The same record with one more rule of what is left out."""
    folder = book.workspace.root / "definitions" / "leave_out"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.yaml").write_text(f"kind: leave_out\nname: {name}\n{text}", encoding="utf-8")
    return saleswright.open(book.workspace.root)


def table(book: Book, action: str, name: str, **args: object) -> Table:
    """A table of an answer, by its name."""
    report = book.call(action, **args).report
    return next(block for block in report.blocks if isinstance(block, Table) and block.name == name)


def minor(figure: Figure) -> int:
    """The minor units of a figure; nothing where it says nothing."""
    return figure.value.minor if isinstance(figure.value, Money) else 0


def counted(row: Row) -> str:
    """What an open deal counts as."""
    if "renew" in row["type"].lower():
        return "renewals"
    # A stage that only qualified deals reach says so by itself.
    return "not qualified" if row["stage"] == "Prospecting" else "qualified"


def due(row: Row, day: date) -> str:
    """When an open deal is due, in quarters of the calendar."""
    if not row["expected_close"]:
        return "no date"
    when = date.fromisoformat(row["expected_close"])
    if when < day:
        return "past due"

    def quarter(moment: date) -> int:
        return moment.year * 4 + (moment.month - 1) // 3

    return {0: "this quarter", 1: "next quarter"}.get(quarter(when) - quarter(day), "later")


def total(rows: Sequence[Row], which: Callable[[Row], bool]) -> tuple[int, int, int]:
    """(deals, deals without an amount, minor units) of the rows that pass."""
    found = [row for row in rows if which(row)]
    amounts = [row["amount"] for row in found]
    whole = sum(
        int(text.partition(".")[0]) * 100 + int((text.partition(".")[2] + "00")[:2]) for text in amounts if text
    )
    return len(found), amounts.count(""), whole
