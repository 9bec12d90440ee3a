"""A small firm that is re-organised on 15 April: who sells moves from East to West, an account from North to South.

Every kind of row stands once a month, on the day before the move, on its day and on the day after.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from saleswright.app import build
from saleswright.commands.init import make, settings

MOVE = "2026-04-15"
BEFORE, AFTER = "2026-04-14", "2026-04-16"
EVE, NOW = f"{BEFORE}T20:00:00+00:00", "2026-07-10T12:00:00+00:00"
# Closed, held, created or touched on; won or not.
DAYS = {"2026-02-10": True, "2026-03-10": False, BEFORE: True, MOVE: True, AFTER: False, "2026-05-20": True}
PAST, PRESENT = ("2026-02-10", "2026-03-10", BEFORE), (MOVE, AFTER, "2026-05-20")
AMOUNT = {day: 100 * 2**number for number, day in enumerate(DAYS)}
ACCESS = """- {kind: access, name: chief, scope: company}
- {kind: access, name: east, scope: "team:East"}
- {kind: access, name: west, scope: "team:West"}
"""
TOUCHES = """- kind: metric
  name: touches
  label: Touches
  question: How often was somebody reached?
  shape: count
  of: touch
  date: occurred
  rows: {}
  unit: count
  formula: count of touches
  source: ours
  group: activity
"""
ADA, BEN = "005000000000001AAA", "005000000000002AAA"
Rows = list[dict[str, object]]


def people(upto: str) -> Rows:
    """As they are then: Ada went from East to West, Ben always was in East."""
    return [
        {
            "Id": ADA,
            "Name": "Ada",
            "Team__c": "East" if upto == BEFORE else "West",
            "CreatedDate": "2024-01-01T09:00:00.000Z",
        },
        {"Id": BEN, "Name": "Ben", "Team__c": "East", "CreatedDate": "2024-01-01T09:00:00.000Z"},
    ]


def moves(instant: str) -> Rows:
    """As Salesforce tells of a changed field."""
    told = [(ADA, "", "East", "2024-01-01T09:00:00.000Z"), (BEN, "", "East", "2024-01-01T09:00:00.000Z"),
            (ADA, "East", "West", instant)]  # fmt: skip
    return [
        {"Id": f"01700000000000{n}AAA", "UserId": who, "Field": "Team__c", "OldValue": old, "NewValue": new,
         "CreatedDate": at, "CreatedById": BEN}
        for n, (who, old, new, at) in enumerate(told)
    ]  # fmt: skip


def territories(upto: str) -> Rows:
    """Each assignment since when: account A lay in North until it went to South, B lies in South from the start."""
    told = [("x1", "A", "South", "2024-01-01"), ("x1", "A", "North", "2025-06-01"), ("x1", "A", "South", MOVE),
            ("x2", "B", "South", "2024-01-01")]  # fmt: skip
    return [
        {"id": one, "account_id": account, "territory_id": land, "valid_from": day}
        for one, account, land, day in told
        if day <= upto
    ]


def rows(upto: str) -> dict[str, Rows]:
    """What happened, each day by Ada with account A; one thing a day by Ben with B, who stay where they are."""
    found: dict[str, Rows] = {name: [] for name in ("deals", "activities", "leads", "touches")}
    for who, account, kept in ((ADA, "A", DAYS), (BEN, "B", {"2026-03-10": True, "2026-05-20": True})):
        for day, won in ((day, won) for day, won in kept.items() if day <= upto):
            key = f"{account}{day}"
            found["deals"].append(
                {"id": f"D{key}", "owner": who, "account_id": account, "stage": "Won" if won else "Lost",
                 "created": "2026-01-05", "qualified": "2026-01-06", "closed": day, "amount": AMOUNT[day]}
            )  # fmt: skip
            found["activities"].append(
                {"id": f"T{key}", "type": "call", "status": "completed", "occurred": f"{day}T18:30:00Z", "owner": who,
                 "account_id": account}
            )  # fmt: skip
            found["leads"].append(
                {"lead_id": f"L{key}", "company": key, "lead_status": "new", "owner": who, "created": day,
                 "converted_account_id": account}
            )  # fmt: skip
            found["touches"].append(
                {"id": f"M{key}", "campaign_id": "C1", "lead_id": f"L{key}", "status": "Responded", "occurred": day}
            )  # fmt: skip
    return found


def firm(place: Path, zone: str = "UTC", instant: str = f"{MOVE}T08:00:00.000Z") -> Path:
    """Its workspace, imported as anybody would: on the evening before the move, and in July."""
    folder = place / "firm"
    make(folder, settings("firm", "USD", zone))
    (folder / "definitions" / "ours.yaml").write_text(ACCESS + TOUCHES, encoding="utf-8")
    accounts = [{"account_id": one, "account_name": f"{one} Ltd", "created": "2024-01-01"} for one in "AB"]
    lands = [{"territory_id": one, "territory_name": one} for one in ("North", "South")]
    campaigns = [{"campaign_id": "C1", "campaign_name": "Fair", "type": "Event"}]
    for now, upto in ((EVE, BEFORE), (NOW, NOW)):
        files = {"User": people(upto), "UserHistory": moves(instant)[: 2 if upto == BEFORE else 3], "accounts": accounts,
                 "territories": lands, "account_territories": territories(upto), "campaigns": campaigns, **rows(upto)}  # fmt: skip
        export = place / upto[:10]
        export.mkdir()
        for name, content in files.items():
            write(export / f"{name}.csv", content)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SALESWRIGHT_NOW", now)
            app = build()
            app.call(app.open_workspace(folder), "import", {"path": str(export)})
    return folder


def write(path: Path, content: Rows) -> None:
    """A list as a file."""
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(content[0]))
        writer.writeheader()
        writer.writerows(content)
