"""What can be asked of a page about changes? The period, the day to compare with, the filters; and how fresh the record is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.measure.metrics.pages.asking import chips, offered

PERIODS = (
    ("this month", "This month"),
    ("this quarter", "This quarter"),
    ("this year", "This year"),
    ("last quarter", "Last quarter"),
)
USUAL = "this quarter"

OLD = timedelta(days=7)
"""A record last brought in longer ago than this, seen from the day asked about, is said to be old."""


def fields(
    at: Snapshot, period: str, since: date, given: Mapping[str, str], splits: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """The controls: period, as of, since, and these splits, or else the first that sales organisations filter by."""
    value = period or USUAL
    shown = chips(at, given)
    first = list(splits) or [chip["name"] for chip in shown if chip["name"] not in given][: 0 if given else 1]
    return [
        {"name": "period", "label": "Period", "value": value, "choices": offered(value, PERIODS), "required": True},
        {"name": "asof", "label": "As of", "value": at.day.isoformat(), "kind": "date"},
        {"name": "since", "label": "Since", "value": since.isoformat(), "kind": "date"},
        *(chip for chip in shown if chip["name"] in given or chip["name"] in first),
    ]


def fresh(at: Snapshot) -> dict[str, Any]:
    """When the record was read, and whether that is long before the day asked about."""
    read_at = datetime.fromisoformat(at.release.at) if at.release.at else None
    return {"read_at": read_at, "old": read_at is not None and at.day - read_at.date() > OLD}
