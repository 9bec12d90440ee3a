"""Deals as HubSpot exports them from a view: labels, minutes, all cells quoted, associations joined by semicolons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from saleswright.demo import assumptions as a
from tests.layouts.company import PROBABILITY, Sale, ordinal, sales
from tests.layouts.layout import Figures, Layout, Make, Truth
from tests.layouts.writing import minute, quoted

STAGES = {
    a.PROSPECTING: "Appointment Scheduled", a.QUALIFICATION: "Qualified To Buy",
    a.DISCOVERY: "Presentation Scheduled", a.PROPOSAL: "Decision Maker Bought-In", a.NEGOTIATION: "Contract Sent",
    a.WON: "Closed Won", a.LOST: "Closed Lost",
}  # fmt: skip
TYPES = {a.NEW: "New Business", a.RENEWAL: "Renewal", a.EXPANSION: "Existing Business", a.SERVICES: "Existing Business"}
SALES, PARTNER = "Sales Pipeline", "Partner Pipeline"
FILE = "hubspot-crm-exports-all-deals-2026-11-22.csv"
FIRST_ID = 10_676_000_000
Column = tuple[str, Callable[[Sale], object], Truth]


def as_hubspot(found: Iterable[Sale]) -> list[Sale]:
    """The sales with what HubSpot has no word for: a disqualified deal is a lost one with its reason."""
    return [_lost_instead(s) for s in found]


def _lost_instead(s: Sale) -> Sale:
    if s.stage != a.DISQUALIFIED:
        return s
    steps = tuple(replace(step, stage=a.LOST) if step.stage == a.DISQUALIFIED else step for step in s.steps)
    return replace(s, steps=steps, lost_reason="Not a fit")


def number(s: Sale) -> int:
    """The Record ID."""
    return FIRST_ID + 37 * ordinal(s.id)


def company_number(account_id: str) -> int:
    """The Record ID of a company."""
    return 8_201_000_000 + 13 * ordinal(account_id)


def pipeline(s: Sale) -> str:
    """Which of two pipelines a deal runs in."""
    return PARTNER if s.source == "Partner" or s.kind == a.SERVICES else SALES


COLUMNS: tuple[Column, ...] = (
    ("Record ID", number, "id"),
    ("Deal Name", lambda s: s.name, "name"),
    ("Deal Stage", lambda s: STAGES[s.stage], "stage"),
    ("Close Date", lambda s: minute(datetime(s.close.year, s.close.month, s.close.day, 16, 30)), "close"),
    ("Deal owner", lambda s: s.owner, "owner"),
    ("Amount", lambda s: "" if s.amount is None else f"{s.amount}.0", "amount"),
    ("Currency", lambda s: s.currency, "currency"),
    ("Create Date", lambda s: minute(s.created), "created"),
    ("Deal Type", lambda s: TYPES[s.kind], "type"),
    ("Deal probability", lambda s: PROBABILITY[s.stage] / 100, "probability"),
    ("Closed Lost Reason", lambda s: s.lost_reason, "lost_reason"),
    ("Next step", lambda s: s.now.next_step, "next_step"),
    ("Last Modified Date", lambda s: minute(s.now.at), None),
    ("Number of Sales Activities", lambda s: len(s.steps) + 3, None),
    ("Pipeline", lambda s: SALES, "pipeline"),
    ("Associated Company", lambda s: s.account, "account"),
)


def export(path: Path, columns: Sequence[Column], found: Iterable[Sale]) -> Path:
    """One row a deal."""
    return quoted(path, [n for n, _, _ in columns], [[get(s) for _, get, _ in columns] for s in found])


def fields(columns: Iterable[Column]) -> dict[str, Truth]:
    """The true field of each column."""
    return {name: field for name, _, field in columns}


def one_pipeline(folder: Path) -> Layout:
    """The view "All deals" of a portal with one pipeline."""
    found = as_hubspot(sales(start=5))
    path = export(folder / FILE, COLUMNS, found)
    return Layout(path, Figures(found, created=False).past_due().deal_file(), {FILE: fields(COLUMNS)})


def _in_two() -> list[Column]:
    return [("Pipeline", pipeline, "pipeline") if n == "Pipeline" else (n, get, field) for n, get, field in COLUMNS]


def two_pipelines(folder: Path) -> Layout:
    """Two pipelines whose stages have the same labels."""
    found = as_hubspot(sales(start=6))
    columns = _in_two()
    path = export(folder / FILE, columns, found)
    figures = Figures(found, created=False)
    for name in (SALES, PARTNER):
        here = [s for s in found if pipeline(s) == name and s.standing == "won"]
        figures.out[f"count deal | standing=won | pipeline={name}"] = str(len(here))
    return Layout(path, figures.deal_file(), {FILE: fields(columns)})


def entered(s: Sale) -> dict[str, datetime]:
    """When the deal last entered each stage, to the minute: entering it again writes over the earlier time."""
    times: dict[str, datetime] = {}
    last = ""
    for step in s.steps:
        if step.stage != last:
            times[step.stage] = step.at.replace(second=0)
        last = step.stage
    return times


def exited(s: Sale) -> dict[str, datetime]:
    """When the deal last left each stage."""
    times: dict[str, datetime] = {}
    for before, after in zip(s.steps, s.steps[1:], strict=False):
        if before.stage != after.stage:
            times[before.stage] = after.at
    return times


def _dated(label: str, name: str, stage: str, times: Callable[[Sale], Mapping[str, datetime]], field: Truth) -> Column:
    def cell(s: Sale) -> str:
        return minute(times(s).get(stage)) if pipeline(s) == name else ""

    return f'{label} "{STAGES[stage]} ({name})"', cell, field


def wide(folder: Path) -> Layout:
    """Both pipelines with a column for every stage entered and left: the history of each deal lies across its row."""
    found = [s for s in as_hubspot(sales(start=7)) if entered(s)[s.steps[0].stage] == s.created.replace(second=0)]
    columns = _in_two()
    for name in (SALES, PARTNER):
        for stage in STAGES:
            columns.append(_dated("Date entered", name, stage, entered, "stage"))
            columns.append(_dated("Date exited", name, stage, exited, None))
    path = export(folder / FILE, columns, found)
    figures = Figures(found, created=False)
    for day in (date(2026, 4, 30), date(2026, 9, 15)):
        stood = []
        for s in found:
            past = [(at, stage) for stage, at in entered(s).items() if at.date() <= day]
            stood += [max(past)[1]] if past else []
        for stage in (a.PROPOSAL, a.WON, a.DISCOVERY):
            figures.out[f"count deal | stage={STAGES[stage]} | @{day}"] = str(stood.count(stage))
    return Layout(path, figures.past_due().deal_file(), {FILE: fields(columns)})


def companies(folder: Path) -> Layout:
    """Deals with several companies, names and ids joined by semicolons: the first one is the customer."""
    found = as_hubspot(sales(start=4, every=9))
    others = {s.id: [o for o in found[i + 1 : i + 1 + i % 3] if o.account != s.account] for i, s in enumerate(found)}
    # Two more companies on every ninth deal, one more on another.
    more = {s.id: others[s.id] if i % 9 in (1, 2) else [] for i, s in enumerate(found)}

    def joined(get: Callable[[Sale], object]) -> Callable[[Sale], object]:
        return lambda s: ";".join(dict.fromkeys(str(get(o)) for o in (s, *more[s.id])))

    names = joined(lambda s: s.account)
    ids = joined(lambda s: company_number(s.account_id))
    columns = [
        *COLUMNS[:-1],
        ("Associated Company", names, ("account", None)),
        ("Associated Company IDs", ids, ("account", None)),
    ]
    path = export(folder / FILE, columns, found)
    figures = Figures(found, created=False)
    shared = next(s for s in found if more[s.id])
    same = [s for s in found if s.account == shared.account]
    figures.out[f"count deal | account={shared.account}"] = str(len(same))
    figures.out["count deal | account~;"] = "0"
    return Layout(path, figures.deal_file(), {FILE: fields(columns)})


MAKERS: dict[str, Make] = {
    "hubspot deals, one pipeline": one_pipeline,
    "hubspot deals, two pipelines": two_pipelines,
    "hubspot deals, dates entered": wide,
    "hubspot deals, several companies": companies,
}
