"""A small company made by chance from a seed, as raw rows, the exports of it, and its figures in plain Python."""

from __future__ import annotations

import csv
import os
import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from saleswright.app import build

DAY = date(2026, 11, 20)
CENT = Decimal("0.01")
_RATES = {"EUR": ("0.88", "0.91", "0.94", "0.86"), "GBP": ("0.75", "0.79", "0.77", "0.81")}
_FIRST = "Ada Bo Cleo Dov Eve Finn Gus Hana Ines Jon Kai Lena Milo Nora Otto Pia Quin Rosa Sven Tess".split()
_LAST = "Abbot Berg Cruz Dahl Ek Fox Gray Hahn Ito Jung Kerr Lund Moor Nash Olsen Park Quist Rao Sato Todd".split()
_PLACES = "Alder Birch Cedar Dune Ember Flint Grove Harbor Iris Juno Kestrel Lark Maple North Opal Pine".split()
_FORMS = "Foods Labs Freight Energy Clinics Mills Press Software Tools Retail Systems Motors".split()
_TYPES = ("New Business",) * 5 + ("Expansion",) * 3 + ("Renewal",) * 3
_SEGMENTS = ("SMB", "SMB", "Mid-Market", "Enterprise")
_PRODUCTS = ("Core", "Core", "Plus", "Cloud")


@dataclass(frozen=True)
class Raw:
    """One deal as it stands in the company's CRM."""

    id: str
    name: str
    account: str
    owner: str
    region: str
    segment: str
    product: str
    type: str
    stage: str
    amount: Decimal
    currency: str
    created: date
    qualified: date
    close: date


@dataclass(frozen=True)
class Company:
    """The rows as they stand, those of an earlier export (empty where there was none), and the rates."""

    seed: int
    rows: tuple[Raw, ...]
    earlier: tuple[Raw, ...]
    earlier_day: date | None
    ids: bool
    rates: tuple[tuple[str, date, Decimal], ...] = ()

    def rate(self, currency: str, day: date) -> Fraction:
        """Units of a currency for one dollar on a day."""
        if currency == "USD":
            return Fraction(1)
        held = [(start, rate) for code, start, rate in self.rates if code == currency and start <= day]
        return Fraction(max(held)[1])

    def dollars(self, raw: Raw, day: date) -> Decimal:
        """The amount in dollars at the rate of a day, half to even."""
        return exact(Fraction(raw.amount) / self.rate(raw.currency, day))


def exact(value: Fraction) -> Decimal:
    """To the cent, half to even."""
    return Decimal(round(value * 100)) / 100


