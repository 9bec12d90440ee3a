"""What does the page of the review show? The fixes, the moves, the number and the leader's page, each worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.policy import COMPANY
from saleswright.kernel.report import Column, Figure, Point, Series, Table
from saleswright.lib.issue import USAGE, Issue, Stop
from saleswright.measure.metrics.asked import ask, metrics_in_force
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.pages.parts import part
from saleswright.measure.review import material
from saleswright.measure.review.number.model import Number
from saleswright.measure.review.page import OWNERS
from saleswright.measure.review.pages import kept
from saleswright.measure.review.pages.asked import Asked, frame, read
from saleswright.measure.review.pages.whose import whose
from saleswright.measure.review.settle import actions as settle_actions


def fixes(at: Snapshot, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of fixes.html: the card of the scrub alone."""
    asked = read(at, args)
    found = kept.scrub(at, asked.where)
    return {
        **frame(at, asked),
        "scrub": found,
        "whose": whose(found, asked.owner, asked.rule, asked.everyone),
        "refused": {},
    }


def review(at: Snapshot, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of review.html. A part that cannot be made says so in its own card; the others stand."""
    asked = read(at, args)
    refused: dict[str, tuple[Issue, ...]] = {}
    found = part(refused, "scrub", lambda: kept.scrub(at, asked.where))
    rolled = part(refused, "roll", lambda: kept.rolled(at, asked.since_text, asked.period_text, asked.where))
    whole = at.policy.scope == COMPANY and not at.policy.hidden
    number = part(refused, "number", lambda: kept.number(at, asked.period_text, asked.where))
    return {
        **frame(at, asked),
        "refused": refused,
        "scrub": found,
        "whose": whose(found, asked.owner, asked.rule, asked.everyone) if found else None,
        "roll": rolled,
        "lines": {step.name: step for step in rolled.bridge.steps} if rolled and rolled.bridge else {},
        "likely": number,
        "record": _record(number) if number and number.enough else None,
        "record_table": _record_table(number) if number and number.record else None,
        "past_due": _balance(at, "past_due", asked),
        "coverage": _balance(at, "coverage_remaining", asked),
        "material": part(refused, "page", lambda: material.material(at, asked.period, asked.where)) or (),
        "listed": OWNERS,
        "settle": next(
            (p.path for p in settle_actions.PAGES if "{" not in p.path and (whole or p.policy != "writes")), ""
        ),
    }


def _balance(at: Snapshot, metric: str, asked: Asked) -> Figure | None:
    """A balance that stands beside the review, where this workspace has it."""
    found = metrics_in_force(at)
    if metric not in found:
        return None
    try:
        period = asked.period_text or "this quarter"
        return evaluate(at, ask(at, metric, (), "all" if metric == "past_due" else period, asked.where)).total
    except Stop as stop:
        if stop.exit_code == USAGE:
            raise
        return None


def _record(number: Number) -> Series:
    """Past ranges with what came, and the range of now with its middle, on one scale."""
    past = [
        Point(held.period.label, held.period.start, Figure("came", held.actual, "money", low=held.low, high=held.high))
        for held in number.record
    ]
    now = Figure("now", number.mid, "money", low=number.low, high=number.high)
    return Series("record", "quarter", (*past, Point(number.period.label, number.period.start, now)), "", "money")


def _record_table(number: Number) -> Table:
    columns = (
        Column("period", "Period"),
        Column("low", "From", "money"),
        Column("high", "To", "money"),
        Column("actual", "What came", "money"),
        Column("held", "Held"),
    )
    rows = tuple((h.period.label, h.low, h.high, h.actual, "yes" if h.held else "missed") for h in number.record)
    return Table("record", columns, rows, "Past ranges, and what came")
