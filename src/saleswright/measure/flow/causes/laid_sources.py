"""How are sources by speed and the change of the deal size laid out? Each as a report: sentence, tables, and the proof."""

from __future__ import annotations

from dataclasses import replace

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Block, Bridge, Column, Figure, Note, Point, Report, Series, Step, Table
from saleswright.lib.money import Money
from saleswright.measure.flow.causes.laid_out import exact
from saleswright.measure.flow.causes.noise import FEWEST
from saleswright.measure.flow.causes.size import PARTS, Sizes, sizes
from saleswright.measure.flow.causes.speed import Source, speeds
from saleswright.measure.flow.waterfall.said import brief
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.dimensions import dimensions, names
from saleswright.measure.metrics.words import are, plural

CAUSES = {
    "mix": "Mix: more or less of the segments with large deals",
    "list": "Size of orders at list price",
    "discount": "Discounts",
    "rest": "Deals without a list price",
}
OWN_DEALS = "Deal size of each kind"


def sources_report(at: Snapshot, by: str, period: str, where: Pairs) -> Report:
    """How fast each channel or campaign closes."""
    found = speeds(at, by, period, where)
    total = evaluate(at, ask(at, "cycle_life_table_median", (), period, where)).total
    return Report(
        f"Which {by} closes fastest?",
        [total, sources_table(by, found), Note(SPEED), *sources_notes(at, by, found)],
        lede=sources_lede(by, found),
        footer=(sources_proof(by, found),),
        issues=at.stale,
        next=("saleswright measure cycle_life_table_median --by " + by,),
    )


def sources_proof(by: str, found: tuple[Source, ...]) -> str:
    return f"The {by}s add to {plural(sum(one.n for one in found), 'deal')} followed."


SPEED = (
    "Days = the age by which half of all that is ever won is won, open deals counted as still open; the range is 8 in 10. "
    f"Below {FEWEST} wins nothing is ranked."
)


def sources_lede(by: str, found: tuple[Source, ...]) -> str:
    ranked = [one for one in found if not one.thin and one.days.value is not None and one.member]
    quick, slow = [one for one in ranked if one.faster > 0], [one for one in ranked if one.faster < 0]
    if not ranked:
        return f"No {by} has {FEWEST} wins yet, so none can be called fast."
    if not quick and not slow:
        return f"No {by} closes faster or slower than the others by more than chance; {len(ranked)} were compared."
    said = []
    for some, word in ((quick, "faster"), (slow, "slower")):
        if some:
            told = ", ".join(f"{one.label} ({float(str(one.days.value)):.0f} days, {one.won} won)" for one in some[:3])
            said.append(f"{told} {are(len(some), 'closes', 'close')} {word}")
    return f"{'; '.join(said)} than the others, beyond chance."


def sources_table(by: str, found: tuple[Source, ...]) -> Table:
    columns = (
        Column(by, by.capitalize()),
        Column("days", "Middle days to a win", "days"),
        Column("win_rate", "Win rate", "share"),
        Column("n", "Deals", "count"),
        Column("won", "Won", "count"),
        Column("open", "Still open", "count"),
        Column("verdict", "Verdict"),
    )
    rows = tuple((one.label, one.days, one.win_rate, one.n, one.won, one.open, speed_verdict(one)) for one in found)
    return Table("sources", columns, rows, f"How fast each {by} closes")


def speed_verdict(one: Source) -> str:
    if one.thin or one.days.value is None:
        return f"too few to rank ({one.won} won)"
    return {1: "faster than the others", -1: "slower than the others"}.get(one.faster, "within normal variation")


def sources_notes(at: Snapshot, by: str, found: tuple[Source, ...]) -> list[Note]:
    if any(one.member for one in found):
        return []
    column = "Lead Source" if by == "channel" else "Primary Campaign Source"
    return [Note(f"No deal has a {by}: export the CRM's {column} column with the deals.", "warning")]


def speed_series(found: tuple[Source, ...], by: str) -> Series | None:
    points = tuple(Point(one.label, None, one.days) for one in found if not one.thin and one.days.value is not None)
    return Series("speed", by, points, f"Middle days to a win by {by}", "days") if points else None


