"""The funnel, the cohorts and the ways between two days, laid out for every face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import lacking
from saleswright.kernel.report import Block, Cell, Column, Figure, Note, Point, Report, Series, Table
from saleswright.lib import limits
from saleswright.lib.money import Money
from saleswright.measure.flow.columns import EPOCH
from saleswright.measure.flow.funnel import dwell as dwelling
from saleswright.measure.flow.funnel.alarms import FEWEST, Alarm, Month, alarm, months
from saleswright.measure.flow.funnel.dwell import Dwell, bucket_words
from saleswright.measure.flow.funnel.rule_changes import marked, rule_changes
from saleswright.measure.flow.funnel.stages import OUTCOMES, Funnel, Outcomes, counted, funnel, worth_of
from saleswright.measure.flow.funnel.visits import Visits
from saleswright.measure.metrics.apart import Pairs

MONTHS = 24
IN_VALUE = (Column("value", "Value entered", "money"), Column("by_value", "Got further, by value", "share"))
NEEDS = 2


@dataclass(frozen=True)
class Stages:
    """Everything about the stages: the funnel, the same by member and by cohort, time in stage, drop-off, alarms.

    lacks: what the record has not; then nothing else stands.
    """

    lacks: str
    funnel: Funnel | None = None
    members: Funnel | None = None
    cohorts: Funnel | None = None
    dwell: dict[str, Dwell] | None = None
    drop_off: dict[str, Series] | None = None
    alarms: tuple[Alarm, ...] = ()
    stage: str = ""
    asked: str = ""


def stages(
    at: Snapshot, visits: Visits, by: str = "", period: str = "", cohort: str = "", stage: str = "", where: Pairs = ()
) -> Stages:
    """Measure the stages. Stop (usage) for a stage, a split or a period that nobody knows."""
    if why := lacking(at, NEEDS):
        return Stages(why)
    whole = funnel(at, visits, "", period, where)
    first, end = ((day - EPOCH).days for day in (whole.period.start, whole.period.end))
    today = (at.day - EPOCH).days
    spent, drops, found = {}, {}, []
    last = at.day.year * 12 + at.day.month - 2
    for name in visits.stages():
        own = visits.only((visits.stage == name) & visits.first & (visits.entered >= first) & (visits.entered < end))
        spent[name] = dwelling.dwell(own.days(today), ~own.there)
        history = months(visits, name, last)
        drops[name] = drop_off(at, name, history)
        raised = alarm(name, history)
        found += [raised] if raised else []
    chosen = stage or (found[0].stage if found else _weakest(whole))
    return Stages(
        "",
        whole,
        funnel(at, visits, by, period, where) if by else None,
        funnel(at, visits, cohort, period, where) if cohort else None,
        spent,
        drops,
        tuple(found),
        chosen,
        stage,
    )


def _weakest(made: Funnel) -> str:
    """The stage from which the smallest share gets further, of those with enough entries to say."""
    known = [(float(str(one.share.value)), name) for name, one in made.whole.items() if one.entered >= FEWEST]
    return min(known)[1] if known else next(iter(made.stages), "")


def drop_off(at: Snapshot, stage: str, history: Sequence[Month]) -> Series:
    """Of the visits that ended in a month, the share that ended in a loss, with the limits of normal wobble."""
    some = [one for one in history if one.ended][-36:]
    hits, trials = [float(one.lost) for one in some], [float(one.ended) for one in some]
    cuts = limits.share_changes(hits, trials)
    bounds: Sequence[limits.Limit | None] = (
        limits.shares(hits, trials, cuts) if len(some) >= limits.FEWEST else [None] * len(some)
    )
    points = []
    for one, limit in zip(some, bounds, strict=True):
        year, month = divmod(one.index, 12)
        figure = Figure("drop_off", one.lost / one.ended, "share", n=one.ended, of=(one.lost, one.ended))
        points.append(Point(f"{year}-{month + 1:02}", date(year, month + 1, 1), figure, limit))
    title = f"Of the visits to {stage} that ended, how many ended in a loss?"
    return Series("drop_off", "month", marked(tuple(points), rule_changes(at)), title, "share")


def report(made: Stages, period: str) -> Report:
    """The funnel as every face lays it out."""
    title = "Where do deals stop?"
    if made.funnel is None or made.dwell is None or made.drop_off is None:
        return Report(
            title, [Note(made.lacks, "warning")], lede="This needs the changes of stages, which the record lacks."
        )
    whole = made.funnel
    if not whole.stages:
        return Report(title, [Note(f"No deal came into a stage, {_when(whole)}.")], lede="Nothing came into a stage.")
    blocks: list[Block] = [Note(said(one), "warning") for one in made.alarms]
    blocks += [outcome_table(whole), value_table(whole), dwell_table(made.dwell, whole.stages)]
    if made.members is not None:
        blocks.append(group_table(made.members))
    if made.cohorts is not None and made.stage:
        blocks.append(cohort_table(made.cohorts, made.stage))
    if made.asked and made.stage in made.dwell:
        blocks += [histogram(made.stage, made.dwell[made.stage]), made.drop_off[made.stage]]
    if young := immature(whole):
        blocks.append(Note(young))
    blocks += [Note("Handed off: the deal went on in another pipeline. Back: it fell back and never got further.")]
    return Report(
        title,
        blocks,
        lede=headline(made),
        footer=checks(whole),
        next=(f"saleswright explain '{whole.reference}'", "saleswright flow cohorts", "saleswright flow between"),
    )


def headline(made: Stages) -> str:
    """The one sentence on top."""
    assert made.funnel is not None
    if made.alarms:
        return said(max(made.alarms, key=lambda one: one.month.lost / one.month.ended - one.usual))
    weakest = made.funnel.whole.get(_weakest(made.funnel))
    if weakest is None or weakest.entered < FEWEST:
        return f"{made.funnel.entered:,} entries into stages, {_when(made.funnel)}: too few to say where deals stop."
    name, low, high = _weakest(made.funnel), weakest.share.low, weakest.share.high
    between = f" (likely {_percent(low)} to {_percent(high)})" if low is not None else ""
    return (
        f"Deals stop most at {name}: {weakest.count['advanced']:,} of {weakest.entered:,} got further, "
        f"{_percent(weakest.share.value)}{between}; no stage lost more last month than its history makes likely."
    )


def _when(made: Funnel) -> str:
    return "all time" if made.period.grain == "all" else made.period.label


def said(one: Alarm) -> str:
    """An alarm in words."""
    year, month = divmod(one.month.index, 12)
    return (
        f"{one.stage} lost {_percent(one.month.lost / one.month.ended)} of the {one.month.ended:,} visits that ended in "
        f"{date(year, month + 1, 1):%B %Y}; {_percent(one.usual)} is usual, and so many come by chance less than once in "
        f"{max(200, int(1 / max(one.chance, 1e-4))):,} months."
    )


def _percent(value: object) -> str:
    return f"{float(str(value)):.1%}"


def immature(made: Funnel) -> str:
    """What to mind of young entries; empty when all are ripe."""
    if not made.young or made.ripe is None:
        return ""
    return (
        f"Immature: {made.young:,} of {made.entered:,} entries are younger than the {made.ripe} days that three in four took; "
        "the share that got further can still rise."
    )


def checks(made: Funnel) -> tuple[str, ...]:
    """The proof: every entry has one outcome, in deals and to the cent."""
    for one in made.whole.values():
        if one.entered != one.share.n or one.share.of != (one.count["advanced"], one.entered):
            raise AssertionError("an entry has no outcome, or two")
    value = Money(sum(one.amount for one in made.whole.values()), made.currency)
    parts = " + ".join(f"{sum(one.count[name] for one in made.whole.values()):,} {name}" for name in OUTCOMES)
    lines = [f"{parts} = {made.entered:,} entries; {value.currency} {value.decimal:,} in and out to the cent."]
    unpriced = sum(one.unpriced for one in made.whole.values())
    if unpriced:
        lines.append(f"{unpriced:,} entries have no amount and stand in the counts alone.")
    return tuple(lines)


def outcome_table(made: Funnel) -> Table:
    """Stage by stage, in deals."""
    columns = (
        Column("stage", "Stage"),
        Column("entered", "Entered", "count"),
        *(Column(name.replace(" ", "_"), name.capitalize(), "count") for name in OUTCOMES),
        Column("conversion", "Got further", "share"),
    )
    rows = tuple((name, *_row(made.whole[name])) for name in made.stages)
    return Table("stages", columns, rows, f"What became of the deals that came into each stage, {_when(made)}")


def _row(one: Outcomes) -> tuple[Cell | Figure, ...]:
    return (one.entered, *(counted(one, name) for name in OUTCOMES), one.share)


def _worth(made: Funnel, one: Outcomes) -> tuple[Cell | Figure, ...]:
    return Money(one.amount, made.currency), one.worth


def value_table(made: Funnel) -> Table:
    """Stage by stage, in value."""
    columns = (
        Column("stage", "Stage"),
        Column("entered", "Entered", "money"),
        *(Column(name.replace(" ", "_"), name.capitalize(), "money") for name in OUTCOMES),
        Column("conversion", "Got further", "share"),
    )
    rows: tuple[tuple[Cell | Figure, ...], ...] = tuple(
        (
            name,
            Money(one.amount, made.currency),
            *(worth_of(one, outcome, made.currency) for outcome in OUTCOMES),
            one.worth,
        )
        for name, one in ((name, made.whole[name]) for name in made.stages)
    )
    return Table("value", columns, rows, "The same in value, at the amounts deals came in with")


def dwell_table(spent: dict[str, Dwell], order: Sequence[str]) -> Table:
    """How long visits take: the days by which so many had left, those still there counted as at least so long."""
    columns = (
        Column("stage", "Stage"),
        Column("n", "Visits", "count"),
        Column("there", "Still there", "count"),
        *(Column(f"p{int(100 * q)}", f"{int(100 * q)} % left by", "days") for q in dwelling.QUANTILES),
        Column("low", "Middle from", "days"),
        Column("high", "to", "days"),
    )
    rows: list[tuple[Cell | Figure, ...]] = []
    for name in order:
        one = spent[name]
        many = [one.quantile(q) for q in dwelling.QUANTILES]
        enough = one.n - one.there >= dwelling.FEWEST
        middle = many[1] if enough else (None, None, None)
        rows.append((name, one.n, one.there, *((found[0] if enough else None) for found in many), *middle[1:]))
    footer = "A dash: not so many have left yet, or fewer than 10 visits have ended. From, to: 8 in 10."
    return Table("dwell", columns, tuple(rows), "How many days do deals stay in a stage?", footer=footer)


def histogram(stage: str, one: Dwell) -> Series:
    """How long the visits that are over lasted."""
    points = tuple(
        Point(name, None, Figure("visits", n, "count")) for name, n in zip(bucket_words(), one.bars, strict=True)
    )
    title = f"How long visits to {stage} lasted; {one.there:,} are still there"
    return Series("days_in_stage", "days", points, title, "count")


def group_table(made: Funnel) -> Table:
    """The same by member: every member and stage in a row."""
    assert made.by is not None
    columns = (
        Column(made.by.name, made.by.label),
        Column("stage", "Stage"),
        Column("entered", "Entered", "count"),
        *(Column(name.replace(" ", "_"), name.capitalize(), "count") for name in OUTCOMES),
        Column("conversion", "Got further", "share"),
        *IN_VALUE,
    )
    rows = tuple(
        (label(made, member), name, *_row(made.groups[member, name]), *_worth(made, made.groups[member, name]))
        for member in made.members
        for name in made.stages
        if (member, name) in made.groups
    )
    name = f"by_{made.by.name}"
    footer = "Below 10 entries a share says nothing about who is better."
    return Table(name, columns, rows, f"Stage by stage, by {made.by.label.lower()}", footer=footer)


def matrix(made: Funnel) -> Table:
    """Members down, stages across, the share that got further in each; too few entries stand as a dash."""
    assert made.by is not None
    columns = (Column(made.by.name, made.by.label), *(Column(name, name, "share") for name in made.stages))
    rows = tuple(
        (label(made, member), *(_share(made.groups.get((member, name))) for name in made.stages))
        for member in made.members
    )
    shade = made.stages
    footer = "A dash: fewer than 10 entries."
    return Table("matrix", columns, rows, f"Got further, by {made.by.label.lower()}", footer=footer, shade=shade)


def _share(one: Outcomes | None) -> Figure | None:
    return one.share if one is not None and one.entered >= FEWEST else None


def cohort_table(made: Funnel, stage: str) -> Table:
    """One stage, by the month its deals came in."""
    assert made.by is not None
    columns = (
        Column("cohort", "Came in"),
        Column("entered", "Entered", "count"),
        *(Column(name.replace(" ", "_"), name.capitalize(), "count") for name in OUTCOMES),
        Column("conversion", "Got further", "share"),
        *IN_VALUE,
        Column("state", "Age"),
    )
    rows = [
        (member, *_row(one), *_worth(made, one), _state(made, member))
        for member in made.members
        if (one := made.groups.get((member, stage))) is not None
    ]
    kept = tuple(rows[-MONTHS:])
    title = f"{stage}: what became of the deals, by the {made.by.label.lower()} they came in"
    return Table("cohorts", columns, kept, title, total=len(rows))


def _state(made: Funnel, cohort: str) -> str:
    """Is the cohort so old that its share rises no more?"""
    return "immature" if cohort in made.young_members else "mature"


def label(made: Funnel, member: str) -> str:
    """A member in words."""
    return made.labels.get(member, member) or "(none)"


def further(made: Funnel) -> Series:
    """The share that got further, stage by stage, in the record's order."""
    points = tuple(Point(name, None, made.whole[name].share) for name in made.stages)
    return Series("got_further", "stage", points, "Of the deals that came into a stage, how many got further?", "share")


__all__ = ["Stages", "checks", "further", "headline", "report", "stages"]
