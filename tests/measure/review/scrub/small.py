"""A small company whose every deal is known: thirty wins that tell what is usual, and deals with one thing wrong each."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from saleswright.app import build

Row = dict[str, str]
HEAD = (
    "Opportunity ID", "Name", "Account", "Owner", "Type", "Stage", "Amount", "Created", "Qualified", "Close Date", "Closed",
    "Next Step", "Next Step Date", "Last Activity", "Forecast Category", "Lost Reason",
)  # fmt: skip
MAPPING = """kind: mapping
name: deals
file: deals.csv
entity: deal
source: crm
read: {dates: ymd}
columns:
  Opportunity ID: id
  Name: name
  Account: account
  Owner: owner
  Type: type
  Stage: stage
  Amount: amount
  Created: created
  Qualified: qualified
  Close Date: expected_close
  Closed: closed
  Next Step: next_step
  Next Step Date: next_step_on
  Last Activity: last_activity
  Forecast Category: forecast_category
  Lost Reason: lost_reason
fixed: [created, qualified, closed]
defaults: {currency: USD}
---
"""
STAGES = """kind: stages
name: sales
stages: {Negotiation: open, Proposal: open, Won: won, Lost: lost}
"""
TODAY = date(2026, 11, 16)


def deal(id_: str, **more: str) -> Row:
    """A deal with nothing wrong about it, but for what is given."""
    row = {
        "Opportunity ID": id_, "Name": f"Deal {id_}", "Account": f"Company {id_}", "Owner": "Ann", "Type": "New Business",
        "Stage": "Negotiation", "Amount": "5000", "Created": "2026-10-20", "Qualified": "2026-10-21",
        "Close Date": "2026-12-18", "Next Step": "Send contract", "Next Step Date": "2026-11-20",
        "Last Activity": "2026-11-13", "Forecast Category": "Pipeline",
    }  # fmt: skip
    return row | {key.replace("_", " "): value for key, value in more.items()}


def usual() -> list[Row]:
    """Forty wins of 20 to 59 days and forty losses."""
    rows = []
    for number in range(40):
        start = date(2026, 3, 1) + timedelta(days=2 * number)
        end = (start + timedelta(days=20 + number)).isoformat()
        same = {"Created": start.isoformat(), "Qualified": start.isoformat(), "Closed": end, "Close_Date": end}
        amount = str(4000 + 100 * number)
        rows.append(deal(f"W{number}", Stage="Won", Amount=amount, Forecast_Category="Closed", **same))
        rows.append(
            deal(f"L{number}", Stage="Lost", Amount=amount, Forecast_Category="Omitted", Lost_Reason="Price", **same)
        )
    return rows


def made(place: Path, rows: Iterable[Row]) -> Path:
    """A workspace that holds these deals, imported by a mapping of their own."""
    folder = place / "w"
    (folder / "definitions" / "mappings").mkdir(parents=True)
    (folder / "saleswright.toml").write_text(
        'format = 1\nname = "Small"\ncurrency = "USD"\nzone = "UTC"\n', encoding="utf-8"
    )
    text = MAPPING.removesuffix("---\n")
    (folder / "definitions" / "mappings" / "deals.yaml").write_text(text, encoding="utf-8")
    (folder / "definitions" / "stages.yaml").write_text(STAGES, encoding="utf-8")
    export = place / "deals.csv"
    with export.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, HEAD, restval="")
        writer.writeheader()
        writer.writerows(rows)
    app = build()
    done = app.call(app.open_workspace(folder), "import", {"path": str(export)}).report
    assert done.exit_code == 0, done
    return folder
