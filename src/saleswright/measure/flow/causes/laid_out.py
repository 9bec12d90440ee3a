"""How are bottlenecks, stuck deals, moved dates and losses laid out? Each as a report: sentence, tables, and the proof."""

from __future__ import annotations

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import TIERS, lacking
from saleswright.kernel.report import Cell, Column, Figure, Note, Point, Report, Series, Table
from saleswright.lib.money import Money
from saleswright.measure.flow.causes.bottleneck import Bottlenecks, Stage, bottlenecks, period_of
from saleswright.measure.flow.causes.losses import Lost, lost
from saleswright.measure.flow.causes.noise import FEWEST
from saleswright.measure.flow.causes.stuck import Stuck, stuck, worth
from saleswright.measure.flow.causes.visits import issues, visits
from saleswright.measure.flow.waterfall.said import brief
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.dimensions import dimensions, names
from saleswright.measure.metrics.words import are, plural

MOST_DEALS = 50
NOBODY = {"stage": "(stage not told)", "lost_reason": "(no reason given)", "competitor": "(no competitor named)"}


def money(at: Snapshot, minor: int) -> Money:
    return Money(minor, at.currency)


def exact(at: Snapshot, minor: int) -> str:
    """An amount in a proof, to the minor unit."""
    return f"{at.currency} {money(at, minor).decimal:,}"


def needs_history(at: Snapshot) -> str:
    """What to import so that stages can be followed; empty where the record has it."""
    return f"{lacking(at, 2)} To get there: {TIERS[1].how}." if lacking(at, 2) else ""


def whole(at: Snapshot, metric: str, period: str, where: Pairs) -> Figure:
    """The metric's own figure, with the reference that opens its rows."""
    return evaluate(at, ask(at, metric, (), period, where)).total


def times(count: int, one: str, many: str) -> str:
    """A count with its word, of words that take no plain s."""
    return f"{count:,} {one if count == 1 else many}"


def groups(at: Snapshot, metric: str, by: str, period: str, where: Pairs) -> dict[tuple[str, ...], Figure]:
    """The metric's own figures by a split, with the references that open their rows."""
    known = dimensions(at.schema)
    return evaluate(at, ask(at, metric, (by,), period, where)).groups if by in known else {}


def causes_report(at: Snapshot, by: str, period: str, where: Pairs, against: str) -> Report:
    """Bottlenecks by value lost, with what was lost as the metrics tell it."""
    gone = lost(at, by, period, where)
    tiles = [whole(at, "lost_value", period, where), whole(at, "lost_deals", period, where)]
    missing = needs_history(at)
    title = "Where is value lost?"
    if missing:
        return Report(title, [*tiles, Note(missing, "warning")], lede=_untold_lede(gone), issues=at.stale)
    span = period_of(at, period)
    made = bottlenecks(at, visits(at, (by,), where), gone, span, by, against)
    ties(made, tiles, gone)
    return Report(
        title,
        [*tiles, bottleneck_table(at, made), *bottleneck_notes(made)],
        lede=bottleneck_lede(at, made, span.label),
        footer=(proof(at, made),),
        issues=(*at.stale, *issues(at, [one.name for one in made.stages])),
        next=("saleswright flow stuck", "saleswright flow losses", "saleswright flow coaching"),
    )


def ties(made: Bottlenecks, tiles: list[Figure], gone: Lost) -> None:
    """AssertionError where the stages do not add up to what the metrics say was lost."""
    value, deals = tiles[0].value, tiles[1].value
    if isinstance(value, Money) and value.minor != made.lost_value:
        raise AssertionError(f"the stages lost {made.lost_value}, the metric {value.minor}")
    if isinstance(deals, int) and (deals != made.lost or deals != len(gone.deals)):
        raise AssertionError(f"the stages lost {made.lost} deals, the metric {deals}")


def proof(at: Snapshot, made: Bottlenecks) -> str:
    other = f", {plural(made.untold, 'deal')} of no told stage among them" if made.untold else ""
    return f"The stages add to what was lost: {plural(made.lost, 'deal')}, {exact(at, made.lost_value)}{other}."


