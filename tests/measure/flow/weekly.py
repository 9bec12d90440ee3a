"""A company that exports its list each Monday: two exports, imported through the public importer, and a recount."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import cast

import saleswright
from saleswright.app import build, open_context, open_workspace
from saleswright.faces.python import Book
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.call import Ambient

FIRST, SECOND = date(2026, 11, 16), date(2026, 11, 23)
PERIOD = (date(2026, 10, 1), date(2027, 1, 1))
HEAD = (
    "id",
    "name",
    "owner",
    "stage",
    "created",
    "qualified",
    "expected_close",
    "closed",
    "amount",
    "currency",
    "lost_reason",
)
Row = dict[str, str]


@dataclass
class Weeks:
    """The rows of both exports, and what happened to the deals between them, by line."""

    first: list[Row] = field(default_factory=list)
    second: list[Row] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)

    def tell(self, line: str, cents: int) -> None:
        self.lines[line] = self.lines.get(line, 0) + cents

    @staticmethod
    def level(rows: Iterable[Row], day: date) -> int:
        """Open and due in the quarter on that day, in cents."""
        due = (
            row for row in rows
            if row["stage"] == "Negotiation" and max(day, PERIOD[0]).isoformat() <= row["expected_close"] < PERIOD[1].isoformat()
        )  # fmt: skip
        return sum(round(float(row["amount"] or 0) * 100) for row in due)


def generated(seed: int, deals: int = 90) -> Weeks:
    """Deals with one fate each, spread over all that can happen in a week."""
    rng, made = random.Random(seed), Weeks()
    fates = [
        "still",
        "more",
        "less",
        "pushed",
        "pulled",
        "redated",
        "past",
        "won",
        "lost",
        "new",
        "new_won",
        "later",
        "gone_by",
    ]
    for i in range(deals):
        fate, cents = fates[i % len(fates)], rng.randrange(1_000_00, 90_000_00)
        due = SECOND + timedelta(days=rng.randrange(0, 38))
        row = _row(i, "Negotiation", date(2026, 8, 1) + timedelta(days=rng.randrange(60)), due, cents)
        after = dict(row)
        if fate in ("more", "less"):
            change = rng.randrange(1, 999_00) * (1 if fate == "more" else -1)
            after["amount"] = _amount(cents + change)
            made.tell("increased" if change > 0 else "decreased", change)
        elif fate == "pushed":
            after["expected_close"] = "2027-02-22"
            made.tell("pushed_out", -cents)
        elif fate == "pulled":
            row["expected_close"] = "2027-01-15"
            made.tell("pulled_in", cents)
        elif fate == "redated":
            row["expected_close"] = "2026-10-20"
            made.tell("redated", cents)
        elif fate == "past":
            row["expected_close"] = after["expected_close"] = "2026-11-18"
            made.tell("past_due", -cents)
        elif fate in ("won", "lost", "new_won"):
            day = FIRST + timedelta(days=rng.randrange(1, 7))
            after |= {"stage": "Closed Lost" if fate == "lost" else "Closed Won", "closed": day.isoformat()}
            after |= {"lost_reason": "budget moved to next year"} if fate == "lost" else {}
            made.tell("lost" if fate == "lost" else "won", -cents)
        elif fate == "later":
            row["expected_close"] = after["expected_close"] = "2027-03-01"
        elif fate == "gone_by":
            row["expected_close"] = after["expected_close"] = "2026-11-02"
        if fate in ("new", "new_won"):
            after |= {"created": "2026-11-17", "qualified": "2026-11-17"}
            made.tell("new", cents)
        else:
            made.first.append(row)
        made.second.append(after)
    return made


def _row(i: int, stage: str, born: date, due: date, cents: int) -> Row:
    return {
        "id": f"D{i}", "name": f"Deal {i}", "owner": f"Rep {i % 4}", "stage": stage, "created": born.isoformat(),
        "qualified": born.isoformat(), "expected_close": due.isoformat(), "closed": "", "amount": _amount(cents),
        "currency": "USD", "lost_reason": "",
    }  # fmt: skip


def _amount(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def write(path: Path, rows: Iterable[Row]) -> Path:
    """The export as a file."""
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, HEAD, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def first_week(place: Path, rows: Iterable[Row], pin_now: Callable[[str], object]) -> Book:
    """The first export, imported on Monday morning."""
    pin_now(f"{FIRST}T08:00:00+00:00")
    export = write(place / "deals.csv", rows)
    build().call(None, "init", {"folder": str(place / "w"), "from": str(export)})
    return saleswright.open(place / "w")


def second_week(place: Path, rows: Iterable[Row], pin_now: Callable[[str], object]) -> Book:
    """The second export, a week later."""
    pin_now(f"{SECOND}T08:00:00+00:00")
    export = write(place / "deals.csv", rows)
    build().call(open_workspace(place / "w"), "import", {"path": str(export)})
    return saleswright.open(place / "w")


def snapshot(folder: Path, as_of: str = "", actor: str = "", scope: str = "", currency: str = "") -> Snapshot:
    """The record as of a day, under somebody's eyes."""
    given = {"as_of": as_of, "scope": scope, "currency": currency} | ({"actor": actor} if actor else {})
    return cast(Snapshot, open_context(open_workspace(folder), Ambient(**given)))
