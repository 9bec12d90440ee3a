"""Where do we stand? The first screen: what the CRM calls open taken apart to the cent, and the figures that count.

Nothing is measured on "open" before it is told what of it counts: qualified new business by when it is due, past due
apart, what is not qualified, renewals, and what a rule leaves out. The parts are added up and held against the whole,
which comes from a query of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import TIERS, Data, before_first, tier
from saleswright.kernel.action import action
from saleswright.kernel.report import Block, Column, Figure, Note, Report, Table
from saleswright.lib.issue import Issue
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.metrics import due
from saleswright.measure.metrics.actions import Where
from saleswright.measure.metrics.asked import Asked, ask, catalogue
from saleswright.measure.metrics.compute import evaluate, reference, sums
from saleswright.measure.metrics.figures import Sums, finish

Pairs = tuple[tuple[str, str], ...]
YEAR = "last 12 months"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of what the CRM calls open: its amount, its deals, and how many of them have no amount."""

    name: str
    label: str
    amount: Figure
    deals: Figure
    missing: int


@dataclass(frozen=True)
class Apart:
    """What the CRM calls open and its parts, in one currency, with the sentences that prove they add up."""

    whole: Part
    parts: tuple[Part, ...]
    checks: tuple[str, ...]

    def part(self, name: str) -> Part | None:
        return next((part for part in self.parts if part.name == name), None)

    def deals(self, *names: str) -> int:
        """How many deals stand in the parts of these names."""
        return sum(_whole(part.deals) for part in self.parts if part.name in names)


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


OF_QUALIFIED = ("due", "due_next", "due_later", "past_due", "no_date")
ALWAYS = ("due", "past_due", "not_qualified", "renewals")


@action(effect="read", example={}, title="Now")
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
    return Report(
        "Where do we stand?",
        blocks,
        lede=first.lede,
        issues=(*first.issues, *at.stale),
        next=("saleswright measure open_pipeline --by due", "saleswright measure crm_open --by counted"),
    )


def first_screen(at: Snapshot, where: Pairs = ()) -> First:
    """Measure the first screen. Filters hold for every figure on it."""
    quarter = at.workspace.calendar.containing("quarter", at.day)
    apart = taken_apart(at, where)
    won = _measured(at, "won_value", where, str(quarter), f"Won in {quarter.label}")
    renewals = _measured(at, "won_renewals", where, str(quarter), f"Renewals won in {quarter.label}")
    tiles = (
        apart.whole.amount,
        _measured(at, "open_due", where, "all", f"Open, due in {quarter.label}"),
        _measured(at, "past_due", where, "all", "Past due, still open"),
        won,
        _measured(at, "win_rate", where, YEAR, "Win rate, 12 months"),
        _measured(at, "sales_cycle", where, YEAR, "Sales cycle, 12 months"),
    )
    mixed = apart.whole.amount.value is None and len(at.currencies) > 1 and bool(apart.whole.amount.n)
    currencies, checks = _by_currency(at, where, quarter) if mixed else (None, ())
    early = before_first(at)
    notes = [Note(early, "warning")] if early else []
    notes += [*_other_definitions(at, tiles, apart, where), *_about_renewals(apart, renewals, quarter)]
    if currencies:
        notes.append(_about_rates(at))
    if apart.whole.missing:
        text = f"Open deals without an amount: {apart.whole.missing:,}. They count as deals and add to no amount."
        notes.append(Note(text))
    _, issues = catalogue(at)
    return First(
        quarter,
        apart,
        tiles,
        renewals,
        _table(apart, money=not currencies),
        currencies,
        tier(at),
        (*apart.checks, *checks),
        tuple(notes),
        issues,
        _lede(apart),
    )


