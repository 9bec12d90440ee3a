"""A small company of two years whose deals are won or lost at random, with a quota and leads; nobody chose the seed."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from saleswright.app import build, open_context, open_workspace
from saleswright.commands.init import make, settings
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.call import Ambient
from saleswright.measure.forecast.outlook.asked import forget

NOW = "2026-11-20T12:00:00+00:00"
DAY = date(2026, 11, 20)
REPS = {"u1": ("Ann", "East"), "u2": ("Ben", "East"), "u3": ("Cy", "West")}
QUOTA = 300
"""Thousands of dollars asked of each rep in the quarter."""
TIERS = "- {kind: field, name: deal_tier, entity: deal, type: text, since: created, dimension: true, doc: How much attention.}\n"
QUESTIONS = """- {kind: field, name: why_this_period, entity: deal, type: text, since: created, doc: Why now?}
- {kind: field, name: what_blocks, entity: deal, type: text, since: created, doc: What is in its way?}
"""


def company(place: Path, rng: np.random.Generator, asked: bool = False, quota: float = QUOTA) -> Path:
    """Its workspace, imported as anybody would. asked: with fields for two of the commit questions."""
    root = place / "company"
    make(root, settings("company", "USD", "UTC"))
    (root / "definitions" / "fields.yaml").write_text(TIERS + (QUESTIONS if asked else ""), encoding="utf-8")
    export = place / "export"
    export.mkdir()
    _write(export / "users.csv", [{"id": k, "name": name, "team": team} for k, (name, team) in REPS.items()])
    _write(export / "deals.csv", list(_deals(rng, asked)))
    _write(export / "leads.csv", list(_leads(rng)))
    if quota:
        months = [{"month": f"2026-{month}", "quota": quota * 1000 / 3, "currency": "USD"} for month in (10, 11, 12)]
        _write(export / "quotas.csv", [{"user_id": k, **one} for k in REPS for one in months])
    app = build()
    app.call(app.open_workspace(root), "import", {"path": str(export)})
    forget()
    return root


def opened(root: Path) -> Snapshot:
    """Its record on the day."""
    found = open_context(open_workspace(root), Ambient(as_of=DAY.isoformat()))
    assert isinstance(found, Snapshot)
    return found


def _deals(rng: np.random.Generator, asked: bool) -> Iterable[dict[str, Any]]:
    for number in range(420):
        came = DAY - timedelta(int(rng.integers(1, 700)))
        took = int(rng.integers(5, 120))
        over = came + timedelta(took) <= DAY
        fate = ("Won" if rng.random() < 0.4 else "Lost") if over else "Negotiation"
        close = came + timedelta(took if over else int(rng.integers(20, 150)))
        row = {
            "id": f"D{number:03}", "name": f"Deal {number}", "owner": rng.choice(list(REPS)), "stage": fate,
            "created": came, "qualified": came, "expected_close": close, "closed": close if over else "",
            "amount": round(float(rng.lognormal(10, 0.9)), 2), "currency": "USD",
            "deal_tier": rng.choice(["A", "B"]),
        }  # fmt: skip
        if asked:
            row |= {"why_this_period": "the budget ends" if number % 2 else "", "what_blocks": ""}
        yield row


def _leads(rng: np.random.Generator) -> Iterable[dict[str, Any]]:
    for number in range(150):
        came = DAY - timedelta(int(rng.integers(30, 420)))
        deal = f"D{int(rng.integers(420)):03}" if rng.random() < 0.3 else ""
        yield {
            "id": f"L{number:03}",
            "company": f"Lead {number}",
            "created date": came,
            "converted opportunity id": deal,
        }


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as out:
        made = csv.DictWriter(out, list(rows[0]))
        made.writeheader()
        made.writerows(rows)
