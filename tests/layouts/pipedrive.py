"""Deals as Pipedrive exports them: whether a deal is won stands in its status, not in its stage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

import xlsxwriter

from saleswright.demo import assumptions as a
from tests.layouts.company import PROBABILITY, Sale, Step, ordinal, sales
from tests.layouts.hubspot import as_hubspot
from tests.layouts.layout import Figures, Layout, Make, Truth
from tests.layouts.writing import iso, spaced, text

STAGES = {
    a.PROSPECTING: "Lead In", a.QUALIFICATION: "Contact Made", a.DISCOVERY: "Demo Scheduled",
    a.PROPOSAL: "Proposal Made", a.NEGOTIATION: "Negotiations Started",
}  # fmt: skip
Column = tuple[str, Callable[[Sale], object], Truth]


def last_open(s: Sale) -> Step:
    """The deal as it stood before it was won or lost; Pipedrive leaves stage and expected close date as they were."""
    return next(step for step in reversed(s.steps) if step.stage in STAGES)


def decided(s: Sale, standing: str) -> datetime | None:
    """When it was won or lost."""
    return s.now.at if s.standing == standing else None


def key(s: Sale) -> int:
    """A small number, as Pipedrive counts deals."""
    return ordinal(s.id)


COLUMNS: tuple[Column, ...] = (
    ("Deal - ID", key, "id"),
    ("Deal - Title", lambda s: s.name, "name"),
    ("Deal - Owner", lambda s: s.owner, "owner"),
    ("Deal - Value", lambda s: s.amount, "amount"),
    ("Deal - Currency of Value", lambda s: s.currency, "currency"),
    ("Deal - Weighted value", lambda s: "" if s.amount is None else s.amount * PROBABILITY[s.stage] // 100, None),
    ("Deal - Probability", lambda s: PROBABILITY[last_open(s).stage], "probability"),
    ("Deal - Organization", lambda s: s.account, "account"),
    ("Deal - Pipeline", lambda s: "Pipeline", "pipeline"),
    ("Deal - Stage", lambda s: STAGES[last_open(s).stage], "stage"),
    ("Deal - Status", lambda s: s.standing.capitalize(), ("stage", "standing", "status")),
    ("Deal - Deal created", lambda s: s.created, "created"),
    ("Deal - Update time", lambda s: s.now.at, None),
    ("Deal - Expected close date", lambda s: last_open(s).close, ("expected_close", "close")),
    ("Deal - Won time", lambda s: decided(s, "won"), "closed"),
    ("Deal - Lost time", lambda s: decided(s, "lost"), "closed"),
    ("Deal - Lost reason", lambda s: s.lost_reason, "lost_reason"),
    ("Deal - Last activity date", lambda s: s.last_activity, "last_activity"),
)


def written(value: object) -> object:
    """How the CSV has it."""
    if isinstance(value, datetime):
        return spaced(value)
    return iso(value) if isinstance(value, date) else value


def decided_ones(found: Sequence[Sale]) -> Figures:
    """The figures of a file in which the close date of a won or lost deal is when it was decided."""
    return Figures(found, created=False)


def as_csv(folder: Path) -> Layout:
    """A list filtered to new sales, so that no renewal is in it."""
    found = [s for s in as_hubspot(sales(start=3)) if not s.renewal]
    name = "deals-7120455-318.csv"
    text(folder / name, [n for n, _, _ in COLUMNS], [[written(get(s)) for _, get, _ in COLUMNS] for s in found])
    return Layout(folder / name, decided_ones(found).deal_file(), {name: {n: f for n, _, f in COLUMNS}})


def as_sheet(folder: Path) -> Layout:
    """The same as Excel, with an own field for the type of deal; dates and numbers are real ones."""
    found = as_hubspot(sales(start=4))
    columns: list[Column] = [*COLUMNS[:4], ("Deal - Type of deal", lambda s: s.kind, "type"), *COLUMNS[4:]]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "deals-7120455-319.xlsx"
    with xlsxwriter.Workbook(
        str(path), {"default_date_format": "yyyy-mm-dd hh:mm:ss", "remove_timezone": True}
    ) as book:
        sheet = book.add_worksheet("Deals export")
        sheet.write_row(0, 0, [n for n, _, _ in columns])
        for row, s in enumerate(found, 1):
            for place, (_, get, _) in enumerate(columns):
                value = get(s)
                if isinstance(value, date):
                    sheet.write_datetime(row, place, value)
                elif value not in (None, ""):
                    sheet.write(row, place, value)
    known = {path.name: {n: f for n, _, f in columns}}
    return Layout(path, decided_ones(found).deal_file(), known)


MAKERS: dict[str, Make] = {"pipedrive deals, CSV": as_csv, "pipedrive deals, Excel": as_sheet}
