"""A company whose quarters are all alike but for one factor of the last: what was planted is known to the deal.

Every kind of deal comes in five copies, so that a fifth of any factor can change and nothing else: a copy fewer comes in, is
won, is decided in time. How likely a deal is won differs by age, segments differ in all, amounts by deal.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

import saleswright
from saleswright.app import build
from saleswright.faces.python import Book as Opened
from saleswright.lib.fiscal import FiscalCalendar
from saleswright.lib.period import Period
from saleswright.measure.flow.book import LOST, OPEN, WON, Book
from saleswright.measure.flow.columns import NO_DAY

CALENDAR = FiscalCalendar()
FIRST, QUARTERS = (2023, 1), 10
LAST = CALENDAR.quarter(2025, 2)
YEAR_AGO = CALENDAR.quarter(2024, 2)
TODAY = date(2025, 6, 30)
COPIES = 5
SEGMENTS = ("Large", "Middle", "Small")
CHANCE = {"Large": 0.25, "Middle": 0.4, "Small": 0.6}
SIZE = {"Large": 60_000, "Middle": 15_000, "Small": 4_000}
PLANTS = ("volume", "mix", "win_rate", "timing", "deal_size")


@dataclass(frozen=True)
class Deal:
    """One deal. closed: None while it is open."""

    id: str
    segment: str
    came: date
    closed: date | None
    won: bool
    cents: int
    copy: int
    decides_in: Period


def quarters() -> list[Period]:
    first = CALENDAR.quarter(*FIRST)
    return [first.shift(n, CALENDAR) for n in range(QUARTERS)]


def company(seed: int, kinds: int = 14) -> list[Deal]:
    """Ten quarters alike, the same deals coming in each."""
    rng = random.Random(seed)
    made: list[Deal] = []
    alike = []
    for segment in SEGMENTS:
        for number in range(kinds):
            # Each segment has a win and a loss, the others as luck has it; the older, the less likely won.
            lag = rng.choice((0, 0, 1, 1, 2, 3))
            won = number == 0 or (number > 1 and rng.random() < CHANCE[segment] * (1.2 - 0.25 * lag))
            came, closed = (
                sorted((rng.randrange(89), rng.randrange(89))) if not lag else (rng.randrange(89), rng.randrange(89))
            )
            alike.append((segment, lag, won, came, closed, round(SIZE[segment] * rng.uniform(0.4, 1.9)) * 100))
    for quarter in quarters():
        for kind, (segment, lag, won, came, closed, cents) in enumerate(alike):
            due = quarter.shift(lag, CALENDAR)
            for copy in range(COPIES):
                day = due.start + timedelta(days=closed)
                name = f"{quarter.label}-{kind}-{copy}"
                born = quarter.start + timedelta(days=came)
                made.append(Deal(name, segment, born, day if day <= TODAY else None, won, cents, copy, due))
    return made


def planted(deals: list[Deal], what: str, seed: int = 0) -> list[Deal]:
    """The same company with one factor of the last quarter changed by a fifth (deal size: by a seventh)."""
    gone = random.Random(seed).randrange(COPIES)
    last = deals
    if what == "volume":
        # Of what came in over the last year, a fifth never did.
        return [one for one in last if not (one.copy == gone and one.came >= CALENDAR.quarter(2024, 3).start)]
    if what == "mix":
        # In the same year a fifth of the small ones were large ones instead.
        large = [one for one in last if one.segment == "Large" and one.copy == gone]
        fewer = [one for one in last if not (one.copy == gone and one.segment == "Small" and _late(one))]
        return fewer + [replace(one, id=f"{one.id}-more") for one in large if _late(one)]
    changed = []
    for one in last:
        due = one.decides_in == LAST
        if what == "win_rate" and due and one.won and one.copy == gone:
            one = replace(one, won=False)
        elif what == "timing" and due and one.copy == gone:
            one = replace(one, closed=None)
        elif what == "deal_size" and due:
            one = replace(one, cents=one.cents * 6 // 7)
        changed.append(one)
    return changed


def _late(one: Deal) -> bool:
    return one.came >= CALENDAR.quarter(2024, 3).start


def book(deals: list[Deal]) -> Book:
    """The deals as the flow reads them."""
    epoch = date(1970, 1, 1)

    def days(of: Callable[[Deal], date | None]) -> np.ndarray:  # type: ignore[type-arg]
        return np.array([(day - epoch).days if (day := of(one)) else NO_DAY for one in deals], np.int64)

    fate = [OPEN if one.closed is None else WON if one.won else LOST for one in deals]
    no = np.zeros(len(deals), bool)
    came, closed = days(lambda one: one.came), days(lambda one: one.closed)
    return Book(
        np.array([one.id for one in deals], object),
        np.array(fate, np.int64),
        np.array([one.cents for one in deals], np.int64),
        no,
        no,
        {"created": came, "qualified": came, "closed": closed, "expected_close": closed},
        {"segment": np.array([one.segment for one in deals], object)},
    )


def imported(place: Path, deals: list[Deal], pin_now: Callable[[str], object], definitions: str = "") -> Opened:
    """The same deals as an export, brought in by the public importer on their last day."""
    pin_now(f"{TODAY}T20:00:00+00:00")
    place.mkdir(parents=True, exist_ok=True)
    with (place / "deals.csv").open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(
            ("id", "stage", "segment", "created", "qualified", "closed", "expected_close", "amount", "currency")
        )
        for one in deals:
            stage = "Proposal" if one.closed is None else "Closed Won" if one.won else "Closed Lost"
            closed = one.closed.isoformat() if one.closed else ""
            amount = f"{one.cents // 100}.{one.cents % 100:02}"
            writer.writerow(
                (one.id, stage, one.segment, one.came, one.came, closed, closed or "2025-09-30", amount, "USD")
            )
    build().call(None, "init", {"folder": str(place / "w"), "from": str(place / "deals.csv")})
    if definitions:
        folder = place / "w" / "definitions"
        folder.mkdir(exist_ok=True)
        (folder / "plan.yaml").write_text(definitions, encoding="utf-8")
    return saleswright.open(place / "w")