def size_report(at: Snapshot, by: str, period: str, before: str, where: Pairs) -> Report:
    """Why the deal size changed: the change in parts."""
    made = sizes(at, by, period, before, where)
    blocks: list[Block] = [
        replace(made.was, label=f"Deal size, {made.before.label}"),
        replace(made.is_, label=f"Deal size, {made.now.label}"),
    ]
    if made.parts:
        blocks += [size_bridge(at, made), size_table(at, made)]
    blocks += [Note(text, "warning") for text in (made.why_not,) if text]
    if made.parts and not made.priced:
        blocks.append(Note(NO_PRICES, "warning"))
    return Report(
        "Why does the deal size change?",
        blocks,
        lede=size_lede(at, made),
        footer=(size_proof(at, made),) if made.parts else (),
        issues=at.stale,
        next=("saleswright compare deal_size --by " + by, "saleswright measure discount_depth --by product"),
    )


NO_PRICES = (
    "No list price is known, so price and discount cannot be told apart from what was ordered: import the products with "
    "their list price and the line items (Salesforce: Product2, PricebookEntry and OpportunityLineItem)."
)


def size_proof(at: Snapshot, made: Sizes) -> str:
    return f"The parts add to the change of the mean, {exact(at, made.change)}, to the minor unit."


def size_lede(at: Snapshot, made: Sizes) -> str:
    if not made.parts:
        return f"The change of the deal size cannot be said yet: {made.why_not}."
    change = Money(abs(made.change), at.currency)
    way = "grew" if made.change > 0 else "shrank" if made.change < 0 else "did not change"
    if not made.change:
        return f"The deal size did not change, {made.now.label} against {made.before.label}."
    top = max(causes_of(made), key=lambda cause: made.whole(cause) * (1 if made.change > 0 else -1))
    part, where = (
        Money(abs(made.whole(top)), at.currency),
        SHORT[top] if made.priced or top == "mix" else "the deals of each kind",
    )
    sure = "" if made.apart else " The ranges of the two overlap, so it may be chance."
    return (
        f"The deal size {way} by {brief(change)}, {made.now.label} against {made.before.label}; "
        f"{brief(part)} of it in {where}.{sure}"
    )


SHORT = {
    "mix": "the mix of kinds",
    "list": "what is ordered at list price",
    "discount": "discounts",
    "rest": "deals without a list price",
}


def causes_of(made: Sizes) -> tuple[str, ...]:
    """The causes that can be told apart: without list prices, the mix and the segments' own deals."""
    return PARTS if made.priced else ("mix", "rest")


def called(made: Sizes, cause: str) -> str:
    return OWN_DEALS if cause == "rest" and not made.priced else CAUSES[cause]


def size_bridge(at: Snapshot, made: Sizes) -> Bridge:
    steps = [Step("before", made.before.label, replace(made.was, label=""), kind="end")]
    for cause in causes_of(made):
        minor, words = made.whole(cause), called(made, cause)
        figure = Figure(cause, Money(minor, at.currency), "money", words)
        steps.append(Step(cause, words.partition(":")[0], figure, tone="good" if minor >= 0 else "bad"))
    steps.append(Step("now", made.now.label, replace(made.is_, label=""), kind="end"))
    return Bridge("size", tuple(steps), "Why the deal size changed", "money", size_proof(at, made))


def size_table(at: Snapshot, made: Sizes) -> Table:
    causes = causes_of(made)
    columns = (
        Column("kind", made.by.replace("_", " ").capitalize()),
        *(Column(cause, called(made, cause).partition(":")[0], "money") for cause in causes),
        Column("before", "Won before", "count"),
        Column("now", "Won now", "count"),
    )
    parts = {(one.cause, one.member): one.minor for one in made.parts}
    rows = []
    for member, was, is_ in made.members:
        values = [Money(parts[c, member], at.currency) if (c, member) in parts else None for c in causes]
        rows.append((member or "(none)", *values, was, is_))
    return labelled(at, made.by, Table("parts", columns, tuple(rows), "The parts by kind of deal"))


def labelled(at: Snapshot, by: str, table: Table) -> Table:
    """A table whose first column are members of a split, with the words for them."""
    ref = dimensions(at.schema)[by].ref
    called = names(at, ref, [str(row[0]) for row in table.rows]) if ref else {}
    return replace(table, rows=tuple((called.get(str(row[0]), row[0]), *row[1:]) for row in table.rows))
