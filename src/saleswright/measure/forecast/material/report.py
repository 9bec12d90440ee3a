"""The answers as blocks every face can show: the deals, the weeks, and the numbers that reach the target."""

from __future__ import annotations

from dataclasses import replace

from saleswright.kernel.report import Block, Cell, Column, Figure, Note, Report, Table
from saleswright.lib.money import Money
from saleswright.measure.forecast.material import said
from saleswright.measure.forecast.material.due import Row, Weeks
from saleswright.measure.forecast.material.find import Material
from saleswright.measure.forecast.material.reach import Reach
from saleswright.measure.forecast.needed.count import Needed
from saleswright.measure.forecast.show.said import over

TITLE = "Which few deals decide the period?"
NEEDED = "How many wins, deals and leads reach the target?"


def report(one: Material, footer: str) -> Report:
    """Deals and weeks; where there is no forecast, why."""
    if one.missing or one.weeks is None:
        lede = f"{one.period.label} cannot be told: {one.missing}."
        return Report(TITLE, [*one.figures, Note(lede, "warning")], lede=lede, issues=one.at.stale)
    blocks: list[Block] = [*one.figures, deals(one), due(one.weeks)]
    answered = questions(one)
    blocks += [answered] if answered.rows else []
    blocks += [Note(text) for text in said.notes(one)]
    return Report(
        TITLE,
        blocks,
        lede=said.lede(one),
        footer=(said.adds(one.weeks), footer),
        issues=one.at.stale,
        next=(f"saleswright forecast needed {over(one.period, one.where)}", *_first(one)),
    )


def _first(one: Material) -> tuple[str, ...]:
    return (f"saleswright flow waterfall --deal {one.deals[0].id}",) if one.deals else ()


def deals(one: Material) -> Table:
    """The deals that decide it: with each, without each, and why."""
    columns = (
        Column("deal", "Deal"),
        Column("owner", "Owner"),
        Column("stage", "Stage"),
        Column("amount", "Amount", "money"),
        Column("due", "Close date", "date"),
        Column("pushed", "Pushed", "count"),
        Column("chance", "Chance", "share"),
        Column("expected", "Expected", "money"),
        Column("without", "Target without it", "share"),
        Column("with", "with it", "share"),
        Column("swing", "Hangs on it", "points"),
        Column("flags", "Flags"),
        Column("why", "Why this chance"),
        Column("id", "Id", "ref"),
    )
    rows: list[tuple[Cell | Figure, ...]] = [
        (
            deal.name,
            deal.owner or ("nobody" if one.at.policy.field_allowed("deal", "owner") else "hidden"),
            deal.stage,
            deal.amount,
            deal.due,
            deal.pushed,
            deal.chance,
            deal.brings,
            deal.lost,
            deal.won,
            deal.swing,
            "; ".join(deal.flags),
            "; ".join(deal.why),
            deal.id,
        )
        for deal in one.deals
    ]
    return Table("deals", columns, tuple(rows), TITLE, one.total, said.ranked(one))


def due(weeks: Weeks) -> Table:
    """What is due by week, what of it is expected, and what must be closed by then."""
    columns = (
        Column("week", "Stated close date"),
        Column("closed_by", "By", "date"),
        Column("n", "Deals", "count"),
        Column("open", "Amount", "money"),
        Column("chance", "Chance", "share"),
        Column("expected", "Expected", "money"),
        Column("upto", "Expected by then", "money"),
        Column("need", "To be closed by then", "money"),
    )
    rows: list[tuple[Cell | Figure, ...]] = [_line(row) for row in (*weeks.weeks, *weeks.groups)]
    rows.append(("Still to be created and closed", None, None, None, None, weeks.coming, None, None))
    rows.append(("Won so far", None, None, None, None, weeks.won, None, None))
    rows.append(("All, on average", None, None, None, None, weeks.mean, None, None))
    return Table("due", columns, tuple(rows), "What must close by when?", footer=said.need(weeks))


def _line(row: Row) -> tuple[Cell | Figure, ...]:
    return row.label, row.closed_by, row.n, row.open, row.chance, row.expected, row.upto, row.need


def questions(one: Material) -> Table:
    """What the owners answered about each deal."""
    columns = (Column("deal", "Deal"), Column("question", "Question"), Column("answer", "Answer"))
    rows = tuple((deal.name, a.question, a.text or "not answered") for deal in one.deals for a in deal.answers)
    return Table("questions", columns, rows, "What do the owners answer?")


def reach_report(one: Reach, period: str, footer: str) -> Report:
    """The numbers that reach the target; where nothing can be told, why."""
    mean = Figure("expected", one.mean, "money", "Expected")
    if one.reason or one.beyond is None or one.anew is None or one.target is None or one.mean is None:
        lede = f"What {period} takes cannot be told: {one.reason}."
        return Report(NEEDED, [mean, Note(lede, "warning")], lede=lede, footer=(footer,))
    blocks: list[Block] = [
        Figure("target", one.target, "money", "Target"),
        mean,
        Figure("missing", Money(round(one.beyond.missing), one.target.currency), "money", "Missing on average"),
        Figure("chance", one.beyond.chance, "share", "Chance of the target as it is"),
        numbers("beyond", "Beyond what is expected", one.beyond),
        numbers("anew", "From deals not created yet, on top of what is open today", one.anew),
        *(Note(f"{text[:1].upper()}{text[1:]}.") for text in one.notes),
    ]
    return Report(NEEDED, blocks, lede=said.reached(one, period), footer=(*said.stands_on(one), footer))


def numbers(name: str, title: str, one: Needed) -> Table:
    """Wins, qualified deals and leads: the number, its likely range, and the figure by hand."""
    columns = (
        Column("what", "Needed"),
        Column("n", f"For a chance of {one.wanted:.0%}", "count"),
        Column("low", "if past rates are better", "count"),
        Column("high", "if they are worse", "count"),
        Column("by_hand", "By hand, every second time", "number"),
        Column("reason", "Cannot say, for"),
    )
    rows: list[tuple[Cell | Figure, ...]] = [
        (
            number.name.capitalize(),
            number.n,
            number.low,
            number.high,
            None if number.by_hand is None else round(number.by_hand, 1),
            number.reason,
        )
        for number in one.numbers
    ]
    table = Table(name, columns, tuple(rows), title)
    if any(number.reason for number in one.numbers):
        return table
    return replace(table, columns=columns[:-1], rows=tuple(row[:-1] for row in rows))
