"""The real events of 5,337 loan applications, as a workspace's files and as plain Python facts."""

from __future__ import annotations

import csv
import gzip
import random
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path

from saleswright.app import build
from saleswright.kernel.workspace import Workspace
from saleswright.lib.zone import local_date

ZONE = "Europe/Amsterdam"
FILE = "funnel_bpi2012/events_cases_started_oct_nov_2011.csv.gz"
WON = ("A_APPROVED", "A_ACTIVATED", "A_REGISTERED")
LOST = ("A_DECLINED", "A_CANCELLED")
OPEN = ("A_SUBMITTED", "A_PARTLYSUBMITTED", "A_PREACCEPTED", "A_ACCEPTED", "A_FINALIZED")
STANDINGS = {**dict.fromkeys(WON, "won"), **dict.fromkeys(LOST, "lost"), **dict.fromkeys(OPEN, "open")}
SETTINGS = f'format = 1\nname = "loans"\ncurrency = "EUR"\nzone = "{ZONE}"\n'
STAGES = "kind: stages\nname: loans\nstages:\n" + "".join(f"  {s}: {m}\n" for s, m in STANDINGS.items())
DEALS = """kind: mapping
name: loan_events
file: events.csv
entity: deal
layout: events
source: bpi
at: ts
{recorded}columns:
  case_id: id
  amount_requested: amount
  activity: {{field: stage, only: ["A_*"]}}
"""
ACTIVITIES = """kind: mapping
name: loan_work
file: work.csv
entity: activity
source: bpi
fixed: [occurred]
key: [deal, kind, status, occurred]
columns:
  case_id: deal
  activity: kind
  lifecycle: status
  ts: occurred
"""


@dataclass(frozen=True)
class Event:
    """One line of the file. `at` and `known` are UTC without zone."""

    case: str
    activity: str
    at: datetime
    known: datetime
    line: int
    cells: tuple[str, ...]


def read(path: Path) -> list[Event]:
    """All events in the file's order, each known when it happened."""
    with gzip.open(path, "rt", newline="", encoding="utf-8") as lines:
        rows = list(csv.reader(lines))[1:]
    found = []
    for line, row in enumerate(rows, 2):
        at = datetime.fromisoformat(row[5] + ":00").astimezone(UTC).replace(tzinfo=None)
        found.append(Event(row[0], row[2], at, at, line, tuple(row)))
    return found


def delayed(events: Iterable[Event], chance: random.Random) -> list[Event]:
    """The same events, one in five written down up to ten days after it happened."""
    late = []
    for e in events:
        lag = timedelta(seconds=chance.randrange(10 * 86400)) if chance.random() < 0.2 else timedelta()
        late.append(Event(e.case, e.activity, e.at, e.at + lag, e.line, e.cells))
    return late


def workspace(root: Path, recorded: bool = False) -> Workspace:
    """An empty workspace that knows how to read the events."""
    (root / "definitions").mkdir(parents=True)
    (root / "saleswright.toml").write_text(SETTINGS, encoding="utf-8")
    (root / "definitions" / "stages.yaml").write_text(STAGES, encoding="utf-8")
    deals = DEALS.format(recorded="recorded: written\n" if recorded else "")
    (root / "definitions" / "events.yaml").write_text(deals, encoding="utf-8")
    (root / "definitions" / "work.yaml").write_text(ACTIVITIES, encoding="utf-8")
    return build().open_workspace(root)


def export(folder: Path, events: Iterable[Event], work: bool = False) -> Path:
    """Write events as a person's CRM would: the steps in one file, or, with `work`, every event, and offers and calls
    in another file too."""
    folder.mkdir(parents=True)
    header = ("case_id", "amount_requested", "activity", "lifecycle", "resource", "ts", "written")
    told = [(*e.cells, e.known.isoformat(sep=" ") + "+00") for e in events if work or e.activity in STANDINGS]
    with (folder / "events.csv").open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([header, *told])
    if work:
        with (folder / "work.csv").open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows([header, *(row for row in told if not row[2].startswith("A_"))])
    return folder


Shown = tuple[str | None, str, date | None, date | None]


def recomputed(events: Iterable[Event], t: datetime, k: datetime) -> dict[str, Shown]:
    """Case -> (stage, standing, closed, qualified) straight from the events that happened by t and were known by k."""
    seen = sorted((e for e in events if e.at <= t and e.known <= k), key=lambda e: (e.case, e.at, e.known, e.line))
    found: dict[str, Shown] = {}
    for case, own in groupby(seen, key=lambda e: e.case):
        steps = [e for e in own if e.activity in STANDINGS]
        stage, standing, closed = None, "open", None
        # Of several steps at the very same instant only the last is ever seen.
        for place, step in enumerate(steps):
            if place + 1 < len(steps) and steps[place + 1].at == step.at:
                continue
            stage = step.activity
            if STANDINGS[stage] != standing:
                standing, closed = STANDINGS[stage], local_date(step.at, ZONE)
        first = next((local_date(e.at, ZONE) for e in steps if e.activity not in LOST), None)
        found[case] = stage, standing, closed if standing != "open" else None, first
    return found


def instants(events: list[Event], chance: random.Random, count: int) -> list[datetime]:
    """Random moments of the two months, some of them exactly at an event."""
    exact = [chance.choice(events).at for _ in range(count // 2)]
    start = datetime(2011, 10, 1)
    return sorted(
        [*exact, *(start + timedelta(seconds=chance.randrange(70 * 86400)) for _ in range(count - len(exact)))]
    )


def happened_by(events: list[Event], moment: datetime) -> list[Event]:
    """The events up to a moment (the list is in order of time or is put so)."""
    ordered = sorted(events, key=lambda e: e.at)
    return ordered[: bisect_right([e.at for e in ordered], moment)]
