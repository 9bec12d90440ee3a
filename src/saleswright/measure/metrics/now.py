"""Where do we stand? The first screen: what the CRM calls open taken apart to the cent, and the figures that count.

Nothing is measured on "open" before it is told what of it counts: qualified new business by when it is due, past due
apart, what is not qualified, renewals, and what a rule leaves out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import TIERS, Data, before_first, tier
from saleswright.kernel.action import action
from saleswright.kernel.report import Block, Column, Figure, Note, Report, Table
from saleswright.lib.issue import Issue
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.metrics.actions import Where
from saleswright.measure.metrics.apart import OF_QUALIFIED, Apart, Pairs, Part, money, names_of, taken_apart
from saleswright.measure.metrics.asked import ask, catalogue
from saleswright.measure.metrics.compute import Result, evaluate
from saleswright.measure.metrics.rates import Rates, missing_rates
from saleswright.measure.metrics.words import are, plural

YEAR = "last 12 months"
LAST = date(9998, 12, 31)
NOT_TOLD = "cannot say: one export does not tell the close dates of that day"


@dataclass(frozen=True)
class First:
    """Everything on the first screen, measured once for every face."""

    quarter: Period
    apart: Apart
    tiles: tuple[Figure, ...]
    renewals: Figure
    table: Table
    currencies: Table | None
    data: Data
    checks: tuple[str, ...]
    notes: tuple[Note, ...]
    issues: tuple[Issue, ...]
    lede: str
    next: tuple[str, ...]


@action(effect="read", example={}, title="Where do we stand?")
def now(at: Snapshot, where: Where = ()) -> Report:
    """Say where we stand: everything the CRM calls open taken apart to the cent, what was won, and how we win.

    Open deals are told apart before anything is measured on them: due this quarter, due later, past due, without a
    date, not qualified, renewals, and what a rule of yours leaves out. Without exchange rates each currency stands for
    itself.
    """
    first = first_screen(at, where)
    blocks: list[Block] = [*first.tiles, first.renewals, first.table]
    if first.currencies:
        blocks.append(first.currencies)
    blocks.append(_tiers(first.data))
    blocks += [Note(text, "check") for text in first.checks]
    blocks += first.notes
    return Report("Where do we stand?", blocks, lede=first.lede, issues=(*first.issues, *at.stale), next=first.next)


def first_screen(at: Snapshot, where: Pairs = ()) -> First:
    """Measure the first screen. Filters hold for every figure on it."""
    quarter = at.workspace.calendar.containing("quarter", at.day)
    apart = taken_apart(at, where)
    made = {
        "open_due": _measured(at, "open_due", where, "all", f"Open, due in {quarter.label}"),
        "past_due": _measured(at, "past_due", where, "all", "Past due, still open"),
        "won_value": _measured(at, "won_value", where, str(quarter), f"Won in {quarter.label}"),
        "win_rate": _measured(at, "win_rate", where, YEAR, "Win rate, 12 months"),
        "sales_cycle": _measured(at, "sales_cycle", where, YEAR, "Sales cycle, 12 months"),
        "won_renewals": _measured(at, "won_renewals", where, str(quarter), f"Renewals won in {quarter.label}"),
    }
    figures = {name: one.total for name, one in made.items()}
    if apart.undated:
        for name in ("open_due", "past_due"):
            figures[name] = replace(figures[name], value=None, reason=NOT_TOLD)
    renewals = figures.pop("won_renewals")
    tiles = (apart.whole.amount, *figures.values())
    rates = missing_rates(at, (ask(at, "crm_open", (), "all", where), *(one.asked for one in made.values())))
    currencies, checks = _by_currency(at, where, quarter) if rates else (None, ())
    _, issues = catalogue(at)
    said = dict.fromkeys(f"{one.total.label}: {note}" for one in made.values() for note in one.notes)
    return First(
        quarter,
        apart,
        tiles,
        renewals,
        _table(apart, amounts=apart.added),
        currencies,
        tier(at),
        (*apart.checks, *checks),
        (
            *_notes(at, apart, tiles, renewals, quarter, where, rates),
            *_still_to_come(at, quarter, where),
            *(Note(text) for text in said),
        ),
        issues,
        _lede(apart),
        (*((rates.command,) if rates else ()), "saleswright measure open_pipeline --by due", "saleswright junk"),
    )


def _measured(at: Snapshot, name: str, where: Pairs, period: str, label: str) -> Result:
    result = evaluate(at, ask(at, name, (), period, where))
    return replace(result, total=replace(result.total, label=label))


def _still_to_come(at: Snapshot, quarter: Period, where: Pairs) -> list[Note]:
    """Deals that are decided already, on a day that has not come: said, for a period counts them."""
    after = date.fromordinal(at.day.toordinal() + 1)

    def count(name: str, end: date) -> int:
        return evaluate(at, ask(at, name, (), f"{after}..{end}", where)).total.n or 0 if after <= end else 0

    won, lost = count("won_deals", LAST), count("lost_deals", LAST)
    if not won + lost:
        return []
    here = count("won_deals", date.fromordinal(quarter.end.toordinal() - 1))
    parts = [plural(n, f"{word} deal") for n, word in ((won, "won"), (lost, "lost")) if n]
    counted = (
        f"; Won in {quarter.label} counts {'them' if here == won and not lost else f'{here:,} of them'}" if here else ""
    )
    return [Note(f"{' and '.join(parts)} {are(won + lost, 'closes', 'close')} after {at.day}{counted}.", "warning")]


def _table(apart: Apart, amounts: bool) -> Table:
    """The parts under each other, the whole below; without amounts where they cannot be added."""
    columns = (
        Column("part", "Part"),
        *((Column("amount", "Amount", "money"),) if amounts else ()),
        Column("deals", "Deals", "count"),
        Column("missing", "Without amount", "count"),
    )
    rows = [
        (part.label, *((part.amount,) if amounts else ()), part.deals, part.missing)
        for part in (*apart.parts, apart.whole)
    ]
    return Table("open_apart", columns, tuple(rows), "What the CRM calls open, and what we count")


def _by_currency(at: Snapshot, where: Pairs, quarter: Period) -> tuple[Table, tuple[str, ...]]:
    """Every part in every currency, each in its own money: no rate is needed to say that much."""
    labels = {name: label for name, label, _ in names_of(at)}
    found: list[tuple[str, Apart, Figure]] = []
    wanted = {member.upper() for name, member in where if name == "currency"}
    others = tuple(pair for pair in where if pair[0] != "currency")
    for code in at.currencies:
        if wanted and code not in wanted:
            continue
        own, mine = replace(at, currency=code), (*others, ("currency", code))
        won = _measured(own, "won_value", mine, str(quarter), f"Won in {code}").total
        found.append((code, taken_apart(own, mine), won))
    shown = [name for name in labels if any(apart.part(name) for _, apart, _ in found)]
    columns = (
        Column("currency", "Currency"),
        Column("crm_open", "CRM open", "money"),
        *(Column(name, labels[name], "money") for name in shown),
        Column("won", f"Won in {quarter.label}", "money"),
        Column("deals", "Open deals", "count"),
        Column("missing", "Without amount", "count"),
    )
    rows = []
    for code, apart, won in found:
        parts = [_held(apart.part(name)) for name in shown]
        booked = won if won.n or won.excluded else None
        rows.append((code, apart.whole.amount, *parts, booked, apart.whole.deals, apart.whole.missing))
    return Table("by_currency", columns, tuple(rows), "By currency"), tuple(apart.checks[0] for _, apart, _ in found)


def _held(part: Part | None) -> Figure | None:
    """The amount of a part that has deals."""
    return part.amount if part and part.count else None


def _tiers(data: Data) -> Table:
    """What this data lets one say, what not yet, and how to get there."""
    rows = tuple((one.name, data.has(one.number), one.lets, one.cannot, one.how) for one in TIERS)
    columns = (
        Column("tier", "Data"),
        Column("here", "Here"),
        Column("lets", "Lets you say"),
        Column("cannot", "Not yet"),
        Column("how", "How to get there"),
    )
    return Table("tiers", columns, rows, "What can this data tell?")


def _notes(
    at: Snapshot,
    apart: Apart,
    tiles: tuple[Figure, ...],
    renewals: Figure,
    quarter: Period,
    where: Pairs,
    rates: Rates | None,
) -> list[Note]:
    early = before_first(at)
    notes = [Note(early, "warning")] if early else []
    if rates:
        notes.append(Note(rates.text(at), "warning"))
    notes += [*_other_definitions(at, tiles, apart, where), _about_renewals(apart, renewals, quarter)]
    if apart.whole.missing:
        text = f"Open deals without an amount: {apart.whole.missing:,}. They count as deals and add to no amount."
        notes.append(Note(text))
    return notes


def _other_definitions(at: Snapshot, tiles: tuple[Figure, ...], apart: Apart, where: Pairs) -> list[Note]:
    """Where a metric of yours is defined otherwise than the part it is called by, both are said."""
    notes = []
    for name, part in (("open_due", apart.part("due")), ("past_due", apart.part("past_due"))):
        figure = next(tile for tile in tiles if tile.name == name)
        if part and (figure.value, figure.n) != (part.amount.value, part.amount.n):
            definition = ask(at, name, (), "all", where).metric.definition.where()
            text = f"{figure.label} is {name} as {definition} defines it; the part {part.label} is of all open deals."
            notes.append(Note(text, "warning"))
    return notes


def _about_renewals(apart: Apart, won: Figure, quarter: Period) -> Note:
    still = apart.part("renewals")
    held = still.count if still else 0
    if not held and not (won.n or won.excluded):
        text = (
            "No open deal and no deal won this quarter is marked as a renewal, so new-business figures leave none out."
        )
        return Note(text)
    worth = f", {money(still.amount.value)}" if still and isinstance(still.amount.value, Money) else ""
    booked = f", {money(won.value)}" if isinstance(won.value, Money) else ""
    return Note(
        f"New-business figures leave renewals out: {held:,} open{worth}; {won.n or 0:,} won in {quarter.label}{booked}."
    )


def _lede(apart: Apart) -> str:
    if not apart.whole.count:
        return "The CRM calls no deal open."
    qualified, past, ruled = apart.deals(*OF_QUALIFIED), apart.deals("past_due"), apart.deals("left_out")
    rest = f", {ruled:,} left out by a rule" if ruled else ""
    late = f"{past:,} of the qualified {are(past)} past due"
    if apart.undated:
        late = "which of them were past due is not known"
    return (
        f"{plural(apart.whole.count, 'deal')} {are(apart.whole.count)} open in the CRM: {qualified:,} "
        f"qualified, {apart.deals('not_qualified'):,} not qualified, {plural(apart.deals('renewals'), 'renewal')}{rest}; "
        f"{late}."
    )
