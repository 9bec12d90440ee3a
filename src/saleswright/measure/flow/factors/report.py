"""How are the factors and the ages laid out? The sentence on top, the figures, the tables and series, the proof below."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from saleswright.kernel.report import Block, Bridge, Cell, Column, Figure, Note, Point, Report, Series, Step, Table
from saleswright.lib.issue import Issue
from saleswright.measure.flow.factors import said
from saleswright.measure.flow.factors.aging import Aging, Cohort
from saleswright.measure.flow.factors.drill import Deal
from saleswright.measure.flow.factors.find import Factors, Found

MOST_ROWS = 600
MINUS = "\u2212"
FACTORS_TITLE = "What are the four factors, and what are the new deals worth?"
AGING_TITLE = "What is the pipeline worth by age?"

_FACTORS = (
    Column("flow", "New deals", "count"),
    Column("size", "Deal size", "money"),
    Column("rate", "Win rate", "share"),
    Column("cycle", "Sales cycle", "days"),
    Column("value", "New value", "money"),
    Column("cohort", "Cohort-exact", "money"),
    Column("open", "Still open", "count"),
    Column("decided", "Decided", "count"),
    Column("basis", "Window"),
    Column("maturity", "Cohort"),
)


def factors_report(found: Found, issues: tuple[Issue, ...] = ()) -> Report:
    """The four factors as a report."""
    blocks: list[Block] = [*strip(found.whole), *quarters(found.whole), found.to_lost, periods(found)]
    blocks += [by_month(found, exact) for exact in (True, False)]
    blocks.append(cohorts(found))
    if found.by is not None:
        blocks += [members(found), by_period(found)]
    blocks += [Note(text, "warning" if text.startswith("Immature") else "note") for text in notes(found)]
    by = f" --by {found.by.name}" if found.by else " --by segment"
    next_ = (f"saleswright flow factors{by} --grain quarter", "saleswright flow aging")
    return Report(FACTORS_TITLE, blocks, said.factors_lede(found), found.checks, issues, next_)


def strip(one: Factors) -> list[Figure]:
    """The four factors and the new value both ways."""
    return [one.flow, one.size, one.rate, one.cycle, one.value, one.cohort.value]


def quarters(one: Factors) -> list[Figure]:
    """Within how many days a quarter and three quarters of the wins were won."""
    if one.quarters is None:
        return []
    sides = zip(
        ("sales_cycle_p25", "sales_cycle_p75"),
        ("A quarter of wins within", "Three quarters within"),
        one.quarters,
        strict=True,
    )
    return [Figure(name, value, "days", label, one.cycle.n) for name, label, value in sides]


def notes(found: Found) -> list[str]:
    """What to know of the factors."""
    window = found.whole.window
    own = f"Deal size, win rate and cycle of the whole are those of {window.label}, {window.decided:,} decided deals."
    drawn = [one.label for one in found.members if one.drawn]
    pulled = ""
    if drawn:
        pulled = (
            f"Fewer than 30 deals were decided in two years for {', '.join(drawn)}: deal size and win rate are pulled toward the "
            "whole, which counts as 20 deals more. Below 10 nobody is ranked."
        )
    slow = "Slow deals of recent cohorts are still open, so the cycle leans low; cycle_life_table_median does not."
    return [text for text in (own, said.mix(found), pulled, slow, *found.notes) if text]


def _row(one: Factors) -> tuple[Cell | Figure, ...]:
    return (
        one.flow,
        one.size,
        one.rate,
        one.cycle,
        one.value,
        one.cohort.value,
        one.cohort.open,
        one.window.decided,
        said.basis(one),
        said.maturity(one),
    )


def periods(found: Found) -> Table:
    """The four factors of each month or quarter, each over its own window."""
    rows = tuple((one.label, *_row(one)) for one in found.periods)
    footer = (
        f"Deal size, win rate and cycle of a {found.grain} are those of the days up to its end; Decided counts the deals they "
        "stand on."
    )
    return Table(
        f"by_{found.grain}",
        (Column("period", found.grain.capitalize()), *_FACTORS),
        rows,
        f"The four factors by {found.grain}",
        footer=footer,
    )


def members(found: Found) -> Table:
    """The four factors of each member over the period, thin ones last."""
    assert found.by is not None
    ordered = sorted(found.members, key=lambda one: (one.window.decided < said.FEW,))
    rows = tuple((one.label, *_row(one)) for one in ordered)
    label = found.by.label
    return Table(
        f"by_{found.by.name}", (Column("member", label), *_FACTORS), rows, f"The four factors by {label.lower()}"
    )


def by_period(found: Found) -> Table:
    """The four factors of each member in each month or quarter."""
    assert found.by is not None
    rows = tuple((one.label, one.period.label, *_row(one)) for one in found.by_period[:MOST_ROWS])
    columns = (Column("member", found.by.label), Column("period", found.grain.capitalize()), *_FACTORS)
    title = f"The four factors by {found.by.label.lower()} and {found.grain}"
    return Table(f"by_{found.by.name}_and_{found.grain}", columns, rows, title, total=len(found.by_period))


def cohorts(found: Found) -> Table:
    """What became of the deals of each month or quarter: new deals x won by now x their size = cohort-exact."""
    columns = (
        Column("period", found.grain.capitalize()), Column("deals", "New deals", "count"),
        Column("won", "Won by now", "count"), Column("rate", "Share won", "share"), Column("size", "Their deal size", "money"),
        Column("value", "Cohort-exact", "money"), Column("open", "Still open", "count"), Column("maturity", "Cohort"),
    )  # fmt: skip
    rows = []
    for one in (*found.periods, replace(found.whole, label="Together")):
        c = one.cohort
        rows.append((one.label, c.deals, c.won, c.rate, c.size, c.value, c.open, said.maturity(one)))
    footer = "New deals x share won x their deal size is the value exactly; it grows while deals are open."
    return Table("cohorts", columns, tuple(rows), "What became of the deals that came in?", footer=footer)


def by_month(found: Found, exact: bool) -> Series:
    """The new value over time: as documented, or cohort-exact."""
    figures = [one.cohort.value if exact else replace(one.value, low=None, high=None) for one in found.periods]
    points = tuple(Point(one.label, one.period.start, f) for one, f in zip(found.periods, figures, strict=True))
    name, title = ("cohort_value", "New value, cohort-exact") if exact else ("new_value", "New value, as documented")
    return Series(f"{name}_by_{found.grain}", found.grain, points, f"{title}, by {found.grain}", "money")


def aging_report(
    one: Aging, deals: tuple[Deal, ...] | None = None, issues: tuple[Issue, ...] = (), cohort: str = ""
) -> Report:
    """The pipeline by age as a report; the deals of one cohort instead, where they are asked for."""
    if deals is not None:
        blocks: list[Block] = [*heads(one), deal_table(deals, cohort), *said.aging_notes(one)]
        return Report(AGING_TITLE, blocks, said.aging_lede(one), one.checks, issues, ("saleswright flow aging",))
    blocks = [*heads(one), by_age(one), value_by_age(one), outcomes(one)]
    if made := gap_bridge(one):
        blocks.append(made)
    if one.gap is not None:
        blocks.append(Note(said.gap(one)))
    if found := said.finding(one):
        blocks.append(Note(found, "warning"))
    blocks += [
        Note(f"Schedule: {one.schedule.label}, cut at {', '.join(map(str, one.schedule.cuts))} days."),
        *said.aging_notes(one),
    ]
    next_ = ("saleswright flow aging --cohort New", "saleswright flow odds", "saleswright flow factors")
    return Report(AGING_TITLE, blocks, said.aging_lede(one), one.checks, issues, next_)


def heads(one: Aging) -> list[Figure]:
    """The open deals, New and Active, and what they are worth both ways."""
    named = ((one.new, "new", "New, open"), (one.active, "active", "Active, open"))
    parts = [replace(row.open, name=f"open_{name}_deals", label=label) for row, name, label in named]
    worth = [replace(row.value, name=f"open_{name}_value", label=f"Worth of the {row.name}") for row, name, _ in named]
    return [
        one.totals["open_deals"].total,
        *parts,
        replace(one.whole.value, name="pipeline_value_by_age", label="Pipeline value, deal by deal"),
        *worth,
        replace(one.whole.simple, name="pipeline_value_documented", label="Pipeline value, documented"),
    ]


def by_age(one: Aging) -> Table:
    """The open deals by age, and their value both ways; the rows add to the last one."""
    columns = (
        Column("age", "Age"), Column("phase", "Stage"), Column("open", "Open deals", "count"),
        Column("amount", "Open amount", "money"), Column("chance", "Odds to be won", "share"),
        Column("value", "Worth, deal by deal", "money"), Column("simple", "Worth, documented", "money"),
    )  # fmt: skip
    rows = tuple(_open(row) for row in (*one.cohorts, replace(one.whole, phase="")))
    footer = (
        "Documented: open deals x deal size x win rate. Deal by deal: odds at its age x what it would be booked at."
    )
    return Table("by_age", columns, rows, "Open deals by age, and what they are worth", footer=footer)


def _open(row: Cohort) -> tuple[Cell | Figure, ...]:
    return (row.name, row.phase, row.open, row.amount, row.chance, row.value, row.simple)


def outcomes(one: Aging) -> Table:
    """Won and lost by the age at which they were, and the share won of those that reached each age."""
    columns = (
        Column("age", "Age"), Column("open", "Open now", "count"), Column("won", "Won at it", "count"),
        Column("won_amount", "Won amount", "money"), Column("lost", "Lost at it", "count"),
        Column("ended", "Won within it, of those who reached it", "share"),
    )  # fmt: skip
    last = (replace(one.whole, ended=replace(one.whole.ended, reason="")),)
    rows = tuple(
        (r.name, r.open, r.won, r.won_amount, r.lost, r.ended if r.name != one.whole.name else None)
        for r in (*one.cohorts, *last)
    )
    return Table("outcomes_by_age", columns, rows, "New, active, won and lost by age, all time")


def value_by_age(one: Aging) -> Series:
    """What the open deals of each age are worth, deal by deal."""
    points = tuple(Point(row.name, None, replace(row.value, low=None, high=None)) for row in one.cohorts if row.open.n)
    return Series("value_by_age", "age", points, "What are open deals worth by age?", "money")


def gap_bridge(one: Aging) -> Bridge | None:
    """From the documented value to that of the deals."""
    if one.gap is None:
        return None
    gap, steps = one.gap, [("documented", "Documented", one.gap.simple)]
    steps += [("mix", "Mix of segments", gap.mix)] if gap.split else []
    steps += [("amounts", "Amounts against wins", gap.size), ("odds", "Odds at their age", gap.odds)]
    steps += [("deals", "Deal by deal", gap.deals)]
    made = tuple(
        Step(
            name,
            label,
            Figure(name, worth, "money", label),
            kind="end" if name in ("documented", "deals") else "part",
            tone="plain" if name in ("documented", "deals") else _tone(worth.minor),
        )
        for name, label, worth in steps
    )
    told = " ".join(f"{'+' if w.minor >= 0 else MINUS} {abs(w.decimal):,}" for _, _, w in steps[1:-1])
    check = f"{gap.simple.decimal:,} {told} = {gap.deals.decimal:,} {gap.deals.currency}."
    return Bridge("gap", made, "What lies between the two values?", "money", check)


def _tone(minor: int) -> Literal["good", "bad"]:
    return "good" if minor >= 0 else "bad"


def deal_table(deals: tuple[Deal, ...], cohort: str) -> Table:
    """The open deals of a cohort, the most valuable first."""
    columns = (
        Column("deal", "Deal"), Column("owner", "Owner"), Column("age", "Age", "days"), Column("amount", "Amount", "money"),
        Column("size", "Would be booked at", "money"), Column("chance", "Odds to be won", "share"),
        Column("value", "Worth", "money"), Column("id", "Id"),
    )  # fmt: skip
    rows = tuple((d.name, d.owner, d.age, d.amount, d.size, d.chance, d.value, d.id) for d in deals[:MOST_ROWS])
    return Table("deals", columns, rows, f"Open deals: {cohort}", total=len(deals))
