"""Subscriptions drawn at random, and what became of their customers, counted again in plain Python."""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import saleswright
from saleswright.app import build
from saleswright.faces.python import Book

HEAD = ("subscription_id", "account_id", "product", "start date", "end date", "mrr", "seats", "currency")
ONE = timedelta(days=1)


@dataclass(frozen=True)
class Sub:
    """One subscription, its amount in minor units."""

    account: str
    product: str
    starts: date
    ends: date | None
    monthly: int
    currency: str = "USD"


@dataclass
class Standing:
    """What a customer paid at the two ends of a period."""

    before: int = 0
    after: int = 0
    at_start: bool = False
    at_end: bool = False


def drawn(seed: int, accounts: int) -> list[Sub]:
    """Customers that renew at once, with a day between, after a pause or never; products and amounts that change; trials."""
    rng = random.Random(seed)
    found = []
    for number in range(accounts):
        for product in rng.sample(("Base", "Extra", "Care"), rng.randint(1, 3)):
            day = date(2025, 1, 1) + ONE * rng.randrange(400)
            amount = rng.choice((0, 500, 1999, 12_345, 100_00))
            for _ in range(rng.randint(1, 4)):
                ends = None if rng.random() < 0.2 else day + ONE * rng.randint(20, 200)
                found.append(Sub(f"A{number}", product, day, ends, amount, rng.choice(("USD", "USD", "EUR"))))
                if ends is None:
                    break
                day = ends + ONE * rng.choice((0, 0, 1, 2, 45))
                amount = max(0, amount + rng.choice((0, 0, 700, -300, 2500)))
    return found


def written(subs: Iterable[Sub], folder: Path) -> Path:
    """The subscriptions as an export, and the one exchange rate they need."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "subscriptions.csv").open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(HEAD)
        for number, s in enumerate(subs):
            end = s.ends.isoformat() if s.ends else ""
            amount = f"{s.monthly // 100}.{s.monthly % 100:02}"
            writer.writerow((f"S{number}", s.account, s.product, s.starts.isoformat(), end, amount, 1, s.currency))
    (folder / "rates.csv").write_text("currency,starts,rate\nEUR,2024-01-01,0.8\n", encoding="utf-8")
    return folder


def opened(folder: Path, place: Path, day: date) -> Book:
    """The export imported as anybody would, as of a day."""
    build().call(None, "init", {"folder": str(place), "from": str(folder)})
    return saleswright.open(place).as_of(day)


def half_even(value: Fraction) -> int:
    return round(value)


def counted(
    subs: Iterable[Sub], start: date, end: date, rates: Mapping[str, Fraction], today: date
) -> dict[str, Standing]:
    """Every customer of the period's two ends. `rates`: how much of a currency one dollar buys on the first day."""
    of: dict[str, list[Sub]] = defaultdict(list)
    for sub in subs:
        of[sub.account].append(sub)
    last = min(end - ONE, today)
    found = {}
    for account, held in of.items():
        begins = {s.starts for s in held}
        one = Standing()
        for s in held:
            gone = s.ends
            if gone is not None and gone + ONE in begins:
                gone += ONE
            paid = half_even(Fraction(s.monthly) / rates[s.currency])
            # In force on the evening before the period, and on that of its last day.
            if s.monthly and s.starts <= start - ONE and (gone is None or gone > start - ONE):
                one.before += paid
                one.at_start = True
            if s.monthly and s.starts <= last and (gone is None or gone > last):
                one.after += paid
                one.at_end = True
        found[account] = one
    return found


def months(first: date, last: date) -> list[tuple[str, date, date]]:
    """(its name, first day, first day of the next) of every month between two days."""
    found = []
    day = first.replace(day=1)
    while day <= last:
        after = (day + ONE * 32).replace(day=1)
        found.append((f"{day:%Y-%m}", day, after))
        day = after
    return found
