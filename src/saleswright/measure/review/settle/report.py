"""How is a settled dispute laid out? The sentence, the bridge from ours to theirs, the causes, and every row behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from saleswright.kernel.report import Block, Bridge, Cell, Column, Figure, Note, Report, Step, Table, Unit, Value
from saleswright.lib.money import Money
from saleswright.measure.metrics.actions import warnings
from saleswright.measure.metrics.words import are, plural
from saleswright.measure.review.settle.cause import KINDS, Cause, Item, Side
from saleswright.measure.review.settle.settled import Settled


def said(amount: Value) -> str:
    """An amount in a sentence: USD 1,234.50, or 12 deals."""
    return f"{amount.currency} {amount.decimal:,}" if isinstance(amount, Money) else plural(int(amount or 0), "deal")


def report(settled: Settled) -> Report:
    """The explanation of a gap."""
    ours = settled.ours
    blocks: list[Block] = [_ours(settled), _figure(settled, "theirs", f"Theirs: {settled.name}", settled.theirs)]
    blocks.append(_figure(settled, "gap", "Gap (theirs less ours)", settled.gap))
    if settled.causes:
        blocks.append(bridge(settled))
        blocks.append(_causes(settled))
    blocks += _rows(settled)
    if settled.apart:
        blocks.append(_cells(settled))
    blocks += [Note(text) for text in notes(settled)]
    blocks += warnings(ours.at, ours.asked.metric)
    blocks.append(Note("Causes sum to the gap to the cent." if ours.money else "Causes sum to the gap.", "check"))
    return Report(
        f"Why does {settled.name} say another {ours.asked.metric.label.lower()}?",
        blocks,
        lede=lede(settled),
        footer=checks(settled),
        issues=tuple(issue for issue in settled.sheet.issues if issue.level == "warning"),
        next=(f"saleswright explain '{ours.figure.ref}'",),
        data={
            "gap": settled.gap,
            "causes": [cause.kind for cause in settled.causes],
            "cells": len(settled.apart),
            "sheet": "rows",
        },
    )


def lede(settled: Settled) -> str:
    """The gap and what it is, in one or two sentences, and the cells that differ besides."""
    cells = _of_cells(settled)
    return f"{_gap(settled)[:-1]}; {cells}, and {are(len(settled.apart), 'moves', 'move')} no amount." if cells else (
        _gap(settled))  # fmt: skip


def _of_cells(settled: Settled) -> str:
    """ "12 cells differ (7 stage, 5 owner)"; empty for none."""
    if not settled.apart:
        return ""
    fields = Counter(one.field for one in settled.apart).most_common()
    many = plural(len(settled.apart), "cell")
    return f"{many} {are(len(settled.apart), 'differs', 'differ')} ({', '.join(f'{n:,} {name}' for name, n in fields)})"


def _gap(settled: Settled) -> str:
    ours = settled.ours
    theirs, own, gap = (ours.value(n) for n in (settled.theirs, ours.total, abs(settled.gap)))
    both = f"Theirs {said(theirs)}, ours {said(own)} ({ours.asked.metric.label.lower()}, {_when(settled)})"
    if not settled.causes:
        return f"{both}: they agree, {'row' if settled.matched else 'line'} by {'row' if settled.matched else 'line'}."
    count = plural(len(settled.causes), "cause")
    moved = sum(cause.moved for cause in settled.causes)
    if settled.unexplained:
        part = (moved - settled.unexplained) / moved if moved else 0.0
        how = f"{part:.0%} of what differs is explained by {plural(sum(c.kind != 'other' for c in settled.causes), 'cause')}"
        how += f", {said(ours.value(settled.unexplained))} of it by no rule"
    else:
        how = f"the gap of {said(gap)} is explained in full by {count}"
        if not settled.gap:
            how = f"the totals agree, yet {plural(sum(len(c.items) for c in settled.causes), 'row')} differ, by {count}"
    first = settled.causes[0]
    share = f"{first.moved / moved:.0%} of what moves is {KINDS[first.kind]}" if moved else f"first {KINDS[first.kind]}"
    return f"{both}; {how}: {share}: {first.label}."


def _when(settled: Settled) -> str:
    asked = settled.ours.asked
    return f"as of {settled.ours.at.as_of_text}" if asked.metric.at_moment else asked.period.label


def checks(settled: Settled) -> tuple[str, ...]:
    """What was proved."""
    ours = settled.ours
    gap = said(ours.value(settled.gap))
    lines = [f"{said(ours.value(ours.total))} ours + {gap} of causes = {said(ours.value(settled.theirs))} theirs."]
    if settled.matched is not None:
        found = settled.matched
        lines.append(
            f"{plural(len(found.lines), 'row')} of theirs: {len(found.deals):,} matched to a deal, "
            f"{len(found.repeats):,} again, {len(found.unknown):,} in no record of ours; of {len(ours.counted):,} of ours "
            f"{settled.both:,} matched, {settled.same:,} with the same amount."
        )
    return tuple(lines)


def _unit(settled: Settled) -> Unit:
    return "money" if settled.ours.money else "count"


def _figure(settled: Settled, name: str, label: str, minor: int, n: int | None = None) -> Figure:
    return Figure(name, settled.ours.value(minor), _unit(settled), label, n)


def _ours(settled: Settled) -> Figure:
    figure = settled.ours.figure
    if figure.value is None:
        # Rows without a rate, or none at all: what could be added stands, and the reference says why it is not all.
        return Figure("ours", settled.ours.value(settled.ours.total), _unit(settled), f"Ours: {figure.label}",
                      figure.n, ref=figure.ref)  # fmt: skip
    return Figure("ours", figure.value, figure.unit, f"Ours: {figure.label}", figure.n, ref=figure.ref)


def bridge(settled: Settled) -> Bridge:
    """From ours to theirs, one step a cause."""
    steps = [Step("ours", "Ours", _ours(settled), kind="end")]
    for index, cause in enumerate(settled.causes, 1):
        figure = _figure(settled, f"cause_{index}", cause.label, cause.amount, len(cause.items))
        steps.append(Step(f"cause_{index}", cause.label, figure, len(cause.items)))
    steps.append(Step("theirs", "Theirs", _figure(settled, "theirs", "Theirs", settled.theirs), kind="end"))
    return Bridge("gap", tuple(steps), "From ours to theirs", _unit(settled))


def _causes(settled: Settled) -> Table:
    unit = _unit(settled)
    columns = (
        Column("kind", "What it is"), Column("cause", "Cause"), Column("amount", "Adds to ours", unit),
        Column("moved", "Moves", unit), Column("rows", "Rows", "count"), Column("sure", "How sure"),
        Column("evidence", "By what evidence"), Column("rule", "The rule"),
    )  # fmt: skip
    rows = tuple(
        (KINDS[c.kind].capitalize(), c.label, settled.ours.value(c.amount), settled.ours.value(c.moved), len(c.items),
         c.sure, c.evidence, c.rule)
        for c in settled.causes
    )  # fmt: skip
    return Table("causes", columns, rows, "What makes the gap")


SIDES: Mapping[Side, tuple[str, str]] = {
    "differs": ("other amount", "Rows that differ"),
    "theirs": ("only theirs", "Rows only they count"),
    "ours": ("only ours", "Rows only we count"),
    "member": ("total", "Totals that differ"),
    "file": ("their file", "In their file itself"),
}
"""What a row's side is called in the one table of all rows, and the title it has where the sides stand apart."""