def company(seed: int, deals: int = 700, mixed: bool = False, ids: bool = True, twice: bool = False) -> Company:
    """Deals over two years; `mixed` has three currencies, `twice` an export a while earlier, with other amounts."""
    chance = random.Random(seed)
    owners = {f"{first} {last}": chance.choice(("AMER", "EMEA", "APAC")) for first, last in zip(
        chance.sample(_FIRST, 9), chance.sample(_LAST, 9), strict=True)}  # fmt: skip
    accounts = [f"{place} {form}" for place in _PLACES for form in _FORMS]
    chance.shuffle(accounts)
    rows, names = [], set()
    for n in range(deals):
        created = date(2024, 12, 1) + timedelta(chance.randrange((DAY - date(2024, 12, 1)).days))
        close = created + timedelta(int(chance.lognormvariate(4.1, 0.5)))
        account, type_ = chance.choice(accounts), chance.choice(_TYPES)
        owner = chance.choice(list(owners))
        stage = "Open" if close > DAY or chance.random() < 0.05 else chance.choice(("Won", "Won", "Lost"))
        stage = chance.choice(("Discovery", "Proposal", "Negotiation")) if stage == "Open" else f"Closed {stage}"
        close = close if stage.startswith("Closed") else max(close, DAY - timedelta(20))
        name = f"{account} - {type_} {created:%Y}"
        while name in names:
            name += " II" if chance.random() < 0.5 else f" ({created:%b})"
        names.add(name)
        amount = Decimal(int(chance.lognormvariate(9.6, 0.9)))
        amount += Decimal(chance.randrange(100)) / 100 if chance.random() < 0.6 else 0
        currency = chance.choice(("USD", "USD", "EUR", "GBP")) if mixed else "USD"
        key = f"006{seed % 1000:03}{n:06}AbC" if ids else ""
        qualified = min(created + timedelta(chance.randrange(25)), close)
        rows.append(Raw(key, name, account, owner, owners[owner], chance.choice(_SEGMENTS), chance.choice(_PRODUCTS),
                        type_, stage, amount, currency, created, qualified, close))  # fmt: skip
    rates = tuple((c, date(2024 + (6 * i) // 12, 1 + (6 * i) % 12, 1), Decimal(r)) for c, rs in _RATES.items()
                  for i, r in enumerate(rs)) if mixed else ()  # fmt: skip
    if not twice:
        return Company(seed, tuple(rows), (), None, ids, rates)
    then = DAY - timedelta(chance.randrange(25, 70))
    return Company(seed, tuple(rows), tuple(_before(rows, then, chance)), then, ids, rates)


def _before(rows: Iterable[Raw], day: date, chance: random.Random) -> list[Raw]:
    """What the CRM held on an earlier day: fewer deals, some still open, some with another amount."""
    found = []
    for raw in rows:
        if raw.created > day:
            continue
        if raw.stage.startswith("Closed") and raw.close > day:
            raw = replace(raw, stage="Proposal")
        if chance.random() < 0.08:
            raw = replace(raw, amount=(raw.amount * Decimal(chance.choice(("0.8", "1.15", "1.3")))).quantize(CENT))
        found.append(raw)
    return found


HEAD = ("Opportunity ID", "Opportunity Name", "Account Name", "Opportunity Owner", "Region", "Segment", "Product",
        "Type", "Stage", "Amount", "Amount Currency", "Created Date", "Qualified Date", "Close Date")  # fmt: skip


def export(rows: Iterable[Raw], path: Path, ids: bool, mixed: bool) -> None:
    """A flat export, as a CRM writes it."""
    skip = {0} if not ids else set()
    skip |= {10} if not mixed else set()
    with path.open("w", newline="", encoding="utf-8") as out:
        write = csv.writer(out)
        write.writerow([h for i, h in enumerate(HEAD) if i not in skip])
        for r in rows:
            cells = (r.id, r.name, r.account, r.owner, r.region, r.segment, r.product, r.type, r.stage, f"{r.amount}",
                     r.currency, r.created, r.qualified, r.close)  # fmt: skip
            write.writerow([c for i, c in enumerate(cells) if i not in skip])


def workspace(made: Company, place: Path) -> Path:
    """The record of a company, made by the public commands."""
    app, folder = build(), place / "company"
    mixed = bool(made.rates)

    def files(rows: tuple[Raw, ...], name: str) -> Path:
        source = place / name
        source.mkdir(parents=True)
        export(rows, source / "opportunities.csv", made.ids, mixed)
        if mixed:
            with (source / "rates.csv").open("w", newline="", encoding="utf-8") as out:
                csv.writer(out).writerows([("currency", "starts", "rate"), *made.rates])
        return source

    kept = os.environ.get("SALESWRIGHT_NOW")
    try:
        if made.earlier_day is not None:
            os.environ["SALESWRIGHT_NOW"] = f"{made.earlier_day}T20:00:00+00:00"
            app.call(None, "init", {"folder": str(folder), "from": str(files(made.earlier, "then"))})
            os.environ["SALESWRIGHT_NOW"] = f"{DAY}T20:00:00+00:00"
            app.call(app.open_workspace(folder), "import", {"path": str(files(made.rows, "now"))})
        else:
            os.environ["SALESWRIGHT_NOW"] = f"{DAY}T20:00:00+00:00"
            app.call(None, "init", {"folder": str(folder), "from": str(files(made.rows, "now"))})
    finally:
        os.environ.pop("SALESWRIGHT_NOW", None)
        if kept is not None:
            os.environ["SALESWRIGHT_NOW"] = kept
    return folder


def won(made: Company, start: date, end: date, renewals: bool = False, by: str = "close") -> list[Raw]:
    """Deals won whose date lies in a stretch, renewals apart, worked out by hand."""
    return [r for r in made.rows if r.stage == "Closed Won" and (renewals or r.type != "Renewal")
            and start <= getattr(r, by) < end]  # fmt: skip


def still_open(rows: Iterable[Raw], renewals: bool = False) -> list[Raw]:
    """Deals open and qualified, renewals apart."""
    return [r for r in rows if not r.stage.startswith("Closed") and (renewals or r.type != "Renewal")]
