"""What does the page of attribution show? The bookings, who is credited with them under each model, and the way behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.chapter import Page
from saleswright.kernel.report import Note
from saleswright.measure.metrics.attribution.actions import CAUTION, SAID, lede, question, table, untouched
from saleswright.measure.metrics.attribution.find import (
    NO_TOUCH,
    SPLITS,
    bookings,
    labels,
    proof,
    share_out,
    split_named,
)
from saleswright.measure.metrics.pages.asking import chips, filters, period_field

MOST = 40


def build(at: Snapshot, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of attribution.html. Stop (usage) with the nearest names for an unknown split or filter."""
    given = filters(at, args, ("by", "period"))
    by = split_named(args.get("by") or "channel")
    asked = question(at, args.get("period", ""), tuple(given.items()))
    credited, whole = share_out(at, asked, by), bookings(at, asked)
    shown = credited.lines[:MOST]
    called = labels(at, by, [line.member for line in shown])
    made = table(at, credited, whole)
    members = [called[line.member] if line.member is not NO_TOUCH else "" for line in shown]
    notes = [Note(credited.rule.in_words), Note(CAUTION)]
    if credited.touched < credited.deals:
        notes.insert(0, Note(untouched(credited)))
    kept = [("period", args.get("period", "")), *(("where", f"{name}={member}") for name, member in given.items())]
    return {
        "lede": lede(at, credited, whole),
        "whole": whole.total,
        "by": by,
        "fields": [
            {
                "name": "by",
                "label": "By",
                "value": by,
                "choices": [(name, name.capitalize()) for name in SPLITS],
                "required": True,
            },
            period_field(at, args.get("period", "")),
            *chips(at, given),
        ],
        "columns": made.columns,
        "rows": list(zip(members, made.rows[:MOST], strict=True)) if credited.deals else [],
        "hidden": len(credited.lines) - len(shown),
        "proof": proof(credited, whole),
        "notes": notes,
        "models": list(SAID.values()),
        "kept": kept,
        "issues": at.stale,
    }


PAGES = (
    Page(
        "/attribution",
        "Which marketing came before the bookings?",
        "attribution.html",
        build,
        "Measure",
        "Attribution",
        "kpis",
        72,
    ),
)
