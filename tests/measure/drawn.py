"""Records drawn at random as a CRM exports them: deals with their history, people, leads, touches, splits, in one seed.

`until` cuts off what happened later, `scale` multiplies every amount; everything else stays as it is drawn.
"""

from __future__ import annotations

import csv
import random
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

SEED = 20260105
FIRST = date(2025, 1, 6)
LAST = date(2026, 8, 31)
DEALS = 90
STAGES = ("Prospecting", "Discovery", "Proposal", "Negotiation")
ENDS = ("Closed Won", "Closed Lost", "Disqualified")

Row = dict[str, Any]


def write(folder: Path, until: date = LAST, scale: int = 1, seed: int = SEED) -> None:
    """The export's files, as they would have been on the evening of `until`."""
    folder.mkdir(parents=True)
    rng = random.Random(seed)
    tables: dict[str, list[Row]] = {"deals": [], "opportunity_history": [], "splits": [], "leads": [], "touches": []}
    for number in range(DEALS):
        _deal(tables, rng, number, until, scale)
    tables["users"] = [{"id": f"u{i}", "name": f"Rep {i}", "team": f"Team {i % 2}", "manager": ""} for i in range(4)]
    tables["campaigns"] = [{"id": f"c{i}", "name": f"Fair {i}", "type": "Event"} for i in range(2)]
    for name, rows in tables.items():
        columns = list(dict.fromkeys(key for row in rows for key in row))
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)


def _deal(tables: dict[str, list[Row]], rng: random.Random, number: int, until: date, scale: int) -> None:
    """One deal's life; drawn whole, then cut off at `until`."""
    created = FIRST + timedelta(days=rng.randrange(500))
    fixed: Row = {
        "id": f"D{number}",
        "name": f"deal {number}",
        "type": rng.choice(["New Business", "New Business", "New Business", "Renewal"]),
        "channel": rng.choice(["inbound", "outbound", ""]),
        "lead_source": rng.choice(["web", "fair"]),
        "campaign": rng.choice(["c0", "c1", ""]),
        "currency": "USD",
        "amount_meaning": rng.choice(["TCV", "ACV", ""]),
        "term": rng.choice([12, 24, 36]),
    }
    day, amount, due = created, rng.randrange(1, 5000) * 100, created + timedelta(days=rng.randrange(20, 160))
    owner, stage = f"u{rng.randrange(4)}", rng.choice(STAGES[:3])
    versions = [(day, stage, amount, due, owner)]
    for _ in range(rng.randrange(1, 9)):
        day += timedelta(days=rng.randrange(1, 45))
        move = rng.random()
        if stage in ENDS and move < 0.9:
            break
        if move < 0.15:
            stage = rng.choice(ENDS)
            due = day
        elif move < 0.65:
            stage = rng.choice(STAGES)
        elif move < 0.85:
            due = day + timedelta(days=rng.randrange(1, 120))
        else:
            amount = rng.randrange(0, 5000) * 100
        versions.append((day, stage, amount, due, owner))
    seen = [one for one in versions if one[0] <= until]
    reasons, split, touch, led = rng.choice(["Price", "No decision", ""]), rng.random(), rng.random(), rng.random()
    if led < 0.5:
        came = created - timedelta(days=rng.randrange(1, 30))
        if came <= until:
            lead = {"id": f"L{number}", "company": f"Company {number}", "status": "New", "created": came.isoformat()}
            if seen:
                lead |= {"converted_date": created.isoformat(), "converted_opportunity_id": f"D{number}"}
            tables["leads"].append(lead)
    if not seen:
        return
    _, stage, amount, due, owner = seen[-1]
    closed = seen[-1][0].isoformat() if stage in ENDS else ""
    tables["deals"].append(
        fixed
        | {
            "stage": stage,
            "amount": amount * scale / 100,
            "created": created.isoformat(),
            "close_date": due.isoformat(),
        }
        | {"closed": closed, "owner_id": owner, "lost_reason": reasons if stage == "Closed Lost" else ""}
    )
    for on, stage, amount, due, _ in seen:
        moment = datetime(on.year, on.month, on.day, 10).isoformat(sep=" ")
        row = {"opportunity_id": f"D{number}", "created_date": moment, "stage_name": stage}
        tables["opportunity_history"].append(row | {"close_date": due.isoformat(), "amount": amount * scale / 100})
    if split < 0.3:
        for who, share in ((0, 33.3), (1, 66.7)):
            of = {
                "id": f"S{number}-{who}",
                "opportunity_id": f"D{number}",
                "split_owner_id": f"u{who}",
                "percentage": share,
            }
            tables["splits"].append(of)
    if touch < 0.4 and created + timedelta(days=3) <= until:
        on = (created + timedelta(days=3)).isoformat()
        tables["touches"].append(
            {"id": f"T{number}", "campaign_id": "c0", "opportunity_id": f"D{number}", "touch_date": on}
        )
