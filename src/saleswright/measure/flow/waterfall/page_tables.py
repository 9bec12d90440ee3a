"""Which members moved the pipeline, in the few columns a page has room for? And how much of what is open is qualified."""

from __future__ import annotations

from dataclasses import dataclass

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.policy import COMPANY
from saleswright.kernel.report import Cell, Column, Table
from saleswright.lib.money import Money
from saleswright.measure.flow.waterfall.fall import Fall
from saleswright.measure.flow.waterfall.find import Part
from saleswright.measure.metrics.apart import OF_QUALIFIED, Apart, Pairs
from saleswright.measure.metrics.dimensions import find
from saleswright.measure.metrics.pages.asking import usual

SHOWN = (("new", "New"), ("lost", "Lost"), ("won", "Won"))
MOST = 8
"""Members with a row of their own; more are one row together."""


@dataclass(frozen=True, slots=True)
class Members:
    """The waterfall by the members of a dimension. count: how many they are."""

    by: str
    label: str
    table: Table
    count: int


def split(at: Snapshot, where: Pairs) -> str:
    """The first split that people ask for and that is not filtered; empty where there is none, or only a part is seen."""
    if at.policy.scope != COMPANY:
        return ""
    return next((name for name in usual(at) if name not in dict(where)), "")


def members(at: Snapshot, made: Fall) -> Members | None:
    """What the members did, on one screen; None where it cannot be told, or there are not two."""
    by = made.made.by
    if made.untold or len(made.members) < 2:
        return None
    label = find(at, by).label
    named = {name for name, _ in SHOWN}

    def row(parts: tuple[Part, ...], words: str) -> tuple[Cell, ...]:
        lines = [sum(part.lines[name] for part in parts) for name, _ in SHOWN]
        rest = sum(value for part in parts for name, value in part.lines.items() if name not in named)
        ends = [sum(part.opening for part in parts), sum(part.closing for part in parts)]
        told = (ends[0], lines[0], rest, *lines[1:], ends[1])
        return (words, *(Money(value, at.currency) for value in told))

    ranked = sorted(made.members, key=lambda part: (-part.closing, part.label))
    others = tuple(ranked[MOST:])
    rows = [row((part,), part.label) for part in ranked[:MOST]]
    if others:
        rows.append(row(others, f"{len(others):,} more"))
    rows.append(row((made.made.total,), "Company"))
    columns = (
        Column(by, label),
        Column("opening", made.whole.opening.label, "money"),
        Column("new", "New", "money"),
        Column("rest", "Dates, amounts", "money"),
        Column("lost", "Lost", "money"),
        Column("won", "Won", "money"),
        Column("closing", made.whole.closing.label, "money"),
    )
    return Members(by, label, Table("members", columns, tuple(rows), f"Who moved it, by {label.lower()}"), len(ranked))


def qualified(apart: Apart, currency: str) -> Money:
    """What of the CRM's open is qualified new business, whenever it is due."""
    return Money(sum(part.minor for part in apart.parts if part.name in OF_QUALIFIED), currency)