def _rows(settled: Settled) -> list[Table]:
    """Every row behind the causes, in one table: it is the dispute's CSV."""
    unit = _unit(settled)
    columns = (
        Column("side", "On which side"), Column("deal", "Deal" if settled.matched else "Member"),
        Column("line", "Their line", "count"), Column("ours", "Ours", unit), Column("theirs", "Theirs", unit),
        Column("difference", "Theirs less ours", unit), Column("cause", "Cause"), Column("why", "Why"),
    )  # fmt: skip
    rows = tuple(
        _row(settled, cause, item)
        for side in SIDES
        for cause in settled.causes
        for item in cause.items
        if item.side == side
    )
    return [Table("rows", columns, rows, "Every row that differs")] if rows else []


def _row(settled: Settled, cause: Cause, item: Item) -> tuple[Cell, ...]:
    value = settled.ours.value
    ours, theirs = (None if n is None else value(n) for n in (item.ours, item.theirs))
    why = item.why or cause.evidence
    return (SIDES[item.side][0], item.label, item.line, ours, theirs, value(item.diff), cause.label, why)


def _cells(settled: Settled) -> Table:
    columns = (Column("deal", "Deal"), Column("line", "Their line", "count"), Column("field", "Field"),
               Column("ours", "Ours"), Column("theirs", "Theirs"))  # fmt: skip
    rows = tuple((one.called, one.line, one.field, one.ours, one.theirs) for one in settled.apart)
    return Table("cells", columns, rows, "Cells that differ, and move no amount")


def notes(settled: Settled) -> list[str]:
    """What was taken for granted, and how to say another."""
    found = []
    if settled.chosen.said:
        found.append(f"Taken: {settled.chosen.said}. {settled.chosen.another}.")
    if settled.matched is not None:
        by = {how: list(settled.matched.by.values()).count(how) for how in dict.fromkeys(settled.matched.by.values())}
        ways = ", ".join(f"{n:,} by {how}" for how, n in by.items())
        found.append(f"Rows were matched {ways}." if ways else "No row could be matched.")
        columns = settled.matched.columns
        told = [f"{what} {header}" for what, header in (("amounts", columns.amount), ("ids", columns.id),
                ("names", columns.name), ("accounts", columns.account)) if header]  # fmt: skip
        found.append(f"Read from their columns: {', '.join(told)}.")
    unread = [line for line in settled.matched.lines.values() if not line.readable] if settled.matched else []
    if unread:
        found.append(
            f"{plural(len(unread), 'row')} of theirs {are(len(unread), 'has', 'have')} no amount that can be read."
        )
    if settled.sheet.short:
        found.append(f"Written short, such as 11.6k, and read as whole amounts: {', '.join(settled.sheet.short)}.")
    if settled.sheet.totals:
        found.append(f"Left out as sums of other rows: {', '.join(settled.sheet.totals[:5])}.")
    return [*found, *settled.notes]
