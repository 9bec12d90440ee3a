"""How are moved close dates and the loss map laid out? Each as a report: sentence, tables, and the proof."""

from __future__ import annotations

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import lacking
from saleswright.kernel.report import Block, Cell, Column, Figure, Note, Report, Table
from saleswright.lib.money import Money
from saleswright.measure.flow.causes.bottleneck import period_of
from saleswright.measure.flow.causes.laid_out import NOBODY, exact, groups, money, needs_history, times, whole
from saleswright.measure.flow.causes.losses import Lost, lost, untold
from saleswright.measure.flow.causes.moves import Moved, moved
from saleswright.measure.flow.causes.noise import FEWEST
from saleswright.measure.flow.causes.visits import visits
from saleswright.measure.flow.waterfall.said import brief
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.dimensions import dimensions, names
from saleswright.measure.metrics.words import are, plural

MOST_CELLS = 40
WORDS = {"stage": "Stage", "lost_reason": "Reason", "competitor": "Competitor"}


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
    return (
        f"The owners add to {times(len(made.pushes), 'push', 'pushes')} and {times(len(made.pulls), 'pull', 'pulls')}."
    )


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
    later, earlier = (groups(at, name, "owner", str(made.period), made.where) for name in ("pushes", "pulls"))
    rows = tuple(
        (
            called.get(one.owner, one.owner) or "(nobody)",
            one.rate,
            one.open,
            later.get((one.owner,), one.pushes),
            one.push_days,
            money(at, one.pushed),
            earlier.get((one.owner,), one.pulls),
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
    n, worth_ = (groups(at, name, down, made.period, made.where) for name in ("lost_deals", "lost_value"))
    rows: list[tuple[Cell | Figure, ...]] = []
    for one in made.cells((down,)):
        across = [cells.get((one.key[0], s)) for s in stages]
        values = [None if c is None else money(at, c.value) for c in across]
        rows.append(
            (
                one.key[0] or NOBODY.get(down, "(none)"),
                *values,
                n.get(one.key, one.n),
                worth_.get(one.key, money(at, one.value)),
            )
        )
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