def taken_apart(at: Snapshot, where: Pairs = ()) -> Apart:
    """What the CRM calls open, whole and in parts. The parts are asked for in one query, the whole in another."""
    amounts, deals = (ask(at, name, ("counted", "due"), "all", where) for name in ("crm_open", "crm_open_deals"))
    money, count = sums(at, amounts), sums(at, deals)
    made = []
    for name, label, pairs in _parts(at):
        mine = [_added(found, pairs) for found in (money, count)]
        if mine[1].n or name in ALWAYS:
            made.append(_part(at, name, label, pairs, (amounts, deals), (mine[0], mine[1])))
    whole = [replace(asked, by=()) for asked in (amounts, deals)]
    asked_apart = [_added(sums(at, asked), ()) for asked in whole]
    total = _part(at, "crm_open", "CRM open", (), (whole[0], whole[1]), (asked_apart[0], asked_apart[1]))
    return Apart(total, tuple(made), _proof(at, total, made, asked_apart[0].unconverted))


def _parts(at: Snapshot) -> list[tuple[str, str, Pairs]]:
    """(name, words, the members that a deal of this part has), in reading order."""
    calendar = at.workspace.calendar
    quarter = calendar.containing("quarter", at.day)
    following = calendar.containing("quarter", quarter.end)
    dated = (
        ("due", f"Due in {quarter.label}", due.THIS),
        ("due_next", f"Due in {following.label}", due.NEXT),
        ("due_later", "Due later", due.LATER),
        ("past_due", "Past due", due.PAST),
        ("no_date", "No close date", due.NO_DATE),
    )
    return [
        *((name, label, (("counted", due.QUALIFIED), ("due", member))) for name, label, member in dated),
        ("not_qualified", "Not qualified", (("counted", due.NOT_QUALIFIED),)),
        ("renewals", "Renewals", (("counted", due.RENEWAL),)),
        ("left_out", "Left out by a rule", (("counted", due.LEFT_OUT),)),
    ]


def _added(found: dict[tuple[str, ...], Sums], pairs: Pairs) -> Sums:
    wanted = tuple(member for _, member in pairs)
    total = Sums()
    for key, one in found.items():
        if key[: len(wanted)] == wanted:
            total += one
    return total


def _part(
    at: Snapshot, name: str, label: str, pairs: Pairs, asked: tuple[Asked, Asked], found: tuple[Sums, Sums]
) -> Part:
    some = bool(found[1].n) or not pairs
    amount, deals = (
        # Nothing has no rows to open.
        finish(one.metric, facts, at.currency, str(reference(at, one).only(pairs)) if some else "")
        for one, facts in zip(asked, found, strict=True)
    )
    missing = sum(found[0].left_out.values())
    return Part(name, label, replace(amount, label=label), replace(deals, label=f"{label}, deals"), missing)


def _proof(at: Snapshot, whole: Part, parts: list[Part], unconverted: int) -> tuple[str, ...]:
    """The parts add up to the whole: asserted, then said."""
    if sum(_whole(part.deals) for part in parts) != _whole(whole.deals):
        raise AssertionError(f"the parts of what is open do not add to {_whole(whole.deals)} deals")
    if sum(part.missing for part in parts) != whole.missing:
        raise AssertionError(f"the parts of what is open do not add to {whole.missing} deals without an amount")
    lines = _lines(parts)
    counts = " + ".join(f"{sum(_whole(p.deals) for p in held):,} {words}" for words, held in lines)
    said = [f"{_whole(whole.deals):,} deals the CRM calls open = {counts}."]
    if not unconverted and isinstance(whole.amount.value, Money):
        if sum(_minor(part.amount) for part in parts) != whole.amount.value.minor:
            raise AssertionError(f"the parts of what is open do not add to {whole.amount.value}")
        sides = [f"{words} {_money(Money(sum(_minor(p.amount) for p in held), at.currency))}" for words, held in lines]
        said.insert(0, f"CRM open {_money(whole.amount.value)} = {' + '.join(sides)}, to the last digit.")
    return tuple(said)


def _lines(parts: list[Part]) -> list[tuple[str, list[Part]]]:
    held = [
        ("qualified", [part for part in parts if part.name in OF_QUALIFIED]),
        ("not qualified", [part for part in parts if part.name == "not_qualified"]),
        ("renewals", [part for part in parts if part.name == "renewals"]),
        ("left out by a rule", [part for part in parts if part.name == "left_out"]),
    ]
    return [(words, found) for words, found in held if found]