def _untold_lede(gone: Lost) -> str:
    return f"{plural(len(gone.deals), 'deal')} {are(len(gone.deals), 'was', 'were')} lost; at which stage cannot be said yet."


def bottleneck_lede(at: Snapshot, made: Bottlenecks, label: str) -> str:
    """The sentence on top: the worst stage, or that none stands out."""
    if not made.ranked:
        judged = sum(1 for one in made.stages if one.value_lost is not None)
        if not judged:
            return f"No stage has {FEWEST} decided deals and a past to compare them with, {label}."
        return f"No stage loses more than its usual share beyond chance, {label}; {judged} were compared."
    top = made.ranked[0]
    others = f" It is the first of {len(made.ranked)} such stages." if len(made.ranked) > 1 else ""
    return (
        f"Most value is lost at {top.name}: {top.passed / top.n:.0%} of {top.n:,} decided deals got further, "
        f"{float(top.usual or 0):.0%} {'in its ' if top.against == 'own past' else 'of '}{top.against}; "
        f"the difference is {brief(money(at, top.value_lost or 0))}, {label}.{others}"
    )


def bottleneck_table(at: Snapshot, made: Bottlenecks) -> Table:
    columns = (
        Column("stage", "Stage"),
        Column("rank", "Rank", "count"),
        Column("value_lost", "Value lost beyond the usual", "money"),
        Column("verdict", "Verdict"),
        Column("rate", "Get further", "share"),
        Column("usual", "Usually", "share"),
        Column("against", "Usual is"),
        Column("n", "Decided", "count"),
        Column("lost", "Lost there", "count"),
        Column("lost_value", "Lost value", "money"),
        Column("stuck", "Stuck there", "count"),
        Column("stuck_value", "Stuck value", "money"),
        Column("best", "Best segment"),
        Column("best_rate", "Its share", "share"),
    )
    ranks = {one.name: place for place, one in enumerate(made.ranked, 1)}
    order = sorted(made.stages, key=lambda one: ranks.get(one.name, 10**6))
    rows: list[tuple[Cell | Figure, ...]] = [_stage_row(at, one, ranks.get(one.name)) for one in order]
    if made.untold:
        value = money(at, made.untold_value)
        empty = (None, None, "", None, made.untold, value, None, None, "", None)
        rows.append((NOBODY["stage"], None, None, "not told", *empty))
    return Table("bottlenecks", columns, tuple(rows), "Where deals stop, and what that is worth")


def _stage_row(at: Snapshot, one: Stage, rank: int | None) -> tuple[Cell | Figure, ...]:
    lost_more = None if one.value_lost is None else money(at, one.value_lost)
    rate = one.passed / one.n if one.n else None
    usual = None if one.usual is None else float(one.usual)
    best = (one.best[0], one.best[1]) if one.best[0] else ("", None)
    there = (one.lost, money(at, one.lost_value), one.stuck, money(at, one.stuck_value))
    return (one.name, rank, lost_more, verdict(one), rate, usual, one.against, one.n, *there, *best)


def verdict(one: Stage) -> str:
    """Is it a bottleneck, within normal variation, or not to be said?"""
    if one.n < FEWEST:
        return f"too few to rank (n = {one.n})"
    if one.usual is None:
        return "nothing to compare with yet"
    if one.beyond and one.value_lost:
        return "more than usual"
    return "within normal variation" if one.more else "no more than usual"


def bottleneck_notes(made: Bottlenecks) -> list[Note]:
    """What the words mean, once."""
    said = [
        "Decided = got further, lost there, or stuck there at the end beyond the stage's own threshold. Value lost is the "
        "part of the failed value that the usual share would have passed on; it says where, not why.",
        f"The usual share is that of {times(made.stretches, 'stretch', 'stretches')}"
        " of the same length before, or of the best comparable segment where that past is too short or when asked.",
    ]
    return [Note(text) for text in said]


def value_series(made: Bottlenecks, at: Snapshot) -> Series | None:
    """Value lost beyond the usual by stage, as a chart."""
    points = tuple(
        Point(
            one.name, None, Figure("value_lost", money(at, one.value_lost), "money", f"Value lost at {one.name}", one.n)
        )
        for one in made.stages
        if one.value_lost is not None
    )
    return Series("value_lost", "stage", points, "Value lost beyond the usual, by stage", "money") if points else None


