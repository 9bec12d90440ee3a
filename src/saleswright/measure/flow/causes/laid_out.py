"""How are bottlenecks, stuck deals, moved dates and losses laid out? Each as a report: sentence, tables, and the proof."""

from __future__ import annotations

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import TIERS, lacking
from saleswright.kernel.report import Block, Cell, Column, Figure, Note, Point, Report, Series, Table
from saleswright.lib.money import Money
from saleswright.measure.flow.causes.bottleneck import Bottlenecks, Stage, bottlenecks, period_of
from saleswright.measure.flow.causes.losses import Lost, lost, untold
from saleswright.measure.flow.causes.moves import Moved, moved
from saleswright.measure.flow.causes.noise import FEWEST
from saleswright.measure.flow.causes.stuck import Stuck, stuck, worth
from saleswright.measure.flow.causes.visits import issues, visits
from saleswright.measure.flow.waterfall.said import brief
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.dimensions import dimensions, names
from saleswright.measure.metrics.words import are, plural

MOST_CELLS = 40
MOST_DEALS = 50
NOBODY = {"stage": "(stage not told)", "lost_reason": "(no reason given)", "competitor": "(no competitor named)"}
WORDS = {"stage": "Stage", "lost_reason": "Reason", "competitor": "Competitor"}


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
        f"The usual share is that of {_times(made.stretches, 'stretch', 'stretches')}"
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


def pushes_report(at: Snapshot, period: str, where: Pairs) -> Report:
    """Moved close dates by owner."""
    missing = needs_history(at)
    title = "Whose close dates move?"
    if missing:
        return Report(title, [Note(missing, "warning")], lede="Moved close dates are not told by one export.")
    span = period_of(at, period)
    made = moved(at, span, where)
    tiles = [whole(at, "pushes", str(span), where), whole(at, "pulls", str(span), where)]
    if tiles[0].value != len(made.pushes) or tiles[1].value != len(made.pulls):
        raise AssertionError("the owners' moves are not those of the metrics")
    return Report(
        title,
        [*tiles, pushes_table(at, made), Note(RATE)],
        lede=pushes_lede(at, made, span.label),
        footer=(pushes_proof(made),),
        issues=at.stale,
        next=("saleswright measure push_rate --by owner", "saleswright flow coaching"),
    )


RATE = (
    "Rate = pushes for each deal of the owner that was open on any day of the period. Whose rate differs by more than "
    "chance is in the coaching list."
)


def pushes_proof(made: Moved) -> str:
    return f"The owners add to {_times(len(made.pushes), 'push', 'pushes')} and {_times(len(made.pulls), 'pull', 'pulls')}."


