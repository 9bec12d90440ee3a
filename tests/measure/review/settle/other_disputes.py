"""Somebody else's spreadsheet of the same deals, with one planted cause of the gap, and what is true of it, to the cent."""

from __future__ import annotations

import csv
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from tests.measure.review.settle.other_company import BEFORE, OPEN, TODAY, WON, Company, Deal, State, company, sheet, us

CAUSES = (
    "filter",
    "currency",
    "created",
    "expected",
    "fiscal",
    "renewals",
    "duplicates",
    "stale",
    "typing",
    "rounding",
)
OF_OPEN = ("filter", "currency", "renewals", "duplicates", "stale", "typing", "rounding")
FORMS = ("rows",) * 3 + ("rep", "month")
SMALL = ("typing", "duplicates", "filter")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of theirs: whose deal, for how much in which cents, on which day."""

    deal: Deal
    state: State
    cents: int
    day: date


@dataclass
class Dispute:
    """A file of theirs and the truth. parts: what each cause adds to theirs over ours; they sum to the gap.

    start, end: the period of ours, half-open, or None for what is open. words: what the planted cause was exactly.
    """

    number: int
    seed: int
    cause: str
    form: str
    measure: str
    start: date | None
    end: date | None
    ours: int
    theirs: int
    parts: dict[str, int]
    words: str
    file: str = ""
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def gap(self) -> int:
        return self.theirs - self.ours


def quarter(made: Company, last: bool, shift: int = 0) -> tuple[date, date]:
    """The first day of the company's quarter that holds today, or of the last one, and the day after it ends."""
    month = TODAY.year * 12 + TODAY.month - 1
    first = month - (month - (made.start_month - 1)) % 3 - (3 if last else 0) + shift
    return tuple(date(m // 12, m % 12 + 1, 1) for m in (first, first + 3))  # type: ignore[return-value]


def ours(made: Company, measure: str, start: date | None, end: date | None, *, renewals: bool = False) -> list[Line]:
    """The lines behind our own figure: won and closed in the period, or open; new business only."""
    return _lines(made, measure, lambda d, s: s.close, start, end, renewals=renewals)


def _lines(
    made: Company,
    measure: str,
    day: Callable[[Deal, State], date],
    start: date | None,
    end: date | None,
    *,
    then: bool = False,
    renewals: bool = False,
) -> list[Line]:
    found = []
    for deal in made.deals:
        state = deal.before if then else deal.now
        if state is None or state.cents is None or (deal.renewal and not renewals):
            continue
        on = day(deal, state)
        if (measure == "won" and state.stage == WON and start <= on < end) or (
            measure == "open" and state.stage in OPEN
        ):
            found.append(Line(deal, state, made.exchanged(state.cents, deal.currency), on))
    return found


def total(lines: Sequence[Line]) -> int:
    return sum(line.cents for line in lines)


class Unfit(Exception):
    """This company cannot have that dispute."""


def _plant(rng: random.Random, made: Company, cause: str, lines: list[Line], told: dict) -> tuple[list[Line], str]:
    """The lines with the cause in them, and which it was exactly."""
    measure, start, end = told["measure"], told["start"], told["end"]
    if cause == "filter":
        what = rng.choice(["region", "owner", "segment", "kind"]) if not told["small"] else "owner"
        members = sorted({getattr(x.deal, what) for x in lines})
        if len(members) < 2:
            raise Unfit
        sums = {m: abs(total([x for x in lines if getattr(x.deal, what) == m])) for m in members}
        member = min(members, key=sums.__getitem__) if told["small"] else rng.choice(members)
        # One deal that is not there shows no pattern, whoever's it was.
        if not told["small"] and sum(getattr(x.deal, what) == member for x in lines) < 2:
            raise Unfit
        return [x for x in lines if getattr(x.deal, what) != member], f"{what} {member} left out"
    if cause == "currency":
        if rng.random() < 0.6:
            return [replace(x, cents=x.state.cents) for x in lines], "not converted"
        other = {
            code: rate * Decimal(rng.choice(["0.88", "0.95", "1.07", "1.15"])) for code, rate in made.rates.items()
        }
        told["rates"] = {k: str(v) for k, v in other.items()}
        return [
            replace(x, cents=made.exchanged(x.state.cents, x.deal.currency, other)) for x in lines
        ], f"other rates {told['rates']}"
    if cause == "created":
        return _lines(made, "won", lambda d, s: d.created, start, end), "by the day created"
    if cause == "expected":
        return _lines(made, "won", lambda d, s: s.expected, start, end), "by the expected close"
    if cause == "fiscal":
        shift = (2 if rng.random() < 0.5 else -1) if made.start_month == 2 else (1 if told["last"] else -2)
        begins, ends = quarter(made, told["last"], shift)
        return _lines(made, "won", lambda d, s: s.close, begins, ends), f"{begins}..{ends}"
    if cause == "renewals":
        return ours(made, measure, start, end, renewals=True), "renewals counted"
    if cause == "stale":
        return _lines(made, measure, lambda d, s: s.close, start, end, then=True), f"as of {BEFORE}"
    if cause == "duplicates":
        twice = rng.sample(lines, 1 if told["small"] or told["form"] != "rows" else min(rng.randint(2, 4), len(lines)))
        out = list(lines)
        for line in twice:
            out.insert(rng.randrange(len(out) + 1), line)
        return out, f"{len(twice)} twice"
    if cause == "rounding":
        return [replace(x, cents=thousands(x.cents)) for x in lines], "to thousands"
    assert cause == "typing", cause
    out, wrong = list(lines), rng.sample(range(len(lines)), 1 if told["small"] else min(rng.randint(2, 4), len(lines)))
    for i in wrong:
        out[i] = replace(out[i], cents=mistyped(rng, out[i].cents))
    return out, f"{len(wrong)} mistyped"


def thousands(cents: int) -> int:
    """To the nearest thousand of the currency."""
    return int((Decimal(cents) / 100_000).quantize(Decimal(1), ROUND_HALF_UP)) * 100_000


def mistyped(rng: random.Random, cents: int) -> int:
    """Two digits changed places, a zero too many or too few, or one digit hit beside."""
    whole, rest = divmod(cents, 100)
    text = str(whole)
    ways = [text + "0", text[:-1] or "0"]
    if len(text) > 1:
        i = rng.randrange(len(text) - 1)
        ways.append(text[:i] + text[i + 1] + text[i] + text[i + 2 :])
    i = rng.randrange(len(text))
    ways.append(text[:i] + str((int(text[i]) + rng.choice([1, 9])) % 10) + text[i + 1 :])
    ways = [w for w in ways if int(w) != whole]
    return int(rng.choice(ways)) * 100 + rest


def draw(
    number: int, rng: random.Random, companies: Sequence[int]
) -> tuple[Company, Dispute, list[Line], dict[str, int]] | None:
    """One dispute of the plan, or None where this company cannot have it."""
    cause = CAUSES[number % len(CAUSES)]
    nth = number // len(CAUSES)
    form = FORMS[nth % len(FORMS)]
    made = company(rng.choice(companies))
    measure = "open" if cause in OF_OPEN and rng.random() < 0.3 else "won"
    last = rng.random() < 0.5 and cause != "stale"
    start, end = quarter(made, last) if measure == "won" else (None, None)
    if (cause == "currency" and not made.rates) or (cause == "expected" and made.layout != "workbook"):
        return None
    if (
        cause == "stale"
        and measure == "won"
        and not any(
            date(2026, 11, 1) <= x.day <= BEFORE
            for x in _lines(made, "won", lambda d, s: s.close, start, end, then=True)
        )
    ):
        return None  # it would be a file of October
    if cause == "stale" and measure == "open" and not made.two_exports:
        return None
    if (
        cause == "stale"
        and not made.two_exports
        and any(
            d.before and d.now.stage == WON and d.before.stage == WON and d.before.cents != d.now.cents
            for d in made.deals
        )
    ):
        return None
    told = {"measure": measure, "start": start, "end": end, "last": last, "small": False, "form": form}
    mine = ours(made, measure, start, end)
    if len(mine) < 8:
        return None
    try:
        # An error in a column of totals is made in the total.
        if form != "rows" and cause in ("typing", "rounding"):
            lines, sums, words = mine, by(form, mine), cause
            for key in sums if cause == "rounding" else rng.sample(sorted(sums), 1):
                sums[key] = thousands(sums[key]) if cause == "rounding" else mistyped(rng, sums[key])
        else:
            lines, words = _plant(rng, made, cause, mine, told)
            sums = by(form, lines)
        if len(lines) < 4:
            return None
        parts = {cause: sum(sums.values()) - total(mine)}
        if form == "rows" and nth % 3 == 1 and cause != "rounding":
            # A filter could take away the very rows that the first cause shows on.
            plain = cause not in ("typing", "duplicates", "stale", "expected", "created")
            second = rng.choice([c for c in SMALL if c != cause and (plain or c != "filter")])
            both, more = _plant(rng, made, second, lines, {**told, "small": True})
            part = total(both) - total(lines)
            if not 0 < abs(part) <= abs(parts[cause]) * 0.4:
                return None
            lines, parts[second], words = both, part, f"{words}; then {more}"
            sums = by(form, lines)
    except Unfit:
        return None
    if abs(parts[cause]) < (1 if cause == "rounding" else abs(total(mine)) // 100) or not parts[cause]:
        return None
    dispute = Dispute(
        number, made.seed, cause, form, measure, start, end, total(mine), sum(sums.values()), parts, words
    )
    assert sum(parts.values()) == dispute.gap
    return made, dispute, lines, sums


Drawn = tuple[Company, Dispute, list[Line], dict[str, int], random.Random]


def disputes(numbers: Iterable[int], seed: int, companies: Sequence[int] = range(36)) -> Iterator[Drawn]:
    """The disputes of these numbers, causes in turn, each of one of these companies."""
    for number in numbers:
        for attempt in range(400):
            rng = random.Random(f"{seed} {number} {attempt}")
            drawn = draw(number, rng, companies)
            if drawn:
                yield *drawn, rng
                break
        else:
            raise AssertionError(f"no company has dispute {number}")


def by(form: str, lines: Sequence[Line]) -> dict[str, int]:
    """Sums as the sheet gives them: by rep, by month, or all in one."""
    found: dict[str, int] = defaultdict(int)
    for x in lines:
        found[x.deal.owner if form == "rep" else f"{x.day:%Y-%m}" if form == "month" else ""] += x.cents
    return dict(sorted(found.items()))


DATED = {"created": "Created Date", "expected": "Expected Close"}


def write(
    folder: Path, made: Company, dispute: Dispute, lines: list[Line], sums: dict[str, int], rng: random.Random
) -> Path:
    """Their file, as such people write them, and the truth beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    style = rng.choice(["us", "german", "workbook", "grouped"])
    with_id = rng.random() < 0.6
    grand = rng.random() < 0.7
    dispute.notes = {"style": style, "id": str(with_id), "grand total": str(grand), "layout": made.layout}
    if dispute.form == "rows":
        header, rows = _rows(dispute, lines, rng, with_id)
    else:
        header = ["Sales rep" if dispute.form == "rep" else "Month", rng.choice(["Total", "Amount", "Bookings"])]
        rows = [[key, Decimal(cents) / 100] for key, cents in sums.items()]
    money = next(i for i, cell in enumerate(rows[0]) if isinstance(cell, Decimal))
    foot = [
        ["Grand Total" if i == 0 else Decimal(dispute.theirs) / 100 if i == money else None for i in range(len(header))]
    ]
    if style == "grouped" and dispute.form == "rows":
        rows = _grouped(header, rows, money)
    rows = [*rows, *(foot if grand else [])]
    stem = f"{dispute.number:03} {dispute.cause} {dispute.form}"
    if style == "workbook":
        path = folder / f"{stem}.xlsx"
        title = (
            [rng.choice(["Bookings review", "Numbers for the board"]), "Prepared by finance"]
            if rng.random() < 0.6
            else []
        )
        sheet(path, title, header, [[float(c) if isinstance(c, Decimal) else c for c in row] for row in rows])
    else:
        path = folder / f"{stem}.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, delimiter=";" if style == "german" else ",")
            writer.writerow(header)
            writer.writerows([[_text(cell, style) for cell in row] for row in rows])
    dispute.file = path.name
    (folder / f"{stem}.json").write_text(json.dumps(asdict(dispute), default=str, indent=1), encoding="utf-8")
    return path


def _rows(
    dispute: Dispute, lines: list[Line], rng: random.Random, with_id: bool
) -> tuple[list[str], list[list[object]]]:
    untidy = rng.random() < 0.4
    order = list(lines)
    if rng.random() < 0.5:
        order.sort(key=lambda x: (x.deal.owner, x.day))
    header = [
        *(["Opportunity ID"] if with_id else []), rng.choice(["Deal", "Opportunity Name"]), "Customer", "Sales rep",
        rng.choice(["Amount", "Value", "Amount USD"]) if dispute.cause != "currency" else "Amount",
        DATED.get(dispute.cause, "Close Date"),
    ]  # fmt: skip

    def name(text: str) -> str:
        return f" {text.upper()}  " if untidy and rng.random() < 0.3 else text

    rows = [
        [
            *([x.deal.id] if with_id else []),
            name(x.deal.name),
            x.deal.account,
            x.deal.owner,
            Decimal(x.cents) / 100,
            x.day,
        ]
        for x in order
    ]
    return header, rows


def _grouped(header: list[str], rows: list[list[object]], money: int) -> list[list[object]]:
    """The same rows by rep, with a sum below each group, as report writers print them."""
    rep, out = header.index("Sales rep"), []
    for owner in sorted({str(row[rep]) for row in rows}):
        here = [row for row in rows if row[rep] == owner]
        below: list[object] = [None] * len(header)
        below[0], below[money] = "Subtotal", sum(row[money] for row in here)  # type: ignore[misc]
        out += [*here, below]
    return out


def _text(cell: object, style: str) -> object:
    if isinstance(cell, Decimal):
        text = f"{cell:,.2f}"
        return text.translate(str.maketrans(",.", ".,")) if style == "german" else text
    if isinstance(cell, date):
        return (
            f"{cell:%d.%m.%Y}"
            if style == "german"
            else f"{cell:%b} {cell.day}, {cell.year}"
            if style == "grouped"
            else us(cell)
        )
    return "" if cell is None else cell