def _table(apart: Apart, money: bool) -> Table:
    """The parts under each other, the whole below; without amounts where they cannot be added."""
    columns = (
        Column("part", "Part"),
        *((Column("amount", "Amount", "money"),) if money else ()),
        Column("deals", "Deals", "count"),
        Column("missing", "Without amount", "count"),
    )
    rows = [
        (part.label, *((part.amount,) if money else ()), part.deals, part.missing)
        for part in (*apart.parts, apart.whole)
    ]
    return Table("open_apart", columns, tuple(rows), "What the CRM calls open, and what we count")


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


def _by_currency(at: Snapshot, where: Pairs, quarter: Period) -> tuple[Table, tuple[str, ...]]:
    """Every part in every currency, each in its own money: no rate is needed to say that much."""
    names = {name: label for name, label, _ in _parts(at)}
    found: list[tuple[str, Apart, Figure]] = []
    for code in at.currencies:
        own = replace(at, currency=code)
        mine = (*where, ("currency", code))
        found.append((code, taken_apart(own, mine), _measured(own, "won_value", mine, str(quarter), f"Won in {code}")))
    shown = [name for name in names if any(apart.part(name) for _, apart, _ in found)]
    columns = (
        Column("currency", "Currency"),
        Column("crm_open", "CRM open", "money"),
        *(Column(name, names[name], "money") for name in shown),
        Column("won", f"Won in {quarter.label}", "money"),
        Column("deals", "Open deals", "count"),
        Column("missing", "Without amount", "count"),
    )
    rows = tuple(
        (code, a.whole.amount, *(getattr(a.part(name), "amount", None) for name in shown), won, a.whole.deals, a.whole.missing)
        for code, a, won in found
    )  # fmt: skip
    return Table("by_currency", columns, rows, "By currency"), tuple(a.checks[0] for _, a, _ in found)


def _measured(at: Snapshot, name: str, where: Pairs, period: str, label: str) -> Figure:
    return replace(evaluate(at, ask(at, name, (), period, where)).total, label=label)


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


def _about_renewals(apart: Apart, won: Figure, quarter: Period) -> list[Note]:
    still = apart.part("renewals")
    held = _whole(still.deals) if still else 0
    if not held and not (won.n or won.excluded):
        text = (
            "No open deal and no deal won this quarter is marked as a renewal, so new-business figures leave none out."
        )
        return [Note(text)]
    worth = f", {_money(still.amount.value)}" if still and isinstance(still.amount.value, Money) else ""
    booked = f", {_money(won.value)}" if isinstance(won.value, Money) else ""
    text = (
        f"New-business figures leave renewals out: {held:,} open{worth}; {won.n or 0:,} won in {quarter.label}{booked}."
    )
    return [Note(text)]


def _about_rates(at: Snapshot) -> Note:
    others = [code for code in at.currencies if code != at.currency]
    line = " ".join(f"{code}=RATE" for code in others)
    text = (
        f"Deals are in {', '.join(at.currencies)}, and not all have a rate to {at.currency}, so nothing is added across "
        f"currencies. One line gives one total: saleswright rate {line}, where RATE is how many of it one {at.currency} "
        "buys; or a file with the columns currency, starts, rate."
    )
    return Note(text, "warning")


def _lede(apart: Apart) -> str:
    deals = _whole(apart.whole.deals)
    if not deals:
        return "The CRM calls no deal open."
    qualified, past = apart.deals(*OF_QUALIFIED), apart.deals("past_due")
    ruled = apart.deals("left_out")
    rest = f", {ruled:,} left out by a rule" if ruled else ""
    return (
        f"{deals:,} deals are open in the CRM: {qualified:,} qualified, {apart.deals('not_qualified'):,} not qualified, "
        f"{apart.deals('renewals'):,} renewals{rest}; {past:,} of the qualified {'is' if past == 1 else 'are'} past due."
    )


def _whole(figure: Figure) -> int:
    return figure.value if isinstance(figure.value, int) else 0


def _minor(figure: Figure) -> int:
    return figure.value.minor if isinstance(figure.value, Money) else 0


def _money(money: Money) -> str:
    return f"{money.currency} {money.decimal:,}"