def _times(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def pushes_lede(at: Snapshot, made: Moved, label: str) -> str:
    if not len(made.pushes):
        return f"No close date was moved to a later day, {label}."
    days = int(made.pushes.fields["days"].sum())
    return (
        f"Close dates were moved later {len(made.pushes):,} times, {label}, by {days / len(made.pushes):.0f} days on average: "
        f"{made.rate or 0:.2f} for each open deal; {len(made.pulls):,} were pulled in."
    )


def pushes_table(at: Snapshot, made: Moved) -> Table:
    called = names(at, "person", [one.owner for one in made.owners])
    columns = (
        Column("owner", "Owner"),
        Column("rate", "Pushes per open deal", "number"),
        Column("open", "Open deals", "count"),
        Column("pushes", "Pushes", "count"),
        Column("days", "Days pushed", "count"),
        Column("amount", "Amount pushed", "money"),
        Column("pulls", "Pulls", "count"),
        Column("pull_days", "Days pulled", "count"),
        Column("pulled", "Amount pulled", "money"),
    )
    rows = tuple(
        (
            called.get(one.owner, one.owner) or "(nobody)",
            one.rate,
            one.open,
            one.pushes,
            one.push_days,
            money(at, one.pushed),
            one.pulls,
            one.pull_days,
            money(at, one.pulled),
        )
        for one in made.owners
    )
    return Table("pushes", columns, rows, "Moved close dates by owner, the most money first")


def losses_report(at: Snapshot, by: str, period: str, where: Pairs) -> Report:
    """The loss map: every lost deal in one cell."""
    made = lost(at, by, period, where)
    tiles = [whole(at, "lost_deals", period, where), whole(at, "lost_value", period, where)]
    if tiles[0].value != len(made.deals) or (isinstance(tiles[1].value, Money) and tiles[1].value.minor != made.worth):
        raise AssertionError("the cells are not what the metrics say was lost")
    blocks: list[Block] = [*tiles]
    if len(made.deals):
        blocks += [loss_map(at, made), loss_cells(at, made, by)]
    return Report(
        "What is lost, where, why and to whom?",
        [*blocks, *loss_notes(at, made, by)],
        lede=losses_lede(at, made, period_of(at, period).label),
        footer=(losses_proof(at, made),),
        issues=at.stale,
        next=("saleswright flow causes", "saleswright measure lost_value --by lost_reason"),
    )


def losses_proof(at: Snapshot, made: Lost) -> str:
    return f"The cells add to {plural(len(made.deals), 'lost deal')}, {exact(at, made.worth)}."


def losses_lede(at: Snapshot, made: Lost, label: str) -> str:
    if not len(made.deals):
        return f"No deal was lost, {label}."
    n, value = plural(len(made.deals), "deal"), brief(money(at, made.worth))
    told = (
        [one for one in made.cells(("lost_reason",)) if one.key[0] and not one.thin]
        if "lost_reason" in made.splits
        else []
    )
    none = untold(made, "lost_reason") if "lost_reason" in made.splits else len(made.deals)
    most = ""
    if told:
        most = f" Most value went to {told[0].key[0]}: {told[0].n:,} deals, {brief(money(at, told[0].value))}."
    return f"{n}, {value}, were lost, {label}; of {none:,} nobody told why.{most}"


def loss_map(at: Snapshot, made: Lost) -> Table:
    """Reasons down, stages across, value in the cells, tinted by size."""
    stages = [key[0] for key in (one.key for one in made.cells(("stage",)))]
    order = visits(at).stages if not lacking(at, 2) else []
    stages.sort(key=lambda s: (order.index(s) if s in order else 99, s))
    down = "lost_reason" if "lost_reason" in made.splits else made.splits[-1]
    cells = {one.key: one for one in made.cells((down, "stage"))}
    columns = [Column(down, WORDS.get(down, down.capitalize()))]
    columns += [Column(f"stage_{i}", s or NOBODY["stage"], "money") for i, s in enumerate(stages)]
    columns += [Column("n", "Deals", "count"), Column("value", "Lost value", "money")]
    rows = []
    for one in made.cells((down,)):
        across = [cells.get((one.key[0], s)) for s in stages]
        values = [None if c is None else money(at, c.value) for c in across]
        rows.append((one.key[0] or NOBODY.get(down, "(none)"), *values, one.n, money(at, one.value)))
    shade = tuple(f"stage_{i}" for i in range(len(stages)))
    return Table("loss_map", tuple(columns), tuple(rows), "Lost value by reason and stage", shade=shade)


def loss_cells(at: Snapshot, made: Lost, by: str, most: int = MOST_CELLS) -> Table:
    known = dimensions(at.schema)
    called = {split: names(at, known[split].ref, {str(m) for m in made.deals.groups[split] if m}) if known[split].ref else {}
              for split in made.splits if split != "stage"}  # fmt: skip
    cells = made.cells()
    columns = [Column(split, WORDS.get(split) or known[split].label) for split in made.splits]
    columns += [Column("n", "Deals", "count"), Column("value", "Lost value", "money")]
    rows: list[tuple[Cell | Figure, ...]] = [
        (
            *(
                called.get(split, {}).get(member, member) or NOBODY.get(split, "(none)")
                for split, member in zip(made.splits, one.key, strict=True)
            ),
            one.n,
            money(at, one.value),
        )
        for one in cells[:most]
    ]
    rest = cells[most:]
    footer = f"Cells with fewer than {FEWEST} deals come last and are not ranked."
    if rest:
        left = f"The others: {sum(one.n for one in rest):,} deals, {brief(money(at, sum(one.value for one in rest)))}."
        footer = f"{left} {footer}"
    return Table("cells", tuple(columns), tuple(rows), "Every lost deal in one cell", len(cells), footer)


def loss_notes(at: Snapshot, made: Lost, by: str) -> list[Note]:
    notes = []
    if len(made.deals):
        for split, what in (("lost_reason", "a loss reason"), ("competitor", "the competitor")):
            none = untold(made, split) if split in made.splits else len(made.deals)
            if none == len(made.deals):
                column = "Loss Reason" if split == "lost_reason" else "Competitor"
                notes.append(
                    Note(f"No lost deal has {what}: export the CRM's {column} column with the deals.", "warning")
                )
    if needs_history(at):
        notes.append(Note(needs_history(at), "warning"))
    no_amount = len(made.deals) - len(made.value)
    if no_amount:
        notes.append(
            Note(f"{plural(no_amount, 'lost deal')} {are(no_amount, 'has', 'have')} no amount and count without one.")
        )
    return notes


__all__ = [
    "causes_report",
    "losses_report",
    "pushes_report",
    "stuck_report",
]
