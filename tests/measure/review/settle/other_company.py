"""A small company that is nobody's demo: its deals as plain values, and the export its CRM gives, in three layouts.

Nothing here uses the product's measures; what is true is reckoned in `other_disputes.py` from these values alone.
Money is whole cents; a rate is how much of a currency one unit of the company's own buys.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import xlsxwriter

NOW = "2026-11-20T18:00:00+00:00"
EARLIER = "2026-11-06T18:00:00+00:00"
TODAY, BEFORE = date(2026, 11, 20), date(2026, 11, 6)
LAYOUTS = ("report", "hubspot", "workbook")
RENEWAL = "Renewal"
WON, LOST = "Closed Won", "Closed Lost"
OPEN = ("Proposal", "Negotiation", "Contract Review")
HOSTILE = (
    '=HYPERLINK("http://x.invalid","win")', "<script>alert(1)</script>", "'; DROP TABLE deal; --", "@SUM(1+1)*cmd|' /C calc'!A0",
    "Total Wine Supplies", "Grand Total Logistics", "naïve Café 株式会社", "שלום Trading", "zero\u200bwidth Ltd", "line\nbreak Inc",
    "a" * 240, "Quote \"Inner\" Ltd", "{{ 7*7 }}", "%s %d %n", "-1+1 Partners", "NULL", "None", "2026-11-01",
    "$1,000,000 Club", "**bold** [x](javascript:alert(1))",
)  # fmt: skip
FIRST = "Ada Ben Cleo Dov Esi Finn Gus Hana Ivo Jun Kofi Lena Moe Nia Otto Pia".split()
LAST = "Abel Brook Cruz Diaz Ekman Frost Gray Holm Iqbal Jansen Kern Lopez Moss Nagy Okoro Pratt".split()
WORDS = "Amber Birch Cobalt Delta Ember Fjord Garnet Harbor Indigo Jasper Krill Lumen Maple Nectar Onyx Pearl Quartz".split()
KINDS = ("Systems", "Foods", "Clinics", "Freight", "Labs", "Media", "Energy", "Textiles")


@dataclass(frozen=True, slots=True)
class State:
    """A deal on one day. cents: None is an amount nobody typed. close: expected while open, the decision after."""

    stage: str
    cents: int | None
    close: date
    expected: date


@dataclass(frozen=True, slots=True)
class Deal:
    """One deal and what it said two weeks ago; `before` is None when it was not there yet."""

    id: str
    name: str
    account: str
    owner: str
    team: str
    region: str
    segment: str
    kind: str
    currency: str
    created: date
    now: State
    before: State | None

    @property
    def renewal(self) -> bool:
        return self.kind == RENEWAL


@dataclass(frozen=True)
class Company:
    """Its deals, its layout, its calendar. whole: the CRM has two dates, when expected and when decided.

    two_exports: the record was fed two weeks ago as well, so that it can tell what changed since.
    """

    seed: int
    layout: str
    deals: tuple[Deal, ...]
    rates: dict[str, Decimal]
    start_month: int = 1
    two_exports: bool = False

    @property
    def currencies(self) -> list[str]:
        return sorted({d.currency for d in self.deals})

    def exchanged(self, cents: int, currency: str, rates: dict[str, Decimal] | None = None) -> int:
        """Cents of the company's own currency: once for a deal, half to even."""
        rate = (rates or self.rates).get(currency, Decimal(1))
        return int((Decimal(cents) / rate).quantize(Decimal(1), ROUND_HALF_EVEN))


def key(rng: random.Random) -> str:
    """An id as Salesforce reports print it, 15 characters of which the letter case matters."""
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    return "0065g00000" + "".join(rng.choice(letters) for _ in range(5))


def amount(rng: random.Random, mean: float) -> int:
    """A price: most are round to hundreds, some have cents."""
    value = rng.lognormvariate(mean, 0.7)
    return int(value) // 100 * 10_000 + 10_000 if rng.random() < 0.6 else int(value * 100) + rng.randrange(1, 100)


def company(seed: int) -> Company:
    """The company of this seed."""
    rng = random.Random(f"other company {seed}")
    layout = LAYOUTS[seed % 3]
    several = seed % 4 != 3
    codes = ["USD"] * 5 + (["EUR"] * 3 + ["GBP"] * 2 if several else [])
    rates = {"EUR": Decimal("0.92"), "GBP": Decimal("0.787")}
    owners = [f"{a} {b}" for a, b in zip(rng.sample(FIRST, 8), rng.sample(LAST, 8), strict=True)][: rng.randint(4, 8)]
    regions = ["North", "South", "Coast"][: rng.randint(2, 3)]
    team_of = {o: f"Team {regions[i % len(regions)]}" for i, o in enumerate(owners)}
    segments = ["Enterprise", "Mid-Market", "SMB"]
    names = [f"{w} {k}" for w in WORDS for k in KINDS]
    rng.shuffle(names)
    mean, used, deals = rng.uniform(8.5, 10.5), set(), []
    for number in range(rng.randint(170, 320)):
        made = key(rng)
        while made.casefold() in used:
            made = key(rng)
        used.add(made.casefold())
        account = rng.choice(names[:90]) if rng.random() > 0.05 else rng.choice(HOSTILE)
        kind = rng.choices(["New Business", "Existing Business", RENEWAL], [60, 22, 18])[0]
        created = date(2025, 9, 1) + timedelta(days=rng.randrange((TODAY - date(2025, 9, 1)).days - 20))
        owner = rng.choice(owners)
        state, before = _life(rng, created, amount(rng, mean))
        deals.append(
            Deal(
                made, f"{account} - {kind} {number}", account, owner, team_of[owner], team_of[owner][5:],
                rng.choice(segments), kind, rng.choice(codes), created, state, before,
            )
        )  # fmt: skip
    if layout == "hubspot":
        deals = [replace(d, id=str(10_676_000_000 + 37 * i)) for i, d in enumerate(deals)]
    return Company(
        seed, layout, tuple(deals), rates if several else {}, (1, 2, 4)[seed % 3] if seed % 5 == 0 else 1, seed % 2 == 0
    )


