"""A small company of 30 months, drawn with a said seed: in one month nearly nothing was won. Reps count their demos,
and one of them holds as many as the others and wins a third as often."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import saleswright
from saleswright.app import build
from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.report import Report
from tests.workspaces import book
from tests.workspaces import copied as copied_to

SEED = 4
NOW = "2026-11-16T12:00:00+00:00"
BAD = "2026-05"
REPS = ("Ada Park", "Ben Ruiz", "Cem Aksoy", "Dee Ito")
BUSY = "Dee Ito"
# Two counts of activity: one that its outcome can be split like, and one that names an outcome of another entity.
DEMOS = """- kind: metric
  name: demos
  label: Demos held
  question: How many demos were held?
  shape: count
  date: created
  rows: {}
  unit: count
  formula: count of deals with a demo
  source: ours
  outcome: won_deals
  variants: [lost_deals]
- kind: metric
  name: demos_of_quota
  label: Demos for a quota
  question: How many demos were there for a quota?
  shape: count
  date: created
  rows: {}
  outcome: quota
- kind: metric
  name: demos_per_win
  label: Demos per win
  question: How many demos does a win take?
  shape: quotient
  over: demos
  under: lost_deals
"""


def make(place: Path) -> Path:
    """Its workspace, imported as anybody would."""
    rng = random.Random(SEED)
    rows = ["id,name,owner,stage,created,qualified,closed,amount"]
    number = 0
    for month in range(30):
        year, place_in = divmod(month + 4, 12)
        first = date(2024 + year, place_in + 1, 1)
        for _ in range(rng.randrange(55, 75)):
            number += 1
            closed = first + timedelta(days=rng.randrange(28))
            qualified = closed - timedelta(days=rng.randrange(20, 60))
            owner = rng.choice(REPS)
            won = rng.random() < (0.05 if f"{first:%Y-%m}" == BAD else 0.15 if owner == BUSY else 0.48)
            amount = round(rng.lognormvariate(8, 0.4))
            rows.append(
                f"D{number},Deal {number},{owner},{'Won' if won else 'Lost'},{qualified},{qualified},{closed},{amount}"
            )
    for n in range(40):
        qualified = date(2026, 9, 1) + timedelta(days=n)
        rows.append(f"P{n},Open {n},{REPS[n % 4]},Proposal,{qualified},{qualified},,{1000 + n}")
    export = place / "export"
    export.mkdir(parents=True)
    (export / "deals.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    folder = place / "company"
    book(export)(folder)
    (folder / "definitions/demos.yaml").write_text(DEMOS, encoding="utf-8")
    return folder


def copied(source: Path, place: Path) -> Path:
    """One to write into."""
    return copied_to(source, place / "w")


@contextmanager
def opened(folder: Path, as_of: str = "") -> Iterator[Snapshot]:
    """The record as of a day."""
    at = open_snapshot(saleswright.open(folder).workspace, Ambient(as_of=as_of))
    try:
        yield at
    finally:
        at.close()


def said(folder: Path, name: str, as_of: str = "", **args: object) -> Report:
    """What an action answers."""
    return build().call(saleswright.open(folder).workspace, name, args, Ambient(as_of=as_of)).report
