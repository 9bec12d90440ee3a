"""Is the data fit to stand on? How old it is, how full, what was left out or mended, and what nobody has answered yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from saleswright.data.imports.pages.sources import Run, runs
from saleswright.data.imports.quality import findings
from saleswright.history.facts import quoted
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.policy import COMPANY
from saleswright.kernel.report import Column, Figure, Table

_NOW = "valid_from <= $as_of AND valid_to > $as_of AND known_from <= $known AND known_to > $known AND NOT removed"
KEY_FIELDS = (
    ("amount", "Amount", "open pipeline counts only what has one"),
    ("expected_close", "Close date", "without one it falls into no period"),
    ("owner", "Owner", "without one nobody's figures hold it"),
    ("stage", "Stage", "without one its chances cannot be told"),
    ("qualified", "Qualified date", "age and cycle run from here"),
    ("created", "Created date", "age runs from here where no qualified date is"),
    ("type", "Type", "tells new business from renewals"),
    ("segment", "Segment", "a split people ask for"),
    ("source", "Source", "tells which channels pay"),
    ("account", "Account", "ties deals of one customer together"),
    ("next_step", "Next step", "an open deal without one is standing still"),
    ("last_activity", "Last activity", "tells the living from the dead"),
)
"""What an open deal should carry, the words for it, and what hangs on it."""

OLD = 8
"""Days after which a weekly export is late."""


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of record: the last file that told of it, and when."""

    entity: str
    file: str
    run: int
    at: datetime
    days: int
    late: bool


def build(at: Snapshot, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of health.html. Who sees a part only is told so: the health of the whole is not a part of it."""
    if at.policy.scope != COMPANY:
        return {"whole": False}
    listed = runs(at.workspace.state)
    standing = [run for run in listed if run.kind == "import" and run.stands]
    found = [(text, count, why) for text, count, why in findings(at)]
    rejecting = [(run, file) for run in standing for file in run.files if file.get("rejected")]
    return {
        "whole": True,
        "sources": _sources(standing, at.day),
        "filled": _filled(at),
        "findings": sorted(found, key=lambda item: -item[1]),
        "clean": sum(not count for _, count, _ in found),
        "rejecting": rejecting,
        "repairs": [
            (run.number, file, *repair) for run in standing for file in run.files for repair in file.get("repairs", ())
        ],
        "questions": [
            (run.number, f["name"], q) for run in standing for f in run.files for q in f.get("questions", ())
        ],
        "assumed": [
            (run.number, f["name"], text) for run in standing for f in run.files for text in f.get("assumed", ())
        ],
        "issues": [*at.workspace.issues, *at.stale],
        "runs": listed,
    }


def _sources(standing: list[Run], today: date) -> list[Source]:
    """The newest file of each kind of record, the oldest news first."""
    newest: dict[str, Source] = {}
    for run in standing:
        for file in run.files:
            days = max(0, (today - run.at.date()).days)
            entity = str(file["entity"])
            newest.setdefault(entity, Source(entity, str(file["name"]), run.number, run.at, days, days > OLD))
    return sorted(newest.values(), key=lambda item: (item.at, item.entity))


def _filled(at: Snapshot) -> Table | None:
    """How many open deals carry each key field."""
    deal = at.schema["deal"]
    shown = [
        (name, words, why)
        for name, words, why in KEY_FIELDS
        if name in deal.by_name and not deal[name].personal and at.policy.field_allowed("deal", name)
    ]
    counts = ", ".join(f"count({quoted(name)})" for name, _, _ in shown)
    row = at.reader.rows(f"SELECT count(*), {counts} FROM deal WHERE standing = 'open' AND {_NOW}", at.clocks())[0]
    total, filled = int(row[0]), row[1:]
    if not total:
        return None
    rows = tuple(
        (
            words,
            Figure(name, int(count) / total, "share", words, n=total, of=(int(count), total)),
            total - int(count),
            why,
        )
        for (name, words, why), count in zip(shown, filled, strict=True)
    )
    columns = (
        Column("field", "Field"),
        Column("filled", "Filled", "share"),
        Column("empty", "Empty", "count"),
        Column("why", "What hangs on it"),
    )
    return Table("filled", columns, tuple(sorted(rows, key=lambda r: -r[2])), "How full are open deals?", footer="")
