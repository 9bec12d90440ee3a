"""The triangle of cohorts and the ways between two days, laid out for every face."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Block, Cell, Column, Figure, Note, Point, Report, Series, Table
from saleswright.lib.money import Money
from saleswright.measure.flow.funnel.between import CUT, RAISED, Between, Gone, called, flows
from saleswright.measure.flow.funnel.cohorts import Cohorts

WHAT = ("won", "lost", "open")
SHOWN = 24
MOST_DEALS = 200


def triangle(made: Cohorts, what: str = "won", shown: int = SHOWN) -> Table:
    """Cohorts down, ages across: the share of each cohort that is won (or lost, or open) by the end of that age."""
    first = max(0, len(made.periods) - shown)
    columns = (
        Column("cohort", "Qualified in"),
        Column("deals", "Deals", "count"),
        *(Column(f"age_{age}", _age(made, age), "share") for age in range(made.ages)),
    )
    rows = []
    for place in range(first, len(made.periods)):
        cells: list[Cell] = []
        for age in range(made.ages):
            won, lost = int(made.won[place, age]), int(made.lost[place, age])
            size = int(made.size[place])
            n = won if what == "won" else lost if what == "lost" else size - won - lost
            cells.append(n / size if won >= 0 and size else None)
        rows.append((str(made.periods[place]), int(made.size[place]), *cells))
    shade = tuple(f"age_{age}" for age in range(made.ages))
    footer = f"Age: whole {made.grain}s after the {made.grain} it was qualified in. Empty: not that old yet."
    title = f"What share of each cohort is {what}, by age?"
    return Table("triangle", columns, tuple(rows), title, len(made.periods), footer, shade)


def _age(made: Cohorts, age: int) -> str:
    return f"{age} or more" if made.completed is None and age == made.ages - 1 else str(age)


def completion(made: Cohorts, shown: int = SHOWN) -> Table | None:
    """What each cohort has come to and will have come to; None where too few cohorts are old enough."""
    if made.completed is None:
        return None
    done = made.completed
    columns = (
        Column("cohort", "Qualified in"),
        Column("deals", "Deals", "count"),
        Column("won", "Won so far", "count"),
        Column("share", "Share so far", "share"),
        Column("will", "Will be won", "share"),
        Column("state", "Age"),
    )
    rows: list[tuple[Cell | Figure, ...]] = []
    for place in range(max(0, len(made.periods) - shown), len(made.periods)):
        size, won = int(made.size[place]), int(done.so_far[place])
        if not size:
            rows.append((str(made.periods[place]), 0, 0, None, None, "no deals"))
            continue
        mature = bool(done.mature[place])
        low, high = (None, None) if mature else (float(done.low[place]) / size, float(done.high[place]) / size)
        will = Figure("will_be_won", float(done.point[place]) / size, "share", n=size, low=low, high=high)
        state = "mature" if mature else f"immature, {int(made.reached[place])} of {made.ages - 1} {made.grain}s"
        rows.append((str(made.periods[place]), size, won, won / size, will, state))
    said = ", ".join(f"{factor:.3f}" for factor in done.factors)
    footer = f"Chain ladder; factors from age to age: {said}. Nothing is expected after age {made.ages - 1}."
    return Table("completion", columns, tuple(rows), "What will young cohorts come to?", len(made.periods), footer)


def expected(made: Cohorts, shown: int = SHOWN) -> Series | None:
    """The share each cohort will have come to, with the 8 in 10 range of the immature ones, as a line over time."""
    table = completion(made, shown)
    if table is None:
        return None
    first = max(0, len(made.periods) - shown)
    figures = [(period, row[4]) for period, row in zip(made.periods[first:], table.rows, strict=True)]
    points = tuple(Point(str(period), period.start, one) for period, one in figures if isinstance(one, Figure))
    return Series("will_be_won", made.grain, points, "What will young cohorts come to?", "share")


def headline(made: Cohorts) -> str:
    """The youngest cohort that says something, in one sentence."""
    done = made.completed
    if not made.periods:
        return "No whole period lies behind the first qualified deal yet."
    if done is None:
        return f"Too few {made.grain}s are old enough to say what young cohorts will come to."
    young = [place for place in range(len(made.periods)) if not done.mature[place] and made.size[place]]
    ripe = [place for place in range(len(made.periods)) if done.mature[place]]
    if not young:
        return "Every cohort is mature."
    place = next((one for one in reversed(young) if made.reached[one] >= 1), young[-1])
    usual = ""
    if ripe:
        kept = ripe[-12:]
        usual = f"; the {len(kept)} mature ones before came to {done.point[kept].sum() / made.size[kept].sum():.1%}"
    size = float(made.size[place])
    return (
        f"Of the {int(size):,} deals qualified in {made.periods[place]} {int(done.so_far[place]):,} are won so far; "
        f"{done.point[place] / size:.1%} will be (likely {done.low[place] / size:.1%} to {done.high[place] / size:.1%}){usual}."
    )


def cohort_notes(made: Cohorts) -> list[Note]:
    """What to mind: the running period, cohorts that do not tie."""
    notes = (
        [Note(f"{made.running:,} deals qualified in the {made.grain} that is not over are in no cohort yet.")]
        if made.running
        else []
    )
    if not made.tied:
        held = int(made.size.sum())
        text = f"The cohorts hold {held:,} deals, new_deals counts {made.counted:,}: a rule leaves deals out of one."
        notes.append(Note(text, "warning"))
    return notes


def cohort_checks(made: Cohorts) -> tuple[str, ...]:
    """The proof: cohorts are what new_deals counts; won, lost and open add to each cohort."""
    if not made.tied or not made.periods:
        return ()
    last = made.won[np.arange(len(made.periods)), made.reached].sum()
    return (
        f"The cohorts hold the {made.counted:,} deals that new_deals counts; {int(last):,} of them are won at their age.",
    )


def cohort_report(made: Cohorts, what: str) -> Report:
    """The triangle as every face lays it out."""
    blocks: list[Block] = [triangle(made, what)]
    done = completion(made)
    blocks += [done] if done else []
    blocks += [made.new, *cohort_notes(made)]
    footer = cohort_checks(made)
    title = "What came of the deals qualified in each month?".replace("month", made.grain)
    return Report(title, blocks, headline(made), footer, next=("saleswright measure win_rate_by_qualified --by month",))


def ways_report(at: Snapshot, made: Between, left: str, right: str) -> Report:
    """The ways as every face lays them out; with `left` or `right` the deals of those ways."""
    blocks: list[Block] = [flows(made, False), flows(made, True)]
    if left or right:
        blocks.append(deals(at, made, left, right))
    if not made.tied:
        blocks.append(Note("The two sides do not add to what is open by the metrics.", "warning"))
    blocks.append(
        Note(
            f"Deals that came and went in between stand in New; {RAISED} and {CUT} are changes of deals on both sides."
        )
    )
    lost = (
        [f"saleswright flow between --since {made.since} --right Lost"]
        if any(one.target == "Lost" for one in made.gone)
        else []
    )
    return Report(
        f"Where did the deals of {told_day(made.since)} go?",
        blocks,
        ways_headline(made),
        next=(
            *lost,
            f"saleswright flow waterfall --since {made.since}",
        ),
    )


def ways_headline(made: Between) -> str:
    """In one sentence: of what was open, so many were won, lost, are open still; so many came in."""
    was = [one for one in made.gone if one.source in made.stages]
    if not was:
        return f"Nothing was open on {told_day(made.since)}; {sum(one.target in made.stages for one in made.gone):,} deals are now."
    told = {name: sum(one.target == name for one in was) for name in ("Won", "Lost")}
    still = sum(one.target in made.stages for one in was)
    came = sum(one.source not in made.stages and one.target in made.stages for one in made.gone)
    moved = sum(one.target in made.stages and one.target != one.source for one in was)
    rest = len(was) - still - sum(told.values())
    other = f", {rest:,} {'is' if rest == 1 else 'are'} counted no longer" if rest else ""
    return (
        f"Of the {len(was):,} deals open on {told_day(made.since)} "
        f"{told['Won']:,} were won, {told['Lost']:,} lost and {still:,} are open "
        f"still ({moved:,} in another stage){other}; {came:,} of those open now came in since."
    )


def told_day(day: date) -> str:
    """A day as people say it: 30 September 2026."""
    return f"{day.day} {day:%B %Y}"


def deals(at: Snapshot, made: Between, left: str, right: str) -> Table:
    """The deals of the chosen ways, the largest first."""
    chosen = [one for one in made.gone if (not left or one.source == left) and (not right or one.target == right)]
    chosen.sort(key=lambda one: (-max(one.then, one.now), one.id))
    shown = chosen[:MOST_DEALS]
    said = called(at, shown)
    columns = (
        Column("deal", "Deal"),
        Column("id", "Id"),
        Column("from", "From"),
        Column("to", "To"),
        Column("then", f"On {made.since}", "money"),
        Column("now", "Now", "money"),
    )
    rows = tuple((said.get(one.id, one.id), one.id, one.source, one.target, *_amounts(made, one)) for one in shown)
    return Table("deals", columns, rows, f"{left or 'Anywhere'} to {right or 'anywhere'}", len(chosen))


def _amounts(made: Between, one: Gone) -> Sequence[Money | None]:
    was, stands = one.source in made.stages, one.target in made.stages or one.target in ("Won", "Lost")
    return [Money(one.then, made.currency) if was else None, Money(one.now, made.currency) if stands else None]
