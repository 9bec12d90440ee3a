"""Disputes with a planted cause: somebody's spreadsheet made from a company's own rows, with one thing done otherwise."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from pathlib import Path

import xlsxwriter

from tests.measure.review.settle.company import CENT, DAY, Company, Raw, exact, still_open, won

KINDS = ("filter", "currency", "date", "renewal", "duplicate", "stale", "typing", "rounding")
PERIODS = (
    ("2026Q3", date(2026, 7, 1), date(2026, 10, 1)),
    ("2026Q2", date(2026, 4, 1), date(2026, 7, 1)),
    ("2026-H1", date(2026, 1, 1), date(2026, 7, 1)),
    ("2026", date(2026, 1, 1), date(2027, 1, 1)),
    ("2025", date(2025, 1, 1), date(2026, 1, 1)),
)


@dataclass
class Cells:
    """One row of their sheet: the deal, and what it says of the amount and the day."""

    raw: Raw
    amount: Decimal
    day: date
    name: str = ""


@dataclass
class Dispute:
    """One planted dispute, with both totals worked out by hand."""

    kind: str
    number: int
    company: int
    metric: str
    period: str
    form: str
    file: Path
    ours: Decimal
    theirs: Decimal
    minor: str = ""
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def money(self) -> bool:
        return self.metric not in ("won_deals",)

    def __str__(self) -> str:
        second = f" + {self.minor}" if self.minor else ""
        return f"{self.kind} {self.number} ({self.metric} {self.period}, {self.form}, company {self.company}{second})"


_OWN_RATES = {"USD": Fraction(1), "EUR": Fraction(9, 10), "GBP": Fraction(8, 10)}


class Plain(Exception):
    """The planted cause would change nothing here: another draw is needed."""


def dispute(kind: str, number: int, companies: list[Company], place: Path) -> Dispute:
    """The n-th dispute of a kind. Draws until the planted cause really changes something."""
    for attempt in range(200):
        chance = random.Random(f"{kind} {number} {attempt}")
        try:
            return _drawn(kind, number, companies, place, chance)
        except Plain:
            continue
    raise AssertionError(f"{kind} {number} cannot be planted")


def _drawn(kind: str, number: int, companies: list[Company], place: Path, chance: random.Random) -> Dispute:
    fit = [i for i, c in enumerate(companies) if kind != "currency" or c.rates]
    which = chance.choice(fit)
    made = companies[which]
    balance = kind not in ("date",) and chance.random() < 0.25
    period, start, end = chance.choice(PERIODS)
    period = f"{start}..{end - timedelta(1)}" if period == "2026-H1" else period
    metric = "open_pipeline" if balance else "won_value"
    counts = kind in ("filter", "date", "renewal", "duplicate", "stale") and not balance and chance.random() < 0.15
    own = still_open(made.rows) if balance else won(made, start, end)
    if len(own) < 12:
        raise Plain

    def value(raw: Raw, day: date | None = None) -> Decimal:
        return made.dollars(raw, day or (DAY if balance else raw.close))

    ours = [Cells(r, value(r), r.close) for r in own]
    true = [Cells(r, value(r), r.close) for r in own]
    theirs = _PLANT[kind](Draw(made, true, balance, start, end, value, chance))
    if [(c.raw.id or c.raw.name, c.amount) for c in theirs] == [(c.raw.id or c.raw.name, c.amount) for c in ours]:
        raise Plain
    form = chance.choice(("ids", "ids", "names", "by owner", "by region", "by month"))
    if counts and kind == "duplicate" and form not in ("ids", "names"):
        form = "names"  # one more in a count of a rep leaves no trace of which deal
    if form == "by month" and balance:
        form = "by owner"
    form = "names" if form == "ids" and not made.ids else form
    minor = ""
    if chance.random() < 0.3 and form in ("ids", "names") and not counts:
        minor = _minor(kind, theirs, chance)
    chance.shuffle(theirs)
    stem = f"{kind}-{number}"
    if form in ("ids", "names"):
        path = _list(place / stem, theirs, form, balance, chance)
        total = sum((Decimal(1) if counts else c.amount for c in theirs), Decimal(0))
    else:
        path, total = _totals(place / stem, theirs, form, counts, kind, chance)
    all_ours = Decimal(len(ours)) if counts else sum((c.amount for c in ours), Decimal(0))
    if form not in ("ids", "names") and total == all_ours and kind not in ("rounding",):
        raise Plain
    return Dispute(kind, number, which, "won_deals" if counts else metric, "" if balance else period, form, path,
                   all_ours, total, minor)  # fmt: skip


Value = Callable[..., Decimal]


@dataclass(frozen=True)
class Draw:
    """What a cause is planted in: the company, its true rows, whether it is a balance, the period, the worth of a deal."""

    made: Company
    rows: list[Cells]
    balance: bool
    start: date
    end: date
    value: Value
    chance: random.Random


def _filter(draw: Draw) -> list[Cells]:
    rows, chance = draw.rows, draw.chance
    name = chance.choice(("region", "owner", "segment", "type", "product", "amount", "only"))
    if name == "amount":
        edge = sorted(c.amount for c in rows)[len(rows) // chance.choice((2, 3, 4))]
        kept = [c for c in rows if c.amount >= edge]
    elif name == "only":
        name = chance.choice(("region", "segment", "type"))
        wanted = getattr(chance.choice(rows).raw, name)
        kept = [c for c in rows if getattr(c.raw, name) == wanted]
    else:
        gone = getattr(chance.choice(rows).raw, name)
        kept = [c for c in rows if getattr(c.raw, name) != gone]
    if not kept or len(rows) - len(kept) < 3:
        raise Plain
    return kept


def _currency(draw: Draw) -> list[Cells]:
    made, rows, balance, value, chance = draw.made, draw.rows, draw.balance, draw.value, draw.chance
    way = chance.choice(("none", "none", "one rate", "today", "euros"))
    if sum(c.raw.currency != "USD" for c in rows) < 2:
        raise Plain
    for c in rows:
        if way == "none":
            c.amount = c.raw.amount
        elif way == "one rate":
            c.amount = exact(Fraction(c.raw.amount) / _OWN_RATES[c.raw.currency])
        elif way == "today":
            c.amount = value(c.raw, DAY)
        else:
            c.amount = exact(Fraction(c.amount) * made.rate("EUR", DAY))
    if way == "today" and balance:
        raise Plain
    return rows


def _date(draw: Draw) -> list[Cells]:
    made, start, end, value, chance = draw.made, draw.start, draw.end, draw.value, draw.chance
    by = chance.choice(("created", "created", "qualified"))
    found = won(made, start, end, by=by)
    return [Cells(r, value(r), getattr(r, by)) for r in found]


def _renewals(draw: Draw) -> list[Cells]:
    made, rows, balance, start, end, value = draw.made, draw.rows, draw.balance, draw.start, draw.end, draw.value
    found = still_open(made.rows, True) if balance else won(made, start, end, True)
    if len(found) - len(rows) < 2:
        raise Plain
    return [Cells(r, value(r), r.close) for r in found]


def _duplicates(draw: Draw) -> list[Cells]:
    rows, chance = draw.rows, draw.chance
    again = chance.sample(rows, chance.randrange(2, 6))
    loud = chance.random() < 0.4
    return rows + [Cells(c.raw, c.amount, c.day, c.raw.name.upper() + " " if loud else "") for c in again]


def _stale(draw: Draw) -> list[Cells]:
    made, rows, balance, start, end, chance = draw.made, draw.rows, draw.balance, draw.start, draw.end, draw.chance
    if made.earlier_day is not None:
        held = still_open(made.earlier) if balance else [
            r for r in made.earlier if r.stage == "Closed Won" and r.type != "Renewal" and start <= r.close < end]  # fmt: skip
        kept = [Cells(r, made.dollars(r, made.earlier_day if balance else r.close), r.close) for r in held]
        if balance and made.rates:
            raise Plain  # a balance is converted at the rate of its day, so a copy of it is two things at once
    else:
        if balance:
            raise Plain
        last = min(end, DAY)
        day = last - timedelta(chance.randrange(5, max(6, (last - start).days // 2)))
        kept = [c for c in rows if c.day <= day]
    now = {(c.raw.name, c.amount) for c in rows}
    if len(now ^ {(c.raw.name, c.amount) for c in kept}) < 3 or len(kept) < 5:
        raise Plain
    return kept


def _slip(amount: Decimal, chance: random.Random) -> Decimal:
    whole, _, cents = f"{amount:.2f}".partition(".")
    way = chance.choice(("swap", "drop", "double", "ten", "sign"))
    if way == "swap":
        places = [i for i in range(len(whole) - 1) if whole[i] != whole[i + 1] and (i or whole[1] != "0")]
        if not places:
            raise Plain
        i = chance.choice(places)
        whole = whole[:i] + whole[i + 1] + whole[i] + whole[i + 2 :]
    elif way == "drop":
        i = chance.randrange(1, len(whole))
        whole = whole[:i] + whole[i + 1 :]
    elif way == "double":
        i = chance.randrange(len(whole))
        whole = whole[: i + 1] + whole[i:]
    elif way == "ten":
        return amount * chance.choice((10, 100))
    else:
        return -amount
    return Decimal(f"{whole}.{cents}")


def _typing(draw: Draw) -> list[Cells]:
    rows, chance = draw.rows, draw.chance
    # No two in one rep, region and month: what two slips add up to in one total tells neither.
    seen: set[str] = set()
    for c in chance.sample(rows, chance.randrange(2, 6)):
        told = {c.raw.owner, c.raw.region, f"{c.day:%Y-%m}"}
        if not told & seen:
            c.amount = _slip(c.amount, chance)
            seen |= told
    return rows


def _rounding(draw: Draw) -> list[Cells]:
    rows, chance = draw.rows, draw.chance
    unit = Decimal(chance.choice((1, 10, 100, 1000)))
    for c in rows:
        c.amount = ((c.amount / unit).quantize(Decimal(1), ROUND_HALF_EVEN) * unit).quantize(CENT)
    return rows


_PLANT = {"filter": _filter, "currency": _currency, "date": _date, "renewal": _renewals, "duplicate": _duplicates,
          "stale": _stale, "typing": _typing, "rounding": _rounding}  # fmt: skip


def _minor(kind: str, rows: list[Cells], chance: random.Random) -> str:
    """A second, small cause: one row of theirs, of no more than the middle amount."""
    middle = sorted(c.amount for c in rows)[len(rows) // 2]
    small = [c for c in rows if 0 < c.amount <= middle]
    if not small:
        return ""
    one = chance.choice(small)
    which = chance.choice(("twice", "typed", "lacking"))
    if which == "twice" and kind != "duplicate":
        rows.append(Cells(one.raw, one.amount, one.day))
    elif which == "typed" and kind not in ("typing", "rounding"):
        one.amount = one.amount * 10
    elif which == "lacking" and kind not in ("filter", "stale", "date"):
        rows.remove(one)
    else:
        return ""
    return which


def _list(stem: Path, rows: list[Cells], form: str, balance: bool, chance: random.Random) -> Path:
    """Their sheet as a list of deals: a plain file, a German one, a workbook, or a report with a title and a total."""
    head = [*(("Opportunity ID",) if form == "ids" else ()), "Opportunity Name", "Account Name", "Amount"]
    head += ["Close Date"] if not balance else []
    table = [
        [*((c.raw.id,) if form == "ids" else ()), c.name or c.raw.name, c.raw.account, c.amount,
         *((c.day,) if not balance else ())] for c in rows
    ]  # fmt: skip
    return _written(stem, head, table, chance, chance.choice(("plain", "plain", "german", "workbook", "report")))


def _totals(
    stem: Path, rows: list[Cells], form: str, counts: bool, kind: str, chance: random.Random
) -> tuple[Path, Decimal]:
    sums: dict[str, Decimal] = {}
    for c in rows:
        key = f"{c.day:%Y-%m}" if form == "by month" else c.raw.owner if form == "by owner" else c.raw.region
        sums[key] = sums.get(key, Decimal(0)) + (1 if counts else c.amount)
    if len(sums) < 3:
        raise Plain
    head = [{"by month": "Month", "by owner": "Rep", "by region": "Region"}[form], "Deals" if counts else "Amount"]
    table = [[key, int(v) if counts else v] for key, v in sorted(sums.items())]
    path = _written(stem, head, table, chance, chance.choice(("plain", "workbook", "report")))
    return path, sum(sums.values(), Decimal(0))


def _written(stem: Path, head: list[str], table: list[list[object]], chance: random.Random, way: str) -> Path:
    if way == "workbook":
        path = stem.with_suffix(".xlsx")
        with xlsxwriter.Workbook(str(path)) as book:
            sheet, day = book.add_worksheet("Numbers"), book.add_format({"num_format": "yyyy-mm-dd"})
            for x, word in enumerate(head):
                sheet.write(0, x, word)
            for y, row in enumerate(table, 1):
                for x, cell in enumerate(row):
                    if isinstance(cell, date):
                        sheet.write_datetime(y, x, cell, day)  # type: ignore[arg-type]
                    elif isinstance(cell, Decimal):
                        sheet.write_number(y, x, float(cell))
                    else:
                        sheet.write(y, x, cell)
        return path
    path = stem.with_suffix(".csv")
    german = way == "german"
    with path.open("w", newline="", encoding="utf-8") as out:
        write = csv.writer(out, delimiter=";" if german else ",")
        if way == "report":
            out.write("Numbers as we see them\nfrom the board deck\n\n")
        write.writerow(head)
        for row in table:
            write.writerow([_cell(cell, german) for cell in row])
        if way == "report":
            numbers = [isinstance(cell, (Decimal, int)) for cell in table[0]]
            sums = [sum((r[x] for r in table), Decimal(0)) if held else "" for x, held in enumerate(numbers)]  # type: ignore[misc]
            write.writerow(["Grand Total", *sums[1:]])
    return path


def _cell(cell: object, german: bool) -> str:
    if german and isinstance(cell, Decimal):
        return f"{cell:,.2f}".translate(str.maketrans(",.", ".,"))
    if german and isinstance(cell, date):
        return f"{cell:%d.%m.%Y}"
    return str(cell)