def stuck_report(at: Snapshot, where: Pairs) -> Report:
    """Open deals beyond their stage's threshold, and the thresholds."""
    missing = needs_history(at)
    title = "Which deals are stuck in their stage?"
    tiles = [whole(at, "open_deals", "all", where), whole(at, "open_pipeline", "all", where)]
    if missing:
        return Report(
            title, [*tiles, Note(missing, "warning")], lede="Since when a deal is in its stage is not told yet."
        )
    made = stuck(at, where)
    return Report(
        title,
        [*tiles, stuck_stages(at, made), stuck_deals(at, made), *stuck_notes(at)],
        lede=stuck_lede(at, made),
        footer=(stuck_proof(at, made, tiles),),
        issues=(*at.stale, *issues(at, list(made.thresholds))),
        next=("saleswright flow causes", "saleswright review scrub"),
    )


def stuck_lede(at: Snapshot, made: Stuck) -> str:
    held = made.deals
    if not held:
        return f"None of {plural(len(made.open), 'open deal')} has stood in its stage longer than the threshold."
    count = plural(len(held), "deal")
    return f"{count} of {len(made.open):,} open, {brief(money(at, worth(held)))}, stand in their stage longer than its threshold."


def stuck_stages(at: Snapshot, made: Stuck) -> Table:
    columns = (
        Column("stage", "Stage"),
        Column("threshold", "Stuck after", "days"),
        Column("from", "Visits it is taken from", "count"),
        Column("open", "Open there", "count"),
        Column("stuck", "Stuck", "count"),
        Column("value", "Stuck value", "money"),
    )
    rows: list[tuple[Cell | Figure, ...]] = []
    for name, limit in made.thresholds.items():
        there = made.of(name)
        held = tuple(one for one in there if one.stuck)
        rows.append((name, limit.days, limit.n, len(there), len(held), money(at, worth(held))))
    untold_ = tuple(one for one in made.open if not one.stage)
    if untold_:
        rows.append((NOBODY["stage"], None, None, len(untold_), None, None))
    return Table("thresholds", columns, tuple(rows), "How long is too long?")


def stuck_deals(at: Snapshot, made: Stuck, most: int = MOST_DEALS) -> Table:
    held = made.deals
    shown = held[:most]
    people, deals = names(at, "person", [one.owner for one in shown]), names(at, "deal", [one.deal for one in shown])
    columns = (
        Column("deal", "Deal"),
        Column("owner", "Owner"),
        Column("stage", "Stage"),
        Column("days", "There for", "days"),
        Column("beyond", "Beyond by", "days"),
        Column("amount", "Amount", "money"),
    )
    rows = tuple(
        (
            deals.get(one.deal, one.deal),
            people.get(one.owner, one.owner) or "(nobody)",
            one.stage,
            one.days,
            one.beyond,
            None if one.value is None else money(at, one.value),
        )
        for one in shown
    )
    rest = held[most:]
    footer = f"The others: {plural(len(rest), 'deal')}, {brief(money(at, worth(rest)))}." if rest else ""
    return Table("stuck", columns, rows, "Stuck deals, the largest first", len(held), footer)


def stuck_notes(at: Snapshot) -> list[Note]:
    rule = visits(at).rule
    where = f" ({rule.where})" if rule.where else "; kind: stuck sets another, or days by stage"
    return [Note(f"Stuck = longer in the stage than {rule.quantile:.0%} of the visits to it that ended{where}.")]


def stuck_proof(at: Snapshot, made: Stuck, tiles: list[Figure]) -> str:
    """AssertionError where the open deals are not those of the metrics."""
    n, value = tiles[0].value, tiles[1].value
    if n != len(made.open) or (isinstance(value, Money) and value.minor != worth(made.open)):
        raise AssertionError(f"{len(made.open)} open deals, {worth(made.open)}, are not {n}, {value}")
    there = len(made.open) - len(made.deals)
    return f"Stuck {len(made.deals):,} and not stuck {there:,} add to {len(made.open):,} open deals, {exact(at, worth(made.open))}."
