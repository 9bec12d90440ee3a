"""How is the number laid out? One sentence, the range, its parts, the record, and what to know."""

from __future__ import annotations

from saleswright.kernel.report import Block, Column, Figure, Note, Point, Report, Series, Table
from saleswright.lib.issue import Issue
from saleswright.lib.money import Money
from saleswright.measure.metrics.apart import money
from saleswright.measure.review.number.model import Number

TITLE = "What is the number?"


def report(one: Number, issues: tuple[Issue, ...] = ()) -> Report:
    """The number as a report; where it is not enough, what is missing."""
    if not one.enough or one.low is None or one.high is None or one.mean is None:
        return Report(
            TITLE,
            (Figure("likely", None, "money", f"Likely range of {one.period.label}", one.n_closed, reason=one.missing[0]),
             *(Note(text, "warning") for text in one.missing), *one.notes),
            lede=f"Not enough for a range: {one.missing[0]}.",
            issues=issues,
        )  # fmt: skip
    blocks: list[Block] = [
        Figure("likely", one.mid, "money", f"Likely in {one.period.label}", one.n_closed, one.low, one.high),
        Figure("mean", one.mean, "money", "Mean of the range"),
    ]
    if one.stale is not None:
        low, high = one.stale
        middle = Money((low.minor + high.minor) // 2, low.currency)
        if (low, high) != (one.low, one.high):
            blocks.append(Figure("stale_lost", middle, "money", "With stale deals as lost", None, low, high))
    if one.target is not None:
        blocks.append(Figure("target", one.target, "money", "Target"))
        blocks.append(Figure("chance", one.chance, "share", "Chance to reach the target"))
    if one.required is not None:
        blocks.append(Figure("required", round(one.required, 2), "number", "Open and due, needed for each 1 to win"))
    columns = (Column("part", "Part"), Column("amount", "Mean", "money"), Column("deals", "Deals", "count"))
    rows = tuple((part.label, part, part.n) for part in one.parts)
    blocks.append(Table("parts", columns, (*rows, ("Mean of the range", one.mean, None)), "What it is made of"))
    if one.record:
        points = tuple(
            Point(
                held.period.label,
                held.period.start,
                Figure("came", held.actual, "money", held.period.label, None, held.low, held.high),
            )
            for held in one.record
        )
        blocks.append(
            Series("record", one.period.grain, points, "What came, and the range it would have said", "money")
        )
    if one.record_words:
        blocks.append(Note(one.record_words))
    blocks += one.notes
    blocks += [Note(text, "check") for text in one.checks]
    return Report(TITLE, blocks, lede=lede(one), issues=issues)


def lede(one: Number) -> str:
    """The headline: the range, how sure, by which model."""
    assert one.low is not None and one.high is not None
    if one.low == one.high:
        return f"{one.period.label} stands at {money(one.low)}."
    return f"Likely range {money(one.low)} to {one.high.decimal:,}, 8 in 10; simple model, from created and closed dates alone."