def _life(rng: random.Random, created: date, cents: int) -> tuple[State, State | None]:
    """What the deal says today, and what it said two weeks ago."""
    decided = created + timedelta(days=rng.randrange(15, 200))
    first = decided + timedelta(days=rng.choice([-60, -35, -20, -10, 0, 5, 25]))
    expected = max(first, created + timedelta(days=7))
    if decided <= TODAY:
        state = State(WON if rng.random() < 0.55 else LOST, cents if rng.random() > 0.02 else None, decided, expected)
    else:
        expected = max(decided, TODAY - timedelta(days=30)) + timedelta(days=rng.randrange(-25, 90))
        state = State(rng.choice(OPEN), cents if rng.random() > 0.03 else None, expected, expected)
    if created > BEFORE:
        return state, None
    if state.stage in (WON, LOST) and state.close > BEFORE:
        then = state.cents if rng.random() < 0.7 or state.cents is None else state.cents + 100 * rng.randrange(1, 9000)
        return state, State(rng.choice(OPEN), then, expected, expected)
    if state.stage in OPEN and rng.random() < 0.15 and state.cents is not None:
        return state, replace(state, cents=state.cents + 50_000 * rng.randrange(1, 12))
    return state, state


Row = tuple[Deal, State]


def export(made: Company, folder: Path, rows: Sequence[Row], day: date = TODAY) -> Path:
    """The CRM's export of these deals in the company's layout."""
    folder.mkdir(parents=True, exist_ok=True)
    return {"report": _report, "hubspot": _hubspot, "workbook": _workbook}[made.layout](folder, rows, day)


def rows_of(made: Company, then: bool = False) -> list[Row]:
    """Every deal with its state today, or two weeks ago."""
    if then:
        return [(d, d.before) for d in made.deals if d.before]
    return [(d, d.now) for d in made.deals]


def plain(cents: int | None) -> str:
    """1250.00."""
    return "" if cents is None else f"{cents // 100}.{cents % 100:02}"


def us(day: date) -> str:
    """9/3/2026."""
    return f"{day.month}/{day.day}/{day.year}"


def _csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def _report(folder: Path, rows: Sequence[Row], day: date) -> Path:
    header = (
        "Opportunity ID", "Opportunity Name", "Account Name", "Opportunity Owner", "Team", "Region", "Segment", "Type",
        "Stage", "Amount Currency", "Amount", "Close Date", "Created Date",
    )  # fmt: skip
    lines = [
        (d.id, d.name, d.account, d.owner, d.team, d.region, d.segment, d.kind, s.stage, d.currency, plain(s.cents),
         us(s.close), us(d.created)) for d, s in rows
    ]  # fmt: skip
    return _csv(folder / f"report{day:%Y%m%d}.csv", header, lines)


def _hubspot(folder: Path, rows: Sequence[Row], day: date) -> Path:
    header = (
        "Record ID", "Deal Name", "Deal Stage", "Close Date", "Deal owner", "Amount", "Currency", "Create Date",
        "Deal Type", "Team", "Region", "Segment", "Pipeline", "Associated Company",
    )  # fmt: skip
    lines = [
        (d.id, d.name, s.stage, f"{s.close} 16:30", d.owner, plain(s.cents), d.currency, f"{d.created} 09:15", d.kind,
         d.team, d.region, d.segment, "Sales Pipeline", d.account) for d, s in rows
    ]  # fmt: skip
    return _csv(folder / f"hubspot-crm-exports-all-deals-{day}.csv", header, lines)


def _workbook(folder: Path, rows: Sequence[Row], day: date) -> Path:
    header = (
        "Deal No.", "Deal", "Customer", "Rep", "Team", "Region", "Segment", "Deal type", "Status", "Currency", "Value",
        "Expected close", "Closed on", "Created",
    )  # fmt: skip
    lines = [
        (d.id, d.name, d.account, d.owner, d.team, d.region, d.segment, d.kind, s.stage, d.currency,
         None if s.cents is None else s.cents / 100, s.expected, s.close if s.stage in (WON, LOST) else None, d.created)
        for d, s in rows
    ]  # fmt: skip
    total = sum(s.cents or 0 for _, s in rows) / 100
    path = folder / f"All deals {day}.xlsx"
    sheet(path, ["All deals", f"As of {day}"], header, [*lines, ("Grand Total", *[None] * 9, total, None, None, None)])
    return path


def sheet(path: Path, title: Sequence[str], header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A workbook of one sheet: title lines, an empty line, the header, the rows. Texts stay texts."""
    book = xlsxwriter.Workbook(
        str(path), {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    )
    page, dated, paid = (
        book.add_worksheet("Deals"),
        book.add_format({"num_format": "yyyy-mm-dd"}),
        book.add_format({"num_format": "#,##0.00"}),
    )
    at = 0
    for line in title:
        page.write_string(at, 0, line)
        at += 1
    at += bool(title)
    page.write_row(at, 0, header)
    for place, row in enumerate(rows, at + 1):
        for column, cell in enumerate(row):
            if isinstance(cell, date):
                page.write_datetime(place, column, cell, dated)
            elif isinstance(cell, str):
                page.write_string(place, column, cell)
            elif cell is not None:
                page.write_number(place, column, cell, paid)
    book.close()
