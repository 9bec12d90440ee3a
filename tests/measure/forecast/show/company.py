"""A company of two years that exports twice, a Monday and the Friday after: in between each fate happens to some of its deals."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saleswright.app import build
from saleswright.commands.init import make, settings

MONDAY, FRIDAY = date(2026, 11, 16), date(2026, 11, 20)
REPS = {"u1": ("Ann", "East"), "u2": ("Ben", "East"), "u3": ("Cy", "West")}
FATES = ("won", "lost", "pushed_out", "pulled_in", "amount", "won_elsewhere", "", "", "", "")


@dataclass
class Company:
    """Its workspace, and by line of the bridge the names of the deals that belong there."""

    root: Path
    lines: dict[str, set[str]] = field(default_factory=dict)


def company(place: Path, rng: np.random.Generator, deals: int = 420) -> Company:
    """Made and imported as anybody would, each export on its day."""
    made = Company(place / "company")
    make(made.root, settings("company", "USD", "UTC"))
    first = list(_deals(rng, deals))
    second = [dict(row) for row in first]
    fate = 0
    for row in second:
        if row["stage"] == "Negotiation":
            line = FATES[fate % len(FATES)]
            # What cannot happen to one deal happens to the next to whom it can.
            happens = _happens(line, row, rng)
            if happens:
                made.lines.setdefault(line, set()).add(row["name"])
            fate += happens or not line
    fresh = [_open(rng, deals + number, FRIDAY - timedelta(2)) for number in range(6)]
    made.lines["new"] = {row["name"] for row in fresh}
    app = build()
    for day, rows in ((MONDAY, first), (FRIDAY, [*second, *fresh])):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SALESWRIGHT_NOW", f"{day}T12:00:00+00:00")
            export = place / f"export-{day}"
            export.mkdir()
            _write(export / "users.csv", [{"id": k, "name": name, "team": team} for k, (name, team) in REPS.items()])
            _write(export / "deals.csv", rows)
            months = [{"month": f"2026-{month}", "quota": 300_000, "currency": "USD"} for month in (10, 11, 12)]
            _write(export / "quotas.csv", [{"user_id": k, **one} for k in REPS for one in months])
            app.call(app.open_workspace(made.root), "import", {"path": str(export)})
    return made


def _deals(rng: np.random.Generator, deals: int) -> Iterator[dict[str, Any]]:
    for number in range(deals):
        came = MONDAY - timedelta(int(rng.integers(1, 700)))
        took = int(rng.integers(5, 120))
        if came + timedelta(took) > MONDAY:
            yield _open(rng, number, came)
            continue
        closed = came + timedelta(took)
        stage = "Won" if rng.random() < 0.4 else "Lost"
        yield _row(rng, number, came, stage, closed, closed)


def _open(rng: np.random.Generator, number: int, came: date) -> dict[str, Any]:
    # Every second one is due this quarter, so that it can be pushed out, the others can be pulled in.
    due = FRIDAY + timedelta(int(rng.integers(3, 30))) if number % 2 else FRIDAY + timedelta(int(rng.integers(60, 150)))
    return _row(rng, number, came, "Negotiation", due, None)


def _row(
    rng: np.random.Generator, number: int, came: date, stage: str, due: date, closed: date | None
) -> dict[str, Any]:
    return {
        "id": f"D{number:03}", "name": f"Deal {number}", "owner": rng.choice(list(REPS)), "stage": stage, "created": came,
        "qualified": came, "expected_close": due, "closed": closed or "", "amount": round(float(rng.lognormal(10, 0.9)), 2),
        "currency": "USD",
    }  # fmt: skip


def _happens(line: str, row: dict[str, Any], rng: np.random.Generator) -> bool:
    """What happens to an open deal by Friday; not all can happen to all."""
    this = row["expected_close"] < date(2027, 1, 1)
    if line in ("won", "lost"):
        row |= {"stage": line.capitalize(), "closed": FRIDAY - timedelta(2), "expected_close": FRIDAY - timedelta(2)}
        return True
    if line == "won_elsewhere":
        # Signed, and dated into the next quarter.
        row |= {"stage": "Won", "closed": date(2027, 2, 3)}
        return True
    if line == "pushed_out" and this:
        row["expected_close"] = date(2027, 2, 1) + timedelta(int(rng.integers(30)))
        return True
    if line == "pulled_in" and not this:
        row["expected_close"] = date(2026, 12, 1) + timedelta(int(rng.integers(30)))
        return True
    if line == "amount":
        row["amount"] = round(row["amount"] * 1.5, 2)
        return True
    return False


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as out:
        made = csv.DictWriter(out, list(rows[0]))
        made.writeheader()
        made.writerows(rows)
